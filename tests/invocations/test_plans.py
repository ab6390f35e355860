"""Plans of lookups: read anew for each, through a server that runs on; each account has its own."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import Account
from accounts.services import create_api_key, create_secondary_token, promote_secondary_token, revoke_api_key
from invocations import plans
from marketplace import services
from marketplace.models import InstalledAddOn
from publishers.listing_services import keep_credentials
from publishers.models import Listing
from results.models import Invocation
from tests.conftest import basic
from tests.factories import NOBODY, make_account, make_install, make_listing
from tests.fake_publisher import Answer, FakePublisher
from tests.invocations.fronts import Front, scope_of
from tests.invocations.test_lookup_api import URL, definition_for, install_for, signature_is_right

pytestmark = pytest.mark.django_db(transaction=True)

LANGUAGE = {"type": "object", "properties": {"language": {"type": "string"}}}


@pytest.fixture
def account(transactional_db: None) -> Account:
    return make_account()


@pytest.fixture
def service() -> Iterator[FakePublisher]:
    """Answers what it was asked, and with which credentials."""

    def answer(request: Any) -> Answer:
        return Answer(200, {"asked": dict(request.query), "as": request.headers.get("authorization")})

    with FakePublisher(answer).in_thread() as service:
        yield service


@pytest.fixture
def listing(transactional_db: None, service: FakePublisher) -> Listing:
    return make_speaking(service)


def make_speaking(service: FakePublisher, *, key: str = "key-1") -> Listing:
    """An add-on whose service is told the configuration, and asked with a key of the publisher's."""
    request = {
        "method": "GET",
        "url": service.url("/facts"),
        "query": [
            {"name": "number", "value": "{{primary_address}}"},
            {"name": "in", "value": "{{language}}"},
        ],
    }
    definition = definition_for(
        service,
        request=request,
        configuration_schema=LANGUAGE,
        auth={"kind": "bearer", "token": "service_key"},
    )
    return make_listing(definition=definition, credentials={"service_key": key})


@pytest.fixture
def installed(account: Account, listing: Listing) -> InstalledAddOn:
    return make_install(account, listing, enabled=["lookup-api"], configuration={"language": "en"})


def results(front: Front, account: Account, *names: str) -> dict[str, Any]:
    before = front.passed_on
    answer = front.get(f"{URL}?" + "&".join(f"AddOns={name}" for name in names), account)
    assert (answer.status, front.passed_on) == (200, before)
    return dict(answer.json()["add_ons"]["results"])


def said(front: Front, installed: InstalledAddOn) -> Any:
    return results(front, installed.account, installed.unique_name)[installed.unique_name]["result"]


# --- What counts from the next lookup on -------------------------------------------------------


def test_a_switch(front: Front, account: Account, installed: InstalledAddOn) -> None:
    extension = installed.switches.get(extension__unique_name="lookup-api")
    for enabled in (True, False, True):
        services.switch(extension=extension, enabled=enabled)
        assert bool(results(front, account, installed.unique_name)) == enabled


def test_an_uninstall_and_another_install_under_its_name(
    front: Front, account: Account, installed: InstalledAddOn, listing: Listing
) -> None:
    name = installed.unique_name
    assert said(front, installed)["asked"]["in"] == "en"
    services.uninstall(installed=installed)
    assert results(front, account, name) == {}
    again = make_install(
        account, listing, enabled=["lookup-api"], configuration={"language": "de"}, unique_name=name
    )
    assert said(front, again)["asked"]["in"] == "de"
    assert Invocation.objects.latest("sid").installed_add_on == again


def test_a_configuration_and_a_name(front: Front, account: Account, installed: InstalledAddOn) -> None:
    assert said(front, installed)["asked"]["in"] == "en"
    services.update(installed=installed, configuration={"language": "fr"}, actor=NOBODY)
    assert said(front, installed)["asked"]["in"] == "fr"
    services.update(installed=installed, unique_name="another_name", actor=NOBODY)
    assert results(front, account, installed.unique_name) == {}
    assert list(results(front, account, "another_name")) == ["another_name"]


@pytest.mark.parametrize(
    ("availability", "runs"), [("suspended", False), ("draft", False), ("retired", True), ("ga", True)]
)
def test_the_state_of_a_listing(
    front: Front, account: Account, installed: InstalledAddOn, availability: str, *, runs: bool
) -> None:
    said(front, installed)
    Listing.objects.update(availability=availability)
    assert bool(results(front, account, installed.unique_name)) == runs


def test_the_credentials_of_a_publisher(front: Front, installed: InstalledAddOn, listing: Listing) -> None:
    assert said(front, installed)["as"] == "Bearer key-1"
    keep_credentials(listing=listing, given={"service_key": "key-2"}, actor=NOBODY)
    assert said(front, installed)["as"] == "Bearer key-2"


