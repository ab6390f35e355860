"""What the listings say is what the services do."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.examples.caller import about_number, about_text, about_words

TOP = Path(__file__).parents[2]
SERVICES = {"number_facts": 8101, "vanity_words": 8102, "text_mood": 8103, "transcript": 8104, "echo": 8106}
SAMPLES = {
    "number_facts": {"language": "de", "time_zones": True, "max_time_zones": 2},
    "vanity_words": {"shortest_word": 3, "style": "lower"},
    "text_mood": {"threshold": 0.3, "labels": "faces", "parts": False},
    "transcript": {"keywords": "refund, call me back", "mask_digits": False, "word_times": False},
    "echo": {"language": "es", "combine_tracks": True, "keywords": "a, b", "phone_number": "+14155550100"},
}
BAD_SAMPLES = {
    "number_facts": [{}, {"language": "tlh"}, {"language": "de", "max_time_zones": 9}],
    "vanity_words": [{"shortest_word": 2}, {"shortest_word": 4.5}, {"style": "gothic"}],
    "text_mood": [{"threshold": 1.1}, {"labels": "colours"}, {"parts": "yes"}],
    "transcript": [{}, {"mask_digits": True, "keywords": "a," * 20}, {"mask_digits": True, "keywords": "5"}],
    "echo": [{}, {"language": "tlh"}, {"language": "es", "phone_number": "+49301234567"}],
}
MODULE_INFO = {
    "name",
    "short_description",
    "tagline",
    "logo_url",
    "logo_bg_color_hex",
    "provider_name",
    "provider_web_url",
    "tag",
}
EVENT_FIELDS = {"primary_address", "secondary_address", "body", "request_sid"}
EVENT_FIELDS |= {"audio_data", "callback_url", "duration"}


def listing_of(service: str) -> dict[str, Any]:
    path = TOP / "examples" / "publishers" / service / "listing.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


@pytest.fixture(params=SERVICES)
def service(request):
    return request.param


@pytest.fixture
def listing(service):
    return listing_of(service)


def test_the_definition_is_valid(listing):
    schema = json.loads((TOP / "publishers" / "definition.schema.json").read_text(encoding="utf-8"))
    Draft7Validator(schema).validate(listing["definition"])


def test_the_schemas_are_schemas(listing):
    for name in ("configuration_schema", "request_schema", "response_schema"):
        Draft7Validator.check_schema(listing["definition"][name])


def test_configurations_are_told_apart(service, listing):
    validator = Draft7Validator(listing["definition"]["configuration_schema"])
    validator.validate(SAMPLES[service])
    assert not any(map(validator.is_valid, BAD_SAMPLES[service]))


def test_defaults_are_a_configuration(listing):
    schema = listing["definition"]["configuration_schema"]
    properties = schema["properties"].items()
    Draft7Validator(schema).validate(
        {name: prop["default"] for name, prop in properties if "default" in prop}
    )


def test_every_setting_has_a_name_and_help(listing):
    for prop in listing["definition"]["configuration_schema"]["properties"].values():
        assert prop["name"]
        assert prop["_help"].endswith(".")


def test_every_template_field_is_known(listing):
    definition = listing["definition"]
    known = EVENT_FIELDS | set(definition["configuration_schema"]["properties"])
    used = set(re.findall(r"\{\{(\w+)\}\}", json.dumps(definition["request"])))
    assert used <= known
    assert used >= set(definition["configuration_schema"]["properties"])


def test_the_url_has_the_port_the_process_opens(service, listing):
    port = SERVICES[service]
    main = TOP / "examples" / "publishers" / service / "__main__.py"
    assert f"port={port})" in main.read_text(encoding="utf-8")
    assert listing["definition"]["request"]["url"].startswith(f"http://127.0.0.1:{port}/v1/")


def test_the_credentials_named_are_the_credentials_given(service, listing):
    definition = json.dumps(listing["definition"])
    assert listing["credentials"] == {"service_key": {"env": f"{service.upper()}_KEY"}}
    assert '"service_key"' in definition


def test_the_price_told_is_the_price_taken(listing):
    price = listing["definition"]["pricing"].get("price")
    assert listing["pricing"]["body"].startswith(f"${price} for each " if price else "Free.")


def test_the_texts_are_complete(listing):
    assert listing["publisher"] == "northwind"
    assert listing["unique_name"].startswith("northwind_")
    assert set(listing["module_info"]) == MODULE_INFO
    assert all(
        set(highlight) == {"title", "description"} for highlight in listing["description"]["highlights"]
    )
    texts = [listing[part]["body"] for part in ("description", "documentation", "pricing")]
    texts += [listing["policies"]["privacy"], listing["policies"]["legal"]]
    assert all(len(text) > 60 and not re.search(r"</?\w+>|lorem", text) for text in texts)


def test_white_text_is_readable_on_the_colour(listing):
    assert contrast_with_white(listing["module_info"]["logo_bg_color_hex"]) >= 4.5


def contrast_with_white(colour: str) -> float:
    """WCAG 2.2, contrast ratio."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def example_in(text: str) -> Any:
    return json.loads(text.split("```json\n")[1].split("```")[0])


async def test_the_documented_answers_are_the_answers(facts, words, mood):
    _, answer = await facts(about_number("+14155552671", language="en"))
    del answer["debug"]
    assert example_in(listing_of("number_facts")["documentation"]["body"]) == answer
    _, answer = await words(about_words({"number": "+18778894546", "shortest": 4}))
    assert example_in(listing_of("vanity_words")["documentation"]["body"]) == answer
    _, answer = await mood(about_text({"text": "I love this"}))
    assert example_in(listing_of("text_mood")["documentation"]["body"]) == answer


async def test_answers_pass_the_response_schema(facts, words, mood):
    answers = {
        "number_facts": [
            await facts(about_number(number)) for number in ("+14155552671", "+18778894546", "x")
        ],
        "vanity_words": [await words(about_words({"number": number})) for number in ("+18778894546", "x")],
        "text_mood": [await mood(about_text({"text": text})) for text in ("I love this", "so so", "")],
    }
    for name, given in answers.items():
        validator = Draft7Validator(listing_of(name)["definition"]["response_schema"])
        assert all(validator.is_valid(answer) for _, answer in given)
        assert not validator.is_valid({})


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("number_facts", {"primary_address": "+14155552671"}, {"primary_address": "client:anna"}),
        ("vanity_words", {"primary_address": "+18778894546"}, {}),
        ("text_mood", {"body": "I love this"}, {"body": " "}),
        ("transcript", {"duration": 3605}, {"duration": 0}),
        ("echo", {"primary_address": "+919876543210"}, {"primary_address": "+49301234567"}),
    ],
)
def test_events_without_a_question_are_not_sent(name, good, bad):
    validator = Draft7Validator(listing_of(name)["definition"]["request_schema"])
    assert validator.is_valid(good)
    assert not validator.is_valid(bad)
