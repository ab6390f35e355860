"""Operators' pages of listings: the list, one listing, the kill switch, and forced upgrades."""

import pytest
from django.test import Client

from accounts.models import AuditEntry
from publishers.models import Availability, Listing, ListingVersion
from tests.factories import (
    make_account,
    make_definition,
    make_install,
    make_listing,
    make_publisher,
    make_user,
)
from tests.pages import console_of, error_at, queries, text

LIST = "/operate/listings/"


@pytest.fixture
def operator(db: None) -> Client:
    """An operator without an account."""
    return console_of(make_user(is_staff=True))


@pytest.fixture
def listing(db: None) -> Listing:
    return make_listing(module_info={"name": "Number Facts", "short_description": "Facts."})


def next_version(listing: Listing, **changes: object) -> ListingVersion:
    """Another version, which is the published one now; installs stay on theirs."""
    version = listing.versions.create(
        number=listing.versions.count() + 1,
        definition=make_definition(**changes),
        status=ListingVersion.Status.PUBLISHED,
    )
    listing.published_version = version
    listing.save()
    return version


# --- The list --------------------------------------------------------------------------------


def test_every_listing_is_there_in_whatever_state(operator: Client, listing: Listing) -> None:
    Listing.objects.create(
        publisher=make_publisher(), unique_name="a_draft", module_info={"name": "Draft it"}
    )
    shown = text(operator.get(LIST))
    assert "Number Facts" in shown
    assert "Generally available" in shown
    assert "Draft it" in shown


def test_the_list_is_searched_and_filtered(operator: Client, listing: Listing) -> None:
    make_listing(availability="beta", module_info={"name": "Other", "short_description": "x"})
    assert [row.name for row in operator.get(f"{LIST}?q=number+facts").context["rows"]] == ["Number Facts"]
    assert [row.name for row in operator.get(f"{LIST}?availability=beta").context["rows"]] == ["Other"]
    assert "No listing fits" in text(operator.get(f"{LIST}?q=nothing"))


@pytest.mark.parametrize(
    "query", ["q=%00", "availability=nowhere", "before=x", f"before=XB{'F' * 32}", "q=%25_"]
)
def test_an_odd_query_is_no_error(operator: Client, listing: Listing, query: str) -> None:
    assert operator.get(f"{LIST}?{query}").status_code == 200


def test_an_empty_house_says_so(operator: Client) -> None:
    assert "There is no listing yet" in text(operator.get(LIST))


