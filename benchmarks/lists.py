"""CPU time of a list of 50 and of one resource over a table with 100,000 installs.

The floor is a bare Django view, `JsonResponse(list(values()))` of the same rows, behind the same
middleware and in the same run. Pages at the front, in the middle and at the end are compared too:
a page is found by its key, so its place must not matter.

    python -m benchmarks lists [rows]      DATABASE_URL chooses another database than SQLite
"""

import time
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from statistics import median
from typing import Any

from django.db import connection
from django.test import Client

from accounts.models import Account
from marketplace.models import InstalledAddOn
from tests.factories import make_account, make_definition, make_install, make_listing

ROWS = 100_000
LISTINGS = 20
ROUNDS = 200
WARM_UP = 10
BATCH = 5_000
SETTINGS = {"type": "object", "properties": {"language": {"type": "string"}, "key": {"type": "string"}}}


def fill(count: int) -> Account:
    """One account with all the rows, over a handful of listings."""
    account = make_account()
    definition = make_definition(configuration_schema=SETTINGS)
    models = [make_install(account, make_listing(definition=definition)) for _ in range(LISTINGS)]
    for start in range(0, count, BATCH):
        InstalledAddOn.objects.bulk_create(_copies(models, start, min(BATCH, count - start)))
    return account


def _copies(models: list[InstalledAddOn], start: int, count: int) -> list[InstalledAddOn]:
    rows = []
    for number in range(start, start + count):
        model = models[number % LISTINGS]
        row = InstalledAddOn(
            account_id=model.account_id,
            install_id=model.install_id,
            version_id=model.version_id,
            unique_name=f"copy_{number}",
        )
        row.configuration = {"language": "en", "key": f"k{number}"}
        rows.append(row)
    return rows


def run(rows: str = str(ROWS)) -> None:
    account = fill(int(rows))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    _report(account)


def _report(account: Account) -> None:
    credentials = b64encode(f"{account.sid}:{account.auth_token}".encode()).decode()
    api = Client(headers={"host": "127.0.0.1", "authorization": f"Basic {credentials}"})
    sids = list(InstalledAddOn.objects.order_by("-sid").values_list("sid", flat=True))
    pages = {
        "first page": "",
        "middle": f"&PageToken=PA{sids[len(sids) // 2]}",
        "last page": f"&PageToken=PA{sids[-51]}",
    }
    urls = {f"list of 50, {name}": f"/v1/InstalledAddOns?PageSize=50{query}" for name, query in pages.items()}
    urls["bare list of 50"] = f"/bare?account={account.sid}"
    urls["one resource"] = f"/v1/InstalledAddOns/{sids[-1]}"
    urls["bare resource"] = f"/bare/row?account={account.sid}&sid={sids[-1]}"
    cpu = measure({name: partial(_get, api, url) for name, url in urls.items()})
    print(f"{connection.vendor}, {len(sids):,} rows, median CPU of {ROUNDS} rounds")
    for name, seconds in cpu.items():
        floor = cpu["bare resource" if "resource" in name else "bare list of 50"]
        print(f"{name:24} {seconds * 1000:7.2f} ms   {seconds / floor:5.2f} x the bare one")


def measure(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Median CPU seconds of each call. They take turns, so a noisy minute is shared by all."""
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for round_number in range(ROUNDS + WARM_UP):
        for name, call in calls.items():
            before = time.process_time()
            call()
            if round_number >= WARM_UP:
                spent[name].append(time.process_time() - before)
    return {name: median(each) for name, each in spent.items()}


def _get(client: Client, url: str) -> None:
    answer = client.get(url)
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"{url} answered {answer.status_code}")
