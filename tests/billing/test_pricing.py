"""The pricing rule (contract section 14)."""

from decimal import Decimal
from typing import Any

import pytest

from billing.pricing import charge_for_use, not_billed, to_micros
from publishers.contract.definition import Pricing, parse
from tests.factories import make_definition


def pricing(**block: Any) -> Pricing:
    return parse(make_definition(pricing=block)).pricing


def test_a_free_add_on_is_never_billed() -> None:
    charge = charge_for_use(pricing(model="free"), http_status=200, document={})
    assert (charge.amount_micros, charge.reason) == (0, "Not billed: this add-on is free.")


def test_one_use_costs_its_price_in_millionths() -> None:
    charge = charge_for_use(pricing(model="per_use", price="0.0001"), http_status=200, document={})
    assert (charge.quantity, charge.unit_price_micros, charge.amount_micros) == (1, 100, 100)
    assert (charge.currency, charge.reason) == ("USD", "Billed: one successful use.")


def test_an_element_that_must_be_absent_makes_the_use_free() -> None:
    rule = pricing(model="per_use", price="0.002", unbilled_if_present=["$.ok", "$.error"])
    assert charge_for_use(rule, http_status=200, document={"mood": "good"}).amount_micros == 2000
    charge = charge_for_use(rule, http_status=200, document={"error": None})
    assert (charge.amount_micros, charge.reason) == (0, "Not billed: $.error was present in the answer.")


def test_of_several_elements_the_first_one_listed_is_named() -> None:
    rule = pricing(model="per_use", price="1", unbilled_if_present=["$.no", "$..b", "$.a", "$.*"])
    charge = charge_for_use(rule, http_status=200, document={"a": {"b": 1}})
    assert charge.reason == "Not billed: $..b was present in the answer."


@pytest.mark.parametrize(("length", "shown"), [(138, "$." + "a" * 138), (139, "$." + "a" * 138 + "…")])
def test_of_a_long_path_the_reason_names_the_beginning(length: int, shown: str) -> None:
    rule = pricing(model="per_use", price="1", unbilled_if_present=["$." + "a" * length])
    charge = charge_for_use(rule, http_status=200, document={"a" * length: 1})
    assert charge.reason == f"Not billed: {shown} was present in the answer."


@pytest.mark.parametrize("path", ["$.*", "$..*", "$.a[*]", "$..a.*"])
def test_an_element_of_something_empty_is_not_present(path: str) -> None:
    rule = pricing(model="per_use", price="1", unbilled_if_present=[path])
    document: dict[str, Any] = {"a": []} if "a" in path else {}
    assert charge_for_use(rule, http_status=200, document=document).quantity == 1


def test_the_whole_answer_is_always_present() -> None:
    rule = pricing(model="per_use", price="1", unbilled_if_present=["$.a", "$"])
    assert (
        charge_for_use(rule, http_status=200, document={}).reason
        == "Not billed: $ was present in the answer."
    )


@pytest.mark.parametrize(("status", "amount"), [(200, 2000), (201, 0)])
def test_only_a_200_is_billed_unless_the_definition_says_otherwise(status: int, amount: int) -> None:
    rule = pricing(model="per_use", price="0.002")
    assert charge_for_use(rule, http_status=status, document={}).amount_micros == amount


def test_a_definition_may_bill_other_statuses() -> None:
    rule = pricing(model="per_use", price="0.002", billable_status=[201])
    assert charge_for_use(rule, http_status=201, document={}).amount_micros == 2000
    charge = charge_for_use(rule, http_status=200, document={})
    assert charge.reason == "Not billed: the service answered HTTP 200."


@pytest.mark.parametrize(
    ("price", "micros"),
    [("0", 0), ("0.000001", 1), ("0.0045", 4500), ("1", 1_000_000), ("999999.999999", 999_999_999_999)],
)
def test_every_price_a_definition_can_hold_is_exact(price: str, micros: int) -> None:
    assert to_micros(Decimal(price)) == micros


def test_no_charge_has_a_reason_and_no_amount() -> None:
    assert not_billed("because.").amount_micros == 0
