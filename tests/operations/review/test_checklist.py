"""The operators' check list: items are added, changed, moved and removed; each stands in the audit log."""

import pytest
from django.test import Client

from accounts.models import AuditEntry
from publishers import checklist
from publishers.checklist import MAX_ITEMS, Entry, ItemGone, TooManyItems
from publishers.models import ChecklistItem, ListingVersion
from tests.factories import NOBODY, make_account, make_user
from tests.pages import console_of, is_sent_to_sign_in, queries, text

URL = "/operate/checklist/"


def texts() -> list[str]:
    return list(checklist.items().values_list("text", flat=True))


def make_items(*names: str) -> list[ChecklistItem]:
    return [checklist.add(entry=Entry(text=name), actor=NOBODY) for name in names]


def test_strangers_sign_in_and_others_are_refused(db: None) -> None:
    assert is_sent_to_sign_in(URL)
    developer = console_of(make_user(make_account()))
    assert developer.get(URL).status_code == developer.post(URL).status_code == 403


def test_it_begins_empty_and_is_filled(console: Client) -> None:
    assert "Nothing is looked at yet" in text(console.get(URL))
    sent = {"text": "The terms can be read", "help_text": "Both links.", "is_required": "on"}
    assert console.post(URL, sent).status_code == 302
    item = ChecklistItem.objects.get()
    assert (item.text, item.help_text, item.is_required) == ("The terms can be read", "Both links.", True)
    assert "Required" in text(console.get(URL))
    assert AuditEntry.objects.get().action == "checklist.added"


@pytest.mark.parametrize(
    "given",
    [{"text": ""}, {"text": "x" * 201}, {"text": "a\0b"}, {"help_text": "x" * 501}],
    ids=["empty", "long", "NUL", "long help"],
)
def test_what_cannot_be_an_item_is_refused(console: Client, given: dict[str, str]) -> None:
    assert console.post(URL, {"text": "A", **given}).status_code == 400
    assert not texts()


def test_an_item_is_changed(console: Client) -> None:
    (item,) = make_items("Old")
    page = console.get(f"{URL}?edit={item.sid}")
    assert "Change an item" in text(page)
    console.post(f"{URL}?edit={item.sid}", {"text": "New"})
    item.refresh_from_db()
    assert (item.text, item.is_required) == ("New", False)
    changed = AuditEntry.objects.get(action="checklist.changed")
    assert (changed.before["text"], changed.after["text"]) == ("Old", "New")


def test_items_are_moved(console: Client) -> None:
    _, second, third = make_items("A", "B", "C")
    for item, do, order in (
        (third, "up", "ACB"),
        (third, "up", "CAB"),
        (third, "up", "CAB"),
        (second, "down", "CAB"),
        (third, "down", "ACB"),
    ):
        assert console.post(URL, {"do": do, "item": item.sid}).status_code == 302
        assert "".join(texts()) == order


def test_a_removed_item_stays_where_it_was_ticked(console: Client, version: ListingVersion) -> None:
    ticked, other = make_items("Ticked", "Other")
    checklist.tick(version=version, item=ticked, actor=NOBODY)
    for item in (ticked, other):
        console.post(URL, {"do": "remove", "item": item.sid})
    assert not texts()
    assert [line.item.text for line in checklist.lines(version)] == ["Ticked"]
    assert console.post(URL, {"do": "remove", "item": ticked.sid}).status_code == 404
    assert console.get(f"{URL}?edit={ticked.sid}").status_code == 404
    for gone in (
        lambda: checklist.remove(item=ticked, actor=NOBODY),
        lambda: checklist.tick(version=version, item=ticked, actor=NOBODY),
    ):
        with pytest.raises(ItemGone):
            gone()


def test_it_has_an_end(db: None) -> None:
    make_items(*map(str, range(MAX_ITEMS)))
    with pytest.raises(TooManyItems):
        make_items("one more")


def test_a_longer_list_takes_as_many_queries(console: Client) -> None:
    make_items("A")
    with_one = queries(console, URL)
    make_items("B", "C")
    assert queries(console, URL) == with_one
