"""The record of decisions: found by what, who, which and when; shown with its changes; taken as a file."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from accounts.audit import record
from accounts.models import Account, AuditEntry, User
from accounts.requests import Actor
from operations import audit, audit_views
from operations.audit import Change, changes
from rest.sids import new_sid
from tests.factories import NOBODY, make_account, make_user
from tests.pages import is_sent_to_sign_in, queries, text

PAGE = "/operate/audit/"
EXPORT = "/operate/audit/export/"


def note(action: str = "listing.suspended", **changes: Any) -> AuditEntry:
    return record(action, **{"actor": NOBODY, "subject": "Acme Facts", **changes})


def by(user: User) -> Actor:
    return Actor(user=user, credential="", ip_address="192.0.2.7")


def shown(operator: Client, **query: str) -> list[AuditEntry]:
    return list(operator.get(PAGE, query).context["entries"])


def test_the_newest_entry_is_first_and_tells_who_what_and_why(operator: Client) -> None:
    user = make_user()
    first = note(reason="It sent spam.", actor=by(user), subject_sid=(sid := new_sid("XB")))
    second = note("version.approved", actor=Actor(user=None, credential=new_sid("SK"), ip_address=""))
    third = note("listing.retired")
    assert shown(operator) == [third, second, first]
    page = text(operator.get(PAGE))
    for words in ("listing.suspended", user.email, "It sent spam.", sid, second.credential, "The platform"):
        assert words in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"action": "role.changed"}, ["role"]),
        ({"action": "role"}, []),
        ({"person": "ANA@"}, ["ana"]),
        ({"person": "SK" + "7" * 32}, ["key"]),
        ({"subject": "acme f"}, ["ana"]),
        ({"subject": "XB" + "A" * 32}, ["sid"]),
        ({"subject": "AC" + "b" * 32}, ["owner"]),
        ({"person": "%", "subject": "_"}, []),
        ({"person": "\0ana\0"}, ["ana"]),
        ({"since": "odd", "until": "2026-13-40"}, ["role", "owner", "sid", "key", "ana"]),
    ],
    ids=["action", "no part", "person", "key", "name", "sid", "owner", "signs", "nul", "odd days"],
)
def test_entries_are_found(operator: Client, query: dict[str, str], found: list[str]) -> None:
    owner = Account(sid="AC" + "b" * 32)
    ana = make_user()
    User.objects.filter(pk=ana.pk).update(email="ana@acme.example")
    ana.refresh_from_db()
    made = {
        "ana": note(actor=by(ana)),
        "key": note(actor=Actor(user=None, credential="SK" + "7" * 32, ip_address=""), subject="x"),
        "sid": note(subject_sid="XB" + "a" * 32, subject="x"),
        "owner": note(account=owner, subject="x"),
        "role": note("role.changed", subject="x"),
    }
    assert shown(operator, **query) == [made[name] for name in found]


def test_days_are_whole_and_in_utc(operator: Client) -> None:
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)
    entries = {}
    for hours in (-13, -12, 11, 12):
        at = noon + timedelta(hours=hours)
        sid = f"AU{int(at.timestamp() * 1000):012x}{hours & 0xFF:020x}"
        entries[hours] = AuditEntry.objects.create(sid=sid, action="listing.suspended", date_created=at)
    day = {"since": "2026-03-10", "until": "2026-03-10"}
    assert shown(operator, **day) == [entries[11], entries[-12]]
    assert shown(operator, since="2026-03-11") == [entries[12]]
    assert shown(operator, until="2026-03-09") == [entries[-13]]


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_no_day_is_too_far(operator: Client, day: str) -> None:
    assert operator.get(PAGE, {"since": day, "until": day}).status_code == 200


def test_the_list_is_read_a_page_at_a_time_and_keeps_the_filter(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_views, "PAGE_SIZE", 2)
    first, second, third = (note() for _ in range(3))
    note("role.changed")
    query = {"action": "listing.suspended"}
    assert shown(operator, **query) == [third, second]
    assert f"action=listing.suspended&amp;before={second.sid}" in operator.get(PAGE, query).content.decode()
    assert shown(operator, before=second.sid, **query) == [first]
    assert "There are no older entries" in text(operator.get(PAGE, {"before": first.sid}))


def test_empty_lists_say_why(operator: Client) -> None:
    assert "Nothing was decided yet" in text(operator.get(PAGE))
    note()
    assert "No entry fits" in text(operator.get(PAGE, {"person": "nobody"}))


def test_an_entry_shows_what_it_changed(operator: Client) -> None:
    entry = note(
        before={"state": "ga", "price": "0.01", "kept": 1},
        after={"state": "suspended", "kept": 1, "by": "<b>Ana</b>"},
        account=make_account(),
    )
    answer = operator.get(f"{PAGE}{entry.sid}/")
    page = text(answer)
    assert "by nothing <b>Ana</b> price 0.01 nothing state ga suspended" in page
    assert "<b>Ana" not in answer.content.decode()
    assert "kept" not in page


def test_an_unknown_entry_does_not_exist(operator: Client) -> None:
    assert operator.get(f"{PAGE}{new_sid('AU')}/").status_code == 404


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (None, None, []),
        (None, {"a": 1}, [Change(path="a", before=None, after="1")]),
        ({"a": {"b": 1}}, None, [Change(path="a", before='{"b": 1}', after=None)]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [Change(path="a.b", before="1", after="2")]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [Change(path="a[1]", before="2", after="3")]),
        ([1], [1, 2], [Change(path="(all)", before="[1]", after="[1, 2]")]),
        (True, 1, [Change(path="(all)", before="true", after="1")]),
        ("x", "y", [Change(path="(all)", before="x", after="y")]),
        ({"a": None}, {"a": ""}, [Change(path="a", before=None, after="")]),
        ({"a": 1}, {"a": 1}, []),
    ],
    ids=["none", "made", "gone", "nested", "item", "longer", "types", "plain", "empty", "same"],
)
def test_a_difference_is_told_by_path(before: Any, after: Any, found: list[Change]) -> None:
    assert changes(before, after) == found


def test_a_difference_of_anything_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    deep: Any = 1
    for _ in range(200):
        deep = {"a": deep}
    assert len(changes({"a": 1}, deep)) == 1
    monkeypatch.setattr(audit, "MOST_CHANGES", 3)
    assert len(changes({}, dict.fromkeys("abcdef", 1))) == 3


def exported(operator: Client, **query: str) -> list[dict[str, str]]:
    answer: Any = operator.get(EXPORT, query)
    assert answer.streaming
    body = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(body, newline="")))


def test_the_export_has_every_entry_that_fits(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PIECE", 2)
    made = [note(before={"a": 1}, after={"a": "é"}, reason="line\none") for _ in range(5)]
    note("role.changed")
    rows = exported(operator, action="listing.suspended")
    assert [row["sid"] for row in rows] == [each.sid for each in reversed(made)]
    assert json.loads(rows[0]["after"]) == {"a": "é"}
    assert rows[0]["reason"] == "line\none"
    assert operator.get(EXPORT)["Content-Disposition"] == (
        f'attachment; filename="audit-{timezone.now():%Y-%m-%d}.csv"'
    )


@pytest.mark.parametrize("text_", ["=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_no_cell_of_the_export_is_a_formula(operator: Client, text_: str) -> None:
    note(reason=text_, subject=text_)
    [row] = exported(operator)
    assert row["reason"] == row["subject"] == f"'{text_}"


async def test_a_server_with_an_event_loop_gets_the_export_in_pieces() -> None:
    pieces = [piece async for piece in audit_views._later(iter(["a", "b"]))]
    assert pieces == ["a", "b"]


@pytest.mark.django_db
def test_the_database_lets_nobody_alter_an_entry() -> None:
    entry = note()
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(actor="somebody.else@example.com")


@pytest.mark.parametrize("path", [PAGE, EXPORT, f"{PAGE}AU{'0' * 32}/"])
def test_only_operators_read_it(console: Client, path: str) -> None:
    assert console.get(path).status_code == 403
    assert is_sent_to_sign_in(path)


@pytest.mark.parametrize("path", [PAGE, EXPORT])
def test_nothing_is_changed_here(operator: Client, path: str) -> None:
    assert operator.post(path).status_code == 405


def test_many_entries_take_no_more_queries(operator: Client) -> None:
    note(subject_sid=new_sid("XB"))
    one = queries(operator, PAGE)
    for _ in range(2):
        note(subject_sid=new_sid("XB"))
    assert queries(operator, PAGE) == one
