"""Use, Publish, Operate: who is shown which, what belongs to it, and which one is come back to."""

import pytest
from django.test import Client

from accounts.models import Account, User
from config.workspaces import WORKSPACES, navigation
from publishers.models import Publisher
from tests.factories import make_user
from tests.pages import console_of


def workspaces_on(client: Client, path: str) -> list[str]:
    body = client.get(path).content.decode()
    return [name for name in ("Use", "Publish", "Operate") if f">{name}</a>" in body]


def publish(account: Account) -> None:
    Publisher.objects.create(account=account, slug="acme", name="Acme", status=Publisher.Status.APPROVED)


def test_a_developer_has_one_workspace_and_no_switch(console: Client) -> None:
    assert workspaces_on(console, "/console/") == []


def test_a_publisher_switches_between_two(console: Client, account: Account) -> None:
    publish(account)
    assert workspaces_on(console, "/console/") == ["Use", "Publish"]


def test_an_operator_with_an_account_has_operate(account: Account) -> None:
    assert workspaces_on(console_of(make_user(account, is_staff=True)), "/console/") == ["Use", "Operate"]


def test_the_bare_address_leads_back_to_the_last_workspace(console: Client, account: Account) -> None:
    publish(account)
    assert console.get("/")["Location"] == "/console/"
    console.get("/publish/calls/")
    assert console.get("/")["Location"] == "/publish/"
    console.get("/console/")
    assert console.get("/")["Location"] == "/console/"


def test_who_is_no_operator_any_more_is_not_led_there(user: User) -> None:
    user.is_staff = True
    user.save()
    operator = console_of(user)
    operator.get("/operate/audit/")
    assert operator.get("/")["Location"] == "/operate/"
    user.is_staff = False
    user.save()
    assert operator.get("/")["Location"] == "/console/"


def test_a_page_that_was_refused_is_not_come_back_to(console: Client) -> None:
    assert console.get("/operate/audit/").status_code == 403
    assert console.get("/")["Location"] == "/console/"


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_a_workspace_has_at_most_eight_entries(workspace: str) -> None:
    assert 0 < len(navigation("/", workspace)) <= 8


@pytest.mark.parametrize(
    ("path", "workspace", "label"),
    [
        ("/console/", "Use", "Home"),
        ("/console/api/keys/", "Use", "API"),
        ("/publish/", "Publish", "Overview"),
        ("/publish/listings/XB/edit/basics/", "Publish", "Overview"),
        ("/publish/calls/XR/", "Publish", "Calls"),
        ("/operate/queue/", "Operate", "Reviews"),
        ("/operate/review/XC/", "Operate", "Reviews"),
        ("/operate/listings/XB/", "Operate", "Listings"),
    ],
)
def test_a_page_belongs_to_one_entry(path: str, workspace: str, label: str) -> None:
    assert [item.label for item in navigation(path, workspace) if item.current] == [label]
