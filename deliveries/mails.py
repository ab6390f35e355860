"""Tell the owners of an account by e-mail that a receiver of theirs does not take what it is sent."""

import logging

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string

from accounts.models import Account, Role, User
from deliveries.models import Delivery
from deliveries.pauses import QUIET_AFTER_A_MESSAGE
from rest.leases import database_time

log = logging.getLogger(__name__)


def is_due(delivery: Delivery) -> bool:
    """Whether this is the first notice to that host that is given up for some time: one message will do."""
    since = database_time() - QUIET_AFTER_A_MESSAGE
    others = Delivery.objects.of(delivery.account).filter(host=delivery.host, date_completed__gt=since)
    return not others.filter(status=Delivery.Status.GIVEN_UP).exclude(pk=delivery.pk).exists()


def tell_owners(delivery: Delivery, error: str) -> None:
    """Never raises: the event and the page say the same, and a mail server that is down stops nothing."""
    try:
        connection = get_connection()
        connection.send_messages([_message(delivery, error, owner) for owner in _owners(delivery.account)])
    except Exception as failure:  # noqa: BLE001 - whatever a mail server or its client comes up with
        log.warning("no message about %s: %s", delivery.sid, type(failure).__name__)


def _owners(account: Account) -> "list[User]":
    owners = User.objects.filter(is_active=True, memberships__account=account, memberships__role=Role.OWNER)
    return list(owners.order_by("pk"))


def _message(delivery: Delivery, error: str, owner: User) -> EmailMessage:
    """The host alone is named: the rest of an address may hold what only its receiver should know."""
    context = {
        "account": delivery.account,
        "delivery": delivery,
        "error": error,
        "base": settings.PUBLIC_URL,
    }
    subject = render_to_string("deliveries/email/given_up_subject.txt", context).strip()
    body = render_to_string("deliveries/email/given_up_message.txt", context)
    return EmailMessage(settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + subject, body, to=[owner.email])
