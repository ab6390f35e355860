"""Tell a publisher by e-mail what an operator decided about it."""

import logging
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string

from publishers.mails import addresses_of
from publishers.models import Publisher

log = logging.getLogger(__name__)
# What happened, in the words of the subject line.
SUBJECTS: Final = {
    "publisher.approved": "You are a publisher now",
    "publisher.declined": "Your application as a publisher was declined",
    "publisher.suspended": "Your publisher is suspended",
    "publisher.reinstated": "Your publisher is no longer suspended",
}


def tell_decision(publisher: Publisher, action: str) -> None:
    """Never raises: the console says the same, and a mail server that is down stops nothing."""
    try:
        addresses = addresses_of(publisher)
        context = {"publisher": publisher, "action": action, "base": settings.PUBLIC_URL}
        body = render_to_string("publishers/email/application_message.txt", context)
        subject = settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + SUBJECTS[action]
        messages = [EmailMessage(subject, body, to=[address]) for address in addresses]
        get_connection().send_messages(messages)
    except Exception as failure:  # noqa: BLE001 - whatever a mail server or its client comes up with
        log.warning("no message about the publisher of %s: %s", publisher.account.sid, type(failure).__name__)
