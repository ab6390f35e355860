"""Values made up from schemas."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.suite.patterns import text_matching
from conformance.suite.recordings import measured, wav
from conformance.suite.samples import configuration_of, events_of, refused_configurations, runtime_of
from conformance.suite.subject import Samples
from conformance.suite.values import fitting, judge_of, unfitting
from publishers.contract.definition import Definition, parse
from tests.conformance.suite.publishers import LOOKUP, RECORDING, changed

PATTERNS = [
    r"^[A-Z]{3}-[0-9]{2}$",
    r"^\+[1-9]\d{6,14}$",
    r"^hk_[A-Za-z0-9]{24}$",
    r"^(yes|no)$",
    r"^[^a-z]+\.\w+@\S+$",
    r"^(\+[1-9][0-9]{6,14})(,\s*\+[1-9][0-9]{6,14}){0,19}$",
    r"\S",
    r"^[\d\w][^\d][\s][^\s]$",
]
IMPOSSIBLE = [r"(", r"^(?<=a)b$", r"(a)\1", r"^a{65}$", r"[^\s\S]", "(?<name>a)"]
RULES: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": "string", "minLength": 40, "maxLength": 41},
    {"type": "string", "enum": ["b", "c"]},
    {"type": "string", "pattern": "^[A-Z]{3}$"},
    {"type": "string", "format": "uri"},
    {"type": "string", "format": "email"},
    {"type": "string", "format": "date"},
    {"type": "integer", "minimum": 3, "maximum": 7},
    {"type": "integer", "minimum": 11, "multipleOf": 5},
    {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5},
    {"type": "number", "minimum": 0, "maximum": 1},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "boolean"},
    {"oneOf": [{"const": "a"}, {"const": "b"}]},
    {"type": "string", "anyOf": [{"pattern": "^[0-9]{7}$"}]},
    {"type": "string", "pattern": "^(?=x)x{3}$", "_example": "xxx"},
    {"type": "string", "pattern": "^(?=x)x{3}$", "examples": [1, "xxx"]},
    {"const": 7},
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_text_is_made_from_a_pattern(pattern: str) -> None:
    assert text_matching(pattern) is not None


@pytest.mark.parametrize("pattern", IMPOSSIBLE)
def test_what_cannot_be_followed_gives_no_text(pattern: str) -> None:
    assert text_matching(pattern) is None


@given(st.text(max_size=30))
def test_any_pattern_gives_a_text_or_none(pattern: str) -> None:
    text_matching(pattern)


@pytest.mark.parametrize("rules", RULES, ids=str)
def test_a_value_fits_and_another_does_not(rules: dict[str, Any]) -> None:
    judge = judge_of(rules)
    assert judge is not None
    assert judge.accepts({"value": fitting(rules)})
    assert not judge.accepts({"value": unfitting(rules)})


@pytest.mark.parametrize(
    "rules", [{"not": {}}, {"type": "no such type"}, {"type": "string", "minLength": 5_000}]
)
def test_where_nothing_fits_nothing_is_made_up(rules: dict[str, Any]) -> None:
    with pytest.raises(LookupError):
        fitting(rules)


def test_where_everything_fits_nothing_is_refused() -> None:
    with pytest.raises(LookupError):
        unfitting({})


def definition(path: str, value: Any) -> Definition:
    return parse(changed(LOOKUP, path, value))


def test_settings_are_made_up_whole_or_as_few_as_may_be() -> None:
    made = parse(LOOKUP)
    assert configuration_of(made, Samples()) == {"style": "long", "code": "AAA-00"}
    assert configuration_of(made, Samples(), only_required=True) == {"style": "long"}
    assert configuration_of(made, Samples(configuration={"style": "short"})) == {"style": "short"}


def test_settings_that_exclude_each_other_are_left_out() -> None:
    made = definition("configuration_schema.not", {"required": ["style", "code"]})
    assert configuration_of(made, Samples()) == {"style": "long"}


def test_wrong_settings_leave_out_what_is_required_and_break_each_rule() -> None:
    made = parse(LOOKUP)
    wrong = dict(refused_configurations(made, {"style": "long"}))
    assert list(wrong) == ["style left out", "a wrong value for style", "a wrong value for code"]
    assert not any(map(made.configuration_schema.accepts, wrong.values()))


def test_the_authors_values_replace_the_made_up_ones() -> None:
    event = next(events_of(parse(LOOKUP), "voice-incoming", Samples(event={"primary_address": "+491"})))
    assert event == {"primary_address": "+491", "secondary_address": "+14155550199"}


def test_only_required_run_time_parameters_are_made_up() -> None:
    made = definition("runtime_parameters", [{"name": "a", "required": True}, {"name": "b"}])
    assert runtime_of(made, Samples()) == {"a": "sample"}
    assert runtime_of(made, Samples(runtime={"b": 7})) == {"a": "sample", "b": "7"}


def test_an_event_of_a_recording_has_all_its_fields() -> None:
    made = parse(RECORDING)
    event = next(events_of(made, "recording-verb", Samples(), callback_url="https://here.example/x"))
    assert (event["channels"], event["duration"], event["format"]) == (1, 3_000, "audio/x-wav")
    assert event["size"] == len(wav(channels=1))


@pytest.mark.parametrize("channels", [1, 2])
def test_a_recording_is_a_wav_file(channels: int) -> None:
    assert measured(wav(channels=channels, milliseconds=500)) == (channels, 500)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\x04\0\0\0WAVE"])
def test_what_is_no_wav_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="WAV"):
        measured(content)
