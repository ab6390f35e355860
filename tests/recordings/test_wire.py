"""Large recordings through a real web process: taken in and given out a piece at a time."""

import hashlib
import http.client
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from accounts.models import Account
from benchmarks.servers import Server
from recordings.models import Recording
from tests.config.test_serving import web_process
from tests.conftest import basic
from tests.factories import make_account
from tests.recordings.sounds import wav

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 60
SECONDS = 3_000  # 48 MB
SOUND = SECONDS * 16_000
PIECE = bytes(250_000)
HEAD = (
    b'--x\r\nContent-Disposition: form-data; name="RecordingSource"\r\n\r\nOutboundAPI\r\n'
    b'--x\r\nContent-Disposition: form-data; name="Recording"; filename="a"\r\n\r\n'
)
END = b"\r\n--x--\r\n"


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Iterator[Server]:
    settings.VAR_DIR = tmp_path
    (tmp_path / "static").mkdir()
    with web_process(settings) as server:
        yield server


@contextmanager
def ask(site: Server, method: str, path: str, body: Any = None, **headers: str) -> Iterator[Any]:
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=PATIENCE)
    try:
        connection.request(
            method, path, body, {name.replace("_", "-"): each for name, each in headers.items()}
        )
        yield connection.getresponse()
    finally:
        connection.close()


def sound() -> Iterable[bytes]:
    """A WAV that is much longer than any buffer."""
    yield wav(b"", claims=SOUND, riff_claims=36 + SOUND)
    yield from (PIECE for _ in range(SOUND // len(PIECE)))


def upload() -> Iterator[bytes]:
    yield HEAD
    yield from sound()
    yield END


def bring(site: Server, account: Account, secret: str, **headers: str) -> Any:
    sent = {"Content_Type": "multipart/form-data; boundary=x", **headers}
    authorization = basic(account.sid, secret)
    return ask(
        site, "POST", f"/connect/{account.sid}/recordings", upload(), Authorization=authorization, **sent
    )


def peak_mb(site: Server) -> float:
    lines = Path(f"/proc/{site.pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM:"))) / 1024


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_large_recording_comes_in_and_goes_out_in_little_memory(site: Server, is_chunked: bool) -> None:
    account = make_account()
    login = {"Authorization": basic(account.sid, account.auth_token)}
    root = f"/2010-04-01/Accounts/{account.sid}/Recordings"
    with ask(site, "GET", f"{root}.json", **login) as answer:
        assert answer.status == 200
    before = peak_mb(site)
    size = 44 + SOUND
    length = {} if is_chunked else {"Content_Length": str(len(HEAD) + size + len(END))}
    with bring(site, account, account.auth_token, **length) as answer:
        shown = json.loads(answer.read())
    assert (answer.status, shown["duration"]) == (201, str(SECONDS)), shown
    recording = Recording.objects.get()
    digest = hashlib.sha256()
    for piece in sound():
        digest.update(piece)
    assert (recording.size, recording.sha256) == (size, digest.hexdigest())
    heard = hashlib.sha256()
    with ask(site, "GET", f"{root}/{recording.sid}", **login) as answer:
        while piece := answer.read(65_536):
            heard.update(piece)
    assert heard.hexdigest() == recording.sha256
    with ask(site, "GET", f"{root}/{recording.sid}.wav", Range="bytes=-1000", **login) as answer:
        assert (answer.status, answer.read()) == (206, bytes(1000))
    assert peak_mb(site) - before < 30


def test_a_large_upload_is_refused_before_it_is_read(site: Server) -> None:
    account, other = make_account(), make_account()
    length = str(len(HEAD) + 44 + SOUND + len(END))
    path = f"/connect/{account.sid}/recordings"
    head = {"Content_Type": "multipart/form-data; boundary=x", "Content_Length": length}
    for login, status in (
        ({}, 401),
        ({"Authorization": basic(account.sid, "wrong")}, 401),
        ({"Authorization": basic(other.sid, other.auth_token)}, 404),
    ):
        with ask(site, "POST", path, None, **head, **login) as answer:
            assert (answer.status, json.loads(answer.read())["status"]) == (status, status)
    own = {"Authorization": basic(account.sid, account.auth_token)}
    with ask(site, "POST", path, None, **{**head, "Content_Length": str(600 * 1024 * 1024)}, **own) as answer:
        assert answer.status == 413
    form = {**head, "Content_Type": "application/x-www-form-urlencoded"}
    with ask(site, "POST", path, None, **form, **own) as answer:
        assert answer.status == 413
    assert not Recording.objects.exists()
