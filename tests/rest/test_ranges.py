"""A stored file as an answer, and parts of it (RFC 9110)."""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.http import HttpResponse, StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from rest.files import PIECE, DurableFiles
from rest.ranges import StoredFile, file_answer

# The end of an answer lets go of database connections, where there are any.
pytestmark = pytest.mark.django_db

DATA = bytes(range(256)) * 40
SIZE = len(DATA)
ETAG = f'"{"a" * 64}"'


@pytest.fixture
def stored(tmp_path: Path) -> StoredFile:
    storage = DurableFiles(location=str(tmp_path))
    return StoredFile(storage.save("file", ContentFile(DATA)), SIZE, "a" * 64, storage)


def answer(stored: StoredFile, method: str = "GET", **headers: str) -> Any:
    request = RequestFactory().generic(
        method, "/", headers={name.replace("_", "-"): each for name, each in headers.items()}
    )
    return file_answer(request, stored, headers={"Content-Type": "audio/x-wav"})


def body(answered: Any) -> bytes:
    data = answered.getvalue() if answered.streaming else answered.content
    answered.close()
    return bytes(data)


def test_without_a_range_it_is_the_whole(stored: StoredFile) -> None:
    answered = answer(stored)
    assert (answered.status_code, body(answered)) == (200, DATA)
    assert (answered["Content-Length"], answered["Accept-Ranges"]) == (str(SIZE), "bytes")
    assert (answered["Content-Type"], answered["ETag"]) == ("audio/x-wav", ETAG)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=10-", 10, SIZE - 1),
        ("bytes=10-999999", 10, SIZE - 1),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
        ("bytes=-5", SIZE - 5, SIZE - 1),
        ("bytes=-999999", 0, SIZE - 1),
        ("Bytes= 10-19 ", 10, 19),
    ],
)
def test_a_part(stored: StoredFile, asked: str, start: int, end: int) -> None:
    answered = answer(stored, range=asked)
    assert answered.status_code == 206
    assert answered["Content-Range"] == f"bytes {start}-{end}/{SIZE}"
    assert answered["Content-Length"] == str(end - start + 1)
    assert body(answered) == DATA[start : end + 1]


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=999999-9999999", "bytes=-0"])
def test_a_part_behind_the_end_is_not_there(stored: StoredFile, asked: str) -> None:
    answered = answer(stored, range=asked)
    assert (answered.status_code, body(answered)) == (416, b"")
    assert answered["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5-4",
        "bytes=a-b",
        "bytes=0-1,5-6",
        "items=0-1",
        f"bytes={'9' * 30}-",
    ],
)
def test_what_is_no_range_of_ours_is_not_there(stored: StoredFile, asked: str) -> None:
    answered = answer(stored, range=asked)
    assert (answered.status_code, body(answered)) == (200, DATA)


def test_a_part_of_another_file_than_the_caller_knows_is_the_whole(stored: StoredFile) -> None:
    assert body(answer(stored, range="bytes=0-1", if_range=ETAG)) == DATA[:2]
    for other in (f'"{"b" * 64}"', f"W/{ETAG}", "Thu, 07 Apr 2016 23:52:28 GMT"):
        assert body(answer(stored, range="bytes=0-1", if_range=other)) == DATA


def test_head_has_the_headers_of_the_whole_and_no_body(stored: StoredFile) -> None:
    answered = answer(stored, "HEAD", range="bytes=0-1")
    assert (answered.status_code, answered["Content-Length"], body(answered)) == (200, str(SIZE), b"")


def test_an_empty_file(stored: StoredFile) -> None:
    empty = StoredFile(stored.storage.save("empty", ContentFile(b"")), 0, "a" * 64, stored.storage)
    assert body(answer(empty)) == b""
    assert answer(empty, range="bytes=0-").status_code == 416


def test_a_file_that_is_gone_is_told_before_the_answer_begins(stored: StoredFile) -> None:
    stored.storage.delete("file")
    with pytest.raises(FileNotFoundError):
        answer(stored)


def test_an_answer_that_nobody_reads_closes_its_file(stored: StoredFile) -> None:
    answered = answer(stored)
    answered.close()  # an open file would be a warning, which is an error here
    assert isinstance(answered, HttpResponse | StreamingHttpResponse)


async def test_under_asgi_one_piece_at_a_time_is_in_memory(tmp_path: Path) -> None:
    storage, size = DurableFiles(location=str(tmp_path)), 64 * PIECE
    (tmp_path / "large").write_bytes(bytes(size))
    stored = StoredFile("large", size, "a" * 64, storage)
    answered: Any = file_answer(AsyncRequestFactory().get("/"), stored, headers={})
    tracemalloc.start()
    try:
        sent = 0
        async for piece in answered:
            sent += len(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        answered.close()
    assert sent == size
    assert peak < 4 * PIECE
