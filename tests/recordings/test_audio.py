"""What a file of audio is, by its own bytes; what hostile ones do."""

import io
import random
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from struct import pack
from typing import BinaryIO, cast

import pytest

from recordings.audio import Measured, NotAudio, measured
from recordings.measures import MP3, WAV
from tests.factories import make_audio
from tests.recordings.sounds import (
    A_LAW,
    ADPCM,
    FLOAT,
    FRAME_MS,
    GSM,
    MU_LAW,
    STREAM,
    chunk,
    frame,
    id3,
    mp3,
    wav,
)

SECOND = Measured(content_type=WAV, channels=1, duration_ms=1000)
MIB = 1024 * 1024


def of(content: bytes) -> Measured:
    return measured(io.BytesIO(content))


def refused(content: bytes) -> str:
    with pytest.raises(NotAudio) as refusal:
        of(content)
    return refusal.value.why


@contextmanager
def quick(seconds: float = 20) -> Iterator[None]:
    """What happens inside takes no longer."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


@contextmanager
def small(mib: int = 2) -> Iterator[None]:
    """What happens inside takes no more memory."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < mib * MIB
    finally:
        tracemalloc.stop()


def big(*pieces: tuple[bytes, int]) -> BinaryIO:
    """A file of pieces, each repeated, on disk."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever measures it closes it
    for piece, times in pieces:
        block = max(1, MIB // len(piece))
        for _ in range(times // block):
            file.write(piece * block)
        file.write(piece * (times % block))
    return cast(BinaryIO, file)


# --- WAV -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "channels", "ms"),
    [
        (make_audio(2.0), 1, 2000),
        (make_audio(0.5, channels=2, rate=44_100), 2, 500),
        (wav(), 1, 1000),
        (wav(bytes(8_000), bits=8), 1, 1000),
        (wav(bytes(8_000), coding=MU_LAW, bits=8), 1, 1000),
        (wav(bytes(16_000), coding=A_LAW, bits=8, channels=2), 2, 1000),
        (wav(bytes(64_000), coding=FLOAT, bits=32, channels=2), 2, 1000),
        (wav(bytes(65 * 25), coding=GSM, bits=0), 1, 1000),
    ],
    ids=["pcm", "stereo", "by-hand", "8-bit", "mu-law", "a-law-stereo", "float", "gsm"],
)
def test_a_wav_is_measured(content: bytes, channels: int, ms: int) -> None:
    assert of(content) == Measured(content_type=WAV, channels=channels, duration_ms=ms)


@pytest.mark.parametrize("claims", [0, STREAM, 0x7FFFFFFF])
@pytest.mark.parametrize("riff_claims", [0, STREAM])
def test_a_stream_is_measured_to_its_end(claims: int, riff_claims: int) -> None:
    assert of(wav(claims=claims, riff_claims=riff_claims)) == SECOND


def test_a_header_is_not_believed_beyond_the_file() -> None:
    whole = wav(bytes(160_000))
    assert of(whole).duration_ms == 10_000
    assert of(whole[: 44 + 16_000]) == SECOND
    assert of(wav(claims=0xFFFFFFF0)) == SECOND


def test_a_header_is_believed_within_the_file() -> None:
    title = chunk(b"LIST", b"INFOINAM" + pack("<I", 2) + b"a\0")
    assert of(wav(behind=title, before=title)) == SECOND
    assert refused(wav(b"", behind=title)) == "it holds no sound"


def test_a_large_wav_says_so_in_another_way() -> None:
    content = b"RF64" + wav(riff_claims=STREAM, claims=STREAM, before=chunk(b"ds64", bytes(28)))[4:]
    assert of(content) == SECOND


def test_the_coding_may_stand_in_the_extension() -> None:
    form = pack("<HHIIHHHHI", 0xFFFE, 1, 8_000, 16_000, 2, 16, 22, 16, 4) + pack("<H", 1) + bytes(14)
    inner = b"WAVE" + chunk(b"fmt ", form) + chunk(b"data", bytes(16_000))
    assert of(b"RIFF" + pack("<I", len(inner)) + inner) == SECOND


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "neither a WAV nor an MP3"),
        (b"<html>" * 1000, "neither a WAV nor an MP3"),
        (b"RIFF", "neither a WAV nor an MP3"),
        (wav()[:12], "no format or no sound"),
        (wav()[:30], "the format of the WAV is cut off"),
        (wav()[:44], "it holds no sound"),
        (wav(rate=0), "0 samples a second cannot be"),
        (wav(rate=1), "1 samples a second cannot be"),
        (wav(rate=STREAM), "cannot be"),
        (wav(channels=0), "0 channels"),
        (wav(channels=65_535, bits=8), "65535 channels"),
        (wav(bits=0), "0 bits a sample"),
        (wav(bits=12), "12 bits a sample"),
        (wav(coding=ADPCM, bits=4), "unknown"),
        (b"RIFF" + pack("<I", 20) + b"WAVE" + chunk(b"data", bytes(16)), "no format or no sound"),
        (b"FORM" + bytes(4) + b"AIFF", "neither a WAV nor an MP3"),
        (b"OggS" + bytes(500), "neither a WAV nor an MP3"),
        (b"fLaC" + bytes(500), "neither a WAV nor an MP3"),
    ],
)
def test_what_is_no_audio_is_told(content: bytes, why: str) -> None:
    assert why in refused(content)


def test_a_recording_of_more_than_a_day_is_none() -> None:
    endless = wav(b"", bits=8, rate=4_000, claims=STREAM, riff_claims=STREAM)
    with (
        big((endless, 1), (bytes(MIB), 350)) as file,
        quick(),
        pytest.raises(NotAudio, match="longer than 24 hours"),
    ):
        measured(file)


# --- MP3 -------------------------------------------------------------------------------------


def test_an_mp3_is_measured() -> None:
    assert of(mp3(100)) == Measured(content_type=MP3, channels=1, duration_ms=int(100 * FRAME_MS))
    assert of(frame(mode=1) * 100).channels == 2


@pytest.mark.parametrize("tag", [id3(1000), id3(100) + id3(50), id3(0)])
def test_tags_before_and_behind_do_not_sound(tag: bytes) -> None:
    assert of(tag + mp3(100) + b"TAG" + bytes(125)).duration_ms == int(100 * FRAME_MS)


@pytest.mark.parametrize("name", [b"Xing", b"Info"])
def test_the_frame_that_tells_how_long_the_others_are_is_neither_counted_nor_believed(name: bytes) -> None:
    liar = frame(content=bytes(17) + name + pack(">II", 1, 1_000_000))
    assert of(liar + mp3(100)).duration_ms == int(100 * FRAME_MS)


def test_every_frame_of_a_changing_bit_rate_counts() -> None:
    content = b"".join(frame(kbits_index=1 + number % 14) for number in range(140))
    assert of(content).duration_ms == int(140 * FRAME_MS)


def test_a_frame_that_is_cut_off_does_not_sound() -> None:
    assert of(mp3(100)[:-1]).duration_ms == int(99 * FRAME_MS)


def test_sound_behind_what_is_none_counts() -> None:
    assert of(mp3(50) + bytes(300_000) + mp3(50)).duration_ms == int(100 * FRAME_MS)


@pytest.mark.parametrize(
    "content",
    [
        id3(10, claims=0x0FFFFFFF) + mp3(100),
        b"ID3\x04\0\0\xff\xff\xff\xff" + mp3(100),
        id3(0) * 100 + mp3(100),
        id3(1000),
        b"\xff\xfb\x90\xc0" + random.Random(1).randbytes(50_000),
        b"\xff\xf1\x50\x80" + bytes(50_000),  # AAC
        frame()[:100],
    ],
    ids=["tag-beyond-the-end", "no-size", "many-tags", "only-a-tag", "one-header", "aac", "half-a-frame"],
)
def test_a_broken_mp3_is_none(content: bytes) -> None:
    refused(content)


HOSTILE = {
    "tiny-frames": [(b"\xff\xf3\x14\xc0" + bytes(20), 20_000_000)],  # the shortest frames there are
    "ff": [(b"\xff", 100 * MIB)],
    "fffb": [(b"\xff\xfb", 50 * MIB)],
    "ff-behind": [(frame(), 5), (b"\xff", 100 * MIB)],
    "fffb-behind": [(frame(), 5), (b"\xff\xfb\xff", 30 * MIB)],
    "rare-fffb": [(frame(), 5), (b"\xff\xfb\xff" + bytes(20_000), 5_000)],
    "id3": [(id3(268_435_455 // 3), 1), (bytes(MIB), 10)],
    "chunks": [(b"RIFF\xff\xff\xff\xffWAVE", 1), (b"junk" + bytes(4), 10 * MIB)],
    "huge-format": [(b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff", 1), (bytes(MIB), 100)],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_takes_little_time(name: str) -> None:
    with big(*HOSTILE[name]) as file, quick(), suppress(NotAudio):
        assert measured(file).duration_ms < 1000


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "tiny-frames"])
def test_a_hostile_file_takes_little_memory(name: str) -> None:
    with big(*HOSTILE[name]) as file, small(), suppress(NotAudio):
        measured(file)


def test_no_bytes_at_all_raise_anything_else() -> None:
    """Ten thousand files that begin well and go wrong."""
    chance = random.Random(20261121)
    seeds = [wav(bytes(200)), id3(30) + mp3(4), b"RIFF" + bytes(40), frame() * 3]
    for _ in range(10_000):
        content = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 8)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        cut = chance.randint(0, len(content))
        try:
            found = of(bytes(content[:cut] if chance.random() < 0.3 else content))
        except NotAudio:
            continue
        assert 0 < found.duration_ms < 60_000, content
        assert 0 < found.channels <= 32, content
