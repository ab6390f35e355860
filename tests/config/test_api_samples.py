"""The samples of the API page are run as they are pasted, against a running server."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from accounts.services import create_api_key
from config.api_samples import samples
from marketplace.models import InstalledAddOn
from tests.factories import make_account, make_install, make_listing

NODE_MODULES = Path(__file__).resolve().parent.parent / "clients" / "node" / "node_modules"


@pytest.fixture
def pasted(transactional_db: None, live_server: Any, settings: Any) -> dict[str, Any]:
    """What a person has: code by language, and the environment it reads."""
    settings.API_URLS = dict.fromkeys(settings.API_URLS, live_server.url)
    account, listing = make_account(), make_listing()
    make_install(account, listing, unique_name="installed_before")
    key, secret = create_api_key(account=account, friendly_name="Samples")
    code = {sample.label.partition(",")[0]: sample.code for sample in samples(account)}
    return {"code": code, "environment": {**os.environ, "API_KEY": key.sid, "API_SECRET": secret}}


def run(command: list[str], pasted: dict[str, Any], **options: Any) -> str:
    done = subprocess.run(
        command, env=pasted["environment"], capture_output=True, text=True, timeout=60, check=False, **options
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def test_curl(pasted: dict[str, Any]) -> None:
    printed = run(["bash", "-e"], pasted, input=pasted["code"]["curl"])
    assert printed.count('"unique_name":') == 2
    assert "installed_before" in printed
    assert '"phone_number":"+14155552671"' in printed
    assert '"add_ons":{"status":"successful"' in printed
    assert InstalledAddOn.objects.live().count() == 2


def test_python(pasted: dict[str, Any]) -> None:
    printed = run([sys.executable, "-"], pasted, input=pasted["code"]["Python"]).splitlines()
    assert printed[0].endswith(" installed_before")
    assert printed[1:] == ["installed " + InstalledAddOn.objects.latest("sid").unique_name, "{}"]


@pytest.mark.node
def test_node(pasted: dict[str, Any], tmp_path: Path) -> None:
    assert NODE_MODULES.is_dir(), "The Node client is not installed"
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    (tmp_path / "patchbay.mjs").write_text(pasted["code"]["Node"])
    node = shutil.which("node")
    assert node, "Node is not installed"
    printed = run([node, str(tmp_path / "patchbay.mjs")], pasted, cwd=tmp_path).splitlines()
    assert printed[0].endswith(" installed_before")
    assert printed[1:] == ["installed " + InstalledAddOn.objects.latest("sid").unique_name, "{}"]
