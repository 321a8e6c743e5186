"""When a request may go: turns that others take too, pauses that others were asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from pyrate_limiter import Rate

from adapters.answers import allowance
from adapters.http import Client, Raw
from adapters.pace import BATCH, LONGEST, Gate, Pace, Speed
from sync.tracker import Allowance, RetryLater

NOW = 1_000_000.0


@dataclass
class Shared:
    """Turns as the state keeps them, of which each answer is the test's."""

    waits: list[float] = field(default_factory=list)
    """What the next takings and looks come to; afterwards 0."""
    asked: list[tuple[object, ...]] = field(default_factory=list)

    def take(self, lane: str, speed: Speed, number: int, within: float) -> float:
        self.asked.append(("take", lane, number))
        return self.waits.pop(0) if self.waits else 0.0

    def shut(self, lane: str) -> float:
        self.asked.append(("shut", lane))
        return self.waits.pop(0) if self.waits else 0.0

    def pause(self, lane: str, seconds: float) -> None:
        self.asked.append(("pause", lane, seconds))


class Clock:
    def __init__(self) -> None:
        self.now, self.slept = NOW, list[float]()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def client(gate: Gate, clock: Clock, *answers: Raw) -> Client:
    left = list(answers)
    send = lambda *_: left.pop(0) if left else Raw(200, {}, b"", "https://a.example/thing")  # noqa: E731
    return Client(send, name="demo", secrets=[], gate=gate, sleep=clock.sleep, clock=clock)


def refused(status: int = 429, **headers: str) -> Raw:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Raw(status, named, b"{}", "https://a.example/thing")


def test_a_write_waits_for_its_turn_and_looks_whether_it_is_still_its_own(clock: Clock) -> None:
    shared = Shared([3.0, 2.0])
    pace = Pace(Rate(80, 60_000), clock)
    client(Gate(writes=pace, turns=shared, clock=clock), clock).call("PATCH", "/thing")
    assert clock.slept == [3.0, 2.0]
    assert shared.asked == [("take", "rest writes", 1), *[("shut", "rest writes")] * 2]


def test_a_turn_that_comes_too_late_is_left_to_the_caller(clock: Clock) -> None:
    pace = Pace(Rate(80, 60_000), clock)
    gate = Gate(writes=pace, turns=Shared([90.0]), clock=clock)
    with pytest.raises(RetryLater, match="must wait 90 s") as caught:
        client(gate, clock).call("POST", "/thing")
    assert (caught.value.after, clock.slept) == (90.0, [])


def test_turns_of_reads_are_taken_together(clock: Clock) -> None:
    shared = Shared()
    one = client(Gate(reads=Rate(480, 60_000), turns=shared, clock=clock), clock)
    for _ in range(2 * BATCH):
        one.call("GET", "/thing")
    assert shared.asked == [("take", "rest reads", BATCH)] * 2


def test_where_no_limit_is_known_it_is_looked_once_a_second_whether_there_is_a_pause(
    clock: Clock,
) -> None:
    shared = Shared()
    one = client(Gate(turns=shared, clock=clock), clock)
    for _ in range(6):
        one.call("PATCH", "/thing")
        clock.now += 0.4
    assert shared.asked == [("shut", "rest writes")] * 2


def test_turns_that_are_held_do_not_hide_a_pause(clock: Clock) -> None:
    shared = Shared([0.0, 5.0])
    one = client(Gate(reads=Rate(480, 60_000), turns=shared, clock=clock), clock)
    one.call("GET", "/thing")
    clock.now += 2
    one.call("GET", "/thing")
    assert clock.slept == [5.0]


@pytest.mark.parametrize(
    ("method", "lanes"),
    [("PATCH", ["rest writes"]), ("GET", ["rest reads", "rest writes"])],
    ids=["who may not write may read", "who may not read may not write"],
)
def test_others_learn_of_a_pause_at_once(clock: Clock, method: str, lanes: list[str]) -> None:
    shared = Shared()
    answer = refused(retry_after="7")
    client(Gate(turns=shared, clock=clock), clock, answer).call(method, "/thing")
    assert [one for one in shared.asked if one[0] == "pause"] == [("pause", n, 7.0) for n in lanes]
    assert 7.0 in clock.slept


@pytest.mark.parametrize("reason", ["jira-burst-based", "jira-per-issue-on-write"])
def test_a_limit_of_one_address_holds_nobody_else(clock: Clock, reason: str) -> None:
    shared = Shared()
    answer = refused(retry_after="2", ratelimit_reason=reason)
    client(Gate(turns=shared, clock=clock), clock, answer).call("PUT", "/thing")
    assert clock.slept == [2.0]
    assert [one for one in shared.asked if one[0] == "pause"] == []


def test_nobody_else_is_held_for_longer_than_a_limit_lasts(clock: Clock) -> None:
    shared = Shared()
    one = client(Gate(turns=shared, clock=clock), clock, refused(retry_after="86400"))
    with pytest.raises(RetryLater):
        one.call("PUT", "/thing")
    assert ("pause", "rest writes", LONGEST) in shared.asked


@pytest.mark.parametrize("limit", [1, 3, 4, 80, 480])
def test_a_speed_keeps_within_its_rate_in_any_window(limit: int) -> None:
    speed = Speed.of(Rate(limit, 60_000))
    assert speed.burst + speed.per_second * 60 <= max(limit, 2)


def told(**headers: str) -> object:
    named = {f"x-ratelimit-{name}": value for name, value in headers.items()}
    return allowance(Raw(200, named, b"", "https://a.example"))


def test_what_a_tracker_still_takes_is_read_from_its_answers() -> None:
    assert told(limit="5000", remaining="4999", reset="1800000000") == Allowance(5000, 4999, 1.8e9)
    iso = told(limit="100", remaining="0", reset="2027-01-15T08:00Z")
    assert iso == Allowance(100, 0, 1_800_000_000)
    assert told(limit="5000", remaining="-1", reset="1800000000") is None
    assert told(limit="5000", remaining="7") is None
