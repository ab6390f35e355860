"""What changes from one version to another: each kind of change, its risk and its sentence."""

import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publishers.differences import MAX_DIFFERENCES, Content, differences, for_customers
from publishers.risks import Level, Risk, grouped, risks_of, summary_of
from tests.factories import make_definition, make_recording_definition

Definition = dict[str, Any]


def told(before: Definition | None, after: Definition) -> list[tuple[str, str]]:
    found = differences(None if before is None else Content(before), Content(after))
    return [(each.risk.value, each.sentence) for each in found]


def changed(before: Definition, after: Definition) -> list[tuple[str, str]]:
    """What is told of one member that changes in a definition."""
    return told(make_definition(**before), make_definition(**after))


def asking(*values: Any, url: str = "https://service.example.com/facts", **request: Any) -> Definition:
    query = [{"name": f"p{index}", "value": value} for index, value in enumerate(values)]
    return {"request": {"method": "GET", "url": url, "query": query, **request}}


def taking(required: list[str] = [], **properties: Any) -> Definition:  # noqa: B006 - only read
    return {
        "configuration_schema": {"type": "object", "required": required, "properties": properties},
    }


def price(amount: str, model: str = "per_use", **more: Any) -> Definition:
    return {"pricing": {"model": model, "price": amount, "currency": "USD", **more}}


# --- Whose data goes to whom -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "risk", "sentence"),
    [
        (asking(), asking("{{body}}"), "data", "The text of the message goes to service.example.com."),
        (
            asking(),
            asking(url="https://service.example.com/{{body}}"),
            "data",
            "The text of the message goes to service.example.com.",
        ),
        (
            asking(),
            asking("{{SHA256:body}}"),
            "data",
            "The text of the message goes to service.example.com as a SHA-256 hash.",
        ),
        (
            asking("{{SHA256:body}}"),
            asking("{{SHA256:body}} {{body}}"),
            "data",
            "The text of the message goes to service.example.com in the clear; only its hash did.",
        ),
        (
            asking("{{body}}"),
            asking("{{SHA256:body}}"),
            "eased",
            "The text of the message goes to service.example.com only as a SHA-256 hash.",
        ),
        (asking("{{body}}"), asking("x"), "eased", "The text of the message is no longer sent."),
        (asking(), asking("{{ lang }}"), "data", "“lang” goes to service.example.com."),
        (
            asking("x"),
            asking("x", url="https://other.example/facts"),
            "host",
            "Everything goes to other.example instead of service.example.com.",
        ),
        (
            asking("x"),
            asking("x", url="http://service.example.com/facts"),
            "host",
            "The request is no longer encrypted: http instead of https.",
        ),
    ],
)
def test_what_is_sent(before: Definition, after: Definition, risk: str, sentence: str) -> None:
    assert (risk, sentence) in changed(before, after)


def test_a_setting_is_named_as_its_form_names_it() -> None:
    before = make_definition(**taking(lang={"type": "string", "name": "Language"}))
    after = {**before, **asking("{{lang}}")}
    assert ("data", "The setting “Language” goes to service.example.com.") in told(before, after)


def test_what_every_request_carries_is_no_news() -> None:
    assert not [risk for risk, _ in changed(asking(), asking("{{request_sid}}{{ttl}}")) if risk == "data"]


def test_a_raw_body_is_the_recording() -> None:
    form = make_recording_definition(request={"method": "POST", "url": "https://a.example/x"})
    raw = {**form, "request": {**form["request"], "body": {"kind": "raw"}}}
    assert ("data", "The recording goes to a.example.") in told(form, raw)


# --- Price ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "risk", "sentence"),
    [
        (price("0.005"), price("0.01"), "price", "The price goes up from 0.005 USD a use to 0.01 USD a use."),
        (
            price("0.01"),
            price("0.005"),
            "eased",
            "The price goes down from 0.01 USD a use to 0.005 USD a use.",
        ),
        ({}, price("0.01"), "price", "It costs 0.01 USD a use; it was free."),
        (price("0.01"), {}, "eased", "It is free; it was 0.01 USD a use."),
        (
            price("0.01"),
            price("0.01", "per_minute"),
            "price",
            "It is charged in another way: 0.01 USD a started minute instead of 0.01 USD a use.",
        ),
        (
            price("1", unbilled_if_present=["$.error"]),
            price("1"),
            "price",
            "An answer with $.error is no longer free.",
        ),
        (price("1"), price("1", unbilled_if_present=["$.error"]), "eased", "An answer with $.error is free."),
        (
            price("1"),
            price("1", billable_status=[200, 202]),
            "price",
            "Answers with HTTP status 200, 202 are charged.",
        ),
        (
            price("1", billable_status=[200, 202]),
            price("1"),
            "eased",
            "Answers with HTTP status 200 are charged.",
        ),
    ],
)
def test_what_it_costs(before: Definition, after: Definition, risk: str, sentence: str) -> None:
    assert changed(before, after) == [(risk, sentence)]


