"""The steps of a callback, as they are told on the result's page."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from publishers.contract.errors import ContractError
from results.models import AddOnResult
from results.outcomes import Step
from results.result_records import milliseconds


class Steps:
    """What happened so far, counted from when the result was made. `at`: now."""

    def __init__(self, result: AddOnResult, *, at: datetime) -> None:
        self.done: list[Step] = []
        self._began_ms = milliseconds(at - result.date_created)
        self._started = time.monotonic()

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Time a step. The block tells about it in lines; a ContractError has its own to say."""
        told: list[str] = []
        started_ms, is_good = self._now_ms(), True
        try:
            yield told
        except ContractError as error:
            is_good, told[:] = False, [error.reason]
            raise
        finally:
            self.done.append(Step(name, is_good, tuple(told), started_ms, self._now_ms() - started_ms))

    def _now_ms(self) -> int:
        return self._began_ms + round((time.monotonic() - self._started) * 1000)
