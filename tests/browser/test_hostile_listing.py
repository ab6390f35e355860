"""A hostile listing on every page that shows it: nothing of it runs, opens, hides or reaches past the screen.

The pages come from the route table: a new one under /publish/, /operate/ or /console/ is visited by itself.
"""

import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Dialog

from accounts.models import Account, User
from tests.browser.conftest import PHONE, Visitor
from tests.config.routes import routes
from tests.hostile_pages import FILES, PLACES, paths, urls_of
from tests.hostile_rows import Scene
from tests.hostile_texts import ALONE, WORKED_OUT, poison

pytestmark = pytest.mark.browser

# Run before anything else in every document, frames as well. Whatever calls it complains in the console.
TRAP = "window.canary = () => console.error('THE CANARY WAS CALLED')"
LOOK = """() => {
    const faults = [];
    const attributes = Object.getOwnPropertyDescriptor(Element.prototype, 'attributes').get;
    for (const each of document.querySelectorAll('*')) {
        // A form may have a field of the name `attributes`.
        for (const {name, value} of attributes.call(each)) {
            if (name.startsWith('on')) faults.push(`${each.tagName} ${name}=${value.slice(0, 80)}`);
            if (['href', 'src', 'action', 'formaction', 'srcdoc', 'xlink:href', 'data'].includes(name)
                && /^\\s*(javascript|vbscript|data:text|<)/i.test(value))
                faults.push(`${each.tagName} ${name}=${value.slice(0, 80)}`);
        }
        if (each.tagName === 'SCRIPT' && !each.src && each.type !== 'application/json')
            faults.push(`SCRIPT ${each.textContent.slice(0, 80)}`);
        if (each.tagName === 'IFRAME' && !each.src.startsWith(location.origin)) faults.push('a frame');
    }
    if (document.body.innerText.includes('WORKED_OUT')) faults.push('a template was worked out');
    return faults;
}""".replace("WORKED_OUT", WORKED_OUT)

# What to mend when something is too wide.
WIDEST = """() => [...document.querySelectorAll('main *')]
    .filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth)
    .map(each => `${each.tagName}.${each.getAttribute('class')}`).slice(0, 12).join(' ')"""


def make_scene(site: dict[str, Any]) -> Scene:
    emails = {role: login["email"] for role, login in site["logins"].items()}
    account = {
        role: Account.objects.get(memberships__user__email=emails[role])
        for role in emails
        if role != "operator"
    }
    operator = User.objects.get(email=emails["operator"])
    scene = Scene(publisher=account["publisher"], developer=account["developer"], operator=operator)
    poison(keep=set(emails.values()))
    return scene


def faults_of(visitor: Visitor, path: str) -> list[str]:
    """What an attack achieved on a page."""
    visitor.complaints.clear()
    answer = visitor.page.goto(visitor.site["base_url"] + path, wait_until="load")
    faults = [] if answer is not None and answer.status == 200 else [f"status {answer and answer.status}"]
    faults += visitor.page.evaluate(LOOK)
    if visitor.reaches_past_the_screen:
        faults.append(f"reaches past the screen: {visitor.page.evaluate(WIDEST)}")
    return [f"{path}: {fault}" for fault in [*faults, *visitor.complaints]]


@pytest.mark.parametrize("role", PLACES)
def test_no_page_lets_a_hostile_listing_do_anything(visit: Any, site: dict[str, Any], role: str) -> None:
    scene = make_scene(site)
    visitor = visit(viewport=PHONE)
    visitor.page.context.add_init_script(TRAP)
    visitor.page.on("dialog", lambda dialog: opened(visitor, dialog))
    visitor.sign_in(role)
    faults = [fault for path in paths(scene, role) for fault in faults_of(visitor, path)]
    assert not faults, "\n".join(map(str, faults))


def opened(visitor: Visitor, dialog: Dialog) -> None:
    visitor.complaints.append(f"a dialog: {dialog.message[:80]}")
    dialog.dismiss()


@pytest.mark.parametrize("role", PLACES)
def test_a_file_is_a_download_that_no_browser_runs(visit: Any, site: dict[str, Any], role: str) -> None:
    scene = make_scene(site)
    visitor = visit()
    visitor.sign_in(role)
    faults = []
    for route in routes():
        if route.name in FILES and route.pattern.startswith(PLACES[role]):
            for url in urls_of(route, scene.sids):
                answer = visitor.page.request.get(site["base_url"] + url)
                kind = answer.headers["content-type"].split(";")[0]
                if answer.status != 200 or not re.fullmatch(
                    "application/(json|octet-stream)|text/(plain|csv)|audio/.*", kind
                ):
                    faults.append((url, answer.status, kind))
                if answer.headers.get("x-content-type-options") != "nosniff":
                    faults.append((url, "may be sniffed", kind))
    assert not faults, "\n".join(map(str, faults))


def test_the_trap_is_set(visit: Any) -> None:
    """A script that does run is seen; else the pages above would prove nothing."""
    visitor = visit()
    visitor.page.context.add_init_script(TRAP)
    page = f"<script>{ALONE}</script><a href=' javascript:x' onclick='x'>{WORKED_OUT}</a>"
    visitor.page.goto(f"data:text/html,{quote(page)}")
    assert "THE CANARY WAS CALLED" in visitor.complaints[0]
    assert len(visitor.page.evaluate(LOOK)) == 4
