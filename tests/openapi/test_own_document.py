"""Our own OpenAPI document tells the truth: every operation it describes, with good data and bad."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.openapi import documents
from tests.openapi.running import CHECKS, Site, run

pytestmark = pytest.mark.openapi

# The prefix of each API; one run for each keeps a run short.
APIS = {
    "marketplace": "/v1/",
    "preview": "/marketplace/",
    "numbers": "/2010-04-01/",
}
# What only an operator's key may call.
OPERATORS = (
    "/v1/Publishers",
    "/v1/Publishers/{sid}",
    "/v1/Listing/{listing_sid}/Versions/{version_sid}/Checklist",
)


@pytest.fixture
def own(site: Site) -> Any:
    answer = Client().get("/openapi.json")
    assert answer.status_code == 200
    document = answer.json()
    # The one listing of the run: from retired nothing leads back.
    document["components"]["schemas"]["AvailabilityIn"]["properties"]["Availability"]["enum"] = ["beta", "ga"]
    return document


@pytest.mark.parametrize("name", list(APIS))
def test_our_document_holds(site: Site, own: documents.Document, tmp_path: Path, name: str) -> None:
    own["paths"] = {path: item for path, item in own["paths"].items() if path.startswith(APIS[name])}
    assert own["paths"]
    refused = frozenset(
        f"{method} {path}" for method, path, _ in documents.operations(own) if path in OPERATORS
    )
    run(site, documents.with_links(own), tmp_path, checks=CHECKS, max_examples=8, refused=refused)


def test_our_document_holds_for_an_operator(
    operators_site: Site, own: documents.Document, tmp_path: Path
) -> None:
    own["paths"] = {path: own["paths"][path] for path in OPERATORS}
    run(operators_site, own, tmp_path, checks=CHECKS, max_examples=8)


def test_our_document_describes_every_path_of_twilios(site: Site, own: documents.Document) -> None:
    def shape(path: str) -> str:
        return re.sub(r"\{\w+\}", "{}", re.sub(r"\.(json|\{format\})$", "", path))

    ours = {(method, shape(path)) for method, path, _ in documents.operations(own)}
    theirs = {
        (method, shape(path))
        for name in documents.PUBLIC
        for method, path, _ in documents.operations(documents.public(name))
    }
    assert theirs - ours == set()
