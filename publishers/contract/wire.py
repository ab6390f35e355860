"""One HTTP/1.1 exchange at a time on one connection, with a bound on everything that may come back.

A library would be the obvious choice, and aiohttp was ours. It reads interim answers, chunk extensions and
what comes unasked on an idle connection without limit (one flood cost a core and 100 MB), gives no way to
ask a connection whether it was used before, and takes three quarters of the processor time of a lookup.
The grammar is still a library's: llhttp, the parser of Node and of aiohttp, by httptools.
"""

import asyncio
import select
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final, cast

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpResponseParser

from publishers.contract.audio import Encoded, Stream
from publishers.contract.errors import (
    BodyTooLarge,
    ContractError,
    OwnFault,
    Unexpected,
    VendorFailed,
)
from publishers.contract.limits import (
    MAX_HEADS,
    MAX_RESPONSE_HEADERS,
    MAX_RESPONSE_LINE_BYTES,
    MAX_WIRE_BYTES,
    READ_BUFFER_BYTES,
    WIRE_BYTES_PER_BYTE,
)

_INTERIM: Final = range(100, 200)
_ANSWERS: Final = range(200, 600)
_SWITCHING: Final = 101
_NOT_HTTP: Final = "The answer is not valid HTTP."


class Dropped(VendorFailed):
    """61002: the connection was ended before an answer began."""


@dataclass(slots=True, kw_only=True)
class Answer:
    """One HTTP answer. `fields` are its headers as bytes: most are never looked at."""

    status: int
    fields: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """As text. Names are in lower case; of a repeated one the last value counts."""
        return {
            name.decode("latin-1"): value.decode("utf-8", "surrogateescape")
            for name, value in self.fields.items()
        }


@dataclass(slots=True, kw_only=True)
class Reading:
    """What of an answer is taken in: a body of so many bytes at most, and of which statuses; until when.

    `deadline` is for who waits. `sink` is given the body as it comes; without one it is kept for the answer.
    """

    max_bytes: int
    statuses: range
    on_status: Callable[[int], None]
    deadline: float | None = None
    sink: Callable[[bytes], object] | None = None


