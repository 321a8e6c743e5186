"""Edits that fail: they hold up nothing else, wait longer and longer, and are given up and said."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.memory import MemoryTracker
from sync.backlog import Failing
from sync.engine import Failure, apply
from sync.engine.run import Engine
from sync.planner.waiting import TRIES
from sync.state import Store, Unwritable
from sync.tracker import Denied, Rejected, RetryLater, Stale, TrackerError, Unavailable
from tests.sync.test_engine import Unruly, applied, item_of, state, unruly
from tests.sync.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two items in jira and on github."""
    world = World(tmp_path, {"jira": MemoryTracker(), "github": MemoryTracker()})
    world.add("jira", title="Pay")
    world.add("jira", title="Ship")
    world.apply()
    return world


def tick(world: World, minutes: float) -> None:
    """The next run is so much later than the last one."""
    world.now += timedelta(minutes=minutes) - timedelta(minutes=5)


def failing(world: World) -> dict[str, Failing]:
    """By the item's title."""
    titles = {item.id: item.title for item in world.items().values()}
    return {titles[item]: one for item, one in state(world).failing.get("github", {}).items()}


def test_one_bad_payload_stops_no_other_item(world: World) -> None:
    """A queue that waits for its first entry is a standstill for all."""
    github = unruly(world)
    github.errors = {"Pay": Rejected("the body is too long")}
    world.edit("jira", "r1", description="x" * 70_000)
    for at in range(4):
        world.edit("jira", "r2", priority=["high", "low"][at % 2])
        world.apply()
        assert github.place.all()[1].shown["priority"] == ["high", "low"][at % 2]
    assert set(failing(world)) == {"Pay"}


def test_an_edit_that_fails_is_tried_by_the_next_run_and_then_waits_longer_and_longer(
    world: World,
) -> None:
    github = unruly(world)
    github.errors = {"Pay": RetryLater("busy")}
    world.edit("jira", "r1", title="Pay by card")
    applied(world)
    first = failing(world)["Pay by card"]
    assert (first.tries, first.first, first.next) == (1, first.last, first.last)
    tick(world, 0)
    world.apply()
    for tries, minutes in ((2, 1), (3, 2), (4, 4), (5, 8), (6, 16), (7, 32)):
        one = failing(world)["Pay by card"]
        assert (one.tries, one.first, one.message) == (tries, first.first, "busy")
        tick(world, minutes - 0.5)
        assert applied(world).failures == []
        assert failing(world)["Pay by card"] == one
        tick(world, 0.5)
        assert len(applied(world).failures) == 1
    assert len(github.updates) == TRIES


def dead(world: World) -> None:
    """An edit of Pay fails until it is given up."""
    for _ in range(TRIES):
        world.apply()
        tick(world, 60 * 24)
    assert failing(world)["Pay by card"].next is None


def test_after_eight_failures_it_is_a_dead_letter_that_only_a_person_has_tried_again(
    world: World,
) -> None:
    github = unruly(world)
    github.errors = {"Pay": Rejected("too long")}
    world.edit("jira", "r1", title="Pay by card")
    dead(world)
    tick(world, 60 * 24 * 365)
    assert applied(world).failures == []
    assert len(github.updates) == TRIES
    github.errors = {}
    assert applied(world, retry=True).updated == 1
    assert github.place.all()[0].shown["title"] == "Pay by card"
    assert failing(world) == {}
    assert not world.plan().plan.pending


def test_a_dead_letter_that_fails_again_stays_one(world: World) -> None:
    github = unruly(world)
    github.errors = {"Pay": Rejected("too long")}
    world.edit("jira", "r1", title="Pay by card")
    dead(world)
    assert len(applied(world, retry=True).failures) == 1
    one = failing(world)["Pay by card"]
    assert (one.tries, one.next) == (TRIES + 1, None)


def test_what_waits_is_out_of_the_plan_and_said_there_with_what_to_do(world: World) -> None:
    github = unruly(world)
    github.errors = {"Pay": Rejected("too long")}
    world.edit("jira", "r1", title="Pay by card")
    world.apply()
    tick(world, 0)
    world.apply()
    plan = world.plan().plan
    assert plan.edits == ()
    [finding] = plan.findings
    assert (finding.rule, finding.severity, finding.item) == (
        "failing",
        "warning",
        item_of(world, "Pay by card"),
    )
    assert finding.message == (
        "The update of MEM-1 on github failed 2 times and waits for its next try: too long. "
        "To try now, mend the cause and run `apply --retry`, or change the item."
    )
    dead(world)
    [finding] = world.plan().plan.findings
    assert finding.severity == "error"
    assert finding.message == (
        f"The update of MEM-1 on github failed {TRIES} times, and is not tried any more: too "
        "long. To go on, mend the cause and run `apply --retry`, or change the item."
    )


def test_another_edit_of_the_item_is_tried_at_once(world: World) -> None:
    github = unruly(world)
    github.errors = {"Pay": Rejected("too long")}
    world.edit("jira", "r1", title="Pay by card")
    dead(world)
    github.errors = {}
    world.edit("jira", "r1", title="Pay by phone")
    assert applied(world).updated == 1
    assert failing(world) == {}
    assert github.place.all()[0].shown["title"] == "Pay by phone"


