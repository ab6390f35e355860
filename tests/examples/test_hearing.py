"""What the Transcript example makes of sound and of words, without the service around it."""

from array import array
from collections.abc import Iterator

import pytest

from examples.publishers.transcript import hearing
from examples.publishers.transcript.audio import Wav, mixed, resampled, samples_of
from examples.publishers.transcript.document import Wishes, Word, document, keywords_of, masked
from tests.examples.platform import RECORDINGS


def words(text: str) -> list[Word]:
    return [Word(word, float(at), at + 1.0, 0.9) for at, word in enumerate(text.split())]


def told(text: str, **wishes: str | bool) -> dict[str, object]:
    return document(words(text), seconds=9.0, wishes=Wishes(**wishes), knows=lambda word: word != "zzz")  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("spoken", "shown"),
    [
        ("call one two three four now", "call # # # # now"),
        ("one two three", "one two three"),
        ("four two for two to two", "# # # # # #"),
        ("i want to too for to go", "i want to too for to go"),
        ("twenty one double seven oh nine", "# # # # # #"),
        ("one two three and four five six seven", "one two three and # # # #"),
    ],
)
def test_spoken_numbers_are_hidden(spoken: str, shown: str) -> None:
    assert " ".join(word.word for word in masked(words(spoken))) == shown


def test_times_stay_where_a_digit_was() -> None:
    assert [word.start for word in masked(words("one two three four"))] == [0.0, 1.0, 2.0, 3.0]


def test_numbers_stay_when_nobody_wants_them_hidden() -> None:
    assert told("one two three four", mask_digits=False)["text"] == "one two three four"


def test_keywords_are_found_with_their_times() -> None:
    assert told("call me back and call me", keywords="Call Me, back,,refund")["keywords"] == [
        {"keyword": "call me", "count": 2, "times": [0.0, 4.0]},
        {"keyword": "back", "count": 1, "times": [2.0]},
        {"keyword": "refund", "count": 0, "times": []},
    ]


def test_hidden_digits_are_no_keyword() -> None:
    found = told("one two three four", keywords="two three")["keywords"]
    assert found == [{"keyword": "two three", "count": 0, "times": []}]


def test_keywords_outside_the_dictionary_are_named() -> None:
    assert told("hello", keywords="hello, hello zzz")["unknown_keywords"] == ["hello zzz"]


def test_keywords_are_few_and_each_once() -> None:
    assert keywords_of("a b, A  B,\u00e4, ;") == [("a", "b")]
    assert len(keywords_of(",".join("a" * n for n in range(1, 40)))) == 20


def test_words_are_left_out_as_wished() -> None:
    assert "words" in told("hello")
    assert "words" not in told("hello", word_times=False)


def test_eight_kilohertz_becomes_sixteen() -> None:
    blocks = [array("h", [0, 100]), array("h", [200]), array("h", []), array("h", [-200, 32767])]
    drawn = [sample for block in resampled(blocks, 8000) for sample in block]
    assert drawn == [0, 50, 100, 150, 200, 0, -200, 16283]


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 44_100, 48_000])
def test_any_rate_keeps_its_length_whatever_the_blocks(rate: int) -> None:
    samples = array("h", (at % 1000 for at in range(rate)))
    whole = b"".join(block.tobytes() for block in resampled([samples], rate))
    cut = [samples[at : at + 777] for at in range(0, rate, 777)]
    in_blocks = b"".join(block.tobytes() for block in resampled(cut, rate))
    assert abs(len(whole) / 2 - 16_000) <= 2
    assert abs(len(in_blocks) - len(whole)) <= 2


def test_channels_are_mixed_and_eight_bits_made_sixteen() -> None:
    assert mixed(array("h", [10, 20, -32768, -32768]), 2).tolist() == [15, -32768]
    assert samples_of(bytes([0, 128, 255]), 1).tolist() == [-32768, 0, 32512]
    assert samples_of(b"\x01\x00\x02", 2).tolist() == [1]


def sound_of(name: str) -> "Iterator[array[int]]":
    with (RECORDINGS / name).open("rb") as file:
        yield from Wav(file).blocks()


def test_who_speaks_without_a_pause_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(hearing.utterances(sound_of("refund.wav")))
    monkeypatch.setattr(hearing, "LONGEST_UTTERANCE", 1.0)
    pieces = list(hearing.utterances(sound_of("refund.wav")))
    assert len(whole) == 1
    assert b"".join(piece.samples for piece in pieces) == whole[0].samples
    assert [round(piece.start - pieces[0].start, 1) for piece in pieces] == [0.0, 1.0, 2.0]
