"""Taking a run back: what goes back, what stays and why, and that it sticks until somebody edits."""

from pathlib import Path

import pytest

from adapters.memory import MemoryTracker
from tests.sync.world import World
from tests.sync.undoing import undo


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two items, everywhere."""
    names = ("jira", "github", "files")
    world = World(tmp_path, {name: MemoryTracker() for name in names})
    world.add("jira", title="Pay", labels=frozenset({"x"}))
    world.add("jira", title="Ship")
    world.apply()
    return world


def test_a_run_is_taken_back_where_it_wrote_and_the_edit_that_it_carried_stays(
    world: World,
) -> None:
    world.edit("jira", "r1", title="Pay by card", priority="high")
    run = world.apply()
    undo(world, run.run)
    assert [world.titles(name)[0] for name in world.places] == ["Pay by card", "Pay", "Pay"]
    assert [item.title for item in world.items().values()] == ["Pay", "Ship"]
    plan = world.plan().plan
    assert not plan.pending
    assert {(one.rule, one.message.partition(" since")[0]) for one in plan.findings} == {
        ("undone", "jira shows another title of MEM-1 than the backlog"),
        ("undone", "jira shows another priority of MEM-1 than the backlog"),
    }
