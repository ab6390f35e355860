"""One of everything, all of one account, and a stranger who looks for it."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.audit import record
from accounts.models import Account
from accounts.services import create_api_key
from invocations.task_router import set_router
from marketplace import number_services
from publishers import invitations
from rest.sids import new_sid
from tests.conftest import basic
from tests.deliveries.rows import make_delivery
from tests.factories import (
    NOBODY,
    make_account,
    make_bench_case,
    make_bench_run,
    make_event,
    make_install,
    make_invocation,
    make_listing,
    make_payload,
    make_publisher,
    make_recording,
    make_report,
    make_result,
    make_user,
)

# Says what it wants before it looks whose install it is, so a stranger must ask properly.
USAGE = '{"billable_items": [{"sid": "BI00000000000000000000000000000000", "quantity": 1}]}'


@pytest.fixture
def owned(db: None) -> dict[str, str]:
    """One of everything, all of one account."""
    owner = make_account("Owner")
    installed = make_install(owner, make_listing(), enabled=["lookup-api"])
    publisher = make_publisher("owner")
    listing = make_listing(publisher=publisher, availability="developer_preview")
    number = number_services.create_number(account=owner, phone_number="+14155552671", settings={})
    number_services.assign(number=number, installed=installed)
    set_router(account=owner, url="https://router.example.com", user=f"AC{'7' * 32}", password="token")
    payload = make_payload(make_result(make_recording(owner)))
    key, _ = create_api_key(account=owner, friendly_name="owner's")
    return {
        "AC": owner.sid,
        "XE": installed.sid,
        "XF": installed.switches.select_related("extension")[0].extension.sid,
        "own XB": listing.sid,
        "own XF": listing.extensions.all()[0].sid,
        "XE of own XB": (own := make_install(owner, listing)).sid,
        "XR of own XB": make_invocation(own).sid,
        "XC": (version := listing.versions.get()).sid,
        "CR": make_report(version).sid,
        "RC": version.comments.create(section="request", text="Say more.", is_operators=True).sid,
        "TC": make_bench_case(listing).sid,
        "TR": make_bench_run(version).sid,
        "AU": record("listing.made", actor=NOBODY, account=owner).sid,
        "PN": number.sid,
        "XR": make_invocation(installed).sid,
        "NO": make_event(owner, number_sid=number.sid).sid,
        "DE": make_delivery(owner).sid,
        "DE of module": make_delivery(owner, kind="module_install").sid,
        "PI": invitations.invite(listing=listing, account_sid=make_account().sid, actor=NOBODY).sid,
        "RE": payload.result.recording.sid,
        "XR of RE": payload.result.sid,
        "XH": payload.sid,
        "SK": key.sid,
        "WS": new_sid("WS"),
    }


@pytest.fixture
def stranger(db: None) -> Account:
    return make_account("Stranger")


@pytest.fixture
def visit(stranger: Account) -> Any:
    """Calls an API with the stranger's credentials, and a page as its signed-in owner."""
    browser = Client()
    browser.force_login(make_user(stranger))
    api = Client(headers={"authorization": basic(stranger.sid, stranger.auth_token)})

    def call(method: str, url: str) -> HttpResponse:
        client = browser if url.startswith(("/console", "/publish", "/operate")) else api
        is_usage = method == "POST" and url.endswith("/Usage")
        body = USAGE if is_usage else ""
        return client.generic(method, url, body, content_type="application/json" if is_usage else "")  # type: ignore[return-value]

    return call
