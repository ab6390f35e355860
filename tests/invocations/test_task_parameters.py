"""A new task: what it is answered with, and which requests are refused (contract section 6)."""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Account
from accounts.services import create_api_key
from rest.parameters import MAX_JSON_CHARACTERS
from rest.sids import is_sid
from tests.conftest import basic

WORKSPACE = "WS" + "a" * 32
WORKFLOW, QUEUE, CHANNEL, WORKER = ("WW" + "1" * 32, "WQ" + "2" * 32, "TC" + "3" * 32, "WK" + "4" * 32)
URL = f"/v1/Workspaces/{WORKSPACE}/Tasks"
BASE = "http://127.0.0.1:8000/v1/Workspaces/" + WORKSPACE


def create(api: APIClient, **parameters: str) -> dict[str, Any]:
    answer = api.post(URL, parameters)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


# --- The resource ----------------------------------------------------------------------------


def test_a_task_has_the_contracts_fields_in_order(api: APIClient, account: Account) -> None:
    body = create(api)
    sid, made = body["sid"], body["date_created"]
    assert is_sid(sid, "WT")
    assert timezone.now() - datetime.fromisoformat(made) < timedelta(seconds=5)
    assert list(body.items()) == [
        ("account_sid", account.sid),
        ("age", 0),
        ("assignment_status", "pending"),
        ("attributes", "{}"),
        ("date_created", made),
        ("date_updated", made),
        ("task_queue_entered_date", None),
        ("virtual_start_time", made),
        ("priority", 0),
        ("reason", None),
        ("sid", sid),
        ("task_queue_sid", None),
        ("task_channel_sid", None),
        ("task_channel_unique_name", "default"),
        ("timeout", 86_400),
        ("url", f"{BASE}/Tasks/{sid}"),
        ("workspace_sid", WORKSPACE),
        ("workflow_sid", None),
        ("workflow_friendly_name", None),
        ("task_queue_friendly_name", None),
        ("ignore_capacity", False),
        ("routing_target", None),
        ("addons", "{}"),
        ("links", body["links"]),
    ]
    assert list(body["links"].items()) == [
        ("task_queue", None),
        ("workflow", None),
        ("workspace", BASE),
        ("reservations", f"{BASE}/Tasks/{sid}/Reservations"),
    ]


def test_what_is_given_is_answered_back(api: APIClient) -> None:
    body = create(
        api,
        WorkflowSid=WORKFLOW,
        TaskQueueSid=QUEUE,
        TaskChannel="voice",
        Priority="2147483647",
        Timeout="60",
        RoutingTarget=WORKER,
        IgnoreCapacity="False",
        VirtualStartTime="2014-05-14T18:50:02Z",
    )
    given = {
        "workflow_sid": WORKFLOW,
        "task_queue_sid": QUEUE,
        "task_channel_unique_name": "voice",
        "task_channel_sid": None,
        "priority": 2_147_483_647,
        "timeout": 60,
        "routing_target": WORKER,
        "ignore_capacity": False,
        "virtual_start_time": "2014-05-14T18:50:02Z",
    }
    assert {name: body[name] for name in given} == given
    assert body["links"]["task_queue"] == f"{BASE}/TaskQueues/{QUEUE}"
    assert body["links"]["workflow"] == f"{BASE}/Workflows/{WORKFLOW}"


def test_a_channel_may_be_named_by_its_sid(api: APIClient) -> None:
    body = create(api, TaskChannel=CHANNEL)
    assert (body["task_channel_sid"], body["task_channel_unique_name"]) == (CHANNEL, None)


@pytest.mark.parametrize(("target", "ignored"), [(WORKER, True), (QUEUE, False)])
def test_capacity_is_ignored_for_a_worker_unless_said_otherwise(
    api: APIClient, target: str, ignored: bool
) -> None:
    assert create(api, RoutingTarget=target)["ignore_capacity"] is ignored


@pytest.mark.parametrize(
    "text", ['{"b": 1,   "a": 1e2}', "{}", '{"é": "\\u00e9", "n": 12345678901234567890123}']
)
def test_attributes_come_back_as_the_text_that_was_sent(api: APIClient, text: str) -> None:
    assert create(api, Attributes=text)["attributes"] == text


def test_the_url_is_that_of_the_task_router_api(api: APIClient, settings: Any) -> None:
    settings.API_URLS = {**settings.API_URLS, "taskrouter": "https://tasks.example"}
    body = create(api)
    assert body["url"] == f"https://tasks.example{URL}/{body['sid']}"
    assert body["links"]["workspace"] == f"https://tasks.example/v1/Workspaces/{WORKSPACE}"


