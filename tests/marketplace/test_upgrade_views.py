"""The upgrade page, and where it is announced, as a browser without JavaScript sees them."""

import html
import re

import pytest
from django.test import Client

from accounts.models import Account
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from tests.factories import make_account, make_install, make_user
from tests.marketplace.test_upgrades import KEY, LANGUAGE, make_outdated, make_schema, publish_next
from tests.pages import console_of, error_at, is_sent_to_sign_in, queries, text, viewer_of

pytestmark = pytest.mark.django_db


def page_of(installed: InstalledAddOn) -> str:
    return f"/console/installed/{installed.sid}/"


def upgrade_page(installed: InstalledAddOn) -> str:
    return f"{page_of(installed)}upgrade/"


@pytest.fixture
def asking(account: Account) -> InstalledAddOn:
    """Its next version asks for a language, costs more and keeps a secret."""
    new = make_schema("language", language={**LANGUAGE, "name": "Language"}, key=KEY)
    return make_outdated(
        account,
        before={"configuration_schema": make_schema(key=KEY)},
        after={
            "configuration_schema": new,
            "notes": "Now in *German*.",
            "pricing": {"model": "per_use", "price": "0.25", "currency": "USD"},
        },
        configuration={"key": "hush"},
    )


def mark_in(page: str) -> str:
    found = re.search(r'name="mark" value="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


def upgrade(console: Client, installed: InstalledAddOn, **given: str) -> str:
    """Post the page as it is drawn; what is shown afterwards."""
    drawn = console.get(upgrade_page(installed)).content.decode()
    return text(console.post(upgrade_page(installed), {"mark": mark_in(drawn), **given}, follow=True))


def test_the_page_says_what_changes_before_it_asks(console: Client, asking: InstalledAddOn) -> None:
    shown = text(console.get(upgrade_page(asking)))
    for words in (
        "to version 2",
        "Price up",
        "Price now Free",
        "0.25",
        "Now in German .",
        "asks for more than you have given: Choose Language.",
        "As you accepted them",
        "/Upgrade",
    ):
        assert words in shown
    assert "hush" not in console.get(upgrade_page(asking)).content.decode()


def test_it_upgrades_and_goes_back_to_the_add_on(console: Client, asking: InstalledAddOn) -> None:
    shown = upgrade(console, asking, **{"configuration-language": "de"})
    assert "is upgraded to version 2." in shown
    assert InstalledAddOn.objects.get().configuration == {"language": "de", "key": "hush"}


def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(
    console: Client, asking: InstalledAddOn
) -> None:
    drawn = console.get(upgrade_page(asking)).content.decode()
    answer = console.post(upgrade_page(asking), {"mark": mark_in(drawn)})
    assert error_at(answer, "id_configuration-language") == "Choose Language."
    assert InstalledAddOn.objects.get().version.number == 1


def test_changed_terms_are_shown_and_must_be_ticked(console: Client, account: Account) -> None:
    installed = make_outdated(account)
    Listing.objects.update(policies={"legal": "Be nicer."})
    assert "Be nicer." in text(console.get(upgrade_page(installed)))
    assert "Accept the new terms" in upgrade(console, installed)
    assert InstalledAddOn.objects.get().version.number == 1
    assert "is upgraded to version 2" in upgrade(console, installed, **{"terms-accept_terms": "on"})


def test_nobody_agrees_to_what_came_after_the_page(console: Client, account: Account) -> None:
    installed = make_outdated(account)
    drawn = console.get(upgrade_page(installed)).content.decode()
    publish_next(installed.listing)
    answer = console.post(upgrade_page(installed), {"mark": mark_in(drawn)}, follow=True)
    assert "changed meanwhile" in text(answer)
    assert "to version 3" in text(answer)
    assert InstalledAddOn.objects.get().version.number == 1


def test_without_an_upgrade_there_is_no_page(console: Client, account: Account) -> None:
    installed = make_install(account)
    answer = console.get(upgrade_page(installed), follow=True)
    assert "has the version that its publisher offers" in text(answer)
    assert answer.redirect_chain == [(page_of(installed), 302)]


def test_a_viewer_looks_and_does_not_upgrade(account: Account, asking: InstalledAddOn) -> None:
    viewer = viewer_of(account)
    assert "What changes for you" in text(viewer.get(upgrade_page(asking)))
    assert viewer.post(upgrade_page(asking)).status_code == 403
    assert InstalledAddOn.objects.get().version.number == 1


def test_another_account_finds_nothing_and_a_stranger_signs_in(asking: InstalledAddOn) -> None:
    other = console_of(make_user(make_account()))
    assert other.get(upgrade_page(asking)).status_code == 404
    assert other.post(upgrade_page(asking)).status_code == 404
    assert is_sent_to_sign_in(upgrade_page(asking))


def test_hostile_texts_of_a_publisher_stay_texts(console: Client, account: Account) -> None:
    script = "<script>alert(1)</script>"
    installed = make_outdated(
        account, after={"notes": script, "configuration_schema": make_schema(script, **{script: LANGUAGE})}
    )
    Listing.objects.update(policies={"legal": script}, module_info={"name": script})
    assert script not in console.get(upgrade_page(installed)).content.decode()


def test_an_upgrade_is_announced_in_the_list_and_on_the_page(console: Client, account: Account) -> None:
    installed, current = make_outdated(account), make_install(account)
    listed = console.get("/console/installed/").content.decode()
    assert upgrade_page(installed) in listed
    assert upgrade_page(current) not in listed
    assert "Version 2 is published." in text(console.get(page_of(installed)))
    assert "is published." not in text(console.get(page_of(current)))


def test_a_list_of_upgrades_takes_as_many_queries_as_one(console: Client, account: Account) -> None:
    make_outdated(account)
    one = queries(console, "/console/installed/")
    make_outdated(account)
    make_outdated(account)
    assert queries(console, "/console/installed/") == one


def test_more_versions_in_between_take_no_more_queries(console: Client, account: Account) -> None:
    installed = make_outdated(account, after={"notes": "Two."})
    one = queries(console, upgrade_page(installed))
    for notes in ("Three.", "Four."):
        publish_next(installed.listing, notes=notes)
    assert queries(console, upgrade_page(installed)) == one
