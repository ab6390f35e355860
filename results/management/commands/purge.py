"""`manage.py purge`: what the hourly task does, for the one time that it stopped and asked."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from results import retention


class Command(BaseCommand):
    help = "Delete results, payloads, invocations and events past their retention, and files nothing names."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--even-if-much",
            action="store_true",
            help=f"also when that is more than {retention.MOST_OF_A_TABLE:.0%} of a table",
        )

    def handle(self, *args: Any, even_if_much: bool, **options: Any) -> None:
        try:
            rows = retention.purge(even_if_much=even_if_much)
        except retention.TooMuch as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{rows} rows and {retention.sweep_files()} files that nothing named are deleted.")
