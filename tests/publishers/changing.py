"""Two definitions, and what is told of the way from one to the other."""

from typing import Any

from publishers.differences import Content, differences
from tests.factories import make_definition

Definition = dict[str, Any]
TEXT = {"type": "string", "name": "Language"}


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
