"""Workers are killed at any moment, and at the worst ones."""

import asyncio

import pytest

from tests.faults.databases import Database
from tests.faults.trial import Plan, trial_of

pytestmark = pytest.mark.faults


async def test_workers_that_are_killed_lose_nothing(template: Database, count: int) -> None:
    plan = Plan(count=count, template=template, places={"worker": "*=0.004"})
    async with trial_of(plan) as trial:
        killer = asyncio.create_task(trial.site.kill_at_random("worker", seed=plan.seed, pause=(0.3, 2.5)))
        async with trial.while_bringing(pause=0.5):
            pass
        killer.cancel()
        found = await trial.judgement()
    assert trial.site.killed["worker"] > 1
    assert trial.site.ended_alone == []
    assert found == []
