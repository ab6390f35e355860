"""New tasks: the add-ons see a task's attributes before anybody is given the work (contract 6, 7)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson

from accounts.models import Account
from invocations import events
from marketplace.models import InstalledAddOn
from results.models import MAX_ADDRESS_LENGTH, Invocation
from results.services import Happening

POINT: Final = "taskrouter-create-task"
# What a task says when no add-on was asked.
NOBODY_ASKED: Final = "{}"
# The attributes that may hold each template field, the best first.
ATTRIBUTES: Final = MappingProxyType(
    {
        "primary_address": ("from", "caller", "contact"),
        "secondary_address": ("to", "called"),
        "body": ("body",),
    }
)


def fields_of(attributes: Mapping[str, Any]) -> dict[str, str]:
    """The template fields of a task. An attribute that is empty or no text counts as absent."""
    texts = {name: value for name, value in attributes.items() if isinstance(value, str) and value}
    found = {
        field: next((texts[name] for name in names if name in texts), None)
        for field, names in ATTRIBUTES.items()
    }
    return {field: text for field, text in found.items() if text is not None}


def add_ons_of(*, account: Account, task_sid: str, attributes: Mapping[str, Any]) -> str:
    """What the account's add-ons say of a new task, as the JSON text of its field `addons`.

    Every install that is switched on for tasks is asked: assignments to numbers do not count here. Whatever
    fails, the task is made.
    """
    enabled = InstalledAddOn.objects.of(account).enabled_for(POINT).with_listing()
    chosen = list(enabled.order_by("unique_name"))
    if not chosen:
        return NOBODY_ASKED
    fields = fields_of(attributes)
    # PostgreSQL keeps no NUL; the add-ons get the text as it is.
    address = fields.get("primary_address", "").replace("\x00", "")
    happening = Happening(
        extension=POINT,
        purpose=Invocation.Purpose.LIVE,
        primary_address=address[:MAX_ADDRESS_LENGTH],
        reference_sid=task_sid,
    )
    return orjson.dumps(events.answers(chosen, happening=happening, event=fields)).decode()
