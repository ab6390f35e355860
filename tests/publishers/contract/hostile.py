"""The behaviours of `data/hostile_publisher_cases.json`, as bytes on a socket."""

import asyncio
import gzip
import os
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Iterable

RawHandler = Callable[[StreamReader, StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
TICK = 0.02


def http(head: str, body: bytes = b"") -> RawHandler:
    """Answer with this head (lines, without the empty one) and body, then close."""
    lines = "\r\n".join(head.splitlines())
    return raw(f"{lines}\r\n\r\n".encode() + body)


def raw(content: bytes) -> RawHandler:
    """Answer with these bytes, then close."""

    async def handler(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(content)
        await writer.drain()

    return handler


def ok(body: bytes, *headers: str) -> RawHandler:
    """A plain 200 with a correct length."""
    return http("\n".join(("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers)), body)


def dripping(head: bytes, piece: bytes) -> RawHandler:
    """A start, then one piece per tick for ever."""

    async def handler(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(TICK)

    return handler


def endless(head: bytes, piece: bytes) -> RawHandler:
    """A start, then pieces as fast as they are taken."""

    async def handler(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()

    return handler


async def hang(reader: StreamReader, _writer: StreamWriter) -> None:
    """Accept, read, never answer."""
    while await reader.read(65_536):
        pass
    await asyncio.Event().wait()


async def reset(reader: StreamReader, writer: StreamWriter) -> None:
    """RST instead of an answer."""
    await reader.readuntil(b"\r\n\r\n")
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def many_headers(count: int) -> str:
    """A head with this many headers."""
    return "\n".join(("HTTP/1.1 200 OK", *(f"X-{number}: y" for number in range(count)), "Content-Length: 2"))


def _chunk(body: bytes, extension: str = "") -> bytes:
    return f"{len(body):x}{extension}\r\n".encode() + body + b"\r\n"


BOMB = gzip.compress(bytes(10_000_000))
EMPTY_CHUNKED = _chunk(b"{}") + _chunk(b"")
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

BEHAVIOURS: dict[str, RawHandler] = {
    "ok": ok(b"{}"),
    "hang": hang,
    "drip-body": dripping(OK + b"Content-Length: 60000\r\n\r\n", b"x"),
    "drip-head": dripping(OK, b"X-More: y\r\n"),
    "1xx-flood": dripping(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "chunk-drip": dripping(CHUNKED, _chunk(b"x", ";" + "e" * 2_000)),
    "endless-chunked": endless(CHUNKED, _chunk(bytes(65_536))),
    "endless-noclose": endless(OK + b"\r\n", bytes(65_536)),
    "gzip-bomb": ok(BOMB, "Content-Encoding: gzip"),
    "gzip-nested": ok(gzip.compress(BOMB), "Content-Encoding: gzip, gzip"),
    "bad-gzip": ok(b"{}", "Content-Encoding: gzip"),
    "unk-enc": ok(b"{}", "Content-Encoding: zstd"),
    "big-header": http(f"HTTP/1.1 200 OK\nX-Big: {'y' * 1_000_000}\nContent-Length: 2", b"{}"),
    "many-headers": http(many_headers(20_000), b"{}"),
    "cl-short": http("HTTP/1.1 200 OK\nContent-Length: 10", b"{}"),
    "cl-long": http("HTTP/1.1 200 OK\nContent-Length: 2", b"{}garbage"),
    "cl-dup": http("HTTP/1.1 200 OK\nContent-Length: 2\nContent-Length: 3", b"{} "),
    "cl-te": http("HTTP/1.1 200 OK\nContent-Length: 2\nTransfer-Encoding: chunked", EMPTY_CHUNKED),
    "cl-huge": http("HTTP/1.1 200 OK\nContent-Length: 99999999999999999999", b"{}"),
    "cl-neg": http("HTTP/1.1 200 OK\nContent-Length: -1", b"{}"),
    "rst": reset,
    "garbage": raw(os.urandom(4_096)),
    "status-000": http("HTTP/1.1 000 Nothing\nContent-Length: 2", b"{}"),
    "status-999": http("HTTP/1.1 999 Much\nContent-Length: 2", b"{}"),
    "http09": raw(b"{}"),
    "upgrade": http("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade"),
    "204-body": http("HTTP/1.1 204 No Content\nContent-Length: 2", b"{}"),
    "utf16": ok("{}".encode("utf-16")),
    "html": ok(b"<html></html>", "Content-Type: text/html"),
    "json-array": ok(b"[1,2]"),
    "json-nan": ok(b'{"a":NaN}'),
    "json-dup": ok(b'{"a":1,"a":2}'),
    "json-deep": ok(b'{"a":' + b"[" * 64 + b"]" * 64 + b"}"),
    "json-bigint": ok(b'{"a":' + b"9" * 5_000 + b"}"),
    "json-1e400": ok(b'{"a":1e400}'),
    "json-surrogate": ok(b'{"a":"\\ud800"}'),
    "json-nul": ok(b'{"a":"\\u0000"}'),
    "50KB-1": ok(b" " * (51_200 - 2) + b"{}"),
    "50KB+1": ok(b" " * (51_201 - 2) + b"{}"),
    "64KB+1": ok(b" " * (65_537 - 2) + b"{}"),
}


def in_turn(handlers: Iterable[RawHandler]) -> RawHandler:
    """One behaviour per connection, in order."""
    remaining = iter(handlers)

    async def handler(reader: StreamReader, writer: StreamWriter) -> None:
        await next(remaining)(reader, writer)

    return handler
