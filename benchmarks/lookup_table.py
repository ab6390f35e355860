"""The tables of the benchmark of lookups, in Markdown."""

import os
import platform
from collections.abc import Mapping
from statistics import median

from django.db import connection

from benchmarks.contenders import BARE, NGINX, ORDINARY, PRODUCT, PUBLISHER
from benchmarks.measured import PHASES, ROWS_PER_LOOKUP, Durability, Measured, Phase, Rounds, goals
from benchmarks.nginx import MISSING

ORDER = (PRODUCT, ORDINARY, BARE, NGINX, PUBLISHER)


def print_all(measured: Measured, pools: Mapping[int, float], durable: Mapping[str, Durability]) -> None:
    print(_machine())
    for phase in PHASES:
        _print_phase(phase, measured[phase])
    _print_goals(measured)
    tried = ", ".join(f"{size}: {speed:.0f}" for size, speed in sorted(pools.items()))
    print(f"\nPool of the {ORDINARY}: {next(iter(pools))} connections. Lookups a second with each: {tried}.")
    for name, rows in durable.items():
        _print_durability(name, rows)


def _machine() -> str:
    version = _shown("server_version")
    commits = f"synchronous_commit {_shown('synchronous_commit')}, fsync {_shown('fsync')}"
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} processors (load {load:.1f}), Python {platform.python_version()}, "
        f"PostgreSQL {version}, {commits}"
    )


def _shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return str(cursor.fetchone()[0])


def _print_phase(phase: Phase, rows: Mapping[str, Rounds]) -> None:
    print(f"\n{phase}\n")
    print("| | a second | median round | of bare | p50 ms | p99 ms | CPU ms | of bare |")
    print("|---|---|---|---|---|---|---|---|")
    for name in ORDER:
        print(_row(name, rows[name], rows[BARE]) if name in rows else f"| {name} | {MISSING} | | | | | | |")


def _row(name: str, row: Rounds, bare: Rounds) -> str:
    best = max(row.per_second)
    cells = [f"{best:,.0f}", f"{median(row.per_second):,.0f}", f"{best / max(bare.per_second):.2f} ×"]
    cells += [f"{min(row.p50_ms):.1f}", f"{min(row.p99_ms):.1f}"]
    if row.cpu_ms:
        cells += [f"{min(row.cpu_ms):.2f}", f"{min(row.cpu_ms) / min(bare.cpu_ms):.2f} ×"]
    else:
        cells += ["", ""]
    return f"| {name} | {' | '.join(cells)} |"


def _print_goals(measured: Measured) -> None:
    print("\n| what must hold | best rounds | median | must | aim | |")
    print("|---|---|---|---|---|---|")
    for goal in goals(measured):
        sign, unit = ("≥" if goal.more_is_better else "≤"), goal.unit
        cells = [f"{goal.best:.2f} {unit}", f"{goal.middle:.2f} {unit}"]
        cells += [f"{sign} {goal.must:g} {unit}", f"{sign} {goal.aim:g} {unit}", goal.verdict]
        print(f"| {goal.name} | {' | '.join(cells)} |")


def _print_durability(name: str, rows: Durability) -> None:
    good = f"{rows.answers:,} answers with both add-ons successful, {rows.faults:,} others"
    kept = f"{rows.invocations:,} invocations and {rows.ledger_entries:,} ledger entries"
    wanted = f"{rows.answers * ROWS_PER_LOOKUP:,} of each must be there"
    print(f"{name}: {good}; {kept} in the database ({wanted}): {'ok' if rows.holds else 'BROKEN'}.")
