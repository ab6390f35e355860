"""What changes in a JSON Schema, in sentences: whether it takes less than before, or more.

Keywords are compared place by place. Where nobody can tell which of two rules is the stricter one (`pattern`,
`oneOf`, ...), the new one counts as stricter: a value that was good may not be any more.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

from publishers.documents import mapping_in, same, text_of, texts_in
from publishers.risks import Difference, Risk
from schema_forms.properties import label_of

MAX_DEPTH: Final = 12
MAX_LISTED: Final = 5
MAX_SCHEMA_DIFFERENCES: Final = 100
# What a rule says to people; it decides about nothing.
WORDS: Final = frozenset(
    {
        "$schema",
        "$id",
        "$comment",
        "title",
        "name",
        "description",
        "default",
        "examples",
        "readOnly",
        "writeOnly",
    }
)
# A higher number takes less, or a lower one.
_AT_LEAST: Final = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "minLength": "at least {} characters",
    "minItems": "at least {} entries",
    "minProperties": "at least {} members",
}
_AT_MOST: Final = {
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "maxLength": "at most {} characters",
    "maxItems": "at most {} entries",
    "maxProperties": "at most {} members",
}
_WALKED: Final = frozenset({"properties", "required", "items", "enum", "const", "type"})


@dataclass(frozen=True, kw_only=True)
class Schemas:
    """Which schemas are compared, and how their differences are told.

    `subject`: what the schema is about, for a difference of the whole; `entry`: what one property is.
    `is_form`: a property is asked of people, so that a new one offers something; elsewhere it limits.
    """

    section: str
    narrower: Risk
    wider: Risk
    subject: str
    entry: str
    is_form: bool = False


def schema_differences(old: Mapping[str, Any], new: Mapping[str, Any], schemas: Schemas) -> list[Difference]:
    """The differences of two schemas, at most MAX_SCHEMA_DIFFERENCES, in the order of the new one."""
    walk = _Walk(schemas=schemas)
    return list(islice(walk.differences(old, new), MAX_SCHEMA_DIFFERENCES))


@dataclass(frozen=True, kw_only=True)
class _Walk:
    """One place in the two schemas."""

    schemas: Schemas
    labels: tuple[str, ...] = field(default=())

    def differences(self, old: Any, new: Any) -> Iterator[Difference]:
        if same(old, new):
            return
        if not isinstance(old, Mapping) or not isinstance(new, Mapping) or len(self.labels) > MAX_DEPTH:
            yield self._other(f"{self.subject} follows other rules.", old, new)
            return
        yield from self._types(old, new)
        yield from self._values(old, new)
        yield from self._bounds(old, new)
        yield from self._rules(old, new)
        yield from self._members(old, new)
        if "items" in old or "items" in new:
            entries = replace(self, labels=(*self.labels, "each entry"))
            yield from entries.differences(old.get("items", {}), new.get("items", {}))
        if changed := sorted(
            key for key in {*old, *new} if _is_words(key) and not same(old.get(key), new.get(key))
        ):
            before, after = ({key: each[key] for key in changed if key in each} for each in (old, new))
            sentence = f"{self.subject} is described in other words."
            yield self._told(Risk.COSMETIC, sentence, before, after)

    @property
    def subject(self) -> str:
        if not self.labels:
            return self.schemas.subject
        path = "” of “".join(reversed(self.labels))
        return f"The {self.schemas.entry} “{path}”"

    def _types(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
        if same(old.get("type"), new.get("type")):
            return
        were, are = _types_of(old), _types_of(new)
        sentence = f"{self.subject} is {' or '.join(sorted(are)) or 'of any type'}."
        is_wider = not are or (were and were <= are)
        yield self._told(self._risk(is_wider=bool(is_wider)), sentence, old.get("type"), new.get("type"))

    def _values(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
        were, are = _choices_of(old), _choices_of(new)
        if same(were, are):
            return
        if are is None:
            yield self.wider(f"{self.subject} can have any value.", were, None)
        elif were is None:
            yield self.narrower(f"{self.subject} can have {_count(len(are), 'value')} only.", None, are)
        else:
            gone, come = _without(were, are), _without(are, were)
            if gone:
                yield self.narrower(f"{self.subject} can no longer be {_listed(gone)}.", were, are)
            if come:
                yield self.wider(f"{self.subject} can be {_listed(come)}.", were, are)

    def _bounds(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
        bounds: tuple[tuple[Mapping[str, str], Callable[[Any, Any], bool]], ...] = (
            (_AT_LEAST, lambda was, now: now < was),
            (_AT_MOST, lambda was, now: now > was),
        )
        for words, is_wider in bounds:
            for key, phrase in words.items():
                was, now = old.get(key), new.get(key)
                if same(was, now):
                    continue
                if now is None:
                    yield self.wider(f"{self.subject} need not be {phrase.format(was)}.", was, None)
                    continue
                eased = _is_number(was) and _is_number(now) and is_wider(was, now)
                sentence = f"{self.subject} must be {phrase.format(now)}."
                yield self._told(self._risk(is_wider=eased), sentence, was, now)

    def _rules(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
        """Every other keyword: taken away it is wider, new or changed it is stricter."""
        known = _WALKED | _AT_LEAST.keys() | _AT_MOST.keys()
        for key in sorted({*old, *new} - known):
            if _is_words(key) or same(old.get(key), new.get(key)):
                continue
            was, now = old.get(key), new.get(key)
            if key == "additionalProperties" and now in (None, True) and now is not False:
                yield self.wider(f"{self.subject} can hold more than is named.", was, now)
            elif key not in new:
                yield self.wider(f"{self.subject} no longer has to follow its rule “{key}”.", was, None)
            else:
                yield self.narrower(f"{self.subject} must follow another rule “{key}”.", was, now)

    def _members(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
        were, are = mapping_in(old.get("properties")), mapping_in(new.get("properties"))
        # In their order, and quick to look into: a draft may list thousands.
        needed, need = (dict.fromkeys(texts_in(each.get("required"))) for each in (old, new))
        given = "given" if self.schemas.is_form else "present"
        unnamed = [name for name in {**need, **needed} if name not in are and name not in were]
        for name in [*are, *(name for name in need if name in were and name not in are), *unnamed]:
            place = self._at(name, are.get(name, were.get(name)))
            before, after = were.get(name), are.get(name)
            if name in need and name not in needed:
                how = f"must be {given}" if name in were else f"is new and must be {given}"
                yield place.narrower(f"{place.subject} {how}.", before, after or {})
            elif name in needed and name not in need:
                yield place.wider(f"{place.subject} need no longer be {given}.", before, after)
            elif name not in were and name not in needed and self.schemas.is_form:
                yield place.wider(f"{place.subject} is new and can be given.", None, after)
            if name in were or not self.schemas.is_form:
                yield from place.differences(were.get(name, {}), are.get(name, {}))
        for name in were:
            if name in are or name in need:
                continue
            place = self._at(name, were[name])
            if self.schemas.is_form or name in needed:
                yield place.wider(f"{place.subject} is no longer asked for.", were[name], None)
            else:
                yield from place.differences(were[name], {})

    def _at(self, name: str, rules: Any) -> "_Walk":
        label = label_of(name, mapping_in(rules)) if self.schemas.is_form else name
        return replace(self, labels=(*self.labels, label))

    def _risk(self, *, is_wider: bool) -> Risk:
        return self.schemas.wider if is_wider else self.schemas.narrower

    def narrower(self, sentence: str, before: Any, after: Any) -> Difference:
        return self._told(self.schemas.narrower, sentence, before, after)

    def wider(self, sentence: str, before: Any, after: Any) -> Difference:
        return self._told(self.schemas.wider, sentence, before, after)

    def _other(self, sentence: str, before: Any, after: Any) -> Difference:
        return self.narrower(sentence, before, after)

    def _told(self, risk: Risk, sentence: str, before: Any, after: Any) -> Difference:
        return Difference(
            section=self.schemas.section, risk=risk, sentence=sentence, before=before, after=after
        )


def _is_words(key: str) -> bool:
    return key in WORDS or key.startswith("_")


def _types_of(schema: Mapping[str, Any]) -> set[str]:
    kind = schema.get("type")
    return {kind} if isinstance(kind, str) else set(texts_in(kind))


def _choices_of(schema: Mapping[str, Any]) -> list[Any] | None:
    if isinstance(schema.get("enum"), list):
        return list(schema["enum"])
    return [schema["const"]] if "const" in schema else None


def _without(values: list[Any], others: list[Any]) -> list[Any]:
    """The values that are not among the others."""
    known = {text_of(each) for each in others}
    return [each for each in values if text_of(each) not in known]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _listed(values: list[Any]) -> str:
    shown = ", ".join(f"“{str(each)[:40]}”" for each in values[:MAX_LISTED])
    return shown if len(values) <= MAX_LISTED else f"{shown} and {len(values) - MAX_LISTED} more"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
