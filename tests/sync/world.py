"""A backlog over trackers in memory, run as the command line would, for the engine's tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.base import Setup
from adapters.memory import Memory, MemoryTracker, shown_as
from sync.engine import Applied, Engine, apply, read
from sync.merge import Policy
from sync.model import EMPTY, FIELDS, FieldName, Item, Schema, Shape, TrackerName, Value
from sync.planner import Context, Decision, Settings, TrackerSettings, decide
from sync.planner.second_writer import ROUNDS
from sync.rules import RULES, RuleSettings
from sync.state import Journal, Store
from sync.state.lately import put_back, rewritten
from sync.tracker import Adapter, Record

SILENT = {name: RuleSettings(mode="off") for name in RULES}


class Crash(BaseException):
    """The process dies."""


@dataclass
class World:
    """Places, a state database, and runs over them. Adapters live for one run each."""

    folder: Path
    places: dict[TrackerName, MemoryTracker]
    policies: Mapping[FieldName, Policy] = field(default_factory=dict)
    creates: str = "all"
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    settings: Settings | None = None
    setups: dict[TrackerName, Setup] = field(default_factory=dict)
    """What the settings say to the trackers in `places`; the usual where one is not named."""
    schema: Schema = field(default_factory=lambda: FIELDS)
    whole: bool = False
    """Does every run read all records, so that it sees which are gone?"""
    extra: dict[TrackerName, object] = field(default_factory=dict)
    """Further trackers: name → a function that makes an adapter."""

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'state.db'}"

    def chosen(self) -> Settings:
        names = [*self.places, *self.extra]
        return self.settings or Settings(
            {name: TrackerSettings(self.creates) for name in names},  # type: ignore[arg-type]
            self.policies,
            SILENT,
        )

    def adapters(self) -> dict[TrackerName, Adapter]:
        made: dict[TrackerName, Adapter] = {
            name: Memory(self.setups.get(name) or Setup(name), place)
            for name, place in self.places.items()
        }
        for name, make in self.extra.items():
            made[name] = make()  # type: ignore[operator]
        return made

    def look(
        self, *, whole: bool = False, retry: bool = False
    ) -> tuple[Context, Decision, dict[TrackerName, Adapter]]:
        """Reads and decides; writes nothing."""
        store = Store(self.url)
        store.migrate()
        backlog = store.load("shop", self.schema)
        day_before = self.now - timedelta(days=1)
        often = rewritten(store.engine, "shop", day_before, ROUNDS)
        held = put_back(store.engine, "shop", day_before)
        store.close()
        adapters = self.adapters()
        names = list(adapters) if whole or self.whole else []
        readings, failures = read(adapters, backlog, names)
        context = Context(
            backlog,
            self.chosen(),
            readings,
            failures,
            self.now,
            retry,
            rewritten=often,
            held_lately=held,
        )
        return context, decide(context), adapters

    def plan(self) -> Decision:
        return self.look()[1]

    def apply(
        self, *, die_after: int | None = None, whole: bool = False, retry: bool = False
    ) -> Applied | None:
        """One run; with `die_after` it is killed after so many edits. None if it was killed."""
        self.now += timedelta(minutes=5)
        context, decision, adapters = self.look(whole=whole, retry=retry)
        store = Store(self.url)
        left = [die_after]

        def progress(tracker: TrackerName, count: int) -> None:
            if left[0] is not None:
                left[0] -= 1
                if left[0] < 0:
                    raise Crash

        try:
            return apply(Engine(context, adapters, store, lambda: self.now, progress), decision)
        except Crash:
            return None
        finally:
            store.close()

    def items(self) -> dict[str, Item]:
        store = Store(self.url)
        try:
            return dict(store.load("shop", self.schema).items)
        finally:
            store.close()

    def journal(self) -> Journal:
        return Journal(Store(self.url).engine)

    # What people do.

    def add(self, tracker: TrackerName, **values: Value) -> Record:
        return self.places[tracker].add(shown(values))

    def edit(self, tracker: TrackerName, record: str, **values: Value) -> Record:
        place = self.places[tracker]
        full = {name: shown_as(value) for name, value in values.items()}
        return place.write(record, full)

    def alter(self, tracker: TrackerName, record: str, **attributes: object) -> Record:
        """Changes what is not a field: its key, whether everyone may see it, its twins."""
        place = self.places[tracker]
        place.clock += 1
        held = place.history[record][-1][1]
        after = replace(held, version=str(place.clock), **attributes)  # type: ignore[arg-type]
        place.history[record].append((place.clock, after))
        return after

    def titles(self, tracker: TrackerName) -> list[str]:
        """As the tracker shows them, top first."""
        return [str(record.shown["title"]) for record in self.places[tracker].all()]

    def record(self, tracker: TrackerName, title: str) -> Record:
        """The one record of that title."""
        [found] = [one for one in self.places[tracker].all() if one.shown["title"] == title]
        return found


def shown(values: Mapping[FieldName, Value]) -> dict[FieldName, object]:
    """A whole record as a person fills it in."""
    full: dict[FieldName, Value] = {name: EMPTY[shape] for name, shape in FIELDS.items()}
    return {name: shown_as(value) for name, value in {**full, **values}.items()}


REFERENCES = tuple(name for name, shape in FIELDS.items() if shape in (Shape.ITEM, Shape.ITEMS))
