"""The guard: each reason to refuse a plan, by the numbers, and what is no reason."""

from dataclasses import replace

import pytest

from sync.backlog import Backlog, Link
from sync.guard import Limits, guard
from sync.model import Value
from sync.plan import Edit, LabelEdit, Placement, Plan, ReleaseEdit
from sync.tracker import Change, Gone, Intent, Record, Snapshot

COUNT = 20
LIMITS = Limits(creates=0.5, changes=0.5, closes=0.3, moves=0.5, minimum=COUNT)


def link(number: int, tracker: str = "jira", gone: str | None = None) -> Link:
    record = Record(f"r{number}", f"SHOP-{number}", "1", {})
    return Link(f"i{number}", tracker, record, gone=gone)


def linked(count: int, tracker: str = "jira") -> Backlog:
    links = {one.record.id: one for one in (link(number, tracker) for number in range(count))}
    return Backlog("shop", links={tracker: links}, release_links={tracker: links})


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


CLOSING = {"status": Change(None, "done")}


def new(count: int) -> tuple[Edit, ...]:
    title = {"title": Change(None, "Pay")}
    return tuple(Edit(f"new{n}", "jira", "create", None, title, "") for n in range(count))


def releases(count: int) -> tuple[ReleaseEdit, ...]:
    return tuple(
        ReleaseEdit(f"{n}.0", "jira", "update", {"due": (None, "2027-01-01")}, "")
        for n in range(count)
    )


def labels(count: int, items: int = 0) -> tuple[LabelEdit, ...]:
    name = {"name": ("bug", "type:bug")}
    return tuple(LabelEdit("bug", "jira", "update", name, items, "") for _ in range(count))


def refused(plan: Plan, *, records: int = COUNT, complete: bool = True) -> tuple[str, ...]:
    backlog = linked(COUNT)
    return guard(plan, backlog, seen(backlog, records, complete=complete), {"jira": LIMITS})


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
    "half as many are made as there are": (Plan("shop", edits=new(10)), None),
    "more than half as many are made as there are": (
        Plan("shop", edits=new(11)),
        "jira: 11 of 20 records would be created, more than guard.creates (50%) allows",
    ),
    "what is made done closes nothing": (
        Plan("shop", edits=tuple(replace(one, fields=CLOSING) for one in new(10))),
        None,
    ),
    "half of the releases change": (Plan("shop", releases=releases(10)), None),
    "more than half of the releases change": (
        Plan("shop", releases=releases(11)),
        "jira: 11 of 20 releases would be changed, more than guard.changes (50%) allows",
    ),
    "labels themselves are no records": (Plan("shop", vocabulary=labels(30)), None),
    "a new name of a label is a change of each record that has it": (
        Plan("shop", edits=edits(6, "a", "b", "title"), vocabulary=labels(1, items=5)),
        "jira: 11 of 20 records would be changed, more than guard.changes (50%) allows",
    ),
    "releases that are made do not count": (
        Plan("shop", releases=tuple(replace(one, action="create") for one in releases(20))),
        None,
    ),
    "releases of another tracker do not count": (
        Plan("shop", releases=tuple(replace(one, tracker="github") for one in releases(20))),
        None,
    ),
}


@pytest.mark.parametrize(("plan", "reason"), PLANS.values(), ids=PLANS)
def test_a_plan_that_does_too_much_is_refused_by_the_numbers(
    plan: Plan, reason: str | None
) -> None:
    assert refused(plan) == (() if reason is None else (reason,))


def test_every_reason_is_named() -> None:
    plan = Plan(
        "shop",
        edits=(*edits(20, "todo", "done"), *new(11)),
        moves=moves(20),
        releases=releases(20),
    )
    reasons = refused(plan, records=10)
    assert [reason.split("would ")[1].split(",")[0] for reason in reasons] == [
        "no longer be seen",
        "be created",
        "be changed",
        "be closed",
        "be moved",
        "be changed",
    ]


def test_records_that_are_missed_count_as_closed_would() -> None:
    assert refused(Plan("shop"), records=14) == ()
    assert refused(Plan("shop"), records=13) == (
        "jira: 7 of 20 records would no longer be seen, more than guard.closes (30%) allows",
    )


