"""The inbox: a delivery is accepted once, waits until it is done, and is known for days after."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync.events import Event
from sync.state import Store
from sync.state.inbox import (
    Heard,
    count_try,
    depth,
    late,
    oldest,
    prune,
    put,
    put_all,
    settle,
    waiting,
)

NOW = "2026-01-01T00:00:00+00:00"
LATER = "2026-01-02T00:00:00+00:00"


def accept(store: Store, *deliveries: str, backlog: str = "shop", now: str = NOW) -> Sequence[bool]:
    return [put(store.engine, backlog, "jira", Event(one), now) for one in deliveries]


def ids(store: Store, backlog: str = "shop") -> list[int]:
    return [one.id for one in waiting(store.engine, backlog)]


def test_what_is_accepted_waits_as_it_was_said(store: Store) -> None:
    event = Event("d1", frozenset({"10001", "2"}), order=True, whole=True)
    assert put(store.engine, "shop", "jira", event, NOW)
    (heard,) = waiting(store.engine, "shop")
    assert heard == Heard(heard.id, "jira", frozenset({"10001", "2"}), True, True, NOW, 0)


def test_it_waits_after_the_process_has_ended(store: Store, url: str) -> None:
    accept(store, "d1")
    store.close()
    other = Store(url)
    assert len(waiting(other.engine, "shop")) == 1
    other.close()


def test_a_repeated_delivery_is_accepted_and_does_nothing(store: Store) -> None:
    assert accept(store, "d1", "d1") == [True, False]
    settle(store.engine, "shop", ids(store), NOW)
    assert accept(store, "d1") == [False]
    assert ids(store) == []


def test_deliveries_of_one_id_to_several_trackers_or_backlogs_are_several(store: Store) -> None:
    engine = store.engine
    places = [("shop", "jira"), ("shop", "github"), ("till", "jira")]
    assert all(put(engine, backlog, tracker, Event("d1"), NOW) for backlog, tracker in places)


def test_of_one_delivery_that_arrives_many_times_at_once_one_is_accepted(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: accept(store, "d1")[0], range(24)))
    assert sorted(told) == [False] * 23 + [True]


def test_they_are_done_in_the_order_of_their_arrival(store: Store) -> None:
    accept(store, "z", "a", "m")
    assert ids(store) == sorted(ids(store))
    first, second, third = ids(store)
    settle(store.engine, "shop", [first, third], NOW)
    assert ids(store) == [second]


def test_what_is_done_for_one_backlog_still_waits_for_another(store: Store) -> None:
    accept(store, "d1")
    accept(store, "d1", backlog="till")
    settle(store.engine, "till", ids(store), NOW)
    assert len(ids(store)) == len(ids(store, "till")) == 1


def test_runs_that_failed_are_counted_and_it_still_waits(store: Store) -> None:
    accept(store, "d1", "d2")
    count_try(store.engine, "shop", ids(store)[:1])
    count_try(store.engine, "shop", ids(store))
    assert [one.tries for one in waiting(store.engine, "shop")] == [2, 1]


def test_a_storm_is_settled_in_one_step(store: Store) -> None:
    from sqlalchemy import insert  # noqa: PLC0415

    from sync.state import tables  # noqa: PLC0415

    row = {"backlog": "shop", "tracker": "jira", "records": "[]", "received": NOW, "tries": 0}
    row |= {"order": False, "whole": False}
    with store.engine.begin() as connection:
        rows = [{**row, "delivery": str(number)} for number in range(40_000)]
        connection.execute(insert(tables.inbox), rows)
    settle(store.engine, "shop", ids(store), NOW)
    assert ids(store) == []


def test_it_is_said_what_waits_how_long_and_how_much(store: Store) -> None:
    accept(store, "d1")
    accept(store, "d2", now=LATER)
    accept(store, "d1", backlog="till", now=LATER)
    accept(store, "d1", backlog="done")
    settle(store.engine, "done", ids(store, "done"), LATER)
    assert oldest(store.engine) == {"shop": NOW, "till": LATER}
    assert depth(store.engine) == {"shop": 2, "till": 1}


@pytest.mark.parametrize(
    ("before", "names"),
    [
        pytest.param(NOW, [], id="nothing is late that was received at that moment"),
        pytest.param(LATER, ["shop"], id="what was received before it is"),
        pytest.param("2026-01-03T00:00:00+00:00", ["shop", "till"], id="each backlog once"),
    ],
)
def test_a_backlog_is_late_while_something_old_waits(
    store: Store, before: str, names: list[str]
) -> None:
    accept(store, "d1", "d2")
    accept(store, "d1", backlog="till", now=LATER)
    accept(store, "d1", backlog="done")
    settle(store.engine, "done", ids(store, "done"), LATER)
    assert late(store.engine, before) == names


def test_what_was_done_long_ago_is_forgotten_and_what_waits_never_is(store: Store) -> None:
    accept(store, "old", "new", "waits")
    old, new, _ = ids(store)
    settle(store.engine, "shop", [old], NOW)
    settle(store.engine, "shop", [new], LATER)
    assert prune(store.engine, LATER) == 1
    assert accept(store, "old", "new", "waits") == [True, False, False]


def test_several_are_accepted_at_once_and_each_is_told_whether_it_is_new(store: Store) -> None:
    known, new = Event("b"), Event("a")
    put(store.engine, "shop", "jira", known, NOW)
    several = [("shop", "jira", known), ("shop", "jira", new), ("shop", "jira", new)]
    assert sorted(put_all(store.engine, several, NOW)) == [False, False, True]
    assert len(waiting(store.engine, "shop")) == 2
