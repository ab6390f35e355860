"""The frame of a publisher's service: environment, routes, log. Copy it and its neighbours.

A service says what it is in a `Service` (see desk.py); `run` does the rest.
"""

import logging
import os
import pkgutil
import re
import time
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from examples.publishers.desk import LARGEST_BODY, REQUEST_SID, REQUEST_SID_HEADER, Endpoint, Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SECONDS_TO_STOP = 1.0
PORTS = range(1, 65536)
WEB_ADDRESS = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")

logger = logging.getLogger("publisher")


def run(reference: str, *, port: int) -> None:
    """Run the service that `reference` names ("package.module:NAME") until Ctrl-C or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("aiohttp.server").addFilter(is_fit_to_log)
    try:
        settings = settings_from(os.environ, default_port=port)
        service: Endpoint = pkgutil.resolve_name(reference)
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
        account_sid=environment.get("PUBLISHER_ACCOUNT_SID", ""),
    )


def application(service: Endpoint, settings: Settings) -> web.Application:
    """The service as an aiohttp application."""
    desk = service.desk(settings)
    app = web.Application(middlewares=[log_line, errors_as_json], client_max_size=LARGEST_BODY)
    app.cleanup_ctx.append(desk.running)
    app.router.add_route(service.method, service.path, desk.ask)
    app.router.add_get("/", desk.page)
    app.router.add_get("/health", desk.health)
    return app


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
