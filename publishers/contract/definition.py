"""What one version of an add-on asks of its publisher's service (`publishers/definition.schema.json`).

`parse` compiles a document once; everything after it works on these frozen values.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Final, Literal

from publishers.contract.definition_rules import definition_faults
from publishers.contract.draft import known_fields, secret_fields
from publishers.contract.limits import ASYNC_ATTEMPT_MS, DEADLINE_MS, MAX_RESPONSE_BYTES
from publishers.contract.paths import Path
from publishers.contract.points import TYPES
from publishers.contract.templates import JSON, Template, text_of
from publishers.contract.urls import UrlTemplate
from schema_forms.schemas import Fault, Schema, compile_schema

__all__ = [
    "Auth",
    "BadDefinition",
    "Constant",
    "Credential",
    "Definition",
    "Parameter",
    "Pricing",
    "RequestTemplate",
    "RuntimeParameter",
    "compiled",
    "definition_faults",
    "parse",
]

BodyKind = Literal["none", "form", "json", "multipart", "raw"]
PricingModel = Literal["free", "per_use", "per_minute"]

BILLABLE_STATUS: Final = frozenset({200})  # contract 14
ANY_OBJECT: Final[Mapping[str, JSON]] = {"type": "object"}  # the settings of an add-on that asks for none


class BadDefinition(ValueError):
    """The document cannot be used; `faults` says everything that is wrong with it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.path or '/'}: {fault.message}" for fault in self.faults))


@dataclass(frozen=True)
class Constant:
    """A number, true, false or null that only JSON can tell from text."""

    value: float | bool | None

    @cached_property
    def text(self) -> str:
        """What stands for it where there is only text."""
        return text_of(self.value)


@dataclass(frozen=True)
class Credential:
    """The name of one of the listing's secrets."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One query parameter, header or body field."""

    name: str
    source: Template | Constant | Credential
    required: bool


@dataclass(frozen=True, kw_only=True)
class RequestTemplate:
    """The request before the values are in it."""

    method: str
    url: UrlTemplate
    query: tuple[Parameter, ...]
    headers: tuple[Parameter, ...]
    body_kind: BodyKind
    body: tuple[Parameter, ...]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All of them, wherever they stand."""
        return self.query + self.headers + self.body


@dataclass(frozen=True, kw_only=True)
class Auth:
    """The Authorization header: which credentials it is made of."""

    kind: Literal["none", "basic", "bearer"] = "none"
    username: str = ""
    password: str = ""
    token: str = ""

    @property
    def credentials(self) -> frozenset[str]:
        """The names it uses."""
        return frozenset({self.username, self.password, self.token} - {""})


@dataclass(frozen=True, kw_only=True)
class RuntimeParameter:
    """A value a caller may give with each lookup, as `AddOns.{unique_name}.{name}`."""

    name: str
    required: bool
    description: str


@dataclass(frozen=True, kw_only=True)
class Pricing:
    """What an answer costs: `price` per use or per started minute, zero when it is free (contract 14)."""

    model: PricingModel
    price: Decimal
    currency: str
    unbilled_if_present: tuple[Path, ...]
    billable_status: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A version of an add-on, compiled. `timeout_ms` and `response_bytes` are never above our own limits."""

    type: str
    extensions: tuple[str, ...]
    request: RequestTemplate
    auth: Auth
    runtime_parameters: tuple[RuntimeParameter, ...]
    known_fields: frozenset[str]
    secret_fields: frozenset[str]
    configuration_schema: Schema = field(repr=False)
    request_schema: Schema | None = field(repr=False)
    response_schema: Schema | None = field(repr=False)
    remove: tuple[Path, ...]
    pricing: Pricing
    timeout_ms: int
    response_bytes: int

    @cached_property
    def is_sync(self) -> bool:
        """Whether the answer comes in the same exchange; otherwise it comes to a callback."""
        return TYPES[self.type].mode == "sync"

    @cached_property
    def required_fields(self) -> tuple[str, ...]:
        """The fields that must have a value; those of the path always: a segment cannot be left out."""
        needed = [parameter.name for parameter in self.runtime_parameters if parameter.required]
        needed += sorted(self.request.url.names)
        for parameter in self.request.parameters:
            if parameter.required and isinstance(parameter.source, Template):
                needed += sorted(parameter.source.names)
        if self.request.body_kind == "raw":
            needed.append("audio_data")
        return tuple(dict.fromkeys(needed))

    @property
    def credentials_used(self) -> frozenset[str]:
        """The names of the secrets the listing must hold before this version can be asked."""
        sources = (parameter.source for parameter in self.request.parameters)
        return self.auth.credentials | {source.name for source in sources if isinstance(source, Credential)}