def test_another_edit_that_fails_too_starts_over(world: World) -> None:
    github = unruly(world)
    github.errors = {"Pay": Rejected("too long")}
    world.edit("jira", "r1", title="Pay by card")
    dead(world)
    world.edit("jira", "r1", title="Pay by phone")
    world.apply()
    assert failing(world)["Pay by phone"].tries == 1


def test_an_edit_that_nobody_wants_any_more_is_forgotten(world: World) -> None:
    github = unruly(world)
    github.errors = {"Pay": Rejected("too long")}
    world.edit("jira", "r1", title="Pay by card")
    dead(world)
    world.edit("jira", "r1", title="Pay")
    world.apply()
    assert failing(world) == {}
    assert not world.plan().plan.findings


def test_a_dead_letter_is_not_forgotten_while_a_tracker_does_not_answer(world: World) -> None:
    github = unruly(world)
    github.errors = {"Pay": Rejected("too long")}
    world.edit("jira", "r1", title="Pay by card")
    dead(world)
    world.places["jira"].down = Unavailable("no answer")
    world.apply()
    assert set(failing(world)) == {"Pay by card"}


def test_a_field_that_was_refused_for_good_is_asked_for_again_where_a_person_says_so(
    world: World,
) -> None:
    github = world.places["github"]
    github.refuse = frozenset({"priority"})
    world.edit("jira", "r1", priority="high")
    world.apply()
    github.refuse = frozenset()
    assert world.plan().plan.edits == ()
    assert applied(world, retry=True).updated == 1
    assert world.record("github", "Pay").shown["priority"] == "high"
    assert not world.plan().plan.findings


@pytest.mark.parametrize("error", [Denied("the token has expired"), Unavailable("no answer")])
def test_a_token_that_expired_is_the_trackers_failure_and_no_items(
    world: World, error: TrackerError
) -> None:
    github = unruly(world)
    github.errors = {"Pay": error}
    world.edit("jira", "r1", title="Pay by card")
    for _ in range(TRIES + 1):
        assert Failure("github", None, None, str(error)) in applied(world).failures
    assert failing(world) == {}
    github.errors = {}
    world.apply()
    assert github.place.all()[0].shown["title"] == "Pay by card"


def test_being_asked_to_wait_gives_nothing_up_however_often(world: World) -> None:
    """A limit that a tracker sets says nothing of any item; an edit must not be given up for it."""
    github = unruly(world)
    github.errors = dict.fromkeys(["Pay", "Ship"], RetryLater("429: too many requests", after=60))
    world.edit("jira", "r1", title="Pay by card")
    world.edit("jira", "r2", title="Ship it")
    for _ in range(TRIES + 1):
        assert len(applied(world).failures) == 2
    assert failing(world) == {}
    github.errors = {}
    assert applied(world).updated == 2


def test_a_tracker_that_stops_counts_no_try_of_what_fails_there_already(world: World) -> None:
    github = unruly(world)
    github.errors = {"Pay": Stale("changed")}
    world.edit("jira", "r1", title="Pay by card")
    world.apply()
    before = failing(world)
    github.errors = {"Pay": Unavailable("no answer")}
    world.apply()
    assert failing(world) == before


def test_a_child_goes_on_without_a_parent_that_fails_and_gets_it_when_it_is_there(
    world: World,
) -> None:
    epic = world.add("jira", title="Epic")
    world.add("jira", title="Child", parent=epic.id)
    github = unruly(world)
    github.errors = {"Epic": Rejected("no such type")}
    world.apply()
    tick(world, 0)
    world.apply()
    assert [one.shown["title"] for one in github.place.all()] == ["Pay", "Ship", "Child"]
    plan = world.plan().plan
    assert plan.edits == ()
    [finding] = plan.findings
    assert finding.message.startswith("The create of Epic on github failed 2 times and waits")
    github.errors = {}
    tick(world, 60)
    world.apply()
    world.apply()
    [child] = [one for one in github.place.all() if one.shown["title"] == "Child"]
    [epic] = [one for one in github.place.all() if one.shown["title"] == "Epic"]
    assert child.shown["parent"] == epic.id
    assert not world.plan().plan.pending


def test_a_child_that_a_tracker_does_not_take_without_its_parent_is_tried_once_it_is_there(
    world: World,
) -> None:
    epic = world.add("jira", title="Epic")
    world.add("jira", title="Child", parent=epic.id)
    github = unruly(world)
    github.errors = {"Epic": Rejected("no such type"), "Child": Rejected("it needs a parent")}
    for _ in range(TRIES):
        world.apply()
        tick(world, 60)
    assert [one.next for one in failing(world).values()] == [None, None]
    github.errors = {}
    world.edit("jira", epic.id, priority="high")
    assert applied(world).created == 1
    assert applied(world).created == 1
    [child] = [one for one in github.place.all() if one.shown["title"] == "Child"]
    assert child.shown["parent"] is not None
    assert failing(world) == {}


