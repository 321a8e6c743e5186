"""Carrying a decision out: what is stored first, how far failures reach, what a crash costs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Never

import pytest

from adapters.base import Setup
from adapters.memory import Codec, Memory, MemoryTracker
from sync.backlog import Backlog
from sync.engine import Applied, Engine, Failure, apply
from sync.merge import Policy
from sync.model import FIELDS, Criterion, FieldName, ItemId, Value
from sync.planner import Decision, Settings, TrackerSettings
from sync.state import Entry, Store
from sync.tracker import (
    Create,
    Cursor,
    Denied,
    Intent,
    Move,
    NotFound,
    Outcome,
    RecordId,
    Rejected,
    RetryLater,
    Shown,
    Stale,
    TrackerError,
    Twin,
    Unavailable,
    Unmapped,
    Update,
)
from tests.sync.files_place import FilesPlace
from tests.sync.world import SILENT, World

NAMES = ("jira", "github")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, {"jira": MemoryTracker(), "github": MemoryTracker()})


@pytest.fixture
def paid(world: World) -> World:
    """Two items, everywhere."""
    world.add("jira", title="Pay")
    world.add("jira", title="Ship")
    world.apply()
    return world


class Unruly(Memory):
    """A tracker in memory that answers some writes in its own way."""

    def __init__(self, place: MemoryTracker, name: str = "github") -> None:
        super().__init__(Setup(name), place)
        self.errors: dict[str, TrackerError] = {}
        """By what the item is called: the answer, instead of a write."""
        self.raised: dict[str, TrackerError] = {}
        """By what the item is called: raised, instead of an answer."""
        self.before: Callable[[], object] = lambda: None
        """Done once, before the first write."""
        self.creates: list[Create] = []
        self.updates: list[Update] = []
        self.moves: list[Move] = []

    def _met(self, title: str) -> TrackerError | None:
        act, self.before = self.before, lambda: None
        act()
        if title in self.raised:
            raise self.raised[title]
        return self.errors.get(title)

    def create(self, creates: Sequence[Create], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        known = dict(twins)
        for create in creates:
            self.creates.append(create)
            error = self._met(str(create.values["title"]))
            if error:
                yield Outcome(create.item, error=error)
                continue
            for outcome in super().create([create], known):
                if outcome.record:
                    known[create.item] = Twin(outcome.record.id, outcome.record.key)
                yield outcome

    def update(self, updates: Sequence[Update], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        for update in updates:
            self.updates.append(update)
            error = self._met(str(update.record.shown["title"]))
            if error:
                yield Outcome(update.item, error=error)
            else:
                yield from super().update([update], twins)

    def move(self, moves: Sequence[Move]) -> Iterator[Outcome]:
        for move in moves:
            self.moves.append(move)
            error = self._met(str(self.place.history[move.record][-1][1].shown["title"]))
            if error:
                yield Outcome(move.item, error=error)
            else:
                yield from super().move([move])


def unruly(world: World, name: str = "github") -> Unruly:
    """In the place of that tracker's adapter, in all runs from now on."""
    place = world.places.pop(name)
    adapter = Unruly(place, name)
    world.extra[name] = lambda: adapter
    return adapter


def applied(world: World, *, retry: bool = False) -> Applied:
    result = world.apply(retry=retry)
    assert result is not None
    return result


def carry_out(world: World, narrow: Callable[[Decision], Decision]) -> Applied:
    """A run of a part of what was decided."""
    context, decision, adapters = world.look()
    store = Store(world.url)
    try:
        engine = Engine(context, adapters, store, lambda: world.now, lambda *_: None)
        return apply(engine, narrow(decision))
    finally:
        store.close()


def state(world: World) -> Backlog:
    store = Store(world.url)
    try:
        return store.load("shop", FIELDS)
    finally:
        store.close()


def entries(world: World, run: int) -> list[Entry]:
    """Of one run, the oldest first."""
    return world.journal().entries("shop", run=run)[::-1]


def brief(entry: Entry) -> tuple[str, str, str | None, str]:
    return entry.tracker, entry.action, entry.field, entry.outcome


def item_of(world: World, title: str) -> ItemId:
    [found] = [item.id for item in world.items().values() if item.title == title]
    return found


# What is remembered before anything is written.


def test_what_people_changed_is_taken_over_before_the_first_write(paid: World) -> None:
    github = unruly(paid)
    paid.edit("jira", "r1", title="Pay by card")
    seen: list[Backlog] = []
    github.before = lambda: seen.append(state(paid))
    paid.apply()
    [then] = seen
    item = item_of(paid, "Pay by card")
    assert then.items[item].title == "Pay by card"
    assert then.links["jira"]["r1"].record.shown["title"] == "Pay by card"
    assert "title" not in then.links["github"]["r1"].sent


def test_an_intent_is_stored_before_a_record_is_made_and_forgotten_after(world: World) -> None:
    world.add("github", title="Old")
    world.add("jira", title="Pay")
    github = unruly(world)
    seen: list[Backlog] = []
    github.before = lambda: seen.append(state(world))
    world.apply()
    [then] = seen
    at = "2026-01-01T00:05:00+00:00"
    assert then.intents["github"] == {item_of(world, "Pay"): Intent(at, "MEM-1")}
    assert state(world).intents == {}


def test_a_run_stands_in_the_journal_from_its_beginning_to_its_end(paid: World) -> None:
    paid.edit("jira", "r1", title="Pay by card")
    paid.apply(die_after=0)
    killed, first = paid.journal().runs("shop")
    assert (first.started, first.ended, first.outcome) == (
        "2026-01-01T00:05:00+00:00",
        "2026-01-01T00:05:00+00:00",
        "done",
    )
    assert first.counts == {
        "create": 2,
        "update": 0,
        "move": 0,
        "conflict": 0,
        "finding": 0,
        "release": 0,
        "label": 0,
    }
    assert (killed.ended, killed.outcome, killed.counts["update"]) == (None, None, 1)