def test_a_read_of_changes_misses_nothing() -> None:
    backlog = linked(COUNT)
    snapshots = seen(backlog, 0, complete=False)
    assert guard(Plan("shop"), backlog, snapshots, {"jira": replace(LIMITS, closes=0.0)}) == ()


def test_a_tracker_that_is_suddenly_empty_is_refused_however_small() -> None:
    backlog = linked(1)
    assert guard(Plan("shop"), backlog, seen(backlog, 0), {"jira": LIMITS}) == (
        "jira showed 1 records before, and now none at all",
    )


FOLLOWED: dict[str, tuple[int, int, str | None]] = {
    "all moved within the backlog: none is lost": (20, 0, None),
    "one is not to be found where the others moved": (
        19,
        0,
        "jira showed 1 records before, and now none at all",
    ),
    "some moved, and some are lost: of those that did not move": (
        10,
        2,
        "jira: 8 of 10 records would no longer be seen, more than guard.closes (30%) allows",
    ),
}
"""How many moved, how many are still there, and what is said."""


@pytest.mark.parametrize(("moved", "left", "reason"), FOLLOWED.values(), ids=FOLLOWED)
def test_what_moved_within_the_backlog_is_not_lost(
    moved: int, left: int, reason: str | None
) -> None:
    backlog = linked(COUNT)
    followed = {("jira", f"r{n}") for n in range(COUNT - moved, COUNT)}
    limits = {"jira": replace(LIMITS, minimum=2)}
    told = guard(Plan("shop"), backlog, seen(backlog, left), limits, followed)
    assert told == (() if reason is None else (reason,))


def test_what_moved_away_from_another_tracker_is_lost_here() -> None:
    backlog = linked(1)
    followed = {("github", "r0")}
    assert len(guard(Plan("shop"), backlog, seen(backlog, 0), {"jira": LIMITS}, followed)) == 1


def test_below_the_minimum_shares_say_nothing() -> None:
    backlog = linked(COUNT - 1)
    plan = Plan("shop", edits=edits(COUNT, "todo", "done"), moves=moves(COUNT))
    assert guard(plan, backlog, seen(backlog, 1), {"jira": LIMITS}) == ()


def test_a_tracker_that_was_never_linked_is_not_judged() -> None:
    plan = Plan("shop", moves=moves(1))
    snapshots = {"jira": Snapshot((), complete=True)}
    assert guard(plan, Backlog("shop"), snapshots, {"jira": LIMITS}) == ()
    assert guard(plan, Backlog("shop"), snapshots, {"jira": replace(LIMITS, minimum=0)}) == (
        "jira: 1 of 0 records would be moved, more than guard.moves (50%) allows",
    )


def test_a_tracker_that_was_not_read_is_not_judged() -> None:
    assert guard(Plan("shop"), linked(COUNT), {}, {"jira": LIMITS}) == ()


def test_what_was_missed_before_is_not_missed_again() -> None:
    links = [link(n, gone="not seen" if n < 10 else None) for n in range(COUNT + 10)]
    backlog = Backlog("shop", links={"jira": {one.record.id: one for one in links}})
    records = tuple(one.record for one in links if not one.gone)
    assert guard(Plan("shop"), backlog, {"jira": Snapshot(records, True)}, {"jira": LIMITS}) == ()
    assert guard(
        Plan("shop"), backlog, {"jira": Snapshot(records[:13], True)}, {"jira": LIMITS}
    ) == ("jira: 7 of 20 records would no longer be seen, more than guard.closes (30%) allows",)


def test_records_that_are_said_to_be_gone_are_missed_by_a_read_of_changes_too() -> None:
    backlog = linked(COUNT)
    gone = {f"r{n}": Gone("hidden or deleted") for n in range(7)}
    snapshots = {"jira": Snapshot((), complete=False, gone=gone)}
    assert guard(Plan("shop"), backlog, snapshots, {"jira": LIMITS}) == (
        "jira: 7 of 20 records would no longer be seen, more than guard.closes (30%) allows",
    )


