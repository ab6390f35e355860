"""MP3: a row of frames, each with a header of its own. Every one of them is counted.

What stands before and behind them (ID3, APE, pictures) is passed over and never read. The frame that an
encoder puts first to tell how long the rest is (Xing, Info, VBRI) holds no sound and is not counted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO, Final

from recordings.measures import MAX_MS, MP3, Measured, NotAudio

_HEADER_BYTES: Final = 4
_ID3: Final = b"ID3"
_ID3_HEAD_BYTES: Final = 10
_MAX_TAGS: Final = 16
_FOOTER: Final = 0x10
# How far the first frame may be from the start.
_MAX_START: Final = 262_144
_WINDOW: Final = 65_536
_MAX_CANDIDATES: Final = 20_000
_SYNC: Final = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]")  # layer III of MPEG 2.5, 2 and 1
# So many that fit together are no accident; fewer will do where the file ends.
_RUN: Final = 3

_V1_KBITS: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_V2_KBITS: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES: Final = (44_100, 48_000, 32_000)
_MONO: Final = 3
# By the two bits of the version: bit rates, what the sampling rate is divided by, samples of a frame.
_VERSIONS: Final = {0: (_V2_KBITS, 4, 576), 2: (_V2_KBITS, 2, 576), 3: (_V1_KBITS, 1, 1152)}


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the header of a frame says. `kind`: what all frames of one file share."""

    kind: int
    channels: int
    rate: int
    samples: int
    bytes: int


def measured(file: BinaryIO, *, size: int) -> Measured:
    """What an MP3 of this many bytes is. Raises NotAudio."""
    start = _behind_tags(file, size)
    first_at, first = _first(file, start, size)
    samples, most = 0, MAX_MS * first.rate // 1000
    for position in _frames(file, first_at, first.kind, size):
        if position == first_at and _tells_only(file, first_at, first):
            continue
        samples += first.samples
        if samples > most:
            break
    duration_ms = samples * 1000 // first.rate
    return Measured(content_type=MP3, channels=first.channels, duration_ms=duration_ms)


def _behind_tags(file: BinaryIO, size: int) -> int:
    """Where the ID3 tags at the start end. Their sizes are jumped over; what they hold is never read."""
    position = 0
    for _ in range(_MAX_TAGS):
        file.seek(position)
        head = file.read(_ID3_HEAD_BYTES)
        if len(head) < _ID3_HEAD_BYTES or not head.startswith(_ID3):
            return position
        digits = head[6:10]
        length = sum((digit & 0x7F) << shift for digit, shift in zip(digits, (21, 14, 7, 0), strict=True))
        position += _ID3_HEAD_BYTES * (2 if head[5] & _FOOTER else 1) + length
        if max(digits) > 0x7F or position >= size:  # noqa: PLR2004 - seven bits of each byte count
            break
    raise NotAudio("there is nothing behind its tags")


def _first(file: BinaryIO, start: int, size: int) -> tuple[int, _Frame]:
    """The first frame that others follow."""
    file.seek(start)
    window = file.read(_MAX_START)
    for tried, match in enumerate(_SYNC.finditer(window)):
        at = start + match.start()
        frame = _at(file, at)
        if frame is not None and _runs(file, at, frame, size):
            return at, frame
        if tried > _MAX_CANDIDATES:
            break
    raise NotAudio("it is neither a WAV nor an MP3")


def _runs(file: BinaryIO, at: int, frame: _Frame, size: int) -> bool:
    """Whether the next frames fit, or the file ends where one does."""
    for _ in range(_RUN - 1):
        at += frame.bytes
        follower = _at(file, at)
        if follower is None or follower.kind != frame.kind:
            return at == size
        frame = follower
    return at + frame.bytes <= size


def _frames(file: BinaryIO, at: int, kind: int, size: int) -> Iterator[int]:
    """Where each whole frame begins. What is none in between is passed over, as players do."""
    candidates = 0
    while at + _HEADER_BYTES <= size:
        file.seek(at)
        frame = _frame(file.read(_HEADER_BYTES))
        if frame is not None and frame.kind == kind:
            if at + frame.bytes <= size:
                yield at
            at += frame.bytes
            continue
        candidates += 1
        if candidates > _MAX_CANDIDATES:
            raise NotAudio("too much of it is no sound")
        behind = _next_sync(file, at + 1)
        if behind is None:
            return
        at = behind


def _next_sync(file: BinaryIO, at: int) -> int | None:
    """Where a frame could begin again; None when nothing behind looks like one."""
    file.seek(at)
    while len(window := file.read(_WINDOW)) > 1:
        if match := _SYNC.search(window):
            return at + match.start()
        at += len(window) - 1  # a frame may begin with the last byte
        file.seek(at)
    return None


def _tells_only(file: BinaryIO, at: int, frame: _Frame) -> bool:
    file.seek(at + _HEADER_BYTES)
    begin = file.read(min(frame.bytes, 64))
    return any(name in begin for name in (b"Xing", b"Info", b"VBRI"))


def _at(file: BinaryIO, position: int) -> _Frame | None:
    file.seek(position)
    return _frame(file.read(_HEADER_BYTES))


@lru_cache(maxsize=4_096)
def _frame(head: bytes) -> _Frame | None:
    """The frame that begins with these four bytes; None when none does. There are few that do."""
    if len(head) < _HEADER_BYTES or _SYNC.match(head) is None:
        return None
    version, rate_index, bits_index = head[1] >> 3 & 3, head[2] >> 2 & 3, head[2] >> 4
    if version not in _VERSIONS or rate_index >= len(_RATES) or not 0 < bits_index < len(_V1_KBITS):
        return None
    kbits, divisor, samples = _VERSIONS[version]
    rate = _RATES[rate_index] // divisor
    padding = head[2] >> 1 & 1
    return _Frame(
        kind=version << 2 | rate_index,
        channels=1 if head[3] >> 6 == _MONO else 2,
        rate=rate,
        samples=samples,
        bytes=samples // 8 * kbits[bits_index] * 1000 // rate + padding,
    )
