"""Every address of the site, walked by a stranger: what is another account's does not exist.

`OWNED` names the SIDs of each route. A route that is in no table fails `test_every_route_is_covered`.
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver

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

METHODS = ("GET", "POST", "DELETE")
RECORDING = "2010-04-01/Accounts/<sid:account_sid>/Recordings/<sid:sid>"
HIDDEN, NOT_OFFERED, REFUSED = 404, 405, 403


# What stands in an address beside the SIDs: a choice among pages, and nobody's.
SLUGS = {"section": "basics", "part": "card"}


class Route(NamedTuple):
    """An address with its parameters still open, such as `v1/InstalledAddOns/<sid:sid>`."""

    name: str
    pattern: str
    # Methods of an API view; a page decides by itself, so its set is empty.
    offered: frozenset[str]

    @property
    def parameters(self) -> list[str]:
        return [name for name in re.findall(r"<(?:sid|slug):(\w+)>", self.pattern) if name not in SLUGS]

    def url(self, sids: dict[str, str]) -> str:
        values = {**SLUGS, **sids}
        filled = re.sub(r"<(?:sid|slug):(\w+)>", lambda found: values[found[1]], self.pattern)
        return "/" + filled.replace("<format:format>", "json")


def routes(resolver: Any = None, prefix: str = "", namespace: str = "") -> Iterator[Route]:
    for each in (resolver or get_resolver()).url_patterns:
        pattern = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            name = f"{namespace}{each.name or pattern}"
            yield Route(name, pattern, frozenset(offered_by(each.callback)))
        elif not pattern.startswith(("admin/", "accounts/")):  # Django's admin and allauth keep their own
            yield from routes(each, pattern, f"{each.namespace}:" if each.namespace else namespace)


def offered_by(view: Any) -> set[str]:
    actions = getattr(view, "actions", None) or getattr(getattr(view, "cls", None), "http_method_names", None)
    return {name.upper() for name in actions or ()}


# Whose SID stands in which parameter. The account's own, so a stranger must find nothing there.
OWNED: dict[str, dict[str, str]] = {
    "marketplace:installed-add-on": {"sid": "XE"},
    "marketplace:installed-extensions": {"installed_sid": "XE"},
    "marketplace:installed-extension": {"installed_sid": "XE", "sid": "XF"},
    "marketplace:available-add-on": {"sid": "own XB"},
    "marketplace:available-extensions": {"listing_sid": "own XB"},
    "marketplace:available-extension": {"listing_sid": "own XB", "sid": "own XF"},
    "marketplace:usage": {"installed_sid": "XE of own XB"},
    "marketplace:listing": {"sid": "own XB"},
    "marketplace:listing-versions": {"listing_sid": "own XB"},
    "marketplace:listing-version": {"listing_sid": "own XB", "sid": "XC"},
    "marketplace:listing-version-differences": {"listing_sid": "own XB", "version_sid": "XC"},
    "marketplace:listing-version-checklist": {"listing_sid": "own XB", "version_sid": "XC"},
    "marketplace:listing-version-comments": {"listing_sid": "own XB", "version_sid": "XC"},
    "marketplace:listing-version-comment": {"listing_sid": "own XB", "version_sid": "XC", "sid": "RC"},
    "compare-versions": {"sid": "own XB", "version_sid": "XC"},
    "comment-version": {"sid": "own XB", "version_sid": "XC"},
    "resolve-comment": {"sid": "own XB", "version_sid": "XC", "comment_sid": "RC"},
    "marketplace:billing-items": {"listing_sid": "own XB"},
    "preview:installed-add-on": {"sid": "XE"},
    "preview:installed-extensions": {"installed_sid": "XE"},
    "preview:installed-extension": {"installed_sid": "XE", "sid": "XF"},
    "preview:available-add-on": {"sid": "own XB"},
    "preview:available-extensions": {"listing_sid": "own XB"},
    "preview:available-extension": {"listing_sid": "own XB", "sid": "own XF"},
    "api:incoming-phone-numbers": {"account_sid": "AC"},
    "api:incoming-phone-number": {"account_sid": "AC", "sid": "PN"},
    "api:assigned-add-ons": {"account_sid": "AC", "number_sid": "PN"},
    "api:assigned-add-on": {"account_sid": "AC", "number_sid": "PN", "name": "XE"},
    "api:assigned-extensions": {"account_sid": "AC", "number_sid": "PN", "name": "XE"},
    "api:assigned-extension": {"account_sid": "AC", "number_sid": "PN", "name": "XE", "sid": "XF"},
    "api:recordings": {"account_sid": "AC"},
    "api:recording": {"account_sid": "AC", "sid": "RE"},
    "api:recording-media": {"account_sid": "AC", "sid": "RE"},
    f"api:{RECORDING}.wav": {"account_sid": "AC", "sid": "RE"},
    f"api:{RECORDING}.mp3": {"account_sid": "AC", "sid": "RE"},
    "api:add-on-results": {"account_sid": "AC", "recording_sid": "RE"},
    "api:add-on-result": {"account_sid": "AC", "recording_sid": "RE", "sid": "XR of RE"},
    "api:payloads": {"account_sid": "AC", "recording_sid": "RE", "result_sid": "XR of RE"},
    "api:payload": {"account_sid": "AC", "recording_sid": "RE", "result_sid": "XR of RE", "sid": "XH"},
    "api:payload-data": {"account_sid": "AC", "recording_sid": "RE", "result_sid": "XR of RE", "sid": "XH"},
    "connect:message": {"sid": "PN"},
    "connect:recordings": {"account_sid": "AC"},
    "connect:voice": {"sid": "PN"},
    "listing": {"sid": "own XB"},
    "install": {"sid": "own XB"},
    "installed-add-on-page": {"sid": "XE"},
    "switch-extension": {"sid": "XE", "extension_sid": "XF"},
    "uninstall": {"sid": "XE"},
    "upgrade": {"sid": "XE"},
    "marketplace:upgrade": {"sid": "XE"},
    "availability": {"sid": "own XB"},
    "withdraw-invitation": {"sid": "own XB", "invitation_sid": "PI"},
    "marketplace:listing-availability": {"sid": "own XB"},
    "publisher-notice": {"sid": "DE of module"},
    "my-listing": {"sid": "own XB"},
    "edit-listing": {"sid": "own XB"},
    "new-version": {"sid": "own XB"},
    "my-version": {"sid": "own XB", "version_sid": "XC"},
    "number": {"sid": "PN"},
    "remove-number": {"sid": "PN"},
    "simulate": {"sid": "PN"},
    "publisher-call": {"sid": "XR of own XB"},
    "test-bench": {"sid": "own XB"},
    "bench-case": {"sid": "own XB", "case_sid": "TC"},
    "bench-run": {"sid": "own XB", "run_sid": "TR"},
    "contract-reports": {"sid": "own XB"},
    "contract-report": {"sid": "own XB", "report_sid": "CR"},
    "marketplace:contract-reports": {"listing_sid": "own XB", "version_sid": "XC"},
    "marketplace:contract-report": {"listing_sid": "own XB", "version_sid": "XC", "sid": "CR"},
    "unassign-add-on": {"sid": "PN", "installed_sid": "XE"},
    "result": {"sid": "XR"},
    "recording": {"sid": "RE"},
    "recording-audio": {"sid": "RE"},
    "delete-recording": {"sid": "RE"},
    "add-on-result": {"sid": "XR of RE"},
    "delete-result": {"sid": "XR of RE"},
    "payload": {"sid": "XH"},
    "event": {"sid": "NO"},
    "delivery": {"sid": "DE"},
    "marketplace:delivery": {"sid": "DE"},
    "marketplace:replay-delivery": {"sid": "DE"},
    "revoke-api-key": {"sid": "SK"},
}
# Lists and pages without a SID: a stranger gets his own, in which nothing of the owner may stand.
OPEN = {
    "new-listing",
    # Named by a token, and asked by POST alone (tests/results).
    "callbacks:callback",
    # The same for calls of the contract tester and the bench (tests/conformance).
    "test-callbacks:test-callback",
    "marketplace:available-add-ons",
    "marketplace:installed-add-ons",
    "marketplace:listings",
    "marketplace:own-publisher",
    "publisher-profile",
    "marketplace:referral-conversion",
    "preview:available-add-ons",
    "preview:installed-add-ons",
    "root",
    "health",
    "favicon.ico",
    "openapi",
    "home",
    "switch-account",
    "help",
    "catalogue",
    "installed",
    "numbers",
    "assign-add-on",
    "lookups",
    "tasks",
    "simulator",
    "simulate-task",
    "publish",
    "publisher-calls",
    "service-level",
    "customers",
    "results",
    "recordings",
    "add-recording",
    "set-platform",
    "events",
    "deliveries",
    "publisher-notices",
    "marketplace:deliveries",
    "api-keys",
    "auth-tokens",
    "api",
    "api-try",
}
# Operators' pages and endpoints: 403 for everybody else, whatever stands in the address and exists or not.
OPERATORS: dict[str, dict[str, str]] = {
    "operate": {},
    "review-queue": {},
    "review": {"sid": "XC"},
    "checklist": {},
    "operate-listings": {},
    "operate-listing": {"sid": "own XB"},
    "operate-suspend-listing": {"sid": "own XB"},
    "operate-lift-suspension": {"sid": "own XB"},
    "operate-upgrade-installs": {"sid": "own XB"},
    "operate-publishers": {},
    "operate-publisher": {"sid": "AC"},
    "operate-rename-publisher": {"sid": "AC"},
    "operate-suspend-publisher": {"sid": "AC"},
    "marketplace:publishers": {},
    "marketplace:publisher": {"sid": "AC"},
    "operate-accounts": {},
    "operate-account": {"sid": "AC"},
    "operate-members": {"sid": "AC"},
    "operate-suspend-account": {"sid": "AC"},
    "operate-operators": {},
    "operate-health": {},
    "operate-settings": {},
    "operate-audit": {},
    "operate-audit-export": {},
    "operate-audit-entry": {"sid": "AU"},
}
# Says what it wants before it looks whose install it is, so a stranger must ask properly.
USAGE = '{"billable_items": [{"sid": "BI00000000000000000000000000000000", "quantity": 1}]}'
NEED_NO_CREDENTIALS = {"root", "health", "favicon.ico", "openapi"}
# Names a workspace, which is nobody's: any SID of one is taken, and answered back (tests/invocations).
NOBODYS = {"taskrouter:tasks": {"workspace_sid": "WS"}}
# Opened by a signature in the address, whoever asks (tests/results/test_links.py).
SIGNED = {"payload-bytes": {"sid": "XH"}}
# Looks a number up, which is nobody's; the add-ons it asks are the caller's own (tests/invocations).
LOOKUPS = {"lookups:lookup-number", r"lookups:v1/^PhoneNumbers/(?P<number>[^/]+)/$"}


def is_same_view(route: Route) -> str:
    """The named route that an address with an extension belongs to."""
    base = route.pattern.removesuffix(".<format:format>")
    return next((each.name for each in ALL if each.pattern == base), route.name)


ALL = list(routes())
ELSEWHERE = {**NOBODYS, **SIGNED, **OPERATORS}
WITH_SIDS = [route for route in ALL if route.parameters and is_same_view(route) not in ELSEWHERE]


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


def test_every_route_is_covered() -> None:
    known = set(OWNED) | set(ELSEWHERE) | OPEN | LOOKUPS
    assert {is_same_view(route) for route in ALL} - known == set()


def test_what_is_another_accounts_does_not_exist(owned: dict[str, str], visit: Any) -> None:
    """404 for every method, and byte for byte what an unknown SID gets."""
    faults = []
    for route in WITH_SIDS:
        kinds = OWNED[is_same_view(route)]
        sids = {name: owned[kinds[name]] for name in route.parameters}
        last = route.parameters[-1]
        unknown = {**sids, last: new_sid(sids[last][:2])}
        for method in METHODS:
            answer, missing = visit(method, route.url(sids)), visit(method, route.url(unknown))
            if answer.status_code not in ({HIDDEN} if method in route.offered else {HIDDEN, NOT_OFFERED}):
                faults.append((method, route.pattern, answer.status_code))
            if body(answer, sids[last]) != body(missing, unknown[last]):
                faults.append((method, route.pattern, "differs from an unknown one"))
    assert faults == []


def body(answer: HttpResponse, sid: str) -> str:
    return re.sub("csrf.*", "", answer.content.decode().replace(sid, ""))


def test_an_operators_address_is_refused_to_everybody_else(owned: dict[str, str], visit: Any) -> None:
    """403 for every method, and the same words for what is there and for what is not."""
    faults = []
    for route in ALL:
        if (kinds := OPERATORS.get(is_same_view(route))) is None:
            continue
        sids = {name: owned[kinds[name]] for name in route.parameters}
        unknown = {name: new_sid(sid[:2]) for name, sid in sids.items()}
        for method in METHODS:
            answer, missing = visit(method, route.url(sids)), visit(method, route.url(unknown))
            if answer.status_code != REFUSED:
                faults.append((method, route.pattern, answer.status_code))
            if bare(answer, sids) != bare(missing, unknown):
                faults.append((method, route.pattern, "differs from an unknown one"))
    assert faults == []


def bare(answer: HttpResponse, sids: dict[str, str]) -> str:
    """A body without the SIDs of its address, which an error page may repeat."""
    text = answer.content.decode()
    for sid in sids.values():
        text = text.replace(sid, "")
    return re.sub("csrf.*", "", text)


def test_an_operators_page_asks_a_stranger_to_sign_in(owned: dict[str, str]) -> None:
    for route in ALL:
        if route.pattern.startswith("operate"):
            kinds = OPERATORS[is_same_view(route)]
            answer = Client().get(route.url({name: owned[kinds[name]] for name in route.parameters}))
            assert (answer.status_code, answer["Location"][:16]) == (302, "/accounts/login/")


def test_a_strangers_own_account_in_the_path_opens_nothing_either(
    owned: dict[str, str], stranger: Account, visit: Any
) -> None:
    faults = []
    for route in WITH_SIDS:
        if "account_sid" not in route.parameters:
            continue
        kinds = OWNED[is_same_view(route)]
        sids = {name: owned[kinds[name]] for name in route.parameters} | {"account_sid": stranger.sid}
        answer = visit("GET", route.url(sids))
        shows = any(sid in answer.content.decode() for sid in owned.values() if sid not in sids.values())
        if shows or (len(sids) > 1 and answer.status_code != HIDDEN):
            faults.append((route.pattern, answer.status_code))
    assert faults == []


def test_a_sid_of_another_kind_is_not_found(owned: dict[str, str], visit: Any) -> None:
    faults = []
    for route in WITH_SIDS:
        kinds = OWNED[is_same_view(route)]
        for parameter, other in product(route.parameters, owned.values()):
            sids = {name: owned[kinds[name]] for name in route.parameters} | {parameter: other}
            if visit("GET", route.url(sids)).status_code not in {HIDDEN, NOT_OFFERED}:
                faults.append((route.pattern, parameter, other))
    assert faults == []


def test_a_list_holds_nothing_of_another_account(owned: dict[str, str], visit: Any) -> None:
    faults = []
    for route in ALL:
        if route.name in OPEN:
            content = visit("GET", route.url({})).content.decode()
            faults += [(route.pattern, kind) for kind, sid in owned.items() if sid in content]
    assert faults == []


def test_no_api_answers_without_credentials(owned: dict[str, str]) -> None:
    faults = []
    for route in ALL:
        if route.pattern.startswith(("console", "publish", "operate")) or route.name in {
            *NEED_NO_CREDENTIALS,
            *SIGNED,
        }:
            continue
        kinds = {**OWNED, **ELSEWHERE}.get(is_same_view(route), {})
        url = route.url({name: owned[kinds[name]] for name in route.parameters})
        url = re.sub(r"<str:number>|\^PhoneNumbers.*", "+14155552671", url)
        for method in METHODS:
            status = Client().generic(method, url).status_code
            if status not in {401, HIDDEN, NOT_OFFERED}:
                faults.append((method, route.pattern, status))
    assert faults == []
