"""Queries that are compiled once: the rows of the ORM, for every number of values."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import Account, ApiKey
from rest.statements import Rows, Statement
from results.models import Event, Invocation
from tests.factories import make_account, make_event, make_install, make_invocation

pytestmark = pytest.mark.django_db

CODES = [0, 1, 2, 11205, 2**31 - 1]
ODD = ["", "a", "A", "é", "😀", "'", '"', "%s", "%", "\\", "a\nb", " a", "-2147483648", "NULL"]


def build(code: list[int], text: list[str]) -> "QuerySet[Any, Any]":
    found = Event.objects.filter(code__in=code, text__in=text, level="error")
    return found.values_list("sid", "code", "text", "date_created", "account__friendly_name", "url_host")


@pytest.fixture
def events(db: None) -> None:
    account = make_account("%s Zoë")
    for code in CODES:
        for text in ODD:
            make_event(account, code=code, text=text)
    make_event(account, code=1, text="a", level="warning")


EVENTS = Statement(build, code=int, text=str)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    code=st.lists(st.sampled_from(CODES) | st.integers(0, 2**31 - 1), max_size=20),
    text=st.lists(
        st.sampled_from(ODD) | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
        max_size=20,
    ),
)
@example(code=[1], text=["a", "a", "a"])
@example(code=[], text=["a"])
@example(code=[1], text=[])
@example(code=[1, 1, 2], text=ODD)
@example(code=[1], text=["-2147483647"])
def test_the_rows_are_those_of_the_orm(events: None, code: list[int], text: list[str]) -> None:
    assert sorted(EVENTS.rows(code=code, text=text)) == sorted(build(code, text))


def test_values_of_every_kind_of_column_are_those_of_the_model(db: None) -> None:
    installed = make_install()
    invocations = [
        make_invocation(installed, trace={"b": [1, None], "a": "\x00"}, charge_micros=2**62),
        make_invocation(installed, counts_in_service_level=False, http_status=None),
    ]
    columns = ["sid", "trace", "charge_micros", "started_at", "counts_in_service_level", "http_status"]
    statement = Statement(lambda sid: Invocation.objects.filter(sid__in=sid).values_list(*columns), sid=str)
    sids = [each.sid for each in invocations]
    found = sorted(statement.rows(sid=sids), key=lambda row: str(row[0]))
    assert found == list(Invocation.objects.order_by("sid").values_list(*columns))
    assert found[0][1:3] == ({"b": [1, None], "a": "\x00"}, 2**62)


def test_sealed_values_stay_sealed(db: None) -> None:
    account = make_account()
    columns = [field.attname for field in Account._meta.concrete_fields]
    statement = Statement(lambda sid: Account.objects.filter(sid__in=sid).values_list(*columns), sid=str)
    (row,) = statement.rows(sid=[account.sid])
    assert account.auth_token not in map(str, row)
    assert Account.from_db("default", columns, row).auth_token == account.auth_token


@pytest.mark.parametrize(("values", "compiled"), [((1,), 1), ((1, 2, 3, 4), 3), (range(1, 34), 7)])
def test_lists_are_filled_up_to_a_power_of_two(db: None, values: Any, compiled: int) -> None:
    statement = Statement(lambda code: Event.objects.filter(code__in=code).values_list("code"), code=int)
    make_event(make_account(), code=1)
    for length in range(1, len(values) + 1):
        assert statement.rows(code=list(values)[:length]) == [(1,)]
    assert len(statement._compiled) == compiled


def test_an_empty_list_asks_nobody(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert EVENTS.rows(code=[], text=["a"]) == EVENTS.rows(code=[1], text=[]) == []


def test_constants_of_the_query_stay_where_they_are(db: None) -> None:
    account = make_account()
    key = ApiKey.objects.create(account=account, friendly_name="5", secret_digest="x")
    statement = Statement(
        lambda sid: (
            ApiKey.objects.filter(friendly_name="5", sid__in=sid, scope="full")
            .exclude(secret_digest="y")
            .values_list("sid")
        ),
        sid=str,
    )
    for others in ([], ["a"], ["a", "b", "5", "full", "y"]):
        assert statement.rows(sid=[*others, key.sid]) == [(key.sid,)]


def test_it_sees_what_its_own_transaction_wrote(db: None) -> None:
    account = make_account()
    statement = Statement(lambda sid: Account.objects.filter(sid__in=sid).values_list("status"), sid=str)
    assert statement.rows(sid=[account.sid]) == [("active",)]
    Account.objects.update(status="closed")
    assert connection.in_atomic_block
    assert statement.rows(sid=[account.sid]) == [("closed",)]


def with_installs(text: str) -> "QuerySet[Invocation, Invocation]":
    found = Invocation.objects.filter(extension="lookup-api", message=text)
    return found.select_related("account", "installed_add_on__install", "version__listing")


def test_a_row_is_the_model_with_those_it_refers_to(db: None) -> None:
    rows = Rows(with_installs)
    for text in ODD:
        made = make_invocation(make_install(), message=text, trace=[{"a": "\x00"}], charge_micros=2**62)
        found = rows.first(text)
        assert found is not None
        with CaptureQueriesContext(connection) as asked:
            names = [found.installed_add_on.install.listing_id, found.version.listing.pk]
        assert (len(asked), found, names[0]) == (0, made, names[1])
        for one, other in ((found, made), (found.version, made.version), (found.account, made.account)):
            theirs = type(other).objects.get(pk=other.pk)
            assert all(
                getattr(one, each.attname) == getattr(theirs, each.attname) for each in one._meta.fields
            )
    assert rows.first("nobody's") is None


def test_a_row_is_read_by_one_query_each_time(db: None, django_assert_num_queries: Any) -> None:
    made, rows = make_invocation(make_install(), message="a"), Rows(with_installs)
    with django_assert_num_queries(2):
        assert rows.first("a") == made
        assert rows.first("b") is None
