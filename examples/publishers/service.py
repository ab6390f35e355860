"""The frame of a publisher's service: environment, routes, memory, log. Copy it and its neighbours.

A service says what it is in a `Service`; `run` does the rest. One request goes through
read -> check_signature -> check_credential -> remembered answer or `Service.answer` -> JSON.
"""

import json
import logging
import os
import pkgutil
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from examples.publishers.page import RecentRequests, SeenRequest, masked, readable
from examples.publishers.question import BadRequest, BodyTooLarge, CannotAnswer, Question, Refused
from examples.publishers.verification import HASH_PARAMETER, KEY_PARAMETER, check_credential, check_signature

JSON = dict[str, object]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LARGEST_BODY = 64 * 1024
REMEMBERED_ANSWERS = 1000
SECONDS_TO_STOP = 1.0
REQUEST_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
REQUEST_SID_HEADER = "X-Twilio-RequestSid"
# Never shown: the credential, and a hash from which four masked digits are guessed in no time.
HIDDEN = frozenset({KEY_PARAMETER, HASH_PARAMETER})
PORTS = range(1, 65536)
WEB_ADDRESS = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

logger = logging.getLogger("publisher")


@dataclass(frozen=True)
class Settings:
    """What one process is told by its environment."""

    host: str
    port: int
    public_url: str
    auth_token: str = field(repr=False)
    service_key: str = field(repr=False)


@dataclass(frozen=True)
class Service:
    """One add-on's service: where it is asked, where our credential is, and the work itself."""

    name: str
    method: str
    path: str
    credential: Callable[[web.Request], str]
    answer: Callable[[Question], JSON]


def run(reference: str, *, port: int) -> None:
    """Run the service that `reference` names ("package.module:NAME") until Ctrl-C or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("aiohttp.server").addFilter(is_fit_to_log)
    try:
        settings = settings_from(os.environ, default_port=port)
        service: Service = pkgutil.resolve_name(reference)
        logger.info("%s listens on %s:%d", service.name, settings.host, settings.port)
        logger.info("Signatures are checked for %s%s", settings.public_url, service.path)
        serve(application(service, settings), settings)
    except KeyboardInterrupt:
        logger.info("Stopped before it was ready")


def serve(app: web.Application, settings: Settings) -> None:
    """Listen until a signal; aiohttp turns both signals into a quiet end."""
    try:
        web.run_app(
            app,
            host=settings.host,
            port=settings.port,
            shutdown_timeout=SECONDS_TO_STOP,
            access_log=None,
            print=None,
        )
    except OSError as error:
        raise SystemExit(f"Cannot listen: {error.strerror or error}") from error


def settings_from(environment: Mapping[str, str], *, default_port: int) -> Settings:
    """Read the environment, and refuse to start with half of it."""
    host = environment.get("HOST") or "127.0.0.1"
    port = environment.get("PORT") or str(default_port)
    if not (port.isascii() and port.isdigit() and int(port) in PORTS):
        raise SystemExit(f"PORT must be a number from {PORTS[0]} to {PORTS[-1]}.")
    public_url = (environment.get("PUBLIC_URL") or f"http://{host}:{port}").rstrip("/")
    if not WEB_ADDRESS.fullmatch(public_url):
        raise SystemExit("PUBLIC_URL must be the address the platform calls, like https://facts.example.com.")
    return Settings(
        host=host,
        port=int(port),
        public_url=public_url,
        auth_token=_required(environment, "PUBLISHER_AUTH_TOKEN", "the auth token the platform signs with"),
        service_key=_required(environment, "SERVICE_KEY", "the credential the platform must send us"),
    )


def application(service: Service, settings: Settings) -> web.Application:
    """The service as an aiohttp application."""
    desk = Desk(service, settings)
    app = web.Application(middlewares=[log_line, errors_as_json], client_max_size=LARGEST_BODY)
    app.router.add_route(service.method, service.path, desk.ask)
    app.router.add_get("/", desk.page)
    app.router.add_get("/health", desk.health)
    return app


class Desk:
    """Where requests arrive: checks them, remembers the answers given and the last requests seen."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        self._answers: OrderedDict[str, JSON] = OrderedDict()
        self._recent = RecentRequests()

    async def health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "service": self._service.name})

    async def page(self, _request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
        return web.Response(
            text=self._recent.page(self._service.name), content_type="text/html", headers=headers
        )

    async def ask(self, request: web.Request) -> web.Response:
        """Answer one question of the platform, or say what is wrong with it."""
        body = ""
        try:
            body = await read(request)
            check_signature(request, body, self._settings.public_url, self._settings.auth_token)
            check_credential(self._service.credential(request), self._settings.service_key)
            response = web.json_response(self._answer(request, body))
            outcome = f"{response.status}, answered"
        except Refused as refusal:
            response = web.json_response({"error": str(refusal)}, status=refusal.status)
            outcome = f"{response.status}, {refusal}"
        self._show(request, body, outcome)
        return response

    def _answer(self, request: web.Request, body: str) -> JSON:
        """The platform repeats a request sid when it retries, so the first answer stands."""
        sid = request.headers.get(REQUEST_SID_HEADER, "")
        if not REQUEST_SID.fullmatch(sid):
            raise BadRequest(f"{REQUEST_SID_HEADER} is missing or no sid")
        if sid not in self._answers:
            self._answers[sid] = self._work(Question(parameters(request, body)))
            if len(self._answers) > REMEMBERED_ANSWERS:
                self._answers.popitem(last=False)
        return self._answers[sid]

    def _work(self, question: Question) -> JSON:
        try:
            return self._service.answer(question)
        except CannotAnswer as error:
            return {"error": str(error)}

    def _show(self, request: web.Request, body: str, outcome: str) -> None:
        """Put the request on the page."""
        try:
            asked = parameters(request, body)
        except BadRequest:
            asked = {"body": f"{len(body)} characters"}
        secrets = (self._settings.service_key, self._settings.auth_token)
        platform = {
            name: readable(value, secrets)
            for name, value in request.headers.items()
            if name.lower().startswith("x-twilio-")
        }
        values = masked({**request.query, **asked}, secrets=secrets, hidden=HIDDEN)
        line = f"{request.method} {self._service.path}"
        self._recent.add(
            SeenRequest(at=datetime.now(UTC), line=line, outcome=outcome, values={**platform, **values})
        )


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


@web.middleware
async def log_line(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One line per request: no query, no body, and no path we did not choose ourselves."""
    started = time.perf_counter()
    response = await handler(request)
    resource = request.match_info.route.resource
    sid = request.headers.get(REQUEST_SID_HEADER, "")
    logger.info(
        "%s %s %s %d %.1f ms",
        request.method,
        resource.canonical if resource else "(unknown path)",
        sid if REQUEST_SID.fullmatch(sid) else "-",
        response.status,
        (time.perf_counter() - started) * 1000,
    )
    return response


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A path or method we do not have is refused in the same form as everything else."""
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed as error:
        allow = {"Allow": ", ".join(sorted(error.allowed_methods))}
        return web.json_response({"error": "method not allowed"}, status=error.status, headers=allow)
    except web.HTTPNotFound as error:
        return web.json_response({"error": "no such path"}, status=error.status)


def is_fit_to_log(record: logging.LogRecord) -> bool:
    """What is no HTTP gets its 400 from aiohttp, which would also log it byte for byte, numbers and all."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _required(environment: Mapping[str, str], name: str, meaning: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SystemExit(f"{name} is not set. It is {meaning}; see examples/publishers/README.md.")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
