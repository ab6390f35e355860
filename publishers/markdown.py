"""A publisher's Markdown as HTML that is safe on our pages. What a publisher writes is never trusted."""

from functools import lru_cache
from typing import Final

import nh3
from django.utils.html import linebreaks
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Hostile Markdown costs more than its length. A longer text, such as terms that somebody must be able to
# read to their end, is shown as plain paragraphs.
MAX_CHARS: Final = 10_240
# The page has the h1 and its sections h2, so the headings of a text begin below them.
FIRST_LEVEL: Final = 3
LAST_LEVEL: Final = 6

_PARSER: Final = MarkdownIt("commonmark", {"html": False}).enable("table")
_HEADINGS: Final = {f"h{level}" for level in range(FIRST_LEVEL, LAST_LEVEL + 1)}
_TAGS: Final = _HEADINGS | {
    *("p", "br", "hr", "blockquote", "ul", "ol", "li", "em", "strong", "code", "pre", "a"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES: Final = {"http", "https", "mailto"}


@lru_cache(maxsize=256)
def to_html(text: str, first_level: int = FIRST_LEVEL) -> str:
    """Safe HTML: no scripts, images or styles, links that give nothing away, headings from h3 on."""
    if len(text) > MAX_CHARS:
        return linebreaks(text, autoescape=True)
    tokens = _PARSER.parse(text)
    _lower_headings(tokens, first_level)
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="nofollow noopener noreferrer",
    )


def _lower_headings(tokens: list[Token], first_level: int) -> None:
    """The levels a text uses become h3, h4, … in their order, so that none is skipped."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    levels = sorted({token.tag for token in headings})
    for token in headings:
        token.tag = f"h{min(first_level + levels.index(token.tag), LAST_LEVEL)}"
