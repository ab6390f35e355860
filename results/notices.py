"""The notice that a result is ready (contract 11.4): what it says, and to whom it is owed."""

from collections.abc import Sequence
from typing import Any, Final

import orjson
from django.conf import settings

from deliveries import services
from deliveries.models import Delivery
from rest.leases import hint
from results.delivering import deliver, happening_of
from results.event_codes import RETRIEVAL_FAILED, WEBHOOK_USES_GET
from results.models import AddOnResult, Payload
from results.result_models import ResultStatus
from results.services import note_event

PARAMETER: Final = "AddOns"
NO_ADDRESS: Final = "The callback_url in the settings of {name} is no address, so nobody was told."
USES_GET: Final = "The callback of {name} uses GET, so it is told without the results."


def owe_notice(result: AddOnResult, payloads: Sequence[Payload] = ()) -> Delivery | None:
    """Owe the account word of a result that has ended with these payloads, in the caller's transaction.

    None when the add-on's settings name nowhere to send it. What it says is fixed now.
    """
    configuration = result.installed_add_on.configuration
    url, method = configuration.get("callback_url") or "", _method(configuration)
    if not url:
        return None
    if not _is_sendable(url):
        _note(result, RETRIEVAL_FAILED, NO_ADDRESS)
        return None
    parameters = [(PARAMETER, orjson.dumps(notice(result, payloads)).decode())] if method == "POST" else []
    delivery, is_new = services.owe(
        account=result.account,
        kind=Delivery.Kind.RESULT,
        reference_sid=result.sid,
        callback=services.Callback(url=url, method=method, parameters=parameters),
    )
    if is_new:
        hint(deliver, [delivery.sid])
        if method == "GET":
            _note(result, WEBHOOK_USES_GET, USES_GET, url)
    return delivery


def withdraw_notices(result_sids: Sequence[str]) -> int:
    """Send nothing more about results that are deleted; in the caller's transaction."""
    return services.withdraw(kind=Delivery.Kind.RESULT, reference_sids=result_sids)


def notice(result: AddOnResult, payloads: Sequence[Payload]) -> dict[str, Any]:
    """The document. The envelope is successful, also around an entry that failed."""
    return {
        "status": "successful",
        "message": None,
        "code": None,
        "results": {result.installed_add_on.unique_name: _entry(result, payloads)},
    }


def _entry(result: AddOnResult, payloads: Sequence[Payload]) -> dict[str, Any]:
    succeeded = result.status == ResultStatus.COMPLETED
    recording_url = _recording_url(result)
    url = f"{recording_url}/AddOnResults/{result.sid}"
    return {
        "request_sid": result.sid,
        "status": "successful" if succeeded else settings.ADD_ON_FAILURE_STATUS,
        "message": None if succeeded else result.message,
        "code": None if succeeded else result.code,
        "payload": [
            {"content_type": each.content_type, "url": f"{url}/Payloads/{each.sid}/Data"} for each in payloads
        ],
        "links": {"add_on_result": url, "payloads": f"{url}/Payloads", "recording": recording_url},
    }


def _recording_url(result: AddOnResult) -> str:
    """Without an extension, as the platform writes it."""
    base = settings.API_URLS["api"]
    return f"{base}/2010-04-01/Accounts/{result.account.sid}/Recordings/{result.recording.sid}"


def _method(configuration: dict[str, Any]) -> str:
    return "GET" if str(configuration.get("callback_method", "")).upper() == "GET" else "POST"


def _is_sendable(url: Any) -> bool:
    """Whether it can be kept at all; where it leads is judged when it is connected to."""
    return isinstance(url, str) and url.isprintable() and len(url) <= Delivery.MAX_URL_LENGTH


def _note(result: AddOnResult, code: int, text: str, url: str = "") -> None:
    note_event(
        account=result.account,
        happening=happening_of(result),
        code=code,
        text=text.format(name=result.installed_add_on.unique_name),
        url_host=services.host_of(url),
    )
