"""What a lookup costs when there is much of everything. Long: minutes to an hour.

    DATABASE_URL=postgres://… make benchmark NAME=scale [ARGS="ROWS LOOKUPS ACCOUNTS INSTALLS"]

- 8 connections, publishers that answer at once: 1 or INSTALLS installs of the account, few or ACCOUNTS
  accounts, few or ROWS invocations. The bare fan-out is measured in turn: what slows both is the machine.
- Lookups of a quick publisher alone, and beside 200 lookups of one that never answers.
- Memory of the web process after a tenth of LOOKUPS and after all of them.

ROWS is a million unless told otherwise (ARGS=10000000): a million rows take about 1.5 GB and some minutes.
"""

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from django.db import connection

from benchmarks import filling, market
from benchmarks.contenders import bare, product
from benchmarks.load import Result, Target, require_wrk, run_wrk
from benchmarks.servers import Server, two_publishers

ROWS = 1_000_000
LOOKUPS = 100_000
ACCOUNTS = 100_000
INSTALLS = 1_000

ROUNDS = 3
SECONDS = 3
FEW, MANY, HANGING = 8, 64, 200
# No longer than the deadline of an event, so that every hanging lookup hangs to the end.
WAVE_SECONDS = 2
WAVES = 5


def run(
    rows: str = str(ROWS),
    lookups: str = str(LOOKUPS),
    accounts: str = str(ACCOUNTS),
    installs: str = str(INSTALLS),
) -> None:
    require_wrk()
    if connection.vendor != "postgresql":
        sys.exit("This one needs PostgreSQL: set DATABASE_URL, such as postgres://user@127.0.0.1/database.")
    with two_publishers() as publishers:
        _size(publishers, rows=int(rows), accounts=int(accounts), installs=int(installs))
        _hanging(publishers)
        _memory(publishers, int(lookups))


def _size(publishers: Sequence[Server], *, rows: int, accounts: int, installs: int) -> None:
    """The same lookup of one add-on, while the database fills."""
    print(f"\nLookups of one add-on, {FEW} connections, publishers answer at once, best of {ROUNDS} rounds\n")
    print("| | p50 ms | p99 ms | bare: p50 ms | faults |\n|---|---|---|---|---|")
    listing = market.listing_of(publishers[0], "0")
    one, many = market.customer([listing]), market.customer([listing])
    with product() as server, bare(publishers) as floor:
        small, large = (market.lookups(server, account, [listing]) for account in (one, many))
        beside = market.floors(floor, "0")
        _print_sizes({"1 install, few accounts, few invocations": small}, beside)
        filling.more_installs(many, installs - 1)
        filling.analyze()
        _print_sizes({"1 install": small, f"{installs:,} installs": large}, beside)
        others = filling.more_accounts(one, accounts)
        filling.analyze()
        various = market.lookups_of(server, others, listing.unique_name)
        _print_sizes(
            {f"{accounts:,} accounts": small, f"{accounts:,} accounts, another each time": various}, beside
        )
        filling.more_invocations(one, rows)
        filling.analyze()
        _print_sizes({f"{rows:,} invocations": small}, beside)


def _print_sizes(targets: Mapping[str, Target], beside: Target) -> None:
    """A row for each target, measured in turn with the floor."""
    found: dict[str, list[Result]] = {name: [] for name in targets}
    floor: list[Result] = []
    for target in targets.values():
        run_wrk(target, connections=FEW, seconds=1)
    for _ in range(ROUNDS):
        floor.append(run_wrk(beside, connections=FEW, seconds=SECONDS))
        for name, target in targets.items():
            found[name].append(run_wrk(target, connections=FEW, seconds=SECONDS))
    bare_ms = min(each.p50_ms for each in floor)
    for name, results in found.items():
        p50, p99 = min(each.p50_ms for each in results), min(each.p99_ms for each in results)
        faults = sum(each.faults for each in results)
        print(f"| {name} | {p50:.2f} | {p99:.2f} | {bare_ms:.2f} | {faults} |", flush=True)


def _hanging(publishers: Sequence[Server]) -> None:
    """Waves of lookups that hang, each of another service: the breaker would end the second wave at once."""
    quick = market.listing_of(publishers[0], "50")
    dead = [market.listing_of(publishers[1], "never") for _ in range(WAVES)]
    own, others = market.customer([quick]), market.customer(dead)
    alone, beside, answered = list[Result](), list[Result](), 0
    with product() as server, ThreadPoolExecutor() as threads:
        target = market.lookups(server, own, [quick])
        run_wrk(target, connections=FEW, seconds=1)
        for listing in dead:
            alone.append(run_wrk(target, connections=FEW, seconds=WAVE_SECONDS))
            hanging = market.lookups(server, others, [listing])
            wave = threads.submit(run_wrk, hanging, connections=HANGING, seconds=WAVE_SECONDS)
            beside.append(run_wrk(target, connections=FEW, seconds=WAVE_SECONDS))
            answered += wave.result().answers
            server.settle()
    print(f"\nLookups of a publisher that takes 50 ms, {FEW} connections, {WAVES} waves in turn (medians)\n")
    print("| | p50 ms | p99 ms | longest ms | faults |\n|---|---|---|---|---|")
    _print_waves("alone", alone)
    _print_waves(f"beside {HANGING} lookups of a publisher that never answers", beside)
    print(f"\nOf the {HANGING * WAVES:,} lookups that should hang, {answered:,} were answered meanwhile.")


def _print_waves(name: str, results: Sequence[Result]) -> None:
    times = [
        median(times)
        for times in zip(*((each.p50_ms, each.p99_ms, each.longest_ms) for each in results), strict=True)
    ]
    faults = sum(each.faults for each in results)
    print(f"| {name} | {' | '.join(f'{each:.1f}' for each in times)} | {faults} |", flush=True)


def _memory(publishers: Sequence[Server], lookups: int) -> None:
    """Memory that grows with the number of lookups would show between the two last rows."""
    print(f"\nMemory of the web process, lookups of two add-ons, {MANY} connections\n")
    print("| lookups | resident MB |\n|---|---|")
    listings = market.listings_of(publishers, ["0"])["0"]
    account = market.customer(listings)
    with product() as server:
        print(f"| 0 | {server.memory_mb():.0f} |", flush=True)
        done = 0
        for goal in (lookups // 10, lookups):
            while done < goal:
                target = market.lookups(server, account, listings)
                done += run_wrk(target, connections=MANY, seconds=SECONDS).answers
            print(f"| {done:,} | {server.memory_mb():.0f} |", flush=True)
