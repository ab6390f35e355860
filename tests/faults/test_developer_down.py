"""A developer's callback is down for a while: refused, then hanging; then it is up again."""

import asyncio
from typing import Any

import pytest

from tests.faults.databases import Database
from tests.faults.developer import Developer
from tests.faults.trial import Plan, Trial, trial_of

pytestmark = pytest.mark.faults

DOWN_SECONDS = 6
HANGING_SECONDS = 12
# From the end of a result until the other developer has taken the notice; mostly it is 0.1 s, beside three
# other trials on two slow processors 4 s. Who is held up waits until the hanging ends.
HELD_UP_SECONDS = 8.0


async def test_notices_wait_for_a_developer_who_is_down_and_hold_up_nobody_else(
    template: Database, count: int
) -> None:
    plan = Plan(count=count, template=template, developers_fail=(0.0, 0.0))
    async with trial_of(plan) as trial:
        down, other = trial.developers
        await down.stop()
        async with trial.while_bringing(pause=0.25):
            await asyncio.sleep(DOWN_SECONDS)
            assert not down.told
            down.hang()
            await down.start()
            trial.did["seconds down"] += DOWN_SECONDS
            await asyncio.sleep(HANGING_SECONDS)
            trial.did["seconds hanging"] += HANGING_SECONDS
            down.go_on()
        found = await trial.judgement()
    delays = _delays(trial, other)
    print(f"the other developer was told after {delays[len(delays) // 2]:.2f} s, {delays[-1]:.2f} s at most")
    assert found == []
    assert down.told
    assert other.told
    assert delays[int(0.95 * len(delays))] < HELD_UP_SECONDS


def _delays(trial: Trial, developer: Developer) -> list[float]:
    owed: dict[str, Any] = {row["reference_sid"]: row["date_created"] for row in trial.facts["notices"]}
    return sorted(told.taken_at - owed[sid] for sid, told in developer.told.items())
