"""From a listing file to a subject, and from a report to files: for the command line, without a database."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from conformance.suite.recordings import measured
from conformance.suite.report import Report
from conformance.suite.subject import Samples, Subject, identity_of, made_up_sid, origin_of
from publishers.blocks import BLOCKS
from publishers.contract.addresses import EgressPolicy, check_url
from publishers.contract.errors import AddressNotAllowed
from publishers.contract.secret import Secret

# The names under which the example publishers know them too.
TOKEN_VARIABLE: Final = "PUBLISHER_AUTH_TOKEN"  # noqa: S105 - the name of a variable
ACCOUNT_VARIABLE: Final = "PUBLISHER_ACCOUNT_SID"
_SAMPLES: Final = frozenset({"event", "runtime", "configuration"})


class CannotRun(ValueError):
    """What was given makes no test; the text says what to give."""


def read_object(file: Path) -> dict[str, Any]:
    """The JSON object of a file. Raises CannotRun."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotRun(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CannotRun(f"{file} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise CannotRun(f"{file} is no JSON object.")
    return document


def subject_of(  # noqa: PLR0913 - one for each thing that may be given
    document: Mapping[str, Any],
    *,
    environment: Mapping[str, str],
    credentials: Mapping[str, Any],
    samples: Samples,
    target: str = "",
    allowed_hosts: tuple[str, ...] = (),
) -> Subject:
    """What is tested: a listing file, or a definition alone. Raises CannotRun.

    `credentials`: values by name; what is absent is read from the variables that the file names.
    """
    is_listing = isinstance(document.get("definition"), dict)
    definition = document["definition"] if is_listing else document
    if not is_listing and "request" not in document:
        raise CannotRun("The file is neither a listing file nor a definition: it has no request.")
    token = environment.get(TOKEN_VARIABLE, "")
    if not token:
        raise CannotRun(
            f"Set {TOKEN_VARIABLE} to the auth token of your account: requests are signed with it."
        )
    return Subject(
        blocks={name: document[name] for name in BLOCKS if is_listing and name in document},
        definition=definition,
        credentials=_credentials(document, environment, credentials),
        auth_token=Secret(token),
        identity=identity_of(environment.get(ACCOUNT_VARIABLE) or made_up_sid("AC")),
        allowed_hosts=(*allowed_hosts, *_opened(target)),
        target=checked_target(target, allowed_hosts),
        samples=samples,
    )


def _credentials(
    document: Mapping[str, Any], environment: Mapping[str, str], given: Mapping[str, Any]
) -> dict[str, Secret]:
    if not all(isinstance(value, str) for value in given.values()):
        raise CannotRun("The credentials must be a JSON object of names and texts.")
    sources = document.get("credentials")
    found = dict(given)
    for name, source in sources.items() if isinstance(sources, dict) else ():
        variable = source.get("env") if isinstance(source, dict) else None
        if name in found or not isinstance(variable, str):
            continue
        if variable not in environment:
            raise CannotRun(
                f"The credential {name} has no value: set {variable}, or give it with --credentials."
            )
        found[name] = environment[variable]
    return {name: Secret(value) for name, value in found.items()}


def _opened(target: str) -> tuple[str, ...]:
    """Whoever names a target on this machine or in this network wants it to be asked."""
    parts = urlsplit(target)
    try:
        address = ip_address(parts.hostname or "")
        port = parts.port or {"http": 80}.get(parts.scheme, 443)
    except ValueError:
        return ()
    shown = f"[{address}]" if ":" in str(address) else address
    return (f"{shown}:{port}",)


def checked_target(target: str, allowed_hosts: tuple[str, ...]) -> str:
    """The target's scheme, host and port. Raises CannotRun when it may not be asked."""
    if not target:
        return ""
    origin = origin_of(target)
    if not origin or urlsplit(target).path.strip("/"):
        raise CannotRun("Write the target as scheme, host and port, such as http://127.0.0.1:8101.")
    try:
        check_url(origin + "/", EgressPolicy.from_hosts((*allowed_hosts, *_opened(target))))
    except AddressNotAllowed as error:
        hint = " Plain HTTP goes to addresses only, such as http://127.0.0.1:8101."
        raise CannotRun(f"The target cannot be asked: {error}{hint}") from error
    return origin


def samples_of(document: Mapping[str, Any], audio: bytes | None) -> Samples:
    """The author's values: `event`, `runtime`, `configuration`. Raises CannotRun."""
    if unknown := document.keys() - _SAMPLES:
        raise CannotRun(f"Samples are {', '.join(sorted(_SAMPLES))}; there is {sorted(unknown)[0]}.")
    if not all(isinstance(value, dict) for value in document.values()):
        raise CannotRun("Each of the samples must be a JSON object of names and values.")
    if audio is not None:
        try:
            channels, _ = measured(audio)
        except ValueError as error:
            raise CannotRun(f"The recording cannot be read. {error}") from error
        if channels != 1:
            raise CannotRun("Give a recording with one channel; the one with two is made up.")
    return Samples(
        event=document.get("event", {}),
        runtime=document.get("runtime", {}),
        configuration=document.get("configuration"),
        audio=audio,
    )


def record(report: Report, folder: Path) -> int:
    """Write what went over the wire, a file for each check; how many there are. Raises CannotRun."""
    written = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in report.checks:
            if each.exchanges:
                document = {
                    "check": each.id,
                    "title": each.title,
                    "outcome": each.outcome,
                    "exchanges": [asdict(exchange) for exchange in each.exchanges],
                }
                text = json.dumps(document, ensure_ascii=False, indent=2)
                (folder / f"{each.id}.json").write_text(f"{text}\n", encoding="utf-8")
                written += 1
    except OSError as error:
        raise CannotRun(f"{folder} cannot be written: {error.strerror}") from error
    return written
