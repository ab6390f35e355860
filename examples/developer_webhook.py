"""A developer's webhook: is told when an add-on has a result for a recording. One file to copy.

    AUTH_TOKEN=… python -m examples.developer_webhook

AUTH_TOKEN is the auth token of your own account: the platform signs with it. The callback URL to enter in an
add-on's settings is PUBLIC_URL (default http://127.0.0.1:PORT) and /notices. Open / to see the last notices.

A notice can come twice, with the same webhook-id: what counts is the first. Answer 2xx soon and do the work
after it; anything else is tried again for days. Fetch the payloads with your account SID and auth token.
"""

import json
import logging
import os
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from aiohttp import web
from twilio.request_validator import RequestValidator

from examples.publishers.desk import LARGEST_BODY, PAGE_POLICY
from examples.publishers.page import RecentRequests, SeenRequest, readable
from examples.publishers.service import errors_as_json, log_line, serve, settings_from

NAME = "Developer's webhook"
PATH = "/notices"
PORT = 8105
REMEMBERED_IDS = 1000
# Addresses are long and begin alike; this much of the end names result and payload.
SHOWN_OF_ADDRESS = 84


class Webhook:
    """Takes notices, and remembers the last ones for the page."""

    def __init__(self, *, auth_token: str, public_url: str) -> None:
        self._auth_token = auth_token
        self._validator = RequestValidator(auth_token)
        self._url = public_url + PATH
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._recent = RecentRequests()

    async def take(self, request: web.Request) -> web.Response:
        """204 for a notice that is signed, also when it comes again."""
        form = await request.post()
        parameters = {name: value for name, value in form.items() if isinstance(value, str)}
        signature = request.headers.get("X-Twilio-Signature", "")
        if not self._validator.validate(self._url, parameters, signature):
            self._show("403, not signed with our auth token", {})
            return web.Response(status=HTTPStatus.FORBIDDEN)
        notice = request.headers.get("webhook-id", "")
        if notice not in self._seen:
            self._seen[notice] = None
            if len(self._seen) > REMEMBERED_IDS:
                self._seen.popitem(last=False)
            self._show("204, taken", {"webhook-id": notice, **told(parameters.get("AddOns", ""))})
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def page(self, _request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
        return web.Response(text=self._recent.page(NAME), content_type="text/html", headers=headers)

    async def health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "service": NAME})

    def _show(self, outcome: str, values: Mapping[str, str]) -> None:
        shown = {name: readable(value, [self._auth_token]) for name, value in values.items()}
        self._recent.add(
            SeenRequest(at=datetime.now(UTC), line=f"POST {PATH}", outcome=outcome, values=shown)
        )


def told(add_ons: str) -> dict[str, str]:
    """What a notice says: which add-on, how it went, and where the payloads are."""
    try:
        ((name, result),) = json.loads(add_ons)["results"].items()
        payloads = {
            f"payload {number}": f"{each['content_type']} …{str(each['url'])[-SHOWN_OF_ADDRESS:]}"
            for number, each in enumerate(result["payload"], start=1)
        }
        return {name: f"{result['status']} {result['message'] or ''}", **payloads}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"AddOns": "no results"}


def application(webhook: Webhook) -> web.Application:
    app = web.Application(middlewares=[log_line, errors_as_json], client_max_size=LARGEST_BODY)
    app.router.add_post(PATH, webhook.take)
    app.router.add_get("/", webhook.page)
    app.router.add_get("/health", webhook.health)
    return app


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    token = os.environ.get("AUTH_TOKEN") or ""
    if not token:
        raise SystemExit("AUTH_TOKEN is not set. It is the auth token of your account.")
    # A webhook has no credential of its own: the signature says who asks.
    told_by_environment = {**os.environ, "PUBLISHER_AUTH_TOKEN": token, "SERVICE_KEY": "-"}
    settings = settings_from(told_by_environment, default_port=PORT)
    serve(application(Webhook(auth_token=token, public_url=settings.public_url)), settings)
