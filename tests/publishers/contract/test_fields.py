import pytest

from publishers.contract.audio import Audio
from publishers.contract.errors import CannotRender
from publishers.contract.secret import MASK
from tests.publishers.contract.documents import NUMBER, definition, fields, recorded

SETTINGS = {
    "type": "object",
    "properties": {"lang": {"type": "string"}, "key": {"type": "string", "_secret": True}},
}


def lookup(**sections):
    return definition(
        "lookup-api", runtime_parameters=[{"name": "lang"}], configuration_schema=SETTINGS, **sections
    )


def test_the_platform_says_who_and_when():
    assert fields(lookup()).values == {
        "request_sid": "XR1",
        "unix_timestamp": 1795257967,
        "request_date": "2026-11-21T10:46:07Z",
        "ttl": 2000,
    }


def test_an_event_wins_over_the_caller():
    given = fields(
        lookup(), primary_address=NUMBER, runtime={"primary_address": "+1", "request_sid": "XR666"}
    )
    assert (given.get("primary_address"), given.get("request_sid")) == (NUMBER, "XR1")


def test_a_caller_wins_over_the_configuration():
    assert fields(lookup(), runtime={"lang": "de"}, configuration={"lang": "en"}).get("lang") == "de"


def test_a_caller_may_give_what_the_point_does_not_offer():
    given = fields(lookup(), primary_address=NUMBER, runtime={"secondary_address": "+1555"})
    assert given.get("secondary_address") == "+1555"


def test_what_the_point_does_not_offer_to_the_type_is_dropped():
    assert fields(definition("voice-incoming"), primary_address=NUMBER, body="hello").get("body") is None


def test_names_the_definition_does_not_know_are_left_out():
    assert fields(lookup(), runtime={"other": "x"}).get("other") is None


def test_null_is_no_value():
    assert "lang" not in fields(lookup(), configuration={"lang": None}).values


def test_the_callback_of_the_account_is_not_the_one_of_the_publisher():
    recording = definition("recording-verb")
    configuration = {"callback_url": "https://developer.example/", "callback_method": "POST"}
    given = fields(recording, configuration=configuration, callback_url="https://patchbay.example/once")
    assert given.get("callback_url") == "https://patchbay.example/once"
    assert given.get("callback_method") is None


def test_the_audio_is_no_part_of_the_document_that_schemas_judge():
    given = fields(definition("recording-verb"), audio_data=recorded(b"RIFF"), channels=2)
    assert isinstance(given.get("audio_data"), Audio)
    assert "audio_data" not in given.document()
    assert given.document()["channels"] == 2


def test_a_secret_setting_is_judged_but_not_shown():
    given = fields(lookup(), configuration={"key": "hunter2", "lang": "en"})
    assert given.document()["key"] == "hunter2"
    assert (given.redacted()["key"], given.redacted()["lang"]) == (MASK, "en")


@pytest.mark.parametrize("value", ["\ud800", {"deep": ["\udfff"]}, float("nan"), float("inf")])
def test_what_is_neither_text_nor_a_number_is_refused(value):
    with pytest.raises(CannotRender):
        fields(lookup(), configuration={"lang": value})
