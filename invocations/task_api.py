"""TaskRouter API v1: tasks are created, with what the account's add-ons say of them (contract section 6)."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import account_of
from accounts.scopes import Scope
from invocations.connect_api import Loop, handed_back
from invocations.forwarding import VIA, WebhookAnswer
from invocations.points.task import NOBODY_ASKED
from invocations.task_carrying import NewTask, carry
from invocations.task_forwarding import HandedOn
from invocations.task_router import router_of
from rest.errors import NotFound, error_body
from rest.parameters import Flag, Given, JsonObject, Sid, Text
from rest.representation import IsoDate, Out
from rest.sids import is_sid, new_sid

NO_ATTRIBUTES: Final = "{}"
# The limits and defaults of the platform.
MAX_PRIORITY: Final = 2**31 - 1
MAX_TIMEOUT: Final = 14 * 24 * 3600
DEFAULT_TIMEOUT: Final = 24 * 3600
DEFAULT_CHANNEL: Final = "default"
MAX_CHANNEL_CHARACTERS: Final = 64
EARLIEST_START: Final = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Task:
    """WT: a task as it is answered. We route none, so none is kept: what only a router knows is None."""

    sid: str
    account_sid: str
    workspace_sid: str
    date_created: datetime
    virtual_start_time: datetime
    attributes: str
    addons: str
    priority: int
    timeout: int
    channel: str
    workflow_sid: str | None
    task_queue_sid: str | None
    routing_target: str | None
    ignore_capacity: bool
    age: int = 0
    assignment_status: str = "pending"
    reason: None = None
    task_queue_entered_date: None = None
    workflow_friendly_name: None = None
    task_queue_friendly_name: None = None

    @property
    def task_channel_sid(self) -> str | None:
        return self.channel if is_sid(self.channel, "TC") else None

    @property
    def task_channel_unique_name(self) -> str | None:
        return None if self.task_channel_sid else self.channel


class TaskOut(Out[Task]):
    """A task, keys in the contract's order."""

    account_sid = serializers.CharField()
    age = serializers.IntegerField()
    assignment_status = serializers.CharField()
    attributes = serializers.CharField()
    date_created = IsoDate()
    date_updated = IsoDate(source="date_created")
    task_queue_entered_date = IsoDate()
    virtual_start_time = IsoDate()
    priority = serializers.IntegerField()
    reason = serializers.CharField(allow_null=True)
    sid = serializers.CharField()
    task_queue_sid = serializers.CharField(allow_null=True)
    task_channel_sid = serializers.CharField(allow_null=True)
    task_channel_unique_name = serializers.CharField(allow_null=True)
    timeout = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    workspace_sid = serializers.CharField()
    workflow_sid = serializers.CharField(allow_null=True)
    workflow_friendly_name = serializers.CharField(allow_null=True)
    task_queue_friendly_name = serializers.CharField(allow_null=True)
    ignore_capacity = serializers.BooleanField()
    routing_target = serializers.CharField(allow_null=True)
    addons = serializers.CharField()
    links = serializers.SerializerMethodField()

    def get_url(self, task: Task) -> str:
        return f"{self.url_of('tasks', task.workspace_sid)}/{task.sid}"

    def get_links(self, task: Task) -> dict[str, str | None]:
        workspace = self.url_of("tasks", task.workspace_sid).removesuffix("/Tasks")
        return {
            "task_queue": f"{workspace}/TaskQueues/{task.task_queue_sid}" if task.task_queue_sid else None,
            "workflow": f"{workspace}/Workflows/{task.workflow_sid}" if task.workflow_sid else None,
            "workspace": workspace,
            "reservations": f"{self.get_url(task)}/Reservations",
        }


class WholeNumber(Given, serializers.IntegerField):
    """A whole number within limits."""

    default_error_messages = {
        "invalid": "must be a whole number",
        "max_string_length": "must be a whole number",
        "min_value": "must be at least {min_value}",
        "max_value": "must be at most {max_value}",
    }


class StartTime(Given, serializers.DateTimeField):
    """Since when a task waits: not in the future, and not before 1900."""

    default_error_messages = {
        "invalid": "must be a date and time in ISO 8601, such as 2026-11-21T12:00:00Z",
        "future": "must not be in the future",
        "early": "must not be before 1900",
    }

    def to_internal_value(self, value: Any) -> datetime:
        moment = super().to_internal_value(value)
        if moment > timezone.now():
            self.fail("future")
        if moment < EARLIEST_START:
            self.fail("early")
        return moment


