"""Tell a publisher by e-mail what was decided about a version of its listing."""

import logging
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string

from accounts.models import Role, User
from publishers.models import ListingVersion, Publisher

log = logging.getLogger(__name__)
Status = ListingVersion.Status
# What happened, in the words of the subject line.
SUBJECTS: Final = {
    Status.CHANGES_REQUESTED: "changes are requested",
    Status.APPROVED: "approved",
    Status.REJECTED: "rejected",
    Status.PUBLISHED: "published",
}


def tell_decision(version: ListingVersion, status: str, reason: str) -> None:
    """Never raises: the console says the same, and a mail server that is down stops nothing."""
    try:
        messages = [_message(version, status, reason, to) for to in addresses_of(version.listing.publisher)]
        get_connection().send_messages(messages)
    except Exception as failure:  # noqa: BLE001 - whatever a mail server or its client comes up with
        log.warning("no message about %s: %s", version.sid, type(failure).__name__)


def addresses_of(publisher: Publisher) -> list[str]:
    """The owners of its account, and whom it names as its contact; nobody twice."""
    owners = User.objects.filter(
        is_active=True, memberships__account=publisher.account_id, memberships__role=Role.OWNER
    )
    found = [*owners.order_by("pk").values_list("email", flat=True), publisher.contact_email]
    return list(dict.fromkeys(address.lower() for address in found if address))


def _message(version: ListingVersion, status: str, reason: str, to: str) -> EmailMessage:
    context = {
        "listing": version.listing,
        "version": version,
        "status": status,
        "reason": reason,
        "base": settings.PUBLIC_URL,
    }
    # A name may hold anything that a text can, a header of a message only one line.
    name = " ".join(str(version).split())
    subject = f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{name}: {SUBJECTS[Status(status)]}"
    return EmailMessage(subject, render_to_string("publishers/email/decision_message.txt", context), to=[to])
