"""What changes from one version to another, in sentences: for the review, and for those who upgrade.

found = differences(content_of(published), content_of(submitted))
found[0].sentence  # "The text of the message goes to api.acme.example."
for_customers(found)  # what somebody who has the add-on should know before upgrading

Both sides may be drafts: nothing is assumed of their shape, and a part that cannot be read is compared whole.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from publishers.blocks import BLOCKS
from publishers.contract.points import POINTS
from publishers.documents import entries_in, mapping_in, same, text_in, texts_in
from publishers.models import ListingVersion
from publishers.price_differences import price_differences
from publishers.request_differences import host_of, request_differences
from publishers.risks import INTERNAL, ORDER, Difference, Risk
from publishers.schema_differences import Schemas, schema_differences
from publishers.sections import section_of_block
from schema_forms.properties import label_of

__all__ = ["Content", "Difference", "Risk", "content_of", "differences", "for_customers"]

MAX_DIFFERENCES: Final = 300
_CONFIGURATION: Final = Schemas(
    section="configuration",
    narrower=Risk.CONFIGURATION,
    wider=Risk.EASED,
    subject="The configuration",
    entry="setting",
    is_form=True,
)
_VALIDATION: Final = Schemas(
    section="validation",
    narrower=Risk.VALIDATION,
    wider=Risk.EASED,
    subject="An event",
    entry="field",
)
# Of an answer, either way: a stricter schema loses answers, a looser one lets others through.
_RESPONSE: Final = Schemas(
    section="response",
    narrower=Risk.RESPONSE,
    wider=Risk.RESPONSE,
    subject="An answer",
    entry="element",
)
_TITLES: Final = {
    ("policies", "legal"): "The text of the terms of service",
    ("policies", "privacy"): "The text of the privacy policy",
    ("module_info", "name"): "The name",
    ("module_info", "short_description"): "The short description",
    ("module_info", "logo_url"): "The logo",
}


@dataclass(frozen=True)
class Content:
    """What a version says. `blocks`: those of its listing by name, which all its versions share.

    Without blocks on one of two sides, texts and terms are not compared.
    """

    definition: Mapping[str, Any]
    blocks: Mapping[str, Any] = field(default_factory=dict)


def content_of(version: ListingVersion) -> Content:
    """A version's definition with its listing's blocks as they are now."""
    return Content(version.definition, {name: getattr(version.listing, name) for name in BLOCKS})


def differences(before: Content | None, after: Content) -> list[Difference]:
    """What `after` changes, gravest first, at most MAX_DIFFERENCES; without a `before`, what it brings.

    Never raises, whatever the documents hold.
    """
    old, new = mapping_in(before.definition if before else {}), mapping_in(after.definition)
    is_first = before is None or not old
    found = [
        *request_differences(old, new),
        *price_differences(mapping_in(old.get("pricing")), mapping_in(new.get("pricing")), is_first=is_first),
        *(_first_configuration(new) if is_first else _changes(old, new)),
        *(_blocks(before.blocks, after.blocks) if before and before.blocks and after.blocks else ()),
        *_notices(before.blocks if before else {}, after.blocks),
    ]
    return sorted(found, key=lambda each: ORDER[each.risk])[:MAX_DIFFERENCES]


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """What only a version can change that has one before it."""
    yield from _configuration(old, new)
    yield from _schemas(old, new)
    yield from _cleaning(texts_in(old.get("remove")), texts_in(new.get("remove")))
    yield from _points(old, new)


def for_customers(found: Iterable[Difference]) -> list[Difference]:
    """The differences that matter to somebody who has the add-on: configuration, data sent, price, answer."""
    return [each for each in found if each.risk not in INTERNAL]


def _configuration(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    yield from schema_differences(_settings(old), _settings(new), _CONFIGURATION)
    known = {text_in(each.get("name")): each for each in entries_in(old.get("runtime_parameters"))}
    for entry in entries_in(new.get("runtime_parameters")):
        name = text_in(entry.get("name"))
        was = known.get(name, {})
        if entry.get("required") is True and was.get("required") is not True:
            yield Difference(
                section="request",
                risk=Risk.CONFIGURATION,
                sentence=f"Each lookup must give “{name}”.",
                before=dict(was) or None,
                after=dict(entry),
            )


def _first_configuration(new: Mapping[str, Any]) -> Iterator[Difference]:
    schema = _settings(new)
    properties = mapping_in(schema.get("properties"))
    for name in texts_in(schema.get("required")):
        rules = mapping_in(properties.get(name))
        sentence = f"The setting “{label_of(name, rules)}” must be given."
        yield Difference(section="configuration", risk=Risk.CONFIGURATION, sentence=sentence, after=rules)


def _settings(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "object", **mapping_in(definition.get("configuration_schema"))}


def _schemas(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for part, schemas in (("request_schema", _VALIDATION), ("response_schema", _RESPONSE)):
        was, now = mapping_in(old.get(part)), mapping_in(new.get(part))
        if was and now:
            yield from schema_differences(was, now, schemas)
        elif now:
            sentence = f"{schemas.subject} must match a schema; there was none."
            yield Difference(section=schemas.section, risk=schemas.narrower, sentence=sentence, after=now)
        elif was:
            sentence = f"{schemas.subject} need no longer match a schema."
            yield Difference(section=schemas.section, risk=schemas.wider, sentence=sentence, before=was)


def _cleaning(old: list[str], new: list[str]) -> Iterator[Difference]:
    for path in sorted(set(old) - set(new)):
        yield Difference(
            section="response",
            risk=Risk.RESPONSE,
            sentence=f"{path} is no longer removed from the answer.",
            before=path,
        )
    for path in sorted(set(new) - set(old)):
        yield Difference(
            section="response",
            risk=Risk.RESPONSE,
            sentence=f"{path} is removed from the answer before it is delivered.",
            after=path,
        )


def _points(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    if not same(old.get("type"), new.get("type")):
        yield Difference(
            section="basics",
            risk=Risk.POINTS,
            sentence=f"It becomes an add-on of another type: {_word(new.get('type'))}.",
            before=old.get("type"),
            after=new.get("type"),
        )
    were, are = (dict.fromkeys(texts_in(each.get("extensions"))) for each in (old, new))
    for name in are:
        if name not in were:
            sentence = f"It can be switched on for {_point(name)}; it stays off until somebody does."
            yield Difference(section="basics", risk=Risk.POINTS, sentence=sentence, after=name)
    for name in were:
        if name not in are:
            sentence = f"It no longer runs for {_point(name)}, also where that is switched on."
            yield Difference(section="basics", risk=Risk.POINTS, sentence=sentence, before=name)


def _point(name: str) -> str:
    point = POINTS.get(name)
    return f"{point.friendly_name} ({name})" if point else name


def _word(value: Any) -> str:
    return text_in(value) or "none"


# --- The listing's blocks ----------------------------------------------------------------------


def _blocks(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for name in BLOCKS:
        was, now = mapping_in(old.get(name)), mapping_in(new.get(name))
        risk = Risk.TERMS if name == "policies" else Risk.COSMETIC
        for key in sorted(was.keys() | now.keys()):
            if not same(was.get(key), now.get(key)):
                yield Difference(
                    section=section_of_block(name),
                    risk=risk,
                    sentence=f"{_TITLES.get((name, key)) or f'The text “{name}: {key}”'} changes.",
                    before=was.get(key),
                    after=now.get(key),
                )


def _notices(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Where the publisher is told of installs: the notice names the account."""
    was, now = _notice_host(old), _notice_host(new)
    if now and now != was:
        sentence = f"The SID of an account that installs it goes to {now}."
        yield Difference(
            section=section_of_block("configuration"),
            risk=Risk.DATA,
            sentence=sentence,
            before=was,
            after=now,
        )


def _notice_host(blocks: Mapping[str, Any]) -> str | None:
    notices = mapping_in(mapping_in(blocks.get("configuration")).get("notification_configuration"))
    return host_of(text_in(notices.get("callback_url"))) if notices.get("notification_events") else None
