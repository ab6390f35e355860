"""The official Python client makes tasks, and reads what the add-ons say of them."""

import json
from datetime import UTC, datetime

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from accounts.models import Account
from invocations.task_router import set_router
from publishers.models import Listing, Publisher
from results.models import Invocation
from tests.factories import make_definition, make_install, make_listing
from tests.fake_publisher import Answer, FakePublisher

WORKSPACE, WORKFLOW = "WS" + "a" * 32, "WW" + "b" * 32
NUMBER = "+14155552671"


@pytest.fixture
def listing(publisher: Publisher, service: FakePublisher) -> Listing:
    return make_listing(
        publisher=publisher,
        definition=make_definition(
            extensions=["taskrouter-create-task"],
            request={
                "method": "GET",
                "url": service.url("/facts"),
                "query": [{"name": "number", "value": "{{primary_address}}", "required": True}],
            },
        ),
    )


def test_a_task_is_made_with_what_the_add_ons_say(
    client: Client, account: Account, listing: Listing, service: FakePublisher
) -> None:
    installed = make_install(account, listing, enabled=["taskrouter-create-task"])
    attributes = json.dumps({"caller": NUMBER, "kind": "sales"})
    task = client.taskrouter.v1.workspaces(WORKSPACE).tasks.create(
        attributes=attributes,
        workflow_sid=WORKFLOW,
        priority=5,
        timeout=60,
        task_channel="voice",
        ignore_capacity=True,
        virtual_start_time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    entry = json.loads(task.addons or "")["results"][installed.unique_name]
    assert entry["result"] == {"line_type": "mobile"}
    assert service.requests[0].query == [("number", NUMBER)]
    assert Invocation.objects.get().reference_sid == task.sid
    assert (task.attributes, task.workflow_sid, task.workspace_sid) == (attributes, WORKFLOW, WORKSPACE)
    assert (task.priority, task.timeout, task.task_channel_unique_name) == (5, 60, "voice")
    assert (task.account_sid, task.assignment_status, task.ignore_capacity) == (account.sid, "pending", True)
    assert task.virtual_start_time == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert isinstance(task.date_created, datetime)


def test_attributes_that_are_no_object_are_refused(client: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.taskrouter.v1.workspaces(WORKSPACE).tasks.create(attributes="[]")
    assert (refused.value.status, refused.value.code) == (400, 20001)
    assert "Invalid Attributes: must be a JSON object" in refused.value.msg


def test_a_task_is_made_at_the_task_router_and_read_as_its_own(
    client: Client, account: Account, listing: Listing, service: FakePublisher
) -> None:
    installed = make_install(account, listing, enabled=["taskrouter-create-task"])
    made = {
        "sid": "WT" + "5" * 32,
        "workspace_sid": WORKSPACE,
        "addons": "{}",
        "assignment_status": "pending",
    }
    with FakePublisher(Answer(201, made)).in_thread() as platform:
        set_router(account=account, url=platform.url(), user="AC" + "7" * 32, password="token")
        tasks = client.taskrouter.v1.workspaces(WORKSPACE).tasks
        task = tasks.create(attributes=json.dumps({"from": NUMBER}), workflow_sid=WORKFLOW)
    assert (task.sid, task.assignment_status) == (made["sid"], "pending")
    entry = json.loads(task.addons or "")["results"][installed.unique_name]
    assert entry["result"] == {"line_type": "mobile"}
    sent = dict(platform.requests[0].form)
    assert json.loads(sent["Attributes"])["addons"]["results"][installed.unique_name] == entry
    assert sent["WorkflowSid"] == WORKFLOW


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        (Answer(404, {"code": 20404, "message": "no such workspace", "status": 404}), 404, 20404),
        (Answer(503), 502, 11200),
    ],
)
def test_what_the_task_router_refuses_is_an_error_of_the_client(
    client: Client, account: Account, listing: Listing, said: Answer, status: int, code: int
) -> None:
    make_install(account, listing, enabled=["taskrouter-create-task"])
    with FakePublisher(said).in_thread() as platform:
        set_router(account=account, url=platform.url(), user="AC" + "7" * 32, password="token")
        with pytest.raises(TwilioRestException) as refused:
            client.taskrouter.v1.workspaces(WORKSPACE).tasks.create(attributes=json.dumps({"from": NUMBER}))
    assert (refused.value.status, refused.value.code) == (status, code)
    if code == 11200:
        assert "line_type" in refused.value.details["addons"]
