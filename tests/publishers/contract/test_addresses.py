import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from aiohttp.abc import AbstractResolver

from publishers.contract.addresses import STRICT, EgressPolicy, address_allowed, check_url
from publishers.contract.dialling import CheckedResolver
from publishers.contract.errors import AddressNotAllowed
from publishers.contract.limits import MAX_URL_CHARS

DATA = Path(__file__).parent / "data"
NETS = json.loads((DATA / "special_purpose_nets.json").read_text())
ZONE = json.loads((DATA / "lab_zone.json").read_text())["zone"]
CASES = [json.loads(line) for line in (DATA / "ssrf_urls.jsonl").read_text().splitlines()]
HOSTILE = [case for case in CASES if case["expect"] == "block"]
CONTROLS = [case for case in CASES if case["expect"] == "allow"]
PUBLIC = "93.184.216.34"


class Laboratory(AbstractResolver):
    """The name server of `lab_zone.json`, asked again and again: rebinding names change their answer."""

    def __init__(self):
        self.asked = 0

    async def resolve(self, host, port=0, family=0):
        self.asked += 1
        return [{"host": address} for address in self._addresses(host.lower())]

    def _addresses(self, host):
        if host.startswith("rebind"):
            return [PUBLIC] if self.asked <= int(host[6]) else ["127.0.0.1"]
        if host.endswith(".nip.test"):
            return [host.removesuffix(".nip.test")]
        if host not in ZONE:
            raise OSError("no such name")
        return [address for addresses in ZONE[host] for address in addresses]

    async def close(self):
        pass


async def reach(url, policy=STRICT):
    """Everything that must agree before a connection is dialled; the address that would be."""
    check_url(url, policy)
    host = url.split("/")[2].strip("[]")
    if address_allowed(host):
        return host
    resolver = CheckedResolver(Laboratory(), policy)
    for _ in range(5):
        answers = await resolver.resolve(host, 443)
    return answers[0]["host"]


def test_the_corpus_is_whole():
    assert (len(HOSTILE), len(CONTROLS)) == (352, 3)


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: f"{case['id']}-{case['category']}")
async def test_no_hostile_url_reaches_a_socket(case):
    url = case["url"]
    with pytest.raises(AddressNotAllowed):
        check_url(url, STRICT)
    secure = "https://" + url.removeprefix("http://") if url.startswith("http://") else url
    if "redir/" in secure:
        secure = unquote(secure.split("redir/")[1]).replace("http://", "https://")
    with pytest.raises((AddressNotAllowed, OSError)):
        await reach(secure)


@pytest.mark.parametrize("case", CONTROLS, ids=lambda case: case["url"])
async def test_public_places_are_reached_over_https(case):
    with pytest.raises(AddressNotAllowed, match="https"):
        await reach(case["url"])
    assert address_allowed(await reach(case["url"].replace("http:", "https:")))


@pytest.mark.parametrize("address", NETS["must_classify"]["blocked"])
def test_special_addresses_are_never_allowed(address):
    assert not address_allowed(address)


@pytest.mark.parametrize("address", NETS["must_classify"]["allowed"])
def test_public_addresses_are_allowed(address):
    assert address_allowed(address)


@pytest.mark.parametrize("network", [*NETS["v4_deny"], *NETS["v6_deny_inside"]])
def test_the_table_is_the_published_one(network):
    assert not address_allowed(network.split("/")[0])


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "2606:2800:220:1::34%eth0", "8.8.8.8 "])
def test_what_is_no_plain_address_is_not_allowed(text):
    assert not address_allowed(text)


@pytest.mark.parametrize(
    ("hosts", "url", "allowed"),
    [
        ([], "https://api.acme.example/", True),
        ([], "https://api.acme.example:443/a?b=c", True),
        ([], "https://8.8.8.8/", True),
        ([], "https://[2606:2800:220:1::34]/", True),
        ([], "https://xn--bcher-kva.example/", True),
        ([], "https://api.acme.example:8443/", False),
        ([], "https://api/", False),
        ([], "https://api.acme.example./", False),
        ([], "https://api.acme.example:/", False),
        ([], "https://api.acme.example:0/", False),
        ([], "https://[8.8.8.8]/", False),
        ([], "https://[::1/", False),
        ([], f"https://api.acme.example/{'x' * MAX_URL_CHARS}", False),
        (["127.0.0.1"], "http://127.0.0.1:8101/", True),
        (["127.0.0.1"], "https://127.0.0.1/", True),
        (["127.0.0.1"], "http://127.0.0.2/", False),
        (["127.0.0.1"], "http://api.acme.example/", False),
        (["127.0.0.1"], "ftp://127.0.0.1/", False),
        (["127.0.0.1"], "http://me@127.0.0.1/", False),
        (["127.0.0.1:8101"], "http://127.0.0.1:8101/", True),
        (["127.0.0.1:8101"], "http://127.0.0.1:8102/", False),
        (["10.1.0.0/16"], "https://10.1.2.3/", True),
        (["[::1]:8101"], "http://[::1]:8101/", True),
        (["::1"], "http://[::1]/", True),
    ],
)
def test_an_operator_opens_addresses_and_nothing_else(hosts, url, allowed):
    policy = EgressPolicy.from_hosts(hosts)
    if allowed:
        check_url(url, policy)
    else:
        with pytest.raises(AddressNotAllowed):
            check_url(url, policy)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:http", "", "127.0.0.1/8"])
def test_an_exemption_that_is_no_address_is_refused_loudly(host):
    with pytest.raises(ValueError, match=r"does not appear|host bits"):
        EgressPolicy.from_hosts([host])


def test_a_refusal_says_nothing_about_the_network():
    with pytest.raises(AddressNotAllowed) as refused:
        check_url("https://10.20.30.40/", STRICT)
    assert refused.value.reason == "The address is not allowed."
