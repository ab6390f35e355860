"""Retention: results do not outlive their time."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Account
from results import tasks
from results.models import Invocation
from tests.factories import make_install, make_invocation


def test_expired_results_are_dropped_and_young_ones_stay(account: Account, monkeypatch: Any) -> None:
    monkeypatch.setattr(tasks, "BATCH", 2)
    installed, now = make_install(account), timezone.now()
    for _ in range(5):
        make_invocation(installed, started_at=now - timedelta(days=30, seconds=1))
    young = make_invocation(installed, started_at=now - timedelta(days=29, hours=23))
    assert tasks.drop_expired_results() == 5
    assert Invocation.objects.get() == young
    assert tasks.drop_expired_results() == 0


def test_the_retention_is_a_setting(account: Account, settings: Any) -> None:
    settings.RESULT_RETENTION_DAYS = 1
    make_invocation(make_install(account), started_at=timezone.now() - timedelta(days=2))
    assert tasks.drop_expired_results() == 1
