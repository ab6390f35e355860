"""What a platform says of a recording, and what somebody who brings one sends."""

from typing import Any
from urllib.parse import urlencode

from django.core.files.storage import default_storage
from rest_framework.test import APIClient

from accounts.models import Account
from tests.factories import make_audio

FORM = "application/x-www-form-urlencoded"
RE, CA, CF = f"RE{'a' * 32}", f"CA{'b' * 32}", f"CF{'c' * 32}"
# What Twilio sends.
CALLBACK = {
    "AccountSid": f"AC{'9' * 32}",
    "CallSid": CA,
    "RecordingSid": RE,
    "RecordingUrl": f"https://api.twilio.com/2010-04-01/Accounts/AC{'9' * 32}/Recordings/{RE}",
    "RecordingStatus": "completed",
    "RecordingDuration": "12",
    "RecordingChannels": "1",
    "RecordingStartTime": "Sat, 21 Nov 2026 12:00:00 +0000",
    "RecordingSource": "RecordVerb",
    "RecordingTrack": "both",
}
BASE = "https://connect.example"
BOUNDARY = "----boundary7"


def path_of(account: Account) -> str:
    return f"/connect/{account.sid}/recordings"


def tell(api: APIClient, account: Account, query: str = "", **changes: str | None) -> Any:
    form = {name: value for name, value in {**CALLBACK, **changes}.items() if value is not None}
    return api.post(path_of(account) + query, urlencode(form), content_type=FORM)


def body_of(parts: dict[str, str], audio: bytes | None, *, name: str = "Recording", end: str = "--") -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    fields = [f'{head}"{key}"\r\n\r\n{value}\r\n'.encode() for key, value in parts.items()]
    if audio is not None:
        kind = "\r\nContent-Type: text/html"
        fields.append(f'{head}"{name}"; filename="../../a.html"{kind}\r\n\r\n'.encode() + audio + b"\r\n")
    return b"".join(fields) + f"--{BOUNDARY}{end}\r\n".encode()


def send(api: APIClient, account: Account, body: bytes) -> Any:
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return api.generic("POST", path_of(account), body, kind)  # type: ignore[arg-type]  # bytes are taken as they are


def bring(api: APIClient, account: Account, audio: bytes | None = None, **parts: str) -> Any:
    audio = make_audio(2.0, channels=2) if audio is None else audio
    return send(api, account, body_of({"RecordingSource": "Conference", **parts}, audio))


def files() -> set[str]:
    """Every stored file of a recording."""
    try:
        folders, _ = default_storage.listdir("recordings")
    except FileNotFoundError:
        return set()
    names = [(each, name) for each in folders for name in default_storage.listdir(f"recordings/{each}")[1]]
    return {f"recordings/{folder}/{name}" for folder, name in names}
