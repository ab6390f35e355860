"""The whole story in a browser: a new publisher, its add-on, the review, an installation, the next version.

The add-on is the classic one: four settings, numbers of two countries, an answer with `args.e164`. Its
service is a process of its own, which checks our signature and its credential.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from playwright.sync_api import Page, expect

from accounts.models import Account, Membership, Role
from config.demo_processes import ExampleService
from config.supervisor import wait_until_ready
from conformance.reports import make_report
from marketplace.models import InstalledAddOn
from publishers.models import ContractReport, Listing, ListingVersion
from results.models import Invocation
from tests.browser.conftest import Visitor
from tests.factories import PASSWORD, make_user
from tests.live import example_process
from tests.ports import free_ports

pytestmark = pytest.mark.browser

KEY = "a key of our own"
ECHO: dict[str, Any] = json.loads(
    (ExampleService("echo", "", 0).folder / "listing.json").read_text(encoding="utf-8")
)["definition"]
NUMBER = "+14155552671"


def test_from_an_application_to_an_upgrade(visit: Any, site: dict[str, Any]) -> None:
    account = Account.objects.open(friendly_name="Classic Ltd")
    person = make_user()
    Membership.objects.create(user=person, account=account, role=Role.OWNER)
    publisher, operator, developer = visit(), visit(), visit()
    publisher.sign_in_as(person.email, PASSWORD)
    operator.sign_in("operator")
    developer.sign_in()
    with echo_of(account) as address:
        applies(publisher)
        approves_the_publisher(operator)
        describes(publisher, address)
        submits(publisher)
        asks_for_a_change(operator)
        mends(publisher)
        approves(operator)
        installs(developer)
        assert looks_up(developer).charge_micros == 0
        changes_price_and_data(publisher)
        submits(publisher)
        approves(operator, "Price", "keywords")
        upgrades(developer)
        assert looks_up(developer).charge_micros == 10_000
    for visitor in (publisher, operator, developer):
        # A form that is refused is a 400, which a browser notes in its console.
        assert [each for each in visitor.complaints if "400 (Bad Request)" not in each] == []


@contextmanager
def echo_of(account: Account) -> Iterator[str]:
    """The publisher's service, running. Yields where it is asked."""
    port = free_ports(1)
    environment = {
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PUBLISHER_ACCOUNT_SID": account.sid,
        "PUBLISHER_AUTH_TOKEN": account.auth_token,
        "SERVICE_KEY": KEY,
    }
    with example_process("examples.publishers.echo", environment):
        assert wait_until_ready(f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/v1/echo"


def as_a_worker() -> None:
    """Make every report that is owed, in a thread: in this one Playwright keeps an event loop running."""

    def work() -> None:
        for sid in ContractReport.objects.filter(due_at__isnull=False).values_list("sid", flat=True):
            make_report(sid)
        connection.close()

    thread = Thread(target=work)
    thread.start()
    thread.join()


# --- The publisher ---------------------------------------------------------------------------


def applies(visitor: Visitor) -> None:
    page = visitor.page
    page.locator("summary", has_text="Your login").click()
    page.get_by_role("link", name="Become a publisher").click()
    page.get_by_label("Name", exact=True).fill("Classic Ltd")
    page.get_by_label("What you offer").fill("It says back what it was asked.")
    page.get_by_label("Contact person").fill("Ada")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("main")).to_contain_text("Your application waits for an operator")


def describes(visitor: Visitor, address: str) -> None:
    page = visitor.page
    visitor.go("/publish/")
    page.get_by_role("link", name="Blank").click()
    page.get_by_label("Name").fill("Classic Echo")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("radio", name=re.compile("Phone numbers")).check()
    page.get_by_role("checkbox", name=re.compile("Lookups")).check()
    page.get_by_label("Short description").fill("Says a number back.")
    continues(page, "Request")
    writes(page, "Request", {**ECHO["request"], "url": address})
    continues(page, "Credentials")
    page.get_by_label("Name", exact=True).fill("service_key")
    page.get_by_label("Secret", exact=True).fill(KEY)
    page.get_by_role("button", name="Keep this secret").click()
    expect(page.get_by_role("main")).to_contain_text("service_key")
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Configuration schema").click()
    writes(page, "Configuration schema", ECHO["configuration_schema"])
    continues(page, "Validation")
    writes(page, "Request schema", ECHO["request_schema"])
    continues(page, "Response and cleaning")
    writes(page, "Response schema", ECHO["response_schema"])
    writes(page, "Removed before delivery", ECHO["remove"])
    continues(page, "Pricing")
    writes(page, "Price", {"model": "free"})
    continues(page, "Policies and support")
    page.get_by_label("Terms of service").fill("Be nice.")
    page.get_by_label("Privacy policy").fill("We keep nothing.")
    page.get_by_label("Support: email").fill("help@classic.example")
    continues(page, "Test")


def continues(page: Page, section: str) -> None:
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(section)


def writes(page: Page, label: str, value: Any) -> None:
    """Into the JSON of a nested part."""
    tabs = page.get_by_role("radiogroup", name=f"How to edit: {label}", exact=True)
    if tabs.count():
        tabs.get_by_role("radio", name="JSON").check()
    page.get_by_label(f"{label} as JSON", exact=True).fill(json.dumps(value, indent=2))


def submits(visitor: Visitor) -> None:
    """With a warning of the tester: a service on this machine has no https."""
    page = visitor.page
    listing = Listing.objects.get(unique_name="classic_echo")
    visitor.go(f"/publish/listings/{listing.sid}/reports/")
    page.get_by_role("button", name="Run the tester").click()
    as_a_worker()
    report = ContractReport.objects.latest("sid")
    assert (report.verdict, report.failed) == ("amber", 0)
    visitor.go(f"/publish/listings/{listing.sid}/edit/submit/")
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_role("alert")).to_contain_text("warning")
    hands_over(visitor, listing)