# --- What is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("Attributes", "[1]", "must be a JSON object, such as {}"),
        ("Attributes", "no json", "must be a JSON object, such as {}"),
        ("Attributes", "{}\x00", "must be a JSON object, such as {}"),
        ("Attributes", '{"from": "\x00"}', "must be a JSON object, such as {}"),
        ("Attributes", '{"from": "\\ud800"}', "must be a JSON object, such as {}"),
        ("Attributes", '{"a": NaN}', "must be a JSON object, such as {}"),
        ("Attributes", '{"from": "1", "from": "2"}', "must name every key of an object once"),
        ("Attributes", '{"a":' * 70 + "1" + "}" * 70, "must have at most 64 levels"),
        (
            "Attributes",
            json.dumps({"body": "x" * MAX_JSON_CHARACTERS}),
            f"must have at most {MAX_JSON_CHARACTERS} characters",
        ),
        ("WorkflowSid", QUEUE, "must be a SID: WW and 32 hex digits"),
        ("WorkflowSid", f"{WORKFLOW}\x00", "must be a SID: WW and 32 hex digits"),
        ("TaskQueueSid", "x", "must be a SID: WQ and 32 hex digits"),
        ("TaskChannel", "", "must not be empty"),
        ("TaskChannel", "a\x00b", "must not contain NUL characters"),
        ("TaskChannel", "x" * 65, "must have at most 64 characters"),
        ("Priority", "-1", "must be at least 0"),
        ("Priority", "2147483648", "must be at most 2147483647"),
        ("Priority", "", "must be a whole number"),
        ("Priority", "1.5", "must be a whole number"),
        ("Priority", "9" * 2000, "must be a whole number"),
        ("Timeout", "0", "must be at least 1"),
        ("Timeout", "1209601", "must be at most 1209600"),
        ("Timeout", "soon\x00", "must be a whole number"),
        ("IgnoreCapacity", "maybe", "must be true or false"),
        ("RoutingTarget", CHANNEL, "must be the SID of a worker (WK), a queue (WQ) or a workflow (WW)"),
        ("RoutingTarget", f"{WORKER}\x00", "must not contain NUL characters"),
        ("VirtualStartTime", "today", "must be a date and time in ISO 8601, such as 2026-11-21T12:00:00Z"),
        ("VirtualStartTime", "", "must be a date and time in ISO 8601, such as 2026-11-21T12:00:00Z"),
        ("VirtualStartTime", "9999-12-31T23:59:59Z", "must not be in the future"),
        ("VirtualStartTime", "1899-12-31T23:59:59Z", "must not be before 1900"),
    ],
)
def test_a_wrong_parameter_is_400(api: APIClient, name: str, value: str, sentence: str) -> None:
    answer = api.post(URL, f"{name}={quote_plus(value)}", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert answer.json()["message"].startswith(f"Invalid {name}: {sentence}")


def test_attributes_sent_as_a_file_are_400(api: APIClient) -> None:
    answer = api.post(URL, {"Attributes": SimpleUploadedFile("attributes.json", b"{}")}, format="multipart")
    assert answer.json()["message"] == "Invalid Attributes: must be a JSON object, such as {}"


def test_a_json_body_is_415(api: APIClient) -> None:
    assert api.post(URL, "{}", content_type="application/json").status_code == 415


def test_a_body_over_the_limit_is_413(api: APIClient, settings: Any) -> None:
    form = {"Attributes": json.dumps({"body": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE})}
    answer = api.post(URL, form)
    assert (answer.status_code, answer.json()["code"]) == (413, 20413)


@pytest.mark.parametrize("sid", ["XE" + "a" * 32, "WS12", "WS" + "g" * 32])
def test_what_is_no_workspace_is_404(api: APIClient, sid: str) -> None:
    answer = api.post(f"/v1/Workspaces/{sid}/Tasks")
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)
    assert answer.json()["message"] == f"The requested resource /Workspaces/{sid}/Tasks was not found"


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options"])
def test_only_creating_is_offered(api: APIClient, method: str) -> None:
    answer = getattr(api, method)(URL)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_it_needs_credentials() -> None:
    assert APIClient().post(URL).status_code == 401


@pytest.mark.parametrize(("scope", "status"), [("marketplace", 201), ("publishing", 403), ("read", 403)])
def test_the_marketplace_scope_is_needed(account: Account, scope: str, status: int) -> None:
    key, secret = create_api_key(account=account, friendly_name="Key", scope=scope)
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=basic(key.sid, secret))
    assert api.post(URL).status_code == status
