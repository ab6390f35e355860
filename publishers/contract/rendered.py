"""A rendered request: the parts of what will be sent, to be revealed on the wire and redacted elsewhere."""

import json
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from publishers.contract.bodies import NO_BODY, Body, Pair, public, urlencoded
from publishers.contract.secret import MASK, Secret, masked


@dataclass(slots=True, kw_only=True)
class RenderedRequest:
    """A request in its parts, so that a redirect can leave the secret ones behind. Never changed: replaced.

    `target` is the URL without `query`; after a redirect it is the Location. `platform` are the header lines
    that are ours: they are sent first, and hold neither secrets nor anything a caller gave. `url` is the one
    to send, secrets included, and `redacted_url` the one to show. `own_headers` are those behind the
    platform's, with the one that comes with the body.
    """

    method: str
    target: str
    query: tuple[Pair, ...] = ()
    platform: tuple[str, ...] = ()
    headers: tuple[Pair, ...] = ()
    body: Body = NO_BODY
    url: str = field(init=False, repr=False, compare=False)
    redacted_url: str = field(init=False, repr=False, compare=False)
    own_headers: tuple[Pair, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.url = with_query(self.target, urlencoded(self.query))
        is_open = "?" not in self.target and public(self.query) == self.query
        self.redacted_url = self.url if is_open else _redacted(self.target, self.query)
        content_type = self.body.content_type
        self.own_headers = (*self.headers, ("Content-Type", content_type)) if content_type else self.headers

    def without_secrets(self) -> "RenderedRequest":
        """For a server that is not the publisher's own."""
        return replace(
            self,
            query=public(self.query),
            headers=public(self.headers),
            body=self.body.without_secrets(),
        )

    @property
    def shown(self) -> tuple[str, ...]:
        """What the trace shows, line by line. The body stands as its parts, not as its bytes."""
        lines = [f"{self.method} {self.redacted_url}", *self.platform]
        lines += [f"{name}: {masked(value)}" for name, value in self.own_headers]
        if self.body is not NO_BODY:
            lines.append(json.dumps(self.body.redacted(), ensure_ascii=False))
        return tuple(lines)


def with_query(target: str, query: str) -> str:
    """The target with an encoded query after any it has already."""
    if not query:
        return target
    return f"{target}{'&' if '?' in target else '?'}{query}"


def _redacted(target: str, query: tuple[Pair, ...]) -> str:
    """The query of a Location is hidden whole: it may repeat a secret."""
    place, mark, _ = target.partition("?")
    return with_query(f"{place}?{MASK}" if mark else place, "&".join([_shown(*pair) for pair in query]))


def _shown(name: str, value: str | Secret) -> str:
    return f"{quote(name, safe='')}={MASK}" if isinstance(value, Secret) else urlencoded([(name, value)])
