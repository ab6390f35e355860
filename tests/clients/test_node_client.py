"""The official Node client, unmodified, run through every accessor (contract section 19).

A script in `node/` runs its checks against the server and prints one line for each; here each is a test of
its own, so that a failing accessor is named.
"""

import json
import shutil
import subprocess
from typing import Any

import pytest

from accounts.models import Account
from billing.models import BillingItem
from marketplace.models import InstalledAddOn
from publishers.models import Publisher
from tests.clients.conftest import NODE

pytestmark = pytest.mark.node


@pytest.fixture
def facts(base_url: str, account: Account, publisher: Publisher, installed: InstalledAddOn) -> dict[str, Any]:
    return {
        "base_url": base_url,
        "account_sid": account.sid,
        "auth_token": account.auth_token,
        "publisher_sid": publisher.account.sid,
        "publisher_token": publisher.account.auth_token,
        "listing_sid": installed.listing.sid,
        "installed_sid": installed.sid,
    }


def run(script: str, facts: dict[str, Any], subtests: pytest.Subtests, *, checks: int) -> None:
    """Every check of a script, each a subtest. `checks` says how many there are, lest one gets lost."""
    node = shutil.which("node")
    assert node is not None
    assert (NODE / "node_modules" / "twilio").exists(), "run `make test-clients`, which installs it"
    finished = subprocess.run(
        [node, script],
        cwd=NODE,
        input=json.dumps(facts),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    lines = [json.loads(line) for line in finished.stdout.splitlines()]
    for line in lines:
        with subtests.test(line["name"]):
            assert line["error"] is None, line["error"]
    assert len(lines) == checks


def test_the_marketplace(facts: dict[str, Any], subtests: pytest.Subtests) -> None:
    run("marketplace.mjs", facts, subtests, checks=23)


def test_publishing(facts: dict[str, Any], billing_item: BillingItem, subtests: pytest.Subtests) -> None:
    facts["billing_item_sid"] = billing_item.sid
    run("publishing.mjs", facts, subtests, checks=14)


def test_numbers_and_lookups(facts: dict[str, Any], subtests: pytest.Subtests) -> None:
    run("numbers.mjs", facts, subtests, checks=13)


def test_2500_rows(facts: dict[str, Any], many: list[str], subtests: pytest.Subtests) -> None:
    facts["many"] = many
    run("paging.mjs", facts, subtests, checks=6)
