"""Taking a run back: what goes back, what stays and why; and that it sticks."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy

import pytest

from adapters.base import Comments, Setup
from adapters.comments import own
from adapters.memory import MemoryReleases, MemoryTracker
from sync.merge import Policy
from sync.model import COMMENTS, FIELDS, Comment, Criterion, FieldName, Shape, Value
from sync.planner import Settings, TrackerSettings
from sync.planner.undo import Kept, Past
from sync.planner.undo.order import put_back
from sync.planner.undo.values import Written
from sync.state import Entry
from sync.tracker import Unavailable
from tests.sync.test_engine import applied, entries, item_of, state
from tests.sync.undoing import look_back, undo
from tests.sync.world import SILENT, Crash, World, shown

NAMES = ("jira", "github", "files")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two items, everywhere."""
    world = World(tmp_path, {name: MemoryTracker() for name in NAMES})
    world.add("jira", title="Pay", labels=frozenset({"x"}))
    world.add("jira", title="Ship")
    world.apply()
    return world


def shows(world: World, name: FieldName, record: str = "r1") -> list[object]:
    """What each tracker shows of one field."""
    return [place.history[record][-1][1].shown[name] for place in world.places.values()]


def whys(kept: tuple[Kept, ...]) -> set[tuple[str, FieldName | None, str]]:
    return {(one.tracker, one.field, one.why) for one in kept}


# What goes back.


def test_what_a_run_wrote_goes_back_and_the_edit_that_it_carried_stays(world: World) -> None:
    world.edit("jira", "r1", title="Pay by card")
    run = applied(world).run
    _, undoing = undo(world, run)
    assert undoing.kept == ()
    assert shows(world, "title") == ["Pay by card", "Pay", "Pay"]
    assert world.items()[item_of(world, "Pay")].title == "Pay"
    plan = world.plan().plan
    assert not plan.pending
    [finding] = plan.findings
    assert (finding.rule, finding.severity, finding.item) == (
        "undone",
        "warning",
        item_of(world, "Pay"),
    )
    assert finding.message == (
        f"jira shows another title of MEM-1 than the backlog since run {run} was taken back. "
        "It stays so until somebody edits it, there or elsewhere."
    )


def test_an_undo_sticks_however_often_the_trackers_are_read_whole(world: World) -> None:
    world.edit("jira", "r1", title="Pay by card", priority="high")
    undo(world, applied(world).run)
    for _ in range(2):
        world.apply(whole=True)
        assert shows(world, "title") == ["Pay by card", "Pay", "Pay"]
        assert shows(world, "priority") == ["high", None, None]
    assert {one.rule for one in world.plan().plan.findings} == {"undone"}


EDITED: dict[str, tuple[str, str]] = {
    "where it stayed": ("jira", "Pay by phone"),
    "where it went back": ("github", "Pay by phone"),
    "back to what it was": ("jira", "Pay"),
    "to what was taken back": ("files", "Pay by card"),
}


@pytest.mark.parametrize(("side", "title"), EDITED.values(), ids=EDITED)
@pytest.mark.parametrize("field", ["title", "description"])
def test_it_ends_when_somebody_edits_it_on_either_side(
    world: World, side: str, title: str, field: FieldName
) -> None:
    world.edit("jira", "r1", **{field: "Pay"})
    world.apply()
    world.edit("jira", "r1", **{field: "Pay by card"})
    undo(world, applied(world).run)
    world.edit(side, "r1", **{field: title})
    world.apply()
    assert shows(world, field) == [title] * 3
    assert not world.plan().plan.pending
    assert world.plan().plan.findings == ()


def test_what_stayed_in_a_set_counts_again_when_the_set_is_edited_there(world: World) -> None:
    world.edit("jira", "r1", labels=frozenset({"x", "y"}))
    undo(world, applied(world).run)
    assert shows(world, "labels") == [["x", "y"], ["x"], ["x"]]
    world.edit("jira", "r1", labels=frozenset({"x", "y", "z"}))
    world.apply()
    assert shows(world, "labels") == [["x", "y", "z"]] * 3


