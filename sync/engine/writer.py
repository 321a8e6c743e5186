"""Writes one tracker's part of a decision, and remembers each answer before the next write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import structlog

from sync.backlog import Link, TrackerOrder
from sync.engine.attachments import fetching
from sync.engine.links import (
    Written,
    created_link,
    late_references,
    own_defaults,
    updated_link,
)
from sync.engine.releases import ReleaseWriter, problems
from sync.model import FieldName, ItemId, TrackerName, dump
from sync.order import steps
from sync.plan import Edit, Placement
from sync.planner import Context, Decision
from sync.planner.lens import Lens
from sync.planner.releases import release_lens
from sync.planner.renames import told_as, told_changes, with_names
from sync.state import Entry, Journal, Store
from sync.tracker import (
    Adapter,
    Change,
    Create,
    Denied,
    Fetch,
    Intent,
    Move,
    NotFound,
    Outcome,
    RecordId,
    Rejected,
    TrackerError,
    Twin,
    Unavailable,
    Update,
)

log = structlog.get_logger(__name__)

Progress = Callable[[TrackerName, int], None]
"""Told for each edit or move that is done: on which tracker, how many."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that was to be done and was not. It is tried again in the next run."""

    tracker: TrackerName
    item: ItemId | None
    key: str | None
    message: str


@dataclass
class Applied:
    """What a run did."""

    run: int
    created: int = 0
    updated: int = 0
    moved: int = 0
    released: int = 0
    """Releases made or changed."""
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Engine:
    """What a decision is carried out with."""

    context: Context
    adapters: Mapping[TrackerName, Adapter]
    store: Store
    clock: Callable[[], datetime]
    progress: Progress


def now(engine: Engine) -> str:
    """ISO 8601 in UTC."""
    return engine.clock().astimezone(UTC).isoformat(timespec="seconds")


