"""The console's simulator: a made-up message or call, raised for real at one of the account's numbers."""

import re
from typing import Any, Final

import orjson
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.requests import account_of
from invocations import simulator
from invocations.connectors import Taken, carry, targets_of
from invocations.simulated import SHOWN_ADD_ONS, as_shown, drawn, outcome, recalled, remember
from invocations.simulator_forms import SimulatorForm
from marketplace.models import IncomingPhoneNumber
from marketplace.number_runs import CALL, MESSAGE, running_at
from publishers.contract.limits import WEBHOOK_DEADLINE_MS
from publishers.contract.points import ExtensionPoint
from rest.curl import curl
from rest.representation import api_url
from rest.sids import is_sid
from results.event_codes import NOT_CONNECTED, RETRIEVAL_FAILED, WEBHOOK_USES_GET
from results.models import Event, Invocation
from results.tree import Node

SESSION_KEY: Final = "simulated"
WEBHOOK_CODES: Final = (RETRIEVAL_FAILED, NOT_CONNECTED, WEBHOOK_USES_GET)


@login_required
@require_http_methods(["GET", "POST"])
def simulate(request: HttpRequest, sid: str) -> HttpResponse:
    """Raise a message or a call, and see who was asked, what was sent and what was answered.

    It is answered by a redirect to what came of it: a reload asks, pays and tells nobody again.
    """
    own = _own_number(request, sid)
    form = SimulatorForm(request.POST or None, number=own)
    if form.is_valid():
        return redirect(f"{reverse('simulate', kwargs={'sid': own.sid})}?event={_raise(request, form)}")
    event_id = request.GET.get("event", "")
    shown = _outcome(request, own, event_id) if re.fullmatch("[0-9a-f]{32}", event_id) else {}
    if shown and not form.is_bound:
        form.propose(shown["kept"].get("form", {}))
    elif not form.is_bound and request.GET.get("kind", "") in simulator.CONNECTORS:
        form.propose({"kind": request.GET["kind"]})
    context = {
        **shown,
        "form": form,
        "number": own,
        "webhooks": [(kind, targets_of(own, each)[:1]) for kind, each in simulator.CONNECTORS.items()],
        "runs": [(name, _running(own, point)) for name, point in (("message", MESSAGE), ("call", CALL))],
        "webhook_seconds": WEBHOOK_DEADLINE_MS // 1000,
        "api_call": _api_call(own, form),
    }
    return render(request, "invocations/simulator.html", context)


def _raise(request: HttpRequest, form: SimulatorForm) -> str:
    """Raise what a valid form asks for, and keep in the session what no row of ours holds."""
    given, number = form.cleaned_data, form.number
    pairs = simulator.parameters_of(given["kind"], number=number, sender=given["sender"], body=given["body"])
    taken = carry(
        number=number,
        connector=simulator.CONNECTORS[given["kind"]],
        parameters=pairs,
        targets=form.targets(),
    )
    kept = {
        "event": taken.event_id,
        "number": number.sid,
        "form": given,
        "said": _said(taken),
        "sent": {"parameters": pairs, "add_ons": taken.webhook.add_ons},
    }
    remember(request, SESSION_KEY, kept)
    return taken.event_id


def _said(taken: Taken) -> dict[str, Any]:
    """What the developer said, and which of the targets said it: the one behind those that failed."""
    answer, failures = taken.forwarded.answer, taken.forwarded.failures
    targets = taken.webhook.targets
    said: dict[str, Any] = {
        "ms": taken.forward_ms,
        "url": targets[0].url if targets else "",
        "asked_fallback": bool(failures) and len(targets) > 1,
    }
    if answer is not None:
        said["url"] = targets[len(failures)].url
        said["answer"] = as_shown(answer)
    return said


def _outcome(request: HttpRequest, number: IncomingPhoneNumber, event_id: str) -> dict[str, Any]:
    """What came of an event at this number: from the rows, and from this session while it remembers.

    Empty when there is nothing of it.
    """
    kept = recalled(request, SESSION_KEY, event=event_id, number=number.sid)
    results = Invocation.objects.of(number.account).with_add_on().filter(event_id=event_id)
    events = Event.objects.of(number.account).filter(event_id=event_id, number_sid=number.sid)
    points = [connector.point for connector in simulator.CONNECTORS.values()]
    rows = list(results.filter(extension__in=points).order_by("sid"))
    failures = list(events.filter(code__in=WEBHOOK_CODES).order_by("sid"))
    return outcome(kept, rows, failures, sent=_tree(kept["sent"]) if "sent" in kept else None)


def _tree(sent: dict[str, Any]) -> Node | None:
    """All parameters, with the answers of the add-ons drawn out; None when that is too large to draw."""
    parameters = dict(sent["parameters"])
    if sent["add_ons"] is not None:
        parameters["AddOns"] = orjson.loads(sent["add_ons"])
    return drawn(parameters)


def _running(number: IncomingPhoneNumber, point: ExtensionPoint) -> list[str]:
    """The names of the add-ons that would be asked, as many as a person reads."""
    return [each.unique_name for each in running_at(number, point)[:SHOWN_ADD_ONS]]


def _own_number(request: HttpRequest, sid: str) -> IncomingPhoneNumber:
    if not is_sid(sid, "PN"):
        raise Http404
    own = IncomingPhoneNumber.objects.of(account_of(request)).select_related("account")
    return get_object_or_404(own, sid=sid)


def _api_call(number: IncomingPhoneNumber, form: SimulatorForm) -> str:
    """The same event, brought in by the platform's door; it is forwarded to the number's own webhook."""
    proposed = {name: str(field.initial or "") for name, field in form.fields.items()}
    kind = proposed["kind"]
    pairs = simulator.parameters_of(kind, number=number, sender=proposed["sender"], body=proposed["body"])
    shown = {"From", "To", "Body", "MessageSid", "CallSid"}
    route = "message" if kind == simulator.MESSAGE else "voice"
    return curl("POST", api_url("connect", route, number.sid), [pair for pair in pairs if pair[0] in shown])
