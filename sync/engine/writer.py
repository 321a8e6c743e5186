"""Writes one tracker's part of a decision, and remembers each answer before the next write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import structlog

from sync.backlog import Link
from sync.engine.attachments import fetching
from sync.engine.leading import Leader
from sync.engine.ledger import Ledger, message
from sync.engine.links import (
    Written,
    created_link,
    late_references,
    own_defaults,
    updated_link,
)
from sync.engine.moves import Mover
from sync.engine.releases import ReleaseWriter, problems
from sync.engine.run import Applied, Engine, Failure, now
from sync.engine.vocabulary import VocabularyWriter
from sync.model import FieldName, ItemId, TrackerName, Value
from sync.plan import Edit
from sync.planner import Decision
from sync.planner.lens import Lens
from sync.planner.relabels import labelled_as, labelled_changes, with_labels
from sync.planner.releases import release_lens
from sync.planner.renames import told_as, told_changes, with_names
from sync.state import Entry
from sync.tracker import (
    ID,
    LEAD,
    Adapter,
    Create,
    Definer,
    Denied,
    Fetch,
    Intent,
    Outcome,
    RecordId,
    TrackerError,
    Twin,
    Unavailable,
    Update,
)

log = structlog.get_logger(__name__)
Made: TypeAlias = dict[ItemId, list[Twin]]
"""Records that this run made, on all trackers, by their items."""


class Writer:
    """Writes one tracker's part of a decision."""

    def __init__(
        self,
        engine: Engine,
        decision: Decision,
        applied: Applied,
        tracker: TrackerName,
        adapter: Adapter,
        made: Made,
    ) -> None:
        self.engine, self.decision, self.made = engine, decision, made
        self.applied, self.tracker, self.adapter = applied, tracker, adapter
        self.backlog = engine.context.backlog
        self.verdicts = {verdict.item.id: verdict for verdict in decision.verdicts}
        links = {link.item: link for link in self.backlog.links_of(tracker)}
        for verdict in decision.verdicts:
            links |= {link.item: link for link in verdict.links if link.tracker == tracker}
        self.links = {item: link for item, link in links.items() if not link.gone}
        self.ledger = Ledger(engine, applied, tracker, frozenset(self.links))
        self.twins = {item: _twin(link) for item, link in self.links.items()}
        self.renamed: dict[RecordId, RecordId] = {}
        """Records that were given an id: a file's path → the item's id."""
        self.called: Mapping[str, str] = decision.releases.called.get(tracker, {})
        """Releases that the tracker calls otherwise than the backlog: ours → theirs."""
        self.labelled: Mapping[str, str] = decision.vocabulary.called.get(tracker, {})
        """Labels that the tracker still calls by their old names: ours → theirs."""
        self.stopped = False

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
        # A record that bears the mark of what is to be made would be taken for it.
        marked = {item: one for item, one in updates.items() if _remarked(one)}
        try:
            self._release()
            self._define()
            self._update(marked)
            self._create(creates)
            self._update({item: one for item, one in updates.items() if item not in marked})
            mover = Mover(
                self.engine, self.decision, self.ledger, self.adapter, self.twins, self.renamed
            )
            mover.write(created=bool(creates))
        except TrackerError as error:
            self.ledger.close(str(error))
            self._fail(None, None, str(error))
            self.stopped = True
            log.warning("tracker.stopped", tracker=self.tracker, error=str(error))
            return
        self._go_on()

    def lead(self, owed: Sequence[Entry]) -> None:
        """Leads people from records to those that other trackers were given after them."""
        failed = {one.item for one in self.applied.failures if one.tracker == self.tracker}
        now_due = [entry for entry in owed if entry.item not in failed]
        if now_due and not self.stopped and self.tracker in self.engine.context.readings:
            links, twins = self.links, self.twins
            Leader(
                self.engine, self.tracker, self.adapter, self._lens(), links, twins, self._elsewhere
            ).lead(now_due)
            self._go_on()

    def _go_on(self) -> None:
        """Where single items failed, too: what was read is in the links, and edits are planned
        from these. Only what a write did of which we never heard is to be found by the next read;
        such an edit waits in between, so that it does not hold this back for ever."""
        moves_on = not self.decision.partial and self.tracker in self.decision.cursors
        if not moves_on or self.ledger.unsure:
            return
        snapshot = self.engine.context.readings[self.tracker].snapshot
        cursor = self.adapter.cursor() or self.decision.cursors[self.tracker]
        whole = now(self.engine) if snapshot.complete and snapshot.anew else None
        self.engine.store.save_tracker(
            self.backlog.name, self.tracker, cursor=cursor, read_whole=whole
        )

    def _release(self) -> None:
        """Makes and changes releases: what items name is there before them."""
        if not any(one.tracker == self.tracker for one in self.decision.releases.edits):
            return
        writer = ReleaseWriter(
            self.ledger,
            self.decision.releases,
            frozenset(self.backlog.releases),
            release_lens(self.engine.context.readings[self.tracker].facts),
            self.links,
        )
        try:
            for edit, outcome in writer.write(self.adapter):
                found = problems(outcome)
                for why in found:
                    self._fail(None, edit.key or f"release {edit.fields['name'].after}", why)
                if not found:
                    self.applied.released += 1
                    self.engine.progress(self.tracker, 1)
                self._stop_if_needed(outcome)
        finally:
            self.called = writer.called

    def _define(self) -> None:
        """Makes and changes labels themselves: what items are given is there before."""
        if not any(one.tracker == self.tracker for one in self.decision.vocabulary.edits):
            return
        assert isinstance(self.adapter, Definer)  # noqa: S101 - it has said which there are
        writer = VocabularyWriter(self.ledger, self.decision.vocabulary, self.links)
        try:
            for edit, outcome in writer.write(self.adapter):
                found = problems(outcome)
                for why in found:
                    self._fail(None, edit.key or f"label {edit.fields['name'].after}", why)
                if not found:
                    self.applied.defined += 1
                    self.engine.progress(self.tracker, 1)
                self._stop_if_needed(outcome)
        finally:
            self.labelled = writer.called

    def _create(self, edits: Mapping[ItemId, Edit]) -> None:
        if not edits:
            return
        tried = self.backlog.intents.get(self.tracker, {})
        fresh = Intent(now(self.engine), self.adapter.newest())
        intents = {item: tried.get(item, fresh) for item in edits}
        self.ledger.enter(edits.values(), intents)
        creates = [
            Create(
                item,
                self._as_called({name: one.after for name, one in edit.fields.items()}),
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

    def _as_called(self, values: Mapping[FieldName, Value]) -> Mapping[FieldName, Value]:
        return labelled_as(told_as(values, self.called), self.labelled)

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
                late[edit.item] = replace(
                    edit, action="update", key=link.record.key, fields=changes
                )
                defaults[edit.item] = frozenset(given)
        updates = [self._as_update(one) for one in late.values()]
        if not updates:
            return
        # What a tracker filled in by itself was no value: taking it out is part of the create.
        self.ledger.enter(_but_for(edit, defaults[item]) for item, edit in late.items())
        for outcome in self.adapter.update(updates, self.twins):
            # A default that the tracker insists on is its own affair.
            self._updated(late[outcome.item], outcome, own=defaults[outcome.item])
            self._stop_if_needed(outcome)

    def _created(self, edit: Edit, outcome: Outcome) -> None:
        if outcome.record is None:
            self.ledger.answer(edit, outcome, None)
            self._fail(edit.item, None, message(edit, outcome))
            return
        tried = edit.item in self.backlog.intents.get(self.tracker, {})
        link = created_link(self._lens(), Written(edit, outcome, self.twins), tried=tried)
        self.links[edit.item], self.twins[edit.item] = link, _twin(link)
        self.ledger.answer(edit, outcome, link, list(self._owed(edit, link)))
        self.applied.created += 1
        self.made.setdefault(edit.item, []).append(replace(_twin(link), tracker=self.tracker))
        if outcome.error is not None:  # it is there, and not all that it should be
            self._fail(edit.item, outcome.record.key, message(edit, outcome))
        self._refusals(edit, outcome, outcome.record.key)
        self.engine.progress(self.tracker, 1)

    def _owed(self, edit: Edit, new: Link) -> Iterator[Entry]:
        """People are to be led to the new record: from those that this run made before it, and
        from people's own where that takes no word of theirs."""
        readings = self.engine.context.readings
        cannot = {name for name, one in readings.items() if not one.facts.leads}
        own = (link for link in self.verdicts[edit.item].links if link.tracker not in cannot)
        there = {link.tracker: link.record.key for link in own if not link.gone}
        made = self.made.get(edit.item, ())
        there |= {twin.tracker: twin.key for twin in made if twin.tracker and twin.url}
        at, why = now(self.engine), f"{self.tracker} was given it"
        for tracker, key in there.items():
            if new.record.url and tracker != self.tracker and self._names_others(tracker):
                url = new.record.url
                yield Entry(at, tracker, edit.item, key, LEAD, None, None, url, why, "begun")

    def _update(self, edits: Mapping[ItemId, Edit]) -> None:
        updates = [self._as_update(edit) for edit in edits.values()]
        if not updates:
            return
        self.ledger.enter(edits.values())
        for outcome in self.adapter.update(updates, self.twins):
            self._updated(edits[outcome.item], outcome)
            self._stop_if_needed(outcome)

    def _as_update(self, edit: Edit) -> Update:
        changes = labelled_changes(told_changes(edit.fields, self.called), self.labelled)
        record = self.links[edit.item].record
        item = edit.item
        return Update(item, record, changes, self._elsewhere(item), self._fetch(item))

    def _updated(
        self, edit: Edit, outcome: Outcome, *, own: frozenset[FieldName] | None = None
    ) -> None:
        """`own`: of a new record that is made complete, fields that the tracker filled in."""
        link, key = None, edit.key
        if outcome.record is not None:
            asked = outcome.refused.items()
            refused = {name: why for name, why in asked if name not in (own or ())}
            written = Written(edit, replace(outcome, refused=refused), self.twins)
            link = updated_link(self._lens(), self.links[edit.item], written)
            key = outcome.record.key
            if link.record.id != self.links[edit.item].record.id:
                self.renamed[self.links[edit.item].record.id] = link.record.id
            self.links[edit.item], self.twins[edit.item] = link, _twin(link)
        self.ledger.answer(edit, outcome, link)
        if outcome.error is not None or link is None:
            self._fail(edit.item, key, message(edit, outcome))
            return
        self._refusals(edit, written.outcome, key)
        if own is None:
            self.applied.updated += 1
            self.engine.progress(self.tracker, 1)

    def _refusals(self, edit: Edit, outcome: Outcome, key: str | None) -> None:
        for name, reason in sorted(outcome.refused.items()):
            self._fail(edit.item, key, f"{name}: {reason}")

    def _elsewhere(self, item: ItemId) -> tuple[Twin, ...]:
        """The item's records on other trackers; a public one is told of none."""
        if not self._names_others(self.tracker):
            return ()
        links = (link for link in self._links_of(item) if not link.gone)
        known = [replace(_twin(link), tracker=link.tracker) for link in links]
        there = (*known, *self.made.get(item, ()))
        return tuple(twin for twin in there if twin.url and twin.tracker != self.tracker)

    def _links_of(self, item: ItemId) -> Sequence[Link]:
        """On all trackers, as they were before anything was written."""
        if item in self.verdicts:
            return self.verdicts[item].links
        every = (link for name in self.backlog.links for link in self.backlog.links_of(name))
        return [link for link in every if link.item == item]

    def _names_others(self, tracker: TrackerName) -> bool:
        """May records there say that there are others?"""
        context = self.engine.context
        reading = context.readings.get(tracker)
        public = reading is not None and reading.facts.public
        return not public or context.settings.trackers[tracker].publish == "all"

    def _fetch(self, item: ItemId) -> Fetch:
        return fetching(self.engine.adapters, self.verdicts[item].links)

    def _lens(self) -> Lens:
        items = {twin.key: item for item, twin in self.twins.items()}
        items |= {twin.id: item for item, twin in self.twins.items()}
        facts = self.engine.context.readings[self.tracker].facts
        lens = with_names(Lens(facts, self.backlog.schema, items), self.called)
        return with_labels(lens, self.labelled)

    def _stop_if_needed(self, outcome: Outcome) -> None:
        if isinstance(outcome.error, Denied | Unavailable):
            raise outcome.error

    def _fail(self, item: ItemId | None, key: str | None, message: str) -> None:
        self.applied.failures.append(Failure(self.tracker, item, key, message))


def _twin(link: Link) -> Twin:
    return Twin(link.record.id, link.record.key, link.record.url)


def _remarked(edit: Edit) -> bool:
    """Does the record get the mark of its item in the place of another's?"""
    return ID in edit.fields and edit.fields[ID].before is not None


def _but_for(edit: Edit, names: frozenset[FieldName]) -> Edit:
    fields = {name: change for name, change in edit.fields.items() if name not in names}
    return replace(edit, fields=fields)
