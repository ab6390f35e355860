"""What the door refuses is noted, by host alone."""

import pytest

from publishers.contract import refusals as module
from publishers.contract.addresses import STRICT
from publishers.contract.egress import client
from publishers.contract.errors import AddressNotAllowed, VendorFailed
from publishers.contract.refusals import UNREADABLE, Refusal, Refusals, refusals
from tests.publishers.contract.test_egress import LOCAL, Names, get

REASON = "The address is not allowed."


@pytest.fixture(autouse=True)
def nothing_noted():
    refusals.take()
    yield
    refusals.take()


async def refused(url, *, lane="", **options):
    async with client(STRICT, **options) as opened:
        asked = opened.lane(lane) if lane else opened
        with pytest.raises(AddressNotAllowed):
            await asked.exchange(get(url), max_bytes=100)
    return list(refusals.take())


async def test_an_internal_literal_is_noted_with_its_publisher():
    assert await refused("https://10.1.2.3/?number=1", lane="AC1") == [
        Refusal("10.1.2.3", 443, REASON, "AC1")
    ]


async def test_a_name_that_leads_inside_is_noted():
    found = await refused("https://rebind.test/a", resolver=Names("127.0.0.1"))
    assert found == [Refusal("rebind.test", 443, REASON, "")]


async def test_a_port_that_is_not_allowed_is_noted():
    [found] = await refused("https://service.example.com:8443/")
    assert (found.host, found.port, found.reason) == ("service.example.com", 8443, "The port must be 443.")


async def test_a_service_that_is_down_is_no_refusal():
    async with client(LOCAL, resolver=Names()) as opened:
        with pytest.raises(VendorFailed):
            await opened.exchange(get("https://gone.test/"), max_bytes=100)
    assert refusals.take() == {}


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://ana:secret@host.example/path?x=secret#f", ("host.example", 443)),
        ("http://HOST.example", ("host.example", 80)),
        ("https://[::1]:99/", ("::1", 99)),
        ("https://[bad/", (UNREADABLE, 0)),
        ("https://host:99999/", (UNREADABLE, 0)),
        ("nonsense", (UNREADABLE, 0)),
        ("https://a\0b/", ("a\N{REPLACEMENT CHARACTER}b", 443)),
        ("https://" + "a" * 300, ("a" * 255, 443)),
    ],
    ids=["login", "case", "v6", "bracket", "port", "nonsense", "nul", "long"],
)
def test_only_the_place_of_a_url_is_noted(url, place):
    noted = Refusals()
    noted.note(url, REASON)
    [found] = noted.take()
    assert (found.host, found.port) == place


def test_equal_ones_are_counted_and_taken_once():
    noted = Refusals()
    for _ in range(3):
        noted.note("https://a.example/", REASON)
    [(_, seen)] = noted.take().items()
    assert seen.times == 3
    assert seen.first_at <= seen.last_at
    assert noted.take() == {}


def test_no_memory_is_filled(monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    noted = Refusals()
    for host in ("a", "b", "c", "a"):
        noted.note(f"https://{host}.example/", REASON)
    assert {each.host: seen.times for each, seen in noted.take().items()} == {"a.example": 2, "b.example": 1}
    assert noted.left_out == 1
