"""An OpenAPI file (2.0 to 3.1) as a document: read from JSON or YAML, its `$ref`s followed within itself.

Nothing is ever fetched: a `$ref` to another file or host is refused. YAML aliases are refused too, since a
few lines of them can stand for billions of values.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final
from urllib.parse import unquote

import yaml

from publishers.contract.check import parsed
from publishers.contract.errors import Unexpected
from publishers.documents import mapping_in, text_in
from rest.errors import Refused
from schema_forms.faults import steps
from schema_forms.limits import INTEGER_MAX

MAX_BYTES: Final = 524_288
MAX_DEPTH: Final = 64
MAX_VALUES: Final = 50_000
# A `$ref` that leads to a `$ref`, and so on.
MAX_JUMPS: Final = 20
MAX_OPERATIONS: Final = 300
METHODS: Final = ("get", "post", "put")

# Core C is faster by ten, but not in every build of the library.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadOpenApi(Refused):
    """400: a file that nothing can be made of; the message says what to do."""


class RemoteReference(BadOpenApi):
    """400: a `$ref` that leads out of the file."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One request that the service takes, as the choice names it."""

    method: str
    path: str
    summary: str
    item: Mapping[str, Any]
    path_item: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Names it in a form."""
        return f"{self.method} {self.path}"


def read_openapi(text: str) -> dict[str, Any]:
    """The document of a file. Raises BadOpenApi."""
    document = _read(text)
    version = document.get("openapi") or document.get("swagger")
    if not isinstance(version, str | int | float) or not str(version).startswith(("2", "3")):
        raise BadOpenApi("This is no OpenAPI file: it begins with openapi: 3.0.0, or swagger: '2.0'.")
    return document


def _read(text: str) -> dict[str, Any]:
    try:
        body = text.encode()
    except UnicodeEncodeError as error:
        raise BadOpenApi("The file is not Unicode text.") from error
    if len(body) > MAX_BYTES:
        raise BadOpenApi(
            f"The file has {len(body):,} bytes, and {MAX_BYTES:,} are read: "
            "cut it down to the operation, with the components it refers to."
        )
    if "\0" in text:
        raise BadOpenApi("Remove the NUL characters.")
    document = _of_json(body) if text.lstrip().startswith(("{", "[")) else _of_yaml(text)
    if not isinstance(document, dict):
        raise BadOpenApi("The file must be an object, with members such as openapi, info and paths.")
    return document


def _of_json(body: bytes) -> Any:
    try:
        return _plain(parsed(body, most_values=MAX_VALUES))
    except Unexpected as error:
        raise BadOpenApi(f"The file begins like JSON, but cannot be read. {error}") from error


def _of_yaml(text: str) -> Any:
    try:
        _refuse_what_grows(text)
        return _plain(yaml.load(text, Loader=_LOADER))  # noqa: S506 - a safe loader: plain values only
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" Look at line {mark.line + 1}." if mark else ""
        raise BadOpenApi(f"The file is neither JSON nor YAML.{place}") from error
    except (ValueError, OverflowError, RecursionError) as error:  # 2026-99-99, a number of a million digits
        raise BadOpenApi(
            "The file has a value that cannot be read, such as a date that does not exist."
        ) from error


def _refuse_what_grows(text: str) -> None:
    """Looked at as events, of which nothing is built yet. Raises BadOpenApi."""
    depth = values = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise BadOpenApi("The file has a YAML alias (*name): write out what it stands for.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        values += isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if depth > MAX_DEPTH or values > MAX_VALUES:
            raise BadOpenApi(f"The file has more than {MAX_DEPTH} levels or {MAX_VALUES:,} values.")


def _plain(value: Any) -> Any:
    """As JSON has it: names are text (YAML reads 200 as a number), and so is what JSON does not know."""
    if isinstance(value, dict):
        return {_name(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, int) and abs(value) > INTEGER_MAX:
        return str(value)
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _name(name: Any) -> str:
    return str(name).lower() if isinstance(name, bool) else str(name)


def resolved(document: Mapping[str, Any], node: Any) -> Mapping[str, Any]:
    """The object at a place, its `$ref` followed as far as it leads; an empty one where there is none.

    Raises RemoteReference.
    """
    for _ in range(MAX_JUMPS):
        reference = mapping_in(node).get("$ref")
        if not isinstance(reference, str):
            return mapping_in(node)
        node = target_of(document, reference)
    return {}


def target_of(document: Mapping[str, Any], reference: str) -> Any:
    """What a `$ref` within the file leads to; None when there is nothing. Raises RemoteReference."""
    if not reference.startswith("#"):
        raise RemoteReference(
            f"The file refers to {reference[:100]}: nothing is fetched, so put that part into this file."
        )
    node: Any = document
    for step in steps(unquote(reference[1:])):
        if isinstance(node, Mapping):
            node = node.get(step)
        elif isinstance(node, list) and re.fullmatch("[0-9]{1,6}", step):
            node = node[int(step)] if int(step) < len(node) else None
        else:
            return None
    return node


def operations_of(document: Mapping[str, Any]) -> list[Operation]:
    """The operations by GET, POST and PUT, in the order of the file. Raises BadOpenApi without any."""
    found = []
    for operation in _operations(document):
        found.append(operation)
        if len(found) == MAX_OPERATIONS:
            break
    if not found:
        raise BadOpenApi("The file has no operation by GET, POST or PUT under paths.")
    return found


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, node in mapping_in(document.get("paths")).items():
        path_item = resolved(document, node)
        for method in METHODS:
            item = path_item.get(method)
            if isinstance(item, Mapping):
                summary = text_in(item.get("summary")) or text_in(item.get("operationId"))
                yield Operation(
                    method=method.upper(), path=path, summary=summary[:120], item=item, path_item=path_item
                )
