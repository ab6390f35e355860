"""What changes in the price of an add-on, in sentences."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from publishers.contract.definition import BILLABLE_STATUS
from publishers.documents import text_in, texts_in
from publishers.risks import Difference, Risk

_UNITS: Final = {"per_use": "use", "per_minute": "started minute"}


def price_differences(
    old: Mapping[str, Any], new: Mapping[str, Any], *, is_first: bool
) -> Iterator[Difference]:
    """Compare two `pricing` sections; `is_first`: nothing was before, so only the price itself counts."""
    yield from _price(old, new, is_first=is_first)
    if not is_first:
        yield from _free_answers(old, new)
        yield from _charged_statuses(old, new)


def price_of(pricing: Mapping[str, Any]) -> str:
    """`0.01 USD a use`, or `free`."""
    if not _amount(pricing):
        return "free"
    unit = _UNITS.get(text_in(pricing.get("model")), "unit")
    return f"{text_in(pricing.get('price'))} {text_in(pricing.get('currency')) or 'USD'} a {unit}"


def _price(old: Mapping[str, Any], new: Mapping[str, Any], *, is_first: bool) -> Iterator[Difference]:
    cost, was_cost = _amount(new), Decimal(0) if is_first else _amount(old)
    is_same_model = old.get("model") == new.get("model")
    if cost == was_cost and (is_same_model or not cost):
        return
    now, was = price_of(new), price_of(old)
    risk = Risk.PRICE
    if is_first:
        sentence = f"It costs {now}."
    elif not cost:
        risk, sentence = Risk.EASED, f"It is free; it was {was}."
    elif not was_cost:
        sentence = f"It costs {now}; it was free."
    elif not is_same_model:
        sentence = f"It is charged in another way: {now} instead of {was}."
    elif cost < was_cost:
        risk, sentence = Risk.EASED, f"The price goes down from {was} to {now}."
    else:
        sentence = f"The price goes up from {was} to {now}."
    yield Difference(
        section="pricing", risk=risk, sentence=sentence, before=None if is_first else was, after=now
    )


def _free_answers(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    were, are = (set(texts_in(each.get("unbilled_if_present"))) for each in (old, new))
    for path in sorted(were - are):
        sentence = f"An answer with {path} is no longer free."
        yield Difference(section="pricing", risk=Risk.PRICE, sentence=sentence, before=path)
    for path in sorted(are - were):
        sentence = f"An answer with {path} is free."
        yield Difference(section="pricing", risk=Risk.EASED, sentence=sentence, after=path)


def _charged_statuses(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    were, are = _statuses(old), _statuses(new)
    if were != are:
        yield Difference(
            section="pricing",
            risk=Risk.PRICE if are - were else Risk.EASED,
            sentence=f"Answers with HTTP status {', '.join(map(str, sorted(are)))} are charged.",
            before=sorted(were),
            after=sorted(are),
        )


def _amount(pricing: Mapping[str, Any]) -> Decimal:
    """What one use or minute costs; nothing when it is free or cannot be read."""
    if text_in(pricing.get("model")) in {"", "free"}:
        return Decimal(0)
    try:
        amount = Decimal(text_in(pricing.get("price")) or "0")
    except InvalidOperation:
        return Decimal(0)
    return amount if amount.is_finite() else Decimal(0)


def _statuses(pricing: Mapping[str, Any]) -> set[int]:
    given = pricing.get("billable_status", list(BILLABLE_STATUS))
    return {each for each in given if isinstance(each, int)} if isinstance(given, list) else set()