def test_the_token_a_publisher_is_signed_for_with(
    front: Front, installed: InstalledAddOn, listing: Listing, service: FakePublisher
) -> None:
    publisher = listing.publisher.account
    before = publisher.auth_token
    said(front, installed)
    create_secondary_token(account=publisher)
    said(front, installed)
    promote_secondary_token(account=publisher)
    said(front, installed)
    publisher.refresh_from_db()
    assert publisher.auth_token != before
    signed = [signature_is_right(request, before) for request in service.requests]
    assert signed == [True, True, False]
    assert signature_is_right(service.requests[-1], publisher.auth_token)


def test_a_version(front: Front, installed: InstalledAddOn, service: FakePublisher) -> None:
    said(front, installed)
    newer = make_speaking(service).published_version
    assert newer is not None
    InstalledAddOn.objects.filter(pk=installed.pk).update(version=newer)
    said(front, installed)
    assert [each["x-twilio-addonversionsid"] for each in (r.headers for r in service.requests)] == [
        installed.version.sid,
        newer.sid,
    ]
    assert Invocation.objects.latest("sid").version == newer


def test_the_tokens_of_the_account_that_asks(front: Front, account: Account) -> None:
    def statuses(*tokens: str) -> list[int]:
        return [front.get(URL, authorization=basic(account.sid, token)).status for token in tokens]

    old = account.auth_token
    create_secondary_token(account=account)
    account.refresh_from_db()
    new = account.secondary_auth_token
    assert statuses(old, new) == [200, 200]
    promote_secondary_token(account=account)
    assert statuses(old, new) == [401, 200]
    Account.objects.update(status="suspended")
    assert statuses(old, new) == [401, 403]


def test_a_key(front: Front, account: Account) -> None:
    key, secret = create_api_key(account=account, friendly_name="k")
    authorization = basic(key.sid, secret)
    assert front.get(URL, authorization=authorization).status == 200
    type(key).objects.update(scope="read")
    assert front.get(URL, authorization=authorization).status == 403
    revoke_api_key(api_key=key)
    assert front.get(URL, authorization=authorization).status == 401


def test_plans_are_kept_no_more_than_so_many(
    front: Front, account: Account, service: FakePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "MOST_KEPT", 2)
    names = [install_for(account, service).unique_name for _ in range(4)]
    for _ in range(2):
        assert list(results(front, account, *names)) == names
        assert len(plans._made) <= 2


# --- Whose they are ----------------------------------------------------------------------------


def test_accounts_with_the_same_names_in_one_batch_have_their_own(
    front: Front, service: FakePublisher
) -> None:
    asked, expected = [], []
    for number in range(8):
        mine = make_install(
            make_account(),
            make_speaking(service, key=f"key-{number}"),
            enabled=["lookup-api"],
            configuration={"language": f"l{number}"},
            unique_name="facts",
        )
        asked.append(scope_of(f"{URL}?AddOns=facts", mine.account))
        expected.append((f"l{number}", f"Bearer key-{number}", mine.pk))
    for _ in range(3):
        answers = [each.json()["add_ons"]["results"]["facts"] for each in front.all(asked)]
        of = {kept.sid: kept for kept in Invocation.objects.select_related("installed_add_on")}
        found = [
            (each["result"]["asked"]["in"], each["result"]["as"], of[each["request_sid"]].installed_add_on_id)
            for each in answers
        ]
        assert found == expected
        assert [of[each["request_sid"]].account_id for each in answers] == [
            of[each["request_sid"]].installed_add_on.account_id for each in answers
        ]


def test_the_add_on_of_another_account_in_the_batch_is_left_out(front: Front, service: FakePublisher) -> None:
    mine, theirs = (install_for(make_account(), service) for _ in range(2))
    both = f"{URL}?AddOns={mine.unique_name}&AddOns={theirs.unique_name}"
    answers = front.all([scope_of(both, each.account) for each in (mine, theirs, mine)])
    assert [list(each.json()["add_ons"]["results"]) for each in answers] == [
        [mine.unique_name],
        [theirs.unique_name],
        [mine.unique_name],
    ]
    assert len(service.requests) == 3


def test_the_order_is_that_of_the_names(front: Front, account: Account, service: FakePublisher) -> None:
    names = [install_for(account, service).unique_name for _ in range(5)]
    for order in (names, names[::-1], [names[3], names[0], names[3]]):
        assert list(results(front, account, *order)) == list(dict.fromkeys(order))


def test_a_secret_that_does_not_open_fails_its_own_lookup_only(front: Front, service: FakePublisher) -> None:
    broken, *others = [install_for(make_account(), service) for _ in range(4)]
    sealed = InstalledAddOn.objects.values_list("sealed_configuration", flat=True).get(pk=others[0].pk)
    InstalledAddOn.objects.filter(pk=broken.pk).update(sealed_configuration=sealed)
    scopes = [scope_of(f"{URL}?AddOns={each.unique_name}", each.account) for each in (broken, *others)]
    assert [each.status for each in front.all(scopes)] == [500, 200, 200, 200]


def test_more_names_than_one_statement_takes(
    front: Front, account: Account, service: FakePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "MOST_NAMES", 3)
    names = [install_for(account, service).unique_name for _ in range(4)]
    unknown = [f"unknown{number}" for number in range(9)]
    assert list(results(front, account, *unknown, *names)) == names