class Connection(asyncio.Protocol):
    """A connection to one server. `ask` again only after an answer, and only when it `is_open`."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._upload: asyncio.Task[None] | None = None
        self._room: asyncio.Event | None = None

    @property
    def is_open(self) -> bool:
        """Whether another request may be sent."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing lies in the socket unread: neither its end, nor what would pass for an answer."""
        return self._transport is not None and not self._socket.poll(0)

    def ask(self, request: Encoded, reading: Reading) -> "asyncio.Future[Answer]":
        """Send a request; the future holds the answer or a ContractError."""
        waiting: asyncio.Future[Answer] = self._loop.create_future()
        if self._transport is None or self._transport.is_closing():
            waiting.set_exception(Dropped("The connection was closed before the answer was complete."))
            return waiting
        self._waiting, self._reading = waiting, reading
        self._parser = HttpResponseParser(self)
        self._headers: dict[bytes, bytes] = {}
        self._chunks: list[bytes] = []
        self._size, self._fields, self._heads, self._status = 0, 0, 0, 0
        self._wire_bytes = MAX_WIRE_BYTES + WIRE_BYTES_PER_BYTE * reading.max_bytes
        self._began = self._is_complete = self._may_stay_open = False
        if isinstance(request, bytes):
            self._transport.write(request)
        else:
            self._upload = self._loop.create_task(self._send(request))
        return waiting

    async def _send(self, request: Stream) -> None:
        """Send piece by piece, as fast as it is taken. An answer that comes earlier ends it."""
        self._room = asyncio.Event()
        self._room.set()
        try:
            async with aclosing(request.chunks()) as chunks:
                async for chunk in chunks:
                    await self._room.wait()
                    # An answer is read first: to write on may bring an error that overtakes it.
                    while self.is_open and not self.is_quiet:  # noqa: ASYNC110 - the loop itself has to turn
                        await asyncio.sleep(0)
                    if self._transport is not None:
                        self._transport.write(chunk)
        except Exception as error:  # noqa: BLE001 - a storage raises what it likes; this call alone fails
            self._fail(OwnFault("The recording could not be read."), error)
        finally:
            self._upload = None

    def close(self) -> None:
        """End the connection now; whoever waits for an answer is told that it was dropped."""
        self._stop_upload()
        if self._transport is not None:
            self._transport.abort()

    # --- asyncio's part ----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._socket = select.poll()
        self._socket.register(transport.get_extra_info("socket"), select.POLLIN)

    def pause_writing(self) -> None:
        if self._room is not None:
            self._room.clear()

    def resume_writing(self) -> None:
        if self._room is not None:
            self._room.set()

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            self.close()  # nobody asked
            return
        self._began = True
        try:
            # A read brings up to 256 KiB: the bounds below must hold inside it.
            for start in range(0, len(data), READ_BUFFER_BYTES):
                piece = data[start : start + READ_BUFFER_BYTES]
                self._wire_bytes -= len(piece)
                if self._wire_bytes < 0:  # a server may say a lot that is no body: chunk sizes, more heads
                    raise VendorFailed("More came than any answer needs.")
                self._parser.feed_data(piece)
        except HttpParserUpgrade:
            self._fail(VendorFailed(f"{_SWITCHING} is not the status of an answer."))
        except HttpParserCallbackError as error:
            self._fail(error.__context__ or error)
        except HttpParserError as error:
            self._fail(VendorFailed(_NOT_HTTP), error)
        except ContractError as error:
            self._fail(error)
        else:
            if self._is_complete:
                self._succeed()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._stop_upload()
        if self._waiting is None or self._waiting.done():
            return
        if self._is_until_end and error is None:
            self._succeed()
        elif self._status:
            self._fail(VendorFailed("The body broke off."), error)
        elif self._began:
            self._fail(VendorFailed("The connection was closed before the answer was complete."), error)
        else:
            self._fail(Dropped("The connection was closed before the answer was complete."), error)

    # --- The parser's part: what these raise, `feed_data` wraps ------------------------------

    def on_message_begin(self) -> None:
        if self._is_complete:
            raise VendorFailed(_NOT_HTTP)  # a second answer
        self._heads += 1
        if self._heads > MAX_HEADS:
            raise VendorFailed("There are too many interim answers.")
        self._headers, self._fields = {}, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields += 1
        if (
            self._fields > MAX_RESPONSE_HEADERS
            or len(name) > MAX_RESPONSE_LINE_BYTES
            or len(value) > MAX_RESPONSE_LINE_BYTES
        ):
            raise VendorFailed(_NOT_HTTP)
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status in _INTERIM and status != _SWITCHING:
            return
        self._reading.on_status(status)
        if status not in _ANSWERS:
            raise VendorFailed(f"{status} is not the status of an answer.")
        self._status = status
        self._may_stay_open = self._parser.should_keep_alive()
        if status not in self._reading.statuses:
            self._is_complete, self._may_stay_open = True, False  # what else comes is not read
            return
        if self._headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
            raise Unexpected("The body is compressed, although the request says Accept-Encoding: identity.")
        announced = self._headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._reading.max_bytes:
            most = self._reading.max_bytes
            raise BodyTooLarge(f"The body has {int(announced)} bytes; {most} are allowed.")

    def on_body(self, body: bytes) -> None:
        if self._is_complete:
            return
        self._size += len(body)
        if self._size > self._reading.max_bytes:
            raise BodyTooLarge(f"The body has more than {self._reading.max_bytes} bytes.")
        if self._reading.sink is None:
            self._chunks.append(body)
        else:
            self._reading.sink(body)

    def on_message_complete(self) -> None:
        self._is_complete = self._status != 0  # else it was an interim answer

    # --- Ends --------------------------------------------------------------------------------

    @property
    def _is_until_end(self) -> bool:
        """Whether the end of the connection is the end of the body."""
        return self._status != 0 and not {b"content-length", b"transfer-encoding"} & self._headers.keys()

    def _stop_upload(self) -> None:
        if self._upload is not None:
            self._upload.cancel()
            self._upload = None

    def _succeed(self) -> None:
        if not self._may_stay_open or self._upload is not None:
            self.close()
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(Answer(status=self._status, fields=self._headers, body=b"".join(self._chunks)))
            del self._parser  # it and this connection hold each other

    def _fail(self, error: BaseException, cause: BaseException | None = None) -> None:
        self.close()
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            error.__cause__ = cause
            waiting.set_exception(error)
            del self._parser  # the same, and what it has read so far
