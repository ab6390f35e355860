"""Read the process environment: once, typed, and loudly.

Nothing configured is a valid configuration: secrets are then made on first use
and kept in `var/secrets.json` (mode 0600), so no installation runs on a key that
is printed in a public repository.
"""

import base64
import json
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
PORTS = range(1, 65_000)  # the ports behind PORT are used too
FALSE = {"", "0", "false", "no", "off"}
# What stands for a secret wherever a setting is shown.
MASK = "••••"
# To the last one: a password may hold whatever ends one elsewhere.
_LOGIN = re.compile(r"(?<=://).*@", re.DOTALL)
_SECRET_QUERY = re.compile(
    r"([?&][^=&#]*(?:secret|pass|pwd|token|key|sig|auth)[^=&#]*=)[^&#]*", re.IGNORECASE
)


class Source(StrEnum):
    """Where a setting's value comes from."""

    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


@dataclass(frozen=True)
class Read:
    """A setting as it was read. `shown` never holds a secret: neither one itself nor the login in a URL."""

    name: str
    shown: str
    source: Source
    is_secret: bool = False


def masked(text: str) -> str:
    """A value without what opens something: the login of a URL, and secrets in its query."""
    return _SECRET_QUERY.sub(rf"\1{MASK}", _LOGIN.sub(f"{MASK}@", text))


class Environment:
    """Typed access to environment variables; a bad value names its variable."""

    def __init__(self, values: Mapping[str, str], secrets_file: Path) -> None:
        self._values = values
        self._secrets_file = secrets_file
        self.read: dict[str, Read] = {}
        """Every setting that was asked for, by its name, in that order."""

    def text(self, name: str, default: str = "") -> str:
        given = self._values.get(name, "").strip()
        self._note(name, given or default, is_given=bool(given))
        return given or default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false. Raises ImproperlyConfigured for anything else."""
        text = self._values.get(name)
        shown = str(default if text is None else text.strip().lower() in TRUE).lower()
        self._note(name, shown, is_given=text is not None)
        if text is None:
            return default
        if text.strip().lower() in TRUE:
            return True
        if text.strip().lower() in FALSE:
            return False
        raise ImproperlyConfigured(f"{name}={text!r}: write true or false")

    def number(self, name: str, default: int) -> int:
        text = self.text(name, str(default))
        try:
            return int(text)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name}={text!r}: write a whole number") from error

    def port(self, name: str, default: int) -> int:
        """A TCP port. Raises ImproperlyConfigured for anything else."""
        number = self.number(name, default)
        if number not in PORTS:
            raise ImproperlyConfigured(f"{name}={number}: write a port from {PORTS[0]} to {PORTS[-1]}")
        return number

    def words(self, name: str, default: str = "") -> list[str]:
        """A comma-separated list, blanks dropped."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def secret(self, name: str) -> str:
        """A secret from the environment, else the one this installation made for itself."""
        from_environment = self._values.get(name, "").strip()
        given = from_environment or self._own_secrets().get(name)
        if not given:
            raise ImproperlyConfigured(f"{self._secrets_file} holds no {name}: set it in the environment")
        source = Source.ENVIRONMENT if from_environment else Source.FILE
        self.read[name] = Read(name, MASK, source, is_secret=True)
        return given

    def _note(self, name: str, value: str, *, is_given: bool) -> None:
        self.read[name] = Read(name, masked(value), Source.ENVIRONMENT if is_given else Source.DEFAULT)

    def _own_secrets(self) -> dict[str, str]:
        try:
            found: dict[str, str] = json.loads(self._secrets_file.read_text())
        except FileNotFoundError:
            return self._make_secrets()
        except (OSError, ValueError) as error:
            raise ImproperlyConfigured(f"{self._secrets_file} cannot be read: {error}") from error
        return found

    def _make_secrets(self) -> dict[str, str]:
        made = {
            "SECRET_KEY": secrets.token_urlsafe(64),
            "FIELD_KEYS": "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "CREDENTIAL_PEPPER": secrets.token_urlsafe(48),
        }
        # Phone numbers and answers lie beside it: the folder is the owner's alone.
        self._secrets_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self._secrets_file.parent, prefix="secrets-") as file:
            json.dump(made, file)
            file.flush()
            try:  # whole or not at all, and the first process wins
                Path(self._secrets_file).hardlink_to(file.name)
            except FileExistsError:
                return self._own_secrets()
        return made
