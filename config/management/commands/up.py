"""`manage.py up`: everything on one machine, ready to use. `make up` calls it."""

import os
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import demo, demo_recordings, supervisor
from config.demo_processes import PROCESSES, Process

BANNER = """
------------------------------------------------------------------------------
  Patchbay is ready:  {base_url}

  Sign in as          {logins}

  A real lookup       curl -u {account_sid}:{auth_token} \\
                        "{base_url}/v1/PhoneNumbers/+14155552671?AddOns={ready}"

  A real transcript   curl -u {account_sid}:{auth_token} \\
                        -F RecordingSource=RecordVerb -F Recording=@{recording} \\
                        "{base_url}/connect/{account_sid}/recordings"

  Scripts read        {file}
  Ctrl-C stops everything and keeps the data.
------------------------------------------------------------------------------
"""


# One worker has no others to talk to, and starts and ends sooner for it.
ALONE = ["--without-gossip", "--without-mingle", "--without-heartbeat"]


class Command(BaseCommand):
    """Migrates, loads the demo into an empty database, runs web, worker, beat and the example publishers."""

    help = "Run the whole product on this machine, with its demo. PORT moves it."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            lock = supervisor.only_one(Path(settings.VAR_DIR) / "up.lock", note=str(settings.PORT))
        except supervisor.AlreadyRunning as error:
            raise CommandError(
                f"Patchbay already runs from this folder, on port {error}. Stop it first; if it was killed, "
                "end the processes it left. VAR_DIR=another/folder runs a second one."
            ) from error
        with lock:
            self._run()

    def _run(self) -> None:
        taken = [port for port in self._ports() if not supervisor.port_is_free(port)]
        if taken:
            raise CommandError(
                f"Port {taken[0]} is in use. Stop what listens there, or choose another: PORT=9000 make up"
            )
        for step in (["migrate", "--verbosity=0"], ["demo", "load"]):
            self._manage(*step)
        services = PROCESSES if demo.is_loaded() else []
        announce = partial(self._announce, services)
        code = supervisor.run(self._processes(services), announce=announce)
        if code:
            sys.exit(code)

    def _ports(self) -> list[int]:
        return [settings.PORT, *(settings.PORT + service.port_offset for service in PROCESSES)]

    def _environment(self) -> dict[str, str]:
        """What makes this run a demo. Every child gets it; nothing of it is ever a default."""
        services = [service.url(settings.PORT).removeprefix("http://") for service in PROCESSES]
        return {
            "PORT": str(settings.PORT),
            "PUBLIC_URL": settings.PUBLIC_URL,
            "DEMO": "true",
            "OUTBOUND_ALLOWED_HOSTS": ",".join([*settings.OUTBOUND_ALLOWED_HOSTS, *services]),
            "PYTHONUNBUFFERED": "1",
        }

    def _manage(self, *arguments: str) -> None:
        """A management command under the environment of the children."""
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
        done = subprocess.run(command, env={**os.environ, **self._environment()}, check=False)  # noqa: S603 - our own command
        if done.returncode:
            raise CommandError(f"`manage.py {' '.join(arguments)}` failed; its message is above.")

    def _processes(self, services: list[Process]) -> dict[str, tuple[list[str], dict[str, str]]]:
        python, environment = sys.executable, self._environment()
        celery = [python, "-m", "celery", "--quiet", "--app=config.celery"]
        uvicorn = [
            python,
            "-m",
            "uvicorn",
            "config.asgi:application",
            "--host=127.0.0.1",
            f"--port={settings.PORT}",
            "--no-access-log",
        ]
        processes = {
            "web": ([*uvicorn, "--log-level=warning", "--timeout-graceful-shutdown=5"], environment),
            "worker": (
                [*celery, "worker", *ALONE, "--loglevel=WARNING"],
                environment,
            ),
            "beat": ([*celery, "beat", "--loglevel=WARNING"], environment),
        }
        for service in services:
            command = [python, "-m", service.module]
            processes[service.package] = (command, service.environment(settings.PORT))
        return processes

    def _announce(self, services: list[Process]) -> None:
        bases = [f"http://127.0.0.1:{settings.PORT}", *(service.url(settings.PORT) for service in services)]
        silent = [base for base in bases if not supervisor.wait_until_ready(f"{base}/health")]
        if silent:
            print(f"\nNothing answers at {', '.join(silent)} yet; the lines above may say why.\n", flush=True)
            return
        facts = demo.known()
        if not facts:
            print(f"\nPatchbay is ready: {settings.PUBLIC_URL}\n", flush=True)
            return
        people = [f"{login.email}  {login.password}" for login in demo.logins()]
        text = BANNER.format(
            base_url=facts["base_url"],
            logins="\n                      ".join(people),
            account_sid=facts["account_sid"],
            auth_token=facts["auth_token"],
            ready=demo.READY_TO_RUN,
            recording=demo_recordings.EXAMPLE,
            file=_shown(demo.demo_file()),
        )
        print(text, flush=True)
        with suppress(CommandError):  # its message was shown, and everything else runs
            self._manage("demo", "review")


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
