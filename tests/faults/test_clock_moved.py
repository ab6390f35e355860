"""A machine's clock is wrong by weeks or hours; that of the database counts."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.databases import own_cluster
from tests.faults.processes import ROOT
from tests.faults.trial import Plan, Trial, trial_of

pytestmark = pytest.mark.faults


def moved(by: str) -> dict[str, str]:
    """An environment in which it is later, or earlier. Pauses last as long as ever."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    assert found, "libfaketime is needed (Debian: apt install libfaketime)"
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME": by,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",  # files are dated by another machine
    }


@pytest.mark.parametrize("by", ["+40d", "-2h"])
async def test_a_worker_whose_clock_is_wrong_purges_nothing_and_leases_nothing_for_ever(by: str) -> None:
    with own_cluster() as cluster:
        plan = Plan(count=20, database_url=cluster.url, workers=1, environments={"worker0": moved(by)})
        async with trial_of(plan) as trial:
            async with trial.while_bringing(pause=0.5):
                for _ in range(3):
                    await _purge(trial, by)
                (worker,) = trial.site.of("worker")
                worker.kill()  # whatever it had leased is taken over by the clock of the database
            await _purge(trial, by)
            found = await trial.judgement()
    assert found == []
    assert trial.site.ended_alone == []


async def _purge(trial: Trial, by: str) -> None:
    """What a worker does each hour and each day, on a machine whose clock is wrong."""
    command = [sys.executable, "manage.py", "purge"]
    environment = {**os.environ, **trial.environment, **moved(by)}
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=environment, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == b"0 rows and 0 files that nothing named are deleted.\n"
    trial.did[f"purges at {by}"] += 1
