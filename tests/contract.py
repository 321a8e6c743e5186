"""What every adapter must do, as one test class.

An adapter proves itself by a subclass with a `tracker` fixture:

    class JiraTracker(Tracker):
        fields = frozenset({"title", "description", …})
        samples = {**SAMPLES, "assignees": (frozenset({"ada"}), frozenset({"bob"}))}

        def adapter(self) -> Adapter:
            return Jira(Setup("jira"), url=self.served.url + "/jira", …)

        def edit(self, record, name, value): …     # through the stand-in's own API, as a person
        def add(self, values): …
        def remove(self, record): …

        def lose(self):                            # the next create is done, its answer lost
            self.served.switches.faults.append(Fault("lose", "/issue$", "POST"))

    class TestJira(AdapterContract):
        @pytest.fixture
        def tracker(self): …

`adapter()` is called again and again and must give an adapter without memory, as after a restart.
A switch that is left out makes its test say so. Fields beside `fields` are those that `open` must
give a reason for. `samples` holds two values of each field, neither of them empty, between which
an update changes; name there what the stand-in knows (its users, its versions).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from types import MappingProxyType
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.model import EMPTY, FIELDS, Criterion, FieldName, ItemId, Schema, Shape, Value
from sync.tracker import (
    Adapter,
    Change,
    Create,
    Intent,
    Move,
    NotFound,
    Outcome,
    Record,
    RecordId,
    Shown,
    Snapshot,
    Stale,
    Twin,
    Unmapped,
    Update,
)

TEXT = """A checkout that *works*.

- one
- two
  - deep

| a | b |
|---|---|
| 1 | 2 |

```python
print("x")  # not a heading
```"""
OTHER_TEXT = TEXT.replace("works", "works again").replace("- two\n", "- two\n- three\n")
SAMPLES: Mapping[FieldName, tuple[Value, Value]] = MappingProxyType(
    {
        "title": ("Pay by card", "Pay by card, or later"),
        "description": (TEXT, OTHER_TEXT),
        "acceptance_criteria": (
            (Criterion("The card is charged"), Criterion("A *receipt* is sent", True)),
            (
                Criterion("The card is charged", True),
                Criterion("A *receipt* is sent", True),
                Criterion("A refund is possible"),
            ),
        ),
        "kind": ("story", "bug"),
        "status": ("todo", "in_progress"),
        "priority": ("high", "low"),
        "labels": (frozenset({"checkout", "ux"}), frozenset({"checkout", "legal"})),
        "assignees": (frozenset({"ada"}), frozenset({"bob"})),
        "estimate": (3.0, 0.5),
        "release": ("1.0", "2.0"),
        "sprint": ("Sprint 7", "Sprint 8"),
        "components": (frozenset({"Web", "Back office"}), frozenset({"Web"})),
        "due": ("2026-11-24", "2027-02-28"),
        "resolution": ("duplicate", "cannot_reproduce"),
        "attachments": (
            frozenset({"[spec.pdf](https://acme.example/1/spec.pdf)"}),
            frozenset({"[spec (2).pdf](https://acme.example/2/spec%20%282%29.pdf)"}),
        ),
    }
)


class Tracker(ABC):
    """One tracker of the adapter's type, and what people do there."""

    fields: frozenset[FieldName] = frozenset(FIELDS)
    """Those it can carry."""
    read_only: frozenset[FieldName] = frozenset()
    """Those of them that only people change there: a write leaves the record as it was."""
    schema: Schema = FIELDS
    samples: Mapping[FieldName, tuple[Value, Value]] = SAMPLES
    overlaps = False
    """Does an incremental read bring records again that have not changed since?"""
    markdown = False
    """Is what it shows of a text that text's Markdown itself?"""

    @abstractmethod
    def adapter(self) -> Adapter:
        """A fresh adapter, as after a restart."""

    @abstractmethod
    def edit(self, record: RecordId, name: FieldName, value: Value) -> None:
        """A person sets one field. References are given as ids of records."""

    @abstractmethod
    def add(self, values: Mapping[FieldName, Value]) -> RecordId:
        """A person adds a record; its id as `read` will give it."""

    @abstractmethod
    def remove(self, record: RecordId) -> None:
        """A person deletes it."""

    def lose(self) -> None:  # noqa: B027 - the tests throw the answer away in any case
        """The next create takes effect and its answer is lost."""

    def halfway(self) -> None:
        """The next update, of two fields or more, breaks off after one."""
        pytest.skip("an update takes effect as a whole here")

    def drop(self, name: FieldName) -> None:
        """From now on the field is silently not changed."""
        pytest.skip("nothing is dropped silently here")

    def refuse(self) -> tuple[FieldName, Value]:
        """A field, and a value that it will not take."""
        pytest.skip("no value is refused here")

    def lag(self) -> None:
        """From now on `read` sees the latest writes late."""
        pytest.skip("reads do not lag here")

    def only(self, values: Mapping[FieldName, Value]) -> dict[FieldName, Value]:
        """Those of the values that are carried."""
        return {name: value for name, value in values.items() if name in self.fields}

    def first(self, *names: FieldName) -> dict[FieldName, Value]:
        """The first sample of each carried field, or of these."""
        return {n: self.samples[n][0] for n in names or sorted(self.fields & set(self.samples))}


