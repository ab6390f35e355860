"""What `manage.py check` says of a configuration."""

from typing import Any

import pytest

from config.checks import outbound_check, production_check


def test_a_production_configuration_has_no_findings(settings: Any) -> None:
    settings.DEMO, settings.SECURE_SITE, settings.OUTBOUND_ALLOWED_HOSTS = False, True, []
    assert production_check(None) == []


@pytest.mark.parametrize(
    ("name", "value", "finding"),
    [
        ("DEMO", True, "patchbay.E001"),
        ("OUTBOUND_ALLOWED_HOSTS", ["127.0.0.1"], "patchbay.E002"),
        ("SECURE_SITE", False, "patchbay.E003"),
    ],
)
def test_each_development_switch_is_an_error(settings: Any, name: str, value: Any, finding: str) -> None:
    settings.DEMO, settings.SECURE_SITE, settings.OUTBOUND_ALLOWED_HOSTS = False, True, []
    setattr(settings, name, value)
    assert [found.id for found in production_check(None)] == [finding]


@pytest.mark.parametrize(
    ("hosts", "count"), [(["127.0.0.1", "127.0.0.1:8001"], 0), (["localhost"], 1), (["x:y"], 1)]
)
def test_an_unusable_outbound_host_is_told_at_the_start(settings: Any, hosts: list[str], count: int) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = hosts
    assert len(outbound_check(None)) == count
