"""Writes one tracker's labels themselves, before the items that have them."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass

from sync.backlog import Link
from sync.engine.ledger import Ledger
from sync.engine.run import now
from sync.model import ItemId
from sync.plan import Edit
from sync.planner import Vocabulary
from sync.planner.relabels import relabelled_link
from sync.rules.labels_vocabulary import NAME
from sync.state import Answer, Entry
from sync.tracker import Create, Definer, Outcome, Update


@dataclass
class VocabularyWriter:
    """One tracker's labels while they are written."""

    ledger: Ledger
    vocabulary: Vocabulary
    links: MutableMapping[ItemId, Link]
    """Of the tracker's items; kept up to date."""

    def __post_init__(self) -> None:
        self.tracker = self.ledger.tracker
        self.called = dict(self.vocabulary.called.get(self.tracker, {}))
        """Labels that the tracker still calls by their old names: ours → theirs."""
        self.edits = {one.item: one for one in self.vocabulary.edits if one.tracker == self.tracker}

    def write(self, adapter: Definer) -> Iterator[tuple[Edit, Outcome]]:
        """Each edit with its outcome, which is stored by then."""
        self.ledger.begin([entry for one in self.edits.values() for entry in self._entries(one)])
        for outcome in adapter.define([self._write(one) for one in self.edits.values()]):
            one = self.edits[outcome.item]
            told = self.ledger.told(one, outcome)
            name = self.ledger.engine.context.backlog.name
            self.ledger.engine.store.tell(name, self._relabelled(one, outcome), told)
            self._remember(one, outcome)
            yield one, outcome

    def _remember(self, one: Edit, outcome: Outcome) -> None:
        """That it failed, so that it waits; or that it does not any more."""
        backlog = self.ledger.engine.context.backlog
        failed = bool(outcome.error or outcome.refused) or outcome.record is None
        if failed or one.item in backlog.failing.get(self.tracker, {}):
            why = self.ledger.failing(one, outcome) if failed else None
            self.ledger.engine.store.answer(
                backlog.name, Answer(self.tracker, one.item, failing=why)
            )

    def _write(self, one: Edit) -> Create | Update:
        if one.action == "create":
            return Create(one.item, {name: change.after for name, change in one.fields.items()})
        return Update(one.item, self.vocabulary.records[one.item], one.fields)

    def _relabelled(self, one: Edit, outcome: Outcome) -> list[Link]:
        """The links of items whose label has another name now."""
        if one.action == "create" or outcome.record is None:
            return []
        old = str(self.vocabulary.records[one.item].shown[NAME])
        new = str(outcome.record.shown[NAME])
        if old == new:
            return []
        self.called = {ours: theirs for ours, theirs in self.called.items() if theirs != old}
        changed = []
        for item, link in self.links.items():
            after = relabelled_link(link, {old.casefold(): new})
            if after != link:
                changed.append(after)
                self.links[item] = after
        return changed

    def _entries(self, one: Edit) -> Iterator[Entry]:
        """What the journal says of one edit before it is made."""
        at, name = now(self.ledger.engine), one.fields.get(NAME)
        key = one.key or f"label {name.after if name else ''}"
        for part, change in sorted(one.fields.items()):
            ends = change.before, change.after
            yield Entry(at, self.tracker, one.item, key, "label", part, *ends, one.because, "begun")