def hands_over(visitor: Visitor, listing: Listing) -> None:
    page = visitor.page
    visitor.go(f"/publish/listings/{listing.sid}/edit/submit/")
    page.get_by_label("Why the warnings are no matter").fill("It runs on this machine.")
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_role("main")).to_contain_text("queue of the operators")


def mends(visitor: Visitor) -> None:
    page = visitor.page
    assert any("Classic Echo" in message.subject for message in mail.outbox)
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Say how long you keep a number.")
    page.get_by_role("link", name="Policies and support").first.click()
    page.get_by_label("Privacy policy").fill("We keep a number for as long as it takes to answer.")
    page.get_by_role("button", name="Save", exact=True).click()
    version = ListingVersion.objects.get(listing__unique_name="classic_echo")
    visitor.go(f"/publish/listings/{version.listing.sid}/versions/{version.sid}/")
    page.get_by_role("button", name="Mark as done").click()
    hands_over(visitor, version.listing)


def changes_price_and_data(visitor: Visitor) -> None:
    page = visitor.page
    listing = Listing.objects.get(unique_name="classic_echo")
    visitor.go(f"/publish/listings/{listing.sid}/")
    page.get_by_role("button", name="Start a new version").click()
    request = listing.published_version.definition["request"]  # type: ignore[union-attr]
    more = {"name": "words", "value": "{{keywords}} {{unix_timestamp}}"}
    writes(page, "Request", {**request, "query": [*request["query"], more]})
    page.get_by_role("button", name="Save", exact=True).click()
    visitor.go(f"/publish/listings/{listing.sid}/edit/pricing/")
    writes(page, "Price", {"model": "per_use", "price": "0.01", "currency": "USD"})
    page.get_by_role("button", name="Save", exact=True).click()
    visitor.go(f"/publish/listings/{listing.sid}/edit/submit/")
    page.get_by_label("What is new").fill("It costs a cent now.")
    page.get_by_role("button", name="Save without submitting").click()


# --- The operator ----------------------------------------------------------------------------


def approves_the_publisher(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/operate/publishers/")
    page.get_by_role("link", name="Classic Ltd").first.click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("main")).to_contain_text("Approved")


def opens_the_review(visitor: Visitor) -> None:
    visitor.go("/operate/queue/")
    visitor.page.get_by_role("link", name="Classic Echo").first.click()


def asks_for_a_change(visitor: Visitor) -> None:
    page = visitor.page
    opens_the_review(visitor)
    page.get_by_role("combobox", name="Section").select_option(label="Policies and support")
    page.get_by_role("textbox", name="Comment").fill("Say how long you keep a number.")
    page.get_by_label("Ask for a change").check()
    page.get_by_role("button", name="Send").click()
    page.get_by_role("textbox", name="Reason").fill("One text is too short.")
    page.get_by_role("button", name="Request changes").click()
    expect(page.get_by_role("main")).to_contain_text("asked for changes")


def approves(visitor: Visitor, *sentences: str) -> None:
    page = visitor.page
    opens_the_review(visitor)
    for sentence in sentences:
        expect(page.get_by_role("main")).to_contain_text(sentence)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("main")).to_contain_text("published")


# --- The developer ---------------------------------------------------------------------------


def installs(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/console/catalogue/?q=classic")
    page.get_by_role("link", name="Classic Echo").first.click()
    page.get_by_role("main").get_by_role("link", name="Install", exact=True).first.click()
    page.get_by_role("textbox", name="Phone number").fill("030 123")
    page.get_by_role("checkbox", name=re.compile("Lookups")).check()
    page.get_by_role("checkbox", name=re.compile("I accept")).check()
    page.get_by_role("main").get_by_role("button", name="Install").click()
    expect(page.get_by_role("alert")).to_contain_text("begins with +1")
    page.get_by_role("textbox", name="Phone number").fill("+14155550100")
    page.get_by_role("combobox", name="Language").select_option("es")
    page.get_by_role("main").get_by_role("button", name="Install").click()
    expect(page.get_by_role("status").first).to_contain_text("is installed as classic_echo")


def looks_up(visitor: Visitor) -> Invocation:
    page = visitor.page
    visitor.go("/console/lookups/")
    page.get_by_role("textbox", name="Phone number").fill(NUMBER)
    page.get_by_role("checkbox", name=re.compile("classic_echo")).check()
    page.get_by_role("button", name="Run lookup").click()
    expect(page.get_by_role("article").filter(has_text="classic_echo")).to_contain_text("es")
    answer = Invocation.objects.filter(installed_add_on__unique_name="classic_echo").latest("sid")
    assert (answer.status, json.loads(bytes(answer.answer))["args"]["e164"]) == ("successful", NUMBER)
    assert b"apikey" not in bytes(answer.answer)
    return answer


def upgrades(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/console/installed/")
    expect(page.get_by_role("row", name="classic_echo")).to_contain_text("pdate available")
    installed = InstalledAddOn.objects.get(unique_name="classic_echo")
    visitor.go(f"/console/installed/{installed.sid}/upgrade/")
    expect(page.get_by_role("main")).to_contain_text("It costs a cent now.")
    expect(page.get_by_role("main")).to_contain_text("0.01")
    page.get_by_role("button", name="Upgrade").click()
    installed.refresh_from_db()
    assert installed.version.number == 2
    assert installed.configuration["language"] == "es"
