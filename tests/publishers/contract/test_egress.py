import asyncio
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from publishers.contract import egress
from publishers.contract.addresses import STRICT, EgressPolicy
from publishers.contract.egress import client, shared_client
from publishers.contract.errors import AddressNotAllowed, BodyTooLarge, Unexpected, VendorFailed
from publishers.contract.signing import SignedRequest
from tests.fake_publisher import Answer, FakePublisher
from tests.publishers.contract import hostile

LOCAL = EgressPolicy.from_hosts(["127.0.0.1"])


def get(url, *headers, method="GET", body=b""):
    return SignedRequest(method=method, url=url, headers=headers, body=body, redacted_url="")


async def exchange(url, policy=LOCAL, *, tls=None, resolver=None, **options):
    async with client(policy, tls=tls, resolver=resolver) as opened:
        return await opened.exchange(get(url), max_bytes=100, **options)


class Names(AbstractResolver):
    """Answers every name with these addresses."""

    def __init__(self, *addresses):
        self.addresses = addresses
        self.is_closed = False

    async def resolve(self, host, port=0, family=0):
        if not self.addresses:
            raise OSError("no such name")
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
            for address in self.addresses
        ]

    async def close(self):
        self.is_closed = True


# --- What is sent ----------------------------------------------------------------------------


async def test_exactly_our_headers_and_bytes_are_sent():
    async with FakePublisher() as publisher, client(LOCAL) as opened:
        request = get(
            publisher.url("/a%2Fb?c=%20"), ("X-A", "1"), ("X-A", "2"), method="POST", body=b"\x00\xff"
        )
        await opened.exchange(request, max_bytes=100)
    (received,) = publisher.requests
    assert (received.url, received.body) == (request.url, b"\x00\xff")
    assert received.headers.keys() == {"host", "x-a", "content-length", "connection"}


async def test_a_large_recording_is_sent_whole():
    async with FakePublisher() as publisher, client(LOCAL) as opened:
        await opened.exchange(get(publisher.url(), method="PUT", body=bytes(3_000_000)), max_bytes=100)
    assert len(publisher.requests[0].body) == 3_000_000


async def test_cookies_are_never_sent_back():
    async with FakePublisher(Answer(headers={"Set-Cookie": "a=b"})) as publisher, client(LOCAL) as opened:
        for _ in range(2):
            await opened.exchange(get(publisher.url()), max_bytes=100)
    assert all("cookie" not in request.headers for request in publisher.requests)


