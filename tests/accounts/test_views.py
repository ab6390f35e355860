"""The console's API keys."""

import re

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Account, ApiKey, User
from accounts.scopes import MEANINGS, Scope
from accounts.services import create_api_key
from tests.conftest import basic
from tests.factories import make_account
from tests.pages import error_at, is_sent_to_sign_in, queries, text, viewer_of

PAGE = "/console/api-keys/"


def make_key(account: Account, name: str = "Scripts") -> ApiKey:
    return create_api_key(account=account, friendly_name=name)[0]


def revoke_page(key: ApiKey) -> str:
    return f"{PAGE}{key.sid}/revoke/"


def test_a_new_keys_secret_is_shown_once_and_works(console: Client) -> None:
    answer = console.post(PAGE, {"friendly_name": "Billing server", "scope": "full"})
    found = re.search(r"export API_KEY=(\w+) export API_SECRET=(\w+)", text(answer))
    assert found
    assert "Copy the secret now. It is not stored and will not be shown again." in text(answer)
    assert answer["Cache-Control"] == "no-store"
    assert found[2] not in text(console.get(PAGE))
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=basic(found[1], found[2]))
    assert api.get("/v1/AvailableAddOns").status_code == 200


def form_of(console: Client) -> dict[str, str]:
    """What a browser sends of the page's form."""
    found = re.search(r'name="sid" value="([^"]+)"', console.get(PAGE).content.decode())
    assert found
    return {"sid": found[1], "friendly_name": "Billing server", "scope": "full"}


def test_a_form_that_is_sent_again_makes_no_other_key(console: Client) -> None:
    """Such as by reloading the page that shows the secret."""
    form = form_of(console)
    assert "Copy the secret now" in text(console.post(PAGE, form))
    again = console.post(PAGE, form, follow=True)
    assert "That key was created before, and its secret is not shown again." in text(again)
    assert ApiKey.objects.get().sid == form["sid"].partition(":")[0]
    assert "Copy the secret now" in text(console.post(PAGE, form_of(console)))
    assert ApiKey.objects.count() == 2


@pytest.mark.parametrize("sid", ["", "SK" + "0" * 32, "SK" + "0" * 32 + ":forged", "x"])
def test_nobody_chooses_the_sid_of_a_key(console: Client, sid: str) -> None:
    console.post(PAGE, {"sid": sid, "friendly_name": "Scripts", "scope": "full"})
    assert ApiKey.objects.get().sid != "SK" + "0" * 32


def test_a_form_with_an_error_keeps_its_sid(console: Client) -> None:
    form = form_of(console)
    answer = console.post(PAGE, {**form, "friendly_name": ""})
    assert f'value="{form["sid"]}"' in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_the_list_shows_each_key_and_whether_it_is_used(console: Client, account: Account) -> None:
    key = make_key(account, "Night job")
    shown = text(console.get(PAGE))
    assert key.sid in shown
    assert "Night job" in shown
    assert "Never" in shown


def test_code_to_use_a_key_with_is_one_click_away(console: Client) -> None:
    assert 'href="/console/api/"' in console.get(PAGE).content.decode()


@pytest.mark.parametrize("scope", [Scope.FULL, Scope.READ, Scope.MARKETPLACE, Scope.PUBLISHING])
def test_a_new_key_has_the_chosen_scope(console: Client, scope: Scope) -> None:
    console.post(PAGE, {"friendly_name": "Scripts", "scope": scope})
    assert ApiKey.objects.get().scope == scope
    row = text(console.get(PAGE)).partition("Scripts")[2].partition("New key")[0]
    assert scope.label in row


def test_every_scope_is_explained_in_a_sentence(console: Client) -> None:
    shown = text(console.get(PAGE))
    for scope in (Scope.FULL, Scope.READ, Scope.MARKETPLACE, Scope.PUBLISHING):
        assert f"{scope.label}: {MEANINGS[scope]}" in shown


def test_only_an_operator_is_offered_the_scope_for_operating(console: Client, user: User) -> None:
    operating = f"Operating: {MEANINGS[Scope.OPERATE]}"
    wanted = {"friendly_name": "Review", "scope": Scope.OPERATE}
    assert operating not in text(console.get(PAGE))
    assert error_at(console.post(PAGE, wanted), "id_scope") == "Choose one of these scopes."
    assert not ApiKey.objects.exists()
    User.objects.filter(pk=user.pk).update(is_staff=True)
    assert operating in text(console.get(PAGE))
    console.post(PAGE, wanted)
    assert ApiKey.objects.get().scope == Scope.OPERATE


def test_no_scope_chosen_is_said_at_its_field(console: Client) -> None:
    answer = console.post(PAGE, {"friendly_name": "Scripts"})
    assert error_at(answer, "id_scope") == "Choose what the key may do."
    assert not ApiKey.objects.exists()


def test_no_key_yet_says_what_one_is_for(console: Client) -> None:
    assert "No API key yet Create one to call the API from your own code." in text(console.get(PAGE))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "Enter a name."),
        ("x" * 65, "Ensure this value has at most 64 characters (it has 65)."),
    ],
)
def test_a_name_that_is_wrong_is_said_at_its_field(console: Client, name: str, message: str) -> None:
    answer = console.post(PAGE, {"friendly_name": name, "scope": "full"})
    assert error_at(answer, "id_friendly_name") == message
    assert "There is 1 problem" in text(answer)
    assert not ApiKey.objects.exists()


def test_a_key_is_revoked_after_one_question(console: Client, account: Account) -> None:
    key = make_key(account, "Old job")
    assert "It has never been used." in text(console.get(revoke_page(key)))
    assert ApiKey.objects.live().exists()
    answer = console.post(revoke_page(key), follow=True)
    assert "The API key “Old job” is revoked." in text(answer)
    assert not ApiKey.objects.live().exists()
    assert console.get(revoke_page(key)).status_code == 404


def test_another_accounts_key_is_not_found(console: Client) -> None:
    theirs = make_key(make_account())
    assert theirs.sid not in text(console.get(PAGE))
    assert console.get(revoke_page(theirs)).status_code == 404
    assert console.post(revoke_page(theirs)).status_code == 404
    assert ApiKey.objects.live().exists()


def test_a_stranger_is_asked_to_sign_in(account: Account) -> None:
    assert is_sent_to_sign_in(PAGE)
    assert is_sent_to_sign_in(revoke_page(make_key(account)))


def test_a_viewer_may_look_but_neither_create_nor_revoke(account: Account) -> None:
    key, viewer = make_key(account), viewer_of(account)
    answer = viewer.get(PAGE)
    assert key.sid in text(answer)
    assert "Create key" not in text(answer)
    assert viewer.post(PAGE, {"friendly_name": "Mine"}).status_code == 403
    assert viewer.post(revoke_page(key)).status_code == 403
    assert ApiKey.objects.live().count() == 1


def test_the_list_takes_as_many_queries_for_four_as_for_one(console: Client, account: Account) -> None:
    make_key(account)
    before = queries(console, PAGE)
    for _ in range(3):
        make_key(account)
    assert queries(console, PAGE) == before
