"""What other tools for this job got wrong, each as a test that is named by the lesson."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.memory import MemoryTracker
from tests.sync.test_engine import applied, item_of, state, unruly
from tests.sync.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two items in jira and on github."""
    world = World(tmp_path, {"jira": MemoryTracker(), "github": MemoryTracker()})
    world.add("jira", title="Pay")
    world.add("jira", title="Ship")
    world.apply()
    return world


def test_one_item_is_made_once_however_often_the_answer_is_lost(world: World) -> None:
    """Twenty-four issues for one request."""
    world.add("jira", title="New")
    github = world.places["github"]
    for fault in ("after", "before", "after", "halfway", "after"):
        github.faults = {0: fault}  # type: ignore[dict-item]
        github.lag = github.clock  # the search does not show it yet
        world.apply(retry=True)
    github.faults, github.lag = {}, 0
    world.apply(retry=True)
    assert world.titles("github") == ["Pay", "Ship", "New"]
    assert not world.plan().plan.pending


def test_an_item_is_the_same_whatever_of_it_is_edited_before_its_creation_is_known(
    world: World,
) -> None:
    """A search for twins that asked for the type, too, missed them once that was edited."""
    world.add("jira", title="New", kind="story", labels=frozenset({"x"}))
    github = world.places["github"]
    github.faults = {0: "after"}
    world.apply()
    github.write("r3", {"title": "Newer", "kind": "bug", "labels": [], "status": "done"})
    world.alter("github", "r3", key="OTHER-9", url="https://elsewhere.example/9")
    world.apply()
    world.apply()
    assert len(github.all()) == len(world.places["jira"].all()) == 3
    assert state(world).links["github"]["r3"].record.key == "OTHER-9"


def test_a_record_that_was_deleted_is_not_written_to_and_is_no_other_items(world: World) -> None:
    """A ghost of a link that later writes go to."""
    world.places["github"].remove("r1")
    world.apply(whole=True)
    github = unruly(world)
    world.edit("jira", "r1", title="Pay by card", status="done")
    result = applied(world)
    assert (result.failures, github.updates, github.creates) == ([], [], [])
    [finding] = world.plan().plan.findings
    assert (finding.rule, finding.item) == ("missing-record", item_of(world, "Pay by card"))


def test_all_that_changed_of_an_item_is_one_update_and_written_once(world: World) -> None:
    """Descriptions that never arrived, or arrived twice."""
    world.edit("jira", "r1", description="One.", title="Pay by card")
    world.edit("jira", "r1", description="One. Two.", priority="high")
    github = unruly(world)
    world.apply()
    [update] = github.updates
    assert {name: change.after for name, change in update.changes.items()} == {
        "title": "Pay by card",
        "description": "One. Two.",
        "priority": "high",
    }
    world.apply(whole=True)
    assert len(github.updates) == 1


def test_a_text_that_a_tracker_does_not_take_holds_up_nothing_and_is_not_cut(world: World) -> None:
    """A description that was too long stopped the queue; a shortened copy became an edit."""
    world.places["github"].refuse = frozenset({"description"})
    world.edit("jira", "r1", description="x" * 70_000, priority="high")
    world.edit("jira", "r2", priority="low")
    assert len(applied(world).failures) == 1
    assert [one.shown["priority"] for one in world.places["github"].all()] == ["high", "low"]
    assert applied(world).failures == []
    assert len(str(world.record("jira", "Pay").shown["description"])) == 70_000
    [finding] = world.plan().plan.findings
    assert finding.rule == "refused"


def test_what_arrived_of_an_update_that_broke_off_is_not_written_again(world: World) -> None:
    """A retry that repeats the whole of an update that was half done."""
    world.places["github"].faults = {0: "halfway"}
    world.edit("jira", "r1", title="Pay by card", priority="high")
    world.apply()
    github = unruly(world)
    world.apply()
    [update] = github.updates
    assert set(update.changes) == {"priority"}
