"""What was measured of a file of audio, and that it could not be."""

from dataclasses import dataclass
from typing import Final

from rest.errors import Refused

WAV: Final = "audio/x-wav"
MP3: Final = "audio/mpeg"
EXTENSIONS: Final = {WAV: "wav", MP3: "mp3"}
"""What the 2010 API calls the two (contract 4.4)."""

MAX_MS: Final = 24 * 3_600_000  # no call is longer; so an MP3 of 512 MB is counted in seconds


class NotAudio(Refused):
    """400: the bytes are no audio that we can measure."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Invalid Recording: {why}. Send a WAV (PCM, float, A-law, mu-law or GSM) or an MP3")
        self.why = why


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a file of audio is."""

    content_type: str
    channels: int
    duration_ms: int
