"""M01-M10: what the listing says of itself, read without asking anybody."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from conformance.suite.checks import Finding, Skip, bad, check, doubtful, good, listed
from conformance.suite.tester import Tester, point_name
from publishers.blocks import block_faults
from publishers.contract.addresses import check_url
from publishers.contract.errors import AddressNotAllowed
from publishers.contract.points import (
    CONFIGURATION_FIELDS_OF_THE_PLATFORM,
    PLATFORM_FIELDS,
    RECORDING_ANALYSIS,
    TYPES,
    event_fields,
)
from publishers.contract.urls import BadUrl, UrlTemplate
from schema_forms.schemas import Fault

SCHEMAS: Final = ("configuration_schema", "request_schema", "response_schema")

_PICTURES: Final = frozenset({".png", ".svg", ".jpg", ".jpeg", ".webp", ".gif"})
_TEMPLATE: Final = re.compile(r"\{\{[ \t]*(?:SHA256:[ \t]*)?([A-Za-z0-9_.-]+)[ \t]*\}\}")
_SECRET_NAME: Final = re.compile(
    r"(?i)(api|access|secret|private|auth).?(key|token)|password|secret|token\b|^key$|apikey"
)
_SECRET_VALUE: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9+/=_-]{16,}")
# "on" and "v2" are no secrets, whatever their parameter is called.
_SHORTEST_SECRET: Final = 4


def told(faults: Iterable[Fault]) -> str:
    """Faults as one message, each with its place."""
    return listed([f"{fault.path or 'The whole'}: {fault.message}" for fault in faults])


def _block(tester: Tester, name: str) -> Mapping[str, Any]:
    block = tester.subject.blocks.get(name)
    return block if isinstance(block, Mapping) else {}


def _request(tester: Tester) -> Mapping[str, Any]:
    request = tester.subject.definition.get("request")
    return request if isinstance(request, Mapping) else {}


def _faults(tester: Tester, *keywords: str) -> list[Fault]:
    """Those of the definition, outside of its schemas, with one of these keywords."""
    return [
        fault
        for fault in tester.faults
        if fault.keyword in keywords and fault.path.split("/")[1:2] not in [[name] for name in SCHEMAS]
    ]


@check(
    "M01",
    "manifest",
    "fail",
    title="Name, description and tagline are there and of a fitting length",
    why="They are all a developer sees of it in the catalogue.",
    fix="Give a name of at most 60 characters, a description of at most 255 and a tagline of at most 120.",
    section="basics",
)
def names(tester: Tester) -> Finding:
    block = _block(tester, "module_info")
    if faults := block_faults("module_info", dict(block)):
        return bad(told(faults))
    if not str(block.get("tagline") or "").strip():
        return doubtful("There is no tagline.")
    return good(f"“{block['name']}”: {block['tagline']}")


@check(
    "M02",
    "manifest",
    "warn",
    title="The logo is a picture at a public https URL",
    why="A broken picture, or one over plain HTTP, is blocked by browsers.",
    fix="Give an https URL that ends in .png, .svg, .jpg, .webp or .gif, or none.",
    section="basics",
)
def logo(tester: Tester) -> Finding:
    url = _block(tester, "module_info").get("logo_url")
    if not url:
        return good("No logo: the catalogue shows the initial on the listing's colour.")
    parts = urlsplit(str(url))
    if parts.scheme != "https":
        return bad("The logo's URL does not start with https://.")
    suffix = PurePosixPath(parts.path).suffix.lower()
    if suffix not in _PICTURES:
        return bad(f"The logo's URL does not end like a picture ({', '.join(sorted(_PICTURES))}).")
    return good(f"A {suffix[1:]} picture. The platform never loads it, so its size was not looked at.")


@check(
    "M03",
    "manifest",
    "fail",
    title="The definition is complete, and its extension points, method and body are those of its type",
    why="A version with faults cannot be submitted.",
    fix="Mend each place that is named; the editor shows the same sentences at their fields.",
    section="basics",
)
def form(tester: Tester) -> Finding:
    elsewhere = {"template", "url", "pricing"}
    faults = [
        fault
        for fault in tester.faults
        if fault.keyword not in elsewhere and fault.path.split("/")[1:2] not in [[name] for name in SCHEMAS]
    ]
    if faults:
        return bad(told(faults))
    points = tester.subject.definition.get("extensions") or ()
    return good(f"{tester.subject.definition.get('type')}: {', '.join(map(point_name, points))}.")


@check(
    "M04",
    "manifest",
    "fail",
    title="The request uses only fields that its type and its points offer",
    why="A field that has no value fails the call with 61003 or 61009 before your service is asked.",
    fix="Use the fields of the type, the configuration and the run-time parameters; make the rest optional.",
    section="request",
)
def fields(tester: Tester) -> Finding:
    if faults := _faults(tester, "template"):
        return bad(told(faults))
    definition = tester.definition
    settings = set(definition.configuration_schema.document.get("properties", {}))
    runtime = {each.name for each in definition.runtime_parameters}
    known = PLATFORM_FIELDS | settings | runtime
    short = [
        f"{point_name(point)} has no {name}, which is required."
        for point in definition.extensions
        for name in definition.required_fields
        if name not in known | event_fields(definition.type, point)
    ]
    if short:
        return doubtful(listed(short))
    return good(f"Required of every event: {', '.join(definition.required_fields) or 'nothing'}.")


@check(
    "M05",
    "manifest",
    "warn",
    title="Every setting is used, or says that it is not",
    why="A developer who fills in a setting expects that it changes something.",
    fix='Put {{the setting}} into the request, remove it, or mark it with "_unused": true.',
    section="configuration",
)
def settings_used(tester: Tester) -> Finding:
    schema = tester.subject.definition.get("configuration_schema")
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping) or not properties:
        return good("It asks for no settings.")
    used = set(_TEMPLATE.findall(json.dumps(_request(tester), default=str)))
    if tester.subject.definition.get("type") == RECORDING_ANALYSIS:
        used |= CONFIGURATION_FIELDS_OF_THE_PLATFORM
    judged = _names_in_conditions(tester)
    unused = [
        str(name)
        for name, rules in properties.items()
        if name not in used | judged and not (isinstance(rules, Mapping) and rules.get("_unused") is True)
    ]
    if unused:
        return bad(f"Nothing uses {', '.join(unused)}.")
    return good(f"{len(properties)} settings, all used.")


def _names_in_conditions(tester: Tester) -> set[str]:
    """Settings that the request schema judges: they decide whether the service is asked."""
    schema = tester.subject.definition.get("request_schema")
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return set(properties) if isinstance(properties, Mapping) else set()


@check(
    "M06",
    "manifest",
    "fail",
    title="No constant is a secret in clear",
    why="Everybody who may read the definition, operators included, would read it there.",
    fix="Make it a credential: it is stored sealed and shown to nobody. Then replace it at your service.",
    section="credentials",
)
def constants(tester: Tester) -> Finding:
    stored = {each.reveal() for each in tester.subject.credentials.values()} | {
        tester.subject.auth_token.reveal()
    }
    suspects = []
    for name, value in _constants(_request(tester)):
        if value in stored:
            return bad(f"The value of {name} is one of the stored credentials, written out.")
        if (_SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET) or _SECRET_VALUE.fullmatch(value):
            suspects.append(name)
    if suspects:
        return doubtful(f"This looks like a secret: the constant of {', '.join(suspects)}.")
    return good("No constant looks like a secret.")


def _constants(request: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """The parameters with a text that holds no template."""
    body = request.get("body")
    lists = [request.get("query"), request.get("headers")]
    lists.append(body.get("fields") if isinstance(body, Mapping) else None)
    for entries in lists:
        for entry in entries if isinstance(entries, list) else ():
            value = entry.get("value") if isinstance(entry, Mapping) else None
            if isinstance(value, str) and "{{" not in value:
                yield str(entry.get("name")), value


@check(
    "M07",
    "manifest",
    "fail",
    title="The service is reached over https only",
    why="Telephone numbers and messages travel there, with your credentials.",
    fix="Start the URL with https://. An operator may open single addresses for development.",
    section="request",
)
def https(tester: Tester) -> Finding:
    url = _url(tester)
    parts = urlsplit(url)
    if parts.scheme == "https":
        return good(f"https to {parts.hostname}.")
    if _fault_of_address(tester, url) is None:
        return good(f"Plain HTTP: the operator opened it ({_opened(tester)}).")
    return bad(f"The URL starts with {parts.scheme or 'no scheme'}.")


@check(
    "M08",
    "manifest",
    "fail",
    title="The host is a public one",
    why="The platform never connects to private, loopback or metadata addresses, whoever asks for it.",
    fix="Use a host name with public addresses and port 443.",
    section="request",
)
def public_host(tester: Tester) -> Finding:
    url = _url(tester)
    fault = _fault_of_address(tester, re.sub("^http:", "https:", url))  # the scheme is M07's
    if fault is not None:
        return bad(f"{fault} Opened by the operator: {_opened(tester)}.")
    return good(f"{urlsplit(url).netloc} may be asked. Opened by the operator: {_opened(tester)}.")


def _url(tester: Tester) -> str:
    """The definition's URL with something for its templates. Raises Skip."""
    url = _request(tester).get("url")
    if not isinstance(url, str):
        raise Skip("The definition has no URL: see M03.")
    try:
        return UrlTemplate.parse(url).sample()
    except BadUrl:
        return url


