"""A running Patchbay with so many rows that deleting some leaves others."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from accounts.scopes import Scope
from accounts.services import create_api_key
from billing.models import BillingItem
from marketplace.models import AssignedAddOn, IncomingPhoneNumber
from publishers import checklist, drafts
from publishers.models import Listing, Publisher
from publishers.versions import Role
from results.models import AddOnResult, Payload
from tests.deliveries.rows import make_delivery
from tests.factories import (
    NOBODY,
    make_account,
    make_definition,
    make_install,
    make_listing,
    make_payload,
    make_recording,
    make_report,
    make_result,
    make_user,
)
from tests.marketplace.test_upgrades import publish_next
from tests.openapi.running import Site
from tests.publishers.reviewing import submitted

CONFIGURATION_SCHEMA = {"type": "object", "properties": {"shortest_word": {"type": "integer", "maximum": 7}}}
INSTALLS, ASSIGNED, NUMBERS = 30, 5, 10
RECORDINGS, RESULTS, PAYLOADS, DELIVERIES = 10, 5, 10, 10
APPLICANTS, ITEMS = 30, 5
PROFILE = {
    "name": "Acme",
    "about": "Facts about numbers.",
    "contact_name": "Ana",
    "contact_email": "ana@acme.example",
}
# Where one field excludes another, or fits some states only: what surely succeeds.
BODIES = {
    "/v1/Listing/{sid}/Availability": {"Availability": "beta", "Reason": "Not quite done."},
    "/v1/Listing/{listing_sid}/Versions/{sid}": {"Credentials": '{"service_key": "one"}'},
}


@pytest.fixture
def site(transactional_db: None, live_server: Any, settings: Any, account: Account) -> Site:
    settings.PUBLIC_URL = live_server.url
    settings.API_URLS = dict.fromkeys(settings.API_URLS, live_server.url)
    settings.REQUESTS_PER_MINUTE = 0
    values = _values(account)
    usage = [{"sid": BillingItem.objects.get().sid, "quantity": 1.5}]
    examples = {"billable_items": usage}
    return Site(live_server.url, account.sid, account.auth_token, values, examples, BODIES)


@pytest.fixture
def operators_site(site: Site, account: Account) -> Site:
    """The same for an operator's key: of another account, since nobody decides on their own."""
    other = make_account("Operators")
    person = make_user(other, is_staff=True)
    key, secret = create_api_key(
        account=other, friendly_name="operator", scope=Scope.OPERATE, created_by=person
    )
    applicants = [
        Publisher.objects.create(account=make_account(), slug=f"applicant{number}", **PROFILE)
        for number in range(APPLICANTS)
    ]
    version = submitted(account.publisher)
    items = [checklist.add(entry=checklist.Entry(text=f"Item {n}"), actor=NOBODY) for n in range(ITEMS)]
    values = {
        "Publishers": [each.account.sid for each in applicants],
        "Status": ["approved", "declined"],
        "Reason": ["Because."],
        "Listing": [version.listing.sid],
        "Versions": [version.sid],
        "Item": [item.sid for item in items],
    }
    return replace(site, user=key.sid, password=secret, values={**site.values, **values})


def _values(account: Account) -> dict[str, list[str]]:
    """What leads to something, by the segment of a path or the field of a body that takes it.

    The account installs what it publishes itself: one credential may call everything.
    """
    publisher = Publisher.objects.create(
        account=account, slug="acme", status=Publisher.Status.APPROVED, **PROFILE
    )
    listing = make_listing(
        publisher=publisher, definition=make_definition(configuration_schema=CONFIGURATION_SCHEMA)
    )
    BillingItem.objects.create(listing=listing, name="Seats", unit="seat", unit_price_micros=20_000)
    installed = [make_install(account, listing, enabled=["lookup-api"]) for _ in range(INSTALLS)]
    assigned, free = installed[:ASSIGNED], installed[ASSIGNED:]
    numbers = [
        IncomingPhoneNumber.objects.create(account=account, phone_number=f"+1415555{2600 + last}")
        for last in range(NUMBERS)
    ]
    for number in numbers:
        for row in assigned:
            AssignedAddOn.objects.create(number=number, installed_add_on=row)
    results, payloads = _results(account)
    return {
        "Accounts": [account.sid],
        "AddOnResults": [row.sid for row in results],
        "Deliveries": [make_delivery(account).sid for _ in range(DELIVERIES)],
        "Payloads": [row.sid for row in payloads],
        "Recordings": [
            results[0].recording.sid,
            *(make_recording(account).sid for _ in range(RECORDINGS)),
        ],
        "AssignedAddOns": [row.sid for row in assigned],
        "AvailableAddOns": [listing.sid],
        "AvailableAddOnSid": [listing.sid],
        "Configuration": ["{}", '{"shortest_word": 3}'],
        "Extensions": [row.sid for row in listing.extensions.all()],
        "IncomingPhoneNumbers": [row.sid for row in numbers],
        "InstalledAddOns": [row.sid for row in installed],
        "InstalledAddOnSid": [row.sid for row in free],
        "Listing": [listing.sid],
        "PhoneNumbers": [row.phone_number for row in numbers],
        "PhoneNumber": [f"+1415555{3000 + last}" for last in range(500)],
        "UniqueName": [f"name_{last}" for last in range(500)],
        **_publishing(listing),
        "format": ["json"],
        "referral_account_sid": [make_account().sid for _ in range(5)],
    }


def _publishing(listing: Listing) -> dict[str, list[str]]:
    """What a publisher says and has. Its name is fixed: it is approved."""
    return {
        "ModuleInfo": ['{"name": "Facts", "short_description": "Facts about a number."}'],
        "Definition": [json.dumps(make_definition(pricing={"model": "free"}))],
        "FriendlyName": [listing.publisher.name],
        "ContactEmail": ["ana@acme.example", "ben@acme.example"],
        "ContactPhone": ["", "+1 415 555 0100"],
        "Website": ["https://acme.example"],
        "Publishers": [listing.publisher.account.sid],
        "DeprecatedUntil": ["", *(str(timezone.now().date() + timedelta(days=days)) for days in (1, 30))],
        "Replacement": [make_listing().sid],
        **_versions(listing),
    }


def _versions(listing: Listing) -> dict[str, list[str]]:
    """The versions of a listing, and what belongs to each, in the same order.

    What is installed has the first; the second is its upgrade, and the third is not submitted yet.
    """
    publish_next(listing, notes="Shorter words.", configuration_schema=CONFIGURATION_SCHEMA)
    draft = make_definition(pricing={"model": "free"})
    drafts.create_draft(
        listing=listing, definition=draft, credentials=None, role=Role.PUBLISHER, actor=NOBODY
    )
    versions = listing.versions.order_by("number")
    said = {"section": "request", "text": "Hm.", "is_operators": True}
    return {
        "Versions": [each.sid for each in versions],
        "Comments": [each.comments.create(**said).sid for each in versions],
        "Reports": [make_report(each).sid for each in versions],
    }


def _results(account: Account) -> tuple[list[AddOnResult], list[Payload]]:
    """Results of one recording, and payloads of the first: a path names all three."""
    recording = make_recording(account)
    results = [make_result(recording, status="completed") for _ in range(RESULTS)]
    return results, [make_payload(results[0]) for _ in range(PAYLOADS)]
