"""The `AddOns` envelope that carries answers to the developer (contract 9.5, 9.6)."""

from collections.abc import Iterable
from typing import Any

import orjson
from django.conf import settings

from results.outcomes import Outcome


def envelope(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """The envelope of one event, for `orjson.dumps`. A failing entry never spoils the envelope."""
    return {
        "status": "successful",
        "message": None,
        "code": None,
        "results": {outcome.unique_name: entry(outcome) for outcome in outcomes},
    }


def entry(outcome: Outcome) -> dict[str, Any]:
    """One add-on's entry, keys in the order seen in lookups."""
    return {
        "status": "successful" if outcome.succeeded else settings.ADD_ON_FAILURE_STATUS,
        "request_sid": outcome.request_sid,
        "message": outcome.message or None,
        "code": outcome.code,
        # Verbatim: what no cleaning rule touched reaches the developer byte for byte.
        "result": orjson.Fragment(outcome.answer) if outcome.succeeded else {},
    }
