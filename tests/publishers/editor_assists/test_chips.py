"""Template fields as chips: what the type of the add-on may use, and why not."""

from typing import Any

import pytest
from django.template.loader import render_to_string

from publishers.contract.draft import known_fields
from publishers.contract.points import TYPES
from publishers.editor.chips import MAX_CHIPS, ONCE_CHOSEN, Chip, chips_for
from tests.factories import make_definition


def named(definition: Any) -> dict[str, Chip]:
    return {chip.name: chip for chip in chips_for(definition)}


@pytest.mark.parametrize("kind", TYPES)
def test_the_allowed_chips_are_the_fields_that_a_definition_may_use(kind: str) -> None:
    definition = make_definition(
        type=kind,
        configuration_schema={
            "type": "object",
            "properties": {"lang": {"type": "string"}, "callback_method": {"type": "string"}},
        },
        runtime_parameters=[{"name": "depth"}],
    )
    assert {chip.name for chip in chips_for(definition) if chip.allowed} == known_fields(definition)


def test_a_field_of_another_type_is_shown_with_the_reason() -> None:
    chip = named(make_definition())["body"]
    assert not chip.allowed
    assert chip.reason == "Only for message-analysis add-ons; this one is phone-number."


def test_without_a_type_the_first_step_is_named() -> None:
    chips = named({})
    assert chips["body"].reason == ONCE_CHOSEN
    assert chips["request_sid"].allowed


def test_a_point_that_brings_no_value_is_named() -> None:
    chip = named(make_definition())["secondary_address"]
    assert chip.allowed
    assert chip.reason == "No value at Lookups: the parameter is left out there."


def test_a_secret_setting_has_its_warning() -> None:
    properties = {"key": {"type": "string", "_secret": True}}
    chips = named(make_definition(configuration_schema={"type": "object", "properties": properties}))
    assert "never in the URL" in chips["key"].reason


@pytest.mark.parametrize(
    "definition",
    [
        {"type": [], "extensions": "x", "configuration_schema": [], "runtime_parameters": {}},
        {"type": {}, "configuration_schema": {"properties": 3}, "runtime_parameters": [3, {"name": []}]},
        {
            "extensions": [{}],
            "type": "phone-number",
            "configuration_schema": {"properties": {"": 1, "a\n": 2}},
        },
    ],
    ids=range(3),
)
def test_any_draft_has_chips(definition: Any) -> None:
    assert {chip.name for chip in chips_for(definition)} >= {"body", "ttl", "audio_data"}


def test_there_are_never_too_many() -> None:
    properties: dict[str, Any] = {f"s{index}": {} for index in range(9_000)}
    definition = make_definition(configuration_schema={"properties": properties})
    assert len(chips_for(definition)) == MAX_CHIPS


def test_the_same_name_has_one_chip() -> None:
    definition = make_definition(
        configuration_schema={"properties": {"ttl": {}, "primary_address": {}, "lang": {}}},
        runtime_parameters=[{"name": "lang"}],
    )
    names = [chip.name for chip in chips_for(definition)]
    assert len(names) == len(set(names))


def test_what_is_allowed_is_a_button_and_the_rest_is_text() -> None:
    hostile = {"<script>": {"type": "string"}}
    chips = chips_for(make_definition(configuration_schema={"properties": hostile}))
    page = render_to_string("publish/preview/chips.html", {"chips": chips})
    assert 'data-chip="{{primary_address}}"' in page
    assert 'data-chip="{{body}}"' not in page
    assert "<code>{{body}}</code>" in page
    assert "<script>" not in page
