"""Messages and calls made up for the simulator, with the parameters a platform sends (contract 10)."""

from collections.abc import Iterable
from typing import Final

import phonenumbers

from invocations.connectors import Connector
from invocations.forwarding import Pairs
from invocations.points import message, voice
from marketplace.models import IncomingPhoneNumber
from rest.sids import new_sid

MESSAGE: Final = "message"
CALL: Final = "call"
CONNECTORS: Final[dict[str, Connector]] = {MESSAGE: message.CONNECTOR, CALL: voice.CONNECTOR}
API_VERSION: Final = "2010-04-01"
# What a phone can send (GSM 03.38). A text with any other character travels as UTF-16.
_PLAIN: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED: Final = frozenset("^{}\\[~]|€\f")
# The room in a message of one segment, and in each of several.
_PLAIN_ROOM: Final = (160, 153)
_WIDE_ROOM: Final = (70, 67)


def parameters_of(kind: str, *, number: IncomingPhoneNumber, sender: str, body: str) -> Pairs:
    """What the platform would send for this message or call, in its order."""
    if kind == MESSAGE:
        return _message(number, sender, body)
    return _call(number, sender)


def segments(body: str) -> int:
    """How many segments a text takes on the air."""
    if set(body) <= _PLAIN | _ESCAPED:
        length = len(body) + sum(character in _ESCAPED for character in body)
        alone, joined = _PLAIN_ROOM
    else:
        length = len(body.encode("utf-16-le")) // 2
        alone, joined = _WIDE_ROOM
    return 1 if length <= alone else -(-length // joined)


def _message(number: IncomingPhoneNumber, sender: str, body: str) -> Pairs:
    sid = new_sid("SM")
    return (
        ("ToCountry", _country(number.phone_number)),
        ("ToState", ""),
        ("SmsMessageSid", sid),
        ("NumMedia", "0"),
        ("ToCity", ""),
        ("FromZip", ""),
        ("SmsSid", sid),
        ("FromState", ""),
        ("SmsStatus", "received"),
        ("FromCity", ""),
        ("Body", body),
        ("FromCountry", _country(sender)),
        ("To", number.phone_number),
        ("ToZip", ""),
        ("NumSegments", str(segments(body))),
        ("MessageSid", sid),
        ("AccountSid", number.account.sid),
        ("From", sender),
        ("ApiVersion", API_VERSION),
    )


def _call(number: IncomingPhoneNumber, sender: str) -> Pairs:
    ends = (
        ("From", sender),
        ("To", number.phone_number),
        ("Caller", sender),
        ("Called", number.phone_number),
    )
    return (
        ("CallSid", new_sid("CA")),
        ("AccountSid", number.account.sid),
        ("CallStatus", "ringing"),
        ("ApiVersion", API_VERSION),
        ("Direction", "inbound"),
        *ends,
        *_places(ends),
    )


def _places(ends: Iterable[tuple[str, str]]) -> Pairs:
    """Where each end is. Of a made-up caller nothing but the country is known."""
    return tuple(
        pair
        for name, address in ends
        for pair in (
            (f"{name}City", ""),
            (f"{name}State", ""),
            (f"{name}Zip", ""),
            (f"{name}Country", _country(address)),
        )
    )


def _country(address: str) -> str:
    return phonenumbers.region_code_for_number(phonenumbers.parse(address)) or ""
