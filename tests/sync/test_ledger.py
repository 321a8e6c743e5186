"""The ledger of one tracker in one run: what is begun, and what each answer leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.backlog import Backlog, Failing, Link
from sync.engine.ledger import Ledger
from sync.engine.run import Applied, Engine
from sync.model import FIELDS
from sync.plan import Edit
from sync.planner import Context, Settings
from sync.planner.waiting import fingerprint
from sync.state import Entry, Journal, Store
from sync.tracker import (
    Change,
    Denied,
    Intent,
    NotFound,
    Outcome,
    Record,
    Rejected,
    RetryLater,
    Stale,
    TrackerError,
    Unavailable,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT = "2026-01-01T00:00:00+00:00"
FIELDS_OF = {"title": Change("Pay", "Pay by card"), "labels": Change(frozenset(), frozenset("b"))}
EDIT = Edit("a1", "github", "update", "shop#1", FIELDS_OF, "jira changed it")
PARENT = replace(EDIT, fields={**FIELDS_OF, "parent": Change(None, "b2")})
RECORD = Record("1", "shop#9", "2", {"title": "Pay by card", "labels": ["b"]})
LINK = Link("a1", "github", RECORD)
INTENT = {"a1": Intent(AT)}
ONCE = Failing(fingerprint(EDIT, FIELDS, ()), "busy", AT, AT, 1, AT)
"""What became of EDIT when it was last tried."""


@dataclass
class Desk:
    """A ledger in its first run, and what it has stored."""

    ledger: Ledger
    store: Store

    def entries(self) -> list[Entry]:
        return Journal(self.store.engine).entries("shop")[::-1]

    def ends(self) -> list[tuple[str | None, str, str | None, str | None]]:
        """Of each entry: its field, how it ended, why, and the record's key."""
        return [(one.field, one.outcome, one.error, one.key) for one in self.entries()]

    def load(self) -> Backlog:
        return self.store.load("shop", FIELDS)


def desk(store: Store, known: Failing | None = None, linked: frozenset[str] = frozenset()) -> Desk:
    """`known`: how the edit failed before. `linked`: what github showed before the run."""
    backlog = Backlog("shop", failing={"github": {"a1": known}} if known else {})
    context = Context(backlog, Settings({}), {}, {}, NOW)
    engine = Engine(context, {}, store, lambda: NOW, lambda *_: None)
    run = Journal(store.engine).begin("shop", AT, {})
    return Desk(Ledger(engine, Applied(run), "github", linked), store)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = Store(f"sqlite:///{tmp_path / 'state.db'}")
    one.migrate()
    yield one
    one.close()


def test_each_field_is_begun_with_its_values_and_cause_and_each_create_with_its_intent(
    store: Store,
) -> None:
    one = desk(store)
    one.ledger.enter([EDIT], INTENT)
    begun = Entry(
        AT, "github", "a1", "shop#1", "update", "title", "Pay", "Pay by card", "jira changed it"
    )
    labels = replace(begun, field="labels", before=[], after=["b"])
    run = one.ledger.applied.run
    assert one.entries() == [replace(each, outcome="begun", run=run) for each in (begun, labels)]
    assert one.load().intents == {"github": INTENT}


ENDS: dict[str, tuple[Outcome, list[tuple[str, str | None, str | None]]]] = {
    "taken": (Outcome("a1", RECORD), [("done", None, "shop#9"), ("done", None, "shop#9")]),
    "all but one field taken": (
        Outcome("a1", RECORD, {"title": "too long"}),
        [("refused", "too long", "shop#9"), ("done", None, "shop#9")],
    ),
    "failed halfway": (
        Outcome("a1", RECORD, {"title": "too long"}, Unavailable("gone away")),
        [("failed", "gone away", "shop#9"), ("failed", "gone away", "shop#9")],
    ),
    "refused": (
        Outcome("a1", error=Rejected("no")),
        [("failed", "no", "shop#1"), ("failed", "no", "shop#1")],
    ),
    "neither a record nor an error": (
        Outcome("a1"),
        [("failed", "not updated", "shop#1"), ("failed", "not updated", "shop#1")],
    ),
}
"""What the tracker answered; of title and labels, how each ended, why, and the key."""


@pytest.mark.parametrize(("outcome", "ends"), ENDS.values(), ids=ENDS)
def test_an_answer_ends_the_entry_of_each_field(
    store: Store, outcome: Outcome, ends: list[tuple[str, str | None, str | None]]
) -> None:
    one = desk(store)
    one.ledger.enter([EDIT, replace(EDIT, item="c3")])
    one.ledger.answer(EDIT, outcome, LINK)
    assert one.ends() == [
        ("title", *ends[0]),
        ("labels", *ends[1]),
        ("title", "begun", None, "shop#1"),
        ("labels", "begun", None, "shop#1"),
    ]
    assert one.load().links == {"github": {"1": LINK}}
    one.ledger.close("github is down")  # ends what is open, and nothing twice
    assert one.ends()[2:] == [
        ("title", "failed", "github is down", "shop#1"),
        ("labels", "failed", "github is down", "shop#1"),
    ]
    assert one.ends()[0] == ("title", *ends[0])


