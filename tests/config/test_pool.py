"""The pool of a web process asks for the database again and again; `tests/faults` takes a database away."""

from psycopg_pool.base import AttemptWithBackoff

from config.pool import pool_of


def test_a_failed_connection_is_tried_again_each_second_for_ever() -> None:
    attempt, at, pauses = AttemptWithBackoff(timeout=pool_of(20)["reconnect_timeout"]), 0.0, []
    for _ in range(1000):
        attempt.update_delay(at)
        pauses.append(attempt.delay)
        at += attempt.delay
    assert 0.9 <= min(pauses) <= max(pauses) <= 1.1
    assert not attempt.time_to_give_up(at)
