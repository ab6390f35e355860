"""The database stops as by a power cut, twice, and comes back."""

import asyncio
from functools import partial

import pytest

from tests.faults.databases import own_cluster
from tests.faults.trial import Plan, Trial, trial_of

pytestmark = pytest.mark.faults

AWAY_SECONDS = 2
# Until recordings are taken again (safety 7, G4).
BACK_SECONDS = 5
STOPS = 2


async def test_a_database_that_is_restarted_loses_nothing_that_was_accepted(count: int) -> None:
    with own_cluster() as cluster:
        async with trial_of(Plan(count=count, database_url=cluster.url)) as trial:
            async with trial.while_bringing(pause=1.5):
                for _ in range(STOPS):
                    await asyncio.sleep(3)
                    await asyncio.to_thread(cluster.stop)
                    trial.did["stops of the database"] += 1
                    await asyncio.sleep(AWAY_SECONDS)
                    await asyncio.to_thread(cluster.start)
                    before = len(trial.driver.acknowledged)
                    await trial.until(partial(_more_than, before, trial), within=BACK_SECONDS)
            found = await trial.judgement()
    assert found == []
    assert trial.site.ended_alone == []
    # Who has to come again is told so.
    assert {name for name in trial.driver.did if name.startswith("refused")} <= {
        "refused with 503",
        "refused with nothing",
    }


def _more_than(before: int, trial: Trial) -> bool:
    """Or all of them."""
    return len(trial.driver.acknowledged) > min(before, trial.plan.count - 1)
