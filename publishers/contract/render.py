"""Definition and values in, request out (contract 8.3 to 8.6). Structure is built first, encoded last.

No value can change where a request goes or how many parameters it has: that is the definition's alone.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

from publishers.contract.audio import Audio
from publishers.contract.bodies import NO_BODY, Body, FormBody, JsonBody, MultipartBody, Pair, RawBody
from publishers.contract.definition import Credential, Definition, Parameter
from publishers.contract.errors import CannotRender, RequirementsNotMet
from publishers.contract.fields import Fields
from publishers.contract.limits import MAX_HEADER_BYTES, MAX_URL_CHARS
from publishers.contract.rendered import RenderedRequest
from publishers.contract.secret import Secret, revealed
from publishers.contract.templates import JSON, Placeholder, Template, text_of
from publishers.contract.urls import DOT_SEGMENTS, UrlTemplate

_ONE_LINE: Final = re.compile(r"[\t -~]*")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who is asked, and for which install: what the default headers say in every request (contract 8.6)."""

    vendor_account_sid: str
    add_on_sid: str
    version_sid: str
    install_sid: str
    configuration_sid: str

    @cached_property
    def lines(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The header lines before and behind the one of the request's own SID."""
        return (
            "User-Agent: TwilioProxy/1.1",
            "Accept: application/json",
            "Accept-Encoding: identity",
            f"X-Twilio-VendorAccountSid: {self.vendor_account_sid}",
        ), (
            f"X-Twilio-AddOnSid: {self.add_on_sid}",
            f"X-Twilio-AddOnVersionSid: {self.version_sid}",
            f"X-Twilio-AddOnInstallSid: {self.install_sid}",
            f"X-Twilio-AddOnConfigurationSid: {self.configuration_sid}",
        )


def render(
    definition: Definition, *, fields: Fields, credentials: Mapping[str, Secret], identity: Identity
) -> RenderedRequest:
    """Fill the definition's request. Raises RequirementsNotMet (61003) and CannotRender (61009)."""
    check_requirements(definition, fields)
    template, filler = definition.request, _Filler(fields, credentials)
    request = RenderedRequest(
        method=template.method,
        target=_target(template.url, fields),
        query=filler.pairs(template.query),
        platform=_platform_lines(fields, identity),
        headers=(*_authorization(definition, filler), *filler.pairs(template.headers)),
        body=_BODIES[template.body_kind](filler, template.body),
    )
    _refuse_unsendable(request)
    return request


def check_requirements(definition: Definition, fields: Fields) -> None:
    """Whether the publisher is to be asked at all. Raises RequirementsNotMet (61003)."""
    for name in definition.required_fields:
        if name not in fields.values:
            raise RequirementsNotMet(f"There is no value for {name}.")
    schema = definition.request_schema
    if schema is not None and (fault := schema.first_fault(fields.document())):
        raise RequirementsNotMet(f"The request schema refuses {fault.path or 'the fields'}: {fault.message}")


def _target(url: UrlTemplate, fields: Fields) -> str:
    return url.constant or url.filled(lambda placeholder: _segment(placeholder, fields))


def _segment(placeholder: Placeholder, fields: Fields) -> str:
    text = placeholder.text(fields.get(placeholder.name))
    if not text or text in DOT_SEGMENTS:
        raise CannotRender(f"{placeholder.name} cannot stand in the path: it is empty, '.' or '..'.")
    return quote(text, safe="")


def _platform_lines(fields: Fields, identity: Identity) -> tuple[str, ...]:
    (before, behind), values = identity.lines, fields.values
    return (
        *before,
        f"X-Twilio-RequestSid: {values['request_sid']}",
        *behind,
        f"X-Twilio-RequestDate: {values['request_date']}",
        f"X-Twilio-RequestTTL: {values['ttl']}",
    )


def _authorization(definition: Definition, filler: "_Filler") -> tuple[Pair, ...]:
    auth = definition.auth
    match auth.kind:
        case "basic":
            user, password = (
                filler.credential(auth.username).reveal(),
                filler.credential(auth.password).reveal(),
            )
            if ":" in user:
                raise CannotRender(f"The credential {auth.username} is a user name and cannot hold a colon.")
            return (("Authorization", Secret(f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}")),)
        case "bearer":
            return (("Authorization", Secret(f"Bearer {filler.credential(auth.token).reveal()}")),)
    return ()


@dataclass(slots=True)
class _Filler:
    """Gives parameters their values. A parameter with a field that has none is left out (contract 8.4)."""

    fields: Fields
    credentials: Mapping[str, Secret]

    def pairs(self, parameters: tuple[Parameter, ...]) -> tuple[Pair, ...]:
        """For a query, headers or a form: every value as text."""
        return self.members(parameters, typed=False) if parameters else ()

    def members(
        self, parameters: tuple[Parameter, ...], *, typed: bool = True
    ) -> tuple[tuple[str, Any], ...]:
        """For JSON and multipart: a value that is one template and nothing else keeps its type if `typed`."""
        members = []
        for parameter in parameters:
            source = parameter.source
            if isinstance(source, Template):
                value = self._filled(source, typed=typed)
                if value is None:
                    continue
            elif isinstance(source, Credential):
                value = self.credential(source.name)
            else:
                value = source.value if typed else source.text
            members.append((parameter.name, value))
        return tuple(members)

    def _filled(self, template: Template, *, typed: bool) -> JSON | Secret | Audio:
        """What is made of a secret setting is a secret too, even its hash."""
        value_of = self.fields.values.get
        if not self.fields.secret.isdisjoint(template.names):
            text = template.fill(value_of)
            return None if text is None else Secret(text)
        sole = template.sole
        if typed and sole is not None and not sole.hashed:
            return value_of(sole.name)
        return template.fill(value_of)

    def credential(self, name: str) -> Secret:
        """Raises CannotRender when the listing does not hold it."""
        if name not in self.credentials:
            raise CannotRender(f"The credential {name} is not set.")
        return self.credentials[name]


def _no_body(_filler: _Filler, _parameters: tuple[Parameter, ...]) -> Body:
    return NO_BODY


def _form_body(filler: _Filler, parameters: tuple[Parameter, ...]) -> Body:
    return FormBody(filler.pairs(parameters))


def _json_body(filler: _Filler, parameters: tuple[Parameter, ...]) -> Body:
    return JsonBody(filler.members(parameters))


def _multipart_body(filler: _Filler, parameters: tuple[Parameter, ...]) -> Body:
    members = filler.members(parameters)
    return MultipartBody(
        tuple(
            (name, value if isinstance(value, Secret | Audio) else text_of(value)) for name, value in members
        )
    )


def _raw_body(filler: _Filler, _parameters: tuple[Parameter, ...]) -> Body:
    return RawBody(filler.fields.get("audio_data"))


_BODIES: Final[Mapping[str, Callable[[_Filler, tuple[Parameter, ...]], Body]]] = {
    "none": _no_body,
    "form": _form_body,
    "json": _json_body,
    "multipart": _multipart_body,
    "raw": _raw_body,
}


def _refuse_unsendable(request: RenderedRequest) -> None:
    """Raises CannotRender for a header of several lines and for what no server would read."""
    if len(request.url) > MAX_URL_CHARS:
        raise CannotRender(f"The URL has more than {MAX_URL_CHARS} characters.")
    for name, value in request.own_headers:
        text = revealed(value)
        if not _ONE_LINE.fullmatch(text):
            raise CannotRender(f"The value of the header {name} is not one line of ASCII text.")
        if len(text) > MAX_HEADER_BYTES:
            raise CannotRender(f"The value of the header {name} has more than {MAX_HEADER_BYTES} bytes.")
