"""What changes in the request to the publisher's service: above all, whose data goes to whom."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from publishers.contract.points import PLATFORM_FIELDS
from publishers.contract.templates import IllFormed, Placeholder, Template
from publishers.data_sent import FIELDS_IN_WORDS
from publishers.documents import entries_in, mapping_in, same, text_in
from publishers.risks import Difference, Risk
from schema_forms.properties import label_of

_PLACES: Final = {"query": "query parameter", "headers": "header", "body": "body field"}
# As `FIELDS_IN_WORDS`, where the words of a table would break a sentence.
_IN_A_SENTENCE: Final = {
    "primary_address": "the phone number that is looked up, or of the sender or caller,",
    "secondary_address": "the customer’s number that was written to or called",
}
MAX_SHOWN: Final = 120
Document = Mapping[str, Any]


def request_differences(old: Document, new: Document) -> Iterator[Difference]:
    """Compare the request, the credentials and the limits of two definitions. An `old` of {}: all is new."""
    yield from _data(old, new)
    if old:
        yield from _host(old, new)
        yield from _shape(old, new)
        yield from _parameters(old, new)
        yield from _limits(mapping_in(old.get("limits")), mapping_in(new.get("limits")))


def host_of(url: str) -> str:
    """Host and port of a URL, or "" when it has none that can be read."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


# --- Whose data goes to whom ---------------------------------------------------------------------


def _data(old: Document, new: Document) -> Iterator[Difference]:
    were, are, host = _fields_sent(old), _fields_sent(new), _host_in(new) or "the publisher"
    words = {**_words(old), **_words(new)}
    for name in sorted(are.keys() - were.keys()):
        what, how = words.get(name, f"“{name}”"), "" if are[name] else " as a SHA-256 hash"
        sentence = f"{_capital(what)} goes to {host}{how}."
        yield Difference(section="request", risk=Risk.DATA, sentence=sentence, after=f"{{{{{name}}}}}")
    for name in sorted(are.keys() & were.keys()):
        if are[name] != were[name]:
            what = _capital(words.get(name, f"“{name}”"))
            risk = Risk.DATA if are[name] else Risk.EASED
            how = "in the clear; only its hash did" if are[name] else "only as a SHA-256 hash"
            yield Difference(
                section="request",
                risk=risk,
                sentence=f"{what} goes to {host} {how}.",
                before=_written(name, is_clear=were[name]),
                after=_written(name, is_clear=are[name]),
            )
    for name in sorted(were.keys() - are.keys()):
        sentence = f"{_capital(words.get(name, f'“{name}”'))} is no longer sent."
        yield Difference(section="request", risk=Risk.EASED, sentence=sentence, before=f"{{{{{name}}}}}")


def _fields_sent(definition: Document) -> dict[str, bool]:
    """The fields that tell something of the customer, by name; whether one goes in the clear, or hashed."""
    request = mapping_in(definition.get("request"))
    texts = [text_in(request.get("url"))]
    texts += [text_in(entry.get("value")) for _, entry in _placed(request)]
    sent: dict[str, bool] = {}
    for part in (part for text in texts for part in _placeholders(text)):
        if part.name not in PLATFORM_FIELDS:
            sent[part.name] = sent.get(part.name, False) or not part.hashed
    if mapping_in(request.get("body")).get("kind") == "raw":
        sent["audio_data"] = True
    return sent


def _placeholders(text: str) -> list[Placeholder]:
    try:
        return [part for part in Template.parse(text).parts if isinstance(part, Placeholder)]
    except IllFormed:
        return []


def _words(definition: Document) -> dict[str, str]:
    """Every field in words: what the platform gives, what the caller may add, what the account sets."""
    properties = mapping_in(mapping_in(definition.get("configuration_schema")).get("properties"))
    settings = {
        name: f"the setting “{label_of(name, mapping_in(rule))}”" for name, rule in properties.items()
    }
    runtime = {
        name: f"“{name}” of a single lookup"
        for name in (text_in(each.get("name")) for each in entries_in(definition.get("runtime_parameters")))
    }
    return {**settings, **runtime, **FIELDS_IN_WORDS, **_IN_A_SENTENCE}


