"""Records that a run began to make and did not finish: the next run goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.base import Setup
from adapters.memory import Memory, MemoryTracker
from sync.model import ItemId
from sync.tracker import Create, Outcome, Shown, TrackerError, Twin, Unavailable
from tests.sync.world import World


class InSteps(Memory):
    """A tracker that makes records in its own first state, and gives them theirs by a second call,
    which may break off."""

    broken: TrackerError | None = None
    first: Mapping[str, Shown] = {"status": "todo"}

    def create(self, creates: Sequence[Create], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        for create in creates:
            for outcome in super().create([create], twins):
                if outcome.record is None or self.broken is None:
                    yield outcome
                    continue
                after = self.place.write(outcome.record.id, dict(self.first), "tracker")
                yield replace(outcome, record=after, error=self.broken)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, {"jira": MemoryTracker(), "github": MemoryTracker()})


def in_steps(world: World) -> InSteps:
    adapter = InSteps(Setup("github"), world.places.pop("github"))
    world.extra["github"] = lambda: adapter
    return adapter


def settled(world: World, adapter: InSteps, **shown: Shown) -> None:
    """Both sides show this, and there is nothing left to do."""
    for place in (world.places["jira"], adapter.place):
        [record] = place.all()
        assert {name: record.shown[name] for name in shown} == shown
    assert not world.plan().plan.pending


def test_a_new_record_that_did_not_get_its_status_gets_it_from_the_next_run(world: World) -> None:
    world.add("jira", title="Pay", status="in_progress")
    github = in_steps(world)
    github.broken = Unavailable("no answer")
    result = world.apply()
    assert result is not None
    assert [(one.key, one.message) for one in result.failures if one.item] == [
        ("MEM-1", "no answer")
    ]
    github.broken = None
    world.apply()
    settled(world, github, status="in_progress")


def test_a_record_of_a_killed_run_keeps_the_items_status(world: World) -> None:
    """It is read with its mark, before anybody could say that it was made."""
    record = world.add("jira", title="Pay", status="in_progress")
    github = in_steps(world)
    github.place.faults = {0: "after"}
    world.apply()
    github.place.write("r1", {"status": "todo"})
    world.apply()
    settled(world, github, status="in_progress")
    assert github.place.all()[0].mark is not None
    assert world.places["jira"].all()[0].id == record.id


def test_a_record_that_bears_a_mark_and_was_not_begun_by_us_brings_its_status(
    world: World,
) -> None:
    """The state was lost, or the record was copied: a person may have moved it on."""
    world.add("jira", title="Pay", status="in_progress")
    github = in_steps(world)
    world.creates = "none"
    world.apply()
    [item] = world.items()
    made = github.place.add({**world.places["jira"].all()[0].shown, "status": "done"}, item)
    world.apply()
    settled(world, github, status="done")
    assert github.place.all()[0].id == made.id


class Defaulting(InSteps):
    """Each new record gets a priority, whether one asks for it or not."""

    first: Mapping[str, Shown] = {"priority": "low"}

    def create(self, creates: Sequence[Create], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        for outcome in super().create(creates, twins):
            yield replace(outcome, error=None)


def test_a_default_that_a_killed_run_had_no_time_to_take_away_is_no_value_of_the_item(
    world: World,
) -> None:
    world.add("jira", title="Pay")
    github = Defaulting(Setup("github"), world.places.pop("github"))
    world.extra["github"] = lambda: github
    github.broken = Unavailable("never said")
    assert world.apply(die_after=0) is None
    assert github.place.all()[0].shown["priority"] == "low"
    world.apply()
    settled(world, github, priority=None)


def test_an_item_whose_title_is_in_conflict_is_made_nowhere_until_that_is_decided(
    world: World,
) -> None:
    world.add("jira", title="Pay")
    world.apply()
    world.edit("jira", "r1", title="Pay by card")
    world.edit("github", "r1", title="Pay by phone")
    world.places["files"] = MemoryTracker()
    plan = world.plan().plan
    assert [one.field for one in plan.conflicts] == ["title"]
    assert plan.edits == ()
    world.edit("github", "r1", title="Pay by card")
    world.apply()
    assert world.titles("files") == ["Pay by card"]
    assert not world.plan().plan.pending


def test_a_copy_of_a_marked_record_is_an_item_of_its_own_and_is_said(world: World) -> None:
    world.add("jira", title="Pay")
    world.apply()
    [item] = world.items()
    copy = world.places["github"].add(
        {**world.places["github"].all()[0].shown, "title": "Pay later"}, item
    )
    world.apply()
    decision = world.plan()
    assert not decision.plan.pending
    assert sorted(world.titles("jira")) == ["Pay", "Pay later"]
    [finding] = [one for one in decision.plan.findings if one.rule == "mark"]
    assert finding.item != item
    assert finding.keys == {"github": copy.key}
    assert f"github: {copy.key} has the mark of MEM-1" in finding.message


@pytest.mark.parametrize(("name", "value"), [("status", "done"), ("priority", "high")])
def test_what_a_tracker_shows_by_itself_does_not_stand_against_a_persons_edit(
    world: World, name: str, value: str
) -> None:
    """The item has no value, the tracker insists on one of its own, and a person sets another."""
    world.add("jira", title="Pay")
    github = Defaulting(Setup("github"), world.places.pop("github"))
    world.extra["github"] = lambda: github
    github.first = {"status": "todo", "priority": "low"}
    github.broken = Unavailable("never said")
    github.place.refuse = frozenset({"priority"})
    world.apply()
    assert world.items()[next(iter(world.items()))].values.get(name) is None
    assert not world.plan().plan.pending
    github.place.refuse = frozenset()
    github.place.write("r1", {name: value})
    world.apply()
    settled(world, github, **{name: value})
