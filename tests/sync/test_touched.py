"""Runs that are narrowed to what was touched: they decide what a look at everything would."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory import MemoryReleases, MemoryTracker
from sync.engine import Engine, apply, read_touched
from sync.model import TrackerName, Value
from sync.plan import Edit
from sync.planner import Context, Decision, decide
from sync.planner.narrow import about_touched, of_touched, unsound
from sync.state import Store
from sync.tracker import Adapter, RecordId, Unavailable
from tests.sync.world import World

Touched = Mapping[TrackerName, Collection[RecordId]]
Narrow = tuple[Context, Decision, dict[TrackerName, Adapter]]


def world_at(folder: Path) -> World:
    """Six items on three trackers, one of which knows little and normalises."""
    places = {
        "jira": MemoryTracker(releases=MemoryReleases()),
        "github": MemoryTracker(normalise=True, open_closed=True, single_assignee=True),
        "files": MemoryTracker(ordered=False),
    }
    world = World(folder, places)
    for number in range(1, 7):
        world.add("jira", title=f"Story {number}", labels=frozenset({"ui"}))
    world.edit("jira", "r2", parent="r1")
    world.apply()
    world.apply()
    assert not world.plan().plan.pending
    return world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return world_at(tmp_path)


def narrowed(world: World, touched: Touched, *, order: bool = False) -> Narrow:
    store = Store(world.url)
    backlog = store.load("shop", world.schema)
    store.close()
    adapters = world.adapters()
    readings, failures = read_touched(adapters, backlog, touched, order=order)
    context = about_touched(Context(backlog, world.chosen(), readings, failures, world.now))
    return context, of_touched(context, decide(context), order=order), adapters


def carry_out(world: World, narrow: Narrow) -> None:
    context, decision, adapters = narrow
    store = Store(world.url)
    apply(Engine(context, adapters, store, lambda: world.now, lambda *_: None), decision)
    store.close()


def cursors(world: World) -> tuple[object, object]:
    store = Store(world.url)
    found = store.load("shop", world.schema).cursors, store.read_whole("shop")
    store.close()
    return found


def test_an_edit_is_carried_from_the_touched_record_to_all_others(world: World) -> None:
    world.edit("github", "r3", title="Pay by card")
    world.edit("jira", "r4", title="Not touched, as far as is known")
    narrow = narrowed(world, {"github": ["r3"]})
    assert unsound(*narrow[:2]) is None
    assert {(one.tracker, one.key) for one in narrow[1].plan.edits} == {
        ("jira", "MEM-3"),
        ("files", "MEM-3"),
    }
    carry_out(world, narrow)
    for place in world.places.values():
        assert place.history["r3"][-1][1].shown["title"] == "Pay by card"
    assert world.places["github"].history["r4"][-1][1].shown["title"] == "Story 4"


def test_no_tracker_counts_as_read_so_that_the_next_run_sees_all_else(world: World) -> None:
    before = cursors(world)
    world.edit("jira", "r3", title="Pay by card")
    world.edit("jira", "r4", title="Ship by air")
    carry_out(world, narrowed(world, {"jira": ["r3"]}))
    assert cursors(world) == before
    assert {one.key for one in world.plan().plan.edits} == {"MEM-4"}
    world.apply()
    assert world.record("files", "Ship by air")
    assert not world.plan().plan.pending


def test_both_sides_of_an_item_are_read_so_that_they_meet_in_one_pass(world: World) -> None:
    world.edit("jira", "r3", title="Pay by card")
    world.edit("github", "r3", title="Pay by phone", priority="high")
    _, decision, _ = narrowed(world, {"jira": ["r3"]})
    assert [one.field for one in decision.plan.conflicts] == ["title"]
    assert {one.tracker for one in decision.plan.edits} == {"jira", "files"}


def test_a_record_that_is_gone_is_lost_and_nothing_is_judged_by_what_was_not_read(
    world: World,
) -> None:
    for id in ("r3", "r4"):
        world.places["jira"].remove(id)
    carry_out(world, narrowed(world, {"jira": ["r3"]}))
    store = Store(world.url)
    links = store.load("shop", world.schema).links["jira"]
    store.close()
    assert links["r3"].gone
    assert not links["r4"].gone
    assert len(world.places["github"].all()) == 6


def test_the_other_end_of_a_reference_is_read_too(world: World) -> None:
    world.edit("jira", "r3", blocked_by=frozenset({"r4"}), relates_to=frozenset({"r5"}))
    context, decision, _ = narrowed(world, {"jira": ["r3"]})
    assert unsound(context, decision) is None
    read = {one.id for one in context.readings["github"].snapshot.records}
    assert read == {"r3", "r4", "r5"}
    full = world.look(whole=True)[1]
    assert edits_of(decision, ("jira", "github", "files")) == edits_of(full, tuple(world.places))


def test_the_order_is_merged_only_where_it_was_touched(world: World) -> None:
    world.places["jira"].place("r6", None)
    world.edit("jira", "r3", title="Pay by card")
    quiet = narrowed(world, {"jira": ["r3"]})
    assert quiet[1].plan.moves == ()
    assert all(one.snapshot.order is None for one in quiet[0].readings.values())
    carry_out(world, quiet)
    assert world.titles("github")[0] == "Story 1"
    moved = narrowed(world, {}, order=True)
    assert [(one.tracker, one.key) for one in moved[1].plan.moves] == [("github", "MEM-6")]
    carry_out(world, moved)
    assert world.titles("github")[0] == "Story 6"
    assert not world.plan().plan.pending


def test_a_record_that_no_link_knows_may_have_a_twin_elsewhere(world: World) -> None:
    new = world.add("jira", title="Refund")
    context, decision, _ = narrowed(world, {"jira": [new.id]})
    assert unsound(context, decision) == "MEM-7 is new"


def test_a_reference_to_what_is_not_known_asks_for_more(world: World) -> None:
    new = world.add("jira", title="Refund")
    world.edit("jira", "r3", parent=new.id)
    context, decision, _ = narrowed(world, {"jira": ["r3"]})
    assert unsound(context, decision) == "MEM-3 refers to what is not known yet"


def test_a_release_that_is_not_known_asks_for_more(world: World) -> None:
    world.edit("jira", "r3", release="9.0")
    context, decision, _ = narrowed(world, {"jira": ["r3"]})
    assert unsound(context, decision) == "MEM-3 is in a release that is not known yet"
    world.edit("jira", "r3", release=None)
    world.edit("github", "r3", release="9.0")  # it keeps no releases, only their names
    context, decision, _ = narrowed(world, {"github": ["r3"]})
    assert unsound(context, decision) == "a record is to be made"


def test_a_record_that_is_to_be_made_may_be_there_unread(tmp_path: Path) -> None:
    world = World(tmp_path, {"jira": MemoryTracker(), "github": MemoryTracker()}, creates="open")
    world.add("jira", title="Old", status="done")
    world.apply()
    world.edit("jira", "r1", status="todo")
    context, decision, _ = narrowed(world, {"jira": ["r1"]})
    assert unsound(context, decision) == "a record is to be made"


def test_a_tracker_that_is_down_holds_back_the_items_that_it_shows(world: World) -> None:
    world.edit("github", "r3", title="Pay by card")
    world.places["jira"].down = Unavailable("down")
    context, decision, _ = narrowed(world, {"github": ["r3"]}, order=True)
    assert context.failures == {"jira": "down"}
    assert decision.plan.edits == ()
    world.places["jira"].down = None
    world.apply()
    assert world.record("jira", "Pay by card")


def test_records_of_trackers_that_the_settings_lack_are_passed_over(world: World) -> None:
    context, decision, _ = narrowed(world, {"gone": ["r1"]})
    assert not decision.plan.pending
    assert all(not one.snapshot.records for one in context.readings.values())


NAMES = st.sampled_from(["jira", "github", "files"])
IDS = st.sampled_from([f"r{number}" for number in range(1, 7)])
EDITS: dict[str, st.SearchStrategy[Value]] = {
    "title": st.sampled_from(["Pay", "Ship"]),
    "description": st.sampled_from(["One\n\nTwo", "Three"]),
    "priority": st.sampled_from([None, "high", "low"]),
    "labels": st.frozensets(st.sampled_from(["ui", "api"])),
    "assignees": st.frozensets(st.sampled_from(["ada"])),
    "estimate": st.sampled_from([None, 1.0]),
    "parent": st.sampled_from([None, "r1", "r5"]),
    "blocked_by": st.frozensets(IDS, max_size=2),
    "relates_to": st.frozensets(IDS, max_size=2),
}
EDIT = st.sampled_from(sorted(EDITS)).flatmap(
    lambda name: st.tuples(NAMES, IDS, st.just(name), EDITS[name])
)


def edits_of(decision: Decision, trackers: Collection[TrackerName]) -> list[Edit]:
    return sorted(
        (one for one in decision.plan.edits if one.tracker in trackers),
        key=lambda one: (one.tracker, one.item),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(EDIT, min_size=1, max_size=6), st.booleans())
def test_of_what_was_touched_the_plan_is_that_of_a_look_at_everything(
    edits: list[tuple[TrackerName, RecordId, str, Value]], order: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = world_at(Path(folder))
        for tracker, record, name, value in edits:
            if value == record or (isinstance(value, frozenset) and record in value):
                continue  # nothing refers to itself
            world.edit(tracker, record, **{name: value})
        touched: dict[TrackerName, list[RecordId]] = {}
        for tracker, record, _, _ in edits:
            touched.setdefault(tracker, []).append(record)
        _, full, _ = world.look(whole=True)
        context, decision, _ = narrowed(world, touched, order=order)
        assert unsound(context, decision) is None
        assert decision.plan.edits == full.plan.edits
        assert decision.plan.conflicts == full.plan.conflicts
        assert not order or decision.plan.moves == full.plan.moves
        carry_out(world, (context, decision, world.adapters()))
        assert world.plan().plan.edits == ()
