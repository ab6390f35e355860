"""The page at ``/``: the last requests as the publisher saw them, without what must not be seen.

Values are masked before they are remembered, so neither the page nor the memory holds a whole number.
"""

import json
import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape

REMEMBERED = 50
MOST_PARAMETERS = 20
LONGEST_VALUE = 200
MASK = "••••"
PHONE_NUMBER = re.compile(r"(\d(?:[\s().-]{0,3}\d){2,})(?:[\s().-]{0,3}\d){4}")

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
article { border-top: 1px solid; padding: .5rem 0; }
h2 { font-size: 1rem; margin: .25rem 0; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: 0 1rem; margin: 0; }
dt, dd { margin: 0; overflow-wrap: anywhere; font: .875rem/1.5 ui-monospace, monospace; }
"""
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}: requests as the publisher saw them</title><style>{style}</style></head>
<body><main>
<h1>{name}</h1>
<p>The last {count} requests as the publisher saw them, newest first. Reload to see more.
Credentials are hidden, and so are the last digits of phone numbers.</p>
{requests}
</main></body></html>
"""
REQUEST = """<article>
<h2><time datetime="{at}">{clock}</time> {line}: {outcome}</h2>
<dl>{rows}</dl>
</article>"""


@dataclass(frozen=True)
class SeenRequest:
    """One request, already masked."""

    at: datetime
    line: str
    outcome: str
    values: Mapping[str, str]


class RecentRequests:
    """The last requests, newest first."""

    def __init__(self) -> None:
        self._requests: deque[SeenRequest] = deque(maxlen=REMEMBERED)

    def add(self, request: SeenRequest) -> None:
        self._requests.appendleft(request)

    def page(self, name: str) -> str:
        """The whole page, as HTML that needs nothing else."""
        requests = "\n".join(map(_article, self._requests)) or "<p>Nobody has asked yet.</p>"
        return PAGE.format(name=escape(name), style=STYLE, count=REMEMBERED, requests=requests)


def masked(values: Mapping[str, object], *, secrets: Iterable[str], hidden: Iterable[str]) -> dict[str, str]:
    """Values fit to be seen. `hidden` are names of values, `secrets` are texts to hide wherever they are."""
    shown = list(values.items())[:MOST_PARAMETERS]
    return {mask(name, secrets): MASK if name in hidden else mask(value, secrets) for name, value in shown}


def mask(value: object, secrets: Iterable[str]) -> str:
    """Hide secrets and the last four digits of everything that looks like a phone number."""
    if isinstance(value, dict | list):
        return f"({type(value).__name__})"
    text = value if isinstance(value, str) else json.dumps(value)
    return readable(PHONE_NUMBER.sub(rf"\1{MASK}", text), secrets)


def readable(text: str, secrets: Iterable[str]) -> str:
    """Hide secrets, and make of whatever a stranger sent a short text that can be printed."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _article(request: SeenRequest) -> str:
    return REQUEST.format(
        at=request.at.isoformat(),
        clock=request.at.strftime("%H:%M:%S UTC"),
        line=escape(request.line),
        outcome=escape(request.outcome),
        rows="".join(
            f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in request.values.items()
        ),
    )