def test_an_edit_of_another_field_does_not_end_it(world: World) -> None:
    world.edit("jira", "r1", title="Pay by card")
    undo(world, applied(world).run)
    world.edit("jira", "r1", priority="high")
    world.edit("github", "r1", estimate=3.0)
    world.apply()
    assert shows(world, "title") == ["Pay by card", "Pay", "Pay"]
    assert shows(world, "priority") == ["high"] * 3
    assert not world.plan().plan.pending


def test_it_outlives_a_conflict_of_the_field(world: World) -> None:
    world.edit("jira", "r1", title="Pay by card")
    undo(world, applied(world).run)
    world.edit("github", "r1", title="Pay by phone")
    world.edit("files", "r1", title="Pay by cheque")
    world.apply()
    [conflict] = world.plan().plan.conflicts
    assert conflict.sides == {"github": "Pay by phone", "files": "Pay by cheque"}
    world.edit("files", "r1", title="Pay by phone")
    world.apply()
    assert shows(world, "title") == ["Pay by phone"] * 3
    assert not world.plan().plan.pending


def test_an_undo_is_taken_back_by_an_undo(world: World) -> None:
    world.edit("jira", "r1", title="Pay by card", labels=frozenset({"y"}))
    run = applied(world).run
    back, _ = undo(world, run)
    again, _ = undo(world, back.run)
    assert shows(world, "title") == ["Pay by card"] * 3
    assert shows(world, "labels") == [["y"]] * 3
    plan = world.plan().plan
    assert (plan.pending, plan.findings) == (False, ())
    runs = [(one.id, one.undoes) for one in world.journal().runs("shop")]
    assert runs[:3] == [(again.run, back.run), (back.run, run), (run, None)]
    assert {one.because for one in entries(world, back.run)} == {f"undo of run {run}"}


def test_of_a_set_only_what_the_run_added_and_removed_goes_back(world: World) -> None:
    world.edit("jira", "r1", labels=frozenset({"y", "z"}))
    run = applied(world).run
    world.edit("github", "r1", labels=frozenset({"y", "mine"}))
    world.apply()
    undo(world, run)
    assert shows(world, "labels") == [["mine", "y"], ["mine", "x"], ["mine", "x"]]
    assert not world.plan().plan.pending


def test_what_somebody_added_to_a_set_since_is_merged_by_the_next_run(world: World) -> None:
    world.edit("jira", "r1", labels=frozenset({"x", "y"}))
    run = applied(world).run
    world.edit("github", "r1", labels=frozenset({"x", "y", "mine"}))
    undo(world, run)
    assert shows(world, "labels") == [["x", "y"], ["mine", "x"], ["x"]]
    world.apply()
    assert shows(world, "labels") == [["mine", "x"]] * 3


def test_references_go_back_as_other_sets_do(world: World) -> None:
    third = world.add("jira", title="Third")
    world.apply()
    world.edit("jira", "r1", blocked_by=frozenset({"r2", third.id}), parent="r2")
    undo(world, applied(world).run)
    assert shows(world, "blocked_by") == [["r2", "r3"], [], []]
    assert shows(world, "parent") == ["r2", None, None]
    assert not world.plan().plan.pending


def test_criteria_go_back_where_they_are_still_as_written(world: World) -> None:
    one, two = Criterion("a"), Criterion("b", True)
    world.edit("jira", "r1", acceptance_criteria=(one, two))
    undo(world, applied(world).run)
    assert shows(world, "acceptance_criteria") == [[["a", False], ["b", True]], [], []]


def test_a_status_that_a_tracker_knows_less_of_goes_back_as_it_was(tmp_path: Path) -> None:
    places = {"jira": MemoryTracker(), "github": MemoryTracker(open_closed=True)}
    world = World(tmp_path, places)
    world.add("jira", title="Pay", status="in_progress")
    world.apply()
    world.edit("jira", "r1", status="done")
    undo(world, applied(world).run)
    assert shows(world, "status") == ["done", "open"]
    assert [item.status for item in world.items().values()] == ["in_progress"]
    assert not world.plan().plan.pending