def _fault_of_address(tester: Tester, url: str) -> str | None:
    try:
        UrlTemplate.parse(str(_request(tester).get("url")))
        check_url(url, tester.subject.policy)
    except (AddressNotAllowed, BadUrl) as error:
        return str(error)
    return None


def _opened(tester: Tester) -> str:
    return ", ".join(tester.subject.allowed_hosts) or "nothing"


@check(
    "M09",
    "manifest",
    "fail",
    title="The policies and a way to get support are there",
    why="A developer has to accept your terms, and must know whom to ask.",
    fix="Write the privacy policy and the terms, or link them, and give an address for customers.",
    section="policies",
)
def policies(tester: Tester) -> Finding:
    block = _block(tester, "policies")
    absent = [name for name in ("privacy", "legal") if not str(block.get(name) or "").strip()]
    if absent:
        return bad(f"There is no text for {' and '.join(absent)}.")
    faults = block_faults("policies", dict(block)) + block_faults("support", dict(_block(tester, "support")))
    if faults:
        return bad(told(faults))
    support = _block(tester, "support")
    if not any(str(support.get(f"customer_support_{way}") or "").strip() for way in ("email", "phone")):
        return doubtful("There is neither an e-mail address nor a telephone number for customers.")
    return good("Privacy policy, terms and support are there.")


@check(
    "M10",
    "manifest",
    "fail",
    title="The price fits the type, and is told in words",
    why="Only recordings have minutes; what is charged must be what the listing says.",
    fix="Choose per use or free, or per minute for recordings, and describe the price in the listing.",
    section="pricing",
)
def price(tester: Tester) -> Finding:
    if faults := _faults(tester, "pricing"):
        return bad(told(faults))
    pricing = tester.subject.definition.get("pricing")
    if not isinstance(pricing, Mapping) or tester.subject.definition.get("type") not in TYPES:
        raise Skip("The definition has no price or no type: see M03.")
    if not str(_block(tester, "pricing").get("body") or "").strip():
        return doubtful("The listing says nothing about its price.")
    model = str(pricing.get("model")).replace("_", " ")
    return good(f"{model} {pricing.get('price', '')} {pricing.get('currency', 'USD')}".strip())
