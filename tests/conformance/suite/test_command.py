"""`manage.py test_add_on`: exit codes, forms, and not one query."""

import json
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.conformance.suite.publishers import (
    BLOCKS,
    KEY,
    LOOKUP,
    RECORDING,
    TOKEN,
    VENDOR,
    Listener,
    Rules,
    Service,
    changed,
)
from tests.fake_publisher import FakePublisher

CREDENTIALS = {"credentials": {"service_key": {"env": "ACME_KEY"}}}
LISTING = {"publisher": "acme", "unique_name": "acme_area", **BLOCKS, "definition": LOOKUP, **CREDENTIALS}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PUBLISHER_AUTH_TOKEN": TOKEN,
        "PUBLISHER_ACCOUNT_SID": VENDOR,
        "ACME_KEY": KEY,
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def service() -> Iterator[FakePublisher]:
    with FakePublisher(Service()).in_thread() as publisher:
        yield publisher


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    return written(tmp_path, LISTING)


def written(folder: Path, document: Any, name: str = "listing.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(document))
    return path


def ran(*arguments: Any) -> tuple[int, str]:
    """The exit code, and what was printed."""
    out = StringIO()
    try:
        call_command("test_add_on", *map(str, arguments), stdout=out, stderr=StringIO())
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def refused(*arguments: Any) -> str:
    """Why it cannot run."""
    with pytest.raises(CommandError) as error:
        ran(*arguments)
    assert error.value.returncode == 2
    return str(error.value)


def test_a_good_add_on_passes_without_a_query(service: FakePublisher, listing: Path) -> None:
    code, told = ran(listing, "--target", service.origin)  # pytest-django lets no query through here
    assert (code, "Passed." in told) == (0, True)


def test_a_failed_check_is_exit_code_1(service: FakePublisher, tmp_path: Path) -> None:
    file = written(tmp_path, changed(LISTING, "policies.legal", ""))
    assert ran(file, "--target", service.origin, "--only", "M09")[0] == 1


def test_a_warning_fails_only_when_strict(listing: Path) -> None:
    with FakePublisher(Service(rules=Rules(date=False))).in_thread() as service:
        arguments = (listing, "--target", service.origin, "--only", "A")
        assert [ran(*arguments)[0], ran(*arguments, "--strict")[0]] == [0, 1]


@pytest.mark.parametrize(
    ("form", "start"), [("--json", "{"), ("--junit", "<?xml"), ("--tap", "TAP version 13")]
)
def test_machines_are_given_their_form(service: FakePublisher, listing: Path, form: str, start: str) -> None:
    assert ran(listing, "--target", service.origin, "--only", "M01", form)[1].startswith(start)


def test_a_definition_alone_can_be_tested(service: FakePublisher, tmp_path: Path) -> None:
    file = written(tmp_path, LOOKUP)
    given = written(tmp_path, {"service_key": KEY}, "credentials.json")
    assert ran(file, "--target", service.origin, "--credentials", given, "--only", "A,Y")[0] == 0


def test_a_recording_add_on_calls_back(tmp_path: Path) -> None:
    file = written(tmp_path, {**LISTING, "definition": RECORDING})
    with FakePublisher(Listener()).in_thread() as service:
        assert ran(file, "--target", service.origin, "--only", "N")[0] == 0


def test_samples_are_sent(service: FakePublisher, listing: Path, tmp_path: Path) -> None:
    samples = written(tmp_path, {"event": {"primary_address": "+4930123456"}}, "samples.json")
    ran(listing, "--target", service.origin, "--only", "A01", "--samples", samples)
    assert ("number", "+4930123456") in service.requests[0].query


def test_what_went_over_the_wire_is_recorded(service: FakePublisher, listing: Path, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "wire"
    ran(listing, "--target", service.origin, "--only", "M01,A01,A02", "--record", folder)
    assert sorted(each.name for each in folder.iterdir()) == ["A01.json", "A02.json"]
    recorded = (folder / "A01.json").read_text()
    assert json.loads(recorded)["exchanges"][0]["response"][0] == "HTTP 200"
    assert KEY not in recorded


def test_what_cannot_run_says_what_to_give(
    listing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "cannot be read" in refused(tmp_path / "absent.json")
    (tmp_path / "bad.json").write_text("{")
    assert "is not JSON" in refused(tmp_path / "bad.json")
    assert "no JSON object" in refused(written(tmp_path, [1], "list.json"))
    assert "neither a listing file nor a definition" in refused(written(tmp_path, {}, "empty.json"))
    assert "There is no check Z9" in refused(listing, "--only", "Z9")
    assert "HOST:PORT" in refused(
        written(tmp_path, {**LISTING, "definition": RECORDING}, "r.json"), "--listen", "x"
    )
    monkeypatch.delenv("ACME_KEY")
    assert "set ACME_KEY" in refused(listing)
    monkeypatch.delenv("PUBLISHER_AUTH_TOKEN")
    assert "Set PUBLISHER_AUTH_TOKEN" in refused(listing)


@pytest.mark.parametrize(
    "target", ["localhost:80", "http://localhost:8101", "http://127.0.0.1:1/path", "ftp://a.example"]
)
def test_a_target_that_cannot_be_asked_is_refused(listing: Path, target: str) -> None:
    assert "target" in refused(listing, "--target", target)


@pytest.mark.parametrize(
    ("name", "document", "why"),
    [
        ("--samples", {"events": {}}, "there is events"),
        ("--samples", {"event": 1}, "must be a JSON object"),
        ("--credentials", {"service_key": 1}, "names and texts"),
        ("--audio", {}, "WAV"),
    ],
)
def test_wrong_values_are_refused(listing: Path, tmp_path: Path, name: str, document: Any, why: str) -> None:
    assert why in refused(listing, name, written(tmp_path, document, "given.json"))


def test_it_runs_where_there_is_no_database(service: FakePublisher, listing: Path) -> None:
    command = [sys.executable, "manage.py", "test_add_on", str(listing), "--target", service.origin, "--tap"]
    ended = subprocess.run(
        command,
        env={
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PUBLISHER_AUTH_TOKEN": TOKEN,
            "ACME_KEY": KEY,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("TAP version 13\n1..53\n")
