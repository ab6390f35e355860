"""`manage.py check_invariants`: whether what must always hold does hold now (`results/invariants.py`)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from results.invariants import violations


class Command(BaseCommand):
    help = "Say what contradicts itself: results, charges, notices, payloads and their files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--files", action="store_true", help="read every file and compare its hash, too")

    def handle(self, *args: Any, files: bool, **options: Any) -> None:
        found = violations(with_files=files)
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(f"{len(found)} violations")
        self.stdout.write("Everything that must hold does.")
