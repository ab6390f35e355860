"""A rendered request: the parts of what will be sent, to be revealed on the wire and redacted elsewhere."""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import quote

from publishers.contract.bodies import NO_BODY, Body, Pair, public, urlencoded
from publishers.contract.secret import MASK, Secret, masked


@dataclass(frozen=True, kw_only=True)
class RenderedRequest:
    """A request in its parts, so that a redirect can leave the secret ones behind.

    `target` is the URL without `query`; after a redirect it is the Location. `platform` are the headers that
    are ours: they are sent first, and hold neither secrets nor anything a caller gave.
    """

    method: str
    target: str
    query: tuple[Pair, ...] = ()
    platform: tuple[tuple[str, str], ...] = ()
    headers: tuple[Pair, ...] = ()
    body: Body = NO_BODY

    @cached_property
    def url(self) -> str:
        """The URL to send, secrets included."""
        return with_query(self.target, urlencoded(self.query))

    @cached_property
    def redacted_url(self) -> str:
        """The URL to show. The query of a Location is hidden whole: it may repeat a secret."""
        if "?" not in self.target and not any(isinstance(value, Secret) for _, value in self.query):
            return self.url
        target, mark, _ = self.target.partition("?")
        return with_query(
            f"{target}?{MASK}" if mark else target, "&".join(_shown(*pair) for pair in self.query)
        )

    @cached_property
    def own_headers(self) -> tuple[Pair, ...]:
        """The headers behind the platform's, and the one that comes with the body."""
        content_type = self.body.content_type
        return (*self.headers, ("Content-Type", content_type)) if content_type else self.headers

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
        lines = [f"{self.method} {self.redacted_url}"]
        lines += [f"{name}: {value}" for name, value in self.platform]
        lines += [f"{name}: {masked(value)}" for name, value in self.own_headers]
        if self.body is not NO_BODY:
            lines.append(json.dumps(self.body.redacted(), ensure_ascii=False))
        return tuple(lines)


def with_query(target: str, query: str) -> str:
    """The target with an encoded query after any it has already."""
    if not query:
        return target
    return f"{target}{'&' if '?' in target else '?'}{query}"


def _shown(name: str, value: str | Secret) -> str:
    return f"{quote(name, safe='')}={MASK}" if isinstance(value, Secret) else urlencoded([(name, value)])
