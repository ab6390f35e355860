"""Two services that cost next to nothing: they answer every GET at once with the same small JSON.

`python -m benchmarks.publishers` prints their ports and serves until its input ends.
"""

import asyncio
import sys
from typing import cast

BODY = b'{"line_type": "mobile", "carrier": "Acme"}'
HEAD_END = b"\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s"
KEPT = ANSWER % (len(BODY), b"", BODY)
CLOSED = ANSWER % (len(BODY), b"Connection: close\r\n", BODY)


class Service(asyncio.Protocol):
    """Reads heads, never bodies."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while HEAD_END in self.received:
            head, self.received = self.received.split(HEAD_END, 1)
            if b"connection: close" in head.lower():
                self.transport.write(CLOSED)
                self.transport.close()
            else:
                self.transport.write(KEPT)


async def main() -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Service, "127.0.0.1", 0, backlog=1_000) for _ in range(2)]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
