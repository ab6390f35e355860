"""Web-platform-tests for URLs: what we agree to request goes to the host a browser would go to."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import pytest
from yarl import URL

from publishers.contract.addresses import STRICT, EgressPolicy, check_url
from publishers.contract.egress import Answer
from publishers.contract.errors import AddressNotAllowed
from publishers.contract.rendered import RenderedRequest
from publishers.contract.send import redirected
from tests.corpora.reading import read

pytestmark = pytest.mark.corpora

# An operator who opened everything: then schemes, ports and numeric hosts are judged by their form alone.
OPEN = EgressPolicy.from_hosts(["0.0.0.0/0", "::/0"])
# A good URL; the suite has it fail for the base beside it.
FAILS_FOR_ITS_BASE = "https://www.google.com"


def url_cases() -> list[dict[str, Any]]:
    cases = [case for name in ("urltestdata", "ada_extra_urltestdata") for case in read(f"urls/{name}.json")]
    return [case for case in cases if isinstance(case, dict) and case["input"] != FAILS_FOR_ITS_BASE]


def host_cases() -> list[dict[str, Any]]:
    cases = [case for name in ("toascii", "IdnaTestV2") for case in read(f"urls/{name}.json")]
    return [case for case in cases if isinstance(case, dict)]


def spellings(url: str) -> set[str]:
    """The URL, and with https for http: by default we take nothing else, and the host is read the same."""
    return {url, secure(url)}


def secure(url: str) -> str:
    return f"https{url[4:]}" if url[:5].lower() == "http:" else url


def accepts(url: str, policy: EgressPolicy) -> bool:
    """Anything but AddressNotAllowed fails the test."""
    try:
        check_url(url, policy)
    except AddressNotAllowed:
        return False
    return True


def hosts_of(url: str) -> set[str]:
    """The host that is checked, and the one that the client will ask for."""
    return {plain(urlsplit(url).hostname or ""), plain(URL(url, encoded=True).raw_host or "")}


def plain(host: str) -> str:
    host = host.strip("[]").lower()
    try:
        return str(ip_address(host))
    except ValueError:
        return host


def browser_host(case: dict[str, Any]) -> str | None:
    return None if case.get("failure") else plain(case["hostname"])


@pytest.mark.parametrize(("policy", "least"), [(STRICT, 46), (OPEN, 63)], ids=["default", "open"])
def test_an_accepted_url_has_the_host_that_a_browser_sees(policy: EgressPolicy, least: int) -> None:
    found = [
        (url, hosts_of(url), browser_host(case))
        for case in url_cases()
        for url in spellings(case["input"])
        if accepts(url, policy)
    ]
    assert len(found) >= least
    assert [row for row in found if row[1] != {row[2]}] == []


def test_a_redirect_leads_where_a_browser_would_go_or_stays() -> None:
    """What browsers repair (`///host`, `https:host`) is a path to us, as RFC 3986 reads it."""
    wrong = []
    for case in url_cases():
        base = secure(case.get("base") or "")
        if not base.startswith("https:"):
            continue
        try:
            moved = redirected(
                RenderedRequest(method="GET", target=base),
                Answer(
                    status=302, fields={b"location": secure(case["input"]).encode(errors="surrogatepass")}
                ),
            )
        except AddressNotAllowed:
            continue
        if accepts(moved.target, OPEN) and not hosts_of(moved.target) <= {
            browser_host(case),
            *hosts_of(base),
        }:
            wrong.append((case["input"], base, moved.target))
    assert wrong == []


def test_an_accepted_host_name_needs_no_conversion() -> None:
    """What IDNA would map or encode is refused: a publisher writes the name as it is in DNS."""
    found = [case for case in host_cases() if accepts(f"https://{case['input']}/", STRICT)]
    assert len(found) == 709
    assert [case for case in found if hosts_of(f"https://{case['input']}/") != {case["output"]}] == []
