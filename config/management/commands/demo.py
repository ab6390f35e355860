"""`manage.py demo load`, `demo review` and `demo reset`."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import ProtectedError

from accounts.encryption import CannotOpen
from config import demo, demo_review


class Command(BaseCommand):
    """The demo's data."""

    help = "Load the demo's data (again and again without harm), offer a version for review, or remove all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["load", "review", "reset"])

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if action == "load":
            return self._load()
        return self._review() if action == "review" else self._reset()

    def _load(self) -> None:
        if not settings.DEMO:
            raise CommandError(
                "The demo is loaded only where DEMO=true, which a production environment never is."
            )
        if not demo.is_wanted():
            self.stdout.write("This database holds other data: the demo is left out.")
            return
        try:
            demo.load(port=settings.PORT)
        except CannotOpen as error:
            raise CommandError(
                f"{error}. This database was written with other keys: give them in FIELD_KEYS, bring back "
                f"{settings.VAR_DIR}/secrets.json, or start with another DATABASE_URL."
            ) from error
        self.stdout.write(f"The demo is loaded; {demo.demo_file()} holds its credentials.")

    def _review(self) -> None:
        if demo_review.offer():
            self.stdout.write("A version of Echo Mirror waits for an operator.")

    def _reset(self) -> None:
        try:
            count = demo.reset()
        except ProtectedError as error:
            raise CommandError(
                "Another account uses an add-on of the demo. Uninstall it and remove its results first."
            ) from error
        self.stdout.write(f"The demo is removed ({count} accounts).")
