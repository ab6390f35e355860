"""Run the contract tester: every check against one version and its service, in bounded time."""

from collections.abc import Callable, Collection

from conformance.suite.receiver import Receiver
from conformance.suite.report import Report
from conformance.suite.subject import Subject


async def run(
    subject: Subject,
    *,
    receiver: Receiver | None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    only: Collection[str] = (),
    offline: bool = False,
) -> Report:
    """Run the checks and tell what they found. Never raises for what the subject or its service does.

    `receiver`: where a recording add-on calls back; None when the add-on answers at once. `on_progress(done,
    total)` is told after every check. `only`: ids (`Y06`) or letters of areas (`Y`); empty for all. `offline`:
    nothing but the target's own host is looked up or asked, also by redirects. It takes at most
    MAX_RUN_SECONDS, whatever the service does; cancelling the task ends it at once.
    """
    raise NotImplementedError
