"""A recording as the 2010 API shows it, keys in the contract's order (4.4), and the filters of their list."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from rest_framework import serializers

from recordings.models import Recording
from rest.parameters import Flag, Text
from rest.representation import Out, Rfc2822Date, api_url

_MAX_CHARACTERS: Final = 40
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)


class RecordingOut(Out[Recording]):
    """A recording. The path, already checked, names its account."""

    account_sid = serializers.SerializerMethodField()
    api_version = serializers.SerializerMethodField()
    call_sid = serializers.SerializerMethodField()
    conference_sid = serializers.SerializerMethodField()
    channels = serializers.IntegerField()
    date_created = Rfc2822Date()
    date_updated = Rfc2822Date()
    start_time = Rfc2822Date()
    price = serializers.SerializerMethodField()
    price_unit = serializers.SerializerMethodField()
    duration = serializers.SerializerMethodField()
    sid = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF's own attribute of that name is of fields
    status = serializers.CharField()
    error_code = serializers.IntegerField(allow_null=True)
    uri = serializers.SerializerMethodField()
    subresource_uris = serializers.SerializerMethodField()
    encryption_details = serializers.SerializerMethodField()
    media_url = serializers.SerializerMethodField()

    def get_account_sid(self, _: Recording) -> str:
        return str(self.context["view"].kwargs["account_sid"])

    def get_api_version(self, _: Recording) -> str:
        return "2010-04-01"

    def get_call_sid(self, recording: Recording) -> str | None:
        return recording.call_sid or None

    def get_conference_sid(self, recording: Recording) -> str | None:
        return recording.conference_sid or None

    def get_price(self, _: Recording) -> str | None:
        """A recording costs nothing here; what add-ons make of it may."""
        return None

    def get_price_unit(self, _: Recording) -> str:
        return "USD"

    def get_duration(self, recording: Recording) -> str | None:
        """In whole seconds; null before it was measured."""
        return str(round(recording.duration_ms / 1000)) if recording.content_type else None

    def get_uri(self, recording: Recording) -> str:
        return self.uri_of("recording", self.get_account_sid(recording), recording.sid)

    def get_subresource_uris(self, recording: Recording) -> dict[str, str]:
        return {
            "add_on_results": self._uri_below(recording, "AddOnResults"),
            "transcriptions": self._uri_below(recording, "Transcriptions"),
        }

    def get_encryption_details(self, _: Recording) -> dict[str, Any] | None:
        return None

    def get_media_url(self, recording: Recording) -> str:
        return api_url("api", "recording-media", self.get_account_sid(recording), recording.sid)

    def _uri_below(self, recording: Recording, name: str) -> str:
        """The address of a list below a recording, in the format that is answering."""
        own, dot, extension = self.get_uri(recording).partition(".")
        return f"{own}/{name}{dot}{extension}"


class Moment(Text):
    """A time in UTC unless it says otherwise, or a day, which is its beginning (ISO 8601)."""

    default_error_messages = {"moment": "must be a date such as 2026-11-21, or 2026-11-21T12:00:00Z"}

    def to_internal_value(self, data: Any) -> datetime:  # type: ignore[override]  # a text goes in, a time comes out
        text = super().to_internal_value(data)[:_MAX_CHARACTERS]
        try:
            given = datetime.fromisoformat(text)
            moment = (given.replace(tzinfo=UTC) if given.tzinfo is None else given).astimezone(UTC)
            _ = moment + _DAY  # whoever asks for the last day of all is told so here
        except (ValueError, OverflowError):
            self.fail("moment")
        return moment.replace(microsecond=0)  # as we write times


class Asked(serializers.Serializer[None]):
    """Whether one that was deleted is shown, too."""

    IncludeSoftDeleted = Flag(required=False)


class RecordingFilters(Asked):
    """Filters of the list of recordings. Two of their names are no Python."""

    CallSid = Text(required=False, allow_blank=True)
    ConferenceSid = Text(required=False, allow_blank=True)
    DateCreated = Moment(required=False)

    def get_fields(self) -> dict[str, Any]:
        before_and_after = {f"DateCreated{sign}": Moment(required=False) for sign in ("<", ">")}
        return {**super().get_fields(), **before_and_after}


def filtered(recordings: QuerySet[Recording], given: dict[str, Any]) -> QuerySet[Recording]:
    """The recordings that checked filters ask for. A date is that day, whatever its time: the client makes
    midnight of a day. `<` and `>` take the moment itself in.
    """
    wanted: dict[str, Any] = {}
    if "CallSid" in given:
        wanted["call_sid"] = given["CallSid"]
    if "ConferenceSid" in given:
        wanted["conference_sid"] = given["ConferenceSid"]
    found = recordings.filter(**wanted)
    if "DateCreated" in given:
        day = given["DateCreated"].replace(hour=0, minute=0, second=0)
        found = found.filter(date_created__gte=day, date_created__lt=day + _DAY)
    if "DateCreated<" in given:
        found = found.filter(date_created__lt=given["DateCreated<"] + _SECOND)
    if "DateCreated>" in given:
        found = found.filter(date_created__gte=given["DateCreated>"])
    return found
