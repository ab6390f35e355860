"""The record of decisions and sensitive changes: who did what to which thing, and what it was before."""

from typing import Any

from accounts.models import Account, AuditEntry
from accounts.requests import Actor

MAX_SUBJECT = 160


def record(  # noqa: PLR0913 - what an entry tells; each call names its own few
    action: str,
    *,
    actor: Actor,
    subject_sid: str = "",
    subject: str = "",
    account: Account | None = None,
    before: Any = None,
    after: Any = None,
    reason: str = "",
) -> AuditEntry:
    """Add an entry, in the caller's transaction: no change without its entry, no entry without its change.

    `action`: what happened, as `thing.past_participle`. `before` and `after`: JSON values of what changed,
    never a secret. `account`: whose thing it is.
    """
    return AuditEntry.objects.create(
        action=action,
        actor=actor.user.email if actor.user else "",
        credential=actor.credential,
        ip_address=actor.ip_address,
        subject_sid=subject_sid,
        subject=subject[:MAX_SUBJECT],
        account_sid=account.sid if account else "",
        before=before,
        after=after,
        reason=reason,
    )