@pytest.mark.parametrize(
    "policy",
    [Policy(authority="jira"), Policy(authority="backlog"), Policy(prefer=("jira",))],
    ids=["jira decides", "the backlog decides", "jira is preferred"],
)
def test_what_was_put_back_for_who_decides_stays_with_who_had_changed_it(
    world: World, policy: Policy
) -> None:
    world.edit("jira", "r1", priority="low")
    world.apply()
    world.policies = {"priority": policy}
    world.edit("github", "r1", priority="high")
    world.edit("jira", "r1", priority="medium")
    before = shows(world, "priority")
    run = applied(world).run
    undo(world, run)
    assert shows(world, "priority") == before
    assert not world.plan().plan.pending
    world.apply()
    assert shows(world, "priority") == before


# What stays, and why.


def test_what_was_changed_since_stays_on_all_sides(world: World) -> None:
    world.edit("jira", "r1", title="Pay by card")
    run = applied(world).run
    world.edit("github", "r1", title="Pay by phone")
    _, undoing = undo(world, run)
    assert whys(undoing.kept) == {
        ("github", "title", "it was changed since"),
        ("backlog", "title", "github keeps it"),
    }
    assert shows(world, "title") == ["Pay by card", "Pay by phone", "Pay"]
    world.apply()
    assert shows(world, "title") == ["Pay by phone"] * 3


def test_what_a_later_run_changed_stays(world: World) -> None:
    world.edit("jira", "r1", title="Pay by card")
    run = applied(world).run
    world.edit("jira", "r1", title="Pay by phone")
    world.apply()
    _, undoing = look_back(world, run)
    assert undoing.decision.verdicts == ()
    assert whys(undoing.kept) == {
        ("github", "title", "it was changed since"),
        ("files", "title", "it was changed since"),
        ("backlog", "title", "files and github keep it"),
    }


def test_a_state_that_the_backlog_left_since_stays_though_a_tracker_shows_it_alike(
    tmp_path: Path,
) -> None:
    places = {"jira": MemoryTracker(), "github": MemoryTracker(open_closed=True)}
    world = World(tmp_path, places)
    world.add("jira", title="Pay", status="todo")
    world.apply()
    world.edit("jira", "r1", status="done")
    run = applied(world).run
    world.edit("jira", "r1", status="cancelled")
    world.apply()
    _, undoing = undo(world, run)
    assert ("github", "status", "it was changed since") in whys(undoing.kept)
    assert shows(world, "status") == ["cancelled", "closed"]


def test_a_value_that_no_tracker_was_told_goes_back_unless_it_was_changed_since(
    tmp_path: Path,
) -> None:
    places = {"jira": MemoryTracker(), "github": MemoryTracker(open_closed=True)}
    world = World(tmp_path, places)
    world.add("jira", title="Pay", status="todo")
    world.apply()
    world.edit("jira", "r1", status="in_progress")
    run = applied(world).run
    _, undoing = look_back(world, run)
    assert [one.item.status for one in undoing.decision.verdicts] == ["todo"]
    world.edit("jira", "r1", status="in_review")
    world.apply()
    _, undoing = look_back(world, run)
    assert whys(undoing.kept) == {("backlog", "status", "it was changed since")}


MADE = "it was made by this run, and nothing is ever deleted: close it by hand, if it is meant"


def test_what_a_run_made_is_not_deleted_and_said(world: World) -> None:
    third = world.add("jira", title="Third", priority="high")
    world.edit("jira", "r1", title="Pay by card")
    run = applied(world).run
    _, undoing = undo(world, run)
    assert whys(undoing.kept) == {("backlog", None, MADE)}
    assert [one.item for one in undoing.kept] == [item_of(world, "Third")]
    assert [len(place.all()) for place in world.places.values()] == [3, 3, 3]
    assert shows(world, "priority", third.id) == ["high"] * 3
    assert shows(world, "title") == ["Pay by card", "Pay", "Pay"]
    assert not world.plan().plan.pending


def test_a_record_that_a_run_made_of_an_item_keeps_what_the_item_then_was(tmp_path: Path) -> None:
    world = World(tmp_path, {"jira": MemoryTracker(), "files": MemoryTracker()})
    world.add("jira", title="Pay")
    world.apply()
    world.places["github"] = MemoryTracker()
    world.edit("jira", "r1", title="Pay by card", priority="high")
    run = applied(world).run
    _, undoing = undo(world, run)
    assert whys(undoing.kept) == {
        ("github", None, MADE),
        ("backlog", "title", "github keeps it"),
        ("backlog", "priority", "github keeps it"),
    }
    assert shows(world, "title") == ["Pay by card", "Pay", "Pay by card"]
    assert not world.plan().plan.pending


