"""What a lookup asks before and right after an upgrade, a suspension and its end: by the site and in front
of it, each with the plans of the lookup before (contract sections 5 and 15)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from marketplace import upgrades
from marketplace.models import InstalledAddOn
from publishers import availability
from publishers.versions import publish
from tests.factories import NOBODY, make_account
from tests.fake_publisher import Answer, FakePublisher
from tests.invocations.fronts import Front, scope_of
from tests.invocations.test_lookup_api import URL, definition_for, install_for

pytestmark = pytest.mark.django_db(transaction=True)
Lookup = Callable[[], Any]
FIRST = ("GET", "/facts", {"number": "+14155552671"})
SECOND = ("GET", "/v2", {"tel": "+14155552671", "level": "full"})


@pytest.fixture
def service() -> Iterator[FakePublisher]:
    with FakePublisher(lambda request: Answer(200, {"asked": request.path})).in_thread() as service:
        yield service


@pytest.fixture
def installed(transactional_db: None, service: FakePublisher) -> InstalledAddOn:
    return install_for(make_account(), service)


@pytest.fixture(params=["site", "front"])
def looked_up(request: pytest.FixtureRequest, front: Front, installed: InstalledAddOn) -> Lookup:
    """Looks a number up: what the add-on answered, None when it was not asked."""
    scope = scope_of(f"{URL}?AddOns={installed.unique_name}", installed.account)

    def by_site() -> Any:
        return entry(front.of_site(scope).json())

    def by_front() -> Any:
        before = front.passed_on
        answer = front.answer(scope)
        assert front.passed_on == before, "the front left it to the site"
        return entry(answer.json())

    def entry(answer: Any) -> Any:
        found = answer["add_ons"]["results"].get(installed.unique_name)
        return found and found["result"]["asked"]

    return {"site": by_site, "front": by_front}[request.param]


def publish_second(installed: InstalledAddOn, service: FakePublisher) -> None:
    """A version 2 that asks at another address, with other parameters."""
    query = [{"name": "tel", "value": "{{primary_address}}"}, {"name": "level", "value": "full"}]
    request = {"method": "GET", "url": service.url("/v2"), "query": query}
    version = installed.listing.versions.create(
        number=2, definition=definition_for(service, request=request), status="approved"
    )
    publish(version=version, availability="ga", actor=NOBODY)


def sent(service: FakePublisher) -> list[tuple[str, str, dict[str, str]]]:
    return [(each.method, each.path, dict(each.query)) for each in service.requests]


def test_the_old_request_is_sent_until_the_upgrade_and_the_new_one_right_after(
    looked_up: Lookup, installed: InstalledAddOn, service: FakePublisher
) -> None:
    assert [looked_up(), looked_up()] == ["/facts", "/facts"]
    publish_second(installed, service)
    assert looked_up() == "/facts"
    upgrades.upgrade(installed=installed, actor=NOBODY)
    assert [looked_up(), looked_up()] == ["/v2", "/v2"]
    assert sent(service) == [FIRST] * 3 + [SECOND] * 2
    ran = installed.invocations.order_by("sid").values_list("version__number", flat=True)
    assert list(ran) == [1, 1, 1, 2, 2]


def test_a_suspended_listing_is_not_asked_by_the_next_lookup_and_is_once_that_ends(
    looked_up: Lookup, installed: InstalledAddOn, service: FakePublisher
) -> None:
    assert [looked_up(), looked_up()] == ["/facts", "/facts"]
    availability.suspend(listing=installed.listing, reason="spam", actor=NOBODY)
    assert [looked_up(), looked_up()] == [None, None]
    assert sent(service) == [FIRST] * 2
    availability.lift(listing=installed.listing, actor=NOBODY)
    assert looked_up() == "/facts"
    assert sent(service) == [FIRST] * 3
