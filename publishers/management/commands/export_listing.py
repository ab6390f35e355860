"""`manage.py export_listing NAME`: the listing file, without secrets, on standard output."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from publishers.listing_files import export
from publishers.models import Listing


class Command(BaseCommand):
    """Writes what `import_listing` reads."""

    help = "Write a listing as one JSON file; credentials are named, never written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("listing", help="unique name or SID (XB…)")
        parser.add_argument(
            "--draft", action="store_true", help="the newest version instead of the published one"
        )

    def handle(self, *args: Any, listing: str, draft: bool, **options: Any) -> None:
        listings = Listing.objects.with_publisher()
        found = listings.filter(unique_name=listing).first() or listings.filter(sid=listing).first()
        if found is None:
            raise CommandError(f"No listing has the unique name or SID {listing}.")
        version = found.versions.first() if draft else found.published_version
        if version is None:
            raise CommandError(
                f"{found.unique_name} has no published version; --draft exports its newest one."
            )
        self.stdout.write(json.dumps(export(found, version), indent=2, ensure_ascii=False))
