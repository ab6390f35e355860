"""The speed of a lookup that asks two publishers, through the wire, beside two floors and a baseline.

    DATABASE_URL=postgres://… make benchmark NAME=lookups [ARGS="SECONDS ROUNDS"]

Floors: a bare fan-out (`bare.py`) and nginx with Lua (`nginx.py`). Baseline: an ordinary Django view
(`ordinary.py`). Each is one process. They take turns, round after round, so a noisy minute of the machine is
shared by all. Every answer is judged, and afterwards the database must hold two invocations and two ledger
entries for each.
"""

import sys
import time
from collections import Counter
from collections.abc import Mapping
from statistics import median

from django.db import connection

from benchmarks import lookup_table, market
from benchmarks.contenders import Contender, Market, best_pool, contenders
from benchmarks.load import Result, require_wrk, run_wrk
from benchmarks.measured import PHASES, Durability, Measured, Phase, Rounds
from benchmarks.servers import two_publishers
from billing.models import LedgerEntry
from results.models import Invocation

SECONDS = 5
ROUNDS = 3
WARM_UP_SECONDS = 1
COMMITS = 100


class Run:
    """The measurements of one run, and how many answers were good."""

    def __init__(self, rivals: Mapping[str, Contender], seconds: int) -> None:
        self.rivals = rivals
        self.seconds = seconds
        self.measured: Measured = {phase: {name: Rounds() for name in rivals} for phase in PHASES}
        self.commits_ms: list[float] = []
        self.answers = Counter[str]()
        self.faults = Counter[str]()

    def round(self) -> None:
        """Every phase once, and in each everybody's turn."""
        self.commits_ms.append(commit_ms())
        for phase in PHASES:
            for name, rival in self.rivals.items():
                self._measure(phase, name, rival)

    def _measure(self, phase: Phase, name: str, rival: Contender) -> None:
        self._load(name, phase, WARM_UP_SECONDS)
        before = rival.server.cpu_seconds()
        result, spent_until = self._load(name, phase, self.seconds)
        rows = self.measured[phase][name]
        rows.results.append(result)
        if rival.has_cpu:
            rows.cpu_ms.append((spent_until - before) / max(1, result.answers) * 1000)

    def _load(self, name: str, phase: Phase, seconds: int) -> tuple[Result, float]:
        """What wrk found, and the server's processor time at its end. Waits until the server rests."""
        rival = self.rivals[name]
        result = run_wrk(rival.target(phase.delay), connections=phase.connections, seconds=seconds)
        spent_until = rival.server.cpu_seconds()
        rival.server.settle()
        self.answers[name] += result.answers - result.faults
        self.faults[name] += result.faults
        return result, spent_until

    def durability(self) -> dict[str, Durability]:
        """The rows of everybody who writes rows."""
        return {
            name: Durability(
                answers=self.answers[name],
                faults=self.faults[name],
                invocations=Invocation.objects.filter(account=rival.customer).count(),
                ledger_entries=LedgerEntry.objects.filter(payer=rival.customer).count(),
            )
            for name, rival in self.rivals.items()
            if rival.customer
        }


def commit_ms() -> float:
    """How long a commit of one small row takes when nobody else asks anything of us: the median of some."""
    taken = []
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS benchmark_commits (number integer)")
        for number in range(COMMITS):
            began = time.perf_counter()
            cursor.execute("INSERT INTO benchmark_commits VALUES (%s)", [number])
            taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


def run(seconds: str = str(SECONDS), rounds: str = str(ROUNDS)) -> None:
    require_wrk()
    if connection.vendor != "postgresql":
        sys.exit("This one needs PostgreSQL: set DATABASE_URL, such as postgres://user@127.0.0.1/database.")
    with two_publishers() as publishers:
        shop = Market(publishers, market.listings_of(publishers, ["0", "50"]))
        pools = best_pool(market.customer(shop.all_listings), shop)
        with contenders(shop, pool=next(iter(pools))) as rivals:
            run = Run(rivals, int(seconds))
            for _ in range(int(rounds)):
                run.round()
            durable = run.durability()
    print(f"Two add-ons in every lookup, best of {rounds} rounds of {seconds} s each, one process each.")
    print(
        f"A commit of one row takes {min(run.commits_ms):.1f} ms (median round {median(run.commits_ms):.1f})."
    )
    lookup_table.print_all(run.measured, pools, durable)
    if not all(rows.holds for rows in durable.values()):
        sys.exit("Answers were wrong or rows are missing, so the figures mean nothing.")
