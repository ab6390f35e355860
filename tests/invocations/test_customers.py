"""The installs of a publisher's add-ons: SIDs, versions, use and failures; never who they are."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from invocations import publisher_pages
from invocations.customers import configuration_hash
from marketplace.models import InstalledAddOn
from publishers.models import Listing, ListingVersion, Publisher
from tests.factories import (
    make_account,
    make_definition,
    make_install,
    make_invocation,
    make_listing,
    make_publisher,
    make_user,
)
from tests.pages import console_of, is_sent_to_sign_in, queries, text, viewer_of

PAGE = "/publish/customers/"
SCHEMA = {
    "type": "object",
    "properties": {"callback": {"type": "string", "name": "C"}, "mode": {"type": "string", "name": "M"}},
}


@pytest.fixture
def publisher(db: None) -> Publisher:
    return make_publisher("acme")


@pytest.fixture
def member(publisher: Publisher) -> Client:
    return console_of(make_user(publisher.account))


@pytest.fixture
def listing(publisher: Publisher) -> Listing:
    return make_listing(publisher=publisher, definition=make_definition(configuration_schema=SCHEMA))


@pytest.fixture
def installed(listing: Listing) -> InstalledAddOn:
    return install(listing, callback="https://secret.example/hook")


def install(listing: Listing, **configuration: str) -> InstalledAddOn:
    return make_install(make_account("consumer-friendly-name"), listing, configuration=configuration)


def shown(member: Client, **query: str) -> list[InstalledAddOn]:
    return [each.installed for each in member.get(PAGE, query).context["customers"]]


def test_an_install_is_known_by_its_sids_alone(member: Client, installed: InstalledAddOn) -> None:
    answer = member.get(PAGE)
    page, source = text(answer), answer.content.decode()
    assert installed.sid in page
    assert installed.install.sid in page
    assert "version 1" in page
    for private in ("consumer-friendly-name", installed.account.sid, "secret.example", "callback"):
        assert private not in source
    assert installed.unique_name not in source.replace(installed.listing.unique_name + "/", "")


def test_its_use_and_its_last_failure_are_told(member: Client, installed: InstalledAddOn) -> None:
    old = timezone.now() - timedelta(days=3)
    make_invocation(installed, sid=f"XR{int(old.timestamp() * 1000):012x}{'0' * 20}", started_at=old)
    make_invocation(installed, status="failed", code=61001, http_status=None, answer=b"")
    last = make_invocation(installed, status="failed", code=61005, http_status=404, answer=b"")
    make_invocation(installed, purpose="test")
    [each] = member.get(PAGE).context["customers"]
    assert (each.day, each.month) == (2, 3)
    assert "61005 Bad request" in text(member.get(PAGE))
    assert f"/publish/calls/{last.sid}/" in member.get(PAGE).content.decode()


def test_the_same_settings_have_the_same_code(listing: Listing, publisher: Publisher) -> None:
    one = install(listing, callback="https://a.example", mode="x")
    same = install(listing, mode="x", callback="https://a.example")
    other = install(listing, mode="y", callback="https://a.example")
    elsewhere = install(
        make_listing(publisher=publisher, definition=listing.versions.get().definition), mode="y"
    )
    assert configuration_hash(one) == configuration_hash(same)
    codes = {configuration_hash(each) for each in (one, other, elsewhere)}
    assert len(codes) == 3
    assert {len(code) for code in codes} == {12}


def test_one_listing_or_version_can_be_chosen(
    member: Client, publisher: Publisher, installed: InstalledAddOn
) -> None:
    other = install(make_listing(publisher=publisher))
    assert shown(member) == [other, installed]
    assert shown(member, of=installed.listing.sid) == [installed]
    assert shown(member, of=other.version.sid) == [other]
    assert shown(member, of="XB" + "0" * 32) == [other, installed]


def test_an_install_on_an_older_version_says_so(member: Client, installed: InstalledAddOn) -> None:
    assert "not the newest" not in text(member.get(PAGE))
    listing = installed.listing
    newer = ListingVersion.objects.create(
        listing=listing, number=2, status="published", definition=make_definition()
    )
    Listing.objects.filter(pk=listing.pk).update(published_version=newer)
    assert "version 1 not the newest" in text(member.get(PAGE))


def test_who_left_is_not_shown(member: Client, installed: InstalledAddOn) -> None:
    InstalledAddOn.objects.update(removed_at=timezone.now())
    assert shown(member) == []
    assert "Nobody has installed an add-on of yours yet" in text(member.get(PAGE))
    assert "Nobody has this one" in text(member.get(PAGE, {"of": installed.listing.sid}))


def test_the_list_is_read_a_page_at_a_time(
    member: Client, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_pages, "PAGE_SIZE", 2)
    first, second, third = (install(listing) for _ in range(3))
    assert shown(member) == [third, second]
    assert shown(member, before=second.sid) == [first]
    assert "There are no older installs" in text(member.get(PAGE, {"before": first.sid}))


def test_another_publishers_installs_are_not_shown(member: Client, installed: InstalledAddOn) -> None:
    other = make_install(make_account(), make_listing())
    assert shown(member, of=other.version.sid) == [installed]


def test_who_publishes_nothing_has_no_customers(console: Client) -> None:
    assert console.get(PAGE).status_code == 404
    assert is_sent_to_sign_in(PAGE)


def test_a_viewer_may_look(publisher: Publisher, installed: InstalledAddOn) -> None:
    viewer = viewer_of(publisher.account)
    assert viewer.get(PAGE).status_code == 200
    assert viewer.post(PAGE).status_code == 405


def test_many_installs_take_no_more_queries(member: Client, listing: Listing) -> None:
    make_invocation(install(listing), status="failed", code=61001, http_status=None, answer=b"")
    one = queries(member, PAGE)
    for _ in range(2):
        make_invocation(install(listing), status="failed", code=61001, http_status=None, answer=b"")
    assert queries(member, PAGE) == one
