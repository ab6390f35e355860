"""The broker forgets everything, or is away."""

import asyncio
import random
import tempfile
from pathlib import Path

import pytest

from tests.faults.brokers import FILES, Wire, address_of, own_redis, through
from tests.faults.databases import Database
from tests.faults.trial import Plan, Trial, default_broker, trial_of

pytestmark = pytest.mark.faults

AWAY_SECONDS = 10
FLUSHES = 5


async def test_messages_that_are_thrown_away_are_sent_again(template: Database, count: int) -> None:
    async with trial_of(Plan(count=count, template=template)) as trial:
        async with trial.while_bringing(pause=0.5):
            for _ in range(FLUSHES):
                await asyncio.sleep(random.uniform(0.3, 1.5))
                trial.did["messages thrown away"] += await asyncio.to_thread(trial.broker.flush)
        found = await trial.judgement()
    assert found == []
    assert trial.site.ended_alone == []


async def test_a_redis_that_is_flushed_and_restarted_empty_delays_only(
    template: Database, count: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, own_redis(Path(folder)) as redis:
        async with trial_of(Plan(count=count, template=template, broker_url=redis.url)) as trial:
            async with trial.while_bringing(pause=0.5):
                for _ in range(FLUSHES):
                    await asyncio.sleep(random.uniform(0.2, 1))
                    trial.did["keys flushed"] += await asyncio.to_thread(redis.flush)
                redis.stop()
                trial.did["seconds without a broker"] += AWAY_SECONDS
                await _goes_on_without_a_broker(trial)
                await asyncio.to_thread(redis.start)
            found = await trial.judgement()
    assert found == []
    assert trial.site.ended_alone == []


async def test_a_broker_that_is_cut_off_delays_only(template: Database, count: int) -> None:
    url = default_broker()
    if url.startswith(FILES):
        pytest.skip("a folder is never away: BROKER_URL names a broker that can be")
    wire = Wire(*address_of(url))
    await wire.mend()
    try:
        plan = Plan(count=count, template=template, broker_url=url, broker_seen_as=through(wire, url))
        async with trial_of(plan) as trial:
            async with trial.while_bringing(pause=0.5):
                await asyncio.sleep(1)
                await wire.cut()
                trial.did["seconds without a broker"] += AWAY_SECONDS
                await _goes_on_without_a_broker(trial)
                await wire.mend()
            found = await trial.judgement()
    finally:
        await wire.cut()
    assert found == []
    assert trial.site.ended_alone == []


async def _goes_on_without_a_broker(trial: Trial) -> None:
    """Recordings are taken in all the while."""
    before = len(trial.driver.acknowledged)
    await asyncio.sleep(AWAY_SECONDS)
    trial.did["recordings meanwhile"] += len(trial.driver.acknowledged) - before
    assert len(trial.driver.acknowledged) > before
