"""A running server, for the tests of what stands in front of the site."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from tests.invocations.fronts import Front, running


@pytest.fixture
def front(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Front]:
    """Tests that use it need `django_db(transaction=True)`: its threads have connections of their own."""
    settings.VAR_DIR = tmp_path
    cache.clear()
    with running() as front:
        yield front
