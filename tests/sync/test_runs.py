"""Whole runs over trackers in memory: what arrives where, and what is left alone."""

from pathlib import Path

import pytest

from adapters.memory import MemoryTracker
from sync.engine import Engine, apply
from sync.merge import Policy
from sync.model import Criterion, Value
from sync.state import Store
from sync.tracker import Unavailable
from tests.sync.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, {"jira": MemoryTracker(), "github": MemoryTracker()})


EDITS: dict[str, tuple[Value, Value]] = {
    "title": ("Pay", "Pay by card"),
    "description": ("One\n\nTwo", "One\n\nTwo, too"),
    "acceptance_criteria": ((Criterion("a"),), (Criterion("a", True), Criterion("b"))),
    "kind": ("story", "bug"),
    "status": ("todo", "done"),
    "priority": (None, "high"),
    "labels": (frozenset({"ui"}), frozenset({"ux"})),
    "assignees": (frozenset(), frozenset({"ada"})),
    "estimate": (3.0, None),
    "release": ("1.0", "2.0"),
}


@pytest.mark.parametrize("side", ["jira", "github"])
@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_any_field_on_any_side_arrives_on_the_other(
    world: World, name: str, side: str
) -> None:
    before, after = EDITS[name]
    world.add("jira", **{"title": "Pay", name: before})
    world.apply()
    assert not world.plan().plan.pending
    record = world.places[side].all()[0]
    world.edit(side, record.id, **{name: after})
    [edit] = world.plan().plan.edits
    assert edit.tracker != side
    assert edit.fields[name].after == after
    assert edit.because == f"{side} changed it"
    world.apply()
    for place in world.places.values():
        assert place.all()[0].shown[name] == world.places[side].all()[0].shown[name]
    [item] = world.items().values()
    assert item.values.get(name) == after
    assert not world.plan().plan.pending


def test_edits_of_different_fields_on_two_sides_both_survive(world: World) -> None:
    world.add("jira", title="Pay", priority="low")
    world.apply()
    world.edit("jira", "r1", priority="high")
    world.edit("github", "r1", title="Pay by card")
    world.apply()
    for place in world.places.values():
        [record] = place.all()
        assert (record.shown["title"], record.shown["priority"]) == ("Pay by card", "high")
    assert not world.plan().plan.pending


def test_a_field_edited_on_two_sides_is_a_conflict_that_holds_back_nothing_else(
    world: World,
) -> None:
    world.add("jira", title="Pay", priority="low")
    world.apply()
    world.edit("jira", "r1", title="Pay by card", priority="high")
    world.edit("github", "r1", title="Pay by phone")
    world.apply()
    [conflict] = world.plan().plan.conflicts
    assert conflict.field == "title"
    assert conflict.sides == {"jira": "Pay by card", "github": "Pay by phone"}
    assert conflict.base == "Pay"
    assert world.places["github"].all()[0].shown["priority"] == "high"
    assert world.places["github"].all()[0].shown["title"] == "Pay by phone"


def test_a_conflict_ends_when_the_sides_agree(world: World) -> None:
    world.add("jira", title="Pay")
    world.apply()
    world.edit("jira", "r1", title="Pay by card")
    world.edit("github", "r1", title="Pay by phone")
    world.apply()
    world.edit("github", "r1", title="Pay by card")
    world.apply()
    assert not world.plan().plan.pending
    [item] = world.items().values()
    assert item.title == "Pay by card"


def test_the_preferred_side_wins_and_the_other_is_put_back(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        {"jira": MemoryTracker(), "github": MemoryTracker()},
        policies={"": Policy(prefer=("github", "jira"))},
    )
    world.add("jira", title="Pay")
    world.apply()
    world.edit("jira", "r1", title="Pay by card")
    world.edit("github", "r1", title="Pay by phone")
    plan = world.plan().plan
    assert [finding.rule for finding in plan.findings] == ["drift"]
    world.apply()
    assert world.places["jira"].all()[0].shown["title"] == "Pay by phone"
    assert not world.plan().plan.pending


def test_a_change_against_the_authority_is_reported_and_put_back(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        {"jira": MemoryTracker(), "github": MemoryTracker()},
        policies={"priority": Policy(authority="jira")},
    )
    world.add("jira", title="Pay", priority="high")
    world.apply()
    world.edit("github", "r1", priority="low")
    plan = world.plan().plan
    [edit] = plan.edits
    assert (edit.tracker, edit.fields["priority"].after) == ("github", "high")
    [finding] = plan.findings
    assert (finding.rule, finding.severity) == ("drift", "warning")
    world.apply()
    assert world.places["github"].all()[0].shown["priority"] == "high"
    assert not world.plan().plan.pending


def test_trackers_that_hold_the_same_items_are_paired_not_doubled(world: World) -> None:
    world.add("jira", title="Pay", priority="high")
    world.add("github", title="Pay", labels=frozenset({"ui"}))
    world.add("github", title="Ship")
    plan = world.plan().plan
    assert [(p.tracker, p.key, p.by) for p in plan.pairings] == [("github", "MEM-1", "title")]
    world.apply()
    assert [len(place.all()) for place in world.places.values()] == [2, 2]
    assert not world.plan().plan.pending


