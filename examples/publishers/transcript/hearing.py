"""What was said: CMU PocketSphinx with the model of US English that its package brings.

A recording is cut where nobody speaks, so an hour of it needs no more memory than a sentence.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pocketsphinx import Decoder, Endpointer

from examples.publishers.transcript.audio import RATE, Wav
from examples.publishers.transcript.document import Word

if TYPE_CHECKING:
    from array import array

FRAMES_PER_SECOND = 100
BYTES_PER_SECOND = 2 * RATE
ONE_SAMPLE_OF_SILENCE = bytes(2)
# Who speaks on without any pause is cut here, perhaps within a word.
LONGEST_UTTERANCE = 20.0


@dataclass(frozen=True)
class Utterance:
    """What was said between two pauses, as 16 bit samples."""

    start: float
    samples: bytes


class Ear:
    """Hears words. Takes a moment to make: it loads the model."""

    def __init__(self) -> None:
        self._decoder = Decoder(loglevel="FATAL")

    def words(self, wav: Wav) -> Iterator[Word]:
        """Every word of the recording."""
        for utterance in utterances(wav.blocks()):
            yield from self._words_of(utterance)

    def knows(self, word: str) -> bool:
        """Whether the word is in the dictionary: others are never heard."""
        return self._decoder.lookup_word(word) is not None

    def _words_of(self, utterance: Utterance) -> Iterator[Word]:
        self._decoder.start_utt()
        self._decoder.process_raw(utterance.samples, full_utt=True)
        self._decoder.end_utt()
        if self._decoder.hyp() is None:
            return
        for segment in self._decoder.seg():
            if segment.word[0] in "<[+":  # silence and noise
                continue
            yield Word(
                word=segment.word.partition("(")[0],  # "read(2)" is the second way to say it
                start=round(utterance.start + segment.start_frame / FRAMES_PER_SECOND, 2),
                end=round(utterance.start + (segment.end_frame + 1) / FRAMES_PER_SECOND, 2),
                confidence=round(min(segment.prob, 1.0), 3),
            )


def utterances(blocks: "Iterable[array[int]]") -> Iterator[Utterance]:
    """The parts of the recording in which somebody speaks."""
    detector = Endpointer(sample_rate=RATE)
    heard, told = bytearray(), 0
    for frame in _frames(blocks, detector.frame_bytes):
        is_last = len(frame) < detector.frame_bytes
        heard += (detector.end_stream(frame) if is_last else detector.process(frame)) or b""
        is_over = is_last or not detector.in_speech
        if heard and (is_over or len(heard) >= LONGEST_UTTERANCE * BYTES_PER_SECOND):
            yield Utterance(detector.speech_start + told / BYTES_PER_SECOND, bytes(heard))
            told = 0 if is_over else told + len(heard)
            heard.clear()


def _frames(blocks: "Iterable[array[int]]", size: int) -> Iterator[bytes]:
    """Frames of exactly this size; the last one is shorter, and never empty."""
    kept = b""
    for block in blocks:
        kept += block.tobytes()
        whole = len(kept) // size * size
        for begin in range(0, whole, size):
            yield kept[begin : begin + size]
        kept = kept[whole:]
    yield kept or ONE_SAMPLE_OF_SILENCE
