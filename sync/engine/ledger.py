"""Write-ahead: what one tracker is about to be asked, and what it answered, in the journal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sync.backlog import Failing, Link
from sync.engine.run import Applied, Engine, now
from sync.model import FieldName, ItemId, TrackerName, dump
from sync.plan import Edit
from sync.planner.waiting import again, fingerprint
from sync.state import Answer, Entry, Journal, Told
from sync.tracker import Denied, Intent, NotFound, Outcome, Rejected, RetryLater, Unavailable


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

    def answer(self, edit: Edit, outcome: Outcome, link: Link | None) -> None:
        """Stores one outcome: the link as it now is, the journal, and whether it failed."""
        known = self.engine.context.backlog.failing.get(self.tracker, {}).get(edit.item)
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
                self._failing(edit, outcome, known) if failed else None,
                unmade=link is None and isinstance(error, Rejected | Denied | NotFound),
            ),
        )

    def _failing(self, edit: Edit, outcome: Outcome, known: Failing | None) -> Failing | None:
        """What the whole tracker says is no failure of the item: stop, or not so fast."""
        error = outcome.error
        paused = isinstance(error, RetryLater) and bool(error.after)
        if paused or isinstance(error, Denied | Unavailable):
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

    def moved(self, errors: Mapping[ItemId, str | None]) -> list[Told]:
        """How moves ended: by item, why not, or None. They are no longer open."""
        return [
            Told(self._open.pop((item, None)), "done" if why is None else "failed", why)
            for item, why in errors.items()
        ]

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


def message(edit: Edit, outcome: Outcome) -> str:
    return str(outcome.error or f"not {edit.action}d")