def _host(old: Document, new: Document) -> Iterator[Difference]:
    was, now = _host_in(old), _host_in(new)
    if was != now:
        sentence = f"Everything goes to {now or 'no host'} instead of {was or 'no host'}."
        yield Difference(section="request", risk=Risk.HOST, sentence=sentence, before=was, after=now)


def _host_in(definition: Document) -> str:
    return host_of(text_in(mapping_in(definition.get("request")).get("url")))


# --- How it is asked -------------------------------------------------------------------------------


def _shape(old: Document, new: Document) -> Iterator[Difference]:
    was, now = mapping_in(old.get("request")), mapping_in(new.get("request"))
    kinds = (mapping_in(was.get("body")).get("kind", "none"), mapping_in(now.get("body")).get("kind", "none"))
    schemes = (_scheme_in(was), _scheme_in(now))
    for what, one, other in (
        ("method", was.get("method"), now.get("method")),
        ("path", _path_in(was), _path_in(now)),
        ("body", *kinds),
    ):
        if not same(one, other):
            sentence = f"The {what} is {_short(other)} instead of {_short(one)}."
            yield Difference(section="request", risk=Risk.REQUEST, sentence=sentence, before=one, after=other)
    if schemes == ("https", "http"):
        sentence = "The request is no longer encrypted: http instead of https."
        yield Difference(section="request", risk=Risk.HOST, sentence=sentence, before="https", after="http")
    if not same(old.get("auth") or {"kind": "none"}, new.get("auth") or {"kind": "none"}):
        kind = text_in(mapping_in(new.get("auth")).get("kind")) or "none"
        yield Difference(
            section="credentials",
            risk=Risk.REQUEST,
            sentence=f"The service knows the platform in another way: {kind}.",
            before=old.get("auth"),
            after=new.get("auth"),
        )


def _parameters(old: Document, new: Document) -> Iterator[Difference]:
    were, are = (_named(mapping_in(each.get("request"))) for each in (old, new))
    for key in [*are, *(key for key in were if key not in are)]:
        before, after = were.get(key), are.get(key)
        if same(before, after):
            continue
        what = f"The {_PLACES[key[0]]} “{key[1]}”"
        verb = "is new" if before is None else "is gone" if after is None else "changes"
        yield Difference(
            section="request", risk=Risk.REQUEST, sentence=f"{what} {verb}.", before=before, after=after
        )


def _named(request: Document) -> dict[tuple[str, str, int], dict[str, Any]]:
    """The parameters by place, name, and how many of that name stand before it there."""
    seen: Counter[tuple[str, str]] = Counter()
    named = {}
    for place, entry in _placed(request):
        key = (place, text_in(entry.get("name")))
        named[(*key, seen[key])] = dict(entry)
        seen[key] += 1
    return named


def _placed(request: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    fields = mapping_in(request.get("body")).get("fields")
    for place, entries in (
        ("query", request.get("query")),
        ("headers", request.get("headers")),
        ("body", fields),
    ):
        yield from ((place, entry) for entry in entries_in(entries))


def _limits(old: Document, new: Document) -> Iterator[Difference]:
    for name, words in (
        ("timeout_ms", "time to answer, in ms"),
        ("response_bytes", "size of an answer, in bytes"),
    ):
        if not same(old.get(name), new.get(name)):
            limit = new.get(name)
            yield Difference(
                section="response",
                risk=Risk.REQUEST,
                sentence=f"The limit of the {words}, is {_short(limit) if limit else 'the platform’s own'}.",
                before=old.get(name),
                after=limit,
            )


def _scheme_in(request: Document) -> str:
    return text_in(request.get("url")).partition("://")[0].lower()


def _path_in(request: Document) -> str:
    url = text_in(request.get("url"))
    return "/" + url.partition("://")[2].partition("/")[2]


def _written(name: str, *, is_clear: bool) -> str:
    return f"{{{{{name}}}}}" if is_clear else f"{{{{SHA256:{name}}}}}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
