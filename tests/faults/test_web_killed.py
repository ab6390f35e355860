"""The web process is killed while it takes a recording in, or a callback: before, in and after the commit."""

import asyncio

import pytest

from tests.faults.databases import Database
from tests.faults.judge import TAKEN
from tests.faults.trial import Plan, trial_of

pytestmark = pytest.mark.faults

CALLBACK = (
    "callback claimed",
    "callback read",
    "callback judged",
    "payloads stored",
    "end without its notice",
    "end in its transaction",
    "result committed",
)
UPLOAD = ("upload read", "upload in its transaction", "upload committed", "announcement committed")


async def test_a_publisher_whose_callback_was_cut_off_comes_again_and_is_taken_once(
    template: Database, count: int
) -> None:
    chances = [f"{name}=0.03" for name in CALLBACK] + [f"{name}=0.02" for name in UPLOAD]
    plan = Plan(count=count, template=template, places={"web": ",".join(chances)})
    async with trial_of(plan) as trial:
        killer = asyncio.create_task(trial.site.kill_at_random("web", seed=plan.seed, pause=(3, 6)))
        async with trial.while_bringing(pause=0.3):
            pass
        killer.cancel()
        found = await trial.judgement()
    cut_off = [heard for heard in trial.publisher.heard.values() if None in heard.answers]
    trial.did["callbacks"] = len(cut_off)
    print(
        f"{len(cut_off)} publishers lost the answer to a callback;"
        f" {sum(TAKEN in heard.answers for heard in cut_off)} were taken when they came again,"
        f" {sum(TAKEN not in heard.answers for heard in cut_off)} had been taken already, or were too late"
    )
    assert found == []
    assert trial.site.killed["web"] > 3
    assert cut_off
