"""Two clients at the same moment: one wins, the other gets the documented error, and no half state stays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import Account
from marketplace import services
from marketplace.models import AssignedAddOn, IncomingPhoneNumber, InstalledAddOn
from publishers.models import Listing
from tests.conftest import api_of
from tests.factories import make_account, make_definition, make_install, make_listing

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 6
TASKS = "taskrouter-create-task"


def race(*calls: Callable[[], Any]) -> list[Any]:
    """What each call answers when all start at once, each on a connection of its own."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(timeout=5)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def statuses(*calls: Callable[[], Any]) -> tuple[int, ...]:
    return tuple(answer.status_code for answer in race(*calls))


@pytest.fixture
def account(transactional_db: None) -> Account:
    return make_account()


@pytest.fixture
def listing(account: Account) -> Listing:
    return make_listing(definition=make_definition(extensions=["voice-incoming", TASKS]))


@pytest.fixture
def numbers(account: Account) -> str:
    return f"/2010-04-01/Accounts/{account.sid}/IncomingPhoneNumbers"


@pytest.fixture
def number(account: Account, numbers: str) -> str:
    """The path of a number, without extension."""
    return f"{numbers}/{add_number(account, numbers).json()['sid']}"


def add_number(account: Account, numbers: str, phone_number: str = "+18089255327") -> Any:
    return api_of(account).post(f"{numbers}.json", {"PhoneNumber": phone_number})


def assign(account: Account, number: str, installed: InstalledAddOn) -> Any:
    path = f"{number}/AssignedAddOns.json"
    return api_of(account).post(path, {"InstalledAddOnSid": installed.sid})


def uninstall(account: Account, installed: InstalledAddOn) -> Any:
    return api_of(account).delete(f"/v1/InstalledAddOns/{installed.sid}")


def switch_on(account: Account, installed: InstalledAddOn, sid: str) -> Any:
    path = f"/v1/InstalledAddOns/{installed.sid}/Extensions/{sid}"
    return api_of(account).post(path, {"Enabled": "true"})


def install(account: Account, listing: Listing, **parameters: str) -> Any:
    given = {"AvailableAddOnSid": listing.sid, "AcceptTermsOfService": "true", **parameters}
    return api_of(account).post("/v1/InstalledAddOns", given)


def test_of_two_installs_under_one_name_one_is_409(account: Account, listing: Listing) -> None:
    for turn in range(ROUNDS):
        name = f"name{turn}"
        calls = [lambda name=name: install(account, listing, UniqueName=name)] * 2
        assert sorted(statuses(*calls)) == [201, 409]
        assert InstalledAddOn.objects.filter(unique_name=name).count() == 1


def test_installs_without_a_name_each_find_one(account: Account, listing: Listing) -> None:
    answers = race(*[lambda: install(account, listing)] * 3)
    names = [listing.unique_name, f"{listing.unique_name}_1", f"{listing.unique_name}_2"]
    assert sorted(answer.json()["unique_name"] for answer in answers) == names


def test_of_two_equal_assignments_one_is_409(account: Account, listing: Listing, number: str) -> None:
    for _ in range(ROUNDS):
        installed = make_install(account, listing)
        calls = [lambda installed=installed: assign(account, number, installed)] * 2
        assert sorted(statuses(*calls)) == [201, 409]
        assert installed.assignments.count() == 1


def test_what_is_assigned_is_not_uninstalled_and_the_other_way_round(
    account: Account, listing: Listing, number: str
) -> None:
    for _ in range(ROUNDS):
        installed = make_install(account, listing)
        result = statuses(
            lambda installed=installed: assign(account, number, installed),  # type: ignore[misc]  # mypy cannot infer it
            lambda installed=installed: uninstall(account, installed),  # type: ignore[misc]
        )
        removed = not InstalledAddOn.objects.live().filter(pk=installed.pk).exists()
        left = installed.assignments.count()
        assert (result, removed, left) in [((201, 400), False, 1), ((404, 204), True, 0)]


def test_what_is_assigned_is_not_switched_on_for_tasks_and_the_other_way_round(
    account: Account, listing: Listing, number: str
) -> None:
    sid = listing.extensions.get(unique_name=TASKS).sid
    for _ in range(ROUNDS):
        installed = make_install(account, listing)
        result = statuses(
            lambda installed=installed: assign(account, number, installed),  # type: ignore[misc]
            lambda installed=installed: switch_on(account, installed, sid),  # type: ignore[misc]
        )
        on = installed.switches.get(extension__sid=sid).enabled
        left = installed.assignments.count()
        assert (result, on, left) in [((201, 400), False, 1), ((400, 200), True, 0)]


def test_a_number_that_is_deleted_keeps_no_assignment(
    account: Account, listing: Listing, numbers: str
) -> None:
    for _ in range(ROUNDS):
        number = f"{numbers}/{add_number(account, numbers).json()['sid']}"
        installed = make_install(account, listing)
        result = statuses(
            lambda number=number, installed=installed: assign(account, number, installed),  # type: ignore[misc]
            lambda number=number: api_of(account).delete(f"{number}.json"),  # type: ignore[misc]
        )
        assert result in [(201, 204), (404, 204)]
        assert not AssignedAddOn.objects.exists()
        assert not IncomingPhoneNumber.objects.exists()


def test_of_two_uninstalls_one_did_it(account: Account, listing: Listing) -> None:
    for _ in range(ROUNDS):
        installed = make_install(account, listing, enabled=["voice-incoming"])
        calls = [lambda installed=installed: services.uninstall(installed=installed)] * 2
        assert sorted(race(*calls)) == [False, True]
        assert not installed.switches.filter(enabled=True).exists()


def test_a_switch_and_an_uninstall_leave_nothing_switched_on(account: Account, listing: Listing) -> None:
    sid = listing.extensions.get(unique_name="voice-incoming").sid
    for _ in range(ROUNDS):
        installed = make_install(account, listing)
        result = statuses(
            lambda installed=installed: switch_on(account, installed, sid),  # type: ignore[misc]
            lambda installed=installed: uninstall(account, installed),  # type: ignore[misc]
        )
        assert result in [(200, 204), (404, 204)]
        assert not installed.switches.filter(enabled=True).exists()


def test_of_two_creations_of_a_number_one_is_409(account: Account, numbers: str) -> None:
    for turn in range(ROUNDS):
        phone_number = f"+1808925532{turn}"
        calls = [lambda phone_number=phone_number: add_number(account, numbers, phone_number)] * 2
        assert sorted(statuses(*calls)) == [201, 409]


def test_of_two_deletions_one_is_404(account: Account, listing: Listing, numbers: str) -> None:
    for _ in range(ROUNDS):
        number = f"{numbers}/{add_number(account, numbers).json()['sid']}"
        installed = make_install(account, listing)
        assign(account, number, installed)
        for path in (f"{number}/AssignedAddOns/{installed.sid}.json", f"{number}.json"):
            calls = [lambda path=path: api_of(account).delete(path)] * 2
            assert sorted(statuses(*calls)) == [204, 404]
