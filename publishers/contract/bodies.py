"""The bodies we send (contract 8.3), and what each of them adds to the signature (8.7).

Every kind encodes its own structure: values are never pasted into text.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final
from urllib.parse import quote

from publishers.contract.audio import Audio, Encoded, Stream
from publishers.contract.secret import MASK, Secret, masked, revealed
from publishers.contract.templates import JSON

BODY_HASH_PARAMETER: Final = "bodySHA256"
"""The query parameter that ties a body without form parameters to the signed URL."""

Pair = tuple[str, str | Secret]

# A telephone number takes half the time this way.
_PERCENT_ENCODED: Final = {code: quote(chr(code), safe="") for code in range(128)}


def percent_encoded(text: str) -> str:
    """All but letters, digits and `-._~` is percent-encoded; a space is %20, a plus %2B."""
    return text.translate(_PERCENT_ENCODED) if text.isascii() else quote(text, safe="")


def urlencoded(pairs: Iterable[Pair]) -> str:
    """`name=value&...`, percent-encoded."""
    return "&".join([f"{percent_encoded(name)}={percent_encoded(revealed(value))}" for name, value in pairs])


def public(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """The pairs without those that hold a secret."""
    return tuple([pair for pair in pairs if not isinstance(pair[1], Secret)])


class Body(ABC):
    """What a request carries below its headers."""

    is_hashed = False
    """Whether `bodySHA256` goes into the signed URL; otherwise `signed_parameters` go into the signature."""

    @property
    @abstractmethod
    def content_type(self) -> str | None:
        """The Content-Type header; None when there is no body."""

    @property
    def signed_parameters(self) -> tuple[Pair, ...]:
        """The decoded parameters that are signed."""
        return ()

    @abstractmethod
    def encode(self) -> Encoded:
        """The bytes; where there is a recording among them, a stream."""

    @abstractmethod
    def without_secrets(self) -> "Body":
        """The same without its secret values, for a server that is not the publisher's own."""

    @abstractmethod
    def redacted(self) -> JSON:
        """What the trace shows."""


@dataclass(frozen=True)
class NoBody(Body):
    """Nothing."""

    @property
    def content_type(self) -> None:
        """None."""

    def encode(self) -> bytes:
        return b""

    def without_secrets(self) -> Body:
        return self

    def redacted(self) -> JSON:
        return None


NO_BODY: Final = NoBody()


@dataclass(frozen=True)
class FormBody(Body):
    """`application/x-www-form-urlencoded`."""

    pairs: tuple[Pair, ...]
    content_type = "application/x-www-form-urlencoded"

    @property
    def signed_parameters(self) -> tuple[Pair, ...]:
        return self.pairs

    def encode(self) -> bytes:
        return urlencoded(self.pairs).encode()

    def without_secrets(self) -> Body:
        return FormBody(public(self.pairs))

    def redacted(self) -> JSON:
        return [[name, masked(value)] for name, value in self.pairs]


@dataclass(frozen=True)
class JsonBody(Body):
    """A JSON dictionary."""

    members: tuple[tuple[str, JSON | Secret], ...]
    content_type = "application/json"
    is_hashed = True

    def encode(self) -> bytes:
        document = {name: revealed(value) for name, value in self.members}
        return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()

    def without_secrets(self) -> Body:
        return JsonBody(public(self.members))

    def redacted(self) -> JSON:
        return {name: masked(value) for name, value in self.members}


@dataclass(frozen=True)
class MultipartBody(Body):
    """`multipart/form-data`. Text parts are signed like form parameters, the audio is not."""

    parts: tuple[tuple[str, str | Secret | Audio], ...]
    boundary: str = field(default_factory=lambda: token_hex(16), compare=False)

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self.boundary}"

    @property
    def signed_parameters(self) -> tuple[Pair, ...]:
        return tuple((name, value) for name, value in self.parts if not isinstance(value, Audio))

    def encode(self) -> Encoded:
        pieces: list[bytes | Audio] = []
        for name, value in self.parts:
            content = value if isinstance(value, Audio) else revealed(value).encode()
            pieces += (self._head(name, value), content, b"\r\n")
        pieces.append(f"--{self.boundary}--\r\n".encode())
        encoded = [piece for piece in pieces if isinstance(piece, bytes)]
        return b"".join(encoded) if len(encoded) == len(pieces) else Stream(tuple(pieces))

    def _head(self, name: str, value: str | Secret | Audio) -> bytes:
        quoted = name.replace('"', "%22")
        head = f'--{self.boundary}\r\nContent-Disposition: form-data; name="{quoted}"'
        if isinstance(value, Audio):
            head += f'; filename="{quoted}"\r\nContent-Type: {value.content_type}'
        return f"{head}\r\n\r\n".encode()

    def without_secrets(self) -> Body:
        return MultipartBody(tuple(part for part in self.parts if not isinstance(part[1], Secret)))

    def redacted(self) -> JSON:
        return [[name, MASK if isinstance(value, Secret) else str(value)] for name, value in self.parts]


@dataclass(frozen=True)
class RawBody(Body):
    """The recording itself."""

    audio: Audio
    is_hashed = True

    @property
    def content_type(self) -> str:
        return self.audio.content_type

    def encode(self) -> Stream:
        return Stream((self.audio,), self.audio.sha256)

    def without_secrets(self) -> Body:
        return self

    def redacted(self) -> JSON:
        return str(self.audio)
