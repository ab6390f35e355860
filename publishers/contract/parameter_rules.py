"""What a definition may put into its URL, query, headers and body (contract 8.3, 8.4; safety 3.1)."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from publishers.contract.addresses import check_url
from publishers.contract.bodies import BODY_HASH_PARAMETER
from publishers.contract.draft import Draft, PlacedParameter, did_you_mean, known_fields, secret_fields
from publishers.contract.errors import AddressNotAllowed
from publishers.contract.templates import IllFormed, Template
from publishers.contract.urls import BadUrl, UrlTemplate
from schema_forms.schemas import Fault

AUDIO: Final = "audio_data"

# The name of a part stands in quotation marks, and is signed: who reads another one refuses the signature.
_QUOTED: Final = frozenset('"\\')
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_TEXT: Final = re.compile(r"[\t -~]*")
_PLATFORM_HEADERS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "forwarded",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "via",
    }
)
_PLATFORM_HEADER_PREFIXES: Final = ("x-twilio-", "proxy-", "x-forwarded-")


def url_rule(draft: Draft) -> Iterator[Fault]:
    """https, a constant host, templates only as whole path segments."""
    try:
        check_url(UrlTemplate.parse(draft.request["url"]).sample(), draft.policy)
    except (BadUrl, AddressNotAllowed) as error:
        yield Fault("/request/url", str(error), "url")


def url_templates_rule(draft: Draft) -> Iterator[Fault]:
    """The URL's templates name known fields, and no audio."""
    try:
        names = UrlTemplate.parse(draft.request["url"]).names
    except BadUrl:
        return  # told by url_rule
    yield from _unknown_names(draft, "/request/url", names)
    for name in sorted(names & secret_fields(draft.document)):
        yield Fault(
            "/request/url", f"{name} is a secret setting: send it in a header or the body.", "template"
        )
    if AUDIO in names:
        yield _misplaced_audio("/request/url")


def templates_rule(draft: Draft) -> Iterator[Fault]:
    """Every template is well-formed and names known fields."""
    for parameter in draft.parameters():
        pointer = f"{parameter.pointer}/value"
        try:
            template = Template.parse(parameter.value) if isinstance(parameter.value, str) else Template(())
        except IllFormed as error:
            yield Fault(pointer, str(error), "template")
            continue
        yield from _unknown_names(draft, pointer, template.names)
        if AUDIO in template.names and not _carries_audio(draft, parameter, template):
            yield _misplaced_audio(pointer)


def _unknown_names(draft: Draft, pointer: str, names: frozenset[str]) -> Iterator[Fault]:
    known = known_fields(draft.document)
    for name in sorted(names - known):
        yield Fault(
            pointer, f"{{{{{name}}}}} is not a field of this add-on.{did_you_mean(name, known)}", "template"
        )


def _carries_audio(draft: Draft, parameter: PlacedParameter, template: Template) -> bool:
    is_part = parameter.place == "body" and draft.body_kind == "multipart"
    return is_part and template.sole is not None and not template.sole.hashed


def _misplaced_audio(pointer: str) -> Fault:
    return Fault(
        pointer, "{{audio_data}} can only be the whole value of a multipart field, or a raw body.", "template"
    )


def names_rule(draft: Draft) -> Iterator[Fault]:
    """No name twice in one list, and none that the platform uses itself."""
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for parameter in draft.parameters():
        pointer = f"{parameter.pointer}/name"
        name = parameter.name.lower() if parameter.place == "headers" else parameter.name
        if name in seen[parameter.place]:
            yield Fault(pointer, f"{parameter.name} stands here twice.", "name")
        seen[parameter.place].add(name)
        if not parameter.name.isprintable():
            yield Fault(pointer, "Remove line breaks and control characters.", "name")
        if parameter.place == "body" and draft.body_kind == "multipart" and _QUOTED & set(parameter.name):
            yield Fault(
                pointer, "Leave out quotation marks and backslashes: readers disagree on them.", "name"
            )
        if parameter.place == "query" and name == BODY_HASH_PARAMETER:
            yield Fault(pointer, "The platform adds this parameter itself.", "name")


def values_rule(draft: Draft) -> Iterator[Fault]:
    """Constants that can be sent where they stand."""
    for parameter in draft.parameters():
        pointer, value = f"{parameter.pointer}/value", parameter.value
        in_json = parameter.place == "body" and draft.body_kind == "json"
        if "value" in parameter.entry and value is None and not in_json:
            yield Fault(pointer, "Null exists only in a JSON body; leave the parameter out.", "value")
        if isinstance(value, str) and "\0" in value:
            yield Fault(pointer, "Remove the NUL character.", "value")


def headers_rule(draft: Draft) -> Iterator[Fault]:
    """Headers that are the publisher's to set, with text that fits on one line."""
    for parameter in draft.parameters():
        if parameter.place != "headers":
            continue
        name = parameter.name.lower()
        if not _HEADER_NAME.fullmatch(name):
            yield Fault(f"{parameter.pointer}/name", "Use letters, digits and '-' in its name.", "header")
        if name in _PLATFORM_HEADERS or name.startswith(_PLATFORM_HEADER_PREFIXES):
            yield Fault(f"{parameter.pointer}/name", "The platform sets this header itself.", "header")
        if isinstance(parameter.value, str) and not _HEADER_TEXT.fullmatch(parameter.value):
            yield Fault(
                f"{parameter.pointer}/value", "A header holds one line of printable ASCII text.", "header"
            )


def authorization_rule(draft: Draft) -> Iterator[Fault]:
    """One Authorization header: the one made by `auth`, or the publisher's own."""
    if draft.document.get("auth", {}).get("kind", "none") == "none":
        return
    for parameter in draft.parameters():
        if parameter.place == "headers" and parameter.name.lower() == "authorization":
            yield Fault(f"{parameter.pointer}/name", "Auth sets this header already.", "header")
