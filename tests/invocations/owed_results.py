"""Results of recordings that are owed to a service on the loopback, for tests of what hands them over."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Account
from invocations.dispatch import dispatch_one
from invocations.points.recording import start
from marketplace.models import InstalledAddOn
from recordings.models import Recording
from results.models import AddOnResult
from tests.factories import make_install, make_listing, make_recording, make_recording_definition
from tests.fake_publisher import FakePublisher, Received

CALLBACK = "https://acme.example/results"


def install_for(
    account: Account,
    service: FakePublisher,
    *,
    request: dict[str, Any] | None = None,
    credentials: dict[str, str] | None = None,
    **changes: Any,
) -> InstalledAddOn:
    """An add-on that is asked about recordings of the Record verb, by this service."""
    definition = make_recording_definition()
    definition["request"] = {**definition["request"], "url": service.url("/transcripts"), **(request or {})}
    listing = make_listing(definition={**definition, **changes}, credentials=credentials)
    return make_install(
        account, listing, configuration={"callback_url": CALLBACK}, enabled=["recording-verb"]
    )


def owed(
    account: Account, service: FakePublisher, *, recording: Recording | None = None, **changes: Any
) -> AddOnResult:
    """A result that is to be handed over now."""
    install_for(account, service, **changes)
    (result,) = start(recording or make_recording(account))
    return result


def now_due(result: AddOnResult) -> None:
    """As if its pause, or the lease of who died at it, were over."""
    past = timezone.now() - timedelta(seconds=1)
    AddOnResult.objects.filter(pk=result.pk, leased_until__isnull=False).update(leased_until=past)
    AddOnResult.objects.filter(pk=result.pk, due_at__isnull=False).update(due_at=past, hinted_at=None)


def again(result: AddOnResult) -> AddOnResult:
    """The row as it is by now."""
    return AddOnResult.objects.get(pk=result.pk)


def dispatched(result: AddOnResult) -> AddOnResult:
    """The result after one try, made now."""
    now_due(result)
    dispatch_one(result.sid)
    return again(result)


def tried(account: Account, answer: Any, **changes: Any) -> tuple[AddOnResult, list[Received]]:
    """A result after its first try at a publisher that answers so."""
    with FakePublisher(answer).in_thread() as service:
        return dispatched(owed(account, service, **changes)), service.requests
