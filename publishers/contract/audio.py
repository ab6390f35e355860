"""A recording on its way to a publisher: read as it is sent, never held whole."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from publishers.contract.limits import UPLOAD_CHUNK_BYTES


@dataclass(frozen=True)
class Audio:
    """A recording. Only a raw body or a multipart part can carry it. `open` is called anew for each try."""

    open: Callable[[], BinaryIO] = field(repr=False, compare=False)
    size: int
    content_type: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.size} bytes of {self.content_type}"


class TooShort(OSError):
    """The file ended before the size that was announced."""


@dataclass(frozen=True)
class Stream:
    """A body of bytes and audio. `sha256` is there when it is one recording and nothing else."""

    pieces: tuple[bytes | Audio, ...] = field(repr=False)
    sha256: str = ""

    def __len__(self) -> int:
        return sum(piece.size if isinstance(piece, Audio) else len(piece) for piece in self.pieces)

    def behind(self, head: bytes) -> "Stream":
        """The same, after these bytes."""
        return Stream((head, *self.pieces), self.sha256)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """All of it, piece by piece. Raises what the storage raises, and TooShort.

        Files are read in a thread: a storage may be slow, and the clock of the call goes on.
        """
        for piece in self.pieces:
            if not isinstance(piece, Audio):
                yield piece
                continue
            with await asyncio.to_thread(piece.open) as file:
                left = piece.size
                while left:
                    chunk = await asyncio.to_thread(file.read, min(UPLOAD_CHUNK_BYTES, left))
                    if not chunk:
                        raise TooShort
                    left -= len(chunk)
                    yield chunk


Encoded = bytes | Stream
"""A body as it is sent."""
