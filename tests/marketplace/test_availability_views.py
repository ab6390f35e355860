"""The page of a listing's availability, and what each state means in the catalogue."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Account
from marketplace.models import InstalledAddOn
from publishers import availability, invitations
from publishers.models import Listing, Publisher
from tests.factories import NOBODY, make_account, make_install, make_listing, make_user
from tests.pages import console_of, error_at, is_sent_to_sign_in, queries, text, viewer_of

pytestmark = pytest.mark.django_db
IN_A_WEEK = timedelta(days=7)


@pytest.fixture
def listing(account: Account) -> Listing:
    publisher = Publisher.objects.create(
        account=account, slug="acme", name="Acme", status=Publisher.Status.APPROVED
    )
    return make_listing(publisher=publisher, availability="developer_preview")


def page_of(listing: Listing) -> str:
    return f"/publish/listings/{listing.sid}/availability/"


def shop_page(listing: Listing) -> str:
    return f"/console/catalogue/{listing.sid}/"


def last_day() -> str:
    return (timezone.now().date() + IN_A_WEEK).isoformat()


def state_of(listing: Listing) -> str:
    return Listing.objects.get(pk=listing.pk).availability


# --- The publisher's page --------------------------------------------------------------------


def test_it_says_what_it_is_what_it_can_become_and_who_has_it(console: Client, listing: Listing) -> None:
    make_install(make_account(), listing, enabled=["lookup-api"])
    shown = text(console.get(page_of(listing)))
    for words in (
        "Developer preview",
        "Generally available Everybody can install it.",
        "1 account has it installed. It goes on for it",
        "Installations 1",
        "Switched on at 1 point",
        "No account is invited.",
        f"/v1/Listing/{listing.sid}/Availability",
    ):
        assert words in shown


def test_it_moves_the_listing(console: Client, listing: Listing) -> None:
    given = {"do": "move", "move-availability": "ga"}
    assert "is now “Generally available”." in text(console.post(page_of(listing), given, follow=True))
    assert state_of(listing) == "ga"


@pytest.mark.parametrize("given", [{}, {"move-availability": "suspended"}, {"move-availability": "a\0"}])
def test_no_move_changes_nothing(console: Client, listing: Listing, given: dict[str, str]) -> None:
    answer = console.post(page_of(listing), {"do": "move", **given})
    assert error_at(answer, "id_move-availability").startswith(("Choose what", "It cannot become"))
    assert state_of(listing) == "developer_preview"


def test_a_refusal_stands_at_its_field_without_the_parameters_name(console: Client, listing: Listing) -> None:
    make_install(listing=listing)
    answer = console.post(page_of(listing), {"do": "move", "move-availability": "coming_soon"})
    assert error_at(answer, "id_move-availability").startswith("1 account installed it")


def test_it_deprecates_and_goes_on_offering(console: Client, listing: Listing) -> None:
    other = make_listing(publisher=listing.publisher)
    given = {"do": "deprecate", "deprecation-until": last_day(), "deprecation-replacement": other.sid}
    assert "it is offered until" in text(console.post(page_of(listing), given, follow=True))
    assert Listing.objects.get(pk=listing.pk).replacement == other
    assert "Deprecated until" in text(console.get(page_of(listing)))
    assert "not deprecated any more" in text(console.post(page_of(listing), {"do": "keep"}, follow=True))
    assert "the listing is not deprecated" in text(
        console.post(page_of(listing), {"do": "keep"}, follow=True)
    )


@pytest.mark.parametrize(
    ("until", "words"),
    [("", "Enter the last day."), ("x\0", "Enter a day"), ("2020-01-01", "Give a day from")],
)
def test_a_last_day_that_is_none_is_said_at_its_field(
    console: Client, listing: Listing, until: str, words: str
) -> None:
    answer = console.post(page_of(listing), {"do": "deprecate", "deprecation-until": until})
    assert error_at(answer, "id_deprecation-until").startswith(words)


def test_a_stranger_s_listing_is_no_replacement_here(console: Client, listing: Listing) -> None:
    given = {
        "do": "deprecate",
        "deprecation-until": last_day(),
        "deprecation-replacement": make_listing().sid,
    }
    answer = console.post(page_of(listing), given)
    assert error_at(answer, "id_deprecation-replacement") == "Choose one of your listings in the catalogue."


def test_it_invites_and_withdraws(console: Client, listing: Listing) -> None:
    invited = make_account("Not to be named")
    given = {"do": "invite", "invitation-account_sid": invited.sid}
    shown = text(console.post(page_of(listing), given, follow=True))
    assert f"{invited.sid} is invited." in shown
    assert "Not to be named" not in shown
    answer = console.post(page_of(listing), given)
    assert error_at(answer, "id_invitation-account_sid") == "This account is invited already"
    path = f"/publish/listings/{listing.sid}/invitations/{listing.invitations.get().sid}/withdraw/"
    assert "is not invited any more" in text(console.post(path, follow=True))
    assert not listing.invitations.exists()
    assert console.post(path).status_code == 404


@pytest.mark.parametrize("sid", ["", "AC\0", "AC123", "x" * 35])
def test_what_is_no_account_is_not_invited(console: Client, listing: Listing, sid: str) -> None:
    answer = console.post(page_of(listing), {"do": "invite", "invitation-account_sid": sid})
    assert error_at(answer, "id_invitation-account_sid")


def test_a_form_that_is_none_of_the_page_changes_nothing(console: Client, listing: Listing) -> None:
    assert "Nothing was changed" in text(console.post(page_of(listing), {"do": "x\0"}, follow=True))


def test_a_suspended_listing_says_why_and_offers_no_move(console: Client, listing: Listing) -> None:
    availability.suspend(listing=listing, reason="<b>It leaks.</b>", actor=NOBODY)
    answer = console.get(page_of(listing))
    assert "<b>It leaks." not in answer.content.decode()
    assert "Why: <b>It leaks.</b>" in text(answer)
    assert "Change who may have it" not in text(answer)


def test_a_draft_says_how_it_comes_to_be_offered(console: Client, listing: Listing) -> None:
    Listing.objects.update(availability="draft", published_version=None)
    shown = text(console.get(page_of(listing)))
    assert "No version is published yet" in shown
    assert "Deprecate" not in shown


def test_a_viewer_looks_and_changes_nothing(account: Account, listing: Listing) -> None:
    viewer = viewer_of(account)
    assert "Your role in this account is Viewer" in text(viewer.get(page_of(listing)))
    assert viewer.post(page_of(listing), {"do": "move", "move-availability": "ga"}).status_code == 403
    assert state_of(listing) == "developer_preview"


def test_another_account_finds_nothing_and_a_stranger_signs_in(listing: Listing) -> None:
    other = console_of(make_user(make_account()))
    made = invitations.invite(listing=listing, account_sid=make_account().sid, actor=NOBODY)
    assert other.get(page_of(listing)).status_code == 404
    assert other.post(page_of(listing), {"do": "move", "move-availability": "ga"}).status_code == 404
    path = f"/publish/listings/{listing.sid}/invitations/{made.sid}/withdraw/"
    assert other.post(path).status_code == 404
    assert listing.invitations.exists()
    assert is_sent_to_sign_in(page_of(listing))


def test_more_invitations_take_no_more_queries(console: Client, listing: Listing) -> None:
    invitations.invite(listing=listing, account_sid=make_account().sid, actor=NOBODY)
    one = queries(console, page_of(listing))
    for _ in range(2):
        invitations.invite(listing=listing, account_sid=make_account().sid, actor=NOBODY)
    assert queries(console, page_of(listing)) == one


# --- The catalogue ---------------------------------------------------------------------------


def test_an_invited_account_installs_a_preview(console: Client, account: Account) -> None:
    preview = make_listing(availability="developer_preview")
    install = f"{shop_page(preview)}install/"
    assert console.get(install).status_code == 404
    invitations.invite(listing=preview, account_sid=account.sid, actor=NOBODY)
    assert preview.name in text(console.get("/console/catalogue/"))
    console.post(install, {"terms-accept_terms": "on"})
    assert InstalledAddOn.objects.get().listing == preview


def test_nor_does_an_invitation_open_the_api(api: APIClient, account: Account) -> None:
    preview = make_listing(availability="developer_preview")
    invitations.invite(listing=preview, account_sid=account.sid, actor=NOBODY)
    assert api.get(f"/v1/AvailableAddOns/{preview.sid}").status_code == 404
    given = {"AvailableAddOnSid": preview.sid, "AcceptTermsOfService": "true"}
    assert api.post("/v1/InstalledAddOns", given).status_code == 404


def test_what_is_retired_is_seen_by_those_who_have_it(console: Client, account: Account) -> None:
    had, other = make_listing(), make_listing()
    make_install(account, had)
    Listing.objects.update(availability="retired")
    assert console.get(shop_page(other)).status_code == 404
    shown = text(console.get(shop_page(had)))
    assert "It is retired: nobody can install it any more." in shown
    assert "Install again" not in shown


def test_what_is_deprecated_says_until_when_and_what_to_use(console: Client, account: Account) -> None:
    listing, other = make_listing(), make_listing()
    installed = make_install(account, listing)
    until = timezone.now().date() + IN_A_WEEK
    availability.deprecate(listing=listing, until=until, replacement=other, actor=NOBODY)
    for path in (shop_page(listing), f"/console/installed/{installed.sid}/"):
        shown = text(console.get(path))
        assert f"Use {other.name} instead." in shown
        assert "Its publisher offers it until" in shown
    for path in ("/console/catalogue/", "/console/installed/"):
        assert "Deprecated until" in text(console.get(path))


def test_a_replacement_that_is_gone_is_not_named(console: Client) -> None:
    listing, other = make_listing(), make_listing()
    until = timezone.now().date() + IN_A_WEEK
    availability.deprecate(listing=listing, until=until, replacement=other, actor=NOBODY)
    availability.suspend(listing=other, reason="spam", actor=NOBODY)
    shown = text(console.get(shop_page(listing)))
    assert "Its publisher offers it until" in shown
    assert other.name not in shown


def test_what_is_suspended_says_so_where_it_is_installed(console: Client, account: Account) -> None:
    installed = make_install(account)
    availability.suspend(listing=installed.listing, reason="for its publisher alone", actor=NOBODY)
    answer = console.get(f"/console/installed/{installed.sid}/")
    assert "An operator has suspended this add-on" in text(answer)
    assert "for its publisher alone" not in text(answer)
    assert "Suspended" in text(console.get("/console/installed/"))
    assert console.get(shop_page(installed.listing)).status_code == 404