class Writer:
    """Writes one tracker's part of a decision."""

    def __init__(
        self,
        engine: Engine,
        decision: Decision,
        journal: Journal,
        applied: Applied,
        tracker: TrackerName,
        adapter: Adapter,
    ) -> None:
        self.engine, self.decision, self.journal = engine, decision, journal
        self.applied, self.tracker, self.adapter = applied, tracker, adapter
        self.backlog = engine.context.backlog
        self.verdicts = {verdict.item.id: verdict for verdict in decision.verdicts}
        links = {link.item: link for link in self.backlog.links_of(tracker)}
        for verdict in decision.verdicts:
            links |= {link.item: link for link in verdict.links if link.tracker == tracker}
        self.links = {item: link for item, link in links.items() if not link.gone}
        self.twins = {item: _twin(link) for item, link in self.links.items()}
        self.renamed: dict[RecordId, RecordId] = {}
        """Records that were given an id: a file's path → the item's id."""
        self.called: Mapping[str, str] = decision.releases.called.get(tracker, {})
        """Releases that the tracker calls otherwise than the backlog: ours → theirs."""

    def write(self) -> None:
        """Creates, updates and moves; an error that concerns the whole tracker stops it."""
        edits = {
            edit.item: edit
            for verdict in self.decision.verdicts
            for edit in verdict.edits
            if edit.tracker == self.tracker
        }
        creates = {item: one for item, one in edits.items() if one.action == "create"}
        updates = {item: one for item, one in edits.items() if one.action == "update"}
        try:
            self._release()
            self._create(creates)
            self._update(updates)
            self._move(bool(creates))
        except TrackerError as error:
            self._fail(None, None, str(error))
            log.warning("tracker.stopped", tracker=self.tracker, error=str(error))
            return
        failed = any(failure.tracker == self.tracker for failure in self.applied.failures)
        if not self.decision.partial and self.tracker in self.decision.cursors and not failed:
            snapshot = self.engine.context.readings[self.tracker].snapshot
            cursor = self.adapter.cursor() or self.decision.cursors[self.tracker]
            whole = now(self.engine) if snapshot.complete else None
            self.engine.store.save_tracker(
                self.backlog.name, self.tracker, cursor=cursor, read_whole=whole
            )

    def _release(self) -> None:
        """Makes and changes releases: what items name is there before them."""
        if not any(one.tracker == self.tracker for one in self.decision.releases.edits):
            return
        writer = ReleaseWriter(
            self.backlog.name,
            self.tracker,
            self.decision.releases,
            frozenset(self.backlog.releases),
            release_lens(self.engine.context.readings[self.tracker].facts),
            self.engine.store,
            self.links,
            lambda: now(self.engine),
        )
        try:
            for edit, outcome in writer.write(self.adapter):
                self.journal.write(self.applied.run, writer.entries(edit, outcome))
                found = problems(outcome)
                for message in found:
                    self._fail(None, edit.key or f"release {edit.fields['name'].after}", message)
                if not found:
                    self.applied.released += 1
                    self.engine.progress(self.tracker, 1)
                self._stop_if_needed(outcome)
        finally:
            self.called = writer.called

    def _create(self, edits: Mapping[ItemId, Edit]) -> None:
        if not edits:
            return
        tried = self.backlog.intents.get(self.tracker, {})
        fresh = Intent(now(self.engine), self.adapter.newest())
        intents = {item: tried.get(item, fresh) for item in edits}
        self.engine.store.save_intents(self.backlog.name, self.tracker, intents)
        creates = [
            Create(
                item,
                told_as({name: one.after for name, one in edit.fields.items()}, self.called),
                tried.get(item),
                self._elsewhere(item),
                self._fetch(item),
            )
            for item, edit in edits.items()
        ]
        for outcome in self.adapter.create(creates, self.twins):
            self._created(edits[outcome.item], outcome)
            self._stop_if_needed(outcome)
        self._complete([edits[item] for item in edits if item in self.links])

    def _complete(self, made: Sequence[Edit]) -> None:
        """Makes new records what the plan says: without defaults that the tracker gave them by
        itself, and with references to items that were created after them."""
        lens, late = self._lens(), dict[ItemId, Edit]()
        defaults: dict[ItemId, frozenset[FieldName]] = {}
        for edit in made:
            link = self.links[edit.item]
            given = own_defaults(lens, link, edit)
            changes = late_references(lens, link, edit) | given
            if changes:
                late[edit.item] = replace(edit, action="update", fields=changes)
                defaults[edit.item] = frozenset(given)
        updates = [self._as_update(one) for one in late.values()]
        if not updates:
            return
        for outcome in self.adapter.update(updates, self.twins):
            # A default that the tracker insists on is its own affair.
            refused = {
                name: why
                for name, why in outcome.refused.items()
                if name not in defaults[outcome.item]
            }
            self._updated(late[outcome.item], replace(outcome, refused=refused), quiet=True)
            self._stop_if_needed(outcome)

    def _created(self, edit: Edit, outcome: Outcome) -> None:
        store, name = self.engine.store, self.backlog.name
        if outcome.record is None:
            if isinstance(outcome.error, Rejected | Denied | NotFound):
                store.drop_intents(name, self.tracker, [edit.item])
            self._fail(edit.item, None, str(outcome.error or "not created"))
            self._journal(edit, None, "failed", str(outcome.error))
            return
        tried = edit.item in self.backlog.intents.get(self.tracker, {})
        link = created_link(self._lens(), Written(edit, outcome, self.twins), tried=tried)
        self.links[edit.item], self.twins[edit.item] = link, _twin(link)
        store.save_link(name, link)
        self.applied.created += 1
        self._journal(edit, outcome.record.key, "done", None)
        self._refusals(edit, outcome, outcome.record.key)
        self.engine.progress(self.tracker, 1)

    def _update(self, edits: Mapping[ItemId, Edit]) -> None:
        updates = [self._as_update(edit) for edit in edits.values()]
        if not updates:
            return
        for outcome in self.adapter.update(updates, self.twins):
            self._updated(edits[outcome.item], outcome)
            self._stop_if_needed(outcome)

    def _as_update(self, edit: Edit) -> Update:
        changes = told_changes(edit.fields, self.called)
        record = self.links[edit.item].record
        item = edit.item
        return Update(item, record, changes, self._elsewhere(item), self._fetch(item))

    def _updated(self, edit: Edit, outcome: Outcome, *, quiet: bool = False) -> None:
        key = outcome.record.key if outcome.record else edit.key
        if outcome.record is not None:
            written = Written(edit, outcome, self.twins)
            link = updated_link(self._lens(), self.links[edit.item], written)
            if link.record.id != self.links[edit.item].record.id:
                self.renamed[self.links[edit.item].record.id] = link.record.id
            self.links[edit.item], self.twins[edit.item] = link, _twin(link)
            self.engine.store.save_link(self.backlog.name, link)
        if outcome.error is not None:
            self._fail(edit.item, key, str(outcome.error))
            self._journal(edit, key, "failed", str(outcome.error))
            return
        self._refusals(edit, outcome, key)
        if not quiet:
            self.applied.updated += 1
            self._journal(edit, key, "done", None, outcome.refused)
            self.engine.progress(self.tracker, 1)

    def _refusals(self, edit: Edit, outcome: Outcome, key: str | None) -> None:
        for name, reason in sorted(outcome.refused.items()):
            self._fail(edit.item, key, f"{name}: {reason}")
            change = edit.fields.get(name, Change(None, None))
            entry = self._entry(edit, key, name, change)
            self.journal.write(self.applied.run, [_refused(entry, reason)])

    def _move(self, created: bool) -> None:
        planned = [m for m in self.decision.plan.moves if m.tracker == self.tracker]
        known = self.decision.orders.get(self.tracker)
        if known is None:
            return
        if self.decision.partial or not (planned or created):
            self._rename_order()
            return
        wanted = [item for item in self.decision.order if item in self.twins]
        if created:  # the tracker may have put new records elsewhere than at the end
            replanned = self._replanned(wanted)
            planned = planned if replanned is None else replanned
        moves = [move for one in planned if (move := self._as_move(one)) is not None]
        failed = False
        for outcome in self.adapter.move(moves):
            if outcome.error is not None:
                failed = True
                key = self.twins[outcome.item].key
                self._fail(outcome.item, key, f"not moved: {outcome.error}")
                self._stop_if_needed(outcome)
            else:
                self.applied.moved += 1
                self.engine.progress(self.tracker, 1)
        seen = self.adapter.order() or known.seen
        order = TrackerOrder(seen, () if failed else tuple(wanted))
        self.engine.store.save_tracker(self.backlog.name, self.tracker, order=order)
        self._journal_moves(planned)

    def _rename_order(self) -> None:
        """Keeps the order as it was seen, by the records' present ids."""
        known = self.decision.orders.get(self.tracker)
        if self.decision.partial:
            known = self.backlog.orders.get(self.tracker)
        if known is not None and self.renamed:
            seen = tuple(self.renamed.get(record, record) for record in known.seen)
            order = replace(known, seen=seen)
            self.engine.store.save_tracker(self.backlog.name, self.tracker, order=order)

    def _replanned(self, wanted: Sequence[ItemId]) -> list[Placement] | None:
        """The moves from what the tracker shows now; None where its order lags."""
        shown = self.adapter.order() or ()
        items = {twin.id: item for item, twin in self.twins.items()}
        present = [items[record] for record in shown if record in items]
        if set(present) != set(wanted):
            return None
        return [
            Placement(s.item, self.tracker, None, s.after, s.before, None, None)
            for s in steps(present, wanted)
        ]

    def _as_move(self, placement: Placement) -> Move | None:
        """None where the record, or its neighbour, could not be created."""
        item, after, before = placement.item, placement.after, placement.before
        if item not in self.twins or (after is not None and after not in self.twins):
            return None
        return Move(
            item,
            self.twins[item].id,
            None if after is None else self.twins[after].id,
            self.twins[before].id if before in self.twins and before is not None else None,
        )

    def _elsewhere(self, item: ItemId) -> tuple[Twin, ...]:
        """The item's records on other trackers; a public one is told of none."""
        facts = self.engine.context.readings[self.tracker].facts
        publish = self.engine.context.settings.trackers[self.tracker].publish
        if facts.public and publish != "all":
            return ()
        links = (link for link in self.verdicts[item].links if link.tracker != self.tracker)
        return tuple(
            replace(_twin(link), tracker=link.tracker)
            for link in links
            if link.record.url and not link.gone
        )

    def _fetch(self, item: ItemId) -> Fetch:
        return fetching(self.engine.adapters, self.verdicts[item].links)

    def _lens(self) -> Lens:
        items = {twin.key: item for item, twin in self.twins.items()}
        items |= {twin.id: item for item, twin in self.twins.items()}
        facts = self.engine.context.readings[self.tracker].facts
        return with_names(Lens(facts, self.backlog.schema, items), self.called)

    def _stop_if_needed(self, outcome: Outcome) -> None:
        if isinstance(outcome.error, Denied | Unavailable):
            raise outcome.error

    def _fail(self, item: ItemId | None, key: str | None, message: str) -> None:
        self.applied.failures.append(Failure(self.tracker, item, key, message))

    def _entry(self, edit: Edit, key: str | None, name: str | None, change: Change) -> Entry:
        return Entry(
            at=now(self.engine),
            tracker=self.tracker,
            item=edit.item,
            key=key,
            action=edit.action,
            field=name,
            before=dump(change.before),
            after=dump(change.after),
            because=edit.because,
        )

    def _journal(
        self,
        edit: Edit,
        key: str | None,
        outcome: str,
        error: str | None,
        refused: Mapping[str, str] | None = None,
    ) -> None:
        entries = [
            self._entry(edit, key, name, change)
            for name, change in edit.fields.items()
            if name not in (refused or {})
        ]
        if outcome == "failed":
            entries = [_failed(entry, error or "") for entry in entries]
        self.journal.write(self.applied.run, entries)

    def _journal_moves(self, moves: Sequence[Placement]) -> None:
        at = now(self.engine)
        self.journal.write(
            self.applied.run,
            [
                Entry(at, self.tracker, one.item, one.key, "move", None, None, one.after, "order")
                for one in moves
            ],
        )


def _failed(entry: Entry, error: str) -> Entry:
    return replace(entry, outcome="failed", error=error)


def _refused(entry: Entry, reason: str) -> Entry:
    return replace(entry, outcome="refused", error=reason)


def _twin(link: Link) -> Twin:
    return Twin(link.record.id, link.record.key, link.record.url)
