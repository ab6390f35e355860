"""The console page of tasks, and the setting of the task router."""

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Account
from invocations.models import TaskRouter
from invocations.task_router import PasswordNeeded, set_router
from tests.factories import make_account
from tests.fake_publisher import FakePublisher
from tests.invocations.test_task_api import URL, install_for
from tests.pages import error_at, is_sent_to_sign_in, queries, text, viewer_of

PAGE = "/console/api/tasks/"
USER, PASSWORD = "AC" + "7" * 32, "the platform's token"
HOST = "https://router.example.com"
GIVEN = {"url": HOST, "user": USER, "password": PASSWORD}


def router_of(account: Account) -> TaskRouter:
    return TaskRouter.objects.get(account=account)


# --- The page --------------------------------------------------------------------------------


def test_a_router_is_set_kept_sealed_and_never_shown(console: Client, account: Account) -> None:
    answer = console.post(PAGE, GIVEN, follow=True)
    router = router_of(account)
    assert "Saved. Tasks are made at router.example.com from now on." in text(answer)
    assert (router.url, router.user, router.password) == (HOST, USER, PASSWORD)
    assert PASSWORD not in answer.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM invocations_taskrouter")
        assert PASSWORD not in cursor.fetchone()[0]


def test_an_empty_token_keeps_the_one_that_is_set(console: Client, account: Account) -> None:
    console.post(PAGE, GIVEN)
    assert "Set. Leave empty to keep it." in text(console.get(PAGE))
    console.post(PAGE, {**GIVEN, "url": f"{HOST}/base/", "password": ""})
    assert (router_of(account).url, router_of(account).password) == (f"{HOST}/base", PASSWORD)


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://thief.example.com"},
        {"url": "https://router.example.com.thief.example"},
        {"user": "AC" + "8" * 32},
    ],
)
def test_a_kept_token_never_goes_to_another_host_or_user(
    console: Client, account: Account, changes: dict[str, str]
) -> None:
    console.post(PAGE, GIVEN)
    answer = console.post(PAGE, {**GIVEN, "password": "", **changes})
    assert error_at(answer, "id_password").startswith("Enter the auth token")
    assert (router_of(account).url, router_of(account).user) == (HOST, USER)


def test_the_first_setting_needs_a_token(account: Account) -> None:
    with pytest.raises(PasswordNeeded):
        set_router(account=account, url=HOST, user=USER)


def test_an_empty_address_ends_it_and_forgets_the_token(
    api: APIClient, console: Client, account: Account
) -> None:
    console.post(PAGE, GIVEN)
    assert "Saved. Tasks are answered here." in text(
        console.post(PAGE, {"url": "", "user": "", "password": ""}, follow=True)
    )
    assert not TaskRouter.objects.exists()
    assert api.post(URL).status_code == 201


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"url": "ftp://router.example.com"}, "id_url", "It must be an absolute http or https URL."),
        ({"url": "http://router.example.com"}, "id_url", "The URL must start with https://."),
        ({"url": "https://router.example.com:8443"}, "id_url", "The port must be 443."),
        ({"url": "https://169.254.169.254"}, "id_url", "The address is not allowed."),
        ({"url": "https://a:b@router.example.com"}, "id_url", "neither a user name"),
        ({"url": f"{HOST}?a=b"}, "id_url", "Leave out everything behind the path"),
        ({"url": f"{HOST}/v1/"}, "id_url", "Leave /v1 out: it is added."),
        ({"user": ""}, "id_user", "Enter the SID of your account there."),
        ({"user": "a:b"}, "id_user", "Leave colons and control characters out."),
    ],
)
def test_a_mistake_is_said_at_its_field(
    console: Client, changes: dict[str, str], field: str, sentence: str
) -> None:
    answer = console.post(PAGE, {**GIVEN, **changes})
    assert sentence in error_at(answer, field)
    assert PASSWORD not in answer.content.decode()
    assert not TaskRouter.objects.exists()


def test_the_page_says_who_is_asked(console: Client, account: Account) -> None:
    assert "No add-on is switched on for tasks." in text(console.get(PAGE))
    with FakePublisher().in_thread() as service:
        installed = install_for(account, service)
    shown = console.get(PAGE)
    assert f'href="/console/installed/{installed.sid}/"' in shown.content.decode()
    assert "/v1/Workspaces/" in text(shown)


# --- Who may ---------------------------------------------------------------------------------


def test_a_viewer_may_look_but_not_set(account: Account) -> None:
    viewer = viewer_of(account)
    assert viewer.get(PAGE).status_code == 200
    assert viewer.post(PAGE, GIVEN).status_code == 403
    assert not TaskRouter.objects.exists()


def test_another_accounts_router_is_neither_seen_nor_changed(console: Client) -> None:
    theirs = make_account()
    set_router(account=theirs, url=HOST, user=USER, password=PASSWORD)
    assert "router.example.com" not in console.get(PAGE).content.decode()
    console.post(PAGE, {"url": "", "user": "", "password": ""})
    console.post(PAGE, {**GIVEN, "url": "https://mine.example.com"})
    assert (router_of(theirs).url, TaskRouter.objects.count()) == (HOST, 2)


def test_a_stranger_is_sent_to_sign_in(db: None) -> None:
    assert is_sent_to_sign_in(PAGE)


def test_the_page_takes_as_many_queries_for_four_add_ons_as_for_one(
    console: Client, account: Account
) -> None:
    with FakePublisher().in_thread() as service:
        install_for(account, service)
        before = queries(console, PAGE)
        for _ in range(3):
            install_for(account, service)
    assert queries(console, PAGE) == before
