"""The tracker in memory, by the contract, well behaved and unruly."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from adapters.base import Setup
from adapters.memory import Codec, Memory, MemoryTracker, shown_as
from sync.model import EMPTY, FIELDS, FieldName, Value
from sync.tracker import (
    Adapter,
    Change,
    Create,
    Intent,
    RecordId,
    RetryLater,
    Unavailable,
    Unmapped,
    Update,
)
from tests.contract import SAMPLES, AdapterContract, Tracker, made, now, updated


class InMemory(Tracker):
    markdown = True

    def __init__(self, place: MemoryTracker) -> None:
        self.place = place
        self.fields = frozenset(FIELDS) - place.without

    def adapter(self) -> Adapter:
        return Memory(Setup("memory"), self.place)

    def edit(self, record: RecordId, name: FieldName, value: Value) -> None:
        self.place.write(record, {name: self._shown(name, value)})

    def add(self, values: Mapping[FieldName, Value]) -> RecordId:
        values = {name: EMPTY[shape] for name, shape in FIELDS.items()} | dict(values)
        return self.place.add({name: self._shown(name, v) for name, v in values.items()}).id

    def _shown(self, name: FieldName, value: Value) -> object:
        if FIELDS[name] in ("item", "items"):
            return shown_as(value)
        return Codec(Setup("memory"), self.place).encode(name, value, None)

    def remove(self, record: RecordId) -> None:
        self.place.remove(record)

    def lose(self) -> None:
        self.place.faults = {0: "after"}

    def halfway(self) -> None:
        self.place.faults = {0: "halfway"}

    def drop(self, name: FieldName) -> None:
        self.place.drop = frozenset({name})

    def refuse(self) -> tuple[FieldName, Value]:
        self.place.refuse = frozenset({"title"})
        return "title", "New"

    def lag(self) -> None:
        self.place.lag = 3


class TestWellBehaved(AdapterContract):
    @pytest.fixture
    def tracker(self) -> Tracker:
        return InMemory(MemoryTracker())


class TestUnruly(AdapterContract):
    """It normalises, knows two states and one assignee."""

    @pytest.fixture
    def tracker(self) -> Tracker:
        tracker = InMemory(MemoryTracker(normalise=True, open_closed=True, single_assignee=True))
        tracker.samples = {**SAMPLES, "status": ("in_review", "cancelled")}
        return tracker


class TestBare(AdapterContract):
    """It has no order, and few fields."""

    @pytest.fixture
    def tracker(self) -> Tracker:
        without = frozenset(FIELDS) - {"title", "description", "status", "labels"}
        return InMemory(MemoryTracker(ordered=False, without=without))


@pytest.fixture
def tracker() -> InMemory:
    return InMemory(MemoryTracker())


def test_a_write_that_never_arrived_has_no_effect(tracker: InMemory) -> None:
    record = made(tracker)
    tracker.place.faults = {1: "before"}
    [first] = updated(tracker, record, title=("Title of item1", "One"))
    assert first.error is None
    assert first.record is not None
    [second] = updated(tracker, first.record, title=("One", "Two"))
    assert isinstance(second.error, RetryLater)
    assert second.record == first.record == now(tracker, record.id)
    tracker.place.faults = {0: "before"}
    [third] = tracker.adapter().create([Create("item2", {"title": "x"})], {})
    assert isinstance(third.error, RetryLater)
    assert len(tracker.place.all()) == 1


def test_an_update_whose_answer_was_lost_took_effect(tracker: InMemory) -> None:
    record = made(tracker)
    tracker.place.faults = {0: "after"}
    [outcome] = updated(tracker, record, title=("Title of item1", "Two"))
    assert isinstance(outcome.error, RetryLater)
    assert now(tracker, record.id).shown["title"] == "Two"


def test_states_that_are_shown_alike_are_left_as_they_are() -> None:
    codec = Codec(Setup("memory"), MemoryTracker(open_closed=True))
    assert codec.decode("status", "open", "in_review") == "in_review"
    assert codec.decode("status", "closed", "in_review") == "done"
    assert codec.decode("status", "open", "done") == "todo"
    assert codec.shows("status", "todo", "open")


def test_labels_keep_the_spelling_that_the_backlog_has() -> None:
    codec = Codec(Setup("memory"), MemoryTracker(normalise=True))
    assert codec.decode("labels", ["ux", "new"], frozenset({"UX"})) == frozenset({"UX", "new"})
    assert codec.encode("labels", frozenset({"UX"}), ["ux"]) == ["ux"]


def test_one_assignee_stands_for_several_who_include_them() -> None:
    codec = Codec(Setup("memory"), MemoryTracker(single_assignee=True))
    both = frozenset({"ada", "bob"})
    assert codec.encode("assignees", both, ["bob"]) == ["bob"]
    assert codec.decode("assignees", ["bob"], both) == both
    assert codec.decode("assignees", ["cyn"], both) == frozenset({"cyn"})
    assert not codec.shows("assignees", both, [])


def test_a_value_without_a_name_is_unmapped() -> None:
    setup = Setup("memory", values={"priority": {"high": "P1"}})
    codec = Codec(setup, MemoryTracker())
    assert codec.encode("priority", "high", None) == "P1"
    assert codec.decode("priority", "P1", None) == "high"
    with pytest.raises(Unmapped, match="P7"):
        codec.decode("priority", "P7", None)
    assert not codec.shows("priority", "low", "P1")
    place = MemoryTracker()
    create = Create("item1", {"title": "x", "priority": "low"})
    [outcome] = Memory(setup, place).create([create], {})
    assert list(outcome.refused) == ["priority"]
    assert outcome.record is not None


def test_hidden_and_moved_records_are_gone_but_not_deleted(tracker: InMemory) -> None:
    hidden, moved = made(tracker, "item1").id, made(tracker, "item2").id
    tracker.place.hidden.add(hidden)
    tracker.place.moved[moved] = "https://elsewhere.example/7"
    snapshot = tracker.adapter().get([hidden, moved])
    assert snapshot.gone[hidden].why == "hidden"
    assert snapshot.gone[moved].where == "https://elsewhere.example/7"
    assert tracker.adapter().read(None).records == ()


def test_a_lagging_read_shows_the_past_and_its_cursor_loses_nothing(tracker: InMemory) -> None:
    record = made(tracker)
    cursor = tracker.adapter().read(None).cursor
    tracker.place.lag = 1
    tracker.edit(record.id, "title", "New")
    late = tracker.adapter().read(cursor)
    assert late.records == ()
    assert tracker.adapter().read(None).records == (record,)
    tracker.place.lag = 0
    [seen] = tracker.adapter().read(late.cursor).records
    assert seen.shown["title"] == "New"


def test_own_writes_are_not_read_again(tracker: InMemory) -> None:
    adapter = tracker.adapter()
    record = made(tracker)
    adapter.read(None)
    [outcome] = adapter.update(
        [Update("item1", record, {"title": Change("Title of item1", "New")})], {}
    )
    assert outcome.error is None
    assert tracker.adapter().read(adapter.cursor()).records == ()


def test_a_place_that_is_down_says_so_in_every_call(tracker: InMemory) -> None:
    record = made(tracker)
    tracker.place.down = Unavailable("it is down")
    adapter = tracker.adapter()
    update = Update("item1", record, {"title": Change("Title of item1", "New")})
    for call in (
        adapter.open,
        lambda: adapter.read(None),
        lambda: adapter.get([record.id]),
        lambda: list(adapter.update([update], {})),
        lambda: list(adapter.create([Create("item2", {}, Intent(""))], {})),
    ):
        with pytest.raises(Unavailable):
            call()


def test_what_changes_nothing_is_no_change(tracker: InMemory) -> None:
    record = made(tracker)
    tracker.edit(record.id, "title", "Title of item1")
    assert now(tracker, record.id) == record
    assert replace(record, version="2") != record
