"""The baseline: what one would write without Patchbay, an ordinary asynchronous Django view, and write well.

One shared aiohttp session, Django's connection pool, credentials compared as the product compares them, the
installs in one query, both publishers at once, the rows in one transaction before the answer.
"""

import asyncio
import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any

import aiohttp
import orjson
from asgiref.sync import sync_to_async
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone

from accounts import credentials
from accounts.models import Account
from billing.models import LedgerEntry
from marketplace.models import InstalledAddOn
from results.models import Invocation

TIMEOUT = aiohttp.ClientTimeout(total=2)
MILLIONTHS = 1_000_000


@dataclass(frozen=True)
class Answer:
    """What an add-on said, or why it did not."""

    status: str
    body: bytes
    http_status: int | None
    started_at: datetime
    milliseconds: int


async def lookup(request: HttpRequest, number: str) -> JsonResponse:
    account = await _account_of(request)
    if account is None:
        return JsonResponse({"code": 20003, "message": "Authenticate"}, status=HTTPStatus.UNAUTHORIZED)
    installs = InstalledAddOn.objects.of(account).enabled_for("lookup-api").with_listing()
    chosen = [each async for each in installs.filter(unique_name__in=request.GET.getlist("AddOns"))]
    answers = await asyncio.gather(*(_ask(installed, number) for installed in chosen))
    rows = await sync_to_async(_record)(chosen, answers, number)
    results = {each.unique_name: _entry(row) for each, row in zip(chosen, rows, strict=True)}
    add_ons = {"status": "successful", "message": None, "code": None, "results": results}
    return JsonResponse({"phone_number": number, "add_ons": add_ons})


async def _account_of(request: HttpRequest) -> Account | None:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic":
        return None
    sid, _, token = base64.b64decode(encoded).decode().partition(":")
    account = await Account.objects.filter(sid=sid).afirst()
    digest = credentials.digest(token)
    return account if account and credentials.matches(digest, account.auth_token_digest) else None


@cache
def session() -> aiohttp.ClientSession:
    """The one session of this process, opened with the first request."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=TIMEOUT)


async def _ask(installed: InstalledAddOn, number: str) -> Answer:
    started_at, began = timezone.now(), time.monotonic()
    status, body, http_status = Invocation.Status.FAILED, b"{}", None
    try:
        url = installed.version.definition["request"]["url"]
        async with session().get(url, params={"number": number}) as response:
            body, http_status = await response.read(), response.status
            orjson.loads(body)
            if response.ok:
                status = Invocation.Status.SUCCESSFUL
    except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError):
        body = b"{}"
    return Answer(status, body, http_status, started_at, round((time.monotonic() - began) * 1000))


def _record(chosen: Sequence[InstalledAddOn], answers: Sequence[Answer], number: str) -> list[Invocation]:
    """All rows of a lookup, or none."""
    rows = [_row(*each, number) for each in zip(chosen, answers, strict=True)]
    charges = [
        _charge(installed, row) for installed, row in zip(chosen, rows, strict=True) if row.charge_micros
    ]
    with transaction.atomic():
        Invocation.objects.bulk_create(rows)
        LedgerEntry.objects.bulk_create(charges)
    return rows


def _row(installed: InstalledAddOn, answer: Answer, number: str) -> Invocation:
    successful = answer.status == Invocation.Status.SUCCESSFUL
    price = float(installed.version.definition["pricing"]["price"])
    return Invocation(
        event_id="",
        account_id=installed.account_id,
        installed_add_on=installed,
        version_id=installed.version_id,
        extension="lookup-api",
        purpose=Invocation.Purpose.LIVE,
        primary_address=number,
        status=answer.status,
        http_status=answer.http_status,
        attempts=1,
        started_at=answer.started_at,
        duration_ms=answer.milliseconds,
        answer_bytes=len(answer.body),
        answer=answer.body,
        trace=[],
        charge_micros=round(price * MILLIONTHS) if successful else 0,
        currency="USD",
        charge_reason="Per use.",
    )


def _charge(installed: InstalledAddOn, row: Invocation) -> LedgerEntry:
    return LedgerEntry(
        payer_id=row.account_id,
        payee_id=installed.listing.publisher.account_id,
        request_sid=row.sid,
        kind=LedgerEntry.Kind.USE,
        installed_add_on=installed,
        version_id=row.version_id,
        extension=row.extension,
        quantity=1,
        unit_price_micros=row.charge_micros,
        amount_micros=row.charge_micros,
        currency=row.currency,
    )


def _entry(row: Invocation) -> dict[str, Any]:
    return {
        "status": row.status,
        "request_sid": row.sid,
        "message": None,
        "code": row.code,
        "result": orjson.loads(row.answer),
    }


urlpatterns = [path("v1/PhoneNumbers/<str:number>", lookup)]
