"""What the benchmark of lookups makes of its figures."""

from benchmarks.contenders import BARE, ORDINARY, PRODUCT, PUBLISHER
from benchmarks.load import Result, read_result
from benchmarks.measured import CALM, PHASES, SATURATED, Durability, Goal, Measured, Rounds, goals


def result(per_second: float = 100, *, p50_ms: float = 1, p99_ms: float = 2) -> Result:
    return Result(int(per_second), 1, p50_ms=p50_ms, p99_ms=p99_ms, longest_ms=9, faults=0)


def measured() -> Measured:
    """Three rounds, in which everybody is equal."""
    names = (PRODUCT, ORDINARY, BARE, PUBLISHER)
    return {phase: {name: Rounds([result()] * 3, [1.0] * 3) for name in names} for phase in PHASES}


def goal(found: list[Goal], words: str) -> Goal:
    return next(each for each in found if each.name.startswith(words))


def test_the_line_of_the_load_script_is_read_and_every_kind_of_fault_counts():
    output = "Running 5s test\nmeasured\t1000\t5000000\t1500\t9000\t20000\t1\t2\t4\n"
    assert read_result(output) == Result(1000, 5, p50_ms=1.5, p99_ms=9, longest_ms=20, faults=7)


def test_the_best_round_counts_and_the_median_of_the_ratios_is_beside_it():
    figures = measured()
    figures[SATURATED][PRODUCT] = Rounds([result(10), result(60), result(30)], [4.0, 2.0, 3.0])
    figures[SATURATED][BARE] = Rounds([result(100), result(80), result(100)], [1.0, 2.0, 1.0])
    found = goals(figures)
    throughput, cpu = goal(found, "lookups a second, of the bare"), goal(found, "processor time")
    assert (throughput.best, throughput.middle, throughput.verdict) == (0.6, 0.3, "ok")
    assert (cpu.best, cpu.middle, cpu.verdict) == (2.0, 3.0, "ok")


def test_added_time_is_counted_from_the_publishers_own_median():
    figures = measured()
    figures[CALM][PRODUCT] = Rounds([result(p50_ms=54, p99_ms=75)])
    figures[CALM][PUBLISHER] = Rounds([result(p50_ms=50, p99_ms=60)])
    found = goals(figures)
    assert [(each.best, each.verdict) for each in (goal(found, "p50"), goal(found, "p99"))] == [
        (4, "ok"),
        (25, "MISSED"),
    ]


def test_what_is_not_installed_is_not_compared_with():
    assert not [each for each in goals(measured()) if "nginx" in each.name]


def test_a_missing_row_or_a_wrong_answer_breaks_the_run():
    assert Durability(answers=3, faults=0, invocations=6, ledger_entries=7).holds
    assert not Durability(answers=3, faults=0, invocations=6, ledger_entries=5).holds
    assert not Durability(answers=3, faults=1, invocations=6, ledger_entries=6).holds
