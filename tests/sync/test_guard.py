"""The guard: each reason to refuse a plan, by the numbers, and what is no reason."""

from dataclasses import replace

import pytest

from sync.backlog import Backlog, Link
from sync.guard import Limits, guard
from sync.model import Value
from sync.plan import Edit, Placement, Plan
from sync.tracker import Change, Record, Snapshot

COUNT = 20
LIMITS = Limits(changes=0.5, closes=0.3, moves=0.5, minimum=COUNT)


def link(number: int, tracker: str = "jira", gone: str | None = None) -> Link:
    record = Record(f"r{number}", f"SHOP-{number}", "1", {})
    return Link(f"i{number}", tracker, record, gone=gone)


def linked(count: int, tracker: str = "jira") -> Backlog:
    links = [link(number, tracker) for number in range(count)]
    return Backlog("shop", links={tracker: {one.record.id: one for one in links}})


def seen(backlog: Backlog, count: int, *, complete: bool = True) -> dict[str, Snapshot]:
    records = tuple(one.record for one in backlog.links_of("jira"))
    return {"jira": Snapshot(records[:count], complete)}


def edits(count: int, before: Value, after: Value, name: str = "status") -> tuple[Edit, ...]:
    change = {name: Change(before, after)}
    return tuple(Edit(f"i{n}", "jira", "update", f"SHOP-{n}", change, "") for n in range(count))


def moves(count: int) -> tuple[Placement, ...]:
    return tuple(
        Placement(f"i{n}", "jira", f"SHOP-{n}", None, None, None, None) for n in range(count)
    )


def refused(plan: Plan, *, records: int = COUNT, complete: bool = True) -> tuple[str, ...]:
    backlog = linked(COUNT)
    return guard(plan, backlog, seen(backlog, records, complete=complete), LIMITS)


PLANS: dict[str, tuple[Plan, str | None]] = {
    "nothing to do": (Plan("shop"), None),
    "half of the records change": (Plan("shop", edits=edits(10, "todo", "in_progress")), None),
    "more than half of the records change": (
        Plan("shop", edits=edits(11, "todo", "in_progress")),
        "jira: 11 of 20 records would be changed, more than guard.changes (50%) allows",
    ),
    "three in ten close": (Plan("shop", edits=edits(6, "todo", "done")), None),
    "more than three in ten close": (
        Plan("shop", edits=edits(7, "todo", "cancelled")),
        "jira: 7 of 20 records would be closed, more than guard.closes (30%) allows",
    ),
    "what is closed already does not close": (
        Plan("shop", edits=edits(7, "done", "cancelled")),
        None,
    ),
    "what is opened does not close": (Plan("shop", edits=edits(7, "done", "todo")), None),
    "a change of another field closes nothing": (
        Plan("shop", edits=edits(7, "a", "done", "title")),
        None,
    ),
    "half of the records move": (Plan("shop", moves=moves(10)), None),
    "more than half of the records move": (
        Plan("shop", moves=moves(11)),
        "jira: 11 of 20 records would be moved, more than guard.moves (50%) allows",
    ),
    "moves and edits on another tracker do not count": (
        Plan(
            "shop",
            edits=tuple(replace(one, tracker="github") for one in edits(20, "todo", "done")),
            moves=tuple(replace(one, tracker="github") for one in moves(20)),
        ),
        None,
    ),
    "records that are made do not count": (
        Plan(
            "shop",
            edits=tuple(
                replace(one, item=f"new{at}", action="create")
                for at, one in enumerate(edits(20, None, "done"))
            ),
        ),
        None,
    ),
}


@pytest.mark.parametrize(("plan", "reason"), PLANS.values(), ids=PLANS)
def test_a_plan_that_does_too_much_is_refused_by_the_numbers(
    plan: Plan, reason: str | None
) -> None:
    assert refused(plan) == (() if reason is None else (reason,))


def test_every_reason_is_named() -> None:
    plan = Plan("shop", edits=edits(20, "todo", "done"), moves=moves(20))
    reasons = refused(plan, records=10)
    assert [reason.split("would ")[1].split(",")[0] for reason in reasons] == [
        "no longer be seen",
        "be changed",
        "be closed",
        "be moved",
    ]


def test_records_that_are_missed_count_as_closed_would() -> None:
    assert refused(Plan("shop"), records=14) == ()
    assert refused(Plan("shop"), records=13) == (
        "jira: 7 of 20 records would no longer be seen, more than guard.closes (30%) allows",
    )


def test_a_read_of_changes_misses_nothing() -> None:
    backlog = linked(COUNT)
    snapshots = seen(backlog, 0, complete=False)
    assert guard(Plan("shop"), backlog, snapshots, replace(LIMITS, closes=0.0)) == ()


def test_a_tracker_that_is_suddenly_empty_is_refused_however_small() -> None:
    backlog = linked(1)
    assert guard(Plan("shop"), backlog, seen(backlog, 0), LIMITS) == (
        "jira showed 1 records before, and now none at all",
    )


def test_below_the_minimum_shares_say_nothing() -> None:
    backlog = linked(COUNT - 1)
    plan = Plan("shop", edits=edits(COUNT, "todo", "done"), moves=moves(COUNT))
    assert guard(plan, backlog, seen(backlog, 1), LIMITS) == ()


def test_a_tracker_that_was_never_linked_is_not_judged() -> None:
    plan = Plan("shop", moves=moves(1))
    snapshots = {"jira": Snapshot((), complete=True)}
    assert guard(plan, Backlog("shop"), snapshots, LIMITS) == ()
    assert guard(plan, Backlog("shop"), snapshots, replace(LIMITS, minimum=0)) == (
        "jira: 1 of 0 records would be moved, more than guard.moves (50%) allows",
    )


def test_a_tracker_that_was_not_read_is_not_judged() -> None:
    assert guard(Plan("shop"), linked(COUNT), {}, LIMITS) == ()


def test_what_was_missed_before_is_not_missed_again() -> None:
    links = [link(n, gone="not seen" if n < 10 else None) for n in range(COUNT + 10)]
    backlog = Backlog("shop", links={"jira": {one.record.id: one for one in links}})
    records = tuple(one.record for one in links if not one.gone)
    assert guard(Plan("shop"), backlog, {"jira": Snapshot(records, True)}, LIMITS) == ()
    assert guard(Plan("shop"), backlog, {"jira": Snapshot(records[:13], True)}, LIMITS) == (
        "jira: 7 of 20 records would no longer be seen, more than guard.closes (30%) allows",
    )
