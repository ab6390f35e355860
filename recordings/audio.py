"""What a file of audio is, by its own bytes: WAV or MP3, how many channels, how long (safety 3.2).

The length is counted, never read from a header: it decides what a recording costs and how long its publisher
has. Names and content types of a sender count for nothing. A file that is no audio ends in NotAudio.
`recordings/wav.py` and `recordings/mp3.py` read the two kinds, each in bounded time and constant memory.
"""

import os
from typing import BinaryIO, Final

from recordings import mp3, wav
from recordings.measures import MAX_MS, Measured, NotAudio

__all__ = ["Measured", "NotAudio", "measured"]

_HEAD_BYTES: Final = 12


def measured(file: BinaryIO) -> Measured:
    """What this file is. Reads it from its start, wherever it stands. Raises NotAudio."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    found = wav.measured(file, size=size) if wav.is_wav(head) else mp3.measured(file, size=size)
    if found.duration_ms <= 0:
        raise NotAudio("it holds no sound")
    if found.duration_ms > MAX_MS:
        raise NotAudio(f"it is longer than {MAX_MS // 3_600_000} hours")
    return found