def test_a_field_that_was_not_begun_has_no_entry_to_end_and_the_next_one_has(store: Store) -> None:
    one = desk(store)
    one.ledger.enter([replace(EDIT, fields={"labels": FIELDS_OF["labels"]})])
    one.ledger.answer(EDIT, Outcome("a1", RECORD), LINK)
    assert one.ends() == [("labels", "done", None, "shop#9")]


UNKNOWN: dict[str, tuple[Outcome, bool, bool]] = {
    "taken": (Outcome("a1", RECORD), False, True),
    "refused": (Outcome("a1", error=Rejected("no")), False, False),
    "not there": (Outcome("a1", error=NotFound("no")), False, False),
    "not allowed": (Outcome("a1", error=Denied("no")), True, False),
    "no answer": (Outcome("a1", error=Unavailable("no")), True, True),
    "busy": (Outcome("a1", error=RetryLater("no")), True, True),
    "another one came first": (Outcome("a1", error=Stale("no")), True, True),
    "nothing said": (Outcome("a1"), True, True),
}
"""The answer; is it unknown what the write did; and may what was to be made be there?"""


@pytest.mark.parametrize(("outcome", "unsure", "open"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_create_stays_open_unless_it_is_known_to_have_had_no_effect(
    store: Store, outcome: Outcome, unsure: bool, open: bool
) -> None:
    one = desk(store)
    one.ledger.enter([EDIT], INTENT)
    one.ledger.answer(EDIT, outcome, None)
    assert one.ledger.unsure == unsure
    assert one.load().intents == ({"github": INTENT} if open else {})


def test_what_one_write_left_unknown_stays_so_whatever_the_next_one_says(store: Store) -> None:
    one = desk(store)
    one.ledger.answer(EDIT, Outcome("a1", error=Stale("no")), None)
    one.ledger.answer(EDIT, Outcome("a1", RECORD), LINK)
    assert one.ledger.unsure


TRIED: dict[str, tuple[TrackerError | None, int, str]] = {
    "refused": (Rejected("no"), 2, "no"),
    "busy": (RetryLater("busy too"), 2, "busy too"),
    "nothing said": (None, 2, "not updated"),
    "asked to wait: the tracker's matter": (RetryLater("wait", 30), 1, "busy"),
    "not allowed: the tracker's matter": (Denied("no"), 1, "busy"),
    "no answer: the tracker's matter": (Unavailable("no"), 1, "busy"),
}
"""The answer to an edit that failed once; how often it has failed, and why, are then known."""


@pytest.mark.parametrize(("error", "tries", "why"), TRIED.values(), ids=TRIED)
def test_what_a_whole_tracker_says_is_no_failure_of_the_item(
    store: Store, error: TrackerError | None, tries: int, why: str
) -> None:
    one = desk(store, ONCE)
    one.ledger.answer(EDIT, Outcome("a1", error=error), None)
    failing = one.load().failing["github"]["a1"]
    assert (failing.tries, failing.message, failing.first) == (tries, why, AT)


def test_an_edit_that_is_taken_fails_no_more(store: Store) -> None:
    one = desk(store, ONCE)
    one.ledger.answer(EDIT, Outcome("a1", error=Rejected("no")), None)
    one.ledger.answer(EDIT, Outcome("a1", RECORD), LINK)
    assert one.load().failing == {}


@pytest.mark.parametrize(("linked", "tries"), [(frozenset(), 2), (frozenset({"b2"}), 1)])
def test_an_edit_is_another_one_once_the_item_that_it_names_is_there(
    store: Store, linked: frozenset[str], tries: int
) -> None:
    one = desk(store, ONCE, linked)
    one.ledger.answer(PARENT, Outcome("a1", error=Rejected("no")), None)
    assert one.load().failing["github"]["a1"].tries == tries


def test_moves_end_as_their_tracker_said_and_are_then_no_longer_open(store: Store) -> None:
    one = desk(store)
    move = Entry(AT, "github", "a1", "shop#1", "move", None, None, None, "order", "begun")
    one.ledger.begin([move, replace(move, item="b2"), replace(move, item="c3")])
    told = one.ledger.moved({"a1": None, "b2": "not found"})
    Journal(store.engine).settle(told)
    one.ledger.close("github is down")
    assert [(each.item, each.outcome, each.error) for each in one.entries()] == [
        ("a1", "done", None),
        ("b2", "failed", "not found"),
        ("c3", "failed", "github is down"),
    ]
    one.ledger.close("again")
    assert one.entries()[2].error == "github is down"