def test_titles_that_one_side_has_twice_are_not_paired(world: World) -> None:
    world.add("jira", title="Pay")
    world.add("github", title="Pay")
    world.add("github", title="Pay")
    assert world.plan().plan.pairings == ()


def test_a_status_that_a_tracker_cannot_tell_is_kept(tmp_path: Path) -> None:
    world = World(tmp_path, {"jira": MemoryTracker(), "github": MemoryTracker(open_closed=True)})
    world.add("jira", title="Pay", status="in_review")
    world.apply()
    assert world.places["github"].all()[0].shown["status"] == "open"
    world.edit("github", "r1", title="Pay by card")
    world.apply()
    assert world.places["jira"].all()[0].shown["status"] == "in_review"
    world.places["github"].write("r1", {"status": "closed"})
    world.apply()
    assert world.places["jira"].all()[0].shown["status"] == "done"
    assert not world.plan().plan.pending


def test_references_arrive_even_when_they_point_at_later_items(world: World) -> None:
    first = world.add("jira", title="First")
    second = world.add("jira", title="Second", blocked_by=frozenset({first.id}))
    world.places["jira"].write(first.id, {"parent": second.id, "blocked_by": [second.id]})
    world.apply()
    there = {record.shown["title"]: record for record in world.places["github"].all()}
    assert there["First"].shown["parent"] == there["Second"].id
    assert there["First"].shown["blocked_by"] == [there["Second"].id]
    assert there["Second"].shown["blocked_by"] == [there["First"].id]
    assert not world.plan().plan.pending


def test_a_record_that_is_gone_closes_nothing(world: World) -> None:
    world.add("jira", title="Pay")
    world.add("jira", title="Ship")
    world.apply()
    world.places["jira"].remove("r1")
    _, decision, _ = world.look(whole=True)
    assert decision.plan.edits == ()
    [finding] = decision.plan.findings
    assert (finding.rule, finding.keys) == ("missing-record", {"jira": "MEM-1"})


def test_a_silent_drop_is_not_read_as_a_removal(world: World) -> None:
    world.places["github"].drop = frozenset({"labels"})
    world.add("jira", title="Pay", labels=frozenset({"ui"}))
    world.apply()
    world.apply()
    [item] = world.items().values()
    assert item.labels == {"ui"}


def test_a_tracker_that_is_down_leaves_its_items_alone(world: World) -> None:
    world.add("jira", title="Pay")
    world.apply()
    world.edit("jira", "r1", title="Pay by card")
    world.places["github"].down = Unavailable("github does not answer")
    decision = world.plan()
    assert decision.plan.edits == ()
    assert not decision.plan.complete
    world.apply()
    world.places["github"].down = None
    world.edit("github", "r1", title="Pay by phone")
    [conflict] = world.plan().plan.conflicts
    assert conflict.sides == {"jira": "Pay by card", "github": "Pay by phone"}


def test_the_order_of_the_backlog_follows_a_move_on_any_side(world: World) -> None:
    for title in "ABCD":
        world.add("jira", title=title)
    world.apply()
    world.places["github"].place("r4", None)
    [move] = world.plan().plan.moves
    assert (move.tracker, move.key, move.after_key, move.before_key) == (
        "jira",
        "MEM-4",
        None,
        "MEM-1",
    )
    world.apply()
    assert [r.shown["title"] for r in world.places["jira"].all()] == ["D", "A", "B", "C"]
    assert not world.plan().plan.pending


def test_moves_on_two_sides_are_both_kept(world: World) -> None:
    for title in "ABCDEF":
        world.add("jira", title=title)
    world.apply()
    world.places["github"].place("r6", None)
    world.places["jira"].place("r1", "r3")
    world.apply()
    orders = [[r.shown["title"] for r in place.all()] for place in world.places.values()]
    assert orders == [["F", "B", "C", "A", "D", "E"]] * 2
    assert not world.plan().plan.pending


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_create_whose_answer_is_lost_makes_no_twin(world: World, fault: str) -> None:
    world.add("jira", title="Pay")
    world.places["github"].faults[0] = fault  # type: ignore[assignment]
    applied = world.apply()
    assert applied is not None
    assert len(applied.failures) == 1
    world.apply()
    assert len(world.places["github"].all()) == 1
    assert not world.plan().plan.pending


def test_an_edit_made_while_we_wrote_is_merged_by_the_next_run(world: World) -> None:
    world.add("jira", title="Pay")
    world.apply()
    world.edit("jira", "r1", priority="high")
    context, decision, adapters = world.look()
    world.edit("github", "r1", title="Pay by phone", labels=frozenset({"x"}))
    store = Store(world.url)
    apply(Engine(context, adapters, store, lambda: world.now, lambda *_: None), decision)
    store.close()
    world.apply()
    assert world.places["jira"].all()[0].shown["title"] == "Pay by phone"
    assert world.places["jira"].all()[0].shown["labels"] == ["x"]
    assert not world.plan().plan.pending
