"""What the number pages do, as commands for a terminal."""

from collections.abc import Iterable

from django.conf import settings

from accounts.models import Account
from marketplace.models import IncomingPhoneNumber, InstalledAddOn
from rest.curl import curl
from rest.representation import api_path

EXAMPLE_NUMBER = "+14155552671"
# Each address of a number with its parameter, and the method that goes with it.
PARAMETERS = {
    "sms_url": ("SmsUrl", "sms_method", "SmsMethod"),
    "sms_fallback_url": ("SmsFallbackUrl", "sms_fallback_method", "SmsFallbackMethod"),
    "voice_url": ("VoiceUrl", "voice_method", "VoiceMethod"),
    "voice_fallback_url": ("VoiceFallbackUrl", "voice_fallback_method", "VoiceFallbackMethod"),
    "status_callback": ("StatusCallback", "status_callback_method", "StatusCallbackMethod"),
}


def add(account: Account) -> str:
    """Add a number."""
    return curl("POST", _url("incoming-phone-numbers", account.sid), [("PhoneNumber", EXAMPLE_NUMBER)])


def change(number: IncomingPhoneNumber, assignable: Iterable[InstalledAddOn]) -> str:
    """Save the settings as they are, and assign these add-ons."""
    data = [("FriendlyName", number.friendly_name)]
    for column, (address, method_column, method) in PARAMETERS.items():
        if url := getattr(number, column):
            data += [(address, url), (method, getattr(number, method_column))]
    own, below = [number.account.sid, number.sid], "assigned-add-ons"
    save = curl("POST", _url("incoming-phone-number", *own), data)
    commands = {"Save": save} | {
        f"Assign {each.unique_name}": curl("POST", _url(below, *own), [("InstalledAddOnSid", each.sid)])
        for each in assignable
    }
    return "\n\n".join(f"# {name}\n{command}" for name, command in commands.items())


def remove(number: IncomingPhoneNumber) -> str:
    """Remove the number."""
    return curl("DELETE", _url("incoming-phone-number", number.account.sid, number.sid))


def _url(view: str, *sids: str) -> str:
    return f"{settings.PUBLIC_URL}{api_path('api', view, *sids)}.json"
