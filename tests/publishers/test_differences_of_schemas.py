"""What changes from one version to another in its settings, its events, its answers and its limits."""

import pytest

from tests.publishers.changing import TEXT, Definition, changed, taking


@pytest.mark.parametrize(
    ("before", "after", "risk", "sentence"),
    [
        (
            taking(),
            taking(["a"], a=TEXT),
            "configuration",
            "The setting “Language” is new and must be given.",
        ),
        (taking(a=TEXT), taking(["a"], a=TEXT), "configuration", "The setting “Language” must be given."),
        (taking(["a"], a=TEXT), taking(a=TEXT), "eased", "The setting “Language” need no longer be given."),
        (taking(), taking(a=TEXT), "eased", "The setting “Language” is new and can be given."),
        (taking(a=TEXT), taking(), "eased", "The setting “Language” is no longer asked for."),
        (
            taking(a={**TEXT, "enum": ["de", "en"]}),
            taking(a={**TEXT, "enum": ["de"]}),
            "configuration",
            "The setting “Language” can no longer be “en”.",
        ),
        (
            taking(a={**TEXT, "enum": ["de"]}),
            taking(a={**TEXT, "enum": ["de", "en"]}),
            "eased",
            "The setting “Language” can be “en”.",
        ),
        (
            taking(a=TEXT),
            taking(a={**TEXT, "enum": ["de"]}),
            "configuration",
            "The setting “Language” can have 1 value only.",
        ),
        (
            taking(a={**TEXT, "maxLength": 9}),
            taking(a={**TEXT, "maxLength": 5}),
            "configuration",
            "The setting “Language” must be at most 5 characters.",
        ),
        (
            taking(a={**TEXT, "maxLength": 5}),
            taking(a={**TEXT, "maxLength": 9}),
            "eased",
            "The setting “Language” must be at most 9 characters.",
        ),
        (
            taking(a={**TEXT, "minLength": 5}),
            taking(a={**TEXT, "minLength": 9}),
            "configuration",
            "The setting “Language” must be at least 9 characters.",
        ),
        (
            taking(a=TEXT),
            taking(a={**TEXT, "pattern": "^a"}),
            "configuration",
            "The setting “Language” must follow another rule “pattern”.",
        ),
        (
            taking(a={**TEXT, "pattern": "^a"}),
            taking(a=TEXT),
            "eased",
            "The setting “Language” no longer has to follow its rule “pattern”.",
        ),
        (
            taking(a={**TEXT, "type": "string"}),
            taking(a={**TEXT, "type": "integer"}),
            "configuration",
            "The setting “Language” is integer.",
        ),
        (
            taking(a=TEXT),
            taking(a={**TEXT, "_help": "Such as de."}),
            "cosmetic",
            "The setting “Language” is described in other words.",
        ),
        (
            {},
            {"runtime_parameters": [{"name": "code", "required": True}]},
            "configuration",
            "Each lookup must give “code”.",
        ),
        (
            {},
            {"request_schema": {"required": ["body"]}},
            "validation",
            "An event must match a schema; there was none.",
        ),
        ({"request_schema": {"required": ["body"]}}, {}, "eased", "An event need no longer match a schema."),
        (
            {"request_schema": {"type": "object"}},
            {"request_schema": {"type": "object", "properties": {"primary_address": {"pattern": "^\\+1"}}}},
            "validation",
            "The field “primary_address” must follow another rule “pattern”.",
        ),
        (
            {"response_schema": {"type": "object", "required": ["a"]}},
            {"response_schema": {"type": "object"}},
            "response",
            "The element “a” need no longer be present.",
        ),
        (
            {"response_schema": {"properties": {"a": {"properties": {"b": {"type": "string"}}}}}},
            {"response_schema": {"properties": {"a": {"properties": {"b": {"type": "number"}}}}}},
            "response",
            "The element “b” of “a” is number.",
        ),
        ({"remove": ["$.a"]}, {}, "response", "$.a is no longer removed from the answer."),
        ({}, {"remove": ["$.a"]}, "response", "$.a is removed from the answer before it is delivered."),
        ({}, {"limits": {"timeout_ms": 500}}, "request", "The limit of the time to answer, in ms, is 500."),
    ],
)
def test_one_change_is_one_sentence(before: Definition, after: Definition, risk: str, sentence: str) -> None:
    assert changed(before, after) == [(risk, sentence)]


def test_extension_points_come_and_go() -> None:
    sms = "Incoming SMS Message (sms-incoming)"
    assert changed({"extensions": ["lookup-api"]}, {"extensions": ["sms-incoming"]}) == [
        ("points", f"It can be switched on for {sms}; it stays off until somebody does."),
        ("points", "It no longer runs for Lookups (lookup-api), also where that is switched on."),
    ]


def test_true_is_not_one() -> None:
    before, after = ({"response_schema": {"const": value}} for value in (1, True))
    assert [risk for risk, _ in changed(before, after)] == ["response", "response"]
