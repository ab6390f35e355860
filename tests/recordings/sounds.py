"""Audio for tests, byte by byte: whole files, and such as lie."""

from struct import pack

PCM, FLOAT, A_LAW, MU_LAW, GSM, ADPCM = 1, 3, 6, 7, 0x31, 2
STREAM = 0xFFFFFFFF


def chunk(kind: bytes, content: bytes, size: int | None = None) -> bytes:
    """A piece of a RIFF file; its header may claim another size."""
    return kind + pack("<I", len(content) if size is None else size) + content + b"\0" * (len(content) % 2)


def wav(
    sound: bytes = bytes(16_000),
    *,
    coding: int = PCM,
    channels: int = 1,
    rate: int = 8_000,
    bits: int = 16,
    claims: int | None = None,
    riff_claims: int | None = None,
    before: bytes = b"",
    behind: bytes = b"",
) -> bytes:
    """A WAV; by default one second. `claims`: what its header says of the length of the sound."""
    block = channels * bits // 8
    form = pack("<HHIIHH", coding, channels, rate, rate * block % 2**32, block, bits)
    inner = b"WAVE" + before + chunk(b"fmt ", form) + chunk(b"data", sound, claims) + behind
    return b"RIFF" + pack("<I", len(inner) if riff_claims is None else riff_claims) + inner


def frame(*, kbits_index: int = 9, mode: int = 3, content: bytes = b"") -> bytes:
    """One frame of MPEG 1 layer III at 44,100 Hz: 1,152 samples. By default of 128 kbit/s, mono, silent."""
    kbits = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)[kbits_index]
    length = 144_000 * kbits // 44_100
    return (b"\xff\xfb" + bytes([kbits_index << 4, mode << 6]) + content).ljust(length, b"\0")


def id3(size: int, content: bytes = b"", *, claims: int | None = None) -> bytes:
    """An ID3v2 tag of so many bytes behind its head."""
    said = size if claims is None else claims
    digits = bytes(said >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\0\0" + digits + content.ljust(size, b"\0")


FRAME_MS = 1152 * 1000 / 44_100


def mp3(frames: int = 100) -> bytes:
    return frame() * frames
