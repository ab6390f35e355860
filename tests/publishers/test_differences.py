"""What changes from one version to another: whose data goes where, what it costs, and all of it together."""

from collections.abc import Mapping
from typing import Any

import pytest

from publishers.differences import Content, differences, for_customers
from publishers.risks import Level, Risk, grouped, risks_of, summary_of
from tests.factories import make_definition, make_recording_definition
from tests.publishers.changing import TEXT, Definition, asking, changed, price, taking, told

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
