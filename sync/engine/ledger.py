"""Write-ahead: what one tracker is about to be asked, and what it answered, in the journal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sync.backlog import Failing, Link
from sync.engine.run import Applied, Engine, now
from sync.model import FieldName, ItemId, TrackerName, dump
from sync.plan import Edit
from sync.planner.waiting import again, fingerprint, target
from sync.state import Answer, Entry, Journal, Told
from sync.tracker import (
    Denied,
    Intent,
    NotFound,
    Outcome,
    Rejected,
    RetryLater,
    TrackerError,
    Unavailable,
)


@dataclass
class Ledger:
    """One tracker's writes in one run. What was begun is open until it is answered."""

    engine: Engine
    applied: Applied
    tracker: TrackerName
    linked: Collection[ItemId]
    """Items that it showed before the run."""
    unsure: bool = False
    """Was there a write of which it is not known what it did?"""
    _open: dict[tuple[ItemId, FieldName | None], int] = field(default_factory=dict)

    def enter(self, edits: Iterable[Edit], intents: Mapping[ItemId, Intent] | None = None) -> None:
        """Stores what is about to be written, and what creates are to be looked for by."""
        at = now(self.engine)
        self.begin([self._entry(edit, name, at) for edit in edits for name in edit.fields], intents)

    def begin(
        self, entries: Sequence[Entry], intents: Mapping[ItemId, Intent] | None = None
    ) -> None:
        name, run = self.engine.context.backlog.name, self.applied.run
        numbers = self.engine.store.begin(name, self.tracker, run, entries, intents)
        for entry, number in zip(entries, numbers, strict=True):
            self._open[entry.item, entry.field] = number

    def answer(
        self, edit: Edit, outcome: Outcome, link: Link | None, owed: Sequence[Entry] = ()
    ) -> None:
        """Stores one outcome: the link as it now is, the journal, and whether it failed; and what
        is to be done because of it."""
        error = outcome.error
        failed = error is not None or outcome.record is None
        self.unsure |= failed and not isinstance(error, Rejected | NotFound)
        self.engine.store.answer(
            self.engine.context.backlog.name,
            Answer(
                self.tracker,
                edit.item,
                link,
                self.told(edit, outcome),
                self.failing(edit, outcome) if failed else None,
                unmade=link is None and isinstance(error, Rejected | Denied | NotFound),
                run=self.applied.run,
                owed=owed,
            ),
        )

    def failing(self, edit: Edit, outcome: Outcome) -> Failing | None:
        """What is remembered of an edit that failed."""
        known = self.engine.context.backlog.failing.get(self.tracker, {}).get(edit.item)
        if _is_trackers(outcome.error):
            return known
        print_of = fingerprint(edit, self.engine.context.backlog.schema, self.linked)
        return again(known, print_of, message(edit, outcome), self.engine.clock())

    def told(self, edit: Edit, outcome: Outcome) -> list[Told]:
        """How the edit's entries ended; they are no longer open."""
        key = outcome.record.key if outcome.record else None
        failed = outcome.error is not None or outcome.record is None
        told = []
        for name in edit.fields:
            number = self._open.pop((edit.item, name), None)
            if number is None:  # a tracker's own default, taken out
                continue
            if failed:
                told.append(Told(number, "failed", message(edit, outcome), key))
            elif name in outcome.refused:
                told.append(Told(number, "refused", outcome.refused[name], key))
            else:
                told.append(Told(number, "done", None, key))
        return told

    def moved(self, errors: Mapping[ItemId, TrackerError | None]) -> list[Told]:
        """How moves ended: by item, why not, or None. They are no longer open."""
        told = []
        for item, why in errors.items():
            number = self._open.pop((item, None))
            told.append(Told(number, "failed", str(why)) if why else Told(number, "done"))
        return told

    def unmoved(
        self, errors: Mapping[ItemId, TrackerError | None], above: Mapping[ItemId, ItemId | None]
    ) -> dict[ItemId, Failing | None]:
        """What is remembered of moves that failed; None of those that were made. `above`: what
        each record was to be placed below."""
        known = self.engine.context.backlog.unmoved.get(self.tracker, {})
        kept: dict[ItemId, Failing | None] = {}
        for item, error in errors.items():
            before = known.get(item)
            if _is_trackers(error):
                kept[item] = before
            else:
                where, now = target(above.get(item)), self.engine.clock()
                kept[item] = again(before, where, str(error), now) if error else None
        return kept

    def close(self, why: str) -> None:
        """The tracker stopped: what is still open was not answered."""
        told = [Told(number, "failed", why) for number in self._open.values()]
        self._open.clear()
        Journal(self.engine.store.engine).settle(told)

    def _entry(self, edit: Edit, name: FieldName, at: str) -> Entry:
        change = edit.fields[name]
        before, after = dump(change.before), dump(change.after)
        return Entry(
            at,
            self.tracker,
            edit.item,
            edit.key,
            edit.action,
            name,
            before,
            after,
            edit.because,
            "begun",
        )


def _is_trackers(error: TrackerError | None) -> bool:
    """Does the whole tracker say it (stop, or not so fast)? That is no failure of one item."""
    paused = isinstance(error, RetryLater) and bool(error.after)
    return paused or isinstance(error, Denied | Unavailable)


def message(edit: Edit, outcome: Outcome) -> str:
    refused = "; ".join(f"{name}: {why}" for name, why in sorted(outcome.refused.items()))
    return str(outcome.error or refused or f"not {edit.action}d")
