"""Run the contract tester: every check against one version and its service, in bounded time."""

import asyncio
import inspect
import logging
from collections.abc import Callable, Collection
from typing import Final

from conformance.suite import (  # noqa: F401 - each puts its checks into the table
    asynchronous,
    charging,
    manifest,
    resilience,
    schemas,
    signature,
    sync,
    transport,
)
from conformance.suite.checks import CHECKS, Check, Finding, Skip, bad
from conformance.suite.receiver import Receiver
from conformance.suite.report import AREAS, Report, Result
from conformance.suite.subject import Subject
from conformance.suite.tester import Tester
from publishers.contract.deadlines import now
from publishers.contract.egress import client

log = logging.getLogger(__name__)

MAX_RUN_SECONDS: Final = 300
"""Of a whole run. A service that hangs costs two seconds a call, and ends most checks with the first one; the
longest honest run is that of a recording add-on which uses its full minute.
"""

NO_TIME_LEFT: Final = f"The run had its {MAX_RUN_SECONDS} s before this check had its turn."
_AREAS: Final = tuple(AREAS)
_BUG: Final = "The tester itself failed here: this says nothing about your service. Please report it."


def selected(only: Collection[str]) -> list[Check]:
    """The checks with these ids (`Y06`) or letters of areas (`Y`), in their order; all of them for none.

    Raises ValueError for what names no check.
    """
    wanted = [each.strip().upper() for each in only]
    unknown = [each for each in wanted if not each or not any(id_.startswith(each) for id_ in CHECKS)]
    if unknown:
        raise ValueError(
            f"There is no check {unknown[0] or '(empty)'}: they are {', '.join(sorted(CHECKS))}."
        )
    chosen = [each for id_, each in CHECKS.items() if not wanted or id_.startswith(tuple(wanted))]
    return sorted(chosen, key=lambda each: (_AREAS.index(each.area), each.id))


async def run(
    subject: Subject,
    *,
    receiver: Receiver | None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    only: Collection[str] = (),
    offline: bool = False,
) -> Report:
    """Run the checks and tell what they found. Never raises for what the subject or its service does.

    `receiver`: where a recording add-on calls back; None when the add-on answers at once. `on_progress(done,
    total)` is told after every check. `only`: ids (`Y06`) or letters of areas (`Y`); empty for all; raises
    ValueError when one names no check. `offline`: nothing but the target's own host is looked up or asked,
    also by redirects. It takes at most MAX_RUN_SECONDS, whatever the service does; cancelling the task ends
    it at once.
    """
    checks, started = selected(only), now()
    results: list[Result] = []
    async with client(subject.policy) as opened:
        lane = opened.lane(subject.identity.vendor_account_sid)
        tester = Tester(subject=subject, lane=lane, receiver=receiver, offline=offline)
        on_progress(0, len(checks))
        for each in checks:
            left = MAX_RUN_SECONDS - (now() - started)
            results.append(each.result(await _found(each, tester, left)))
            on_progress(len(results), len(checks))
    return Report(
        checks=tuple(results),
        target=subject.origin,
        total_ms=round((now() - started) * 1000),
        is_complete=len(checks) == len(CHECKS),
    )


async def _found(each: Check, tester: Tester, left: float) -> Finding:
    """What one check finds, within its time and what is left of the run's."""
    if left <= 0:
        return _unjudged(each, NO_TIME_LEFT)
    try:
        async with asyncio.timeout(min(each.seconds, left)):
            found = each.look(tester)
            return await found if inspect.isawaitable(found) else found
    except Skip as reason:
        return Finding(outcome="skipped", message=str(reason))
    except TimeoutError:
        return _unjudged(each, f"It was ended after {min(each.seconds, left):.0f} s.")
    except Exception:  # a bug of ours must not cost the author the whole report
        log.exception("The check %s failed by a bug", each.id)
        return _unjudged(each, _BUG)


def _unjudged(each: Check, message: str) -> Finding:
    """What was not looked at is not passed."""
    return Finding(outcome="skipped", message=message) if each.severity == "info" else bad(message)
