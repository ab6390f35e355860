"""`manage.py test_add_on FILE [--target URL]`: the contract tester, without a database."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conformance.suite.files import (
    ACCOUNT_VARIABLE,
    TOKEN_VARIABLE,
    CannotRun,
    read_object,
    record,
    samples_of,
    subject_of,
)
from conformance.suite.output import FORMATS
from conformance.suite.receiver import LoopbackReceiver
from conformance.suite.report import Report
from conformance.suite.run import run, selected
from conformance.suite.subject import Subject
from publishers.contract.points import RECORDING_ANALYSIS

FAILED: Final = 1
CANNOT_RUN: Final = 2


class Command(BaseCommand):
    """Tests a service against its listing file. Exit codes: 0 passed, 1 a check failed, 2 cannot run."""

    help = (
        "Test an add-on's service by the contract, without a database. Requests are signed with the auth "
        f"token in {TOKEN_VARIABLE}; {ACCOUNT_VARIABLE} is the account that callbacks sign in as."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a listing file, or a definition alone")
        parser.add_argument("--target", default="", help="scheme, host and port to ask instead of the file's")
        parser.add_argument("--credentials", type=Path, help="a JSON file of credential names and values")
        parser.add_argument("--samples", type=Path, help="a JSON file with event, runtime, configuration")
        parser.add_argument("--audio", type=Path, help="a WAV file with one channel in which somebody speaks")
        parser.add_argument("--only", default="", help="ids or letters of areas, by commas: M,A01,Y06")
        parser.add_argument("--strict", action="store_true", help="a warning counts as a failure")
        parser.add_argument("--offline", action="store_true", help="ask and look up the target's host only")
        parser.add_argument(
            "--record", type=Path, help="a folder for what went over the wire, secrets masked"
        )
        parser.add_argument(
            "--listen", default="127.0.0.1:0", help="where callbacks are taken in; port 0: a free one"
        )
        parser.add_argument(
            "--callback-base", default="", help="how the service reaches that, such as http://host:9000"
        )
        forms = parser.add_mutually_exclusive_group()
        for form in FORMATS:
            if form != "text":
                forms.add_argument(f"--{form}", dest="format", action="store_const", const=form)
        parser.set_defaults(format="text")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = asyncio.run(self._report(options))
            recorded = record(report, options["record"]) if options["record"] else 0
        except CannotRun as error:
            raise CommandError(str(error), returncode=CANNOT_RUN) from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped.", returncode=CANNOT_RUN) from error
        self.stdout.write(FORMATS[options["format"]](report))
        if recorded:
            self.stderr.write(f"{recorded} files in {options['record']}")
        if report.counts["failed"] or (options["strict"] and report.counts["warned"]):
            sys.exit(FAILED)

    async def _report(self, options: dict[str, Any]) -> Report:
        subject = _subject(options)
        only = [each for each in options["only"].split(",") if each]
        try:
            selected(only)
        except ValueError as error:
            raise CannotRun(str(error)) from error
        if subject.definition.get("type") != RECORDING_ANALYSIS:
            return await run(subject, receiver=None, only=only, offline=options["offline"])
        receiver = LoopbackReceiver(user=subject.identity.vendor_account_sid, password=subject.auth_token)
        host, _, port = options["listen"].rpartition(":")
        if not (host and port.isascii() and port.isdigit()):
            raise CannotRun("Write --listen as HOST:PORT.")
        try:
            async with receiver.listening(host, int(port), base=options["callback_base"]):
                return await run(subject, receiver=receiver, only=only, offline=options["offline"])
        except (OSError, OverflowError) as error:
            raise CannotRun(f"Cannot listen at {options['listen']}: {error}") from error


def _subject(options: dict[str, Any]) -> Subject:
    """Raises CannotRun."""
    samples = read_object(options["samples"]) if options["samples"] else {}
    try:
        audio = options["audio"].read_bytes() if options["audio"] else None
    except OSError as error:
        raise CannotRun(f"{options['audio']} cannot be read: {error.strerror}") from error
    return subject_of(
        read_object(options["file"]),
        environment=os.environ,
        credentials=read_object(options["credentials"]) if options["credentials"] else {},
        samples=samples_of(samples, audio),
        target=options["target"],
        allowed_hosts=tuple(settings.OUTBOUND_ALLOWED_HOSTS),
    )
