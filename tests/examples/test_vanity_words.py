"""Anagram finds the words a keypad spells, the best first."""

import time

import pytest

from examples.publishers.vanity_words.app import INDEX
from examples.publishers.vanity_words.keypad import DIGITS, index_of, spellings
from tests.examples.caller import about_words


async def test_the_classic_number_spells_twilio(words):
    status, answer = await words(about_words({"number": "+18778894546"}))
    assert status == 200
    assert answer["number"] == "+18778894546"
    assert answer["anagrams"][0] == "+18778TWILIO"


async def test_every_spelling_dials_the_number(words):
    _, answer = await words(about_words({"number": "+442273273283", "shortest": 3}))
    assert 1 < len(answer["anagrams"]) <= 20
    assert {text.lower().translate(DIGITS) for text in answer["anagrams"]} == {"+442273273283"}


async def test_the_country_code_is_never_spelled(words):
    _, answer = await words(about_words({"number": "+4930228364", "shortest": 3}))
    assert "+4930CATDOG" in answer["anagrams"]
    assert all(text.startswith("+4930") for text in answer["anagrams"])


async def test_letters_and_shortest_word_as_configured(words):
    ask = {"number": "+18778894546", "shortest": 6, "style": "lower"}
    assert (await words(about_words(ask)))[1]["anagrams"] == ["+18778twilio"]
    assert (await words(about_words({**ask, "shortest": "7"})))[1]["anagrams"] == []


async def test_a_number_without_letters_spells_nothing(words):
    assert (await words(about_words({"number": "+11101010101"})))[1]["anagrams"] == []


async def test_what_is_no_number_cannot_be_spelled(words):
    status, answer = await words(about_words({"number": "call me"}))
    assert status == 200
    assert set(answer) == {"error"}


@pytest.mark.parametrize("shortest", [2, 8, 4.5, True, "four", [4]])
async def test_a_shortest_word_that_makes_no_sense_is_refused(words, shortest):
    status, answer = await words(about_words({"number": "+18778894546", "shortest": shortest}))
    assert (status, "shortest" in answer["error"]) == (400, True)


def test_one_long_word_beats_two_short_ones():
    index = index_of(["catdog", "cat", "dogs"])
    assert spellings("2283647", index, shortest=3) == ["catdog7", "catdogs", "228dogs", "cat3647"]


def test_only_the_best_twenty_are_kept():
    index = index_of(["aaa", "bbb", "ccc", "abc", "cab", "bac"])
    found = spellings("222222", index, shortest=3)
    assert len(found) == len(set(found)) == 20
    assert found[0] == "aaaaaa"


def test_the_longest_number_is_spelled_in_no_time():
    started = time.perf_counter()
    spellings("222333222333222", INDEX, shortest=3)
    assert time.perf_counter() - started < 2


def test_the_word_list_is_a_word_list():
    listed = [word for together in INDEX.values() for word in together]
    assert 2000 <= len(listed) == len(set(listed)) <= 5000
    assert all(
        word.isascii() and word.isalpha() and word.islower() and 3 <= len(word) <= 10 for word in listed
    )
    assert {"twilio", "patchbay", "northwind"} <= set(listed)
