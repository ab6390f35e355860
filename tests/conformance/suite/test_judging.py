"""What some checks decide by, without a service where none is needed."""

from collections.abc import Sequence
from typing import Any

import pytest

from conformance.suite import asynchronous, schemas
from conformance.suite.files import subject_of as subject_of_file
from conformance.suite.receiver import Received
from conformance.suite.run import run
from conformance.suite.subject import Samples
from conformance.suite.sync import _judged_times, percentile
from tests.conformance.suite.publishers import LOOKUP, RECORDING, TOKEN, Listener, Service, silent, subject_of
from tests.fake_publisher import FakePublisher


@pytest.mark.parametrize(
    ("took", "outcome"),
    [
        ([200] * 20, "passed"),
        ([201] * 20, "warned"),
        ([10] * 19 + [1_501], "warned"),
        ([1_500, 9, 9], "passed"),
    ],
    ids=["at the target", "a slow median", "a slow one", "one at the target"],
)
def test_times_over_the_targets_are_warned_of(took: Sequence[int], outcome: str) -> None:
    assert _judged_times(took).outcome == outcome


def test_a_percentile_is_one_of_the_values() -> None:
    assert [percentile(list(range(1, 101)), percent) for percent in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert percentile([7], 50) == 7


class Deaf:
    """A receiver to which nothing comes. Keeps how long it was waited for."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def url_for(self, request_sid: str) -> str:
        return f"https://here.example/{request_sid}"

    async def wait(self, url: str, *, seconds: float, at_least: int = 1) -> list[Received]:
        self.waits.append(seconds)
        return []


async def test_what_does_not_come_is_waited_for_once() -> None:
    receiver = Deaf()
    async with FakePublisher(Listener(silent)) as publisher:
        await run(subject_of(publisher, definition=RECORDING), receiver=receiver, only=["N", "B"])
    assert receiver.waits[0] == asynchronous.MAX_CALLBACK_SECONDS
    assert set(receiver.waits[1:]) == {0}


async def test_a_burst_ends_when_it_is_clear_that_it_fails() -> None:
    service = Service()
    service.work = lambda _: {"area": "a"} if len(service.answers) < 1 else 500
    async with FakePublisher(service) as publisher:
        await run(subject_of(publisher), receiver=None, only=["R01"])
    assert len(publisher.requests) == 7


def test_the_target_alone_is_opened() -> None:
    environment = {"PUBLISHER_AUTH_TOKEN": TOKEN}
    given: dict[str, Any] = {"environment": environment, "credentials": {}, "samples": Samples()}
    for target, opened in {
        "http://127.0.0.1:8101": ("127.0.0.1:8101",),
        "http://[::1]:8101": ("[::1]:8101",),
        "https://api.acme.example": (),
        "": (),
    }.items():
        assert subject_of_file(LOOKUP, target=target, **given).allowed_hosts == opened


async def test_wrong_settings_that_are_accepted_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = [("a wrong value for style", {"style": "long"})]
    monkeypatch.setattr(schemas, "refused_configurations", lambda *_: wrong)
    report = await run(subject_of("https://api.acme.example"), receiver=None, only=["S07"])
    assert (report.checks[0].outcome, report.checks[0].message) == (
        "failed",
        "Accepted: a wrong value for style.",
    )
