"""The console's simulator: the choice of an event, and a made-up task on its way."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account
from billing.models import LedgerEntry
from invocations.task_router import set_router
from results.models import Event, Invocation
from tests.factories import make_account, make_event, make_install, make_invocation
from tests.fake_publisher import Answer, FakePublisher
from tests.invocations.connecting import dead_url, make_number
from tests.invocations.test_task_api import POINT, install_for
from tests.pages import error_at, is_sent_to_sign_in, queries, text, viewer_of

CHOICE, PAGE = "/console/simulator/", "/console/simulator/task/"
WORKSPACE = "WS" + "a" * 32
FORM = {"attributes": '{"from": "+14155552671", "kind": "sales"}', "forward": "nowhere"}
FORWARD = {**FORM, "forward": "router", "workspace_sid": WORKSPACE, "workflow_sid": ""}
MADE = {"sid": "WT" + "5" * 32}


@pytest.fixture
def facts() -> Iterator[FakePublisher]:
    with FakePublisher(lambda request: Answer(200, {"asked": dict(request.form)})).in_thread() as service:
        yield service


@pytest.fixture
def platform() -> Iterator[FakePublisher]:
    with FakePublisher(Answer(201, MADE)).in_thread() as service:
        yield service


def route(account: Account, url: str) -> None:
    set_router(account=account, url=url, user="AC1", password="token")


def send(console: Client, form: dict[str, str], **changes: str) -> Any:
    return console.post(PAGE, {**form, **changes}, follow=True)


# --- The choice ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["message", "call"])
def test_a_message_and_a_call_lead_to_their_number(console: Client, account: Account, kind: str) -> None:
    number = make_number(account)
    answer = console.get(CHOICE, {"kind": kind, "number": number.sid})
    assert answer["Location"] == f"/console/numbers/{number.sid}/simulate/?kind={kind}"
    chosen = console.get(answer["Location"]).context["form"]
    assert chosen.fields["kind"].initial == kind


def test_a_task_needs_no_number(console: Client) -> None:
    answer = console.get(CHOICE, {"kind": "task"})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert console.get(CHOICE, {"kind": "task", "number": "nonsense"})["Location"] == PAGE


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ({"kind": "fax"}, "id_kind", "Choose Message, Call, Task or Recording."),
        ({"number": ""}, "id_kind", "Choose Message, Call, Task or Recording."),
    ],
)
def test_a_choice_that_is_none_is_said(
    console: Client, query: dict[str, str], field: str, sentence: str
) -> None:
    assert error_at(console.get(CHOICE, query), field) == sentence


def test_another_accounts_number_cannot_be_chosen(console: Client, account: Account) -> None:
    make_number(account)
    theirs = make_number(make_account(), "+14155552671")
    assert theirs.sid not in console.get(CHOICE).content.decode()
    answer = console.get(CHOICE, {"kind": "message", "number": theirs.sid})
    assert error_at(answer, "id_number") == "Choose one of your numbers."


def test_without_a_number_the_page_says_where_to_add_one(console: Client) -> None:
    answer = console.get(CHOICE)
    assert "you have none yet. Add a number" in text(answer)
    assert 'href="/console/numbers/"' in answer.content.decode()
    assert console.get(CHOICE, {"kind": "message"}).status_code == 200


def test_the_choice_takes_as_many_queries_for_four_numbers_as_for_one(
    console: Client, account: Account
) -> None:
    make_number(account)
    before = queries(console, CHOICE)
    for index in range(3):
        make_number(account, f"+1415555267{index}")
    assert queries(console, CHOICE) == before


# --- A task ----------------------------------------------------------------------------------


def test_a_task_asks_the_add_ons_tells_the_router_and_shows_everything(
    console: Client, account: Account, facts: FakePublisher, platform: FakePublisher
) -> None:
    installed = install_for(account, facts)
    route(account, platform.url())
    answer = send(console, FORWARD, workflow_sid="WW" + "b" * 32)
    shown, result = text(answer), Invocation.objects.get()
    [request] = platform.requests
    attributes = json.loads(dict(request.form)["Attributes"])
    assert request.path == f"/v1/Workspaces/{WORKSPACE}/Tasks"
    assert dict(request.form)["WorkflowSid"] == "WW" + "b" * 32
    assert attributes["addons"]["results"][installed.unique_name]["request_sid"] == result.sid
    assert (result.account, result.purpose, result.reference_sid) == (account, "live", MADE["sid"])
    assert f"{installed.listing.name} answered in {result.duration_ms} ms." in shown
    assert LedgerEntry.objects.get().request_sid == result.sid
    assert f'href="/console/results/{result.sid}/"' in answer.content.decode()
    assert 'kind : "sales"' in shown
    assert "What the task router answered" in shown
    assert "Status 201" in shown
    assert MADE["sid"] in shown


def test_nowhere_asks_and_tells_nobody(
    console: Client, account: Account, facts: FakePublisher, platform: FakePublisher
) -> None:
    install_for(account, facts)
    route(account, platform.url())
    shown = text(send(console, FORM))
    assert (len(facts.requests), platform.requests) == (1, [])
    assert "Nobody was told: you chose to ask the add-ons only." in shown
    assert Invocation.objects.get().reference_sid.startswith("WT")


def test_a_reload_asks_and_tells_nobody_again(
    console: Client, account: Account, facts: FakePublisher, platform: FakePublisher
) -> None:
    install_for(account, facts)
    route(account, platform.url())
    landed = console.post(PAGE, FORWARD)["Location"]
    assert all("Status 201" in text(console.get(landed)) for _ in range(2))
    assert (len(facts.requests), len(platform.requests)) == (1, 1)


def test_a_dead_router_is_shown_with_what_mends_it(
    console: Client, account: Account, facts: FakePublisher
) -> None:
    install_for(account, facts)
    route(account, dead_url().removesuffix("/sms"))
    shown, event = text(send(console, FORWARD)), Event.objects.get()
    assert event.code == 11205
    assert event.text in shown
    assert event.meaning.mend in shown
    assert "no answer of the task router" in shown


def test_what_is_too_large_for_a_session_shows_the_results_alone(console: Client, account: Account) -> None:
    with FakePublisher({"long": "y" * 20_000}).in_thread() as service:
        installed = install_for(account, service)
        shown = text(send(console, FORM))
    assert f"{installed.listing.name} answered" in shown
    assert "This is too much to show here" in shown


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"attributes": ""}, "id_attributes", "Enter a JSON object, such as {}."),
        ({"attributes": "[]"}, "id_attributes", "It must be a JSON object, such as {}."),
        ({"forward": "router", "workspace_sid": "x"}, "id_workspace_sid", "Enter the SID of a workspace"),
        (
            {"forward": "router", "workspace_sid": WORKSPACE, "workflow_sid": "x"},
            "id_workflow_sid",
            "Enter the SID of a workflow",
        ),
        ({"forward": ""}, "id_forward", "Choose where to."),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_happens(
    console: Client,
    account: Account,
    facts: FakePublisher,
    platform: FakePublisher,
    changes: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    install_for(account, facts)
    route(account, platform.url())
    assert sentence in error_at(send(console, FORM, **changes), field)
    assert (facts.requests, platform.requests) == ([], [])


def test_without_a_router_there_is_none_to_choose(console: Client) -> None:
    assert "No task router is set." in text(console.get(PAGE))
    assert error_at(send(console, FORWARD), "id_forward") == "Choose where to."


# --- Who may ---------------------------------------------------------------------------------


def test_a_viewer_may_look_but_not_create(account: Account, facts: FakePublisher) -> None:
    install_for(account, facts)
    viewer = viewer_of(account)
    assert viewer.get(PAGE).status_code == 200
    assert viewer.post(PAGE, FORM).status_code == 403
    assert facts.requests == []


def test_another_accounts_event_shows_nothing(console: Client) -> None:
    theirs = make_account()
    result = make_invocation(make_install(theirs), extension=POINT)
    event = make_event(theirs, extension=POINT)
    for event_id in (result.event_id, event.event_id, "\0", "x" * 32):
        assert "What comes of it appears here" in text(console.get(PAGE, {"event": event_id}))


def test_a_session_that_remembers_nothing_still_shows_the_results(
    console: Client, account: Account, facts: FakePublisher
) -> None:
    installed = install_for(account, facts)
    landed = console.post(PAGE, FORM)["Location"]
    shown = text(viewer_of(account).get(landed))
    assert f"{installed.listing.name} answered" in shown
    assert "The parameters are not kept" in shown


def test_a_stranger_is_sent_to_sign_in(db: None) -> None:
    assert is_sent_to_sign_in(PAGE)
    assert is_sent_to_sign_in(CHOICE)


def test_more_add_ons_take_no_more_queries(console: Client, account: Account, facts: FakePublisher) -> None:
    install_for(account, facts)
    few = queries(console, console.post(PAGE, FORM)["Location"])
    for _ in range(3):
        install_for(account, facts)
    assert queries(console, console.post(PAGE, FORM)["Location"]) == few
