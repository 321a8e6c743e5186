"""People are led from their own records to those that came after: owed until it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.base import Setup
from adapters.memory import Memory, MemoryTracker
from sync.engine.leading import GONE
from sync.model import ItemId
from sync.tracker import (
    Create,
    Cursor,
    Facts,
    Outcome,
    Record,
    Snapshot,
    Twin,
    Unavailable,
    Update,
)
from tests.sync.world import World


@dataclass
class Doors:
    """What leads from records of one tracker, and what goes wrong when it is to."""

    led: list[tuple[str, str | None]] = field(default_factory=list)
    broken: Exception | None = None
    silent: Exception | None = None


class Beside(Memory):
    """Keeps what leads elsewhere beside its records."""

    def __init__(self, place: MemoryTracker, doors: Doors) -> None:
        super().__init__(Setup("jira"), place)
        self.doors = doors

    def open(self) -> Facts:
        return replace(super().open(), leads=True)

    def update(self, updates: Sequence[Update], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        for one in updates:
            if one.changes:
                yield from super().update([one], twins)
                continue
            if self.doors.broken:
                raise self.doors.broken
            if self.doors.silent:
                yield Outcome(one.item, one.record, error=self.doors.silent)  # type: ignore[arg-type]
                continue
            self.doors.led += [(one.record.id, twin.url) for twin in one.elsewhere]
            yield Outcome(one.item, one.record)


class Addressed(Memory):
    """Its records have addresses."""

    def read(self, since: Cursor | None) -> Snapshot:
        found = super().read(since)
        return replace(found, records=tuple(map(_addressed, found.records)))

    def create(self, creates: Sequence[Create], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        for one in super().create(creates, twins):
            yield replace(one, record=_addressed(one.record)) if one.record else one


def _addressed(record: Record) -> Record:
    return replace(record, url=f"https://github.test/{record.id}")


@pytest.fixture
def doors() -> Doors:
    return Doors()


@pytest.fixture
def world(tmp_path: Path, doors: Doors) -> World:
    """A person's record in jira, and github, which lacks it."""
    jira, github = MemoryTracker(), MemoryTracker()
    world = World(
        tmp_path,
        {},
        extra={
            "jira": lambda: Beside(jira, doors),
            "github": lambda: Addressed(Setup("github"), github),
        },
    )
    world.places |= {"jira": jira, "github": github}
    world.add("jira", title="Pay")
    return world


def told(world: World) -> list[tuple[int, str, str | None]]:
    entries = world.journal().entries("shop")
    return [(one.run, one.outcome, one.error) for one in entries if one.action == "lead"]


def test_it_is_done_once(world: World, doors: Doors) -> None:
    for _ in range(3):
        world.apply()
    assert doors.led == [("r1", "https://github.test/r1")]
    assert told(world) == [(1, "done", None)]


@pytest.mark.parametrize("how", ["broken", "silent"])
def test_where_the_tracker_does_not_answer_the_next_run_does_it(
    world: World, doors: Doors, how: str
) -> None:
    setattr(doors, how, Unavailable("no answer"))
    applied = world.apply()
    assert applied is not None
    assert applied.failures == []
    assert told(world) == [(1, "begun", None)]
    setattr(doors, how, None)
    world.apply()
    assert doors.led == [("r1", "https://github.test/r1")]
    assert told(world) == [(2, "done", None)]


def test_after_a_day_without_an_answer_it_is_given_up_and_said(world: World, doors: Doors) -> None:
    doors.silent = Unavailable("no answer")
    world.apply()
    world.now += timedelta(days=1)
    world.apply()
    assert told(world) == [(2, "refused", "no answer")]


def test_a_run_in_which_the_tracker_is_not_read_leaves_it_to_the_next(
    world: World, doors: Doors
) -> None:
    doors.silent = Unavailable("no answer")
    world.apply()
    doors.silent, world.places["jira"].down = None, Unavailable("down")
    world.apply()
    assert told(world) == [(2, "begun", None)]
    world.places["jira"].down = None
    world.apply()
    assert told(world) == [(3, "done", None)]


def test_to_a_record_that_was_taken_away_meanwhile_nobody_is_led(
    world: World, doors: Doors
) -> None:
    doors.silent = Unavailable("no answer")
    world.apply()
    doors.silent = None
    world.places["github"].remove("r1")
    world.apply(whole=True)
    assert doors.led == []
    assert told(world) == [(2, "refused", GONE)]