def parse(document: Mapping[str, JSON], *, allow_http_hosts: Collection[str] = ()) -> Definition:
    """Judge and compile a definition. Raises BadDefinition with all its faults."""
    if faults := definition_faults(document, allow_http_hosts=allow_http_hosts):
        raise BadDefinition(faults)
    return compiled(document)


def compiled(document: Mapping[str, JSON]) -> Definition:
    """Compile a definition that was judged when it was stored."""
    limits = document.get("limits", {})
    is_sync = TYPES[document["type"]].mode == "sync"
    return Definition(
        type=document["type"],
        extensions=tuple(document["extensions"]),
        request=_request(document["request"]),
        auth=Auth(**document.get("auth", {})),
        runtime_parameters=tuple(_runtime(entry) for entry in document.get("runtime_parameters", ())),
        known_fields=known_fields(document),
        secret_fields=secret_fields(document),
        configuration_schema=compile_schema(document.get("configuration_schema", ANY_OBJECT)),
        request_schema=_schema(document, "request_schema"),
        response_schema=_schema(document, "response_schema"),
        remove=_paths(document.get("remove", ())),
        pricing=_pricing(document["pricing"]),
        timeout_ms=limits.get("timeout_ms", DEADLINE_MS if is_sync else ASYNC_ATTEMPT_MS),
        response_bytes=limits.get("response_bytes", MAX_RESPONSE_BYTES),
    )


def _request(section: Mapping[str, JSON]) -> RequestTemplate:
    body = section.get("body", {"kind": "none"})
    return RequestTemplate(
        method=section["method"],
        url=UrlTemplate.parse(section["url"]),
        query=_parameters(section.get("query", ())),
        headers=_parameters(section.get("headers", ())),
        body_kind=body["kind"],
        body=_parameters(body.get("fields", ())),
    )


def _parameters(entries: Iterable[Mapping[str, JSON]]) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(name=entry["name"], source=_source(entry), required=entry.get("required", False))
        for entry in entries
    )


def _source(entry: Mapping[str, JSON]) -> Template | Constant | Credential:
    if "credential" in entry:
        return Credential(entry["credential"])
    value = entry["value"]
    return Template.parse(value) if isinstance(value, str) else Constant(value)


def _runtime(entry: Mapping[str, JSON]) -> RuntimeParameter:
    return RuntimeParameter(
        name=entry["name"], required=entry.get("required", False), description=entry.get("description", "")
    )


def _schema(document: Mapping[str, JSON], section: str) -> Schema | None:
    return compile_schema(document[section]) if section in document else None


def _paths(texts: Iterable[str]) -> tuple[Path, ...]:
    return tuple(Path.parse(text) for text in texts)


def _pricing(section: Mapping[str, JSON]) -> Pricing:
    return Pricing(
        model=section["model"],
        price=Decimal(section.get("price", "0")),
        currency=section.get("currency", "USD"),
        unbilled_if_present=_paths(section.get("unbilled_if_present", ())),
        billable_status=frozenset(section.get("billable_status", BILLABLE_STATUS)),
    )