def test_what_a_run_did_is_counted_and_told_one_by_one(paid: World) -> None:
    paid.add("jira", title="New")
    paid.edit("jira", "r1", title="Pay by card")
    paid.places["jira"].place("r2", None)
    context, decision, adapters = paid.look()
    store, told = Store(paid.url), list[tuple[str, int]]()
    engine = Engine(context, adapters, store, lambda: paid.now, lambda *what: told.append(what))
    result = apply(engine, decision)
    store.close()
    assert (result.created, result.updated, result.moved) == (1, 1, 1)
    assert told == [("github", 1)] * 3
    assert result.failures == []


def test_the_journal_holds_every_field_and_every_move_with_before_and_after(paid: World) -> None:
    paid.edit("jira", "r1", title="Pay by card", labels=frozenset({"b", "a"}), estimate=3.0)
    paid.places["jira"].place("r2", None)
    paid.add("jira", title="New", acceptance_criteria=(Criterion("x"),))
    result = applied(paid)
    pay, ship, new = (item_of(paid, title) for title in ("Pay by card", "Ship", "New"))
    at = "2026-01-01T00:10:00+00:00"

    def entry(tracker: str, item: ItemId, key: str | None, *rest: object) -> Entry:
        return Entry(at, tracker, item, key, *rest)  # type: ignore[arg-type]

    because, labels = "jira changed it", ["a", "b"]
    criteria = [{"text": "x", "checked": False}]
    both, one = "seen on jira, github", "seen on jira"
    expected = [
        entry("backlog", pay, None, "merge", "estimate", None, 3, both),
        entry("backlog", pay, None, "merge", "labels", None, labels, both),
        entry("backlog", pay, None, "merge", "title", "Pay", "Pay by card", both),
        entry("backlog", new, None, "merge", "acceptance_criteria", None, criteria, one),
        entry("backlog", new, None, "merge", "title", None, "New", one),
        entry("github", new, "MEM-3", "create", "title", None, "New", "new on jira"),
        entry("github", new, "MEM-3", "create", "acceptance_criteria", [], criteria, "new on jira"),
        entry("github", pay, "MEM-1", "update", "title", "Pay", "Pay by card", because),
        entry("github", pay, "MEM-1", "update", "labels", [], labels, because),
        entry("github", pay, "MEM-1", "update", "estimate", None, 3, because),
    ]
    written = [replace(one, run=0) for one in entries(paid, result.run)]
    key = Entry.__repr__
    moves = [one for one in written if one.action == "move"]
    rest = [replace(one, id=0) for one in written if one.action != "move"]
    assert sorted(rest, key=key) == sorted(expected, key=key)
    first = {"after": None, "before": pay}
    assert moves == [
        entry("backlog", ship, None, "move", None, {"after": pay, "before": None}, first, "order"),
        entry("github", ship, "MEM-2", "move", None, {"after": pay, "before": new}, first, "order"),
    ]


# How far a failure reaches.


def test_an_item_that_is_refused_holds_up_no_other(paid: World) -> None:
    github = unruly(paid)
    github.errors = {"Pay": Rejected("the title is too long", "title")}
    paid.edit("jira", "r1", title="Pay by card", priority="high")
    paid.edit("jira", "r2", title="Ship it")
    result = applied(paid)
    pay = item_of(paid, "Pay by card")
    assert result.failures == [Failure("github", pay, "MEM-1", "the title is too long")]
    assert (result.updated, [r.shown["title"] for r in github.place.all()]) == (
        1,
        ["Pay", "Ship it"],
    )
    failed = [one for one in entries(paid, result.run) if one.outcome == "failed"]
    assert [(one.field, one.error) for one in failed] == [
        ("title", "the title is too long"),
        ("priority", "the title is too long"),
    ]
    assert paid.journal().runs("shop")[0].outcome == "failed"
    github.errors = {}
    assert applied(paid).failures == []
    assert github.place.all()[0].shown["title"] == "Pay by card"
    assert not paid.plan().plan.pending


@pytest.mark.parametrize("error", [Denied("the token has expired"), Unavailable("no answer")])
@pytest.mark.parametrize("raised", [False, True], ids=["answered", "raised"])
def test_a_tracker_that_denies_stops_and_the_others_go_on(
    paid: World, error: TrackerError, raised: bool
) -> None:
    paid.places["files"] = MemoryTracker()
    paid.apply()
    github = unruly(paid)
    (github.raised if raised else github.errors)["Ship"] = error
    paid.edit("jira", "r1", title="Pay by card")
    paid.edit("jira", "r2", title="Ship it")
    paid.places["jira"].place("r2", None)
    result = applied(paid)
    item = [] if raised else [Failure("github", item_of(paid, "Ship it"), "MEM-2", str(error))]
    assert result.failures == [*item, Failure("github", None, None, str(error))]
    assert [one.item for one in github.updates] == [item_of(paid, "Ship it")]
    assert github.moves == []
    assert paid.titles("files") == ["Ship it", "Pay by card"]
    assert paid.journal().runs("shop")[0].outcome == "failed"
    github.raised = github.errors = {}
    paid.apply()
    assert [one.shown["title"] for one in github.place.all()] == ["Ship it", "Pay by card"]
    assert not paid.plan().plan.pending


def test_a_tracker_that_denies_a_new_record_is_not_asked_for_the_next(world: World) -> None:
    world.add("jira", title="Pay")
    world.add("jira", title="Ship")
    github = unruly(world)
    github.errors = {"Pay": Denied("read only")}
    world.apply()
    assert [create.values["title"] for create in github.creates] == ["Pay"]
    assert github.place.all() == []


def test_a_tracker_that_stopped_is_read_again_from_where_it_was_read(paid: World) -> None:
    before = state(paid).cursors
    github = unruly(paid)
    github.errors = {"Pay": Unavailable("no answer")}
    paid.edit("jira", "r1", title="Pay by card")
    github.place.write("r2", {"labels": ["x"]})
    paid.apply()
    after = state(paid).cursors
    assert after["github"] == before["github"]
    assert after["jira"] != before["jira"]