def test_a_record_that_is_gone_is_left_alone(world: World) -> None:
    world.edit("jira", "r1", title="Pay by card")
    run = applied(world).run
    world.places["github"].remove("r1")
    _, undoing = undo(world, run)
    assert ("github", "title", "the record is gone: deleted") in whys(undoing.kept)
    assert [world.record("files", "Pay").id] == ["r1"]
    world.apply(whole=True)
    _, undoing = look_back(world, run)
    assert ("github", "title", "the record is gone: not seen") in whys(undoing.kept)


def test_a_tracker_that_left_the_settings_is_said(world: World) -> None:
    world.edit("jira", "r1", title="Pay by card")
    run = applied(world).run
    del world.places["files"]
    _, undoing = undo(world, run)
    why = "files is not in the settings any more"
    assert ("files", "title", why) in whys(undoing.kept)
    assert shows(world, "title") == ["Pay by card", "Pay"]


def test_nothing_is_taken_back_of_an_item_while_a_tracker_that_shows_it_does_not_answer(
    world: World,
) -> None:
    world.edit("jira", "r1", title="Pay by card")
    world.places["jira"].place("r2", None)
    run = applied(world).run
    world.places["files"].down = Unavailable("no answer")
    _, undoing = undo(world, run)
    why = "files did not answer; run the undo again when it does"
    assert ("backlog", None, why) in whys(undoing.kept)
    assert shows(world, "title") == ["Pay by card"] * 3
    assert world.titles("github") == ["Ship", "Pay by card"]
    world.places["files"].down = None
    undo(world, run)
    assert shows(world, "title") == ["Pay by card", "Pay", "Pay"]
    assert world.titles("github") == ["Pay", "Ship"]


def test_what_a_tracker_refused_is_said_and_the_backlog_goes_back(world: World) -> None:
    world.places["github"].refuse = frozenset({"title"})
    world.edit("jira", "r1", title="Pay by card")
    run = applied(world).run
    _, undoing = undo(world, run)
    assert whys(undoing.kept) == {("github", "title", "the tracker had not taken it")}
    assert shows(world, "title") == ["Pay by card", "Pay", "Pay"]
    assert [item.title for item in world.items().values()].count("Pay") == 1


def test_a_field_that_is_no_longer_carried_or_published_stays(world: World) -> None:
    world.edit("jira", "r1", title="Pay by card", estimate=3.0)
    run = applied(world).run
    world.places["files"].without = frozenset({"estimate"})
    world.places["github"].public = True
    trackers = {name: TrackerSettings("all") for name in NAMES}
    trackers["github"] = TrackerSettings("all", frozenset({"title"}))
    world.settings = Settings(trackers, {}, SILENT)
    _, undoing = undo(world, run)
    assert whys(undoing.kept) == {
        ("files", "estimate", "it is not carried there any more"),
        ("github", "estimate", "the settings publish nothing of it there"),
        ("backlog", "estimate", "files and github keep it"),
    }
    assert shows(world, "title") == ["Pay by card", "Pay", "Pay"]


def test_a_value_that_has_no_word_any_more_stays(world: World) -> None:
    world.edit("jira", "r1", priority="low")
    world.apply()
    world.edit("jira", "r1", priority="high")
    run = applied(world).run
    world.setups["github"] = Setup("github", values={"priority": {"high": "high"}})
    _, undoing = undo(world, run)
    [why] = [one.why for one in undoing.kept if one.tracker == "github"]
    assert why.startswith("priority: 'low' has no counterpart")
    assert shows(world, "priority") == ["high", "high", "low"]


def test_an_item_that_nobody_knows_any_more_is_passed_over(world: World) -> None:
    run = applied(world).run
    journal = world.journal()
    at = "2026-01-01T00:00:00+00:00"
    journal.write(run, [Entry(at, "github", "nobody", None, "update", "title", "a", "b", "x")])
    journal.engine.dispose()
    _, undoing = look_back(world, run)
    assert (undoing.decision.verdicts, undoing.kept) == ((), ())


# Order, releases, comments.


