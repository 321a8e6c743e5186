"""The newest change wins where each side's tracker knows when that field was changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import pytest

from adapters.base import Setup
from adapters.memory import Memory, MemoryTracker
from sync.app.changes import changes, timed
from sync.merge import Policy
from sync.model import FieldName, TrackerName
from sync.planner import Decision
from sync.tracker import Adapter, RecordId, RetryLater, Touched
from tests.sync.world import World

NEWEST = Policy(strategy="newest")
NOON = "2026-01-01T12:00:00Z"
LATER = "2026-01-01T12:00:02.500+00:00"


class Telling(Memory):
    """A tracker that says of every record's title when it was changed."""

    def __init__(self, setup: Setup, place: MemoryTracker, title: Touched | None) -> None:
        super().__init__(setup, place)
        self.title, self.asked = title, list[RecordId]()

    def changes(self, ids: Sequence[RecordId]) -> Mapping[RecordId, Mapping[FieldName, Touched]]:
        self.asked += ids
        if self.title is None:
            raise RetryLater("not now")
        return {id: {"title": self.title, "description": self.title} for id in ids}


@dataclass
class Asked:
    """A decision, and the trackers that may have been asked for it."""

    decision: Decision
    trackers: dict[TrackerName, Telling] = field(default_factory=dict)

    @property
    def conflicts(self) -> list[FieldName]:
        return [one.field for one in self.decision.plan.conflicts]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One item on two trackers, with another title on each."""
    places = {"jira": MemoryTracker(), "github": MemoryTracker()}
    made = World(tmp_path, places, {"": NEWEST})
    made.add("jira", title="Pay", description="Text.")
    made.apply()
    edit(made, title="By {}")
    return made


def edit(world: World, **values: str) -> None:
    """On each tracker; `{}` is its name."""
    for tracker, place in world.places.items():
        [record] = place.all()
        said = {name: value.format(tracker) for name, value in values.items()}
        world.edit(tracker, record.id, **said)


def ask(
    world: World,
    jira: Touched | None,
    github: Touched | None,
    ahead: Mapping[TrackerName, float] = MappingProxyType({}),
) -> Asked:
    """`ahead`: seconds that a tracker's clock is ahead of ours."""
    context, decision, _ = world.look()
    readings = {
        name: replace(one, facts=replace(one.facts, ahead=ahead.get(name)))
        for name, one in context.readings.items()
    }
    context = replace(context, readings=readings)
    said = {"jira": jira, "github": github}
    trackers = {
        name: Telling(Setup(name), place, said[name]) for name, place in world.places.items()
    }
    adapters: dict[TrackerName, Adapter] = {**trackers}
    return Asked(timed(context, decision, adapters)[1], trackers)


def title_of(asked: Asked) -> object:
    [verdict] = asked.decision.verdicts
    return verdict.item.title


@pytest.mark.parametrize(
    ("jira", "github", "title"), [(NOON, LATER, "By github"), (LATER, NOON, "By jira")]
)
def test_the_newest_of_two_wins_however_trackers_write_times(
    world: World, jira: str, github: str, title: str
) -> None:
    asked = ask(world, Touched(jira), Touched(github))
    assert (asked.conflicts, title_of(asked)) == ([], title)
    [edit] = asked.decision.plan.edits
    assert edit.fields["title"].after == title


@pytest.mark.parametrize(
    ("ahead", "title"),
    [({"jira": 90.0}, "By github"), ({"jira": -90.0}, "By jira"), ({"github": -90.0}, "By github")],
)
def test_a_clock_that_is_off_does_not_decide_what_is_newest(
    world: World, ahead: dict[TrackerName, float], title: str
) -> None:
    """Each said a time of about noon: whose clock is ahead, said it earlier."""
    asked = ask(world, Touched(LATER), Touched(NOON), ahead)
    assert (asked.conflicts, title_of(asked)) == ([], title)


def test_where_clocks_are_as_far_apart_as_the_changes_the_field_is_held(world: World) -> None:
    asked = ask(world, Touched("2026-01-01T12:01:30Z"), Touched(NOON), {"jira": 89.0})
    assert (asked.conflicts, title_of(asked)) == (["title"], "Pay")


@pytest.mark.parametrize(
    "github",
    [
        pytest.param(None, id="the tracker does not answer"),
        pytest.param(Touched(LATER, whole=True), id="its time is the whole record's"),
        pytest.param(Touched(None, "ada"), id="it names a person and no time"),
        pytest.param(Touched("yesterday"), id="its time is none"),
        pytest.param(Touched("2026-01-01T13:00:00.9+01:00"), id="it is the same second"),
        pytest.param(Touched("2026-01-01T12:00:02Z"), id="clocks are compared to two seconds"),
        pytest.param(Touched("2023-12-31T00:00:00Z"), id="it is of before the last look"),
    ],
)
def test_a_side_without_a_time_of_its_own_holds_the_field(
    world: World, github: Touched | None
) -> None:
    asked = ask(world, Touched(NOON), github)
    assert (asked.conflicts, title_of(asked)) == (["title"], "Pay")


def test_a_tracker_that_cannot_be_asked_holds_the_field(world: World) -> None:
    context, decision, adapters = world.look()
    assert timed(context, decision, adapters)[1].plan == decision.plan
    assert changes(adapters["jira"], ["1"]) == {}


def test_a_preferred_tracker_wins_before_the_newest_and_nobody_is_asked(world: World) -> None:
    world.policies = {"": Policy(prefer=("jira",), strategy="newest")}
    asked = ask(world, Touched(NOON), Touched(LATER))
    assert (asked.conflicts, title_of(asked)) == ([], "By jira")
    assert [one.asked for one in asked.trackers.values()] == [[], []]


def test_where_people_decide_nobody_is_asked(world: World) -> None:
    world.policies = {"": Policy()}
    asked = ask(world, Touched(NOON), Touched(LATER))
    assert asked.conflicts == ["title"]
    assert [one.asked for one in asked.trackers.values()] == [[], []]


def test_a_text_is_not_decided_by_time(world: World) -> None:
    world.policies = {"title": Policy(prefer=("jira",)), "": NEWEST}
    edit(world, description="By {}.")
    asked = ask(world, Touched(NOON), Touched(LATER))
    assert asked.conflicts == ["description"]
    assert [one.asked for one in asked.trackers.values()] == [[], []]
