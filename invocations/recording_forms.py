"""Forms of the page that brings recordings in."""

from typing import Any, Final

from django import forms

from publishers.contract.points import POINTS
from recordings.models import PlatformCredentials, Recording
from recordings.services import Details
from schema_forms.fields import SECRET_IS_SET

MASK: Final = "••••••••"
EXAMPLE_HOST: Final = "api.twilio.com"
# A trunk's recordings start nothing (contract 7).
SOURCES: Final = [
    (Recording.Source.RECORD_VERB, POINTS["recording-verb"].friendly_name),
    (Recording.Source.OUTBOUND_API, POINTS["recording-api"].friendly_name),
    (Recording.Source.CONFERENCE, POINTS["recording-conference"].friendly_name),
    (Recording.Source.DIAL_VERB, POINTS["recording-dial"].friendly_name),
]


class UploadForm(forms.Form):
    """A file of audio, and what made it."""

    file = forms.FileField(
        label="Audio file",
        help_text="WAV or MP3.",
        widget=forms.FileInput(attrs={"accept": ".wav,.mp3,audio/wav,audio/x-wav,audio/mpeg"}),
        error_messages={
            "required": "Choose a WAV or MP3 file.",
            "empty": "The file is empty. Choose a WAV or MP3 file.",
        },
    )
    source = forms.ChoiceField(
        label="Made by",
        choices=SOURCES,
        help_text="It decides which add-ons run: those that are switched on for this kind.",
    )
    call_sid = forms.CharField(
        label="Call SID",
        required=False,
        max_length=64,
        help_text="Of the call that was recorded, if there was one.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    @property
    def details(self) -> Details:
        """Of a valid form: what is known of the recording beside its audio."""
        return Details(source=self.cleaned_data["source"], call_sid=self.cleaned_data["call_sid"])


class PlatformForm(forms.Form):
    """The credentials with which audio is fetched. Without a host there are none."""

    host = forms.CharField(
        label="Host",
        required=False,
        max_length=255,
        help_text=f"Where its audio lies, for example {EXAMPLE_HOST}. Empty: no credentials are sent.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    username = forms.CharField(
        label="Account SID",
        required=False,
        max_length=128,
        help_text="Of your account there, or the SID of an API key.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label="Auth token",
        required=False,
        strip=False,
        max_length=512,
        help_text="Of the same account, or the secret of the API key.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, data: Any = None, *, credentials: PlatformCredentials | None) -> None:
        self.credentials = credentials
        initial = {"host": credentials.host, "username": credentials.username} if credentials else {}
        super().__init__(data, initial=initial)
        if credentials:
            self.fields["password"].help_text = SECRET_IS_SET
            self.fields["password"].widget.attrs["placeholder"] = MASK

    @property
    def is_forgotten(self) -> bool:
        """Whether credentials are not wanted any more."""
        return not self.cleaned_data["host"]

    def clean_host(self) -> str:
        """A host, with its port where it is not that of https."""
        host = str(self.cleaned_data["host"]).strip().lower()
        if host and ("/" in host or "@" in host or " " in host or not host.isascii()):
            raise forms.ValidationError(f"Enter the host alone, for example {EXAMPLE_HOST}.")
        return host

    def clean_username(self) -> str:
        """HTTP Basic parts user and password at the first colon."""
        user = str(self.cleaned_data["username"])
        if ":" in user or not user.isprintable():
            raise forms.ValidationError("Leave colons and control characters out.")
        return user

    def clean(self) -> dict[str, Any]:
        """A host needs both; the password that is kept may stay."""
        if self.cleaned_data.get("host"):
            if not self.cleaned_data.get("username") and "username" not in self.errors:
                self.add_error("username", "Enter the SID of your account there.")
            if not self.cleaned_data.get("password") and self.credentials is None:
                self.add_error("password", "Enter the auth token of that account.")
        return self.cleaned_data
