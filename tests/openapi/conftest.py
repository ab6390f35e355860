"""A running Patchbay with so many rows that deleting some leaves others."""

import json
from typing import Any

import pytest

from accounts.models import Account
from billing.models import BillingItem
from marketplace.models import AssignedAddOn, IncomingPhoneNumber
from publishers import drafts
from publishers.models import Listing, Publisher
from publishers.versions import Role
from results.models import AddOnResult, Payload
from tests.deliveries.rows import make_delivery
from tests.factories import (
    make_account,
    make_definition,
    make_install,
    make_listing,
    make_payload,
    make_recording,
    make_report,
    make_result,
)
from tests.openapi.running import Site

CONFIGURATION_SCHEMA = {"type": "object", "properties": {"shortest_word": {"type": "integer", "maximum": 7}}}
INSTALLS, ASSIGNED, NUMBERS = 30, 5, 10
RECORDINGS, RESULTS, PAYLOADS, DELIVERIES = 10, 5, 10, 10


@pytest.fixture
def site(transactional_db: None, live_server: Any, settings: Any, account: Account) -> Site:
    settings.PUBLIC_URL = live_server.url
    settings.API_URLS = dict.fromkeys(settings.API_URLS, live_server.url)
    settings.REQUESTS_PER_MINUTE = 0
    values = _values(account)
    usage = [{"sid": BillingItem.objects.get().sid, "quantity": 1.5}]
    return Site(live_server.url, account.sid, account.auth_token, values, {"billable_items": usage})


def _values(account: Account) -> dict[str, list[str]]:
    """What leads to something, by the segment of a path or the field of a body that takes it.

    The account installs what it publishes itself: one credential may call everything.
    """
    publisher = Publisher.objects.create(
        account=account, slug="acme", name="Acme", status=Publisher.Status.APPROVED
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
    draft = make_definition(pricing={"model": "free"})
    drafts.create_draft(listing=listing, definition=draft, credentials=None, role=Role.PUBLISHER)
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
        "Idempotency-Key": [f"key-{number}" for number in range(20_000)],
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
        "Publishers": [listing.publisher.account.sid],
        **_versions(listing),
    }


def _versions(listing: Listing) -> dict[str, list[str]]:
    """The versions of a listing, and what belongs to each, in the same order."""
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