def test_references_do_not_make_another_edit_of_one_that_fails(world: World) -> None:
    """What is asked of the tracker is the same, for what is referred to is not there."""
    third = world.add("jira", title="Third")
    github = unruly(world)
    github.errors = {"Third": Rejected("no"), "Pay": Rejected("no")}
    world.edit("jira", "r1", title="Pay by card", blocked_by=frozenset({third.id}), parent=third.id)
    world.apply()
    tick(world, 0)
    world.apply()
    assert world.plan().plan.edits == ()


# Nothing is written that could not be remembered.


@pytest.mark.parametrize("step", range(1, 6))
def test_a_state_that_cannot_be_written_stops_the_run_at_once_on_all_trackers(
    tmp_path: Path, step: int
) -> None:
    names = ("jira", "github", "files")
    world = World(tmp_path, {name: MemoryTracker() for name in names})
    for title in "ABC":
        world.add("jira", title=title)
    context, decision, adapters = world.look()
    store = Store(world.url)
    done: list[str] = []

    def progress(tracker: str, number: int) -> None:
        done.append(tracker)
        if len(done) == step:
            with store.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA query_only=ON")

    with pytest.raises(Unwritable, match="nothing more was written to any tracker"):
        apply(Engine(context, adapters, store, lambda: world.now, progress), decision)
    store.close()
    made = {name: len(world.places[name].all()) for name in ("github", "files")}
    assert sum(made.values()) <= step + 1  # the one that could not be remembered
    assert len(done) == step
    world.apply()
    assert [len(place.all()) for place in world.places.values()] == [3, 3, 3]
    assert not world.plan().plan.pending
    killed = world.journal().runs("shop")[1]
    assert (killed.ended, killed.outcome) == (None, "killed")


@pytest.fixture
def three(world: World) -> World:
    world.add("jira", title="Tax")
    world.apply()
    return world


def refused(three: World) -> Unruly:
    """Tax is at the top in jira; and github does not take it there."""
    github = unruly(three)
    github.errors = {"Tax": Rejected("the issue is not on the board")}
    three.places["jira"].place("r3", None)
    return github


def unmoved(world: World) -> dict[str, Failing]:
    """By the item's title."""
    titles = {item.id: item.title for item in world.items().values()}
    return {titles[item]: one for item, one in state(world).unmoved.get("github", {}).items()}


def test_a_move_that_fails_waits_longer_and_longer_and_is_given_up_and_said(three: World) -> None:
    github = refused(three)
    for tries, minutes in ((1, 0), (2, 1), (3, 2), (4, 4), (5, 8), (6, 16), (7, 32)):
        assert len(applied(three).failures) == 1
        assert unmoved(three)["Tax"].tries == tries
        if minutes:
            tick(three, minutes - 0.5)
            assert applied(three).failures == []
            [finding] = [one for one in three.plan().plan.findings if one.rule == "failing"]
            assert finding.message.startswith("The move of MEM-3 on github failed")
            assert three.plan().plan.moves == ()
        tick(three, 0.5 if minutes else 0)
    applied(three)
    tick(three, 60 * 24 * 365)
    assert applied(three).failures == []
    [finding] = [one for one in three.plan().plan.findings if one.rule == "failing"]
    assert (finding.severity, "not tried any more" in finding.message) == ("error", True)
    assert len(github.moves) == TRIES


def test_a_move_that_was_given_up_is_made_when_a_person_says_so(three: World) -> None:
    github = refused(three)
    for _ in range(TRIES):
        three.apply()
        tick(three, 60 * 24)
    assert unmoved(three)["Tax"].next is None
    github.errors = {}
    assert applied(three, retry=True).moved == 1
    assert unmoved(three) == {}
    assert [one.shown["title"] for one in github.place.all()] == ["Tax", "Pay", "Ship"]
    assert not three.plan().plan.pending


def test_another_place_for_a_record_does_not_wait(three: World) -> None:
    github = refused(three)
    three.apply()
    three.apply()
    three.places["jira"].place("r3", "r1")
    tick(three, 0.1)
    three.apply()
    assert len(github.moves) == 3
    assert unmoved(three)["Tax"].tries == 1


def test_others_are_moved_around_a_record_that_waits(three: World) -> None:
    github = refused(three)
    three.apply()
    three.apply()
    three.places["jira"].place("r2", "r3")
    tick(three, 0.1)
    assert applied(three).failures == []
    titles = [one.shown["title"] for one in github.place.all()]
    assert titles.index("Ship") < titles.index("Pay")


def test_a_move_that_nobody_wants_any_more_is_forgotten(three: World) -> None:
    refused(three)
    three.apply()
    three.places["jira"].place("r3", "r2")
    three.apply()
    assert unmoved(three) == {}


@pytest.mark.parametrize("error", [Denied("no"), Unavailable("down"), RetryLater("busy", 60.0)])
def test_a_tracker_that_stops_says_nothing_of_the_record_to_be_moved(
    three: World, error: TrackerError
) -> None:
    github = refused(three)
    github.errors = {"Tax": error}
    three.apply()
    assert unmoved(three) == {}
