"""Tests of these tests: a fault that is put into the product's code is found."""

import asyncio
from typing import Any

import pytest

from tests.faults.databases import Database
from tests.faults.inside.mutants import MUTANTS
from tests.faults.publisher import Habits
from tests.faults.trial import Plan, trial_of

pytestmark = pytest.mark.faults

FEW = 25
# Nobody who is right needs so long.
REST_SECONDS = 20

# What brings each of them to light, and what must then be said.
TRAPS: dict[str, tuple[dict[str, Any], str]] = {
    "marked_before_sent": (
        {"places": {"worker": "notice marked=0.2"}, "developers_fail": (0.0,)},
        "developers were told",
    ),
    "not_fenced": ({"habits": Habits(twice=1, early=0.5, forgets=0)}, "XR"),
    "never_swept": ({}, "did not come to rest"),
    "rows_before_files": ({"places": {"web": "result committed=0.2"}}, "has no file"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
async def test_a_mutant_is_found(template: Database, mutant: str) -> None:
    options, sentence = TRAPS[mutant]
    async with trial_of(Plan(count=FEW, template=template, mutant=mutant, **options)) as trial:
        async with trial.while_bringing(pause=0.2):
            for _ in range(3):
                await asyncio.sleep(0.5)
                await asyncio.to_thread(trial.broker.flush)
        found = await trial.judgement(within=REST_SECONDS)
    assert [each for each in found if sentence in each], found
