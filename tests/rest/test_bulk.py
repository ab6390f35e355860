"""Many rows at once: they are what the ORM would have written, or none of them is there."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import Account
from billing.models import LedgerEntry
from marketplace.models import InstalledAddOn
from rest.bulk import insert
from rest.sids import new_sid
from results.models import Event, Invocation
from tests.factories import make_install

pytestmark = pytest.mark.django_db

# Of a database column: no NUL, no half of a character.
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)
ODD = ["\\N", "\\.", "\t\n\r\\", "NULL", "'; --", "\x01\x7f", "\u2028", "😀", " padded ", "{}", '"']
DATES = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 - the zone is chosen beside it
    datetime(2190, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))]),
)
DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
PROPERTY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def installed(db: None) -> InstalledAddOn:
    return make_install()


def invocation_of(installed: InstalledAddOn, **values: Any) -> dict[str, Any]:
    return {
        "sid": new_sid("XR"),
        "event_id": new_sid(""),
        "account_id": installed.account_id,
        "installed_add_on_id": installed.pk,
        "version_id": installed.version_id,
        "extension": "lookup-api",
        "purpose": "live",
        "primary_address": "",
        "reference_sid": "",
        "status": "successful",
        "attempts": 1,
        "started_at": datetime(2026, 1, 2, tzinfo=UTC),
        "duration_ms": 1,
        "answer_bytes": 0,
        "answer": b"",
        "trace": [],
        "charge_micros": 0,
        "charge_reason": "",
        **values,
    }


def event_of(installed: InstalledAddOn, **values: Any) -> dict[str, Any]:
    return {"account_id": installed.account_id, "level": "error", "code": 1, "text": "", **values}


def kept(sid: str) -> dict[str, Any]:
    """Every column, as the ORM reads it."""
    (row,) = Invocation.objects.filter(sid=sid).values()
    return {**row, "answer": bytes(row["answer"])}


@PROPERTY
@given(
    values=st.fixed_dictionaries(
        {
            "message": TEXTS | st.sampled_from(ODD),
            "charge_reason": TEXTS | st.sampled_from(ODD),
            "answer": st.binary(max_size=50),
            "trace": DOCUMENTS.filter(lambda document: document is not None),
            "started_at": DATES,
            "code": st.none() | st.integers(0, 2**31 - 1),
            "http_status": st.none() | st.integers(0, 2**15 - 1),
            "charge_micros": st.integers(0, 2**63 - 1),
        },
        optional={"counts_in_service_level": st.booleans(), "currency": st.sampled_from(["", "USD"])},
    )
)
@example(values={"message": "\\N", "answer": bytes(range(256)), "trace": {"a\x00": ["\ud800", 2**70]}})
def test_rows_are_what_the_orm_writes(installed: InstalledAddOn, values: dict[str, Any]) -> None:
    by_bulk, by_orm = invocation_of(installed, **values), invocation_of(installed, **values)
    insert({Invocation: [by_bulk]})
    Invocation.objects.create(**by_orm)
    same = {"sid": "", "event_id": ""}
    assert {**kept(by_bulk["sid"]), **same} == {**kept(by_orm["sid"]), **same}
    for name, value in values.items():
        assert kept(by_bulk["sid"])[name] == value


def test_what_is_left_out_has_the_default_of_the_model(installed: InstalledAddOn) -> None:
    insert({Event: [event_of(installed, text=str(n)) for n in range(300)]})
    assert Event.objects.values("sid").distinct().count() == 300
    event = Event.objects.first()
    assert event is not None
    assert (event.sid[:2], event.reference_sid, event.date_created.tzinfo) == ("NO", "", UTC)


def test_a_document_that_is_left_out_is_what_the_orm_makes_of_it(installed: InstalledAddOn) -> None:
    by_bulk, by_orm = invocation_of(installed), invocation_of(installed)
    del by_bulk["trace"], by_orm["trace"]
    insert({Invocation: [by_bulk]})
    Invocation.objects.create(**by_orm)
    assert kept(by_bulk["sid"])["trace"] == kept(by_orm["sid"])["trace"]


def test_each_row_may_leave_out_something_else(installed: InstalledAddOn) -> None:
    rows = [invocation_of(installed), invocation_of(installed, message="told", code=61002)]
    insert({Invocation: [*rows, invocation_of(installed, code=None)]})
    found = Invocation.objects.order_by("sid").values_list("message", "code")
    assert list(found) == [("", None), ("told", 61002), ("", None)]


def test_a_key_that_the_database_gives_is_left_to_it(installed: InstalledAddOn) -> None:
    entry = {
        "payer_id": installed.account_id,
        "payee_id": installed.account_id,
        "kind": "use",
        "installed_add_on_id": installed.pk,
        "version_id": installed.version_id,
        "quantity": 1,
        "unit_price_micros": 2**62,
        "amount_micros": 2**62,
        "currency": "USD",
    }
    insert({LedgerEntry: [{**entry, "request_sid": str(n)} for n in range(3)]})
    written = list(LedgerEntry.objects.order_by("pk"))
    assert [(each.request_sid, each.amount_micros, each.billing_item) for each in written] == [
        (str(n), 2**62, None) for n in range(3)
    ]


def test_no_rows_are_no_question_to_the_database(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        insert({Event: []})
        insert({Event: [], Invocation: []})


@pytest.mark.django_db(transaction=True)
def test_all_tables_are_written_or_none() -> None:
    installed = make_install()
    invocation = invocation_of(installed)
    with pytest.raises(DatabaseError):
        insert({Invocation: [invocation], Event: [event_of(installed), event_of(installed, level=None)]})
    assert (Invocation.objects.count(), Event.objects.count()) == (0, 0)
    insert({Invocation: [invocation], Event: [event_of(installed)] * 2})
    assert (Invocation.objects.count(), Event.objects.count()) == (1, 2)


def test_what_a_transaction_wrote_before_stays(installed: InstalledAddOn) -> None:
    insert({Invocation: [invocation_of(installed)]})
    with pytest.raises(DatabaseError):
        insert({Invocation: [invocation_of(installed, duration_ms=None)]})
    assert Invocation.objects.count() == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": "failed", "charge_micros": 1},
        {"duration_ms": None},
        {"charge_micros": -1},
        {"message": "a\x00b"},
        {"duration_ms": 2**40},
    ],
)
def test_a_row_that_is_refused_is_an_error_of_the_database_and_takes_all_with_it(
    installed: InstalledAddOn, fault: dict[str, Any]
) -> None:
    if (
        connection.vendor == "sqlite"
        and fault.keys() & {"message", "duration_ms"}
        and None not in fault.values()
    ):
        pytest.skip("SQLite keeps NULs and numbers of any size")
    rows = [invocation_of(installed), invocation_of(installed, **fault), invocation_of(installed)]
    with pytest.raises(DatabaseError), transaction.atomic():
        insert({Invocation: rows})
    assert not Invocation.objects.exists()


def test_the_same_key_twice_is_refused(installed: InstalledAddOn) -> None:
    row = invocation_of(installed)
    with pytest.raises(DatabaseError), transaction.atomic():
        insert({Invocation: [row, row]})
    assert not Invocation.objects.exists()


def test_half_of_a_character_is_refused_before_anything_is_written(installed: InstalledAddOn) -> None:
    rows = [invocation_of(installed), invocation_of(installed, message="\ud800")]
    with pytest.raises((UnicodeEncodeError, TypeError)), transaction.atomic():
        insert({Invocation: rows})
    assert not Invocation.objects.exists()
    assert Account.objects.exists()
