"""Many happenings in one commit: each of them is kept whole, or not at all, and told which."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from billing.models import LedgerEntry
from billing.pricing import Charge, not_billed
from marketplace.models import InstalledAddOn
from rest.bulk import Tables, insert_on
from rest.databases import INLINE, Database, completed
from rest.sids import new_sid
from results import services
from results.models import Event, Invocation
from results.outcomes import Asked, Outcome
from results.services import Happening, Record, record
from tests.factories import make_install

pytestmark = pytest.mark.django_db

FREE = not_billed("failed uses are free.")
BILLED = Charge(quantity=2, unit_price_micros=100, currency="USD", reason="Billed.")


@pytest.fixture
def installed(db: None) -> InstalledAddOn:
    return make_install()


def outcome_of(**changes: Any) -> Outcome:
    outcome = Outcome(
        request_sid=new_sid("XR"),
        unique_name="facts",
        code=None,
        message="",
        answer=b'{"a": 1}',
        charge=BILLED,
        started_at=datetime(2026, 1, 2, tzinfo=UTC),
        duration_ms=3,
        http_status=200,
        attempts=1,
        answer_bytes=8,
        trace=(),
        counts_in_service_level=True,
    )
    return replace(outcome, **changes)


def record_of(installed: InstalledAddOn, *outcomes: Outcome, address: str = "+14155552671") -> Record:
    asked = Asked(
        account_id=installed.account_id,
        installed_add_on_id=installed.pk,
        version_id=installed.version_id,
        publisher_account_id=installed.listing.publisher.account_id,
        unique_name=installed.unique_name,
    )
    happening = Happening(extension="lookup-api", purpose="live", primary_address=address)
    return Record(happening, [(asked, each) for each in outcomes])


def record_all(records: Sequence[Record]) -> list[Exception | None]:
    return completed(services.record_all(INLINE, records))


def refused() -> Outcome:
    """What the database does not take: a failure that costs something."""
    return outcome_of(code=61002, message="x")


def kept() -> tuple[int, int, int]:
    return Invocation.objects.count(), LedgerEntry.objects.count(), Event.objects.count()


def test_all_of_many_are_kept(installed: InstalledAddOn) -> None:
    failed = outcome_of(code=61002, message="x", charge=FREE)
    records = [record_of(installed, outcome_of(), failed), record_of(installed, outcome_of())]
    assert record_all(records) == [None, None]
    assert kept() == (3, 2, 1)
    of_first = Invocation.objects.filter(event_id=records[0].happening.event_id)
    assert of_first.count() == 2
    assert Event.objects.get().event_id == records[0].happening.event_id
    assert record_all([]) == []


def test_a_happening_of_many_add_ons_costs_a_write_for_each_table(
    installed: InstalledAddOn, django_assert_max_num_queries: Any
) -> None:
    records = [
        record_of(installed, outcome_of(), outcome_of(code=61002, message="x", charge=FREE))
        for _ in range(10)
    ]
    with django_assert_max_num_queries(5):  # three, and the savepoint round them
        assert record_all(records) == [None] * 10


def test_a_row_that_is_refused_costs_its_own_happening_only(installed: InstalledAddOn) -> None:
    first, last = record_of(installed, outcome_of()), record_of(installed, outcome_of())
    bad = record_of(installed, outcome_of(), refused())
    failures = record_all([first, bad, last])
    assert [type(each) for each in failures] == [type(None), IntegrityError, type(None)]
    assert kept() == (2, 2, 0)
    assert not Invocation.objects.filter(event_id=bad.happening.event_id).exists()


def test_one_alone_that_is_refused(installed: InstalledAddOn) -> None:
    assert [type(each) for each in record_all([record_of(installed, refused())])] == [IntegrityError]
    with pytest.raises(IntegrityError):
        record(*vars(record_of(installed, refused())).values())
    assert kept() == (0, 0, 0)


def test_a_text_that_no_database_takes_costs_its_own_happening_only(installed: InstalledAddOn) -> None:
    bad = record_of(installed, outcome_of(), address="\ud800")
    failures = record_all([record_of(installed, outcome_of()), bad])
    assert [isinstance(each, UnicodeEncodeError | TypeError) for each in failures] == [False, True]
    assert kept() == (1, 1, 0)


def test_without_a_database_nothing_is_kept_and_all_are_told(
    installed: InstalledAddOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(database: Database, tables: Tables) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(services, "insert_on", gone)
    with pytest.raises(OperationalError):
        record_all([record_of(installed, outcome_of()), record_of(installed, outcome_of())])
    assert kept() == (0, 0, 0)


def test_a_database_that_goes_while_each_is_tried_alone_takes_nothing_back(
    installed: InstalledAddOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is kept by then. To call it lost would have it asked, and billed, again."""
    lost = record_of(installed, outcome_of(), address="lost")

    async def going(database: Database, tables: Tables) -> None:
        if [row["primary_address"] for row in tables[Invocation]] == ["lost"]:
            raise OperationalError("gone")
        await insert_on(database, tables)

    monkeypatch.setattr(services, "insert_on", going)
    failures = record_all([record_of(installed, outcome_of()), record_of(installed, refused()), lost])
    assert [type(each) for each in failures] == [type(None), IntegrityError, OperationalError]
    assert kept() == (1, 1, 0)
