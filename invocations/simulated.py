"""What came of a simulated event: kept in the session where no row holds it, and shown beside the rows."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from django.http import HttpRequest
from django.utils import timezone

from invocations.forwarding import WebhookAnswer
from invocations.simulator_forms import NOWHERE
from results.models import Event, Invocation
from results.tree import MAX_DEPTH, MAX_NODES, Node, depth, size, tree_of
from results.views import detail

# What a session may hold of one event; a larger one shows its results alone.
MAX_KEPT_BYTES: Final = 16_384
MAX_SHOWN_BYTES: Final = 4_096
SHOWN_ADD_ONS: Final = 200


def remember(request: HttpRequest, key: str, kept: dict[str, Any]) -> None:
    """Keep what was asked, sent and said for the page that the answer redirects to."""
    kept = {**kept, "at": timezone.now().isoformat()}
    if len(orjson.dumps(kept)) > MAX_KEPT_BYTES:
        del kept["sent"]
    request.session[key] = kept


def recalled(request: HttpRequest, key: str, **of: str) -> dict[str, Any]:
    """What was kept, if it is of this event; empty otherwise."""
    kept: dict[str, Any] = request.session.get(key, {})
    return kept if all(kept.get(name) == value for name, value in of.items()) else {}


def outcome(
    kept: dict[str, Any], rows: Sequence[Invocation], failures: Sequence[Event], *, sent: Node | None
) -> dict[str, Any]:
    """What a page needs to tell what came of an event. Empty when there is nothing of it."""
    if not (kept or rows or failures):
        return {}
    return {
        "kept": kept,
        "at": datetime.fromisoformat(kept["at"]) if kept else None,
        "has_target": bool(kept) and kept["form"]["forward"] != NOWHERE,
        "results": [{"result": row, **detail(row)} for row in rows],
        "failures": failures,
        "sent": sent,
    }


def as_shown(answer: WebhookAnswer) -> dict[str, Any]:
    """What a page tells of an answer from outside."""
    return {
        "status": answer.status,
        "content_type": answer.content_type or "",
        "text": _text(answer),
        "bytes": len(answer.body),
        "is_cut": len(answer.body) > MAX_SHOWN_BYTES,
    }


def _text(answer: WebhookAnswer) -> str:
    """The beginning of the answer as text. What is no text, or would steer a terminal, is a sign for that."""
    text = answer.body[:MAX_SHOWN_BYTES].decode(errors="replace")
    return "".join(
        character if character in "\t\r\n" or unicodedata.category(character) != "Cc" else "\ufffd"
        for character in text
    )


def drawn(parameters: dict[str, Any]) -> Node | None:
    """The parameters as a tree; None when they are too large to draw."""
    tree = tree_of(parameters)
    return tree if size(tree) <= MAX_NODES and depth(tree) <= MAX_DEPTH else None
