"""A hostile listing on every page that shows it: each page is there, and nothing of it stands in one raw.

What a browser makes of the same pages: tests/browser/test_hostile_listing.py.
"""

import pytest
from django.test import Client

from tests.factories import make_account, make_publisher, make_user
from tests.hostile_pages import PLACES, paths
from tests.hostile_rows import Scene
from tests.hostile_texts import ATTACKS, WORKED_OUT, poison
from tests.pages import console_of

# Each begins a tag, unless it is escaped.
RAW = [attack for attack in ATTACKS if "<" in attack]


@pytest.mark.parametrize("role", PLACES)
def test_every_page_is_there_and_shows_no_attack_unescaped(db: None, role: str) -> None:
    operator = make_user(is_staff=True)
    publisher, developer = make_publisher("northwind").account, make_account("Acme")
    people = {
        "operator": operator,
        "publisher": make_user(publisher),
        "developer": make_user(developer),
    }
    scene = Scene(publisher=publisher, developer=developer, operator=operator)
    poison(keep={user.email for user in people.values()})
    browser = console_of(people[role])
    browser.raise_request_exception = False
    assert [fault for path in paths(scene, role) for fault in faults_of(browser, path)] == []


def faults_of(browser: Client, path: str) -> list[str]:
    answer = browser.get(path, follow=True)
    page = answer.content.decode()
    faults = [] if answer.status_code == 200 else [f"status {answer.status_code}"]
    faults += [attack for attack in [*RAW, WORKED_OUT] if attack in page]
    return [f"{path}: {fault}" for fault in faults]