def test_an_item_that_fails_for_ever_does_not_make_its_tracker_be_read_from_the_same_place(
    paid: World,
) -> None:
    before = state(paid).cursors
    github = unruly(paid)
    github.errors = {"Pay": Rejected("the title is too long")}
    paid.edit("jira", "r1", title="Pay by card")
    github.place.write("r2", {"labels": ["x"]})
    assert len(applied(paid).failures) == 1
    after = state(paid).cursors
    assert int(after["github"]) > int(before["github"])
    context, _, _ = paid.look()
    assert context.readings["github"].snapshot.records == ()
    assert paid.record("jira", "Ship").shown["labels"] == ["x"]
    github.errors = {}
    paid.apply()
    assert github.place.all()[0].shown["title"] == "Pay by card"


def test_a_run_without_one_tracker_ends_as_failed(paid: World) -> None:
    paid.places["github"].down = Unavailable("no answer")
    assert applied(paid).failures == []
    assert paid.journal().runs("shop")[0].outcome == "failed"


OUTCOMES = {
    "rejected: it was not made": (Rejected("no such type"), False),
    "denied: it was not made": (Denied("read only"), False),
    "not found: it was not made": (NotFound("no such project"), False),
    "to be tried later: it may have been made": (RetryLater("no answer"), True),
    "unavailable: it may have been made": (Unavailable("no answer"), True),
    "stale: it may have been made": (Stale("changed"), True),
}


@pytest.mark.parametrize(("error", "kept"), OUTCOMES.values(), ids=OUTCOMES)
def test_an_intent_is_kept_where_the_record_may_have_been_made(
    world: World, error: TrackerError, kept: bool
) -> None:
    world.add("jira", title="Pay")
    github = unruly(world)
    github.errors = {"Pay": error}
    result = applied(world)
    pay = item_of(world, "Pay")
    assert result.failures[0] == Failure("github", pay, None, str(error))
    assert result.created == 0
    first = Intent("2026-01-01T00:05:00+00:00")
    assert state(world).intents.get("github", {}) == ({pay: first} if kept else {})
    failed = [one for one in entries(world, result.run) if one.tracker == "github"]
    assert [(*brief(one), one.error) for one in failed] == [
        ("github", "create", "title", "failed", str(error))
    ]
    github.errors = {}
    assert applied(world).created == 1
    assert [create.tried for create in github.creates] == [None, first if kept else None]
    assert not world.plan().plan.pending


