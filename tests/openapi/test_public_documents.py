"""Twilio's own OpenAPI files against us: every operation of the add-on system, with good data and bad."""

from pathlib import Path

import pytest

from tests.openapi import documents
from tests.openapi.running import CHECKS, Site, run

pytestmark = pytest.mark.openapi


@pytest.mark.parametrize("name", list(documents.PUBLIC))
def test_twilios_document_holds(site: Site, tmp_path: Path, name: str) -> None:
    document = documents.public(name)
    run(site, document, tmp_path, checks=CHECKS, max_examples=8)