def made(
    tracker: Tracker, item: ItemId = "item1", values: Mapping[FieldName, Value] | None = None
) -> Record:
    """A record that was created for an item, with a title at least."""
    create = Create(item, tracker.only({"title": f"Title of {item}"} | dict(values or {})))
    return recorded(tracker.adapter().create([create], {}))


def recorded(outcomes: Iterable[Outcome]) -> Record:
    """The record of the one outcome, which must be a good one."""
    [outcome] = outcomes
    assert outcome.error is None
    assert outcome.refused == {}
    assert outcome.record is not None
    return outcome.record


def now(tracker: Tracker, record: RecordId) -> Record:
    [found] = tracker.adapter().get([record]).records
    return found


def updated(tracker: Tracker, record: Record, **changes: tuple[Value, Value]) -> list[Outcome]:
    """The outcomes of changing each field from one value to another."""
    update = Update("item1", record, {name: Change(*both) for name, both in changes.items()})
    return list(tracker.adapter().update([update], {}))


def twin(record: Record) -> Twin:
    return Twin(record.id, record.key, record.url)


def names(shown: Shown, record: Record) -> bool:
    """Does a reference name this record, by id or by key?"""
    return shown in (record.id, record.key)


def others(record: Record, *changed: FieldName) -> dict[FieldName, Shown]:
    return {name: shown for name, shown in record.shown.items() if name not in changed}


def says(tracker: Tracker, record: Record, name: FieldName, value: Value) -> bool:
    """Is this value what the record shows, read back without knowing better?"""
    codec = tracker.adapter().open().codec
    shown = record.shown[name]
    if tracker.schema[name] is not Shape.TEXT or tracker.markdown:
        return codec.decode(name, shown, value) == value and codec.shows(name, value, shown)
    return codec.shows(name, value, shown)