def test_what_a_run_moved_goes_back_where_it_still_is(world: World) -> None:
    for title in "ABC":
        world.add("jira", title=title)
    world.apply()
    world.places["jira"].place("r5", None)
    world.places["jira"].place("r4", None)
    run = applied(world).run
    assert world.titles("github") == ["B", "C", "Pay", "Ship", "A"]
    _, undoing = undo(world, run)
    assert undoing.kept == ()
    assert world.titles("jira") == ["B", "C", "Pay", "Ship", "A"]
    for name in ("github", "files"):
        assert world.titles(name) == ["Pay", "Ship", "A", "B", "C"]
    assert [state(world).items[one].title for one in state(world).order] == world.titles("files")
    assert not world.plan().plan.pending
    world.apply(whole=True)
    assert world.titles("github") == ["Pay", "Ship", "A", "B", "C"]
    world.places["jira"].place("r1", None)
    world.apply()
    assert {tuple(world.titles(name)) for name in NAMES} == {("Pay", "Ship", "A", "B", "C")}


def test_moves_of_an_undo_are_taken_back_by_its_undo(world: World) -> None:
    world.places["jira"].place("r2", None)
    back, _ = undo(world, applied(world).run)
    undo(world, back.run)
    assert {tuple(world.titles(name)) for name in NAMES} == {("Ship", "Pay")}
    assert not world.plan().plan.pending


def test_an_order_that_was_changed_since_stays(world: World) -> None:
    world.add("jira", title="Third")
    world.apply()
    world.places["jira"].place("r2", None)
    run = applied(world).run
    world.places["github"].place("r3", None)
    _, undoing = undo(world, run)
    why = "its order was changed since, or could not be read"
    assert whys(undoing.kept) == {("github", "order", why)}
    world.apply()
    assert {tuple(world.titles(name)) for name in NAMES} == {("Third", "Ship", "Pay")}
    undo(world, run)
    assert world.titles("github") == world.titles("files") == ["Third", "Pay", "Ship"]
    assert world.titles("jira") == ["Third", "Ship", "Pay"]
    assert not world.plan().plan.pending


def test_what_was_moved_away_since_stays_there(world: World) -> None:
    for title in "ABC":
        world.add("jira", title=title)
    world.apply()
    world.places["jira"].place("r5", None)
    run = applied(world).run
    world.places["jira"].place("r5", "r3")
    world.apply()
    _, undoing = undo(world, run)
    assert {one.why for one in undoing.kept} == {"what was moved is no longer where the run put it"}
    assert world.titles("github") == ["Pay", "Ship", "A", "C", "B"]


def test_a_move_of_an_old_journal_is_not_taken_back(world: World) -> None:
    world.places["jira"].place("r2", None)
    run = applied(world).run
    journal = world.journal()
    with journal.engine.begin() as connection:
        connection.exec_driver_sql("""UPDATE journal SET before='null', after='"x"'""")
    journal.engine.dispose()
    _, undoing = undo(world, run)
    assert undoing.decision.plan.moves == ()
    assert world.titles("github") == ["Ship", "Pay"]


def test_releases_go_back_with_their_names_and_the_items_in_them(tmp_path: Path) -> None:
    names = ("jira", "github")
    world = World(tmp_path, {name: MemoryTracker(releases=MemoryReleases()) for name in names})
    jira = world.places["jira"]
    assert jira.releases is not None
    jira.releases.ensure("1.0")
    world.add("jira", title="Pay", release="1.0")
    world.apply()
    [id] = jira.releases.held
    jira.releases.set(id, {"name": "1.1", "due": "2026-05-01", "done": True})
    jira.rename_release("1.0", "1.1")
    run = applied(world).run
    github = world.places["github"]
    assert github.releases is not None

    def held() -> list[object]:
        return [dict(one.shown) for one in github.releases.held.values()]  # type: ignore[union-attr]

    assert held() == [{"name": "1.1", "due": "2026-05-01", "done": True}]
    back, undoing = undo(world, run)
    assert undoing.kept == ()
    assert held() == [{"name": "1.0", "due": None, "done": False}]
    assert shows(world, "release") == ["1.1", "1.0"]
    assert [item.release for item in world.items().values()] == ["1.0"]
    plan = world.plan().plan
    assert not plan.pending
    assert {one.rule for one in plan.findings} == {"undone"}
    world.apply()
    assert held() == [{"name": "1.0", "due": None, "done": False}]
    undo(world, back.run)
    assert held() == [{"name": "1.1", "due": "2026-05-01", "done": True}]
    assert shows(world, "release") == ["1.1", "1.1"]
    assert not world.plan().plan.pending


