"""The pace of a credential: so many calls a second over all processes, and pauses for all."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync.state import Store
from sync.state.pace import engine, label, pause, shut, take


def near(*seconds: float) -> object:
    return pytest.approx(list(seconds), abs=0.2)


def test_after_a_rest_a_burst_goes_at_once_and_the_others_at_the_pace(store: Store) -> None:
    waits = [take(store.engine, "c", per_second=0.5, burst=3) for _ in range(6)]
    assert waits == near(0, 0, 0, 2, 4, 6)


def test_credentials_do_not_wait_for_each_other(store: Store) -> None:
    waits = [take(store.engine, name, per_second=0.5, burst=1) for name in ("a", "a", "b")]
    assert waits == near(0, 2, 0)


def test_nobody_has_a_turn_before_a_pause_is_over(store: Store) -> None:
    take(store.engine, "c", per_second=0.5, burst=2)
    pause(store.engine, "c", 30)
    pause(store.engine, "c", 10)
    waits = [take(store.engine, "c", per_second=0.5, burst=2) for _ in range(4)]
    assert waits == near(30, 30, 32, 34)


def test_a_pause_may_come_before_any_call(store: Store) -> None:
    pause(store.engine, "c", 30)
    assert [take(store.engine, "c", per_second=10, burst=1)] == near(30)


def test_a_pause_ends(store: Store) -> None:
    pause(store.engine, "c", 0.05)
    time.sleep(0.1)
    assert take(store.engine, "c", per_second=10, burst=1) == 0


def test_processes_that_call_at_once_keep_the_pace_together(store: Store) -> None:
    begun = time.monotonic()

    def call(_: int) -> float:
        time.sleep(take(store.engine, "c", per_second=40, burst=10))
        return time.monotonic() - begun

    with ThreadPoolExecutor(6) as pool:
        times = sorted(pool.map(call, range(60)))
    for start in times:
        assert sum(start <= one < start + 0.5 for one in times) <= 10 + 40 * 0.5 + 4
    assert times[-1] >= (60 - 10) / 40 - 0.05


def test_a_credential_is_called_by_what_nobody_can_read_it_from() -> None:
    one = label("https://acme.example", "s3cret")
    assert "s3cret" not in one
    assert (
        len({one, label("https://acme.example", "other"), label("https://b.example", "s3cret")})
        == 3
    )


def test_who_would_wait_too_long_takes_no_turn(store: Store) -> None:
    waits = [take(store.engine, "c", 0.5, burst=1, within=3) for _ in range(5)]
    assert waits == near(0, 2, 4, 4, 4)
    pause(store.engine, "c", 30)
    assert [take(store.engine, "c", 0.5, burst=1, within=3)] == near(30)
    assert [take(store.engine, "c", 0.5, burst=1)] == near(30)


def test_turns_may_be_taken_together(store: Store) -> None:
    waits = [take(store.engine, "c", per_second=5, burst=20, number=10) for _ in range(4)]
    assert waits == near(0, 0, 2, 4)


def test_the_engine_for_turns_takes_and_pauses_as_well(url: str, store: Store) -> None:
    one = engine(url)
    assert [take(one, "c", per_second=0.5, burst=1) for _ in range(2)] == near(0, 2)
    pause(one, "c", 30)
    assert [shut(one, "c"), shut(one, "other")] == near(30, 0)
