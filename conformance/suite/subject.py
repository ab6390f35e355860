"""What is tested: one version of a listing, and how its service is to be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final
from urllib.parse import urlsplit

from publishers.contract.addresses import EgressPolicy
from publishers.contract.render import Identity
from publishers.contract.secret import Secret
from publishers.contract.templates import JSON

_HEX_BYTES: Final = 16


def made_up_sid(prefix: str) -> str:
    """A SID of nobody, such as `XR0192…`."""
    return prefix + token_hex(_HEX_BYTES)


def identity_of(
    vendor_account_sid: str, *, add_on_sid: str | None = None, version_sid: str | None = None
) -> Identity:
    """Who the headers say is asked (contract 8.6); the install and what is not given are made up."""
    return Identity(
        vendor_account_sid=vendor_account_sid,
        add_on_sid=add_on_sid or made_up_sid("XB"),
        version_sid=version_sid or made_up_sid("XC"),
        install_sid=made_up_sid("XD"),
        configuration_sid=made_up_sid("XE"),
    )


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Values that the author gives where made-up ones would not do.

    `event` and `runtime`: fields by name, each replacing the made-up one. `configuration`: all settings of an
    install; None for made-up ones. `audio`: a WAV file with one channel in which somebody speaks; None for a
    made-up tone.
    """

    event: Mapping[str, JSON] = field(default_factory=dict)
    runtime: Mapping[str, JSON] = field(default_factory=dict)
    configuration: Mapping[str, JSON] | None = None
    audio: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A listing's version as it is to be judged and asked.

    `blocks`: those of the listing by name (`publishers.blocks.BLOCKS`). `definition`: the document, which may
    be wrong. `credentials`: the listing's secrets by name. `auth_token`: the publisher's, which signs.
    `allowed_hosts`: what the operator opened, as `OUTBOUND_ALLOWED_HOSTS`; nothing else that is private is
    asked. `target`: scheme, host and port to ask instead of the definition's, or "".
    """

    blocks: Mapping[str, JSON]
    definition: Mapping[str, JSON]
    credentials: Mapping[str, Secret] = field(repr=False)
    auth_token: Secret
    identity: Identity
    allowed_hosts: tuple[str, ...] = ()
    target: str = ""
    samples: Samples = Samples()

    @property
    def policy(self) -> EgressPolicy:
        """Where requests may go. Raises ValueError when `allowed_hosts` are no addresses."""
        return EgressPolicy.from_hosts(self.allowed_hosts)

    @property
    def origin(self) -> str:
        """Scheme, host and port that are asked; "" when the definition has no URL."""
        return self.target.rstrip("/") or origin_of(self._url)

    @property
    def asked_definition(self) -> dict[str, JSON]:
        """The definition with the target in its URL."""
        document = dict(self.definition)
        if self.target and self._url:
            place = self._url[len(origin_of(self._url)) :]
            document["request"] = {**document["request"], "url": f"{self.origin}{place}"}
        return document

    @property
    def _url(self) -> str:
        request = self.definition.get("request")
        url = request.get("url") if isinstance(request, Mapping) else None
        return url if isinstance(url, str) else ""


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL as they stand there; "" for what is no URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""
