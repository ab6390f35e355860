"""How a refusal becomes an HTTP answer (contract 2.7).

A service raises a subclass of `Refused`; the API turns it into the platform's error body here,
and a browser view shows the same sentence in its form. Nobody else builds error bodies. The 2010 API
answers errors in the format its path asks for, also where no view was reached.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.fields import CharField
from rest_framework.response import Response

from rest.renderers import Csv, Json, Xml, csv_error, xml_error

log = logging.getLogger(__name__)
MORE_INFO = "https://www.twilio.com/docs/errors/{code}"
AUTHENTICATE = 'Basic realm="Twilio API"'
API_2010 = "/2010-04-01/"
API_PREFIXES = ("/v1/", API_2010, "/marketplace/", "/connect/", "/addons/")
RETRY_AFTER_SECONDS = "1"
VERSION_PREFIXES = ("/v1", "/marketplace")

# What DRF says of a parameter, in our words; found by its code, or by its text where the code is shared.
SENTENCES = {
    "blank": "must not be empty",
    "null": "must not be null",
    "null_characters_not_allowed": "must not contain NUL characters",
    "surrogate_characters_not_allowed": "must not contain half of a character (a lone surrogate)",
    str(CharField.default_error_messages["invalid"]): "must be a text",
}


class Refused(Exception):
    """We understood and will not. Subclasses carry their status and code; the text says what to do."""

    http_status: int = HTTPStatus.BAD_REQUEST
    code: int = 20001

    def __init__(self, message: str, *, params: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(message)
        self.params = params


class NotFound(Refused):
    """404: no such thing, or not yours; the two are never told apart."""

    http_status = HTTPStatus.NOT_FOUND
    code = 20404

    def __init__(self, message: str = "") -> None:
        """Without a message the answer names the path that was asked for."""
        super().__init__(message)


class Conflict(Refused):
    """409: somebody was first."""

    http_status = HTTPStatus.CONFLICT
    code = 20409


class Forbidden(Refused):
    """403: known, but not allowed to do this."""

    http_status = HTTPStatus.FORBIDDEN
    code = 20403


def error_body(
    status: int, code: int, message: str, params: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """The error body, keys in the order seen on the wire."""
    body = {"code": code, "message": message, "more_info": MORE_INFO.format(code=code), "status": status}
    return body if params is None else {**body, "params": params}


def not_found_message(path: str) -> str:
    """Product APIs name the resource without their version prefix; the 2010 API prints the whole path."""
    prefix = next((each for each in VERSION_PREFIXES if path.startswith(f"{each}/")), "")
    return f"The requested resource {path.removeprefix(prefix)} was not found"


class Overloaded(Refused):
    """503: more is under way than we take on; nothing was done."""

    http_status = HTTPStatus.SERVICE_UNAVAILABLE
    code = 20503

    def __init__(self) -> None:
        super().__init__("Service unavailable")


@dataclass(frozen=True)
class Explained:
    """An error as an answer of HTTP."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None lets an unknown error become a 500."""
    explained = explain(error, context["request"].path, context)
    if explained is None:
        return None
    return Response(explained.body, status=explained.status, headers=explained.headers)


def explain(error: Exception, path: str, context: Mapping[str, Any] | None = None) -> Explained | None:
    """What an error means to the caller who asked for this path; None: it is a bug of ours."""
    answer = _answer(error, path, context or {})
    if answer is None:
        return None
    status, code, message, params = answer
    headers = dict(getattr(error, "headers", None) or {})
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        log.error("%s is answered 503: %s", path.partition("?")[0], error)
        headers["Retry-After"] = RETRY_AFTER_SECONDS
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = AUTHENTICATE
    return Explained(status, error_body(status, code, message, params), headers)


Answer = tuple[int, int, str, Mapping[str, Sequence[str]] | None]


