"""WAV: a row of chunks, of which one says how the sound is coded and one holds it.

Whoever writes a stream does not know its length yet and leaves 0 or the largest number in the header. So a
size is believed only as far as the file goes.
"""

from dataclasses import dataclass
from struct import Struct, error, unpack_from
from typing import BinaryIO, Final

from recordings.measures import WAV, Measured, NotAudio

_RIFF: Final = {b"RIFF", b"RF64", b"BW64"}  # the last two: files that may be larger than 4 GB
_CHUNK: Final = Struct("<4sI")
_UNKNOWN_SIZES: Final = {0, 0xFFFFFFFF}
_MAX_CHUNKS: Final = 1_000
_FORMAT_BYTES: Final = 40
_SUBFORMAT_AT: Final = 24

_PCM, _FLOAT, _A_LAW, _MU_LAW, _GSM, _EXTENSIBLE = 0x01, 0x03, 0x06, 0x07, 0x31, 0xFFFE
_SAMPLES: Final = {_PCM, _FLOAT, _A_LAW, _MU_LAW}
_GSM_BYTES, _GSM_SAMPLES = 65, 320  # of one block
_RATES: Final = range(4_000, 384_001)
_CHANNELS: Final = range(1, 33)
_BITS: Final = range(8, 65, 8)


@dataclass(frozen=True)
class _Format:
    """How the sound is coded: so many samples of every channel in so many bytes."""

    channels: int
    rate: int
    samples: int
    bytes: int

    def ms(self, size: int) -> int:
        """How long so many bytes sound, whole blocks only."""
        return size // self.bytes * self.samples * 1000 // self.rate


def is_wav(head: bytes) -> bool:
    """Whether a file begins as a WAV does."""
    return head[:4] in _RIFF and head[8:12] == b"WAVE"


def measured(file: BinaryIO, *, size: int) -> Measured:
    """What a WAV of this many bytes is. Raises NotAudio."""
    file.seek(4)
    riff_size = int.from_bytes(file.read(4), "little")
    is_stream = riff_size in _UNKNOWN_SIZES or riff_size + 8 > size
    coded, sound, position = None, None, 12
    for _ in range(_MAX_CHUNKS):
        file.seek(position)
        head = file.read(_CHUNK.size)
        if len(head) < _CHUNK.size or (coded and sound):
            break
        kind, announced = _CHUNK.unpack(head)
        start = position + _CHUNK.size
        if kind == b"fmt " and coded is None:
            coded = _format(file.read(min(announced, _FORMAT_BYTES)))
        if kind == b"data" and sound is None:
            left = size - start
            sound = left if is_stream and announced in _UNKNOWN_SIZES else min(announced, left)
        position = start + announced + announced % 2
    if coded is None or sound is None:
        raise NotAudio("the WAV has no format or no sound")
    return Measured(content_type=WAV, channels=coded.channels, duration_ms=coded.ms(sound))


def _format(chunk: bytes) -> _Format:
    try:
        tag, channels, rate = unpack_from("<HHI", chunk)
        (bits,) = unpack_from("<H", chunk, 14)
        if tag == _EXTENSIBLE:
            (tag,) = unpack_from("<H", chunk, _SUBFORMAT_AT)
    except error as short:
        raise NotAudio("the format of the WAV is cut off") from short
    if rate not in _RATES or channels not in _CHANNELS:
        raise NotAudio(f"a WAV of {channels} channels and {rate} samples a second cannot be")
    if tag == _GSM and channels == 1:
        return _Format(channels, rate, _GSM_SAMPLES, _GSM_BYTES)
    if tag not in _SAMPLES or bits not in _BITS:
        raise NotAudio(f"the coding {tag:#06x} with {bits} bits a sample is unknown")
    return _Format(channels, rate, 1, channels * bits // 8)
