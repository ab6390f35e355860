"""Every address of the site, walked by a stranger: what is another account's does not exist.

`OWNED` names the SIDs of each route. A route that is in no table fails `test_every_route_is_covered`.
"""

import re
from itertools import product
from typing import Any

from django.http import HttpResponse
from django.test import Client

from accounts.models import Account
from rest.sids import new_sid
from tests.config.routes import Route, routes

METHODS = ("GET", "POST", "DELETE")
RECORDING = "2010-04-01/Accounts/<sid:account_sid>/Recordings/<sid:sid>"
HIDDEN, NOT_OFFERED, REFUSED = 404, 405, 403


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
    "preview-listing": {"sid": "own XB"},
    "infer-schema": {"sid": "own XB"},
    "export-listing": {"sid": "own XB"},
    "new-version": {"sid": "own XB"},
    "my-version": {"sid": "own XB", "version_sid": "XC"},
    "number": {"sid": "PN"},
    "remove-number": {"sid": "PN"},
    "simulate": {"sid": "PN"},
    "publisher-call": {"sid": "XR of own XB"},
    "test-bench": {"sid": "own XB"},
    "bench-case": {"sid": "own XB", "case_sid": "TC"},
    "delete-bench-case": {"sid": "own XB", "case_sid": "TC"},
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
    "start-listing",
    "import-openapi",
    "import-definition",
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
