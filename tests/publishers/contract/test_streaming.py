"""Recordings go out, and files come in, piece by piece: as fast as the other side takes them."""

import asyncio
import hashlib
import io
import socket
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes

import pytest
from twilio.request_validator import RequestValidator

from publishers.contract.addresses import EgressPolicy
from publishers.contract.audio import Audio, Stream
from publishers.contract.bodies import MultipartBody, RawBody
from publishers.contract.egress import client
from publishers.contract.errors import BadRequest, BodyTooLarge, OwnFault, TimedOut
from publishers.contract.limits import ASYNC_ATTEMPT_MS
from publishers.contract.rendered import RenderedRequest
from publishers.contract.secret import Secret
from publishers.contract.send import Budget, send
from publishers.contract.signing import SignedRequest
from tests.fake_publisher import Answer, FakePublisher
from tests.publishers.contract.documents import recorded
from tests.publishers.contract.test_egress import certificate, server_tls, trusting

LOCAL = EgressPolicy.from_hosts(["127.0.0.1"])
TOKEN = Secret("12345")
MB = 1_000_000
LARGE = 100 * MB


class Counted(io.RawIOBase):
    """A file of zeros that tells how much was read of it, over all its openings."""

    def __init__(self, size=LARGE, lasts=None):
        self.size, self.lasts = size, size if lasts is None else lasts
        self.openings, self.read_bytes = 0, 0

    def audio(self):
        return Audio(self.open, self.size, "audio/x-wav", hashlib.sha256(b"").hexdigest())

    def open(self):
        self.openings += 1
        self.left = self.lasts
        return self

    def read(self, size=-1):
        size = min(size, self.left)
        self.left -= size
        self.read_bytes += size
        return bytes(size)

    def close(self):
        pass


def upload(publisher, audio, *, parts=None):
    body = RawBody(audio) if parts is None else MultipartBody((*parts, ("audio", audio)))
    return RenderedRequest(method="POST", target=publisher.url("/a"), query=(("k", "1"),), body=body)


async def sent(request, *, ms=ASYNC_ATTEMPT_MS, pauses_ms=(), tls=None):
    async with client(LOCAL, tls=tls) as opened:
        budget = Budget.starting_now(ms)
        budget = Budget(deadline=budget.deadline, pauses_ms=pauses_ms)
        return await send(opened, request, token=TOKEN, budget=budget)


async def head_of(reader):
    return await reader.readuntil(b"\r\n\r\n")


def says(status, *, and_waits=False):
    """Answers as soon as the head of the request is there; then closes, or waits for its own end."""

    async def handler(reader, writer):
        await head_of(reader)
        writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        if and_waits:
            await asyncio.Event().wait()

    return handler


async def swallow(reader, writer):
    """Reads everything, keeps nothing, and accepts it."""
    left = LARGE
    await head_of(reader)
    while left:
        left -= len(await reader.read(65_536))
    writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


# --- What arrives ----------------------------------------------------------------------------


async def test_a_recording_arrives_as_the_body_with_its_hash_in_the_signed_url():
    content = b"RIFF and so on" * 20_000
    async with FakePublisher(202) as publisher:
        await sent(upload(publisher, recorded(content, "audio/mpeg")))
    (received,) = publisher.requests
    assert (received.body, received.headers["content-length"]) == (content, str(len(content)))
    assert received.headers["content-type"] == "audio/mpeg"
    signature = received.headers["x-twilio-signature"]
    assert RequestValidator("12345").validate(received.url, content.decode(), signature)


async def test_a_recording_arrives_as_a_part_between_signed_texts():
    content = bytes(range(256)) * 1_000
    async with FakePublisher(202) as publisher:
        await sent(upload(publisher, recorded(content), parts=(("channels", "2"), ("key", Secret("s3cret")))))
    (received,) = publisher.requests
    head = f"Content-Type: {received.headers['content-type']}\r\n\r\n".encode()
    parts = [part.get_payload(decode=True) for part in message_from_bytes(head + received.body).get_payload()]
    assert parts == [b"2", b"s3cret", content]
    assert received.headers["content-length"] == str(len(received.body))
    signed = {"channels": "2", "key": "s3cret"}
    assert RequestValidator("12345").validate(received.url, signed, received.headers["x-twilio-signature"])


async def test_a_recording_goes_through_tls(tmp_path):
    path = certificate(tmp_path)
    content = bytes(range(256)) * 10_000
    async with FakePublisher(202, tls=server_tls(path)) as publisher:
        await sent(upload(publisher, recorded(content)), tls=trusting(path))
    assert publisher.requests[0].body == content


async def test_each_try_reads_the_file_anew():
    file = Counted(MB)
    async with FakePublisher([503, 503, 202]) as publisher:
        reply = await sent(upload(publisher, file.audio()), pauses_ms=(1, 1))
    assert (reply.status, len(reply.attempts), file.openings) == (202, 3, 3)
    assert [request.body for request in publisher.requests] == [bytes(MB)] * 3


@pytest.mark.parametrize("status", [307, 308])
async def test_the_file_follows_a_redirect_that_keeps_the_method(status):
    file = Counted(MB)
    async with FakePublisher([Answer(status, headers={"Location": "/elsewhere"}), 202]) as publisher:
        await sent(upload(publisher, file.audio(), parts=()))
    first, second = publisher.requests
    assert (first.body, second.path, file.openings) == (second.body, "/elsewhere", 2)