class Mute(Unruly):
    """It makes nothing, and says nothing about it."""

    def create(self, creates: Sequence[Create], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        for create in creates:
            yield Outcome(create.item)


def test_a_record_that_was_not_made_without_a_word_is_a_failure(world: World) -> None:
    world.add("jira", title="Pay")
    mute = Mute(world.places.pop("github"))
    world.extra["github"] = lambda: mute
    assert applied(world).failures == [
        Failure("github", item_of(world, "Pay"), None, "not created")
    ]


def test_fields_that_are_refused_are_said_and_the_others_arrive(paid: World) -> None:
    paid.places["github"].refuse = frozenset({"priority", "estimate"})
    paid.edit("jira", "r1", title="Pay by card", priority="high", estimate=1.0)
    result = applied(paid)
    pay = item_of(paid, "Pay by card")
    assert result.failures == [
        Failure("github", pay, "MEM-1", "estimate: estimate cannot be set here"),
        Failure("github", pay, "MEM-1", "priority: priority cannot be set here"),
    ]
    written = [one for one in entries(paid, result.run) if one.tracker == "github"]
    assert [(*brief(one), one.after, one.error) for one in written] == [
        ("github", "update", "title", "done", "Pay by card", None),
        ("github", "update", "priority", "refused", "high", "priority cannot be set here"),
        ("github", "update", "estimate", "refused", 1, "estimate cannot be set here"),
    ]
    assert paid.titles("github")[0] == "Pay by card"


def test_a_refused_field_of_a_new_record_is_tried_again_when_the_record_changes(
    world: World,
) -> None:
    github = world.places["github"]
    github.refuse = frozenset({"priority"})
    world.add("jira", title="Pay", priority="high")
    result = applied(world)
    assert [one.message for one in result.failures] == ["priority: priority cannot be set here"]
    assert result.created == 1
    assert not world.plan().plan.pending
    github.refuse = frozenset()
    assert not world.plan().plan.pending
    world.edit("github", "r1", labels=frozenset({"ui"}))
    world.apply()
    assert world.record("github", "Pay").shown["priority"] == "high"
    assert not world.plan().plan.pending


@pytest.mark.parametrize("fault", ["before", "after", "halfway"])
def test_what_an_answer_was_lost_of_is_read_by_the_next_run(paid: World, fault: str) -> None:
    """So a record that was made, and edited elsewhere since, is no record of somebody else's."""
    github = paid.places["github"]
    paid.add("jira", title="New")
    paid.edit("jira", "r1", title="Pay by card")
    github.faults = {0: fault, 1: fault}  # type: ignore[dict-item]
    assert len(applied(paid).failures) == 2
    paid.edit("jira", "r3", title="Newer", sprint="1")
    paid.edit("jira", "r1", title="Pay by phone")
    assert applied(paid).failures == []
    assert [one.shown["title"] for one in github.all()] == ["Pay by phone", "Ship", "Newer"]
    assert not paid.plan().plan.pending


# What happens while it writes.


def test_elements_that_a_person_adds_while_we_write_are_taken_by_the_next_run(
    paid: World,
) -> None:
    github = unruly(paid)
    paid.edit("jira", "r1", labels=frozenset({"ours"}), blocked_by=frozenset({"r2"}))
    third = paid.add("jira", title="Third")
    paid.apply()
    theirs = {"labels": ["ours", "theirs"], "blocked_by": ["r2", "r3"]}
    paid.edit("jira", "r1", labels=frozenset({"ours", "more"}), blocked_by=frozenset())
    github.before = lambda: github.place.write("r1", theirs)
    paid.apply()
    paid.apply()
    item = paid.items()[item_of(paid, "Pay")]
    assert item.labels == {"ours", "theirs", "more"}
    assert item.blocked_by == {item_of(paid, "Third")}
    jira = paid.record("jira", "Pay").shown
    assert (jira["labels"], jira["blocked_by"]) == (["more", "ours", "theirs"], [third.id])
    assert not paid.plan().plan.pending


def test_a_field_that_a_person_changes_while_we_write_another_is_taken_by_the_next_run(
    paid: World,
) -> None:
    github = unruly(paid)
    paid.edit("jira", "r1", priority="high")
    github.before = lambda: github.place.write("r1", {"title": "Pay by phone"})
    paid.apply()
    assert paid.items()[item_of(paid, "Pay")].title == "Pay"
    paid.apply()
    assert paid.titles("jira")[0] == "Pay by phone"
    assert not paid.plan().plan.pending


def test_a_field_that_a_person_changes_while_we_write_it_is_a_conflict(paid: World) -> None:
    github = unruly(paid)
    paid.edit("jira", "r1", title="Pay by card")
    github.before = lambda: github.place.write("r1", {"title": "Pay by phone"})
    assert "it is read again" in applied(paid).failures[0].message
    for _ in range(2):
        plan = paid.plan().plan
        [conflict] = plan.conflicts
        assert conflict.base == "Pay by card"
        assert conflict.sides == {"github": "Pay by phone", "backlog": "Pay by card"}
        assert plan.edits == ()
        paid.apply()


@pytest.mark.parametrize(
    ("side", "title"),
    [("github", "Pay by card"), ("jira", "Pay by phone")],
    ids=["as the backlog has it", "as the tracker has it"],
)
def test_such_a_conflict_ends_when_the_sides_agree(paid: World, side: str, title: str) -> None:
    github = unruly(paid)
    paid.edit("jira", "r1", title="Pay by card")
    github.before = lambda: github.place.write("r1", {"title": "Pay by phone"})
    paid.apply()
    place = github.place if side == "github" else paid.places["jira"]
    place.write("r1", {"title": title})
    paid.apply()
    assert github.place.all()[0].shown["title"] == title
    assert paid.titles("jira")[0] == title
    assert not paid.plan().plan.pending


def test_such_a_conflict_goes_on_with_the_side_that_is_edited_next(paid: World) -> None:
    github = unruly(paid)
    paid.edit("jira", "r1", title="Pay by card")
    github.before = lambda: github.place.write("r1", {"title": "Pay by phone"})
    paid.apply()
    paid.edit("jira", "r1", title="Pay by cheque")
    [conflict] = paid.plan().plan.conflicts
    assert conflict.sides == {"jira": "Pay by cheque", "github": "Pay by phone"}


SETTLED = {
    "the tracker that the backlog's value came from is preferred": (
        Policy(prefer=("jira",)),
        "1.0",
    ),
    "the tracker that was edited is preferred": (Policy(prefer=("github", "jira")), "2.0"),
    "one is preferred that does not show the field": (
        Policy(prefer=("files", "github", "jira")),
        "2.0",
    ),
    "it belongs to the tracker that was edited": (Policy(authority="github"), "2.0"),
    "it belongs to the tracker that the backlog's value came from": (
        Policy(authority="jira"),
        "1.0",
    ),
}


@pytest.mark.parametrize(("policy", "release"), SETTLED.values(), ids=SETTLED)
def test_an_edit_made_while_we_write_is_settled_by_the_policy(
    tmp_path: Path, policy: Policy, release: str
) -> None:
    places = {
        "jira": MemoryTracker(),
        "github": MemoryTracker(),
        "files": MemoryTracker(without=frozenset({"release"})),
    }
    world = World(tmp_path, places)
    world.add("jira", title="Pay")
    world.apply()
    github = unruly(world)
    world.edit("jira", "r1", release="1.0")
    github.before = lambda: github.place.write("r1", {"release": "2.0"})
    world.apply()
    assert len(world.plan().plan.conflicts) == 1
    world.policies = {"release": policy}
    assert world.plan().plan.conflicts == ()
    world.apply()
    assert github.place.all()[0].shown["release"] == release
    assert world.record("jira", "Pay").shown["release"] == release
    assert not world.plan().plan.pending


def test_a_write_that_broke_off_halfway_is_finished_by_the_next_run(paid: World) -> None:
    paid.places["github"].faults = {0: "halfway"}
    paid.edit("jira", "r1", title="Pay by card", priority="high")
    result = applied(paid)
    assert len(result.failures) == 1
    shown_now = paid.record("github", "Pay by card").shown
    assert (shown_now["title"], shown_now["priority"]) == ("Pay by card", None)
    [edit] = paid.plan().plan.edits
    assert set(edit.fields) == {"priority"}
    assert edit.because == "an earlier edit has not arrived"
    paid.apply()
    assert paid.record("github", "Pay by card").shown["priority"] == "high"
    assert not paid.plan().plan.pending


def test_a_record_that_a_person_edits_before_its_creation_is_known_keeps_the_edit(
    world: World,
) -> None:
    """The answer to the create is lost, a person edits the record, and the search lags."""
    world.add("jira", title="Pay", kind="story")
    github = world.places["github"]
    github.faults = {0: "after"}
    world.apply()
    github.write("r1", {"priority": "high", "labels": ["ui"], "title": "Pay by phone"})
    github.lag = github.clock
    world.apply()
    assert len(github.all()) == 1
    github.lag = 0
    world.apply()
    [item] = world.items().values()
    assert (item.priority, item.labels) == ("high", frozenset({"ui"}))
    assert world.record("jira", "Pay").shown["priority"] == "high"
    [conflict] = world.plan().plan.conflicts
    assert (conflict.field, conflict.sides) == (
        "title",
        {"github": "Pay by phone", "backlog": "Pay"},
    )


def test_an_adopted_record_that_nobody_edited_is_in_sync(world: World) -> None:
    world.add("jira", title="Pay", kind="story", labels=frozenset({"ui"}))
    github = world.places["github"]
    github.faults = {0: "after"}
    world.apply()
    github.lag = github.clock
    world.apply()
    github.lag = 0
    world.apply()
    assert not world.plan().plan.pending


# References.


def test_a_reference_to_a_record_that_could_not_be_made_comes_when_it_can(world: World) -> None:
    ship = world.add("jira", title="Ship")
    pay = world.add("jira", title="Pay", blocked_by=frozenset({ship.id}))
    world.places["jira"].write(ship.id, {"blocked_by": [pay.id]})
    github = unruly(world)
    github.errors = {"Pay": RetryLater("busy")}
    world.apply()
    [made] = github.place.all()
    assert made.shown["blocked_by"] == []
    github.errors = {}
    world.apply()
    there = {one.shown["title"]: one for one in github.place.all()}
    assert there["Ship"].shown["blocked_by"] == [there["Pay"].id]
    assert there["Pay"].shown["blocked_by"] == [there["Ship"].id]
    assert not world.plan().plan.pending


def test_a_late_reference_that_fails_is_tried_by_the_next_run(world: World) -> None:
    first = world.add("jira", title="First")
    second = world.add("jira", title="Second")
    world.places["jira"].write(first.id, {"blocked_by": [second.id]})
    world.places["github"].faults = {2: "before"}
    result = applied(world)
    assert [one.item for one in result.failures] == [item_of(world, "First")]
    assert world.record("github", "First").shown["blocked_by"] == []
    world.apply()
    assert world.record("github", "First").shown["blocked_by"] == ["r2"]
    assert not world.plan().plan.pending


def test_a_tracker_that_denies_a_late_reference_stops(world: World) -> None:
    first = world.add("jira", title="First")
    second = world.add("jira", title="Second", blocked_by=frozenset({first.id}))
    world.places["jira"].write(first.id, {"blocked_by": [second.id]})
    github = unruly(world)
    denied = Denied("read only")

    class Once(Unruly):
        def update(
            self, updates: Sequence[Update], twins: Mapping[ItemId, Twin]
        ) -> Iterator[Outcome]:
            yield Outcome(updates[0].item, error=denied)

    once = Once(github.place)
    world.extra["github"] = lambda: once
    result = applied(world)
    assert result.created == 2
    assert result.failures[-1] == Failure("github", None, None, "read only")


def test_a_parent_arrives_with_the_record_and_a_sibling_afterwards(world: World) -> None:
    epic = world.add("jira", title="Epic")
    later = world.add("jira", title="Later")
    pay = world.add("jira", title="Pay", parent=epic.id)
    world.places["jira"].write(pay.id, {"blocked_by": [later.id]})
    world.places["jira"].place(later.id, pay.id)
    github = unruly(world)
    world.apply()
    assert [create.values["title"] for create in github.creates] == ["Epic", "Pay", "Later"]
    [update] = github.updates
    assert {name: change.after for name, change in update.changes.items()} == {
        "blocked_by": frozenset({item_of(world, "Later")})
    }
    assert not world.plan().plan.pending


# What a tracker puts into new records by itself.


class Generous(Unruly):
    """New records get a priority and a release, which nobody asked for."""

    given: Mapping[str, Shown] = {"priority": "low", "release": "1.0", "kind": "task"}

    def create(self, creates: Sequence[Create], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        for outcome in super().create(creates, twins):
            if outcome.record is None:
                yield outcome
                continue
            mine = next(one for one in creates if one.item == outcome.item).values
            given = {name: value for name, value in self.given.items() if name not in mine}
            yield replace(outcome, record=self.place.write(outcome.record.id, given, "tracker"))


def generous(world: World, **attributes: object) -> Generous:
    adapter = Generous(world.places.pop("github"))
    world.extra["github"] = lambda: adapter
    for name, value in attributes.items():
        setattr(adapter.place, name, value)
    return adapter


def test_defaults_of_a_tracker_are_no_values_of_the_item(world: World) -> None:
    world.add("jira", title="Pay", release="2.0")
    github = generous(world)
    assert applied(world).failures == []
    [made] = github.place.all()
    assert (made.shown["priority"], made.shown["release"]) == (None, "2.0")
    assert world.record("jira", "Pay").shown["priority"] is None
    assert not world.plan().plan.pending


def test_a_default_that_a_tracker_insists_on_is_its_own_affair(world: World) -> None:
    world.add("jira", title="Pay")
    github = generous(world, refuse=frozenset({"priority"}))
    assert applied(world).failures == []
    assert github.place.all()[0].shown["priority"] == "low"
    assert [item.priority for item in world.items().values()] == [None]
    assert not world.plan().plan.pending


def test_a_default_without_a_counterpart_is_left_alone(world: World) -> None:
    world.add("jira", title="Pay")
    github = generous(world)
    github.setup = Setup("github", values={"priority": {"high": "High"}})
    github.codec.setup = github.setup
    assert applied(world).failures == []
    assert github.place.all()[0].shown["priority"] == "low"


class Fixed(Codec):
    """It has no word for an item without a release."""

    def encode(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        if name == "release" and value is None:
            raise Unmapped(name, "", "name it under fields.release.values")
        return super().encode(name, value, shown)


def test_what_a_new_record_shows_for_a_value_without_a_word_does_not_count_as_sent(
    world: World,
) -> None:
    world.add("jira", title="Pay")
    github = unruly(world)
    github.codec = Fixed(github.setup, github.place)
    assert applied(world).failures == []
    [link] = state(world).links["github"].values()
    assert "release" not in link.sent
    assert "priority" in link.sent


def test_a_new_record_goes_without_a_value_that_has_no_word_there(world: World) -> None:
    world.setups["github"] = Setup("github", values={"priority": {"low": "Low"}})
    world.add("jira", title="Pay", priority="high")
    message = "priority: 'high' has no counterpart; name it under fields.priority.values"
    assert [one.message for one in applied(world).failures] == [f"priority: {message}"]
    assert world.record("github", "Pay").shown["priority"] is None
    plan = world.plan().plan
    assert plan.edits == ()
    assert [one.message for one in plan.findings] == [f"github: {message}"]
    values = {"priority": {"low": "Low", "high": "High"}}
    world.setups["github"] = Setup("github", values=values)
    world.apply()
    assert world.record("github", "Pay").shown["priority"] == "High"
    assert not world.plan().plan.pending


def test_a_field_that_a_record_does_not_carry_is_passed_over_in_every_write(
    tmp_path: Path,
) -> None:
    places = {"jira": MemoryTracker(), "github": MemoryTracker(without=frozenset({"estimate"}))}
    world = World(tmp_path, places)
    world.add("jira", title="Pay", estimate=3.0)
    world.apply()
    world.edit("jira", "r1", title="Pay by card", estimate=5.0)
    assert applied(world).failures == []
    shown_there = world.record("github", "Pay by card").shown
    assert "estimate" not in shown_there
    assert not world.plan().plan.pending


# Files that are given an id, and so another name to themselves.


@pytest.fixture
def filed(tmp_path: Path) -> tuple[World, FilesPlace]:
    """Two items in jira and in a folder, to which a person adds a third file between them."""
    place = FilesPlace(tmp_path / "backlog")
    world = World(tmp_path, {"jira": MemoryTracker()})
    world.extra["files"] = place.adapter
    for title in "AB":
        world.add("jira", title=title, status="todo")
    world.apply()
    place.add({"title": "C", "status": "todo"})
    order = place.path / "ORDER.md"
    first, second = order.read_text().splitlines()
    order.write_text(f"{first}\n2. [C](items/by-hand-1.md)\n{second}\n")
    return world, place


def test_a_file_that_is_given_an_id_keeps_its_place_in_the_order(
    filed: tuple[World, FilesPlace],
) -> None:
    world, place = filed
    assert applied(world).failures == []
    assert world.titles("jira") == ["A", "C", "B"]
    seen = state(world).orders["files"].seen
    assert seen == tuple(record.id for record in place.all())
    assert item_of(world, "C") in seen
    assert not world.plan().plan.pending
    place.place(item_of(world, "C"), None)
    world.apply()
    assert world.titles("jira") == ["C", "A", "B"]
    assert not world.plan().plan.pending


def test_a_file_that_is_given_an_id_by_a_part_of_a_run_leaves_the_order_as_it_was(
    filed: tuple[World, FilesPlace],
) -> None:
    world, _ = filed
    before = state(world).orders["files"]
    fresh = world.plan().order[1]

    def narrow(decision: Decision) -> Decision:
        mine = [one for one in decision.plan.edits if one.item == fresh]
        return decision.only(mine, {fresh})

    assert carry_out(world, narrow).failures == []
    assert state(world).orders["files"] == before
    world.apply()
    assert world.titles("jira") == ["A", "C", "B"]
    assert not world.plan().plan.pending


# Moves.


@pytest.fixture
def five(world: World) -> World:
    for title in "ABCDE":
        world.add("jira", title=title)
    world.apply()
    return world


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_move_that_fails_is_made_by_the_next_run(five: World, fault: str) -> None:
    five.places["jira"].place("r4", None)
    five.places["jira"].place("r5", None)
    five.places["github"].faults = {0: fault}  # type: ignore[dict-item]
    result = applied(five)
    assert (result.moved, len(result.failures)) == (1, 1)
    assert result.failures[0].message == "not moved: the answer did not arrive"
    assert result.failures[0].key == "MEM-5"
    five.apply()
    assert five.titles("github") == five.titles("jira") == ["E", "D", "A", "B", "C"]
    assert not five.plan().plan.pending


def test_a_tracker_that_denies_a_move_is_not_asked_for_the_next(five: World) -> None:
    five.places["jira"].place("r4", None)
    five.places["jira"].place("r5", None)
    github = unruly(five)
    github.errors = {"E": Denied("read only")}
    result = applied(five)
    assert [one.item for one in github.moves] == [item_of(five, "E")]
    assert result.failures[-1] == Failure("github", None, None, "read only")
    github.errors = {}
    five.apply()
    assert [one.shown["title"] for one in github.place.all()] == ["E", "D", "A", "B", "C"]


class TopFirst(Unruly):
    """New records are put at the top."""

    def create(self, creates: Sequence[Create], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        for outcome in super().create(creates, twins):
            if outcome.record is not None:
                self.place.place(outcome.record.id, None)
            yield outcome


def top_first(world: World) -> TopFirst:
    adapter = TopFirst(world.places.pop("github"))
    world.extra["github"] = lambda: adapter
    return adapter


def test_new_records_find_their_place_wherever_the_tracker_puts_them(five: World) -> None:
    github = top_first(five)
    five.add("jira", title="F")
    five.add("jira", title="G")
    five.places["jira"].place("r7", "r2")
    five.places["jira"].place("r4", None)
    five.apply()
    assert [one.shown["title"] for one in github.place.all()] == list("DABGCEF")
    assert not five.plan().plan.pending


def test_a_new_record_that_is_put_where_it_belongs_is_not_moved(five: World) -> None:
    github = top_first(five)
    five.add("jira", title="F")
    five.places["jira"].place("r6", None)
    assert len(five.plan().plan.moves) == 1
    assert applied(five).moved == 0
    assert github.moves == []
    assert [one.shown["title"] for one in github.place.all()] == list("FABCDE")
    assert not five.plan().plan.pending


def test_what_could_not_be_made_is_not_moved_nor_what_goes_below_it(five: World) -> None:
    github = unruly(five)
    github.errors = {"F": RetryLater("busy")}
    five.add("jira", title="F")
    five.add("jira", title="G")
    five.places["jira"].place("r6", "r1")
    five.places["jira"].place("r7", "r6")
    five.places["jira"].place("r5", None)
    result = applied(five)
    assert [one.message for one in result.failures] == ["busy"]
    assert [one.shown["title"] for one in github.place.all()] == list("EAGBCD")
    github.errors = {}
    five.apply()
    assert [one.shown["title"] for one in github.place.all()] == list("EAFGBCD")
    assert not five.plan().plan.pending


class Forgetful(Unruly):
    """Its order does not show what was just made."""

    def order(self) -> tuple[RecordId, ...] | None:
        return None


def test_where_the_order_cannot_be_read_again_the_planned_moves_are_made(five: World) -> None:
    adapter = Forgetful(five.places.pop("github"))
    five.extra["github"] = lambda: adapter
    five.add("jira", title="F")
    five.places["jira"].place("r6", "r1")
    five.places["jira"].place("r5", None)
    five.apply()
    assert [one.shown["title"] for one in adapter.place.all()] == list("EAFBCD")


def test_where_a_record_is_not_made_what_was_to_go_below_it_waits(five: World) -> None:
    adapter = Forgetful(five.places.pop("github"))
    five.extra["github"] = lambda: adapter
    adapter.errors = {"F": RetryLater("busy")}
    five.add("jira", title="F")
    five.places["jira"].place("r6", None)
    five.places["jira"].place("r5", "r6")
    five.apply()
    assert adapter.moves == []
    adapter.errors = {}
    five.apply()
    assert [one.shown["title"] for one in adapter.place.all()] == list("FEABCD")


# Runs of a part of what was decided.


def test_a_part_of_a_decision_leaves_the_order_and_the_cursors_as_they_are(five: World) -> None:
    before = state(five)
    five.edit("jira", "r1", title="Able")
    five.edit("jira", "r2", title="Best")
    five.places["jira"].place("r4", None)
    five.add("jira", title="F")
    a, f = item_of(five, "A"), five.plan().order[-1]

    def narrow(decision: Decision) -> Decision:
        return decision.only([one for one in decision.plan.edits if one.item in (a, f)], {a, f})

    result = carry_out(five, narrow)
    assert (result.created, result.updated, result.moved) == (1, 1, 0)
    after = state(five)
    assert (after.cursors, after.orders) == (before.cursors, before.orders)
    assert after.order == (*before.order, f)
    assert five.titles("github") == ["Able", "B", "C", "D", "E", "F"]
    five.apply()
    assert five.titles("github") == five.titles("jira") == ["D", "Able", "Best", "C", "E", "F"]
    assert not five.plan().plan.pending


def test_a_whole_read_is_remembered_when_all_of_it_was_carried_out(paid: World) -> None:
    def read_whole() -> dict[str, str]:
        store = Store(paid.url)
        try:
            return store.read_whole("shop")
        finally:
            store.close()

    first = read_whole()
    assert first == dict.fromkeys(NAMES, "2026-01-01T00:05:00+00:00")
    paid.apply()
    assert read_whole() == first
    github = unruly(paid)
    github.errors = {"Pay": Unavailable("no answer")}
    paid.edit("jira", "r1", title="Pay by card")
    paid.apply(whole=True)
    assert read_whole() == {**first, "jira": "2026-01-01T00:15:00+00:00"}
    github.errors = {"Pay": Rejected("too long")}
    paid.apply(whole=True)
    assert read_whole() == dict.fromkeys(NAMES, "2026-01-01T00:20:00+00:00")


class Cursorless(Unruly):
    """It cannot say where to go on after its own writes."""

    def cursor(self) -> Cursor | None:
        return None if self.creates else super().cursor()


def test_a_tracker_goes_on_from_where_it_was_read_if_it_cannot_say_better(world: World) -> None:
    world.add("jira", title="Pay")
    world.add("github", title="Ship")
    adapter = Cursorless(world.places.pop("github"))
    world.extra["github"] = lambda: adapter
    world.apply()
    assert state(world).cursors == {"jira": "2", "github": "1"}


# What a tracker is told of the others.


@pytest.mark.parametrize(
    ("public", "publish", "told"),
    [
        (False, None, True),
        (True, "all", True),
        (True, frozenset({"title"}), False),
    ],
    ids=["not public", "public, and all is published", "public"],
)
def test_a_new_record_names_its_twins_where_everyone_may_know_them(
    world: World, public: bool, publish: object, told: bool
) -> None:
    world.add("jira", title="Pay")
    world.places["github"].public = public
    github = unruly(world)
    world.settings = Settings(
        {
            "jira": TrackerSettings("all"),
            "github": TrackerSettings("all", publish),  # type: ignore[arg-type]
        },
        {},
        SILENT,
    )
    world.apply()
    [create] = github.creates
    twin = Twin("r1", "MEM-1", "https://mem.example/1")
    assert create.elsewhere == ((twin,) if told else ())


def test_a_new_record_does_not_name_a_twin_that_has_no_address_or_is_gone(world: World) -> None:
    world.add("jira", title="Pay")
    world.add("jira", title="Ship")
    world.apply()
    world.places["github"].remove("r1")
    world.alter("jira", "r1", url=None)
    world.places["files"] = MemoryTracker()
    files = unruly(world, "files")
    world.apply(whole=True)
    elsewhere = {str(one.values["title"]): [t.url for t in one.elsewhere] for one in files.creates}
    assert elsewhere == {"Pay": [], "Ship": ["https://mem.example/2"] * 2}


def test_new_records_of_one_run_lead_to_each_other(world: World) -> None:
    """The one that was made first is told of the other once that is there."""
    world.places["files"] = MemoryTracker()
    world.add("files", title="Pay")
    jira, github = unruly(world, "jira"), unruly(world)
    world.apply()
    [late] = jira.updates
    assert (late.changes, [one.tracker for one in late.elsewhere]) == ({}, ["files", "github"])
    [create] = github.creates
    assert [one.tracker for one in create.elsewhere] == ["files", "jira"]
    assert github.updates == []
    assert world.plan().plan.edits == ()


def test_a_new_record_that_is_not_as_it_should_be_is_led_nowhere(world: World) -> None:
    world.places["files"] = MemoryTracker()
    world.add("files", title="Pay", priority="high")
    jira = unruly(world, "jira")
    jira.place.faults = {0: "after"}
    assert [one.tracker for one in applied(world).failures] == ["jira"]
    assert jira.updates == []


@pytest.mark.parametrize("how", ["answered", "raised"])
def test_a_new_record_that_cannot_be_led_is_as_good(world: World, how: str) -> None:
    world.places["files"] = MemoryTracker()
    world.add("files", title="Pay")
    jira, github = unruly(world, "jira"), unruly(world)
    why = Unavailable("down")

    def fail() -> None:
        (jira.errors if how == "answered" else jira.raised)["Pay"] = why

    github.before = fail
    result = applied(world)
    assert (result.created, result.failures, len(jira.updates)) == (2, [], 1)
    assert world.plan().plan.edits == ()


def test_a_tracker_is_told_which_records_are_linked_when_it_is_read(paid: World) -> None:
    github = unruly(paid)
    remembered: list[Twin] = []

    class Attentive(Unruly):
        def remember(self, twins: Iterable[Twin], last: Cursor | None = None) -> None:
            remembered.extend(twins)

    attentive = Attentive(github.place)
    paid.extra["github"] = lambda: attentive
    paid.plan()
    assert sorted(remembered, key=lambda twin: twin.key) == [
        Twin(f"r{at}", f"MEM-{at}", f"https://mem.example/{at}") for at in (1, 2)
    ]


def test_reads_start_from_the_cursor_or_from_the_beginning(paid: World) -> None:
    paid.edit("jira", "r1", title="Pay by card")
    parts, _, _ = paid.look()
    whole, _, _ = paid.look(whole=True)
    assert [one.snapshot.complete for one in parts.readings.values()] == [False, False]
    assert [len(one.snapshot.records) for one in parts.readings.values()] == [1, 0]
    assert [one.snapshot.complete for one in whole.readings.values()] == [True, True]
    assert [len(one.snapshot.records) for one in whole.readings.values()] == [2, 2]


def test_an_error_of_our_own_while_reading_is_not_hidden(paid: World) -> None:
    class Broken(Unruly):
        def read(self, since: Cursor | None) -> Never:
            raise ZeroDivisionError

    broken = Broken(paid.places.pop("github"))
    paid.extra["github"] = lambda: broken
    with pytest.raises(ZeroDivisionError):
        paid.plan()


# Crashes.


def busy_day(folder: Path) -> World:
    """Creates, updates, references, conflicts and moves on three trackers, for one run."""
    places = {
        "jira": MemoryTracker(),
        "github": MemoryTracker(normalise=True),
        "files": MemoryTracker(),
    }
    world = World(folder, places, policies={"title": Policy(prefer=("jira",))})
    for title in "ABC":
        world.add("jira", title=title, labels=frozenset({"x"}))
    world.apply()
    world.edit("jira", "r1", title="Able", priority="high", blocked_by=frozenset({"r2"}))
    world.edit("github", "r2", labels=frozenset({"y"}), description="one")
    world.edit("files", "r1", title="Abel", acceptance_criteria=(Criterion("x", True),))
    parent = world.add("files", title="New parent")
    child = world.add("files", title="New child", parent=parent.id)
    world.places["files"].write(parent.id, {"blocked_by": [child.id]})
    world.add("github", title="Other")
    world.places["jira"].place("r3", None)
    world.places["files"].place("r5", "r1")
    return world


def outcome(world: World) -> dict[str, object]:
    """What every tracker shows in the end, references by title, and the backlog."""
    result: dict[str, object] = {}
    for name, place in world.places.items():
        title = {record.id: record.shown["title"] for record in place.all()}
        result[name] = [
            {
                **record.shown,
                "parent": title.get(record.shown["parent"]),
                "blocked_by": sorted(title[one] for one in record.shown["blocked_by"]),
            }
            for record in place.all()
        ]
    backlog = state(world)
    result["backlog"] = [backlog.items[item].title for item in backlog.order]
    return result


def test_a_run_that_is_killed_after_any_edit_is_finished_by_the_next_without_a_twin(
    tmp_path: Path,
) -> None:
    whole = busy_day(tmp_path)
    result = applied(whole)
    steps = result.created + result.updated + result.moved
    assert steps > 10
    expected = outcome(whole)
    assert not whole.plan().plan.pending
    for step in range(steps):
        folder = tmp_path / str(step)
        folder.mkdir()
        world = busy_day(folder)
        assert world.apply(die_after=step) is None
        world.apply()
        assert outcome(world) == expected, step
        assert not world.plan().plan.pending, step
        assert state(world).intents == {}, step


@pytest.mark.parametrize("fault", ["before", "after", "halfway"])
def test_a_run_with_a_lost_answer_to_any_write_is_finished_by_the_next_without_a_twin(
    tmp_path: Path, fault: str
) -> None:
    whole = busy_day(tmp_path)
    whole.apply()
    expected = outcome(whole)
    for at in range(8):
        folder = tmp_path / str(at)
        folder.mkdir()
        world = busy_day(folder)
        for place in world.places.values():
            place.faults = {at: fault}  # type: ignore[dict-item]
        world.apply()
        for place in world.places.values():
            place.faults = {}
        world.apply()
        assert outcome(world) == expected, at
        assert not world.plan().plan.pending, at
