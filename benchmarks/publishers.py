"""Two services that cost next to nothing: they answer every GET with the same small JSON, as late as it says.

    /facts/0 answers at once, /facts/50 after 50 ms, /facts/never never.

`python -m benchmarks.publishers` prints their ports and serves until its input ends.
"""

import asyncio
import sys
from functools import partial
from typing import cast

import uvloop

BODY = b'{"line_type": "mobile", "carrier": "Acme"}'
HEAD_END = b"\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s"
KEPT = ANSWER % (len(BODY), b"", BODY)
CLOSED = ANSWER % (len(BODY), b"Connection: close\r\n", BODY)
NEVER = b"never"


class Service(asyncio.Protocol):
    """Reads heads, never bodies. Keeps a connection, or closes it when the caller asks for that."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while HEAD_END in self.received:
            head, self.received = self.received.split(HEAD_END, 1)
            delay, closes = delay_of(head), b"connection: close" in head.lower()
            if delay == b"0":
                self._answer(closes=closes)
            elif delay != NEVER:
                answer = partial(self._answer, closes=closes)
                asyncio.get_running_loop().call_later(int(delay) / 1000, answer)

    def _answer(self, *, closes: bool) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(CLOSED if closes else KEPT)
        if closes:
            self.transport.close()


def delay_of(head: bytes) -> bytes:
    """The last part of the path: milliseconds, or `never`."""
    target = head.split(b" ", 2)[1]
    return target.split(b"?", 1)[0].rsplit(b"/", 1)[1]


async def main() -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Service, "127.0.0.1", 0, backlog=1_000) for _ in range(2)]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(main())