def test_releases_stay_while_a_tracker_does_not_answer(tmp_path: Path) -> None:
    names = ("jira", "github", "files")
    world = World(tmp_path, {name: MemoryTracker(releases=MemoryReleases()) for name in names})
    jira = world.places["jira"]
    assert jira.releases is not None
    jira.releases.ensure("1.0")
    world.add("jira", title="Pay", release="1.0")
    made = applied(world).run
    [id] = jira.releases.held
    jira.releases.set(id, {"due": "2026-05-01"})
    run = applied(world).run
    world.places["files"].down = Unavailable("no answer")
    _, undoing = undo(world, run)
    assert undoing.decision.releases.edits == ()
    assert {one.why for one in undoing.kept} == {
        "files did not answer; run the undo again when it does"
    }
    world.places["files"].down = None
    _, undoing = look_back(world, made)
    assert {one.why for one in undoing.kept} == {MADE}


def said(id: str, text: str) -> Comment:
    return Comment(id, "ada", f"2026-01-01T00:00:0{id[-1]}Z", text)


ONE, TWO, THREE = (said(f"jira:{at}", "x") for at in (1, 2, 3))
COMMENTED = {
    "one that the run brought goes": ((ONE,), (ONE, TWO), (ONE, TWO, THREE), (ONE, THREE)),
    "one that the run took away comes back": ((ONE, TWO), (TWO,), (TWO,), (ONE, TWO)),
    "one that the run changed says again what it said": (
        (ONE,),
        (said("jira:1", "y"),),
        (said("jira:1", "y"), TWO),
        (ONE, TWO),
    ),
    "one that was changed since stays": (
        (ONE,),
        (said("jira:1", "y"),),
        (said("jira:1", "z"),),
        (said("jira:1", "z"),),
    ),
    "one that the run left alone stays": ((ONE,), (ONE, TWO), (ONE,), (ONE,)),
}


@pytest.mark.parametrize(("before", "after", "now", "back"), COMMENTED.values(), ids=COMMENTED)
def test_comments_go_back_one_by_one(before: Value, after: Value, now: Value, back: Value) -> None:
    assert Written(Shape.COMMENTS, before, after).take_back(now) == back


@pytest.fixture
def talking(tmp_path: Path) -> World:
    """Two trackers that carry each other's comments."""
    schema = {**FIELDS, COMMENTS: Shape.COMMENTS}
    world = World(tmp_path, {name: MemoryTracker() for name in ("jira", "github")}, schema=schema)
    both = Comments(read=True, write=True)
    world.setups = {name: Setup(name, schema=schema, comments=both) for name in world.places}
    world.places["jira"].add({**shown({"title": "Pay"}), COMMENTS: []})
    world.apply()
    return world


def say(world: World, tracker: str, id: str, text: str) -> None:
    """Somebody comments."""
    place = world.places[tracker]
    held = place.history["r1"][-1][1].shown[COMMENTS]
    place.write("r1", {COMMENTS: [*held, own(id, "ada", datetime(2026, 1, 1, tzinfo=UTC), text)]})


def copies(world: World, tracker: str) -> int:
    return sum(bool(one["copy"]) for one in world.places[tracker].all()[0].shown[COMMENTS])


def test_copies_of_comments_that_a_run_made_go_and_do_not_come_again(talking: World) -> None:
    say(talking, "jira", "1", "Now.")
    back, undoing = undo(talking, applied(talking).run)
    assert undoing.kept == ()
    assert copies(talking, "github") == 0
    assert not talking.plan().plan.pending
    talking.apply(whole=True)
    assert copies(talking, "github") == 0
    undo(talking, back.run)
    assert copies(talking, "github") == 1
    assert not talking.plan().plan.pending


def test_copies_stay_where_somebody_commented_since(talking: World) -> None:
    say(talking, "jira", "1", "Now.")
    run = applied(talking).run
    say(talking, "github", "2", "Later.")
    _, undoing = undo(talking, run)
    assert whys(undoing.kept) == {
        ("github", COMMENTS, "somebody commented since; apply first"),
        ("backlog", COMMENTS, "github keeps it"),
    }
    talking.apply()
    assert (copies(talking, "jira"), copies(talking, "github")) == (1, 1)


