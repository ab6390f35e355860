"""WAV files as the recogniser wants them: one channel, 16 bits, 16,000 samples a second, block by block.

Telephone audio has 8,000 samples a second. The samples between are drawn on a straight line: that is all
speech recognition needs, and no block knows more of the file than one sample of the block before.
"""

import wave
from array import array
from collections.abc import Iterable, Iterator
from typing import BinaryIO

RATE = 16_000
SLOWEST, FASTEST = 8_000, 48_000
MOST_CHANNELS = 2
WIDEST = 2
FRAMES_PER_BLOCK = 8_192


class NotOurAudio(Exception):
    """The recording is none that we can transcribe; the text says why."""


class Wav:
    """A WAV file of 8 or 16 bit PCM. `seconds` is what was read of it so far."""

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._wave = wave.open(file, "rb")  # noqa: SIM115 - the file is the caller's to close
        except (wave.Error, EOFError) as error:
            raise NotOurAudio(
                f"this is no WAV file of PCM samples: {str(error) or 'it is too short'}"
            ) from error
        self._rate = self._wave.getframerate()
        self._channels = self._wave.getnchannels()
        self._width = self._wave.getsampwidth()
        self._frames = 0
        if self._width > WIDEST:
            raise NotOurAudio(f"samples of {self._width * 8} bits are not supported, only 8 and 16")
        if self._channels > MOST_CHANNELS:
            raise NotOurAudio(f"{self._channels} channels are not supported, only 1 and 2")
        if not SLOWEST <= self._rate <= FASTEST:
            raise NotOurAudio(f"{self._rate} samples a second are not supported: {SLOWEST} to {FASTEST} are")

    @property
    def seconds(self) -> float:
        """How long the audio is that was read."""
        return round(self._frames / self._rate, 3)

    def blocks(self) -> Iterator["array[int]"]:
        """The audio, mixed into one channel, at 16,000 samples a second."""
        return resampled(self._mixed(), self._rate)

    def _mixed(self) -> Iterator["array[int]"]:
        while data := self._wave.readframes(FRAMES_PER_BLOCK):
            samples = samples_of(data, self._width)
            self._frames += len(samples) // self._channels
            yield mixed(samples, self._channels)


def samples_of(data: bytes, width: int) -> "array[int]":
    """16 bit samples; a file that broke off may end within one."""
    if width == 1:
        return array("h", ((byte - 128) << 8 for byte in data))
    return array("h", data[: len(data) // 2 * 2])


def mixed(samples: "array[int]", channels: int) -> "array[int]":
    """The mean of the channels."""
    if channels == 1:
        return samples
    tracks = [samples[channel::channels] for channel in range(channels)]
    return array("h", (sum(frame) // channels for frame in zip(*tracks, strict=False)))


def resampled(blocks: Iterable["array[int]"], rate: int) -> Iterator["array[int]"]:
    """The same sound at 16,000 samples a second, by linear interpolation."""
    step = rate / RATE
    kept, position = array("h"), 0.0
    for block in blocks:
        kept.extend(block)
        last = len(kept) - 1
        drawn = array("h")
        while position < last:
            index = int(position)
            left = kept[index]
            drawn.append(int(left + (kept[index + 1] - left) * (position - index)))
            position += step
        done = min(int(position), last)
        del kept[:done]
        position -= done
        yield drawn
