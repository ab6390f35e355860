"""One event, from the plans of the add-ons that apply to the recorded outcomes: read, talk, write."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from invocations import engine
from invocations.calls import Call, Plan, plan_of
from marketplace.models import InstalledAddOn
from publishers.contract.egress import EgressPolicy
from publishers.contract.errors import Unexpected
from results.envelope import envelope
from results.models import Invocation
from results.outcomes import Outcome
from results.services import Happening, Record, record

log = logging.getLogger(__name__)

ENGINE_FAILED: Final = {
    "status": "fail",
    "message": Unexpected.message,
    "code": Unexpected.code,
    "results": {},
}
_NO_RUNTIME: Final[Mapping[str, Any]] = {}


class EngineFailed(Exception):
    """The engine itself failed (contract 9.6). Nothing was kept: nobody gets an answer, and nobody pays."""


@contextmanager
def engine_failures(happening: Happening) -> Iterator[None]:
    """In the block add-ons are asked, and what they said is kept. Whatever goes wrong raises EngineFailed.

    A database that is gone or locked stays what it is: the same may be asked again soon.
    """
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # a bug of ours, or a row that the database refuses
        log.exception("the add-ons of %s have no answer", happening.event_id)
        raise EngineFailed from error


def run(
    plans: Sequence[Plan],
    *,
    happening: Happening,
    event: Mapping[str, Any],
    runtime: Mapping[str, Mapping[str, Any]],
) -> list[Outcome]:
    """Ask every add-on, all at once, and keep what came of it before anybody sees it.

    No transaction is open while publishers are asked. Raises EngineFailed, OperationalError, InterfaceError.
    """
    if not plans:
        return []
    if not connection.in_atomic_block:
        connection.close()  # a publisher that hangs must not hold one of the database's connections
    policy = EgressPolicy.from_hosts(settings.OUTBOUND_ALLOWED_HOSTS)
    with engine_failures(happening):
        kept = async_to_sync(ask)(plans, happening=happening, event=event, runtime=runtime, policy=policy)
        record(happening, kept.outcomes)
    return [outcome for _, outcome in kept.outcomes]


async def ask(
    plans: Sequence[Plan],
    *,
    happening: Happening,
    event: Mapping[str, Any],
    runtime: Mapping[str, Mapping[str, Any]],
    policy: EgressPolicy,
) -> Record:
    """Ask every add-on, all at once. Whoever calls keeps the record before anybody sees an answer."""
    calls = [
        Call(
            plan=each,
            point=happening.extension,
            event=event,
            runtime=runtime.get(each.unique_name, _NO_RUNTIME),
        )
        for each in plans
    ]
    is_test = happening.purpose == Invocation.Purpose.TEST
    outcomes = await engine.ask_all(calls, policy, is_test=is_test)
    return Record(happening, [(plan.asked, outcome) for plan, outcome in zip(plans, outcomes, strict=True)])


def answers(
    chosen: Sequence[InstalledAddOn], *, happening: Happening, event: Mapping[str, Any]
) -> dict[str, Any]:
    """The envelope of an event that goes on whatever happens here: a message, a call, a task."""
    try:
        plans = [plan_of(each) for each in chosen]
        outcomes = run(plans, happening=happening, event=event, runtime={})
    except Exception:  # a bug of ours, or a database that fails, costs the answers and nothing else
        log.exception("the add-ons of %s were not asked", happening.event_id)
        return ENGINE_FAILED
    return envelope(outcomes)
