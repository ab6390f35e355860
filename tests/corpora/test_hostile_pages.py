"""Naughty strings, NULs and payloads typed into the console: never a crash, never unescaped in a page."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, ApiKey
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from tests.corpora.reading import hostile_texts
from tests.factories import make_definition, make_install, make_listing
from tests.fake_publisher import Answer, FakePublisher

pytestmark = pytest.mark.corpora

# Stands before each text, so that it is found in the page.
MARK = "zq7-"


@pytest.fixture
def browser(console: Client) -> Client:
    """Answers 500 as a server would, instead of raising."""
    console.raise_request_exception = False
    return console


@pytest.fixture
def listing(account: Account) -> Listing:
    settings = {"type": "object", "properties": {"note": {"type": "string"}}}
    return make_listing(definition=make_definition(configuration_schema=settings))


def some_texts() -> list[str]:
    """A page takes longer than an answer of the API."""
    return hostile_texts(every=10)


def fault(page: Any, text: str, *, is_shown: bool = True) -> str:
    """What is wrong with a page: a crash, the text unescaped, or not there although it should be."""
    if page.status_code != 200:
        return f"status {page.status_code}"
    content = page.content.decode()
    dangerous = re.match(r"""[^<>"']*[<>"']""", text)
    if dangerous and MARK + dangerous[0] in content:
        return "unescaped"
    return "not shown" if is_shown and MARK not in content else ""


def test_the_install_form_shows_every_text_again(browser: Client, listing: Listing) -> None:
    """The terms are not accepted, so the page comes back with what was typed."""
    faults = []
    for text in some_texts():
        typed = {"name-suffix": MARK + text, "configuration-note": MARK + text}
        page = browser.post(f"/console/catalogue/{listing.sid}/install/", typed)
        faults.append((text, fault(page, text)))
    assert [row for row in faults if row[1]] == []


def test_the_settings_page_shows_every_saved_text(
    browser: Client, listing: Listing, account: Account
) -> None:
    installed = make_install(account, listing)
    url = f"/console/installed/{installed.sid}/"
    faults = []
    for text in some_texts():
        page = browser.post(url, {"name-suffix": "", "configuration-note": MARK + text}, follow=True)
        faults += [(text, fault(page, text)), (text, fault(browser.get(url), text, is_shown=False))]
    assert [row for row in faults if row[1]] == []


def test_the_name_of_an_api_key_is_escaped_wherever_it_stands(browser: Client) -> None:
    faults = []
    for text in some_texts():
        faults.append((text, fault(browser.post("/console/api-keys/", {"friendly_name": MARK + text}), text)))
        for key in ApiKey.objects.all():
            faults += [
                (text, fault(browser.get("/console/api-keys/"), text)),
                (text, fault(browser.get(f"/console/api-keys/{key.sid}/revoke/"), text)),
            ]
            key.delete()
    assert [row for row in faults if row[1]] == []


@pytest.mark.parametrize("parameter", ["q", "category"])
def test_a_search_shows_every_text_again(browser: Client, listing: Listing, parameter: str) -> None:
    faults = [
        (text, fault(browser.get("/console/catalogue/", {parameter: MARK + text}), text))
        for text in some_texts()
    ]
    assert [row for row in faults if row[1]] == []


@pytest.mark.parametrize("parameter", ["status", "before"])
def test_no_text_breaks_the_list_of_results(browser: Client, parameter: str) -> None:
    faults = [
        (text, fault(browser.get("/console/results/", {parameter: MARK + text}), text, is_shown=False))
        for text in some_texts()
    ]
    assert [row for row in faults if row[1]] == []


def test_the_lookup_form_shows_every_number_again(
    browser: Client, listing: Listing, account: Account
) -> None:
    installed = make_install(account, listing, enabled=["lookup-api"])
    faults = []
    for text in some_texts():
        typed = {"number": MARK + text, "add_ons": [installed.unique_name, MARK + text]}
        faults.append((text, fault(browser.post("/console/lookups/", typed), text)))
    assert [row for row in faults if row[1]] == []


def echoing(service: FakePublisher, account: Account) -> InstalledAddOn:
    request = {
        "method": "GET",
        "url": service.url("/"),
        "query": [{"name": "text", "value": "{{text}}"}],
    }
    definition = make_definition(request=request, runtime_parameters=[{"name": "text"}])
    return make_install(account, make_listing(definition=definition), enabled=["lookup-api"])


def test_a_result_shows_the_text_that_was_asked_and_answered(browser: Client, account: Account) -> None:
    faults = []
    with FakePublisher(lambda request: Answer(200, dict(request.query))).in_thread() as service:
        installed = echoing(service, account)
        for text in some_texts():
            typed = {
                "number": "+14155552671",
                "add_ons": installed.unique_name,
                f"{installed.unique_name}.text": MARK + text,
            }
            faults.append((text, fault(browser.post("/console/lookups/", typed, follow=True), text)))
    assert [row for row in faults if row[1]] == []
