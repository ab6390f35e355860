"""Faults put into the product's code on purpose: a trial that does not notice one proves nothing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from django.conf import settings

from deliveries import sending, services
from deliveries.sending import Attempt
from invocations import tasks
from publishers.contract.egress import EgressPolicy
from results import delivering, receiving, settling
from results.models import AddOnResult, Payload


def marked_before_sent() -> None:
    """A notice counts as delivered before anybody was told."""

    def deliver_one(sid: str) -> None:
        delivery = services.claim(sid)
        if delivery is not None:
            services.settle(delivery, Attempt(at=delivery.date_created, duration_ms=1, http_status=200))
            policy = EgressPolicy.from_hosts(settings.OUTBOUND_ALLOWED_HOSTS)
            sending.send(delivering._notice(delivery), policy)

    vars(delivering)["deliver_one"] = deliver_one


def not_fenced() -> None:
    """Whoever writes to a result wins, however old what it read is."""

    def write(
        result: AddOnResult, to: str, *, at: datetime, steps: Sequence[Any] = (), **changes: Any
    ) -> bool:
        AddOnResult.objects.filter(pk=result.pk).update(**changes, status=to, date_updated=at)
        result.status = to
        return True

    settling._write = write


def never_swept() -> None:
    """Only the broker knows what is to be done."""
    vars(tasks)["PARTS"] = {}


def rows_before_files() -> None:
    """A row tells of payloads whose files come later."""

    def keep(result: Any, parts: Any, charge: Any, steps: Any) -> None:
        stored = [receiving._payload(result, part) for part in parts]
        for payload in stored:
            payload.data.name = Payload.data.field.generate_filename(payload, "")
        if settling.complete(result, payloads=stored, charge=charge, steps=steps.done):
            for payload, part in zip(stored, parts, strict=True):
                payload.data.save("", part.spool.content(), save=False)

    receiving._keep = keep


MUTANTS: Final[Mapping[str, Callable[[], None]]] = MappingProxyType(
    {each.__name__: each for each in (marked_before_sent, not_fenced, never_swept, rows_before_files)}
)
