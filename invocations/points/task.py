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


def happening_of(attributes: Mapping[str, Any], *, task_sid: str) -> Happening:
    """A new task as it is recorded. `task_sid` is empty while only a platform knows it."""
    # PostgreSQL keeps no NUL; the add-ons get the text as it is.
    address = fields_of(attributes).get("primary_address", "").replace("\x00", "")
    return Happening(
        extension=POINT,
        purpose=Invocation.Purpose.LIVE,
        primary_address=address[:MAX_ADDRESS_LENGTH],
        reference_sid=task_sid,
    )


def chosen_for(account: Account) -> list[InstalledAddOn]:
    """Every install that is switched on for tasks: assignments to numbers do not count here."""
    enabled = InstalledAddOn.objects.of(account).enabled_for(POINT).with_listing()
    return list(enabled.order_by("unique_name"))


def add_ons_of(*, account: Account, happening: Happening, attributes: Mapping[str, Any]) -> str:
    """What the account's add-ons say of a new task, as the JSON text of its field `addons`.

    Whatever fails, the task is made.
    """
    chosen = chosen_for(account)
    if not chosen:
        return NOBODY_ASKED
    said = events.answers(chosen, happening=happening, event=fields_of(attributes))
    return orjson.dumps(said).decode()
