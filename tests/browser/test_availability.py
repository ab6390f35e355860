"""Availability, upgrades and install notices in a browser: in both themes and sizes."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Account, Role
from marketplace.models import InstalledAddOn
from publishers import availability, invitations
from publishers.models import Listing, Publisher
from tests.browser.test_pages import VIEWS, faults_of
from tests.deliveries.rows import make_attempt, make_delivery
from tests.factories import NOBODY, make_account, make_install, make_listing, make_publisher
from tests.marketplace.test_upgrades import KEY, LANGUAGE, make_outdated, make_schema

pytestmark = pytest.mark.browser


def account_of(role_email: str) -> Account:
    return Account.objects.filter(memberships__user__email__startswith=role_email).get(
        memberships__role=Role.OWNER
    )


def outdated_of(account: Account) -> InstalledAddOn:
    """An install whose next version changes all there is to change, terms included."""
    installed = make_outdated(
        account,
        before={"configuration_schema": make_schema(key=KEY)},
        after={
            "configuration_schema": make_schema(
                "language", language={**LANGUAGE, "name": "Language", "_help": "Of the words."}, key=KEY
            ),
            "notes": "It knows **German** now, and is asked at another address.",
            "pricing": {"model": "per_use", "price": "0.25", "currency": "USD"},
            "extensions": ["lookup-api", "sms-incoming"],
            "request": {
                "method": "GET",
                "url": "https://elsewhere.example.com/facts",
                "query": [
                    {"name": "number", "value": "{{primary_address}}", "required": True},
                    {"name": "language", "value": "{{language}}"},
                ],
            },
        },
        configuration={"key": "hush"},
    )
    Listing.objects.filter(pk=installed.listing.pk).update(
        policies={"legal": "Be *nicer*.", "privacy": "None."}
    )
    return installed


def own_listings(account: Account) -> tuple[Listing, Listing]:
    """One that is deprecated, installed and has an invitation; and one that is suspended."""
    publisher = Publisher.objects.get(account=account)
    offered, other = (make_listing(publisher=publisher) for _ in range(2))
    make_install(make_account(), offered, enabled=["lookup-api"])
    until = timezone.now().date() + timedelta(days=90)
    availability.deprecate(listing=offered, until=until, replacement=other, actor=NOBODY)
    invitations.invite(listing=offered, account_sid=make_account().sid, actor=NOBODY)
    suspended = make_listing(publisher=publisher)
    availability.suspend(listing=suspended, reason="Its answers hold numbers of others.", actor=NOBODY)
    return offered, suspended


def paths_of_publisher(account: Account) -> list[str]:
    offered, suspended = own_listings(account)
    kinds = {"kind": "module_install"}
    done = make_delivery(account, reference_sid=f"XE{'1' * 32}", status="given-up", **kinds)
    make_attempt(done)
    return [
        f"/publish/listings/{offered.sid}/availability/",
        f"/publish/listings/{suspended.sid}/availability/",
        "/publish/notices/",
        "/publish/notices/?status=withdrawn",
        f"/publish/notices/{done.sid}/",
    ]


def paths_of_developer(account: Account) -> list[str]:
    outdated = outdated_of(account)
    old = make_install(account, make_listing(publisher=make_publisher()))
    until = timezone.now().date() + timedelta(days=30)
    availability.deprecate(listing=old.listing, until=until, replacement=outdated.listing, actor=NOBODY)
    stopped = make_install(account)
    availability.suspend(listing=stopped.listing, reason="spam", actor=NOBODY)
    return [
        f"/console/installed/{outdated.sid}/upgrade/",
        f"/console/installed/{outdated.sid}/",
        f"/console/catalogue/{old.listing.sid}/",
        f"/console/installed/{stopped.sid}/",
        "/console/installed/",
    ]


@pytest.mark.parametrize("options", VIEWS)
@pytest.mark.parametrize(
    ("who", "paths_of"),
    [("publisher", paths_of_publisher), ("developer", paths_of_developer)],
    ids=["publisher", "developer"],
)
def test_no_page_has_a_fault(visit: Any, options: dict[str, Any], who: str, paths_of: Any) -> None:
    visitor = visit(**options)
    account = account_of(who)
    paths = paths_of(account)
    visitor.sign_in(who)
    faults = [fault for path in paths for fault in faults_of(visitor, path)]
    assert faults == []
    assert visitor.complaints == []


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}], ids=["script", "no script"])
def test_a_developer_upgrades_with_what_is_newly_asked(visit: Any, options: dict[str, Any]) -> None:
    visitor = visit(**options)
    installed = outdated_of(account_of("developer"))
    visitor.sign_in("developer")
    visitor.go("/console/installed/")
    visitor.page.get_by_role("link", name=f"update available for {installed.unique_name}").click()
    visitor.page.get_by_role("button", name="Upgrade to version 2").click()
    expect(visitor.page.get_by_text("Accept the new terms").first).to_be_visible()
    visitor.page.get_by_label("Language", exact=True).select_option("de")
    visitor.page.get_by_label("I accept the publisher").check()
    visitor.page.get_by_role("button", name="Upgrade to version 2").click()
    expect(visitor.page.get_by_text("is upgraded to version 2.")).to_be_visible()
    assert InstalledAddOn.objects.get(pk=installed.pk).configuration == {"language": "de", "key": "hush"}
    assert visitor.complaints == []
