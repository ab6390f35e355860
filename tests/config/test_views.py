"""Home, help, accounts to choose from, and what happens without one."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.template.defaultfilters import date
from django.test import Client
from django.utils import timezone

from accounts.models import Account, Membership, Role, User
from marketplace import services, upgrades
from marketplace.models import InstalledAddOn
from publishers import availability
from publishers.contract.errors import TimedOut
from tests.factories import NOBODY, make_account, make_install, make_invocation, make_listing, make_user
from tests.marketplace.test_upgrades import publish_next
from tests.pages import console_of, is_sent_to_sign_in, queries, text, viewer_of

HOME = "/console/"


# --- Home ------------------------------------------------------------------------------------


def test_a_new_account_is_led_to_the_catalogue(console: Client) -> None:
    answer = console.get(HOME)
    assert "Install an add-on now Switch it on for lookups to do Run a lookup to do" in re.sub(
        r" \d ", " ", text(answer)
    )
    assert "Nothing has run yet." in text(answer)
    assert 'href="/console/catalogue/">Browse the catalogue' in answer.content.decode()


def test_an_add_on_that_is_off_is_the_next_step(console: Client, account: Account) -> None:
    make_install(account)
    answer = console.get(HOME)
    assert "Switch it on for lookups None of your installed add-ons is switched on" in text(answer)
    assert 'href="/console/installed/">Open installed add-ons' in answer.content.decode()


def test_a_lookup_is_one_click_away(console: Client, account: Account) -> None:
    installed = make_install(account, enabled=["lookup-api"])
    answer = console.get(HOME)
    body = answer.content.decode()
    assert f"Asks {installed.listing.name}" in text(answer)
    assert 'action="/console/lookups/"' in body
    assert 'value="+14155552671"' in body
    assert f'name="add_ons" value="{installed.unique_name}"' in body


def test_recent_results_and_the_last_day_are_shown(console: Client, account: Account) -> None:
    installed = make_install(account, enabled=["lookup-api"])
    make_invocation(installed, charge_micros=2000, currency="USD")
    make_invocation(installed, status="failed", code=TimedOut.code, message=TimedOut.message)
    shown = text(console.get(HOME))
    assert "You are set up" in shown
    assert "Failed 61001 Request timed out" in shown
    assert "Results 2 Failed 1 Cost USD 0.0020 Installed add-ons 1" in shown


def test_home_takes_as_many_queries_for_four_as_for_one(console: Client, account: Account) -> None:
    make_invocation(make_install(account, enabled=["lookup-api"]))
    before = queries(console, HOME)
    for _ in range(3):
        make_invocation(make_install(account, enabled=["lookup-api"]))
    assert queries(console, HOME) == before


def test_a_viewer_is_offered_nothing_to_run(account: Account) -> None:
    make_install(account, enabled=["lookup-api"])
    answer = viewer_of(account).get(HOME)
    assert answer.status_code == 200
    assert "Run a lookup about" not in text(answer)
    assert 'name="add_ons"' not in answer.content.decode()


# --- Home: upgrades ----------------------------------------------------------------------------


def make_outdated(account: Account, **deprecated: Any) -> InstalledAddOn:
    """An install of version 1 of a listing whose version 2 is published."""
    installed = make_install(account)
    publish_next(installed.listing)
    if deprecated:
        availability.deprecate(listing=installed.listing, actor=NOBODY, **deprecated)
    return installed


def test_an_upgrade_that_waits_is_on_the_home_page(console: Client, account: Account) -> None:
    make_install(account)
    assert "Upgrades waiting" not in text(console.get(HOME))
    installed = make_outdated(account)
    answer = console.get(HOME)
    row = f"{installed.unique_name} {installed.listing.name} Version 1 to 2 See what changes"
    assert f"Upgrades waiting {row}" in text(answer)
    assert f'href="/console/installed/{installed.sid}/upgrade/"' in answer.content.decode()
    upgrades.upgrade(installed=installed, actor=NOBODY)
    assert "Upgrades waiting" not in text(console.get(HOME))


def test_an_add_on_that_ends_says_when_and_what_to_use(console: Client, account: Account) -> None:
    installed, other = make_install(account), make_listing()
    until = timezone.now().date() + timedelta(days=30)
    availability.deprecate(listing=installed.listing, until=until, replacement=other, actor=NOBODY)
    shown = text(console.get(HOME))
    assert f"Deprecated until {date(until, 'j M Y')} Use {other.name} instead." in shown
    assert "See what changes" not in shown
    availability.suspend(listing=other, reason="spam", actor=NOBODY)
    assert other.name not in text(console.get(HOME))


def test_nothing_waits_of_what_cannot_be_upgraded(console: Client, account: Account) -> None:
    uninstalled, suspended = make_outdated(account), make_outdated(account)
    make_outdated(make_account())
    services.uninstall(installed=uninstalled)
    availability.suspend(listing=suspended.listing, reason="spam", actor=NOBODY)
    assert "Upgrades waiting" not in text(console.get(HOME))


def test_five_upgrades_are_shown_those_that_end_first(console: Client, account: Account) -> None:
    for _ in range(5):
        make_outdated(account)
    assert "All installed add-ons" not in text(console.get(HOME))
    ends = make_outdated(account, until=timezone.now().date() + timedelta(days=9))
    shown = text(console.get(HOME))
    assert shown.count("See what changes") == 5
    assert f"Upgrades waiting All installed add-ons {ends.unique_name}" in shown


def test_home_takes_as_many_queries_for_three_upgrades_as_for_one(console: Client, account: Account) -> None:
    until = timezone.now().date() + timedelta(days=9)
    make_outdated(account, until=until, replacement=make_listing())
    before = queries(console, HOME)
    for _ in range(2):
        make_outdated(account, until=until, replacement=make_listing())
    assert queries(console, HOME) == before


def test_a_viewer_sees_what_waits(account: Account) -> None:
    make_outdated(account)
    assert "Version 1 to 2" in text(viewer_of(account).get(HOME))


# --- Without an account ----------------------------------------------------------------------


def test_a_login_without_an_account_hears_whom_to_ask(db: None) -> None:
    user = make_user()
    answer = console_of(user).get(HOME)
    assert answer.status_code == 403
    assert "Your login belongs to no account yet" in text(answer)
    assert user.email in text(answer)
    assert 'action="/accounts/logout/"' in answer.content.decode()


def test_an_operator_without_an_account_operates(db: None) -> None:
    operator = make_user(is_staff=True)
    assert console_of(operator).get(HOME)["Location"] == "/operate/"


@pytest.mark.parametrize("page", ["catalogue", "installed", "lookups", "results", "api-keys"])
def test_every_other_page_is_closed_without_an_account(db: None, page: str) -> None:
    assert console_of(make_user()).get(f"{HOME}{page}/").status_code == 403


# --- Accounts --------------------------------------------------------------------------------


def test_another_account_can_be_chosen(console: Client, user: User) -> None:
    second = make_account("Second")
    Membership.objects.create(user=user, account=second, role=Role.VIEWER)
    assert second.sid in console.get(HOME).content.decode()
    console.post("/console/account/", {"account": second.sid})
    assert console.get(HOME).context["account"] == second


def test_a_foreign_account_cannot_be_chosen(console: Client, account: Account) -> None:
    console.post("/console/account/", {"account": make_account().sid})
    assert console.get(HOME).context["account"] == account


# --- Help, and strangers ---------------------------------------------------------------------


def test_help_explains_every_code(console: Client) -> None:
    answer = console.get("/console/help/")
    assert "61001 Request timed out The add-on gave no complete answer within 2000 ms." in text(answer)
    assert len(answer.context["codes"]) == 12
    assert "It has 2000 ms for the whole exchange, 3 tries" in text(answer)


@pytest.mark.parametrize(
    "page", ["", "catalogue/", "installed/", "lookups/", "results/", "events/", "api-keys/", "help/"]
)
def test_the_help_of_each_page_is_a_place_that_exists(console: Client, account: Account, page: str) -> None:
    places = set(re.findall(r'id="([\w-]+)"', console.get("/console/help/").content.decode()))
    found = re.search(r'href="/console/help/#?([\w-]*)"', console.get(f"{HOME}{page}").content.decode())
    assert found
    assert found[1] in {*places, ""}


@pytest.mark.parametrize(
    ("page", "entry"),
    [(name, name) for name in ("catalogue", "installed", "lookups", "results", "api")]
    + [("api-keys", "api")],
)
def test_the_navigation_marks_where_one_is(console: Client, page: str, entry: str) -> None:
    current = re.findall(
        r'href="([^"]+)"\s+aria-current="page"', console.get(f"{HOME}{page}/").content.decode()
    )
    assert set(current) == {f"{HOME}{entry}/"}


@pytest.mark.parametrize("path", [HOME, "/console/help/"])
def test_a_stranger_is_asked_to_sign_in(db: None, path: str) -> None:
    assert is_sent_to_sign_in(path)


def test_the_bare_address_leads_to_the_console() -> None:
    assert Client().get("/")["Location"] == HOME
