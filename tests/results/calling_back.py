"""What the tests of callbacks share: a result that is awaited, and its publisher, who posts."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from accounts.models import Account
from publishers.models import Listing
from rest.sids import new_sid
from results.callbacks import digest_of, token_of
from results.models import AddOnResult, Invocation
from tests.conftest import basic
from tests.factories import (
    make_account,
    make_install,
    make_listing,
    make_publisher,
    make_recording,
    make_recording_definition,
    make_result,
)

JSON = "application/json"
BOUNDARY = "xXxXx"


@dataclass
class Awaited:
    """A result whose publisher has accepted the recording, and may call back."""

    result: AddOnResult
    publisher: Account
    client: Client = field(default_factory=Client)

    @property
    def url(self) -> str:
        return f"/addons/callbacks/{token_of(self.result.sid)}"

    def post(
        self,
        body: bytes | str = b'{"text": "hello"}',
        content_type: str = JSON,
        *,
        account: Account | None = None,
        **headers: Any,
    ) -> Any:
        account = account or self.publisher
        given = {"HTTP_AUTHORIZATION": basic(account.sid, account.auth_token), **headers}
        return self.client.generic("POST", self.url, body, content_type=content_type, **given)

    def post_form(self, *parts: tuple[dict[str, str], bytes]) -> Any:
        return self.post(form_of(*parts), f"multipart/form-data; boundary={BOUNDARY}")

    def now(self) -> AddOnResult:
        return AddOnResult.objects.get(pk=self.result.pk)

    @property
    def status(self) -> str:
        return self.now().status

    @property
    def invocation(self) -> Invocation:
        return Invocation.objects.get(sid=self.result.sid)


def make_awaited(
    *, definition: dict[str, Any] | None = None, duration_ms: int = 2000, **changes: Any
) -> Awaited:
    publisher = make_publisher()
    listing: Listing = make_listing(
        publisher=publisher, definition=make_recording_definition(**(definition or {}))
    )
    account = make_account()
    installed = make_install(
        account,
        listing,
        configuration={"callback_url": "https://acme.example/results"},
        enabled=["recording-verb"],
    )
    sid = new_sid("XR")
    result = make_result(
        make_recording(account, duration_ms=duration_ms),
        installed,
        **{"sid": sid, "callback_digest": digest_of(token_of(sid)), **changes},
    )
    return Awaited(result, publisher.account)


def part(name: str, data: bytes, content_type: str = "", **options: str) -> tuple[dict[str, str], bytes]:
    more = "".join(f'; {key}="{value}"' for key, value in options.items())
    headers = {"Content-Disposition": f'form-data; name="{name}"{more}'}
    return headers | ({"Content-Type": content_type} if content_type else {}), data


def form_of(*parts: tuple[dict[str, str], bytes]) -> bytes:
    pieces = []
    for headers, data in parts:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        pieces.append(f"--{BOUNDARY}\r\n{head}\r\n".encode() + data + b"\r\n")
    return b"".join(pieces) + f"--{BOUNDARY}--\r\n".encode()
