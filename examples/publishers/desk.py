"""The desk of a publisher's service: takes requests, remembers them and their answers. Copy it too.

One request goes through
read -> check_signature -> check_credential -> remembered answer or `Service.answer` -> JSON.
A service that answers later has a `Desk` of its own: see transcript/.
"""

import json
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from examples.publishers.page import RecentRequests, SeenRequest, masked, readable
from examples.publishers.question import JSON, BadRequest, BodyTooLarge, CannotAnswer, Question, Refused
from examples.publishers.verification import HASH_PARAMETER, KEY_PARAMETER, check_credential, check_signature

LARGEST_BODY = 64 * 1024
REMEMBERED_ANSWERS = 1000
REQUEST_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
REQUEST_SID_HEADER = "X-Twilio-RequestSid"
# Never shown: the credential, a hash from which four masked digits are guessed in no time, and the one-time
# address of a callback.
HIDDEN = frozenset({KEY_PARAMETER, HASH_PARAMETER, "callback_url"})
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Settings:
    """What one process is told by its environment."""

    host: str
    port: int
    public_url: str
    auth_token: str = field(repr=False)
    service_key: str = field(repr=False)
    account_sid: str = ""


@dataclass(frozen=True)
class Endpoint:
    """One add-on's service: where it is asked, and where our credential is."""

    name: str
    method: str
    path: str
    credential: Callable[[web.Request], str]

    def desk(self, settings: Settings) -> "Desk":
        """Who takes the requests."""
        raise NotImplementedError


@dataclass(frozen=True)
class Service(Endpoint):
    """A service that answers at once: `answer` is the work itself."""

    answer: Callable[[Question], JSON]

    def desk(self, settings: Settings) -> "Desk":
        return AnsweringDesk(self, settings)


class Desk:
    """Where requests arrive. Remembers the last ones for the page."""

    def __init__(self, service: Endpoint, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        self._recent = RecentRequests()

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """What has to live as long as the service: started before the yield, ended after it."""
        yield

    async def health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "service": self._service.name})

    async def page(self, _request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
        return web.Response(
            text=self._recent.page(self._service.name), content_type="text/html", headers=headers
        )

    async def ask(self, request: web.Request) -> web.Response:
        """Take one request of the platform, or say what is wrong with it."""
        raise NotImplementedError

    def check_credential(self, request: web.Request) -> None:
        check_credential(self._service.credential(request), self._settings.service_key)

    def show(self, request: web.Request, asked: Mapping[str, object], outcome: str) -> None:
        """Put the request on the page."""
        platform = {
            name: readable(value, self._secrets)
            for name, value in request.headers.items()
            if name.lower().startswith("x-twilio-")
        }
        line = f"{request.method} {self._service.path}"
        self.show_line(line, platform, {**request.query, **asked}, outcome)

    def show_line(
        self, line: str, platform: Mapping[str, str], values: Mapping[str, object], outcome: str
    ) -> None:
        """Put one line on the page. `platform` is shown as it is, `values` are masked."""
        seen = masked(values, secrets=self._secrets, hidden=HIDDEN)
        self._recent.add(
            SeenRequest(at=datetime.now(UTC), line=line, outcome=outcome, values={**platform, **seen})
        )

    @property
    def _secrets(self) -> tuple[str, str]:
        return self._settings.service_key, self._settings.auth_token


class AnsweringDesk(Desk):
    """Checks requests, and remembers the answers given."""

    def __init__(self, service: Service, settings: Settings) -> None:
        super().__init__(service, settings)
        self._work = service.answer
        self._answers: OrderedDict[str, JSON] = OrderedDict()

    async def ask(self, request: web.Request) -> web.Response:
        """Answer one question of the platform, or say what is wrong with it."""
        body = ""
        try:
            body = await read(request)
            check_signature(request, body, self._settings.public_url, self._settings.auth_token)
            self.check_credential(request)
            response = web.json_response(self._answer(request, body))
            outcome = f"{response.status}, answered"
        except Refused as refusal:
            response = refused(refusal)
            outcome = f"{response.status}, {refusal}"
        self.show(request, _asked(request, body), outcome)
        return response

    def _answer(self, request: web.Request, body: str) -> JSON:
        """The platform repeats a request sid when it retries, so the first answer stands."""
        sid = request_sid(request)
        if sid not in self._answers:
            self._answers[sid] = self._answer_to(Question(parameters(request, body)))
            if len(self._answers) > REMEMBERED_ANSWERS:
                self._answers.popitem(last=False)
        return self._answers[sid]

    def _answer_to(self, question: Question) -> JSON:
        try:
            return self._work(question)
        except CannotAnswer as error:
            return {"error": str(error)}


def refused(refusal: Refused) -> web.Response:
    return web.json_response({"error": str(refusal)}, status=refusal.status)


def request_sid(request: web.Request) -> str:
    """By what the platform names this question, also when it asks again."""
    sid = request.headers.get(REQUEST_SID_HEADER, "")
    if not REQUEST_SID.fullmatch(sid):
        raise BadRequest(f"{REQUEST_SID_HEADER} is missing or no sid")
    return sid


async def read(request: web.Request) -> str:
    """The body as text: the signature of a JSON request covers it to the byte."""
    try:
        return (await request.read()).decode()
    except web.HTTPRequestEntityTooLarge as error:
        raise BodyTooLarge(f"the body is larger than {LARGEST_BODY} bytes") from error
    except (UnicodeDecodeError, web.RequestPayloadError) as error:
        raise BadRequest("the body is not UTF-8 text") from error
    except ConnectionError as error:
        raise BadRequest("the body broke off") from error


def parameters(request: web.Request, body: str) -> Mapping[str, object]:
    """What is asked: the JSON object of a POST, the query of a GET."""
    if request.method != "POST":
        return {name: request.query[name] for name in request.query}
    try:
        document = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(document, dict):
        raise BadRequest("the body is not a JSON object")
    return document


def _asked(request: web.Request, body: str) -> Mapping[str, object]:
    """The parameters for the page, or how long what is none was."""
    try:
        return parameters(request, body)
    except BadRequest:
        return {"body": f"{len(body)} characters"}


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
