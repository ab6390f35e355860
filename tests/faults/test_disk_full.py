"""The disk is full while payloads and recordings are written."""

import asyncio
import tempfile
import time
from pathlib import Path

import pytest

from tests.faults.databases import SQLITE, Database
from tests.faults.disks import SmallDisk, limit_files, may_mount, small_disk
from tests.faults.publisher import Habits
from tests.faults.trial import Plan, Trial, default_url, trial_of

pytestmark = pytest.mark.faults

FULL_SECONDS = 6
DISK_MB = 12
# Less than a large payload, more than anything else that is written.
LIMIT = 200_000
LARGE = Habits(large=0.1, parts=0.1)


@pytest.mark.skipif(not may_mount(), reason="only root may mount a small disk")
async def test_what_finds_the_disk_full_comes_again_and_is_taken_when_there_is_room(
    template: Database, count: int
) -> None:
    with tempfile.TemporaryDirectory() as name, small_disk(Path(name) / "disk", DISK_MB) as disk:
        # No reserve: the disk itself says that it is full, in the middle of a file.
        environment = {"STORAGE_URL": f"file://{disk.folder}", "DISK_RESERVE_MB": "0"}
        plan = Plan(count=count, template=template, habits=LARGE, environment=environment)
        async with trial_of(plan) as trial:
            async with trial.while_bringing(pause=0.4):
                await trial.until(lambda: trial.publisher.did["answered 202"] > 3)
                await _full(disk, trial)
            found = await trial.judgement()
    assert found == []
    _came_again(trial)
    assert trial.driver.did["refused with 503"]
    assert "refused with 500" not in trial.driver.did


async def _full(disk: SmallDisk, trial: Trial) -> None:
    """Whatever room appears is taken at once."""
    end = time.monotonic() + FULL_SECONDS
    while time.monotonic() < end:
        await asyncio.to_thread(disk.fill)
        await asyncio.sleep(0.01)
    disk.empty()
    trial.did["seconds with a full disk (tmpfs)"] += FULL_SECONDS


@pytest.mark.skipif(default_url().startswith(SQLITE), reason="SQLite's own file would be limited, too")
async def test_a_payload_that_cannot_be_written_to_its_end_is_not_there(template: Database) -> None:
    """As by a quota; needs no root."""
    habits = Habits(large=0.5, parts=0.0)
    async with trial_of(Plan(count=20, template=template, habits=habits)) as trial:
        (web,) = trial.site.of("web")
        limit_files(web.pid, LIMIT)
        async with trial.while_bringing():
            await trial.until(lambda: trial.publisher.did["answered 503"] > 3)
            limit_files(web.pid, 2**40)
            trial.did["limits (RLIMIT_FSIZE)"] += 1
        found = await trial.judgement()
    assert found == []
    _came_again(trial)


def _came_again(trial: Trial) -> None:
    """Refused with 503 and nothing else; nobody died, so nothing lies about."""
    assert trial.publisher.did["answered 503"]
    assert "answered 500" not in trial.publisher.did
    assert trial.facts["left_by_the_dead"] == {"orphans": 0, "parts": 0}
    assert trial.site.ended_alone == []
