"""The official Python client reads 2,500 rows, whatever way it is asked."""

import pytest
from twilio.rest import Client

from tests.clients.conftest import MANY


def test_list_reads_everything_in_order(client: Client, many: list[str]) -> None:
    assert [row.sid for row in client.marketplace.v1.installed_add_ons.list()] == many


@pytest.mark.parametrize("page_size", [7, 1000])
def test_stream_reads_as_far_as_it_is_told(client: Client, many: list[str], page_size: int) -> None:
    rows = client.marketplace.v1.installed_add_ons.stream(limit=130, page_size=page_size)
    assert [row.sid for row in rows] == many[:130]


def test_stream_without_a_limit_reads_everything(client: Client, many: list[str]) -> None:
    rows = client.preview.marketplace.installed_add_ons.stream(page_size=1000)
    assert [row.sid for row in rows] == many


def test_a_limit_above_the_largest_page_is_answered(client: Client, many: list[str]) -> None:
    """The client sends PageSize=5000 (contract 2.6)."""
    assert [row.sid for row in client.marketplace.v1.installed_add_ons.list(limit=5000)] == many


def test_a_limit_between_two_pages_is_exact(client: Client, many: list[str]) -> None:
    assert [row.sid for row in client.marketplace.v1.installed_add_ons.list(limit=1200)] == many[:1200]


def test_pages_lead_forth_and_back(client: Client, many: list[str]) -> None:
    add_ons = client.marketplace.v1.installed_add_ons
    first = add_ons.page(page_size=1000)
    second = first.next_page()
    last = second.next_page()
    assert (first.previous_page_url, last.next_page()) == (None, None)
    assert [row.sid for page in (first, second, last) for row in page] == many
    back = last.previous_page()
    assert [row.sid for row in back] == many[1000:2000]
    assert [row.sid for row in add_ons.get_page(back.next_page_url)] == many[2000:]


def test_a_row_removed_between_two_pages_hides_no_other(client: Client, many: list[str]) -> None:
    add_ons = client.marketplace.v1.installed_add_ons
    first = add_ons.page(page_size=1000)
    for sid in (many[0], many[999], many[1500]):
        assert add_ons(sid).delete()
    assert [row.sid for row in first.next_page()] == [*many[1000:1500], *many[1501:2001]]
    assert len(add_ons.list(page_size=1000)) == MANY - 3
