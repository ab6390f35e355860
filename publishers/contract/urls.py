"""The URL of a definition: a constant origin, and path segments that are constants or one template each."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self
from urllib.parse import unquote

from publishers.contract.templates import IllFormed, Placeholder, Template

DOT_SEGMENTS: Final = frozenset({".", ".."})

_PARTS: Final = re.compile(r"([a-z]+://[^/?#]*)((?:/[^?#]*)?)(\??[^#]*)(#?.*)")


class BadUrl(ValueError):
    """Not the URL of a definition; the message says what to mend."""


@dataclass(frozen=True)
class UrlTemplate:
    """`origin` is scheme, host and port. A segment is percent-encoded text or a placeholder."""

    origin: str
    segments: tuple[str | Placeholder, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises BadUrl. Whether we may connect to the origin is `addresses.check_url`'s to say."""
        parts = _PARTS.fullmatch(text)
        if parts is None:
            raise BadUrl("Write the URL as https://host/path.")
        origin, path, query, fragment = parts.groups()
        if "{{" in origin:
            raise BadUrl("A template cannot stand for the scheme, host or port.")
        if query:
            raise BadUrl("Move everything from '?' on to the query parameters.")
        if fragment:
            raise BadUrl("Remove the fragment: everything from '#' on.")
        return cls(origin, tuple(_segment(segment) for segment in path.split("/")[1:]))

    @cached_property
    def constant(self) -> str | None:
        """The whole URL, when there is no placeholder in it."""
        return None if self.names else self.filled(str)

    def filled(self, text_of: Callable[[Placeholder], str]) -> str:
        """The URL with this text for each placeholder; one without a path gets one."""
        segments = [part if isinstance(part, str) else text_of(part) for part in self.segments]
        return "/".join((self.origin, *(segments or ("",))))

    @cached_property
    def names(self) -> frozenset[str]:
        """The fields it needs."""
        return frozenset(segment.name for segment in self.segments if isinstance(segment, Placeholder))

    def sample(self) -> str:
        """The URL with a stand-in for every template."""
        return self.filled(lambda _: "x")


def _segment(text: str) -> str | Placeholder:
    try:
        template = Template.parse(text)
    except IllFormed as error:
        raise BadUrl(str(error)) from error
    if template.sole:
        return template.sole
    if template.names:
        raise BadUrl("A template stands for a whole path segment, as in /v1/{{name}}/score.")
    if unquote(text) in DOT_SEGMENTS:
        raise BadUrl("Remove the '.' and '..' segments.")
    return text
