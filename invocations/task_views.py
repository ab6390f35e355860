"""The console page of tasks: who is asked about a new one, and who makes it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import Account
from accounts.requests import account_of
from invocations.points import task
from invocations.task_router import BadAddress, PasswordNeeded, clear_router, router_of, set_router
from invocations.task_router_forms import TaskRouterForm
from publishers.contract.limits import WEBHOOK_DEADLINE_MS
from rest.curl import curl
from rest.representation import api_url

EXAMPLE_WORKSPACE = f"WS{'0' * 32}"
EXAMPLE_ATTRIBUTES = '{"from": "+14158675309", "body": "Hello!"}'


@login_required
@require_http_methods(["GET", "POST"])
def tasks(request: HttpRequest) -> HttpResponse:
    """Which add-ons are asked about a task, and who makes it; its password is never shown."""
    account = account_of(request)
    router = router_of(account)
    form = TaskRouterForm(request.POST or None, router=router)
    if form.is_valid() and _saved(request, account, form):
        return redirect("tasks")
    context = {
        "form": form,
        "router": router,
        "asked": task.chosen_for(account),
        "webhook_seconds": WEBHOOK_DEADLINE_MS // 1000,
        "api_call": curl(
            "POST", api_url("taskrouter", "tasks", EXAMPLE_WORKSPACE), [("Attributes", EXAMPLE_ATTRIBUTES)]
        ),
    }
    return render(request, "invocations/tasks.html", context)


def _saved(request: HttpRequest, account: Account, form: TaskRouterForm) -> bool:
    """Whether a valid form could be saved; what stands against it is said at its field."""
    given = form.cleaned_data
    if not given["url"]:
        clear_router(account=account)
        messages.success(request, "Saved. Tasks are answered here.")
        return True
    try:
        saved = set_router(account=account, **given)
    except BadAddress as refusal:
        form.add_error("url", str(refusal))
    except PasswordNeeded as refusal:
        form.add_error("password", str(refusal))
    else:
        messages.success(request, f"Saved. Tasks are made at {saved.host} from now on.")
        return True
    return False