def _answer(error: Exception, path: str, context: Mapping[str, Any]) -> Answer | None:
    match error:
        case NotFound() if not str(error):
            return error.http_status, error.code, not_found_message(path), None
        case Refused():
            return error.http_status, error.code, str(error), error.params
        case exceptions.ValidationError():
            return HTTPStatus.BAD_REQUEST, 20001, _parameter_message(error), None
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return HTTPStatus.UNAUTHORIZED, 20003, "Authenticate", None
        case exceptions.NotFound() | Http404():
            return HTTPStatus.NOT_FOUND, 20404, not_found_message(path), None
        case exceptions.MethodNotAllowed():
            return HTTPStatus.METHOD_NOT_ALLOWED, 20004, "Method not allowed", None
        case exceptions.PermissionDenied() | PermissionDenied():
            return HTTPStatus.FORBIDDEN, 20403, f"Forbidden: {error}", None
        case exceptions.UnsupportedMediaType():
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, 20001, _media_type_message(error, context), None
        case exceptions.ParseError():
            return HTTPStatus.BAD_REQUEST, 20001, f"Invalid request body: {error.detail}", None
    return _answer_of_django(error)


def _answer_of_django(error: Exception) -> Answer | None:
    match error:
        case RequestDataTooBig():
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, 20413, "Request Entity Too Large", None
        case SuspiciousOperation():
            return HTTPStatus.BAD_REQUEST, 20001, unreadable_message(error), None
        case (
            OperationalError() | InterfaceError()
        ):  # locked for too long, or gone: nothing was written, so it may be sent again
            return HTTPStatus.SERVICE_UNAVAILABLE, 20503, "Service unavailable", None
    return None


def _parameter_message(error: exceptions.ValidationError) -> str:
    """The first fault, named as the platform names it. Serializers keep parameters in their order."""
    name, fault = next(_faults(error.get_full_details(), ""))
    if fault["code"] == "required":
        return f"Missing required parameter {name} in the post body"
    reason = str(fault["message"])
    sentence = SENTENCES.get(fault["code"]) or SENTENCES.get(reason) or reason
    return f"Invalid {name}: {sentence}" if name else f"Invalid request: {sentence}"


def _faults(details: Any, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every fault with the name of its parameter; inside JSON bodies that is a path such as `a[0].b`."""
    if isinstance(details, list):
        for index, inner in enumerate(details):
            is_fault = isinstance(inner, dict) and isinstance(inner.get("message"), str)
            yield from [(name, inner)] if is_fault else _faults(inner, f"{name}[{index}]")
        return
    for key, inner in details.items():
        of_the_whole = key == "non_field_errors"
        yield from _faults(inner, name if of_the_whole else f"{name}.{key}" if name else str(key))


def _media_type_message(error: exceptions.UnsupportedMediaType, context: Mapping[str, Any]) -> str:
    return f"{error.detail} Send {context['view'].parser_classes[0].media_type}."


def unreadable_message(error: Exception) -> str:
    """Why Django would not read a request. It counts parameters and files before anybody asks for one."""
    match error:
        case TooManyFieldsSent():
            return f"Invalid request: at most {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS} parameters are read"
        case TooManyFilesSent():
            return f"Invalid request: at most {settings.DATA_UPLOAD_MAX_NUMBER_FILES} files are read"
    return "Invalid request: it cannot be read"


def is_api(request: HttpRequest) -> bool:
    """Whether a program, not a browser, asked: it gets our error bodies also where no view was reached."""
    return f"{_path(request)}/".startswith(API_PREFIXES)


def error_answer(request: HttpRequest, status: int, code: int, message: str) -> HttpResponse:
    """An error body outside DRF, for unknown paths and crashes, in the format the path asks for."""
    kind, write = _format_of(_path(request))
    content_type = kind.media_type if kind.charset is None else f"{kind.media_type}; charset={kind.charset}"
    return HttpResponse(write(error_body(status, code, message)), status=status, content_type=content_type)


Writer = Callable[[Any], bytes]


def _format_of(path: str) -> tuple[type[Json | Xml | Csv], Writer]:
    """Under 2010 the end of the path names the format, and XML is what a path without one asks for."""
    if not path.startswith(API_2010) or path.endswith(".json"):
        return Json, orjson.dumps
    return (Csv, csv_error) if path.endswith(".csv") else (Xml, xml_error)


def _path(request: HttpRequest) -> str:
    """The path as it was meant: some clients join their base and a path with two slashes."""
    return f"/{request.path.lstrip('/')}"
