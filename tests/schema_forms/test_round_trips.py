"""Document to form and back: nothing is lost, and nothing is made up."""

import json
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema_forms.forms import SchemaForm
from schema_forms.schemas import compile_schema

SAMPLES = json.loads((Path(__file__).parent / "data" / "sample_schemas.json").read_text())
SAMPLE_DOCUMENTS = {
    "call_shield": {"mode": "strict", "allow_list": "+14155550100, +14155550101"},
    "transcript_plus": {
        "callback_url": "https://example.com/hook",
        "callback_method": "POST",
        "language": "en_US",
        "combine_tracks": False,
        "mask_digits": True,
        "max_speakers": 2,
    },
    "text_translator": {"target": "de", "auto_detect": False, "source": "en"},
    "caller_profile": {"customer_key": "hk_" + "a1" * 12, "min_confidence": 0.5},
    "contract_example": {"language": "es", "combine_tracks": True, "phone_number": "+14155550100"},
}


def posted(form):
    """What a browser would send back from an untouched form."""
    shown = {form.add_prefix(name): form[name].value() for name in form.fields}
    return {name: "on" if value is True else value for name, value in shown.items() if value is not False}


@pytest.mark.parametrize("name", SAMPLES)
def test_an_untouched_form_gives_the_document_back(name):
    schema, document = compile_schema(SAMPLES[name]), SAMPLE_DOCUMENTS[name]
    again = SchemaForm(schema, posted(SchemaForm(schema, document=document)), document=document)
    assert again.is_valid(), again.errors
    assert again.document() == document


@pytest.mark.parametrize("name", SAMPLES)
def test_an_empty_form_asks_for_what_is_required(name):
    schema = compile_schema(SAMPLES[name])
    form = SchemaForm(schema, {})
    given = {key: False for key, rules in SAMPLES[name]["properties"].items() if rules["type"] == "boolean"}
    assert {key: [message] for key, (message,) in form.errors.items()} == {
        fault.path[1:]: [fault.message] for fault in schema.faults(given)
    }


texts = (
    st.text(string.printable + "äß漢🙂", min_size=1)
    .map(str.strip)
    .filter(bool)
    .map(lambda text: text.replace("\r", ""))
)
scalars = {
    "string": texts.filter(lambda text: text == text.strip() != ""),
    "integer": st.integers(-(2**63) + 1, 2**63 - 1),
    "number": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53),
    "boolean": st.booleans(),
}
kinds = st.sampled_from(sorted(scalars))


@settings(deadline=None)
@given(st.data(), st.lists(kinds, min_size=1, max_size=5))
def test_every_accepted_document_survives_the_form(data, types):
    properties, document = {}, {}
    for index, type_ in enumerate(types):
        values = data.draw(st.lists(scalars[type_], min_size=1, max_size=4, unique=True))
        is_enum = type_ != "boolean" and data.draw(st.booleans())
        properties[f"p{index}"] = (
            {"type": type_, "enum": values} if is_enum else {"type": type_, "format": "multi-line"}
        )
        if type_ == "boolean" or data.draw(st.booleans()):
            document[f"p{index}"] = values[0]
    schema = compile_schema({"properties": properties})
    assert schema.accepts(document)
    again = SchemaForm(schema, posted(SchemaForm(schema, document=document)))
    assert again.is_valid(), again.errors
    assert again.document() == document
