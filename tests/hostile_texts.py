"""Texts that attack a page, and every text column of the database full of them.

The services would refuse much of it. It is written past them, so that a page is judged by itself.
"""

from collections.abc import Collection
from itertools import cycle
from typing import Any, Final

from django.apps import apps
from django.db import models

from accounts.models import User
from rest.documents import DocumentField
from rest.sids import SidField

# What a page must never do: call `canary`, open a dialog, or work out 7 * 7191.
WORKED_OUT: Final = "50337"
ALONE: Final = "canary(1)"
RIGHT_TO_LEFT: Final = "\u202e\u2066"
ATTACKS: Final = (
    f"<script>{ALONE}</script>",
    f"</textarea><script>{ALONE}</script>",
    f"</script><script>{ALONE}</script>",
    f'"><img src=x onerror={ALONE}>',
    f"' onmouseover='{ALONE}' autofocus onfocus='{ALONE}' x='",
    f"</title></style><svg onload={ALONE}>",
    f"[press](javascript:{ALONE})",
    f'![x](x" onerror="{ALONE})',
    f"[press](data:text/html,<script>{ALONE}</script>)",
    f"<javascript:{ALONE}>",
    f"javascript:{ALONE}",
    f"data:text/html,<script>{ALONE}</script>",
    "{{7*7191}}{% debug %}${7*7191}#{7*7191}",
    f"-->]]><iframe srcdoc='<script>parent.{ALONE}</script>'></iframe><!--",
    f"{RIGHT_TO_LEFT}txt.exe",
    "zero\u200bwidth\u200d\ufeff\u2060",
    "\x01\x07\x08\x0b\x1b[31m\x7f\x85\u2028\u2029",
)
WIDE: Final = "W" * 10_000

# Columns that programs write and read again; people and publishers have no hand in them.
_TECHNICAL: Final = """
    password event_id extension purpose track currency method code section action sha256 definition_sha256
    answer_sha256 callback_digest auth_token_digest secondary_auth_token_digest secret_digest fingerprint
    number_sid publisher_sid request_sid subject_sid account_sid ip_address phone_number trace
"""
# Points, which are ours, and what is stored with its hostile texts by `Scene`.
_NOT_TOUCHED: Final = """
    publishers.Extension accounts.AuditEntry publishers.ListingVersion.definition
    publishers.ContractReport.document operations.Process.breakers operations.Examination.found
    publishers.Listing.module_info publishers.Listing.description publishers.Listing.documentation
    publishers.Listing.policies publishers.Listing.support publishers.Listing.configuration
    publishers.Listing.pricing
"""
_OURS: Final = """
    accounts billing conformance deliveries invocations marketplace operations publishers recordings results
"""
TECHNICAL: Final = frozenset(_TECHNICAL.split())
NOT_TOUCHED: Final = frozenset(_NOT_TOUCHED.split())
OURS: Final = frozenset(_OURS.split())


class Texts:
    """Hostile texts, each time another one first."""

    def __init__(self) -> None:
        self._next = cycle(range(len(ATTACKS)))

    def one(self, longest: int | None = None, *, rest: str = "") -> str:
        """All the attacks that fit, with a word that is too long for a line where there is room."""
        first = next(self._next)
        order = [*ATTACKS[first:], *ATTACKS[:first]]
        fitting = [each for each in order if longest is None or len(each) <= longest - len(rest)]
        text = rest + "\n".join([fitting[0] if fitting else "", *fitting[1:], WIDE])
        return text if longest is None else text[:longest]

    def of(self, value: Any) -> Any:
        """A JSON value with an attack in the place of each text."""
        if isinstance(value, dict):
            return {name: self.of(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(each) for each in value]
        return self.one(600) if isinstance(value, str) else value


def poison(keep: Collection[str]) -> None:
    """Fill every text column of our tables with attacks. `keep`: the e-mail addresses to sign in by."""
    texts = Texts()
    for model in apps.get_models():
        if model._meta.app_label not in OURS:
            continue
        fields = [field for field in model._meta.concrete_fields if is_open(model, field)]
        for row in model._base_manager.all() if fields else ():
            changes = {field.attname: hostile_value(texts, field, row) for field in fields}
            if isinstance(row, User) and row.email in keep:
                changes.pop("email")
            model._base_manager.filter(pk=row.pk).update(**changes)


def is_open(model: type[models.Model], field: Any) -> bool:
    """Whether a text that somebody writes stands in the column."""
    names = {model._meta.label, f"{model._meta.label}.{field.name}"}
    return (
        isinstance(field, models.CharField | models.TextField)
        and not isinstance(field, SidField)
        and not field.choices
        and not field.name.startswith("sealed_")
        and "token" not in field.name
        and field.name not in TECHNICAL
        and not names & NOT_TOUCHED
    )


def hostile_value(texts: Texts, field: Any, row: models.Model) -> Any:
    if isinstance(field, DocumentField):
        return texts.of(getattr(row, field.attname))
    if "url" in field.name or field.name == "website":  # what a page may make a link of
        return f"javascript:{ALONE}//https://evil.example"
    return texts.one(field.max_length, rest=f"{row.pk}" if field.unique else "")
