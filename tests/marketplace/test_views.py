"""The console's catalogue and installed add-ons, as a browser without JavaScript sees them."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Account
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from tests.factories import (
    make_account,
    make_definition,
    make_install,
    make_invocation,
    make_listing,
    make_publisher,
)
from tests.pages import error_at, is_sent_to_sign_in, queries, text, viewer_of

SETTINGS = {
    "type": "object",
    "properties": {
        "language": {"type": "string", "name": "Language", "_help": "Of the names.", "enum": ["en", "de"]},
        "depth": {"type": "integer", "name": "Depth", "minimum": 1, "maximum": 3},
        "key": {"type": "string", "name": "Your key", "_secret": True},
    },
    "required": ["language"],
}


def make_asking(**changes: Any) -> Listing:
    """A listing that asks for settings."""
    return make_listing(definition=make_definition(configuration_schema=SETTINGS), **changes)


def install_page(listing: Listing) -> str:
    return f"/console/catalogue/{listing.sid}/install/"


def page_of(installed: InstalledAddOn) -> str:
    return f"/console/installed/{installed.sid}/"


def switch_of(installed: InstalledAddOn, point: str = "lookup-api") -> str:
    extension = installed.switches.get(extension__unique_name=point).extension
    return f"{page_of(installed)}extensions/{extension.sid}/"


# --- Catalogue -------------------------------------------------------------------------------


def test_a_card_says_what_it_is_who_offers_it_and_what_it_costs(console: Client, account: Account) -> None:
    definition = make_definition(pricing={"model": "per_use", "price": "0.002"})
    info = {"name": "Anagram", "short_description": "Words.", "tagline": "Spell it.", "provider_name": "Acme"}
    listing = make_listing(availability="beta", module_info=info, definition=definition)
    make_install(account, listing)
    shown = text(console.get("/console/catalogue/"))
    for words in (
        "Anagram",
        "by Acme",
        "Spell it.",
        "USD 0.0020 per use",
        "Beta",
        "Installed (1)",
        "1 add-on",
    ):
        assert words in shown


def test_search_and_category_say_how_many_of_all_they_leave(console: Client) -> None:
    make_listing(module_info={"name": "Anagram", "short_description": "Words."})
    make_listing(category="Messages")
    make_listing()
    assert "1 of 3 add-ons" in text(console.get("/console/catalogue/", {"q": "anagram"}))
    assert "1 of 3 add-ons" in text(console.get("/console/catalogue/", {"category": "Messages"}))


def test_a_filter_that_leaves_nothing_is_named_and_can_be_cleared(console: Client) -> None:
    make_listing()
    answer = console.get("/console/catalogue/", {"q": "zebra", "category": "Phone numbers"})
    assert "No add-on matches “zebra” in the category Phone numbers" in text(answer)
    assert "0 of 1 add-ons" in text(answer)
    assert 'href="/console/catalogue/">Clear filters' in answer.content.decode()
    assert "/console/catalogue/?q=zebra" in answer.content.decode()


def test_an_empty_catalogue_says_how_it_fills(console: Client) -> None:
    assert "No add-on is published yet" in text(console.get("/console/catalogue/"))


def test_the_catalogue_takes_as_many_queries_for_four_as_for_one(console: Client, account: Account) -> None:
    make_install(account)
    before = queries(console, "/console/catalogue/")
    for _ in range(3):
        make_install(account)
    assert queries(console, "/console/catalogue/") == before


# --- Listing ---------------------------------------------------------------------------------


def test_a_listing_tells_everything_before_it_is_installed(console: Client) -> None:
    listing = make_asking(
        description={
            "body": "## Why\n\nBecause.",
            "highlights": [{"title": "Quick", "description": "Very."}],
        },
        documentation={"body": "Ask it."},
        pricing={"body": "Nothing at all."},
        support={"technical_email": "tech@acme.example"},
    )
    answer = console.get(f"/console/catalogue/{listing.sid}/")
    shown = text(answer)
    for words in (
        *(
            "Because.",
            "Quick",
            "Ask it.",
            "Nothing at all.",
            "tech@acme.example",
            "Be nice.",
            "We keep nothing.",
        ),
        *("GET request to service.example.com", "the phone number: looked up", "Language Of the names."),
        *(
            "Lookups Runs when a lookup names this add-on.",
            "Incoming Voice Call",
            "AcceptTermsOfService=true",
        ),
    ):
        assert words in shown
    assert "<h3>Why</h3>" in answer.content.decode()
    assert f'href="{install_page(listing)}"' in answer.content.decode()


def test_an_installed_listing_leads_to_its_installation(console: Client, account: Account) -> None:
    installed = make_install(account)
    answer = console.get(f"/console/catalogue/{installed.listing.sid}/")
    assert "Go to installed (1)" in text(answer)
    assert f'href="{page_of(installed)}"' in answer.content.decode()


def test_what_comes_soon_can_be_read_but_not_installed(console: Client) -> None:
    listing = make_listing(availability="coming_soon")
    answer = console.get(f"/console/catalogue/{listing.sid}/")
    assert "Coming soon" in text(answer)
    assert install_page(listing) not in answer.content.decode()
    assert console.get(install_page(listing))["Location"] == f"/console/catalogue/{listing.sid}/"


def test_a_preview_is_seen_by_its_own_publisher_alone(console: Client) -> None:
    theirs = make_listing(availability="developer_preview")
    assert console.get(f"/console/catalogue/{theirs.sid}/").status_code == 404
    assert console.get(install_page(theirs)).status_code == 404


# --- Install ---------------------------------------------------------------------------------


def good(**changes: str) -> dict[str, Any]:
    return {"configuration-language": "en", "terms-accept_terms": "on", "name-suffix": "", **changes}


def test_installing_needs_one_page(console: Client, account: Account) -> None:
    listing = make_asking()
    form = good(**{"name-suffix": "_2", "configuration-depth": "2", "use-extensions": "lookup-api"})
    answer = console.post(install_page(listing), form, follow=True)
    installed = InstalledAddOn.objects.get(account=account)
    assert installed.unique_name == f"{listing.unique_name}_2"
    assert installed.configuration == {"language": "en", "depth": 2}
    assert installed.switches.get(enabled=True).extension.unique_name == "lookup-api"
    assert f"{listing.name} is installed as {installed.unique_name}." in text(answer)


def test_everything_is_off_unless_ticked(console: Client, account: Account) -> None:
    listing = make_asking()
    assert "Everything is off unless you tick it." in text(console.get(install_page(listing)))
    console.post(install_page(listing), good())
    assert not InstalledAddOn.objects.get(account=account).switches.filter(enabled=True).exists()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name-suffix", " x!", "Use letters, digits, hyphens and underscores, 128 characters at most."),
        ("configuration-language", "", "Choose Language."),
        ("configuration-depth", "9", "Enter a number of at most 3."),
        ("terms-accept_terms", "", "Accept the terms to install this add-on."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_above_the_form(
    console: Client, field: str, value: str, message: str
) -> None:
    answer = console.post(install_page(make_asking()), good(**{field: value}))
    assert error_at(answer, f"id_{field}") == message
    assert "There is 1 problem" in text(answer)
    assert "<title>Error: Install" in answer.content.decode()
    assert not InstalledAddOn.objects.exists()


def test_every_problem_is_counted_and_nothing_typed_is_lost(console: Client) -> None:
    wrong = {"name-suffix": "_mine", "configuration-depth": "nine"}
    answer = console.post(install_page(make_asking()), wrong)
    assert "There are 3 problems" in text(answer)
    assert 'value="_mine"' in answer.content.decode()
    assert 'value="nine"' in answer.content.decode()


def test_a_taken_name_is_said_at_the_name(console: Client, account: Account) -> None:
    installed = make_install(account, make_asking(), configuration={"language": "en"})
    assert 'value="_1"' in console.get(install_page(installed.listing)).content.decode()
    answer = console.post(install_page(installed.listing), good())
    taken = f"Conflict: the unique name {installed.unique_name} is already in use"
    assert error_at(answer, "id_name-suffix") == taken


def test_the_terms_can_be_read_where_they_are_accepted(console: Client) -> None:
    answer = console.get(install_page(make_listing()))
    assert "Terms of service Be nice. Privacy policy We keep nothing." in text(answer)
    assert 'role="region"' in answer.content.decode()
    assert "This add-on needs no settings." in text(answer)


# --- Installed -------------------------------------------------------------------------------


def test_the_list_says_where_each_runs(console: Client, account: Account) -> None:
    make_install(account, unique_name="quiet")
    make_install(account, unique_name="busy", enabled=["lookup-api", "voice-incoming"])
    shown = text(console.get("/console/installed/"))
    assert shown.index("busy") < shown.index("Lookups Incoming Voice Call") < shown.index("quiet")
    assert shown.index("quiet") < shown.index("Off everywhere")


def test_nothing_installed_leads_to_the_catalogue(console: Client) -> None:
    answer = console.get("/console/installed/")
    assert "Nothing is installed yet" in text(answer)
    assert 'href="/console/catalogue/">Browse the catalogue' in answer.content.decode()


def test_the_list_takes_as_many_queries_for_four_as_for_one(console: Client, account: Account) -> None:
    make_install(account)
    before = queries(console, "/console/installed/")
    for _ in range(3):
        make_install(account)
    assert queries(console, "/console/installed/") == before


def test_the_page_of_one_shows_its_sids_settings_and_api_call(console: Client, account: Account) -> None:
    installed = make_install(
        account, make_asking(), configuration={"language": "de", "key": "hk_1"}, enabled=["lookup-api"]
    )
    answer = console.get(page_of(installed))
    shown = text(answer)
    assert installed.sid in shown
    assert installed.listing.sid in shown
    assert "Last saved" in shown
    assert '{"language":"de","key":"********"}' in shown
    assert "hk_1" not in answer.content.decode()
    assert "will not run" not in shown


def test_saving_keeps_a_secret_that_was_left_blank(console: Client, account: Account) -> None:
    installed = make_install(account, make_asking(), configuration={"language": "en", "key": "hk_1"})
    form = {"name-suffix": "_b", "configuration-language": "de", "configuration-key": ""}
    answer = console.post(page_of(installed), form, follow=True)
    installed.refresh_from_db()
    assert installed.configuration == {"language": "de", "key": "hk_1"}
    assert installed.unique_name.endswith("_b")
    assert "Saved." in text(answer)


def test_a_setting_that_is_wrong_is_said_at_its_field(console: Client, account: Account) -> None:
    installed = make_install(account, make_asking(), configuration={"language": "en"})
    answer = console.post(page_of(installed), {"configuration-language": "en", "configuration-depth": "9"})
    assert error_at(answer, "id_configuration-depth") == "Enter a number of at most 3."
    installed.refresh_from_db()
    assert installed.configuration == {"language": "en"}


def test_a_name_of_another_installation_is_refused_at_the_name(console: Client, account: Account) -> None:
    listing = make_listing()
    first, second = make_install(account, listing), make_install(account, listing)
    answer = console.post(page_of(second), {"name-suffix": ""})
    assert first.unique_name in error_at(answer, "id_name-suffix")


# --- Switches --------------------------------------------------------------------------------


def test_a_switch_saves_at_once(console: Client, account: Account) -> None:
    installed = make_install(account)
    assert "Off everywhere – this add-on will not run. Turn on one point." in text(
        console.get(page_of(installed))
    )
    answer = console.post(switch_of(installed), {"enabled": "true"}, follow=True)
    assert "Lookups is on." in text(answer)
    assert installed.switches.get(enabled=True).extension.unique_name == "lookup-api"


def test_htmx_gets_just_the_switch_back(console: Client, account: Account) -> None:
    installed = make_install(account, enabled=["lookup-api"])
    answer = console.post(switch_of(installed), {"enabled": "false"}, HTTP_HX_REQUEST="true")
    body = answer.content.decode()
    assert "<html" not in body
    assert 'aria-checked="false"' in body
    assert "Saved" in text(answer)
    assert "Off everywhere" in text(answer)


def test_an_extension_of_another_installation_is_not_found(console: Client, account: Account) -> None:
    mine, other = make_install(account), make_install(account)
    extension = switch_of(other).rsplit("/", 2)[1]
    answer = console.post(f"{page_of(mine)}extensions/{extension}/", {"enabled": "true"})
    assert answer.status_code == 404


# --- Uninstall -------------------------------------------------------------------------------


def test_the_effect_is_told_in_counts_before_it_happens(console: Client, account: Account) -> None:
    installed = make_install(account, enabled=["lookup-api"])
    make_invocation(installed)
    shown = text(console.get(f"{page_of(installed)}uninstall/"))
    assert "It stops running in 1 place: Lookups." in shown
    assert "Its 1 result and what it cost stay." in shown


def test_an_idle_one_has_nothing_to_stop(console: Client, account: Account) -> None:
    shown = text(console.get(f"{page_of(make_install(account))}uninstall/"))
    assert "It runs nowhere now, so nothing stops." in shown
    assert "It has no results yet." in shown


def test_uninstalling_ends_it(console: Client, account: Account) -> None:
    installed = make_install(account)
    answer = console.post(f"{page_of(installed)}uninstall/", follow=True)
    assert f"{installed.unique_name} is uninstalled." in text(answer)
    assert console.get(page_of(installed)).status_code == 404


# --- Whose -----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "uninstall/"])
def test_another_accounts_installation_is_not_found(console: Client, page: str) -> None:
    theirs = make_install(make_account())
    assert console.get(f"{page_of(theirs)}{page}").status_code == 404
    assert console.post(f"{page_of(theirs)}{page}").status_code == 404
    assert console.post(switch_of(theirs), {"enabled": "true"}).status_code == 404
    assert InstalledAddOn.objects.live().filter(pk=theirs.pk).exists()


def test_a_stranger_is_asked_to_sign_in(db: None) -> None:
    installed = make_install()
    listing = f"/console/catalogue/{installed.listing.sid}/"
    for path in ("/console/catalogue/", listing, f"{listing}install/", "/console/installed/"):
        assert is_sent_to_sign_in(path)
    assert is_sent_to_sign_in(page_of(installed))
    assert is_sent_to_sign_in(f"{page_of(installed)}uninstall/")


def test_a_viewer_may_look_but_not_change(account: Account) -> None:
    installed = make_install(account, enabled=["lookup-api"])
    viewer = viewer_of(account)
    assert "Your role in this account is Viewer" in text(viewer.get(page_of(installed)))
    for path in (install_page(installed.listing), page_of(installed), f"{page_of(installed)}uninstall/"):
        assert viewer.get(path).status_code == 200
        assert viewer.post(path, good()).status_code == 403
    assert viewer.post(switch_of(installed), {"enabled": "false"}).status_code == 403
    assert installed.switches.filter(enabled=True).exists()


def test_an_own_preview_can_be_installed(console: Client, account: Account) -> None:
    publisher = make_publisher()
    publisher.account = account
    publisher.save()
    listing = make_listing(publisher=publisher, availability="developer_preview")
    assert "Developer preview" in text(console.get(f"/console/catalogue/{listing.sid}/"))
    assert console.post(install_page(listing), good()).status_code == 302


def test_htmx_is_sent_to_sign_in_as_a_whole_page(client: Client, account: Account) -> None:
    url = switch_of(make_install(account))
    answer = client.post(url, {"enabled": "true"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, f"/accounts/login/?next={url}")


def test_a_page_shows_whatever_the_api_took(console: Client, api: APIClient, account: Account) -> None:
    installed = make_install(account)
    odd = '{"long": 111111111111111111111111111111, "deep": ' + "[" * 60 + "]" * 60 + "}"
    assert api.post(f"/v1/InstalledAddOns/{installed.sid}", {"Configuration": odd}).status_code == 200
    assert console.get(page_of(installed)).status_code == 200