async def test_the_file_stays_behind_after_a_redirect_to_get():
    file = Counted(MB)
    async with FakePublisher([Answer(303, headers={"Location": "/elsewhere"}), 202]) as publisher:
        await sent(upload(publisher, file.audio()))
    assert (publisher.requests[1].method, publisher.requests[1].body, file.openings) == ("GET", b"", 1)


# --- How much of it is held ------------------------------------------------------------------


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "TLS"])
async def test_a_large_recording_is_never_held_whole(tmp_path, is_secure):
    path = certificate(tmp_path) if is_secure else None
    file = Counted()
    async with FakePublisher(raw=swallow, tls=server_tls(path) if path else None) as publisher:
        tracemalloc.start()
        try:
            reply = await sent(upload(publisher, file.audio()), tls=trusting(path) if path else None)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (reply.status, file.read_bytes) == (202, LARGE)
    assert peak < 8 * MB  # the receiver's buffers are in it


async def test_a_publisher_that_reads_nothing_ends_with_the_clock():
    async def deaf(_reader, writer):
        writer.transport.pause_reading()
        await asyncio.Event().wait()

    file = Counted()
    async with FakePublisher(raw=deaf) as publisher:
        with pytest.raises(TimedOut):
            await sent(upload(publisher, file.audio()), ms=1_000)
    assert 0 < file.read_bytes < 20 * MB  # what the two sockets hold


# --- Answers before the end ------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 413])
async def test_an_early_refusal_counts_and_ends_the_upload(status):
    file = Counted()
    async with FakePublisher(raw=says(status)) as publisher:
        with pytest.raises(BadRequest) as refused:
            await sent(upload(publisher, file.audio()))
    assert refused.value.attempts[0].status == status
    assert file.read_bytes < 20 * MB


async def test_an_answer_is_read_before_an_error_of_the_upload_can_overtake_it():
    closed = threading.Event()

    def refuse():
        connection, _ = listening.accept()
        with connection:
            connection.recv(100)  # the rest stays unread, so the end is a reset
            connection.sendall(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n")
        closed.set()

    class Interrupted(Stream):
        """Holds the loop between its pieces until the server is gone."""

        def behind(self, head):
            return Interrupted((head, *self.pieces))

        async def chunks(self):
            *first, last = self.pieces
            yield b"".join(first)
            closed.wait(5)
            yield last

    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor() as pool:
        pool.submit(refuse)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        body = Interrupted((bytes(10_000), b"more"))
        request = SignedRequest(method="POST", url=url, headers=(), body=body, redacted_url="")
        async with client(LOCAL) as opened, asyncio.timeout(5):
            assert (await opened.exchange(request, max_bytes=100)).status == 413


async def test_after_an_early_answer_the_connection_is_not_used_again():
    async with FakePublisher(raw=says(200, and_waits=True)) as publisher, client(LOCAL) as opened:
        lane = opened.lane("AC1")
        for _ in range(2):
            budget = Budget.starting_now(1_000)
            await send(lane, upload(publisher, Counted().audio()), token=TOKEN, budget=budget)
    assert publisher.connections == 2


# --- Files that cannot be read ---------------------------------------------------------------


async def test_a_file_that_ends_too_soon_is_our_fault():
    async with FakePublisher(202) as publisher:
        with pytest.raises(OwnFault, match="could not be read"):
            await sent(upload(publisher, Counted(MB, lasts=MB - 1).audio()))
    assert publisher.requests == []


async def test_a_file_that_is_gone_is_our_fault(tmp_path):
    audio = Audio((tmp_path / "gone").open, 10, "audio/x-wav", "")
    async with FakePublisher(202) as publisher:
        with pytest.raises(OwnFault):
            await sent(upload(publisher, audio))


# --- Answers that are streamed out -----------------------------------------------------------


async def fetched(publisher, sink, *, max_bytes=10 * MB):
    request = SignedRequest(method="GET", url=publisher.url(), headers=(), body=b"", redacted_url="")
    async with client(LOCAL) as opened:
        return await opened.exchange(request, max_bytes=max_bytes, sink=sink)


async def test_a_body_goes_to_the_sink_piece_by_piece():
    pieces = []
    async with FakePublisher(bytes(3 * MB)) as publisher:
        answer = await fetched(publisher, pieces.append)
    assert (answer.status, answer.body, sum(map(len, pieces))) == (200, b"", 3 * MB)
    assert max(map(len, pieces)) <= 262_144


async def test_a_sink_gets_no_more_than_is_allowed():
    pieces = []

    async def endless(reader, writer):
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(10_000))
            await writer.drain()

    async with FakePublisher(raw=endless) as publisher:
        with pytest.raises(BodyTooLarge):
            await fetched(publisher, pieces.append, max_bytes=MB)
    assert sum(map(len, pieces)) <= MB


async def test_what_a_sink_raises_ends_the_exchange():
    def full(_piece):
        raise OSError("no space left")

    async with FakePublisher(bytes(MB)) as publisher:
        with pytest.raises(OSError, match="no space left"):
            await fetched(publisher, full)