def test_a_credential_that_now_sees_less_stops_a_run_that_has_nothing_else_to_do() -> None:
    backlog = linked(100)
    assert guard(Plan("shop"), backlog, seen(backlog, 69), {"jira": LIMITS}) == (
        "jira: 31 of 100 records would no longer be seen, more than guard.closes (30%) allows",
    )


def test_a_side_that_is_suddenly_empty_does_not_hide_what_else_would_be_done() -> None:
    backlog = linked(COUNT)
    plan = Plan("shop", edits=new(11))
    assert guard(plan, backlog, seen(backlog, 0), {"jira": LIMITS}) == (
        "jira showed 20 records before, and now none at all",
        "jira: 11 of 20 records would be created, more than guard.creates (50%) allows",
    )


@pytest.mark.parametrize("minimum", [0, COUNT])
def test_the_first_sync_of_a_tracker_may_make_all_that_there_is(minimum: int) -> None:
    limits = {"jira": replace(LIMITS, minimum=minimum)}
    snapshots = {"jira": Snapshot((), complete=True)}
    assert guard(Plan("shop", edits=new(1499)), Backlog("shop"), snapshots, limits) == ()


def test_a_first_sync_that_was_cut_short_goes_on_without_being_forced() -> None:
    backlog = linked(COUNT)
    begun = {one.item: Intent("2026-01-01T00:00:00+00:00") for one in new(1000)}
    plan = Plan("shop", edits=new(1000))
    snapshots = seen(backlog, COUNT)
    assert guard(plan, replace(backlog, intents={"jira": begun}), snapshots, {"jira": LIMITS}) == ()
    elsewhere = replace(backlog, intents={"github": begun})
    assert len(guard(plan, elsewhere, snapshots, {"jira": LIMITS})) == 1


NUMBERS: dict[str, Plan] = {
    "creates": Plan("shop", edits=new(3)),
    "changes": Plan("shop", edits=edits(3, "a", "b", "title")),
    "closes": Plan("shop", edits=edits(3, "todo", "done")),
    "moves": Plan("shop", moves=moves(3)),
    "releases": Plan("shop", releases=releases(3)),
}


@pytest.mark.parametrize(("name", "plan"), NUMBERS.items(), ids=NUMBERS)
def test_a_number_that_is_set_holds_however_many_records_there_are(name: str, plan: Plan) -> None:
    backlog = linked(100)
    snapshots = seen(backlog, 100)
    three = {"jira": Limits(at_most={name: 3})}
    assert guard(plan, backlog, snapshots, three) == ()
    [reason] = guard(plan, backlog, snapshots, {"jira": Limits(at_most={name: 2})})
    assert reason.startswith("jira: 3 re")
    assert reason.endswith(f"more than guard.at_most.{name} (2) allows")


def test_a_number_holds_for_a_first_sync_too() -> None:
    snapshots = {"jira": Snapshot((), complete=True)}
    limits = {"jira": Limits(at_most={"creates": 500})}
    assert guard(Plan("shop", edits=new(501)), Backlog("shop"), snapshots, limits) == (
        "jira: 501 records would be created, more than guard.at_most.creates (500) allows",
    )


def test_each_tracker_is_held_to_its_own_limits() -> None:
    backlog = linked(COUNT)
    links = backlog.links["jira"]
    both = replace(backlog, links={"jira": links, "github": links})
    snapshots = {name: seen(backlog, COUNT)["jira"] for name in ("jira", "github")}
    mine = edits(3, "todo", "done")
    plan = Plan("shop", edits=(*mine, *(replace(one, tracker="github") for one in mine)))
    limits = {"jira": LIMITS, "github": replace(LIMITS, closes=0.1)}
    assert guard(plan, both, snapshots, limits) == (
        "github: 3 of 20 records would be closed, more than guard.closes (10%) allows",
    )


def test_labels_that_are_made_or_changed_can_be_capped() -> None:
    plan, backlog = Plan("shop", vocabulary=labels(3)), linked(COUNT)
    capped = replace(LIMITS, at_most={"labels": 2})
    assert guard(plan, backlog, seen(backlog, COUNT), {"jira": capped}) == (
        "jira: 3 labels would be made or changed, more than guard.at_most.labels (2) allows",
    )
