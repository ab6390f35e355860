"""Incoming messages: the platform's SMS webhook passes through here (contract 7, 10)."""

from types import MappingProxyType
from typing import Final

from invocations.connectors import Connector
from invocations.forwarding import Target
from marketplace.models import IncomingPhoneNumber


def _targets(number: IncomingPhoneNumber) -> tuple[Target, Target]:
    return (
        Target(number.sms_url, number.sms_method),
        Target(number.sms_fallback_url, number.sms_fallback_method),
    )


CONNECTOR: Final = Connector(
    point="sms-incoming",
    fields=MappingProxyType({"primary_address": "From", "secondary_address": "To", "body": "Body"}),
    references=("MessageSid", "SmsMessageSid", "SmsSid"),
    targets=_targets,
)