# Runs that did not go well.


def test_an_undo_that_is_killed_is_finished_by_the_next_run(world: World) -> None:
    world.edit("jira", "r1", title="Pay by card")
    run = applied(world).run
    for die_after, left in ((0, "Pay by card"), (1, "Pay")):
        folder = world.folder / str(die_after)
        folder.mkdir()
        copy(world.folder / "state.db", folder / "state.db")
        twin = replace(world, folder=folder, places=deepcopy(world.places))
        with pytest.raises(Crash):
            undo(twin, run, die_after=die_after)
        assert shows(twin, "title") == ["Pay by card", "Pay", left]
        twin.apply()
        assert shows(twin, "title") == ["Pay by card", "Pay", "Pay"]
        assert not twin.plan().plan.pending


def test_what_could_not_be_put_back_is_put_back_by_the_next_run(world: World) -> None:
    world.edit("jira", "r1", title="Pay by card")
    run = applied(world).run
    world.places["github"].faults = {0: "before"}
    back, _ = undo(world, run)
    assert [one.message for one in back.failures] == ["the answer did not arrive"]
    assert shows(world, "title") == ["Pay by card", "Pay by card", "Pay"]
    world.apply()
    assert shows(world, "title") == ["Pay by card", "Pay", "Pay"]


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_run_that_never_heard_an_answer_is_taken_back_by_what_is_shown(
    world: World, fault: str
) -> None:
    world.edit("jira", "r1", title="Pay by card", labels=frozenset({"y"}))
    world.places["github"].faults = {0: fault}  # type: ignore[dict-item]
    run = applied(world).run
    _, undoing = undo(world, run)
    assert undoing.kept == ()
    assert shows(world, "title") == ["Pay by card", "Pay", "Pay"]
    assert shows(world, "labels") == [["y"], ["x"], ["x"]]
    assert not world.plan().plan.pending


def test_a_run_that_was_killed_is_taken_back_by_what_is_shown(world: World) -> None:
    world.edit("jira", "r1", title="Pay by card")
    assert world.apply(die_after=0) is None
    [killed, _] = world.journal().runs("shop")
    _, undoing = undo(world, killed.id)
    assert undoing.kept == ()
    assert shows(world, "title") == ["Pay by card", "Pay", "Pay"]
    assert not world.plan().plan.pending


def test_entries_of_fields_that_are_others_now_are_passed_over(world: World) -> None:
    run = applied(world).run
    journal, item = world.journal(), item_of(world, "Pay")
    at = "2026-01-01T00:00:00+00:00"
    old = Entry(at, "github", item, "MEM-1", "update", "title", ["a"], ["b"], "x")
    journal.write(run, [old, replace(old, field="colour", before="a", after="b")])
    journal.engine.dispose()
    _, undoing = look_back(world, run)
    assert (undoing.decision.verdicts, undoing.kept) == ((), ())


def moved(item: str, before: object, after: object) -> Past:
    return Past("github", item, None, "move", None, before, after, "done")


def test_an_item_whose_old_neighbours_are_gone_stays_about_where_it_is() -> None:
    gone = {"after": "x", "before": "y"}
    top, below = {"after": None, "before": "a"}, {"after": "a", "before": None}
    assert put_back(("b", "a"), [moved("b", gone, top)]) == ("b", "a")
    assert put_back(("a", "b"), [moved("b", gone, below)]) == ("a", "b")
    assert put_back(("a", "b"), [moved("c", gone, below)]) == ("a", "b")


def test_an_item_goes_above_what_it_stood_above_where_what_it_stood_below_is_gone() -> None:
    was, at = {"after": "x", "before": "a"}, {"after": "c", "before": None}
    assert put_back(("a", "c", "b"), [moved("b", was, at)]) == ("b", "a", "c")


def test_an_item_that_was_the_top_is_the_top_again() -> None:
    was, at = {"after": None, "before": "a"}, {"after": "c", "before": None}
    assert put_back(("a", "c", "b"), [moved("b", was, at)]) == ("b", "a", "c")
