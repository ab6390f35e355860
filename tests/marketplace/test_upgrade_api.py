"""Our extension `Upgrade` of an installed add-on."""

import pytest
from rest_framework.test import APIClient

from accounts.models import Account, AuditEntry
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from tests.conftest import api_of
from tests.factories import make_account, make_install
from tests.marketplace.test_upgrades import KEY, LANGUAGE, make_outdated, make_schema, publish_next

pytestmark = pytest.mark.django_db


def path_of(installed: InstalledAddOn) -> str:
    return f"/v1/InstalledAddOns/{installed.sid}/Upgrade"


@pytest.fixture
def asking(account: Account) -> InstalledAddOn:
    """An install whose next version asks for a language."""
    new = make_schema("language", language=LANGUAGE, key=KEY)
    return make_outdated(
        account,
        before={"configuration_schema": make_schema(key=KEY)},
        after={"configuration_schema": new, "notes": "Languages."},
        configuration={"key": "secret"},
    )


def test_it_tells_what_would_change(api: APIClient, asking: InstalledAddOn) -> None:
    shown = api.get(path_of(asking)).json()
    assert (shown["version"], shown["available_version"]) == (1, 2)
    assert {"kind", "sentence"} == set(shown["changes"][0])
    assert shown["notes"] == [{"version": 2, "notes": "Languages."}]
    assert shown["missing"] == ["/language Choose Language."]
    assert shown["configuration_schema"]["required"] == ["language"]
    assert shown["terms_of_service"] is None
    assert "secret" not in str(shown).replace("_secret", "")
    assert api.get(shown["links"]["installed_add_on"]).status_code == 200


def test_without_an_offer_there_is_nothing_to_tell(api: APIClient, account: Account) -> None:
    shown = api.get(path_of(make_install(account))).json()
    assert (shown["available_version"], shown["changes"], shown["configuration_schema"]) == (None, [], None)


def test_an_upgrade_answers_with_the_installed_add_on_as_the_contract_has_it(
    api: APIClient, asking: InstalledAddOn
) -> None:
    plain = api.get(f"/v1/InstalledAddOns/{asking.sid}").json()
    answer = api.post(path_of(asking), {"Configuration": '{"language": "en", "key": "********"}'})
    assert answer.status_code == 200
    assert list(answer.json()) == list(plain)
    assert answer.json()["configuration"] == {"language": "en", "key": "********"}
    installed = InstalledAddOn.objects.get()
    assert (installed.version.number, installed.configuration["key"]) == (2, "secret")
    assert AuditEntry.objects.get(action="install.upgraded").credential == asking.account.sid


def test_what_is_missing_is_400_with_its_place(api: APIClient, asking: InstalledAddOn) -> None:
    answer = api.post(path_of(asking))
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert answer.json()["params"] == {"/language": ["Choose Language."]}
    assert InstalledAddOn.objects.get().version.number == 1


def test_changed_terms_must_be_accepted(api: APIClient, account: Account) -> None:
    installed = make_outdated(account)
    Listing.objects.update(policies={"legal": "Be nicer."})
    assert "Be nicer." in api.get(path_of(installed)).json()["terms_of_service"]
    refused = api.post(path_of(installed), {"AcceptTermsOfService": "false"})
    assert refused.status_code == 400
    assert refused.json()["message"].startswith("Invalid AcceptTermsOfService")
    assert api.post(path_of(installed), {"AcceptTermsOfService": "true"}).status_code == 200


def test_nothing_that_was_published_after_it_was_read_is_agreed_to(api: APIClient, account: Account) -> None:
    installed = make_outdated(account)
    mark = api.get(path_of(installed)).json()["mark"]
    dearer = {"model": "per_use", "price": "9.00", "currency": "USD"}
    publish_next(Listing.objects.get(), pricing=dearer)
    refused = api.post(path_of(installed), {"Mark": mark})
    assert (refused.status_code, InstalledAddOn.objects.get().version.number) == (409, 1)
    mark = api.get(path_of(installed)).json()["mark"]
    assert api.post(path_of(installed), {"Mark": mark}).status_code == 200


def test_nothing_to_upgrade_is_400(api: APIClient, account: Account) -> None:
    answer = api.post(path_of(make_install(account)))
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


@pytest.mark.parametrize("given", ["{", "[]", '{"language": "\\u0000"}', '{"language": "fr"}'])
def test_a_configuration_that_cannot_be_read_is_400(
    api: APIClient, asking: InstalledAddOn, given: str
) -> None:
    answer = api.post(path_of(asking), {"Configuration": given})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Invalid Configuration")


def test_another_account_finds_nothing(asking: InstalledAddOn) -> None:
    stranger = api_of(make_account())
    assert stranger.get(path_of(asking)).status_code == 404
    assert stranger.post(path_of(asking)).status_code == 404


def test_the_preview_mirror_has_no_upgrades(api: APIClient, asking: InstalledAddOn) -> None:
    assert api.get(path_of(asking).replace("/v1/", "/marketplace/")).status_code == 404


def test_with_a_key_it_happens_once(api: APIClient, account: Account) -> None:
    installed = make_outdated(account)
    answers = [api.post(path_of(installed), headers={"Idempotency-Key": "a"}) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 200]
    publish_next(Listing.objects.get())
    assert api.post(path_of(installed), headers={"Idempotency-Key": "a"}).json() == answers[0].json()
    assert InstalledAddOn.objects.get().version.number == 2
