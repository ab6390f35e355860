"""`python -m tests.faults.inside.facts`: what the system says of itself when all is over, as JSON.

First it removes what those who died left in the storage, as if it were old enough; so what is missing
afterwards was missed, and what is left over was forgotten.
"""

import json
import sys
from collections import Counter
from datetime import timedelta
from typing import Any

import django
from django.core.files.storage import default_storage


def facts() -> dict[str, Any]:
    from results import retention
    from results.invariants import violations

    vars(retention)["ORPHAN_AGE"] = timedelta(0)
    left = _left_in_storage()
    _sweep_files()
    return {
        "left_by_the_dead": left,
        "left_after_the_sweep": _left_in_storage(),
        "violations": violations(with_files=True),
        **_rows(),
    }


def _left_in_storage() -> dict[str, int]:
    from rest.files import PART, incoming_folder
    from results import retention

    orphans = [name for folder in retention.FOLDERS for name in retention.orphans(folder)]
    return {"orphans": len(orphans), "parts": len(list(incoming_folder().glob(f"*{PART}")))}


def _sweep_files() -> None:
    from rest import files
    from results import retention

    vars(files)["LEFTOVER_AGE"] = timedelta(0)
    retention.sweep_files()


def _rows() -> dict[str, Any]:
    from billing.models import LedgerEntry
    from deliveries.models import Delivery
    from recordings.models import Recording
    from results.models import AddOnResult, Invocation, Payload

    models: list[Any] = [AddOnResult, Recording, Delivery]
    return {
        "recordings": list(Recording.objects.values("sid", "status", "sha256", "reason")),
        "results": list(AddOnResult.objects.values("sid", "recording__sid", "status", "code", "reason")),
        "payloads": [
            {**row, "is_there": default_storage.exists(row["data"])}
            for row in Payload.objects.values("sid", "result_id", "sha256", "data")
        ],
        "invocations": list(Invocation.objects.values("sid", "status", "charge_micros")),
        "charges": list(LedgerEntry.objects.values("request_sid", "kind", "amount_micros")),
        "notices": [
            {**row, "date_created": row["date_created"].timestamp()}
            for row in Delivery.objects.values("sid", "reference_sid", "status", "failures", "date_created")
        ],
        "leases": {
            model.__name__: model.objects.exclude(leased_until=None, due_at=None).count() for model in models
        },
        "tries": Counter(AddOnResult.objects.values_list("tries", flat=True)),
    }


def main() -> None:
    django.setup()
    json.dump(facts(), sys.stdout)


if __name__ == "__main__":
    main()
