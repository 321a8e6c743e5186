"""What one item says of its relation to another, the other says too."""

from pathlib import Path

import pytest

from adapters.memory import MemoryTracker
from sync.merge import Merged
from sync.model import Item
from sync.planner.fields import MergedItem
from sync.planner.symmetric import mirror
from sync.tracker import Unavailable
from tests.sync.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, {"jira": MemoryTracker(), "github": MemoryTracker()})
    for title in ("Pay", "Ship", "Pack"):
        world.add("jira", title=title)
    world.apply()
    return world


def relations(world: World, tracker: str) -> dict[str, set[str]]:
    """Title → the titles it relates to, as the tracker shows them."""
    titles = {one.id: str(one.shown["title"]) for one in world.places[tracker].all()}
    return {
        str(one.shown["title"]): {titles[other] for other in one.shown["relates_to"]}
        for one in world.places[tracker].all()
    }


def relate(world: World, tracker: str, title: str, *others: str) -> None:
    ids = frozenset(world.record(tracker, other).id for other in others)
    world.edit(tracker, world.record(tracker, title).id, relates_to=ids)


def settled(world: World) -> bool:
    world.apply()
    return not world.plan().plan.pending


def test_what_is_said_at_one_end_is_said_at_both_ends_everywhere(world: World) -> None:
    relate(world, "jira", "Pay", "Ship")
    assert settled(world)
    expected = {"Pay": {"Ship"}, "Ship": {"Pay"}, "Pack": set[str]()}
    assert relations(world, "jira") == relations(world, "github") == expected


def test_what_is_taken_back_at_either_end_is_gone_at_both(world: World) -> None:
    relate(world, "jira", "Pay", "Ship", "Pack")
    world.apply()
    relate(world, "github", "Ship")
    assert settled(world)
    expected = {"Pay": {"Pack"}, "Ship": set[str](), "Pack": {"Pay"}}
    assert relations(world, "jira") == relations(world, "github") == expected


def test_what_one_end_says_anew_while_the_other_takes_it_back_stays() -> None:
    """Two ends that did not agree before, as an older state may have left them."""
    ends = {
        "a1": (frozenset({"b2"}), frozenset[str]()),
        "b2": (frozenset[str](), frozenset({"a1"})),
    }
    merged = {
        item: MergedItem(
            Item(item, {"relates_to": after}),
            Item(item, {"relates_to": before}),
            {},
            {"relates_to": Merged(after, changed_by=("jira",))},
        )
        for item, (before, after) in ends.items()
    }
    mirror(merged, "relates_to")
    assert {item: one.item.relates_to for item, one in merged.items()} == {
        "a1": {"b2"},
        "b2": {"a1"},
    }


def test_an_item_does_not_relate_to_itself_at_a_second_end(world: World) -> None:
    relate(world, "jira", "Pay", "Pay")
    assert settled(world)
    assert relations(world, "github")["Pay"] == {"Pay"}


def test_a_relation_to_what_is_no_item_any_more_has_no_second_end() -> None:
    before, after = Item("a1"), Item("a1", {"relates_to": frozenset({"gone"})})
    merged = {"a1": MergedItem(after, before, {}, {"relates_to": Merged(frozenset({"gone"}))})}
    mirror(merged, "relates_to")
    assert merged["a1"].item == after


def test_a_relation_to_an_item_of_a_tracker_that_is_down_waits_for_it(world: World) -> None:
    world.add("github", title="Ours")
    world.apply()
    relate(world, "jira", "Pay", "Ship")
    world.places["github"].down = Unavailable("down")
    world.apply()
    world.places["github"].down = None
    assert settled(world)
    assert relations(world, "github")["Ship"] == {"Pay"}


@pytest.mark.parametrize("removed", [False, True])
def test_a_relation_of_an_item_that_is_elsewhere_to_one_of_a_tracker_that_is_down_waits_for_it(
    world: World, removed: bool
) -> None:
    world.creates = "none"
    world.add("jira", title="Solo")
    world.apply()
    if removed:
        relate(world, "jira", "Solo", "Ship")
        assert settled(world)
    world.places["github"].down = Unavailable("down")
    relate(world, "jira", "Solo", *([] if removed else ["Ship"]))
    world.apply()
    assert not any(one.conflicts for one in [world.plan().plan])
    world.places["github"].down = None
    assert settled(world)
    ends = {item.title: bool(item.relates_to) for item in world.items().values()}
    assert (ends["Solo"], ends["Ship"]) == (not removed, not removed)
