"""A server that knows its address, no worker, and no files of tests before."""

from typing import Any

import pytest
from django.core.files.storage import default_storage

from invocations import recording_connect
from tests.recordings.bringing import BASE, files


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[str]:
    """The recordings that workers were told of; nobody works here."""
    sids: list[str] = []
    settings.API_URLS = {**settings.API_URLS, "connect": BASE}
    monkeypatch.setattr(recording_connect, "hint", lambda _, found: sids.extend(found))
    return sids


@pytest.fixture(autouse=True)
def _no_files() -> None:
    for name in files():
        default_storage.delete(name)
