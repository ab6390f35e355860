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


@pytest.fixture
def own(site: Site) -> Any:
    answer = Client().get("/openapi.json")
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize("name", list(APIS))
def test_our_document_holds(site: Site, own: documents.Document, tmp_path: Path, name: str) -> None:
    own["paths"] = {path: item for path, item in own["paths"].items() if path.startswith(APIS[name])}
    assert own["paths"]
    run(site, documents.with_links(own), tmp_path, checks=CHECKS, max_examples=8)


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