class Target(Given, serializers.RegexField):
    """The SID of a worker, a queue or a workflow."""

    default_error_messages = {"invalid": "must be the SID of a worker (WK), a queue (WQ) or a workflow (WW)"}

    def __init__(self, **options: Any) -> None:
        super().__init__("^W[KQW][0-9a-fA-F]{32}$", **options)


class TaskIn(serializers.Serializer[None]):
    """The parameters of a new task."""

    Attributes = JsonObject(source="attributes", required=False)
    WorkflowSid = Sid(prefix="WW", source="workflow_sid", required=False)
    Priority = WholeNumber(source="priority", min_value=0, max_value=MAX_PRIORITY, required=False)
    Timeout = WholeNumber(source="timeout", min_value=1, max_value=MAX_TIMEOUT, required=False)
    TaskChannel = Text(source="channel", max_length=MAX_CHANNEL_CHARACTERS, required=False)
    VirtualStartTime = StartTime(source="virtual_start_time", required=False)
    RoutingTarget = Target(source="routing_target", required=False)
    IgnoreCapacity = Flag(source="ignore_capacity", required=False)
    TaskQueueSid = Sid(prefix="WQ", source="task_queue_sid", required=False)


class Tasks(APIView):
    """New tasks of a workspace. We keep no workspaces: any SID of one is taken, and answered back.

    An account that has set a task router gets that router's answer: the task is made there, with what the
    add-ons say in its attributes, under the key `addons`. `Idempotency-Key` is not honoured: it would hold
    a transaction open while publishers are asked. So a task that is sent again is another task, about which
    the add-ons are asked, and paid, again.
    """

    http_method_names = ["post"]
    scope = Scope.MARKETPLACE
    serializer_class = TaskOut
    parameters = {"create": TaskIn}
    success = {"create": status.HTTP_201_CREATED}

    def post(self, request: Request, workspace_sid: str) -> HttpResponseBase:
        if not is_sid(workspace_sid, "WS"):
            raise NotFound
        data = TaskIn(data=request.data)
        data.is_valid(raise_exception=True)
        account, given = account_of(request), data.validated_data
        router = router_of(account)
        if router and VIA in request.headers.get("Via", ""):
            raise Loop("The task router of this account leads back here")
        made = _made(request, workspace_sid, given)
        new = NewTask(
            sid=made.sid,
            workspace_sid=workspace_sid,
            parameters=tuple((name, value) for name, values in request.POST.lists() for value in values),
            attributes=given.get("attributes", {}),
        )
        taken = carry(new, account=account, router=router)
        if taken.handed_on is not None:
            return _answer_of(taken.handed_on, taken.add_ons)
        made = replace(made, addons=taken.add_ons)
        return Response(TaskOut(made, context={"request": request}).data, status.HTTP_201_CREATED)


def _answer_of(handed_on: HandedOn, add_ons: str) -> HttpResponseBase:
    """The platform's answer; without one an error, in which the answers that were paid for are not lost."""
    answer = handed_on.answer
    if isinstance(answer, WebhookAnswer):
        return handed_back(answer)
    body = error_body(answer.status, answer.code, f"The task router made no task: {answer.reason}")
    return Response({**body, "details": {"addons": add_ons}}, answer.status)


def _made(request: Request, workspace_sid: str, given: dict[str, Any]) -> Task:
    """The task as we answer it ourselves, nobody asked yet."""
    sid, now = new_sid("WT"), timezone.now()
    target = given.get("routing_target", "")
    return Task(
        sid=sid,
        account_sid=account_of(request).sid,
        workspace_sid=workspace_sid,
        date_created=now,
        virtual_start_time=given.get("virtual_start_time", now),
        # As it was sent: whoever compares the texts finds them the same.
        attributes=request.POST.get("Attributes") or NO_ATTRIBUTES,
        addons=NOBODY_ASKED,
        priority=given.get("priority", 0),
        timeout=given.get("timeout", DEFAULT_TIMEOUT),
        channel=given.get("channel", DEFAULT_CHANNEL),
        workflow_sid=given.get("workflow_sid"),
        task_queue_sid=given.get("task_queue_sid"),
        routing_target=target or None,
        ignore_capacity=given.get("ignore_capacity", target.startswith("WK")),
    )
