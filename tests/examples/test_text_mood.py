"""Text Mood hears the tone of a message."""

import pytest

from tests.examples.caller import about_text


async def test_love_is_positive(mood):
    status, answer = await mood(about_text({"text": "I love this"}))
    assert status == 200
    assert answer == {
        "mood": "positive",
        "label": "Positive",
        "score": 0.6369,
        "parts": {"positive": 0.677, "neutral": 0.323, "negative": 0.0},
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("This is terrible, I hate it", "negative"),
        ("The table is brown", "neutral"),
        ("not good at all", "negative"),
        ("😀", "positive"),
        ("Ich komme um acht", "neutral"),
    ],
)
async def test_moods(mood, text, expected):
    _, answer = await mood(about_text({"text": text}))
    assert answer["mood"] == expected


@pytest.mark.parametrize(
    ("threshold", "expected"), [(0, "positive"), (0.6, "positive"), ("0.7", "neutral"), (1, "neutral")]
)
async def test_a_mood_must_be_sure_enough(mood, threshold, expected):
    _, answer = await mood(about_text({"text": "I love this", "threshold": threshold}))
    assert answer["mood"] == expected


async def test_neutral_stays_neutral_without_a_threshold(mood):
    _, answer = await mood(about_text({"text": "The table is brown", "threshold": 0}))
    assert answer["mood"] == "neutral"


async def test_labels_and_parts_as_configured(mood):
    _, answer = await mood(about_text({"text": "I love this", "labels": "faces", "parts": False}))
    assert answer == {"mood": "positive", "label": "🙂", "score": 0.6369}


@pytest.mark.parametrize("text", ["", "  \n ", "a" * 5001])
async def test_a_message_we_cannot_read_is_no_fault_of_the_request(mood, text):
    status, answer = await mood(about_text({"text": text}))
    assert status == 200
    assert set(answer) == {"error"}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"text": None},
        {"text": 5},
        {"text": "nul \0 byte"},
        {"text": "half an emoji \ud83d"},
        {"text": "fine", "threshold": 1.5},
        {"text": "fine", "threshold": "nan"},
        {"text": "fine", "threshold": True},
        {"text": "fine", "parts": "perhaps"},
    ],
)
async def test_parameters_that_make_no_sense_are_refused(mood, document):
    status, answer = await mood(about_text(document))
    assert status == 400
    assert answer["error"].startswith("parameter ")
