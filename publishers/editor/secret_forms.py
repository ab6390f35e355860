"""The secrets of the publisher's service, as the section Credentials shows them: write-only."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django import forms

from accounts.models import AuditEntry
from publishers.blocks import CREDENTIAL_NAME, CREDENTIAL_NAME_RULE
from publishers.editor.readiness import Judged, secrets_named_in
from publishers.listing_services import CREDENTIALS_CHANGED
from publishers.models import Listing
from publishers.serializers import MAX_CREDENTIAL_CHARACTERS

# So many changes are looked through for the date on which a secret was set.
MAX_LOOKED_THROUGH: Final = 100


@dataclass(frozen=True, kw_only=True)
class Secret:
    """One secret by name. `set_at`: when it was last set, if that is known."""

    name: str
    is_set: bool
    is_used: bool
    set_at: datetime | None


class SecretForm(forms.Form):
    """A new secret, or a new value for one."""

    name = forms.CharField(
        label="Name",
        max_length=64,
        help_text="Lower-case letters, digits and _, such as service_password.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    value = forms.CharField(
        label="Secret",
        max_length=MAX_CREDENTIAL_CHARACTERS,
        strip=False,
        help_text="Kept encrypted, and never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter the secret."},
    )

    def clean_name(self) -> str:
        """As the definition may name one."""
        name = str(self.cleaned_data["name"])
        if not re.fullmatch(CREDENTIAL_NAME, name):
            raise forms.ValidationError(f"{CREDENTIAL_NAME_RULE[0].upper()}{CREDENTIAL_NAME_RULE[1:]}.")
        return name


def secrets_of(judged: Judged) -> list[Secret]:
    """What the listing holds and what the definition names, by name. Two queries at most."""
    used, held = secrets_named_in(judged.definition), judged.listing.credentials.keys()
    dates = _dates(judged.listing) if held else {}
    return [
        Secret(name=name, is_set=name in held, is_used=name in used, set_at=dates.get(name))
        for name in sorted(used | held)
    ]


def _dates(listing: Listing) -> dict[str, datetime]:
    entries = AuditEntry.objects.filter(action=CREDENTIALS_CHANGED, subject_sid=listing.sid).newest_first()
    dates: dict[str, datetime] = {}
    for entry in entries[:MAX_LOOKED_THROUGH]:
        for name in (entry.after or {}).get("set", []):
            dates.setdefault(name, entry.date_created)
    return dates
