"""A new task: the add-ons are asked, and the platform that routes the account's tasks makes it.

Read, ask, write, hand on, write: while anybody else is waited for, no transaction is open and no connection
to the database is held.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection

from accounts.models import Account
from invocations import task_forwarding
from invocations.forwarding import Pairs, WebhookAnswer
from invocations.models import TaskRouter
from invocations.points import task
from invocations.task_forwarding import HandedOn, Router
from publishers.contract.egress import EgressPolicy
from publishers.contract.secret import Secret
from results.models import MAX_REFERENCE_LENGTH, Event, Invocation
from results.services import Happening, note_event


@dataclass(frozen=True, kw_only=True)
class NewTask:
    """A task as it was asked for. `sid` is our own name of it; a router gives it another."""

    sid: str
    workspace_sid: str
    parameters: Pairs = field(repr=False)
    attributes: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of a task: what the add-ons say (JSON text), and what the platform said within how long.

    `handed_on` is None when there is no platform to hand it on to.
    """

    event_id: str
    add_ons: str
    handed_on: HandedOn | None = None
    forward_ms: int = 0


def carry(new: NewTask, *, account: Account, router: TaskRouter | None) -> Taken:
    """Ask the add-ons that are on for tasks, and make the task at the router if there is one.

    A failing add-on stops nothing.
    """
    happening = task.happening_of(new.attributes, task_sid="" if router else new.sid)
    add_ons = task.add_ons_of(account=account, happening=happening, attributes=new.attributes)
    if router is None:
        return Taken(event_id=happening.event_id, add_ons=add_ons)
    if not connection.in_atomic_block:
        connection.close()  # a platform that hangs must not hold one of the database's connections
    started = time.monotonic()
    handed_on = async_to_sync(task_forwarding.hand_on)(
        Router(url=router.url, user=router.user, password=Secret(router.password)),
        new.workspace_sid,
        parameters=new.parameters,
        add_ons=None if add_ons == task.NOBODY_ASKED else add_ons,
        policy=EgressPolicy.from_hosts(settings.OUTBOUND_ALLOWED_HOSTS),
    )
    forward_ms = round((time.monotonic() - started) * 1000)
    handed_on = _recorded(account, happening, handed_on, add_ons)
    return Taken(event_id=happening.event_id, add_ons=add_ons, handed_on=handed_on, forward_ms=forward_ms)


def _recorded(account: Account, happening: Happening, handed_on: HandedOn, add_ons: str) -> HandedOn:
    """The answer with our `addons`, once its task is named in our rows and what went wrong is an event."""
    answer = handed_on.answer
    if isinstance(answer, WebhookAnswer) and handed_on.is_made:
        task_sid = task_forwarding.sid_in(answer.body).replace("\x00", "")[:MAX_REFERENCE_LENGTH]
        happening = _named(account, happening, task_sid)
        answer = replace(answer, body=task_forwarding.completed(answer.body, add_ons))
    if handed_on.trouble is not None:
        trouble = handed_on.trouble
        text = f"The task router: {trouble.reason}"
        note_event(account=account, happening=happening, code=trouble.code, text=text, url_host=trouble.host)
    return replace(handed_on, answer=answer)


def _named(account: Account, happening: Happening, task_sid: str) -> Happening:
    """The happening under the platform's own name of the task, in what is recorded of it too."""
    if task_sid:
        for rows in (Invocation.objects.of(account), Event.objects.of(account)):
            rows.filter(event_id=happening.event_id).update(reference_sid=task_sid)
    return replace(happening, reference_sid=task_sid)
