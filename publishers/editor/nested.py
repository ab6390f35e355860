"""A nested part in the page: the builder of django-jsonform, and its JSON, which counts without scripts."""

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import partial
from typing import Any, Final

from django.utils.safestring import SafeString
from django_jsonform.widgets import JSONFormWidget

from publishers.contract.limits import MAX_DEFINITION_BYTES
from publishers.editor.layout import Nested
from publishers.editor.schema_table import rows_of, same, schema_of, twice
from publishers.forms import without_blanks
from schema_forms.schemas import parts_of

BUILDER, JSON = "builder", "json"
# A builder of more boxes than this makes a browser crawl.
MAX_DRAWN_PARTS: Final = 2_000
MAX_DEPTH: Final = 100
NOT_JSON: Final = "This is no JSON: {error} (line {line}, column {column})."
REPEATED: Final = "The key “{name}” stands twice in one object: keep one of them."


class NotSaved(ValueError):
    """What stands in the boxes cannot become a value; the text says why."""


class NestedBox:
    """One nested part: what is stored, what the browser sent, and how both tabs show it."""

    def __init__(self, item: Nested, stored: Any, *, data: Mapping[str, str] | None, editable: bool) -> None:
        self.item, self.stored, self.editable = item, stored, editable
        self._data = data

    @property
    def name(self) -> str:
        """The name of its inputs."""
        return self.item.name

    @property
    def table(self) -> Any:
        """What the builder shows; None when it cannot show all of what is stored."""
        if self.item.editor is None or parts_of(self.stored, most=MAX_DRAWN_PARTS) > MAX_DRAWN_PARTS:
            return None
        if self.item.is_table:
            return rows_of(self.stored)
        if self.stored is None:
            return [] if self.item.editor["type"] == "array" else {}
        return self.stored if _is_drawn(self.stored, self.item.editor) else None

    @property
    def is_drawn(self) -> bool:
        """Whether the builder can be used."""
        return self.table is not None

    @property
    def note(self) -> str:
        """Why there is no builder."""
        if self.is_drawn or self.item.editor is None:
            return ""
        return "The builder cannot draw everything that stands here, so it is edited as JSON."

    @property
    def chosen_tab(self) -> str:
        """The tab that was used last."""
        return JSON if self._posted("tab") == JSON or not self.is_drawn else BUILDER

    @property
    def text(self) -> str:
        """The JSON as it is shown: what was typed in, else what is stored."""
        typed = self._posted("json")
        if typed is not None and self._counts_json:
            return typed
        return self.stored_text

    @property
    def stored_text(self) -> str:
        """What is stored, as JSON."""
        return "" if self.stored is None else json.dumps(self.stored, indent=2, ensure_ascii=False)

    def as_json(self) -> dict[str, Any]:
        """Both tabs, for a page that is there already."""
        return {"text": self.stored_text, "table": self.table, "note": self.note}

    @property
    def widget(self) -> SafeString:
        """The builder."""
        widget = JSONFormWidget(schema=partial(deepcopy, self.item.editor))
        attrs = {"id": f"id_{self.name}_builder", "disabled": not self.editable}
        drawn: SafeString = widget.render(f"{self.name}-builder", json.dumps(self.table), attrs)
        return drawn

    def changed(self) -> bool:
        """Whether the browser sent another value than the stored one. Raises NotSaved."""
        return not same(self.value(), self.stored)

    def value(self) -> Any:
        """The value that was sent; None when the part is left out. Raises NotSaved."""
        if self._data is None or self._posted("json") is None:
            return self.stored
        return self._typed_json() if self._counts_json else self._built()

    @property
    def _counts_json(self) -> bool:
        """Without scripts the builder sends nothing, whatever tab the form names."""
        return self._posted("tab") == JSON or not self._posted("builder") or not self.is_drawn

    def _posted(self, which: str) -> str | None:
        return None if self._data is None else self._data.get(f"{self.name}-{which}")

    def _typed_json(self) -> Any:
        text = (self._posted("json") or "").strip()
        return _parsed(text) if text else None

    def _built(self) -> Any:
        built = _parsed(self._posted("builder") or "null")
        if self.item.is_table:
            given = without_blanks(built) if isinstance(built, list) else []
            rows = [row for row in given if isinstance(row, dict) and _is_begun(row)]
            if names := twice(rows):
                raise NotSaved(f"Two fields have the key “{names[0][:64]}”: give each its own.")
            schema = schema_of(rows, self.stored)
            return self.stored if same(schema, self.stored) else schema
        value = _tidy(built)
        if same(value, _tidy(self.stored)):
            return self.stored
        untouched = self.stored is None and same(value, _tidy(_default(self.item.editor or {})))
        return None if untouched else value


def _parsed(text: str) -> Any:
    if len(text) > MAX_DEFINITION_BYTES:
        raise NotSaved(f"Use at most {MAX_DEFINITION_BYTES} bytes.")
    try:
        value = json.loads(text, object_pairs_hook=_without_repeats)
        _check_depth(value)
        # Half of a character and an infinite number can be read, but not be written.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except NotSaved:
        raise
    except json.JSONDecodeError as error:
        raise NotSaved(NOT_JSON.format(error=error.msg, line=error.lineno, column=error.colno)) from error
    except (ValueError, RecursionError) as error:
        raise NotSaved(
            "This is no JSON that we can keep: a number or the nesting is too large, or a character is half."
        ) from error
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once: of a repeated one, nobody knows which was meant."""
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise NotSaved(REPEATED.format(name=name[:64].encode(errors="replace").decode()))
        members[name] = value
    return members


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return
    raise ValueError("too deep")


def _is_begun(row: Mapping[str, Any]) -> bool:
    """Whether anything was typed into a row of the table; a new one has a type already."""
    return bool(row.keys() - {"type", "required", "secret"})


def _tidy(value: Any) -> Any:
    """Without empty boxes, and without `required: false`, which is what its absence says."""
    return without_blanks(_without_false(without_blanks(value))) or None


def _without_false(value: Any) -> Any:
    match value:
        case dict():
            kept = {name: _without_false(each) for name, each in value.items()}
            return {name: each for name, each in kept.items() if (name, each) != ("required", False)}
        case list():
            return [_without_false(each) for each in value]
    return value


def _default(editor: Mapping[str, Any]) -> Any:
    """What the builder sends of a part that nobody touched."""
    match editor.get("type"):
        case "object":
            return {name: _default(each) for name, each in editor["properties"].items()}
        case "array":
            return []
    return editor.get("default")


def _is_drawn(value: Any, editor: Mapping[str, Any]) -> bool:
    """Whether the builder shows all of a value, and would send the same again."""
    choices = editor.get("choices") or editor.get("enum")
    match editor.get("type"):
        case "object":
            known = editor["properties"]
            return isinstance(value, dict) and all(
                name in known and _is_drawn(each, known[name]) for name, each in value.items()
            )
        case "array":
            return isinstance(value, list) and all(_is_drawn(each, editor["items"]) for each in value)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return type(value) is int
        case "number":
            return type(value) in (int, float)
    return isinstance(value, str) and (not choices or value in choices)
