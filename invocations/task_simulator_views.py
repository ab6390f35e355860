"""The console's simulator: the choice of an event, and a made-up task, raised for real."""

import re
from typing import Any, Final

import orjson
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Account
from accounts.requests import account_of
from invocations.forwarding import Pairs, WebhookAnswer
from invocations.models import TaskRouter
from invocations.points import task
from invocations.simulated import SHOWN_ADD_ONS, as_shown, drawn, outcome, recalled, remember
from invocations.simulator_forms import NOWHERE
from invocations.task_carrying import NewTask, Taken, carry
from invocations.task_forwarding import ATTRIBUTES
from invocations.task_router import router_of
from invocations.task_simulator_forms import RECORDING, ROUTER, TASK, ChoiceOfEventForm, TaskForm
from marketplace.models import IncomingPhoneNumber
from publishers.contract.limits import WEBHOOK_DEADLINE_MS
from rest.curl import curl
from rest.representation import api_url
from rest.sids import new_sid
from results.event_codes import NOT_CONNECTED, RETRIEVAL_FAILED
from results.models import Event, Invocation
from results.tree import Node

SESSION_KEY: Final = "simulated_task"
SHOWN_NUMBERS: Final = 200
EXAMPLE_WORKSPACE: Final = f"WS{'0' * 32}"
_WITHOUT_NUMBER: Final = {TASK: "simulate-task", RECORDING: "add-recording"}
ROUTER_CODES: Final = (RETRIEVAL_FAILED, NOT_CONNECTED)


@login_required
@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """What shall happen? Leads to the page that raises it; a message or a call needs a number first."""
    numbers = list(IncomingPhoneNumber.objects.of(account_of(request)).order_by("-sid")[:SHOWN_NUMBERS])
    form = ChoiceOfEventForm(request.GET or None, numbers=numbers)
    if form.is_valid():
        kind = form.cleaned_data["kind"]
        if kind in _WITHOUT_NUMBER:
            return redirect(_WITHOUT_NUMBER[kind])
        page = reverse("simulate", kwargs={"sid": form.cleaned_data["number"]})
        return redirect(f"{page}?kind={kind}")
    return render(request, "invocations/choose_event.html", {"form": form, "numbers": numbers})


@login_required
@require_http_methods(["GET", "POST"])
def simulate_task(request: HttpRequest) -> HttpResponse:
    """Create a task, and see who was asked, what was sent and what the task router answered.

    It is answered by a redirect to what came of it: a reload asks, pays and tells nobody again.
    """
    account = account_of(request)
    router = router_of(account)
    form = TaskForm(request.POST or None, router=router)
    if form.is_valid():
        return redirect(f"{reverse('simulate-task')}?event={_raise(request, account, router, form)}")
    event_id = request.GET.get("event", "")
    shown = _outcome(request, account, event_id) if re.fullmatch("[0-9a-f]{32}", event_id) else {}
    if shown and not form.is_bound:
        form.propose(_possible(shown["kept"].get("form", {}), router))
    context = {
        **shown,
        "form": form,
        "router": router,
        "runs": [each.unique_name for each in task.chosen_for(account)[:SHOWN_ADD_ONS]],
        "webhook_seconds": WEBHOOK_DEADLINE_MS // 1000,
        "api_call": _api_call(form),
    }
    return render(request, "invocations/simulate_task.html", context)


def _raise(request: HttpRequest, account: Account, router: TaskRouter | None, form: TaskForm) -> str:
    """Create what a valid form asks for, and keep in the session what no row of ours holds."""
    given = form.cleaned_data
    chosen = router if given["forward"] == ROUTER else None
    pairs = _parameters(given)
    new = NewTask(
        sid=new_sid("WT"),
        workspace_sid=given["workspace_sid"],
        parameters=pairs,
        attributes=form.document,
    )
    taken = carry(new, account=account, router=chosen)
    kept = {
        "event": taken.event_id,
        "form": given,
        "said": _said(taken, chosen),
        "sent": {"parameters": taken.handed_on.sent if taken.handed_on else pairs, "add_ons": taken.add_ons},
    }
    remember(request, SESSION_KEY, kept)
    return taken.event_id


def _parameters(given: dict[str, str]) -> Pairs:
    pairs = ((ATTRIBUTES, given["attributes"]), ("WorkflowSid", given["workflow_sid"]))
    return tuple(pair for pair in pairs if pair[1])


def _said(taken: Taken, router: TaskRouter | None) -> dict[str, Any]:
    said: dict[str, Any] = {"ms": taken.forward_ms, "url": router.url if router else ""}
    if taken.handed_on and isinstance(taken.handed_on.answer, WebhookAnswer):
        said["answer"] = as_shown(taken.handed_on.answer)
    return said


def _outcome(request: HttpRequest, account: Account, event_id: str) -> dict[str, Any]:
    """What came of a task: from the rows, and from this session while it remembers. Empty without either."""
    kept = recalled(request, SESSION_KEY, event=event_id)
    of_task = {"event_id": event_id, "extension": task.POINT}
    rows = list(Invocation.objects.of(account).with_add_on().filter(**of_task).order_by("sid"))
    events = Event.objects.of(account).filter(**of_task, code__in=ROUTER_CODES)
    failures = list(events.order_by("sid"))
    return outcome(kept, rows, failures, sent=_tree(kept["sent"]) if "sent" in kept else None)


def _tree(sent: dict[str, Any]) -> Node | None:
    """All parameters, with the attributes drawn out; None when that is too large to draw."""
    parameters = dict(sent["parameters"])
    return drawn({**parameters, ATTRIBUTES: orjson.loads(parameters[ATTRIBUTES])})


def _possible(values: dict[str, str], router: TaskRouter | None) -> dict[str, str]:
    """The values of an earlier task, as far as they can be chosen still."""
    return values if router else {**values, "forward": NOWHERE}


def _api_call(form: TaskForm) -> str:
    """The same task through the API; it goes to the task router if one is set."""
    workspace_sid = form.fields["workspace_sid"].initial or EXAMPLE_WORKSPACE
    attributes = " ".join(str(form.fields["attributes"].initial).split())
    return curl("POST", api_url("taskrouter", "tasks", workspace_sid), [(ATTRIBUTES, attributes)])
