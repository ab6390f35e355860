"""twilio-cli, unmodified. It knows no base URL: a preload sends its requests here (`node/point-here.cjs`)."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Account
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from tests.clients.conftest import NODE, NUMBER

pytestmark = pytest.mark.node


class CommandLine:
    """Runs commands with an account's credentials and a home folder of its own."""

    def __init__(self, base_url: str, account: Account, home: Path) -> None:
        self.program = NODE / "node_modules" / "twilio-cli" / "bin" / "run"
        assert self.program.exists(), "run `make test-clients`, which installs it"
        self.environment = {
            "PATH": os.pathsep.join([str(NODE / "node_modules" / ".bin"), os.environ["PATH"]]),
            "HOME": str(home),
            "NODE_OPTIONS": f"--require {NODE / 'point-here.cjs'}",
            "PATCHBAY_URL": base_url,
            "TWILIO_ACCOUNT_SID": account.sid,
            "TWILIO_AUTH_TOKEN": account.auth_token,
            "TWILIO_SKIP_NEW_VERSION_CHECK": "true",
        }

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        node = shutil.which("node")
        assert node is not None
        command = [node, str(self.program), *words, "-o", "json"]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )

    def rows(self, *words: str) -> list[dict[str, Any]]:
        finished = self.run(*words)
        assert finished.returncode == 0, finished.stderr
        rows: list[dict[str, Any]] = json.loads(finished.stdout or "[]")
        return rows


@pytest.fixture
def cli(base_url: str, account: Account, tmp_path: Path) -> CommandLine:
    return CommandLine(base_url, account, tmp_path)


def test_an_add_on_is_found_installed_switched_and_removed(cli: CommandLine, listing: Listing) -> None:
    shelf, mine = "api:marketplace:v1:available-add-ons:", "api:marketplace:v1:installed-add-ons:"
    (found,) = cli.rows(f"{shelf}list")
    assert (found["sid"], found["friendlyName"]) == (listing.sid, "Facts")
    (made,) = cli.rows(
        f"{mine}create",
        f"--available-add-on-sid={listing.sid}",
        "--accept-terms-of-service",
        '--configuration={"shortest_word": 3}',
    )
    assert (made["uniqueName"], made["configuration"]) == ("northwind_facts", {"shortest_word": 3})
    switches = cli.rows(f"{mine}extensions:list", f"--installed-add-on-sid={made['sid']}")
    assert {row["enabled"] for row in switches} == {False}
    (switched,) = cli.rows(
        f"{mine}extensions:update",
        f"--installed-add-on-sid={made['sid']}",
        f"--sid={switches[0]['sid']}",
        "--enabled",
    )
    assert switched["enabled"] is True
    assert cli.run(f"{mine}remove", f"--sid={made['sid']}").returncode == 0
    assert cli.rows(f"{mine}list") == []


def test_a_number_is_assigned_and_looked_up(cli: CommandLine, installed: InstalledAddOn) -> None:
    numbers = "api:core:incoming-phone-numbers:"
    (number,) = cli.rows(f"{numbers}create", f"--phone-number={NUMBER}")
    (assigned,) = cli.rows(
        f"{numbers}assigned-add-ons:create",
        f"--resource-sid={number['sid']}",
        f"--installed-add-on-sid={installed.sid}",
    )
    assert (assigned["sid"], assigned["resourceSid"]) == (installed.sid, number["sid"])
    (answer,) = cli.rows(
        "api:lookups:v1:phone-numbers:fetch", f"--phone-number={NUMBER}", f"--add-ons={installed.unique_name}"
    )
    assert list(answer["addOns"]["results"]) == [installed.unique_name]


def test_a_refusal_is_told(cli: CommandLine) -> None:
    finished = cli.run("api:marketplace:v1:installed-add-ons:fetch", f"--sid=XE{'0' * 32}")
    assert finished.returncode != 0
    (refusal,) = json.loads(finished.stdout)
    assert (refusal["code"], refusal["status"]) == (20404, 404)
    assert refusal["message"] == f"The requested resource /InstalledAddOns/XE{'0' * 32} was not found"
