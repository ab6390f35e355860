"""One HTTP/1.1 exchange at a time on one connection, with a bound on everything that may come back.

A library would be the obvious choice, and aiohttp was ours. It reads interim answers, chunk extensions and
what comes unasked on an idle connection without limit (one flood cost a core and 100 MB), gives no way to
ask a connection whether it was used before, and takes three quarters of the processor time of a lookup.
The grammar is still a library's: llhttp, the parser of Node and of aiohttp, by httptools.
"""

import asyncio
import select
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpResponseParser

from publishers.contract.errors import BodyTooLarge, ContractError, Unexpected, VendorFailed
from publishers.contract.limits import (
    MAX_HEADS,
    MAX_RESPONSE_HEADERS,
    MAX_RESPONSE_LINE_BYTES,
    MAX_WIRE_BYTES,
    READ_BUFFER_BYTES,
    WIRE_BYTES_PER_BYTE,
)

_ANSWERS: Final = range(200, 600)
_SWITCHING: Final = 101
_NOT_HTTP: Final = "The answer is not valid HTTP."


class Dropped(VendorFailed):
    """61002: the connection was ended before an answer began."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer. Header names are in lower case; of a repeated one the last value counts."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What of an answer is taken in: a body of so many bytes at most, and of which statuses."""

    max_bytes: int
    statuses: range
    on_status: Callable[[int], None]


class Connection(asyncio.Protocol):
    """A connection to one server. `ask` again only after an answer, and only when it `is_open`."""

    def __init__(self) -> None:
        self.served = 0
        self.idle_since = 0.0
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None

    @property
    def is_open(self) -> bool:
        """Whether another request may be sent."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing lies in the socket unread: neither its end, nor what would pass for an answer."""
        if self._transport is None:
            return False
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket"), select.POLLIN)
        return not poll.poll(0)

    def ask(self, request: bytes, reading: Reading) -> "asyncio.Future[Answer]":
        """Send a request; the future holds the answer or a ContractError."""
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        if self._transport is None or self._transport.is_closing():
            waiting.set_exception(Dropped("The connection was closed before the answer was complete."))
            return waiting
        self._waiting, self._reading = waiting, reading
        self._parser = HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._chunks: list[bytes] = []
        self._size, self._fields, self._heads, self._status = 0, 0, 0, 0
        self._wire_bytes = MAX_WIRE_BYTES + WIRE_BYTES_PER_BYTE * reading.max_bytes
        self._began = self._is_complete = self._may_stay_open = False
        self._transport.write(request)
        return waiting

    def close(self) -> None:
        """End the connection now; whoever waits for an answer is told that it was dropped."""
        if self._transport is not None:
            self._transport.abort()

    # --- asyncio's part ----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            self.close()  # nobody asked
            return
        self._began = True
        try:
            # A read brings up to 256 KiB: the bounds below must hold inside it.
            for start in range(0, len(data), READ_BUFFER_BYTES):
                piece = data[start : start + READ_BUFFER_BYTES]
                self._count(piece)
                self._parser.feed_data(piece)
        except HttpParserUpgrade:
            self._fail(VendorFailed(f"{_SWITCHING} is not the status of an answer."))
        except HttpParserCallbackError as error:
            self._fail(error.__context__ if isinstance(error.__context__, ContractError) else error)
        except HttpParserError as error:
            self._fail(VendorFailed(_NOT_HTTP), error)
        except ContractError as error:
            self._fail(error)
        else:
            if self._is_complete:
                self._succeed()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
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
        if self._fields > MAX_RESPONSE_HEADERS or max(len(name), len(value)) > MAX_RESPONSE_LINE_BYTES:
            raise VendorFailed(_NOT_HTTP)
        self._headers[name.decode("latin-1").lower()] = value.decode("utf-8", "surrogateescape")

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status in range(100, 200) and status != _SWITCHING:
            return
        self._reading.on_status(status)
        if status not in _ANSWERS:
            raise VendorFailed(f"{status} is not the status of an answer.")
        self._status = status
        self._may_stay_open = self._parser.should_keep_alive()
        if status not in self._reading.statuses:
            self._is_complete, self._may_stay_open = True, False  # what else comes is not read
            return
        if self._headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise Unexpected("The body is compressed, although the request says Accept-Encoding: identity.")
        announced = self._headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > self._reading.max_bytes:
            raise BodyTooLarge(f"The body has {announced} bytes; {self._reading.max_bytes} are allowed.")

    def on_body(self, body: bytes) -> None:
        if self._is_complete:
            return
        self._size += len(body)
        if self._size > self._reading.max_bytes:
            raise BodyTooLarge(f"The body has more than {self._reading.max_bytes} bytes.")
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        self._is_complete = self._status != 0  # else it was an interim answer

    # --- Ends --------------------------------------------------------------------------------

    @property
    def _is_until_end(self) -> bool:
        """Whether the end of the connection is the end of the body."""
        return self._status != 0 and not {"content-length", "transfer-encoding"} & self._headers.keys()

    def _count(self, piece: bytes) -> None:
        """A server may say a lot that is no body: chunk sizes and extensions, blank lines, more heads."""
        self._wire_bytes -= len(piece)
        if self._wire_bytes < 0:
            raise VendorFailed("More came than any answer needs.")

    def _succeed(self) -> None:
        if not self._may_stay_open:
            self.close()
        self.served += 1
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(
                Answer(status=self._status, headers=self._headers, body=b"".join(self._chunks))
            )

    def _fail(self, error: BaseException, cause: BaseException | None = None) -> None:
        self.close()
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            error.__cause__ = cause
            waiting.set_exception(error)
