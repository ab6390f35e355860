"""A version in the operators' queue of the demo: made, tested and submitted as its publisher would.

The contract tester asks the real service, so this happens once everything runs.
"""

import time
from copy import deepcopy
from typing import Any, Final

from accounts.models import Membership
from accounts.requests import Actor
from conformance import reports
from publishers import drafts
from publishers.drafts import Change
from publishers.models import ContractReport, Listing, ListingVersion
from publishers.versions import Role, Wish

LISTING: Final = "northwind_echo"
NOTES: Final = "Says back the number that was called as well, and costs a little."
# More data leaves the customer's account, and the price goes up: there is something to look at.
SENT: Final = {"name": "called", "value": "{{secondary_address}}"}
PRICE: Final = {"model": "per_use", "price": "0.0005", "currency": "USD"}
TESTER_SECONDS: Final = 60
STEP_SECONDS: Final = 0.2


def offer() -> bool:
    """Submit the next version of Echo Mirror, unless somebody has made one. Whether it was submitted.

    A worker makes its contract report; without a good one nothing is submitted, and the draft stays.
    """
    listing = Listing.objects.filter(unique_name=LISTING).first()
    if listing is None or listing.published_version is None or listing.versions.count() != 1:
        return False
    owner = Membership.objects.filter(account=listing.publisher.account).select_related("user").first()
    actor = Actor(user=owner.user if owner else None, credential="", ip_address="")
    version = drafts.create_draft(
        listing=listing,
        definition=_changed(listing.published_version.definition),
        credentials=None,
        role=Role.PUBLISHER,
        actor=actor,
        notes=NOTES,
    )
    report = _ended(reports.request_report(version=version, actor=actor))
    if report.verdict not in {ContractReport.Verdict.GREEN, ContractReport.Verdict.AMBER}:
        return False
    wish = Wish(status=ListingVersion.Status.SUBMITTED, reason="The demo's services speak plain HTTP.")
    drafts.change(version=version, change=Change(wish=wish), role=Role.PUBLISHER, actor=actor)
    return True


def _changed(definition: dict[str, Any]) -> dict[str, Any]:
    changed = deepcopy(definition)
    changed["request"]["query"].append(SENT)
    return {**changed, "pricing": PRICE}


def _ended(report: ContractReport) -> ContractReport:
    end = time.monotonic() + TESTER_SECONDS
    while report.is_under_way and time.monotonic() < end:
        time.sleep(STEP_SECONDS)
        report.refresh_from_db()
    return report