class AdapterContract:
    """The tests. Subclasses give the fixture `tracker`."""

    every_field: ClassVar = [n for n in FIELDS if FIELDS[n] not in (Shape.ITEM, Shape.ITEMS)]

    @pytest.fixture
    def carried(self, tracker: Tracker, request: pytest.FixtureRequest) -> FieldName:
        """The parameter's field; skipped, with the adapter's reason, where it has no carrier."""
        return self.need(tracker, request.param)

    def need(self, tracker: Tracker, name: FieldName) -> FieldName:
        if name not in tracker.fields:
            reason = tracker.adapter().open().cannot.get(name)
            assert reason, f"open() says neither that {name} is carried, nor why it is not"
            pytest.skip(reason)
        return name

    def need_order(self, tracker: Tracker) -> None:
        facts = tracker.adapter().open()
        if not facts.order:
            assert tracker.adapter().read(None).order is None
            assert tracker.adapter().order() is None
            pytest.skip(facts.cannot.get("order", "this tracker has no order"))

    # What it is

    def test_open_says_which_fields_are_carried(self, tracker: Tracker) -> None:
        facts = tracker.adapter().open()
        assert facts.fields & set(tracker.schema) == tracker.fields
        assert facts.problems == ()
        assert all(facts.cannot.get(name) for name in set(tracker.schema) - facts.fields)

    def test_an_empty_tracker_is_read_whole(self, tracker: Tracker) -> None:
        snapshot = tracker.adapter().read(None)
        assert snapshot.records == ()
        assert snapshot.complete

    # Creating

    def test_a_new_item_is_read_back_with_every_field(self, tracker: Tracker) -> None:
        record = recorded(tracker.adapter().create([Create("item1", tracker.first())], {}))
        for name, value in tracker.first().items():
            assert says(tracker, record, name, value), name
        [read] = tracker.adapter().read(None).records
        assert read == record == now(tracker, record.id)

    def test_a_new_item_with_a_title_alone_shows_all_fields_empty(self, tracker: Tracker) -> None:
        record = made(tracker)
        codec = tracker.adapter().open().codec
        for name in tracker.fields - {"title", "kind", "status", "priority"}:
            shown = record.shown[name]
            empty = EMPTY[tracker.schema[name]]
            assert shown in (None, []) or codec.decode(name, shown, empty) == empty, name

    def test_a_new_record_bears_its_mark(self, tracker: Tracker) -> None:
        made(tracker, "item1")
        theirs = tracker.add({"title": "Not ours"})
        records = {record.id: record.mark for record in tracker.adapter().read(None).records}
        assert records.pop(theirs) is None
        assert list(records.values()) == ["item1"]

    def test_a_create_whose_answer_was_lost_is_adopted(self, tracker: Tracker) -> None:
        newest = tracker.adapter().newest()
        creates = [Create("item1", tracker.first("title")), Create("item2", {"title": "Other"})]
        tracker.lose()
        list(tracker.adapter().create(creates, {}))
        tried = [replace(c, tried=Intent("2024-05-01T10:00:00Z", newest)) for c in creates]
        again = {outcome.item: outcome for outcome in tracker.adapter().create(tried, {})}
        records = {record.mark: record for record in tracker.adapter().read(None).records}
        assert len(tracker.adapter().read(None).records) == 2
        for item in ("item1", "item2"):
            assert again[item].error is None
            assert again[item].record == records[item]

    def test_a_create_that_never_arrived_is_done_when_tried_again(self, tracker: Tracker) -> None:
        tracker.add({"title": "Title of item1"})
        create = Create("item1", {"title": "Title of item1"}, Intent("2024-05-01T10:00:00Z"))
        assert recorded(tracker.adapter().create([create], {})).mark == "item1"
        assert len(tracker.adapter().read(None).records) == 2

    def test_a_lagging_search_does_not_double_a_create(self, tracker: Tracker) -> None:
        tracker.lag()
        newest = tracker.adapter().newest()
        tracker.lose()
        list(tracker.adapter().create([Create("item1", {"title": "x"})], {}))
        create = Create("item1", {"title": "x"}, Intent("2024-05-01T10:00:00Z", newest))
        record = recorded(tracker.adapter().create([create], {}))
        assert record.mark == "item1"
        assert now(tracker, record.id) == record
        again = recorded(tracker.adapter().create([create], {}))
        assert again.id == record.id

    # Reading

    def test_a_full_read_has_everything_once(self, tracker: Tracker) -> None:
        ours = {made(tracker, f"item{n}").id for n in range(3)}
        theirs = {tracker.add({"title": f"Theirs {n}"}) for n in range(3)}
        snapshot = tracker.adapter().read(None)
        assert sorted(record.id for record in snapshot.records) == sorted(ours | theirs)
        assert snapshot.complete
        assert not any(problem.severity == "error" for problem in snapshot.problems)

    def test_what_a_person_wrote_is_read(self, tracker: Tracker) -> None:
        record = tracker.add({"title": "By a person", **tracker.first()})
        for name, value in tracker.first().items():
            assert says(tracker, now(tracker, record), name, value), name

    def test_a_second_read_has_nothing_new(self, tracker: Tracker) -> None:
        recorded(tracker.adapter().create([Create("item1", tracker.first())], {}))
        tracker.add(tracker.first())
        first, second = tracker.adapter().read(None), tracker.adapter().read(None)
        assert first.records == second.records
        assert first.order == second.order

    def test_an_incremental_read_brings_what_changed(self, tracker: Tracker) -> None:
        kept, changed = made(tracker, "item1"), made(tracker, "item2")
        cursor = tracker.adapter().read(None).cursor
        if cursor is None:
            pytest.skip("every read is a full one here")
        tracker.edit(changed.id, "title", "Edited")
        new = tracker.add({"title": "New"})
        snapshot = tracker.adapter().read(cursor)
        assert {changed.id, new} <= self.news(tracker, snapshot, [kept, changed])
        assert self.news(tracker, snapshot, [kept, changed]) <= {changed.id, new}
        seen = {record.id: record for record in tracker.adapter().read(None).records}
        later = tracker.adapter().read(snapshot.cursor)
        assert self.news(tracker, later, seen.values()) == set()

    def test_the_cursor_after_a_run_passes_over_nothing(self, tracker: Tracker) -> None:
        ours, theirs = made(tracker, "item1"), made(tracker, "item2")
        adapter = tracker.adapter()
        adapter.open()
        if adapter.read(None).cursor is None:
            pytest.skip("every read is a full one here")
        tracker.edit(theirs.id, "title", "Edited meanwhile")
        update = Update("item1", ours, {"title": Change("Title of item1", "By the run")})
        ours = recorded(adapter.update([update], {}))
        snapshot = tracker.adapter().read(adapter.cursor())
        assert self.news(tracker, snapshot, [ours, theirs]) >= {theirs.id}

    def news(self, tracker: Tracker, snapshot: Snapshot, known: Iterable[Record]) -> set[RecordId]:
        """Ids of the records that are not as they are known; or all, where none come twice."""
        if snapshot.complete or tracker.overlaps:
            versions = {record.id: record.version for record in known}
            return {r.id for r in snapshot.records if versions.get(r.id) != r.version}
        return {record.id for record in snapshot.records}

    def test_records_are_found_by_id(self, tracker: Tracker) -> None:
        one, two, gone = (made(tracker, f"item{n}") for n in range(3))
        tracker.remove(gone.id)
        snapshot = tracker.adapter().get([two.id, gone.id, one.id])
        assert {record.id: record for record in snapshot.records} == {one.id: one, two.id: two}
        assert set(snapshot.gone) == {gone.id}
        assert tracker.adapter().get([]).records == ()

    # Updating

    @pytest.mark.parametrize("carried", every_field, indirect=True)
    def test_an_update_changes_its_field_and_no_other(
        self, tracker: Tracker, carried: FieldName
    ) -> None:
        before = recorded(tracker.adapter().create([Create("item1", tracker.first())], {}))
        old, new = tracker.samples[carried]
        after = recorded(updated(tracker, before, **{carried: (old, new)}))
        assert says(tracker, after, carried, new)
        assert others(after, carried) == others(before, carried)
        assert after == now(tracker, before.id)
        assert (after.version == before.version) == (carried in tracker.read_only)
        back = recorded(updated(tracker, after, **{carried: (new, old)}))
        assert says(tracker, back, carried, old)
        assert others(back, carried) == others(before, carried)

    @pytest.mark.parametrize(
        "carried",
        ["acceptance_criteria", "description", "labels", "assignees", "estimate", "release"],
        indirect=True,
    )
    def test_a_field_can_be_emptied(self, tracker: Tracker, carried: FieldName) -> None:
        before = recorded(tracker.adapter().create([Create("item1", tracker.first())], {}))
        old, empty = tracker.samples[carried][0], EMPTY[tracker.schema[carried]]
        after = recorded(updated(tracker, before, **{carried: (old, empty)}))
        shown = after.shown[carried]
        assert shown in (None, [], "") or says(tracker, after, carried, empty)
        assert others(after, carried) == others(before, carried)

    def test_all_fields_change_in_one_update(self, tracker: Tracker) -> None:
        before = recorded(tracker.adapter().create([Create("item1", tracker.first())], {}))
        changes = {name: tracker.samples[name] for name in tracker.first()}
        after = recorded(updated(tracker, before, **changes))
        for name, (_, value) in changes.items():
            assert says(tracker, after, name, value), name

    @pytest.mark.parametrize("carried", ["labels"], indirect=True)
    def test_what_a_person_added_meanwhile_survives(
        self, tracker: Tracker, carried: FieldName
    ) -> None:
        [old, new] = tracker.samples[carried]
        assert isinstance(old, frozenset)
        assert isinstance(new, frozenset)
        before = made(tracker, values={carried: old})
        tracker.edit(before.id, carried, old | {"theirs"})
        after = recorded(updated(tracker, before, **{carried: (old, new)}))
        assert says(tracker, after, carried, new | {"theirs"})

    @pytest.mark.parametrize(
        "carried", ["title", "description", "acceptance_criteria"], indirect=True
    )
    def test_what_changed_meanwhile_is_not_written_over(
        self, tracker: Tracker, carried: FieldName
    ) -> None:
        before = made(tracker, values=tracker.first(carried))
        old, theirs = tracker.samples[carried]
        tracker.edit(before.id, carried, theirs)
        [outcome] = updated(tracker, before, **{carried: (old, EMPTY_BUT[carried])})
        assert isinstance(outcome.error, Stale)
        assert outcome.record == now(tracker, before.id)
        assert says(tracker, now(tracker, before.id), carried, theirs)

    def test_another_field_that_changed_meanwhile_is_kept(self, tracker: Tracker) -> None:
        name = self.need(tracker, "description")
        old, new = tracker.samples[name]
        before = made(tracker, values={name: old})
        tracker.edit(before.id, "title", "Their title")
        after = recorded(updated(tracker, before, **{name: (old, new)}))
        assert says(tracker, after, "title", "Their title")
        assert says(tracker, after, name, new)

    def test_a_record_that_is_gone_is_not_found(self, tracker: Tracker) -> None:
        record, stays = made(tracker, "item1"), made(tracker, "item2")
        tracker.remove(record.id)
        updates = [
            Update("item1", record, {"title": Change("Title of item1", "New")}),
            Update("item2", stays, {"title": Change("Title of item2", "New")}),
        ]
        outcomes = {one.item: one for one in tracker.adapter().update(updates, {})}
        assert isinstance(outcomes["item1"].error, NotFound)
        assert outcomes["item2"].error is None
        assert says(tracker, now(tracker, stays.id), "title", "New")

    def test_a_refused_field_is_said_and_the_others_are_taken(self, tracker: Tracker) -> None:
        record = made(tracker, values=tracker.first())
        name, value = tracker.refuse()
        other = "description" if name != "description" else "title"
        changes = {name: (tracker.samples[name][0], value), other: tracker.samples[other]}
        [outcome] = updated(tracker, record, **changes)
        assert outcome.error is None
        assert list(outcome.refused) == [name]
        assert outcome.refused[name]
        assert outcome.record == now(tracker, record.id)
        assert says(tracker, now(tracker, record.id), other, tracker.samples[other][1])
        assert others(now(tracker, record.id), other) == others(record, other)

    def test_a_silent_drop_is_seen_in_what_comes_back(self, tracker: Tracker) -> None:
        record = made(tracker, values=tracker.first("description"))
        tracker.drop("description")
        [outcome] = updated(tracker, record, description=tracker.samples["description"])
        assert outcome.record is not None
        assert outcome.record.shown["description"] == record.shown["description"]
        assert outcome.record == now(tracker, record.id)

    def test_an_update_that_broke_off_says_what_it_did(self, tracker: Tracker) -> None:
        record = made(tracker, values=tracker.first())
        tracker.halfway()
        changes = {name: tracker.samples[name] for name in ("title", "description")}
        [outcome] = updated(tracker, record, **changes)
        assert outcome.error is not None
        assert outcome.record == now(tracker, record.id)
        for name, (old, new) in changes.items():
            done = says(tracker, outcome.record, name, new)
            changes[name] = (new if done else old, new)
        rest = recorded(updated(tracker, outcome.record, **changes))
        assert all(says(tracker, rest, name, new) for name, (_, new) in changes.items())

    def test_a_text_that_nobody_changed_stays_to_the_byte(self, tracker: Tracker) -> None:
        record = now(tracker, tracker.add(tracker.first()))
        changes = {n: tracker.samples[n] for n in tracker.fields & {"labels", "title", "priority"}}
        after = recorded(updated(tracker, record, **changes))
        assert others(after, *changes) == others(record, *changes)

    # References

    @pytest.mark.parametrize("name", ["parent", "blocked_by"])
    def test_a_reference_names_the_other_record(self, tracker: Tracker, name: FieldName) -> None:
        self.need(tracker, name)
        one, two = made(tracker, "item1", EPIC), made(tracker, "item2", EPIC)
        twins = {"item1": twin(one), "item2": twin(two)}
        many = name == "blocked_by"

        def value(item: ItemId) -> Value:
            return frozenset({item}) if many else item

        def named(record: Record) -> list[Shown]:
            shown = record.shown[name]
            return list(shown) if many else [shown]

        values = tracker.only({"title": "Child", "kind": "story", name: value("item1")})
        child = recorded(tracker.adapter().create([Create("item3", values)], twins))
        [reference] = named(child)
        assert names(reference, one)
        change = {name: Change(value("item1"), value("item2"))}
        after = recorded(tracker.adapter().update([Update("item3", child, change)], twins))
        [reference] = named(after)
        assert names(reference, two)
        change = {name: Change(value("item2"), EMPTY[tracker.schema[name]])}
        last = recorded(tracker.adapter().update([Update("item3", after, change)], twins))
        assert last.shown[name] in (None, [])
        assert others(last, name) == others(child, name)

    def test_a_reference_reaches_what_was_made_in_the_same_batch(self, tracker: Tracker) -> None:
        self.need(tracker, "parent")
        creates = [
            Create("item1", tracker.only({"title": "Parent", "kind": "epic"})),
            Create("item2", tracker.only({"title": "Child", "kind": "story", "parent": "item1"})),
        ]
        records = {one.item: one.record for one in tracker.adapter().create(creates, {})}
        parent, child = records["item1"], records["item2"]
        assert parent is not None
        assert child is not None
        assert names(child.shown["parent"], parent)

    def test_a_reference_to_what_is_not_shown_is_left_out(self, tracker: Tracker) -> None:
        self.need(tracker, "blocked_by")
        one = made(tracker, "item1")
        create = Create("item2", {"title": "x", "blocked_by": frozenset({"item1", "item9"})})
        record = recorded(tracker.adapter().create([create], {"item1": twin(one)}))
        [reference] = record.shown["blocked_by"]
        assert names(reference, one)

    def test_a_reference_that_a_person_set_is_read(self, tracker: Tracker) -> None:
        self.need(tracker, "parent")
        parent = tracker.add(tracker.only({"title": "Parent", "kind": "epic"}))
        child = tracker.add(tracker.only({"title": "Child", "kind": "story"}))
        tracker.edit(child, "parent", parent)
        assert names(now(tracker, child).shown["parent"], now(tracker, parent))

    # Order

    @pytest.mark.parametrize("wanted", [*permutations("abc"), tuple("dbac"), tuple("ecabd")])
    def test_moves_give_the_wanted_order(self, tracker: Tracker, wanted: Sequence[str]) -> None:
        self.need_order(tracker)
        records = {item: made(tracker, item).id for item in sorted(wanted)}
        moves = [
            Move(item, records[item], records[wanted[at - 1]] if at else None, None)
            for at, item in enumerate(wanted)
        ]
        outcomes = list(tracker.adapter().move(moves))
        assert [outcome.error for outcome in outcomes] == [None] * len(moves)
        assert [outcome.item for outcome in outcomes] == list(wanted)
        assert tracker.adapter().read(None).order == tuple(records[item] for item in wanted)
        assert tracker.adapter().order() == tuple(records[item] for item in wanted)

    def test_one_move_leaves_the_others_in_their_order(self, tracker: Tracker) -> None:
        self.need_order(tracker)
        ids = [made(tracker, f"item{n}").id for n in range(4)]
        order = list(tracker.adapter().read(None).order or ())
        assert sorted(order) == sorted(ids)
        last, second = order[3], order[1]
        [outcome] = tracker.adapter().move([Move("item", last, order[0], second)])
        assert outcome.error is None
        assert tracker.adapter().read(None).order == (order[0], last, second, order[2])

    def test_moving_changes_no_record(self, tracker: Tracker) -> None:
        self.need_order(tracker)
        records = [made(tracker, f"item{n}") for n in range(3)]
        list(tracker.adapter().move([Move("item2", records[2].id, None, records[0].id)]))
        for record in records:
            assert others(now(tracker, record.id)) == others(record)

    def test_a_move_of_what_is_gone_is_an_error_of_its_own(self, tracker: Tracker) -> None:
        self.need_order(tracker)
        one, two, gone = (made(tracker, f"item{n}").id for n in range(3))
        tracker.remove(gone)
        moves = [Move("item2", gone, None, one), Move("item1", two, None, one)]
        outcomes = {outcome.item: outcome for outcome in tracker.adapter().move(moves)}
        assert outcomes["item2"].error is not None
        assert outcomes["item1"].error is None
        assert tracker.adapter().read(None).order == (two, one)

    # Values

    @pytest.mark.parametrize("carried", every_field, indirect=True)
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(data=st.data())
    def test_what_is_encoded_is_decoded_again(
        self, tracker: Tracker, carried: FieldName, data: st.DataObject
    ) -> None:
        codec = tracker.adapter().open().codec
        if tracker.schema[carried] is Shape.TEXT and not tracker.markdown:
            pytest.skip("a text is shown in the tracker's own markup")
        old, value = (
            data.draw(self.values(tracker, carried)),
            data.draw(self.values(tracker, carried)),
        )
        try:
            shown = codec.encode(carried, old, None)
            changed = codec.encode(carried, value, shown)
        except Unmapped:
            return
        assert codec.decode(carried, shown, old) == old
        assert codec.shows(carried, old, shown)
        assert codec.encode(carried, old, shown) == shown
        assert codec.decode(carried, changed, value) == value
        assert codec.shows(carried, value, changed)

    def values(self, tracker: Tracker, name: FieldName) -> st.SearchStrategy[Value]:
        """The values that a field may have here; a subclass narrows what its tracker cannot."""
        known = st.sampled_from(tracker.samples[name])
        if name in ("kind", "status", "priority", "assignees"):
            return known
        return known | VALUES[tracker.schema[name]]


EPIC: Mapping[FieldName, Value] = MappingProxyType({"kind": "epic"})
EMPTY_BUT: Mapping[FieldName, Value] = MappingProxyType(
    {"title": "Ours", "description": "Ours.", "acceptance_criteria": (Criterion("Ours"),)}
)
"""A third value for fields that two sides change at once."""

LINES = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from(" -:#/'\"[]"),
    min_size=1,
    max_size=30,
).map(lambda line: " ".join(line.split()) or "x")
"""Lines of text without outer blanks."""
TEXTS = st.lists(LINES | st.just(""), max_size=6).map(lambda lines: "\n".join(lines).strip("\n"))
VALUES: Mapping[Shape, st.SearchStrategy[Value]] = MappingProxyType(
    {
        Shape.LINE: LINES,
        Shape.TEXT: TEXTS,
        Shape.NUMBER: st.integers(0, 100).map(lambda n: n / 2) | st.none(),
        Shape.SET: st.frozensets(LINES, max_size=4),
        Shape.DATE: st.dates().map(str) | st.none(),
        Shape.CRITERIA: st.lists(st.builds(Criterion, LINES, st.booleans()), max_size=4).map(tuple),
    }
)
