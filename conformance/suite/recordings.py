"""A recording made in memory: a quiet tone that wanders, as 16-bit PCM with one or two channels."""

import hashlib
import io
import math
import wave
from array import array
from functools import cache
from typing import Final

from publishers.contract.audio import Audio

CONTENT_TYPE: Final = "audio/x-wav"
RATE: Final = 8_000
SAMPLE_MS: Final = 3_000
"""Of the made-up recording: short, and long enough for ten times its length to be told from at once."""

_BYTES: Final = 2
_LOUDNESS: Final = 6_000


@cache
def wav(*, channels: int, milliseconds: int = SAMPLE_MS) -> bytes:
    """A WAV file."""
    frames = RATE * milliseconds // 1_000
    samples = array("h")
    for index in range(frames):
        pitch = 180 + 60 * math.sin(index / RATE * 5)
        samples.extend([round(_LOUDNESS * math.sin(2 * math.pi * pitch * index / RATE))] * channels)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(_BYTES)
        writer.setframerate(RATE)
        writer.writeframes(samples.tobytes())
    return file.getvalue()


def audio_of(content: bytes) -> Audio:
    """The bytes as a recording to send."""
    return Audio(
        open=lambda: io.BytesIO(content),
        size=len(content),
        content_type=CONTENT_TYPE,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def measured(content: bytes) -> tuple[int, int]:
    """Channels and milliseconds of a WAV file. Raises ValueError for what is none."""
    try:
        with wave.open(io.BytesIO(content)) as reader:
            return reader.getnchannels(), round(reader.getnframes() * 1_000 / reader.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError) as error:
        raise ValueError("Give a WAV file in PCM.") from error
