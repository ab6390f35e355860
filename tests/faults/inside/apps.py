"""Prepares a process for what is done to it, when Django is ready."""

import ctypes
import os
import signal
from pathlib import Path
from typing import Any

from celery.signals import worker_ready
from django.apps import AppConfig
from django.conf import settings

_PR_SET_PDEATHSIG = 1


class Inside(AppConfig):
    """No models; what it does is in `ready`."""

    name = "tests.faults.inside"
    label = "faults"

    def ready(self) -> None:
        # Imported here: before, Django is not ready.
        from tests.faults.inside.clocks import mend_sleep, shorten_leases

        _end_with(os.environ.get("FAULTS_PARENT", ""))
        shorten_leases()
        if "FAKETIME" in os.environ:
            mend_sleep()
        if mutant := os.environ.get("FAULTS_MUTANT"):
            from tests.faults.inside.mutants import MUTANTS

            MUTANTS[mutant]()
        if places := os.environ.get("FAULTS_DIE_AT"):
            from tests.faults.inside.places import dig_all

            dig_all(places, os.environ["FAULTS_LOG"])
        worker_ready.connect(_tell_ready, weak=False)


def _tell_ready(**_: Any) -> None:
    (Path(settings.VAR_DIR) / f"ready-{os.getpid()}").touch()


def _end_with(parent: str) -> None:
    """A test that is killed leaves nobody behind (Linux)."""
    if parent:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):
            os.kill(os.getpid(), signal.SIGKILL)