def test_pages_follow_by_key(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [make_listing().unique_name for _ in range(26)]
    first = operator.get(LIST)
    rest = operator.get(f"{LIST}?before={first.context['older']}")
    shown = [row.unique_name for page in (first, rest) for row in page.context["rows"]]
    assert shown == names[::-1]
    assert rest.context["older"] == ""


def test_the_list_takes_as_many_queries_for_three_as_for_one(operator: Client, listing: Listing) -> None:
    before = queries(operator, LIST)
    make_listing()
    make_listing()
    assert queries(operator, LIST) == before


# --- One listing -----------------------------------------------------------------------------


def test_a_listing_shows_its_versions_installs_and_publisher(operator: Client, listing: Listing) -> None:
    make_install(listing=listing)
    next_version(listing)
    shown = text(operator.get(f"{LIST}{listing.sid}/"))
    assert "1, 1 on an older version" in shown
    assert "Version 2 new installs get it" in shown
    assert listing.publisher.name in shown


def test_its_page_takes_as_many_queries_for_three_versions_as_for_one(
    operator: Client, listing: Listing
) -> None:
    before = queries(operator, f"{LIST}{listing.sid}/")
    next_version(listing)
    next_version(listing)
    assert queries(operator, f"{LIST}{listing.sid}/") == before


@pytest.mark.parametrize("page", ["", "suspend/", "lift/", "upgrade/"])
def test_one_that_is_not_there_is_not_found(operator: Client, page: str) -> None:
    assert operator.get(f"{LIST}XB{'0' * 32}/{page}").status_code == 404


@pytest.mark.parametrize("page", ["", "suspend/", "lift/", "upgrade/"])
def test_who_is_no_operator_is_refused(console: Client, listing: Listing, page: str) -> None:
    assert console.get(f"{LIST}{listing.sid}/{page}").status_code == 403
    assert console.post(f"{LIST}{listing.sid}/{page}", {"reason": "x"}).status_code == 403
    listing.refresh_from_db()
    assert listing.availability == "ga"


# --- The kill switch -------------------------------------------------------------------------


def test_the_effect_stands_there_before_it_acts(operator: Client, listing: Listing) -> None:
    make_install(listing=listing, enabled=["lookup-api"])
    make_install(listing=listing)
    shown = text(operator.get(f"{LIST}{listing.sid}/suspend/"))
    assert "Installed add-ons 2 Accounts 2 Points switched on 1" in shown
    listing.refresh_from_db()
    assert listing.availability == "ga"


def test_it_stops_with_a_reason_and_an_entry(operator: Client, listing: Listing) -> None:
    answer = operator.post(f"{LIST}{listing.sid}/suspend/", {"reason": "It leaks data."}, follow=True)
    listing.refresh_from_db()
    assert listing.availability == "suspended"
    assert "Suspended: nobody sees, installs or asks it. It leaks data." in text(answer)
    entry = AuditEntry.objects.get(action="listing.suspended")
    assert (entry.subject_sid, entry.reason) == (listing.sid, "It leaks data.")
    assert "listing.suspended" in text(answer)


def test_without_a_reason_nothing_stops(operator: Client, listing: Listing) -> None:
    answer = operator.post(f"{LIST}{listing.sid}/suspend/", {"reason": " "})
    assert error_at(answer, "id_reason") == "Say why."
    listing.refresh_from_db()
    assert listing.availability == "ga"


def test_a_second_suspension_is_refused(operator: Client, listing: Listing) -> None:
    for _ in range(2):
        answer = operator.post(f"{LIST}{listing.sid}/suspend/", {"reason": "x"})
    assert "suspended already" in text(answer)
    assert operator.get(f"{LIST}{listing.sid}/suspend/").status_code == 302


def test_lifted_it_is_what_it_was(operator: Client, listing: Listing) -> None:
    Listing.objects.update(availability=Availability.BETA)
    operator.post(f"{LIST}{listing.sid}/suspend/", {"reason": "x"})
    assert "It was suspended because x" in text(operator.get(f"{LIST}{listing.sid}/lift/"))
    answer = operator.post(f"{LIST}{listing.sid}/lift/", {"reason": ""}, follow=True)
    listing.refresh_from_db()
    assert listing.availability == "beta"
    assert "It is “Beta” again." in text(answer)


def test_what_is_not_suspended_cannot_be_lifted(operator: Client, listing: Listing) -> None:
    assert operator.get(f"{LIST}{listing.sid}/lift/").status_code == 302
    assert "is not suspended" in text(operator.post(f"{LIST}{listing.sid}/lift/", {"reason": ""}))


# --- Upgrades that cannot wait ---------------------------------------------------------------


def test_a_security_fix_reaches_those_who_need_not_be_asked(operator: Client, listing: Listing) -> None:
    installed = make_install(listing=listing)
    version = next_version(listing)
    page = f"{LIST}{listing.sid}/upgrade/"
    assert "1 installed add-on gets version 2 at once" in text(operator.get(page))
    answer = operator.post(page, {"reason": "CVE-1"}, follow=True)
    installed.refresh_from_db()
    assert installed.version == version
    assert "Upgraded: 1." in text(answer)


def test_one_whose_price_changes_is_left_alone(operator: Client, listing: Listing) -> None:
    installed = make_install(listing=listing)
    next_version(listing, pricing={"model": "per_use", "price": "0.01", "currency": "USD"})
    page = f"{LIST}{listing.sid}/upgrade/"
    assert "Nothing can be upgraded here" in text(operator.get(page))
    operator.post(page, {"reason": "x"})
    installed.refresh_from_db()
    assert installed.version.number == 1


def test_an_upgrade_needs_a_reason(operator: Client, listing: Listing) -> None:
    installed = make_install(listing=listing)
    next_version(listing)
    assert error_at(operator.post(f"{LIST}{listing.sid}/upgrade/", {}), "id_reason")
    installed.refresh_from_db()
    assert installed.version.number == 1


def test_a_listing_without_a_version_has_nothing_to_upgrade(operator: Client) -> None:
    draft = Listing.objects.create(publisher=make_publisher(), unique_name="a", module_info={"name": "A"})
    page = f"{LIST}{draft.sid}/upgrade/"
    assert "Nothing can be upgraded here" in text(operator.get(page))
    assert operator.post(page, {"reason": "x"}).status_code == 200


def test_the_counts_of_a_forced_upgrade_take_as_many_queries_for_three_as_for_one(
    operator: Client, listing: Listing
) -> None:
    make_install(make_account(), listing)
    next_version(listing)
    url = f"{LIST}{listing.sid}/upgrade/"
    before = queries(operator, url)
    first = listing.versions.get(number=1)
    for _ in range(2):
        installed = make_install(make_account(), listing)
        installed.version = first
        installed.save()
    assert operator.get(url).context["effect"].upgraded == 3
    assert queries(operator, url) == before