@pytest.mark.parametrize(
    ("before", "after"), [(price("0.010"), price("0.01")), ({}, price("0")), ({"pricing": {}}, {})]
)
def test_the_same_price_written_otherwise_is_no_difference(before: Definition, after: Definition) -> None:
    assert changed(before, after) == []


# --- Settings, events, answers ---------------------------------------------------------------------

TEXT = {"type": "string", "name": "Language"}


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


# --- The listing's blocks ----------------------------------------------------------------------------


def blocks_told(before: Definition, after: Definition) -> list[tuple[str, str]]:
    same = make_definition()
    found = differences(Content(same, before), Content(same, after))
    return [(each.risk.value, each.sentence) for each in found]


def test_texts_and_terms() -> None:
    before = {"policies": {"legal": "Be nice."}, "module_info": {"name": "Facts"}}
    after = {"policies": {"legal": "Be quick."}, "module_info": {"name": "Facts 2"}}
    assert blocks_told(before, after) == [
        ("terms", "The text of the terms of service changes."),
        ("cosmetic", "The name changes."),
    ]


def test_where_the_publisher_hears_of_installs() -> None:
    notices = {"callback_url": "https://hooks.example/x", "notification_events": ["module_install"]}
    after = {"configuration": {"notification_configuration": notices}}
    assert ("data", "The SID of an account that installs it goes to hooks.example.") in blocks_told(
        {"configuration": {}, "module_info": {}}, after
    )


# --- Together ------------------------------------------------------------------------------------------


def test_nothing_differs_from_itself() -> None:
    assert told(make_definition(), make_definition()) == []
    shuffled: Mapping[str, Any] = dict(reversed(make_definition().items()))
    assert told(make_definition(), dict(shuffled)) == []


def test_of_the_first_version_it_says_what_it_brings() -> None:
    definition = make_definition(**price("0.01"), **taking(["a"], a=TEXT), remove=["$.a"])
    assert told(None, definition) == [
        (
            "data",
            "The phone number that is looked up, or of the sender or caller, goes to service.example.com.",
        ),
        ("price", "It costs 0.01 USD a use."),
        ("configuration", "The setting “Language” must be given."),
    ]


def test_the_gravest_comes_first_and_what_customers_need_is_chosen() -> None:
    before = make_definition()
    after = make_definition(**asking("{{body}}"), **price("0.01"), limits={"timeout_ms": 500})
    found = differences(Content(before), Content(after))
    assert [group.risk for group in grouped(found)][:2] == [Risk.DATA, Risk.PRICE]
    assert risks_of(found) == [Risk.DATA, Risk.PRICE]
    assert {each.risk for each in for_customers(found)} == {Risk.DATA, Risk.PRICE, Risk.EASED}
    assert Risk.DATA.level is Level.HIGH
    assert "To look at: new data leaves the account and price up." in summary_of(found, is_first=False)


def test_a_summary_of_little_and_of_nothing() -> None:
    found = differences(Content(make_definition()), Content(make_definition(limits={"timeout_ms": 500})))
    assert summary_of(found, is_first=False) == "1 difference, none of weight."
    assert summary_of([], is_first=False) == "Nothing differs from the version before."


def test_giant_definitions_end_in_a_bounded_list() -> None:
    after = make_definition(
        **taking([], **{f"s{number}": TEXT for number in range(2_000)}),
        remove=[f"$.p{n}" for n in range(1000)],
    )
    assert len(differences(Content(make_definition()), Content(after))) == MAX_DIFFERENCES


def test_as_much_as_a_draft_can_hold_is_compared_in_time() -> None:
    """A quarter of a megabyte each: what looked through lists for each entry took minutes."""
    names = [f"n{number}" for number in range(20_000)]
    before = {"type": "object", "required": names, "enum": names}
    after = {
        "type": "object",
        "required": names[::-1],
        "enum": [*names[1:], "x"],
        "properties": {n: {} for n in names},
    }
    began = time.process_time()
    found = changed({"response_schema": before}, {"response_schema": after})
    assert found
    assert time.process_time() - began < 2


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["{{body}}", "https://[", "0.1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "required", "properties", "enum", "minimum", "value", "name", "items"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
MEMBERS = st.sampled_from(
    [
        *make_definition(),
        "auth",
        "remove",
        "limits",
        "runtime_parameters",
        "configuration_schema",
        "request_schema",
        "response_schema",
    ]
)
DRAFTS = st.dictionaries(
    MEMBERS,
    JSON
    | st.dictionaries(
        st.sampled_from(
            [
                "url",
                "query",
                "headers",
                "body",
                "model",
                "price",
                "billable_status",
                "kind",
                "fields",
                "properties",
                "required",
            ]
        ),
        JSON,
        max_size=5,
    ),
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(before=st.none() | DRAFTS, after=DRAFTS)
def test_no_draft_is_too_strange(before: Definition | None, after: Definition) -> None:
    for _, sentence in told(before, after):
        assert sentence.endswith(".")
