"""Everything that is wrong with a definition, each fault with its place and its mend.

First the shape (`publishers/definition.schema.json`), then the rules a JSON Schema cannot say. A rule runs
when the sections it reads have the right shape, so that one slip does not hide the others.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

import orjson

from publishers.contract import parameter_rules
from publishers.contract.addresses import EgressPolicy
from publishers.contract.definition_shape import escaped, shape_faults
from publishers.contract.draft import Draft
from publishers.contract.limits import MAX_DEFINITION_BYTES, MAX_DEFINITION_FAULTS
from publishers.contract.paths import BadPath, Path
from publishers.contract.points import PLATFORM_FIELDS, POINTS, RECORDING_ANALYSIS, event_fields, points_of
from publishers.contract.templates import JSON
from schema_forms.schemas import (
    Fault,
    UnusableSchema,
    compile_schema,
    configuration_schema_faults,
    parts_of,
)

LOOKUP: Final = "lookup-api"
SCHEMA_SECTIONS: Final = frozenset({"configuration_schema", "request_schema", "response_schema"})
# Three lists of 50 long parameters are 7,500 parts. A list of 80,000 entries took 10 s to judge.
MAX_PARTS: Final = 10_000

Rule = Callable[[Draft], Iterator[Fault]]


def definition_faults(document: JSON, *, allow_http_hosts: Collection[str] = ()) -> list[Fault]:
    """All faults of a document, at most MAX_DEFINITION_FAULTS; none means that `definition.parse` takes it.

    `allow_http_hosts`: addresses for which the operator allows plain HTTP, as `EgressPolicy.from_hosts`.
    """
    if unfit := _unfit(document):
        return [unfit]
    faults = shape_faults(document)
    if isinstance(document, Mapping):
        draft = Draft(document=document, policy=EgressPolicy.from_hosts(allow_http_hosts))
        broken = {fault.path.split("/")[1] for fault in faults}
        for rule, sections in RULES.items():
            faults += rule(draft) if broken.isdisjoint(sections) else ()
    return faults[:MAX_DEFINITION_FAULTS]


def _unfit(document: JSON) -> Fault | None:
    """Too large, too deep, or not JSON at all: nothing else is worth saying."""
    try:
        size = len(orjson.dumps(document))
    except orjson.JSONEncodeError:
        return Fault("", "Give JSON: Unicode text, 64-bit numbers, at most 250 levels.", "json")
    if size > MAX_DEFINITION_BYTES:
        return Fault("", f"Use at most {MAX_DEFINITION_BYTES} bytes.", "json")
    # The schemas in it have a guard of their own.
    others = (
        {name: section for name, section in document.items() if name not in SCHEMA_SECTIONS}
        if isinstance(document, Mapping)
        else document
    )
    if parts_of(others) > MAX_PARTS:
        return Fault("", "Use fewer entries: it is far too large.", "size")
    return None


def extensions_rule(draft: Draft) -> Iterator[Fault]:
    """Only the extension points of the type (contract 8.2)."""
    allowed = ", ".join(point.unique_name for point in points_of(draft.type.name))
    for index, name in enumerate(draft.list("extensions")):
        if draft.type.name not in POINTS[name].types:
            yield Fault(
                f"/extensions/{index}", f"A {draft.type.name} add-on works with {allowed} only.", "extension"
            )


def method_rule(draft: Draft) -> Iterator[Fault]:
    """PUT is for audio (contract 8.1)."""
    if draft.request["method"] not in draft.type.methods:
        yield Fault(
            "/request/method",
            f"Use {' or '.join(draft.type.methods)} for a {draft.type.name} add-on.",
            "method",
        )


def body_rule(draft: Draft) -> Iterator[Fault]:
    """A body the method and the type allow, with fields only where it has fields."""
    kind, pointer = draft.body_kind, "/request/body/kind"
    if draft.request["method"] == "GET" and kind != "none":
        yield Fault(pointer, "A GET request has no body: choose none here, or the method POST.", "body")
    if kind not in draft.type.body_kinds:
        yield Fault(
            pointer,
            f"Choose one of {', '.join(draft.type.body_kinds)} for a {draft.type.name} add-on.",
            "body",
        )
    if kind in ("none", "raw") and draft.request.get("body", {}).get("fields"):
        yield Fault("/request/body/fields", f"A body of kind {kind} has no fields: remove them.", "body")


def runtime_rule(draft: Draft) -> Iterator[Fault]:
    """Run-time parameters belong to lookups, and never hide what the event says itself."""
    entries = draft.list("runtime_parameters")
    if entries and LOOKUP not in draft.document["extensions"]:
        yield Fault(
            "/runtime_parameters", f"Only lookups have them: add {LOOKUP}, or remove these.", "runtime"
        )
    taken = event_fields(draft.type.name, LOOKUP) | PLATFORM_FIELDS
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        pointer, name = f"/runtime_parameters/{index}/name", entry["name"]
        if name in taken:
            yield Fault(
                pointer, f"{name} always comes from the lookup itself: choose another name.", "runtime"
            )
        if name in seen:
            yield Fault(pointer, f"{name} stands here twice.", "runtime")
        seen.add(name)


def pricing_rule(draft: Draft) -> Iterator[Fault]:
    """A price unless it is free; minutes only where there is audio (contract 14)."""
    pricing = draft.document["pricing"]
    if pricing["model"] == "per_minute" and draft.type.name != RECORDING_ANALYSIS:
        yield Fault("/pricing/model", "Only recordings have minutes: choose per_use.", "pricing")
    if pricing["model"] == "free" and "price" in pricing:
        yield Fault("/pricing/price", "A free add-on has no price: remove it, or choose per_use.", "pricing")
    if pricing["model"] != "free" and "price" not in pricing:
        yield Fault("/pricing/price", "Add a price, or choose free.", "pricing")


def request_schema_rule(draft: Draft) -> Iterator[Fault]:
    """A schema that can be compiled."""
    yield from _schema_faults(draft, "request_schema")


def response_schema_rule(draft: Draft) -> Iterator[Fault]:
    """A schema that can be compiled."""
    yield from _schema_faults(draft, "response_schema")


def _schema_faults(draft: Draft, section: str) -> Iterator[Fault]:
    if section not in draft.document:
        return
    try:
        compile_schema(draft.document[section])
    except UnusableSchema as error:
        yield from (_below(section, fault) for fault in error.faults)


def configuration_schema_rule(draft: Draft) -> Iterator[Fault]:
    """A schema from which a form can be made (contract 8.5)."""
    section = "configuration_schema"
    if section in draft.document:
        yield from _schema_faults(draft, section)
        yield from (_below(section, fault) for fault in configuration_schema_faults(draft.document[section]))


def _below(section: str, fault: Fault) -> Fault:
    return Fault(f"/{escaped(section)}{fault.path}", fault.message, fault.keyword)


def remove_rule(draft: Draft) -> Iterator[Fault]:
    """Paths we run, none of which takes the whole answer away."""
    paths = draft.list("remove")
    yield from _path_faults("/remove", paths)
    for index, text in enumerate(paths):
        if text == "$":
            yield Fault(
                f"/remove/{index}", "This would remove the whole answer; name what to remove.", "path"
            )


def unbilled_rule(draft: Draft) -> Iterator[Fault]:
    """Paths we run."""
    yield from _path_faults(
        "/pricing/unbilled_if_present", draft.document["pricing"].get("unbilled_if_present", [])
    )


def _path_faults(pointer: str, texts: list[str]) -> Iterator[Fault]:
    for index, text in enumerate(texts):
        try:
            Path.parse(text)
        except BadPath as error:
            yield Fault(f"{pointer}/{index}", str(error), "path")


_NAMES: Final = ("type", "request", "configuration_schema", "runtime_parameters")

RULES: Final[dict[Rule, tuple[str, ...]]] = {
    extensions_rule: ("type", "extensions"),
    method_rule: ("type", "request"),
    body_rule: ("type", "request"),
    parameter_rules.url_rule: ("request",),
    parameter_rules.url_templates_rule: _NAMES,
    parameter_rules.templates_rule: _NAMES,
    parameter_rules.names_rule: ("request",),
    parameter_rules.values_rule: ("request",),
    parameter_rules.headers_rule: ("request",),
    parameter_rules.authorization_rule: ("request", "auth"),
    runtime_rule: ("type", "extensions", "runtime_parameters"),
    pricing_rule: ("type", "pricing"),
    configuration_schema_rule: ("configuration_schema",),
    request_schema_rule: ("request_schema",),
    response_schema_rule: ("response_schema",),
    remove_rule: ("remove",),
    unbilled_rule: ("pricing",),
}
"""Each rule, and the sections it reads."""
