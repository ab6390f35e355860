"""The official Python client makes tasks, and reads what the add-ons say of them."""

import json
from datetime import UTC, datetime

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from accounts.models import Account
from publishers.models import Listing, Publisher
from results.models import Invocation
from tests.factories import make_definition, make_install, make_listing
from tests.fake_publisher import FakePublisher

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
