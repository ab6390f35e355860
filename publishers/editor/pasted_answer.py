"""A pasted answer, and what the platform would make of it: checked, priced, cleaned, in its envelope."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings

from publishers.contract.check import check
from publishers.contract.clean import clean
from publishers.contract.definition import Definition, compiled
from publishers.contract.errors import ContractError
from publishers.contract.paths import first_present
from publishers.documents import mapping_in, texts_in
from publishers.editor.inference import Row, read_answer, required_paths, rows_of, schema_of, shape_of
from publishers.editor.preview import fit_parts
from rest.errors import Refused
from schema_forms.schemas import UnusableSchema

REQUEST_SID: Final = f"XR{'0' * 32}"
MAX_PATHS: Final = 20


class CannotBeUsed(Refused):
    """400: what is ticked makes no definition."""


@dataclass(frozen=True, kw_only=True)
class Ticks:
    """The paths that are required, removed, and make an answer free when they are there."""

    required: frozenset[str]
    removed: frozenset[str]
    unbilled: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What was pasted, and what becomes of it. `envelope`: as a developer gets it, JSON text."""

    rows: list[Row]
    ticks: Ticks
    parts: Mapping[str, Any]
    envelope: str
    verdict: str
    is_delivered: bool

    @property
    def schema_text(self) -> str:
        """The response schema as it can be read."""
        return json.dumps(self.parts["response_schema"], indent=2, ensure_ascii=False)


@dataclass(frozen=True)
class _Pasted:
    body: bytes
    status: int = 200


def look(*, text: str, definition: Mapping[str, Any], name: str, ticks: Ticks | None) -> Looked:
    """Judge an answer by a draft's definition and what is ticked; None ticks what the definition says so far.

    `name` is the key in the envelope. Raises BadAnswer or CannotBeUsed.
    """
    shape = shape_of(read_answer(text))
    rows = rows_of(shape)
    known = frozenset(row.path for row in rows)
    chosen = _within(known, ticks or _ticks_of(definition))
    parts = {
        "response_schema": schema_of(shape, required=chosen.required, removed=chosen.removed),
        "remove": _merged(definition.get("remove"), chosen.removed, rows),
        "pricing": _pricing(definition, chosen, rows),
    }
    compiled_draft = _compiled(definition, parts)
    envelope, verdict, is_delivered = _delivered(text.encode(), compiled_draft, name)
    return Looked(
        rows=rows, ticks=chosen, parts=parts, envelope=envelope, verdict=verdict, is_delivered=is_delivered
    )


def _ticks_of(definition: Mapping[str, Any]) -> Ticks:
    pricing = mapping_in(definition.get("pricing"))
    return Ticks(
        required=required_paths(definition.get("response_schema")),
        removed=frozenset(texts_in(definition.get("remove"))),
        unbilled=frozenset(texts_in(pricing.get("unbilled_if_present"))),
    )


def _within(known: frozenset[str], ticks: Ticks) -> Ticks:
    return Ticks(
        required=ticks.required & known, removed=ticks.removed & known, unbilled=ticks.unbilled & known
    )


def _merged(before: Any, ticked: frozenset[str], rows: list[Row]) -> list[str]:
    """What was there and is not in this answer stays; then what is ticked, in the order of the answer."""
    shown = {row.path for row in rows}
    kept = [path for path in texts_in(before) if path not in shown]
    return kept + [row.path for row in rows if row.path in ticked]


def _pricing(definition: Mapping[str, Any], ticks: Ticks, rows: list[Row]) -> dict[str, Any]:
    pricing = {"model": "free", **mapping_in(definition.get("pricing"))}
    unbilled = _merged(pricing.pop("unbilled_if_present", None), ticks.unbilled, rows)
    return {**pricing, "unbilled_if_present": unbilled} if unbilled else pricing


def _compiled(definition: Mapping[str, Any], parts: Mapping[str, Any]) -> Definition:
    """The draft with these parts, as far as the rest of it is right."""
    for what, paths in (
        ("removed", parts["remove"]),
        ("free of charge", parts["pricing"].get("unbilled_if_present", [])),
    ):
        if len(paths) > MAX_PATHS:
            raise CannotBeUsed(f"Tick fewer: a definition names at most {MAX_PATHS} paths that are {what}.")
    fit, broken = fit_parts({**definition, "remove": parts["remove"], "pricing": parts["pricing"]})
    if "pricing" in broken:  # its price is not right yet; what is free is
        fit["pricing"] = {"model": "per_use", "price": "1", **_only_unbilled(parts["pricing"])}
    try:
        return compiled({**fit, "response_schema": parts["response_schema"]})
    except UnusableSchema as error:
        raise CannotBeUsed(
            f"The schema of this answer cannot be used: {error.faults[0].message} Paste a shorter example."
        ) from error
    except ValueError as error:  # a path of the draft that is not one
        raise CannotBeUsed(f"Mend the paths in the section Pricing first: {error}") from error


def _only_unbilled(pricing: Mapping[str, Any]) -> dict[str, Any]:
    return {name: pricing[name] for name in ("unbilled_if_present",) if name in pricing}


def _delivered(body: bytes, definition: Definition, name: str) -> tuple[str, str, bool]:
    """The envelope, what is charged in words, and whether there is a result."""
    try:
        checked = check(_Pasted(body), definition)
        free = first_present(checked.document, definition.pricing.unbilled_if_present)
        result = json.loads(clean(checked, definition.remove).body)
    except ContractError as error:
        entry = _entry(settings.ADD_ON_FAILURE_STATUS, message=error.message, code=error.code, result={})
        return _shown(name, entry), f"Not delivered and not billed: {error}", False
    verdict = (
        "Delivered and billed."
        if definition.pricing.model != "free"
        else "Delivered. Free: the add-on has no price."
    )
    if free is not None:
        verdict = f"Delivered, and not billed: {free.text} is present."
    return _shown(name, _entry("successful", message=None, code=None, result=result)), verdict, True


def _entry(status: str, *, message: str | None, code: int | None, result: Any) -> dict[str, Any]:
    """One entry of the envelope (contract 9.5)."""
    return {"request_sid": REQUEST_SID, "status": status, "message": message, "code": code, "result": result}


def _shown(name: str, entry: Mapping[str, Any]) -> str:
    envelope = {"status": "successful", "message": None, "code": None, "results": {name: entry}}
    return json.dumps(envelope, indent=2, ensure_ascii=False)
