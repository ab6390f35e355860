"""S01-S08: the three schemas, judged as the platform judges them."""

from collections.abc import Mapping
from typing import Any, Final

from conformance.suite.checks import Finding, Skip, bad, check, doubtful, good, listed
from conformance.suite.manifest import SCHEMAS, told
from conformance.suite.samples import configuration_of, refused_configurations
from conformance.suite.tester import Tester
from schema_forms.guards import is_linear
from schema_forms.schemas import Fault
from schema_forms.walk import everywhere

_SIZE: Final = ("Nest the schema", "Shorten the schema", "Simplify the schema", "Use at most", "Nest allOf")
_REFERENCES: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


def _aspect(fault: Fault) -> str:
    """Which of the checks tells a fault of a schema."""
    section = fault.path.split("/")[1]
    if fault.keyword in _REFERENCES:
        return "S08"
    if fault.keyword == "pattern" and not fault.message.startswith("Give"):
        return "S04"
    if fault.keyword == "required" and section == "configuration_schema":
        return "S05"
    if not fault.keyword and fault.message.startswith(_SIZE):
        return "S03"
    return "S02" if section == "configuration_schema" and fault.keyword not in {"$schema", ""} else "S01"


def _faults(tester: Tester, check_id: str) -> list[Fault]:
    of_schemas = [
        fault for fault in tester.faults if fault.path.split("/")[1:2] in [[name] for name in SCHEMAS]
    ]
    return [fault for fault in of_schemas if _aspect(fault) == check_id]


def _documents(tester: Tester) -> dict[str, dict[str, Any]]:
    """The schemas that are there."""
    found = {name: tester.subject.definition.get(name) for name in SCHEMAS}
    return {name: dict(each) for name, each in found.items() if isinstance(each, Mapping)}


def _some(tester: Tester) -> dict[str, dict[str, Any]]:
    documents = _documents(tester)
    if not documents:
        raise Skip("The definition has no schema.")
    return documents


@check(
    "S01",
    "schemas",
    "fail",
    title="The schemas are valid JSON Schema",
    why="A schema that cannot be read judges nothing, so it is refused.",
    fix="Mend each place that is named. Without $schema a schema is read as draft 7.",
    section="validation",
)
def valid(tester: Tester) -> Finding:
    documents = _some(tester)
    if faults := _faults(tester, "S01"):
        return bad(told(faults))
    return good(f"{', '.join(documents)}: valid.")


@check(
    "S02",
    "schemas",
    "fail",
    title="The configuration schema uses only what a form can show",
    why="Every developer fills in a form that is made of it.",
    fix="Use text, numbers, true/false and choices; split objects and lists into single settings.",
    section="configuration",
)
def supported(tester: Tester) -> Finding:
    if faults := _faults(tester, "S02"):
        return bad(told(faults))
    properties = _documents(tester).get("configuration_schema", {}).get("properties")
    return good(f"{len(properties) if isinstance(properties, dict) else 0} settings, each with a field.")


@check(
    "S03",
    "schemas",
    "fail",
    title="The schemas are neither too large nor too deep",
    why="They are judged for every call, within its 2,000 ms.",
    fix="Shorten the schema: describe what you need of the answer, not everything it holds.",
    section="validation",
)
def small(tester: Tester) -> Finding:
    _some(tester)
    if faults := _faults(tester, "S03"):
        return bad(told(faults))
    return good("Within the limits.")


@check(
    "S04",
    "schemas",
    "fail",
    title="Every pattern compiles, and takes time that grows with the text only",
    why="A pattern that backtracks is cut off, and what it should have judged is refused.",
    fix="Use the syntax of ECMA 262 without look-around and without references to groups.",
    section="validation",
)
def patterns(tester: Tester) -> Finding:
    documents = _some(tester)
    if faults := _faults(tester, "S04"):
        return bad(told(faults))
    slow = [
        f"{name}{path}/pattern"
        for name, document in documents.items()
        for path, part in everywhere(document)
        if isinstance(part.get("pattern"), str) and not is_linear(part["pattern"])
    ]
    if slow:
        return doubtful(f"Look-around or references to groups: {listed(slow)}")
    return good("All patterns are linear.")


@check(
    "S05",
    "schemas",
    "fail",
    title="Every required setting is described",
    why="A setting that is required and has no field can never be filled in.",
    fix="Describe it under properties, or take it out of required.",
    section="configuration",
)
def required(tester: Tester) -> Finding:
    if faults := _faults(tester, "S05"):
        return bad(told(faults))
    names = _documents(tester).get("configuration_schema", {}).get("required")
    return good(
        f"Required: {', '.join(map(str, names)) if isinstance(names, list) and names else 'nothing'}."
    )


@check(
    "S06",
    "schemas",
    "fail",
    title="There are settings and an event that the schemas accept",
    why="What accepts nothing can never be installed, or is never asked.",
    fix="Loosen the schema, or show what fits: _example at a setting, or values given to the tester.",
    section="configuration",
)
def sample_accepted(tester: Tester) -> Finding:
    definition = tester.definition
    try:
        configuration = configuration_of(definition, tester.subject.samples)
    except LookupError:
        return bad("No settings could be made up that the configuration schema accepts.")
    if not definition.configuration_schema.accepts(configuration):
        return bad(told(definition.configuration_schema.faults(configuration)))
    unfit = [point for point in definition.extensions if not _has_event(tester, point)]
    if unfit:
        return bad(f"No event of {', '.join(unfit)} could be made up that the request schema accepts.")
    return good("Settings and events could be made up.")


def _has_event(tester: Tester, point: str) -> bool:
    try:
        tester.sources(point=point)
    except Skip:
        return False
    return True


@check(
    "S07",
    "schemas",
    "fail",
    title="Wrong settings are refused",
    why="What the form lets through reaches your service with every call.",
    fix="Give every setting a type, and list those that must be there under required.",
    section="configuration",
)
def wrong_refused(tester: Tester) -> Finding:
    definition = tester.definition
    wrong = list(refused_configurations(definition, tester.configuration))
    if not wrong:
        raise Skip("It asks for no settings.")
    passed = [what for what, document in wrong if definition.configuration_schema.accepts(document)]
    if passed:
        return bad(f"Accepted: {', '.join(passed)}.")
    blank = [
        name
        for name in definition.configuration_schema.document.get("required", ())
        if definition.configuration_schema.accepts({**tester.configuration, name: ""})
    ]
    if blank:
        return doubtful(f"Required, and accepted when empty: {', '.join(blank)}. Add a minLength.")
    return good(f"{len(wrong)} kinds of wrong settings were refused.")


@check(
    "S08",
    "schemas",
    "fail",
    title="No schema refers to another document",
    why="The platform loads nothing that a schema names.",
    fix="Copy the part into the schema, under definitions, and refer to it there.",
    section="validation",
)
def no_remote_reference(tester: Tester) -> Finding:
    _some(tester)
    if faults := _faults(tester, "S08"):
        return bad(told(faults))
    return good("All references stay inside.")
