"""Where recordings come in: a platform tells that it has one, or somebody brings the audio (contract 4.4)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed, ErrorDetail, ValidationError
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AccountAuthentication, Caller, caller_of, user_and_password
from accounts.models import Account
from accounts.requests import account_of
from accounts.scopes import Scope, covers
from invocations.connect_api import PlatformAuthentication, Unreadable, parameters_of
from invocations.points.recording import start
from invocations.tasks import take_in_recording
from recordings import services
from recordings.models import Recording
from recordings.serializers import RecordingOut
from recordings.services import Details
from rest.body_limit import Allowance
from rest.body_limit import Scope as AsgiScope
from rest.files import Spool
from rest.leases import hint
from rest.parameters import Choice, Text, WebAddress

MULTIPART: Final = "multipart/form-data"
AUDIO: Final = "Recording"
# Beside the audio; Django counts the bytes and the fields.
MAX_FORM_BYTES: Final = 1_048_576
PATH: Final = "/connect/AC[0-9a-fA-F]{32}/recordings"
# A boundary has at most 200, and some line ends come behind the last one.
_END_BYTES: Final = 512
MAX_NAME_LENGTH: Final = 64

COMPLETED, ABSENT, FAILED = "completed", "absent", "failed"
# What a platform tells of a recording that is still being made is nothing to us.
STATUSES: Final = ["in-progress", "paused", "stopped", "processing", COMPLETED, ABSENT, FAILED]


class Name(Text):
    """What a platform calls something. Empty text means nothing."""

    default_error_messages = {"unprintable": "must be printable ASCII"}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_blank": True, "max_length": MAX_NAME_LENGTH, **options})

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not (text.isascii() and text.isprintable()):
            self.fail("unprintable")
        return text


class StartTime(Text):
    """RFC 2822 as platforms write it, or ISO 8601; empty text means that it is not known."""

    default_error_messages = {
        "moment": "must be a time such as Sat, 21 Nov 2026 12:00:00 +0000, or 2026-11-21T12:00:00Z"
    }

    def to_internal_value(self, data: Any) -> datetime | None:  # type: ignore[override]  # a text goes in, a time comes out
        text = super().to_internal_value(data).strip()[:MAX_NAME_LENGTH]
        for read in (datetime.fromisoformat, parsedate_to_datetime):
            try:
                given = read(text)
                return (given.replace(tzinfo=UTC) if given.tzinfo is None else given).astimezone(UTC)
            except (ValueError, OverflowError):
                continue
        return None if not text else self.fail("moment")


class RecordingIn(serializers.Serializer[None]):
    """What is told of a recording, by either way."""

    RecordingSource = Choice(Recording.Source.values, source="source")
    RecordingSid = Name(source="platform_sid")
    CallSid = Name(source="call_sid")
    ConferenceSid = Name(source="conference_sid")
    RecordingTrack = Name(source="track", max_length=16)
    RecordingStartTime = StartTime(source="start_time", required=False, allow_blank=True)

    @property
    def details(self) -> Details:
        names = Details.__dataclass_fields__
        return Details(**{name: value for name, value in self.validated_data.items() if name in names})


class CallbackIn(RecordingIn):
    """The form of a platform's recording-status callback."""

    RecordingSid = Name(source="platform_sid", required=True, allow_blank=False)
    RecordingStatus = Choice(STATUSES, source="status", required=False, default=COMPLETED)
    RecordingUrl = WebAddress(source="media_url", required=False, default="")
    ErrorCode = serializers.IntegerField(
        source="error_code", required=False, allow_null=True, min_value=0, max_value=99_999
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["status"] == COMPLETED and not attrs["media_url"]:
            raise ValidationError({"RecordingUrl": ErrorDetail("", code="required")})
        return attrs


class RecordingAuthentication(PlatformAuthentication):
    """As for messages and calls, with a token of the account in the path. A form with files in it is not
    signed: whoever brings audio has credentials.
    """

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        if _brings_audio(request):
            return AccountAuthentication.authenticate(self, request)
        return super().authenticate(request)

    def account_in(self, request: Request) -> Account | None:
        return Account.objects.filter(sid=request.parser_context["kwargs"]["account_sid"]).first()


class IncomingRecordings(APIView):
    """`/connect/{AC}/recordings`: the callback of a platform, or an upload."""

    authentication_classes = [RecordingAuthentication]
    parser_classes = [FormParser]  # named in a 415; what is sent is read here
    http_method_names = ["get", "post"]
    reading_spends = True
    schema = None  # no API of ours: the shape of these requests is the platform's

    def get(self, request: Request, account_sid: str) -> HttpResponse:
        return self._announced(request)

    def post(self, request: Request, account_sid: str) -> HttpResponse:
        return self._uploaded(request) if _brings_audio(request) else self._announced(request)

    def _announced(self, request: Request) -> HttpResponse:
        """204, as platforms like it: they show anything else to people."""
        data = CallbackIn(data={**request.query_params.dict(), **dict(parameters_of(request))})
        data.is_valid(raise_exception=True)
        account, told = account_of(request), data.validated_data
        if told["status"] == COMPLETED:
            url = told["media_url"]
            recording = services.announce(account=account, details=data.details, media_url=url)
            if recording.due_at is not None:
                hint(take_in_recording, [recording.sid])
        elif told["status"] in {ABSENT, FAILED}:
            code = told.get("error_code")
            services.announce_absent(account=account, details=data.details, error_code=code)
        return HttpResponse(status=HTTPStatus.NO_CONTENT)

    def _uploaded(self, request: Request) -> Response:
        with Spool(limit=settings.MAX_RECORDING_BYTES, expected=_announced_size(request)) as spool:
            given = {**request.query_params.dict(), **_form_of(request._request, spool)}  # noqa: SLF001 - DRF would keep the file in memory
            data = RecordingIn(data=given)
            data.is_valid(raise_exception=True)
            if not spool.size:
                raise ValidationError({AUDIO: [ErrorDetail("", code="required")]})
            recording = services.store(
                account=account_of(request), spool=spool, details=data.details, on_complete=start
            )
        shown = RecordingOut(recording, context={**self.get_renderer_context(), "format": "json"})
        return Response(shown.data, status=HTTPStatus.CREATED)


class _ToSpool(FileUploadHandler):
    """Writes the part with the audio into a spool; any other file ends the reading."""

    def __init__(self, request: HttpRequest, spool: Spool) -> None:
        super().__init__(request)
        self._spool = spool

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.field_name != AUDIO or self._spool.size:
            raise Unreadable(f"Invalid request: send one file, as {AUDIO}")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._spool.write(raw_data)

    def file_complete(self, file_size: int) -> None:
        """Nothing for Django to keep."""


class _Whole:
    """A body that remembers how it ended: Django takes the half of an upload for all of it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._end = b""

    def read(self, size: int) -> bytes:
        data: bytes = self._request.read(size)
        self._end = (self._end + data)[-_END_BYTES:]
        return data

    @property
    def is_complete(self) -> bool:
        boundary = (self._request.content_params or {}).get("boundary", "")
        return f"--{boundary}--".encode() in self._end


def _form_of(request: HttpRequest, spool: Spool) -> dict[str, str]:
    """The fields of an upload; its file goes into the spool as it comes. Raises Unreadable, TooLarge."""
    body: Any = _Whole(request)
    try:
        fields, _ = MultiPartParser(request.META, body, [_ToSpool(request, spool)], "utf-8").parse()
    except MultiPartParserError as error:
        raise Unreadable("Invalid request: it is no multipart/form-data") from error
    if not body.is_complete:
        raise Unreadable("Invalid request: it ends before its last boundary")
    return {name: str(value) for name, value in fields.items()}


def _brings_audio(request: Request) -> bool:
    sent = request._request.content_type or ""  # noqa: SLF001 - DRF's own has the boundary in it
    return request.method == "POST" and sent.lower() == MULTIPART


def _announced_size(request: Request) -> int:
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdecimal() else 0


def allowance(scope: AsgiScope) -> Allowance | None:
    """How much of an upload is read, asked before any of it is. None for whoever the view refuses anyway."""
    headers = dict(scope["headers"])
    if not headers.get(b"content-type", b"").lower().startswith(MULTIPART.encode()):
        return None
    try:
        caller = caller_of(user_and_password(headers.get(b"authorization", b"").decode("latin-1")))
    except AuthenticationFailed:
        return None
    if caller is None or caller.account.status != Account.Status.ACTIVE:
        return None
    is_own = caller.account.sid.lower() in str(scope["path"]).lower()
    if not is_own or not covers(caller.scope, Scope.MARKETPLACE, only_reads=False):
        return None
    return Allowance(limit=settings.MAX_RECORDING_BYTES + MAX_FORM_BYTES, of=caller.account.sid)