async def test_no_proxy_is_taken_from_the_environment(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with FakePublisher({"a": 1}) as publisher:
        assert (await exchange(publisher.url())).body == b'{"a": 1}'


# --- What is taken ---------------------------------------------------------------------------


async def test_an_answer_has_its_status_headers_and_body():
    async with FakePublisher(Answer(201, {"a": 1}, {"X-Mixed": "Yes"})) as publisher:
        answer = await exchange(publisher.url())
    assert (answer.status, answer.body, answer.headers["x-mixed"]) == (201, b'{"a": 1}', "Yes")


async def test_redirects_are_answers_and_their_bodies_are_not_read():
    async with FakePublisher(Answer(302, {"a": 1}, {"Location": "/b"})) as publisher:
        answer = await exchange(publisher.url())
    assert (answer.status, answer.headers["location"], answer.body) == (302, "/b", b"")
    assert len(publisher.requests) == 1


async def test_whoever_wants_the_body_of_an_error_can_have_it():
    async with FakePublisher(Answer(404, {"a": 1})) as publisher:
        assert (await exchange(publisher.url(), read=range(200, 600))).body == b'{"a": 1}'


async def test_an_identity_encoding_is_no_encoding():
    async with FakePublisher(Answer(headers={"Content-Encoding": "Identity"})) as publisher:
        assert (await exchange(publisher.url())).body == b"{}"


async def test_a_compressed_body_is_refused_unread():
    async with FakePublisher(raw=hostile.BEHAVIOURS["gzip-bomb"]) as publisher:
        with pytest.raises(Unexpected, match="compressed"):
            await exchange(publisher.url())


@pytest.mark.parametrize("chunk", [100, 101])
async def test_a_body_of_unknown_length_is_counted_as_it_comes(chunk):
    body = f"{chunk:x}\r\n".encode() + bytes(chunk) + b"\r\n0\r\n\r\n"
    async with FakePublisher(raw=hostile.raw(hostile.CHUNKED + body)) as publisher:
        if chunk == 100:
            assert len((await exchange(publisher.url())).body) == 100
        else:
            with pytest.raises(BodyTooLarge):
                await exchange(publisher.url())


async def test_a_dropped_connection_is_not_tried_again_behind_our_back():
    async with FakePublisher(raw=hostile.reset) as publisher:
        with pytest.raises(VendorFailed, match="closed"):
            await exchange(publisher.url())
    assert publisher.connections == 1


# --- Where we connect ------------------------------------------------------------------------


async def test_nothing_listens():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(VendorFailed, match="not accepted"):
        await exchange(f"http://127.0.0.1:{port}/")


async def test_an_internal_literal_is_refused():
    async with FakePublisher() as publisher:
        with pytest.raises(AddressNotAllowed):
            await exchange(publisher.url(), STRICT)
    assert publisher.connections == 0


async def test_the_socket_is_checked_even_when_the_url_was_not(monkeypatch):
    monkeypatch.setattr("publishers.contract.egress.check_url", lambda url, policy: None)
    async with FakePublisher() as publisher:
        with pytest.raises(AddressNotAllowed):
            await exchange(publisher.url(), STRICT)
    assert publisher.connections == 0


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"]])
async def test_a_name_with_one_internal_address_is_refused(addresses):
    with pytest.raises(AddressNotAllowed):
        await exchange("https://rebind.test/", STRICT, resolver=Names(*addresses))


async def test_a_name_that_does_not_exist_is_the_publishers_failure():
    with pytest.raises(VendorFailed, match="not found"):
        await exchange("https://gone.test/", STRICT, resolver=Names())


async def test_the_resolver_is_closed_with_the_client():
    resolver = Names()
    async with client(STRICT, resolver=resolver):
        assert not resolver.is_closed
    assert resolver.is_closed


async def test_a_slow_name_server_does_not_outlive_the_callers_clock():
    class Silent(Names):
        async def resolve(self, host, port=0, family=0):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await exchange("https://slow.test/", STRICT, resolver=Silent())


# --- TLS -------------------------------------------------------------------------------------


def certificate(folder: Path, *, address: str = "127.0.0.1", days: int = 1) -> Path:
    """A self-signed certificate and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "acme")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        built.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


def server_tls(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def trusting(path: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(path))


async def test_a_trusted_certificate_is_accepted(tmp_path):
    path = certificate(tmp_path)
    async with FakePublisher({"a": 1}, tls=server_tls(path)) as publisher:
        assert (await exchange(publisher.url(), tls=trusting(path))).body == b'{"a": 1}'


@pytest.mark.parametrize(
    ("address", "days", "trusted"),
    [("127.0.0.1", -1, True), ("127.0.0.9", 1, True), ("127.0.0.1", 1, False)],
    ids=["expired", "of another host", "unknown"],
)
async def test_a_certificate_that_proves_nothing_is_refused(tmp_path, address, days, trusted):
    path = certificate(tmp_path, address=address, days=days)
    async with FakePublisher(tls=server_tls(path)) as publisher:
        with pytest.raises(VendorFailed, match="secure"):
            await exchange(publisher.url(), tls=trusting(path) if trusted else None)
    assert publisher.requests == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
async def test_an_old_tls_version_is_refused(tmp_path):
    path = certificate(tmp_path)
    old = server_tls(path)
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with FakePublisher(tls=old) as publisher:
        with pytest.raises(VendorFailed):
            await exchange(publisher.url(), tls=trusting(path))
    assert publisher.requests == []


async def test_a_server_that_does_not_speak_tls_is_refused():
    async def plain(_reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with FakePublisher(raw=plain) as publisher:
        with pytest.raises(VendorFailed, match="secure"):
            await exchange(publisher.url().replace("http:", "https:"))


async def test_a_stalled_handshake_does_not_outlive_the_callers_clock():
    async with FakePublisher(raw=hostile.hang) as publisher:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await exchange(publisher.url().replace("http:", "https:"))


# --- The shared client -----------------------------------------------------------------------


async def test_overlapping_users_share_one_client():
    async with shared_client(LOCAL) as first, shared_client(LOCAL) as second, client(LOCAL) as own:
        assert first is second
        assert own is not first


async def test_the_client_stays_open_until_the_last_user_leaves_and_no_longer():
    first = shared_client(LOCAL)
    opened = await first.__aenter__()
    async with shared_client(LOCAL), FakePublisher({"a": 1}) as publisher:
        await first.__aexit__(None, None, None)
        assert (await opened.exchange(get(publisher.url()), max_bytes=100)).status == 200
    assert opened.is_closed
    async with shared_client(LOCAL) as another:
        assert another is not opened


async def test_what_each_user_may_reach_is_its_own():
    async with FakePublisher() as publisher, shared_client(LOCAL), shared_client(STRICT) as strict:
        with pytest.raises(AddressNotAllowed):
            await strict.exchange(get(publisher.url()), max_bytes=100)
    assert publisher.connections == 0


async def test_a_user_that_fails_or_is_cancelled_closes_what_it_opened():
    async def fails():
        async with shared_client(LOCAL) as opened:
            clients.append(opened)
            await asyncio.Event().wait()

    clients = []
    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert clients[0].is_closed


def test_loops_in_several_threads_have_clients_of_their_own_and_leave_none():
    async def main():
        async with FakePublisher({"a": 1}) as publisher, shared_client(LOCAL) as opened:
            barrier.wait(5)
            await opened.exchange(get(publisher.url()), max_bytes=100)
            return opened

    barrier = threading.Barrier(4)
    with ThreadPoolExecutor(4) as threads:
        opened = [each.result() for each in [threads.submit(asyncio.run, main()) for _ in range(4)]]
    assert len({id(each) for each in opened}) == 4
    assert all(each.is_closed for each in opened)
    assert egress._shared == {}


async def test_answers_never_cross_in_a_shared_client():
    """A publisher that says more than it was asked for poisons nobody's next answer."""
    more = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad"
    async with FakePublisher(raw=hostile.raw(more)) as poisoner, shared_client(LOCAL) as opened:
        for _ in range(5):
            with suppress(VendorFailed):
                assert (await opened.exchange(get(poisoner.url()), max_bytes=100)).body == b"{}"
        assert poisoner.connections == 5


async def test_cookies_are_kept_for_nobody():
    async with (
        FakePublisher(Answer(headers={"Set-Cookie": "a=b"})) as publisher,
        shared_client(LOCAL) as opened,
    ):
        for _ in range(2):
            await opened.exchange(get(publisher.url()), max_bytes=100)
    assert all("cookie" not in request.headers for request in publisher.requests)


async def test_a_name_is_asked_again_for_each_connection(monkeypatch):
    resolver = Names("127.0.0.1")
    monkeypatch.setattr(aiohttp, "AsyncResolver", lambda: resolver)
    async with FakePublisher({"a": 1}) as publisher, shared_client(LOCAL) as opened:
        url = publisher.url().replace("127.0.0.1", "acme.test")
        monkeypatch.setattr(egress, "check_url", lambda url, policy: None)
        assert (await opened.exchange(get(url), max_bytes=100)).status == 200
        resolver.addresses = ["127.0.0.2"]
        with pytest.raises(AddressNotAllowed):
            await opened.exchange(get(url), max_bytes=100)
    assert publisher.connections == 1
    assert resolver.is_closed
