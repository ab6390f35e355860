"""`manage.py import_listing FILE [--credentials FILE] [--publish]`."""

import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from publishers.listing_files import BadListingFile, store


class Command(BaseCommand):
    """Creates or updates a listing and its version; with any fault, tells them all and stores nothing."""

    help = "Create or update a listing and its version from one JSON file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the listing file")
        parser.add_argument(
            "--credentials",
            type=Path,
            help="a JSON file of credential names and values; else they are read from the "
            "environment variables that the listing file names",
        )
        parser.add_argument("--publish", action="store_true", help="make it the published version at once")

    def handle(self, *args: Any, file: Path, credentials: Path | None, publish: bool, **options: Any) -> None:
        document = _read_json(file)
        try:
            stored = store(document, credentials=_credentials(document, credentials), publish=publish)
        except BadListingFile as error:
            lines = [f"  {fault.path or '/'}: {fault.message}" for fault in error.faults]
            raise CommandError("\n".join([f"{file} is not stored:", *lines])) from error
        what = "created" if stored.is_new_listing else "updated"
        version = f"version {stored.version.number} ({stored.version.sid}, {stored.version.status})"
        self.stdout.write(f"{stored.listing.unique_name} ({stored.listing.sid}) {what}, {version}")


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{file} is not JSON: {error}") from error


def _credentials(document: Any, file: Path | None) -> dict[str, str]:
    """Values by name: from the environment variables the listing names, then from the file."""
    sources = document.get("credentials") if isinstance(document, dict) else None
    named = sources if isinstance(sources, dict) else {}
    variables = {name: source.get("env") for name, source in named.items() if isinstance(source, dict)}
    given = {
        name: os.environ[env] for name, env in variables.items() if isinstance(env, str) and env in os.environ
    }
    values = _read_json(file) if file else {}
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise CommandError(f"{file} must be a JSON object of credential names and texts")
    return {**given, **values}
