"""The processes of the demo beside our own: example publishers, and the webhook of a developer."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.models import Account
from config.demo_recordings import TRANSCRIPT
from publishers.models import Listing

DEVELOPER = "developer@patchbay.example"


@dataclass(frozen=True)
class ExampleService:
    """An example publisher: a package of `examples.publishers`, `port_offset` ports behind the web."""

    package: str
    unique_name: str
    port_offset: int

    @property
    def module(self) -> str:
        return f"examples.publishers.{self.package}"

    @property
    def folder(self) -> Path:
        return Path(settings.BASE_DIR) / "examples" / "publishers" / self.package

    def url(self, port: int) -> str:
        return f"http://127.0.0.1:{port + self.port_offset}"

    def environment(self, port: int) -> dict[str, str]:
        """What its process needs to know: where it listens, who signs, and its own credential."""
        listing = Listing.objects.select_related("publisher__account").get(unique_name=self.unique_name)
        return {
            "PORT": str(port + self.port_offset),
            "PUBLIC_URL": self.url(port),
            "PUBLISHER_ACCOUNT_SID": listing.publisher.account.sid,
            "PUBLISHER_AUTH_TOKEN": listing.publisher.account.auth_token,
            "SERVICE_KEY": listing.credentials["service_key"],
        }

    def listing(self, port: int) -> dict[str, Any]:
        """The service's listing file, asking the service where it really listens."""
        document: dict[str, Any] = json.loads((self.folder / "listing.json").read_text())
        request = document["definition"]["request"]
        path = request["url"].split("/", 3)[3]
        request["url"] = f"{self.url(port)}/{path}"
        return document


SERVICES = [
    ExampleService("number_facts", "northwind_number_facts", 1),
    ExampleService("vanity_words", "northwind_anagram", 2),
    ExampleService("text_mood", "northwind_text_mood", 3),
    ExampleService("transcript", TRANSCRIPT, 4),
    ExampleService("echo", "northwind_echo", 6),
]


@dataclass(frozen=True)
class ExampleWebhook:
    """What the developer runs: it is told when a result is ready. `owner` is who has the token it checks."""

    owner: str
    package: str = "developer_webhook"
    port_offset: int = 5

    @property
    def module(self) -> str:
        return f"examples.{self.package}"

    def url(self, port: int) -> str:
        return f"http://127.0.0.1:{port + self.port_offset}"

    def environment(self, port: int) -> dict[str, str]:
        """What its process needs to know: where it listens, and who signs."""
        developer = Account.objects.get(memberships__user__email=self.owner)
        return {
            "PORT": str(port + self.port_offset),
            "PUBLIC_URL": self.url(port),
            "AUTH_TOKEN": developer.auth_token,
        }


WEBHOOK = ExampleWebhook(owner=DEVELOPER)
Process = ExampleService | ExampleWebhook
PROCESSES: list[Process] = [*SERVICES, WEBHOOK]
