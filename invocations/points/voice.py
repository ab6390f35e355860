"""Incoming calls: the platform's voice webhook passes through here (contract 7, 10)."""

from types import MappingProxyType
from typing import Final

from invocations.connectors import Connector
from invocations.forwarding import Target
from marketplace.models import IncomingPhoneNumber


def _targets(number: IncomingPhoneNumber) -> tuple[Target, Target]:
    return (
        Target(number.voice_url, number.voice_method),
        Target(number.voice_fallback_url, number.voice_fallback_method),
    )


CONNECTOR: Final = Connector(
    point="voice-incoming",
    fields=MappingProxyType({"primary_address": "From", "secondary_address": "To"}),
    references=("CallSid",),
    targets=_targets,
)
