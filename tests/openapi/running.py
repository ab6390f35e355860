"""Runs schemathesis against a server: every operation of a document, with good data and bad."""

import copy
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.openapi.documents import Document, operations

PROGRAM = Path(sys.executable).with_name("schemathesis")
# Whole scenarios (create, delete, ask again) need more tries than single calls. They follow our links only:
# a guessed one took the SID of a listing for that of its version, and missed it.
GENERATION = """[generation]
max-examples = {max_examples}

[phases.stateful.inference]
algorithms = ["location-headers"]

[phases.stateful.generation]
max-examples = 30"""
# A key that comes again brings the answer of before, also of what was deleted since: each is another one.
# Each path has its own, since the same draws are made for all: one path would take the keys of another.
KEY = "Idempotency-Key"
KEYS = 4_000
PROBABILITIES = {"path": 0.8, "body": 0.9, "header": 1.0}
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
    "use_after_free",
    "ensure_resource_availability",
]


@dataclass(frozen=True)
class Site:
    """A running Patchbay, whose credentials to use, and values that lead to something.

    `bodies`: whole bodies by path, instead of an example of each field.
    """

    url: str
    user: str
    password: str
    values: dict[str, list[str]]
    examples: dict[str, Any]
    bodies: dict[str, dict[str, str]]


def run(
    site: Site,
    document: Document,
    folder: Path,
    *,
    checks: list[str],
    max_examples: int,
    refused: frozenset[str] = frozenset(),
) -> None:
    """Fails with what schemathesis found wrong. The folder gets the document and the configuration.

    `refused`: the operations, such as `get /v1/Publishers`, that these credentials may never call. The data
    are the same each time, so that a failure belongs to a change; SEED in the environment makes others.
    """
    (folder / "openapi.json").write_text(json.dumps(_with_examples(document, site)))
    (folder / "schemathesis.toml").write_text(_configuration(site, document, max_examples))
    finished = subprocess.run(
        [
            *(PROGRAM, "--config-file", "schemathesis.toml", "run", "openapi.json", "--no-color"),
            *("--url", site.url, "--auth", f"{site.user}:{site.password}"),
            *("--checks", ",".join(checks), "--generation-database", "none", "--warnings", "off"),
            *("--report-har-path", "calls.har", "--seed", os.environ.get("SEED", "1")),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if finished.returncode != 0:
        pytest.fail(finished.stdout + finished.stderr, pytrace=False)
    without = _without_success(document, folder / "calls.har")
    if hollow := sorted(without - refused):
        pytest.fail(f"never answered with success: {', '.join(hollow)}", pytrace=False)
    if opened := sorted(refused - without):
        pytest.fail(f"answered with success to whom it should not: {', '.join(opened)}", pytrace=False)


def _without_success(document: Document, calls: Path) -> set[str]:
    """The operations that were never answered with success: of their answers nothing is proven."""
    entries = json.loads(calls.read_text())["log"]["entries"]
    succeeded = {
        (entry["request"]["method"].lower(), urlsplit(entry["request"]["url"]).path)
        for entry in entries
        if 200 <= entry["response"]["status"] < 400  # the data of a payload are elsewhere
    }
    return {
        f"{method} {path}"
        for method, path, _ in operations(document)
        if not any(verb == method and re.fullmatch(_pattern(path), called) for verb, called in succeeded)
    }


def _pattern(path: str) -> str:
    """A template such as `/Listing/{Sid}` as a regular expression."""
    return re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))


def _with_examples(document: Document, site: Site) -> Document:
    """The same, with an example of each value we know, so that one call of each operation surely succeeds.
    A DELETE dooms the last value; all else takes the first, which stays."""
    shown = copy.deepcopy(document)
    for method, path, operation in operations(shown):
        keys = {name: segment for segment, name in re.findall(r"/(\w+)/\{(\w+)\}", path)}
        doomed = list(keys)[-1] if method == "delete" else ""
        for parameter in operation.get("parameters", []):
            key = keys.get(parameter.get("name"), parameter.get("name"))
            if parameter.get("in") == "path" and key in site.values:
                parameter["example"] = site.values[key][-1 if parameter["name"] == doomed else 0]
        if method == "post" and path in site.bodies:
            for content in operation["requestBody"]["content"].values():
                content["example"] = site.bodies[path]
            continue
        for name, prop in _properties(operation, shown).items():
            if name in site.values or name in site.examples:
                prop["example"] = site.examples.get(name) or site.values[name][0]
    return shown


def _configuration(site: Site, document: Document, max_examples: int) -> str:
    """Most values are real ones, and some are not: answers with a body and refusals are judged."""
    dictionaries = [
        f"[dictionaries.{name}]\nvalues = {json.dumps(values)}" for name, values in site.values.items()
    ]
    keyed = [path for path, item in document["paths"].items() if _takes_a_key(item.get("post", {}))]
    dictionaries += [
        f"[dictionaries.{_keys_of(path)}]\nvalues = {json.dumps([f'{place}-{n}' for n in range(KEYS)])}"
        for place, path in enumerate(keyed)
    ]
    bindings = [_bindings(path, item, document, site.values) for path, item in document["paths"].items()]
    return "\n\n".join([GENERATION.format(max_examples=max_examples), *dictionaries, *bindings])


def _bindings(path: str, item: Document, document: Document, values: dict[str, list[str]]) -> str:
    """A parameter of the path takes the values of the segment before it, as `/Listing/{Sid}` the listings'; a
    field of a body takes the values of its own name."""
    in_path = re.findall(r"/(\w+)/\{(\w+)\}", path)
    bound = [(f"path.{name}", segment) for segment, name in in_path if segment in values]
    bound += [
        (f"body.{name}", name) for name in _properties(item.get("post", {}), document) if name in values
    ]
    bound += [("path.format", "format")] if path.endswith(".{format}") else []
    bound += [(f"header.{KEY}", _keys_of(path))] if _takes_a_key(item.get("post", {})) else []
    lines = [
        f'"{name}" = {{ dictionary = "{key}", probability = {PROBABILITIES[name.partition(".")[0]]} }}'
        for name, key in bound
    ]
    return "\n".join([f'[[operations]]\ninclude-path = "{path}"\n[operations.parameters]', *lines])


def _keys_of(path: str) -> str:
    """The name of its dictionary of keys."""
    return f"keys{re.sub(r'[^A-Za-z0-9]', '_', path)}"


def _takes_a_key(operation: Document) -> bool:
    return any(parameter.get("name") == KEY for parameter in operation.get("parameters", []))


def _properties(operation: Document, document: Document) -> Document:
    """What the body of an operation may hold, by name."""
    found: Document = {}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        found.update(schema.get("properties", {}))
    return found
