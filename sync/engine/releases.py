"""Writes one tracker's releases, before the items that name them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from sync.backlog import Link
from sync.engine.ledger import Ledger
from sync.engine.links import Written, created_link, updated_link
from sync.engine.run import now
from sync.model import ItemId
from sync.plan import Edit
from sync.planner import Releases
from sync.planner.lens import Lens
from sync.planner.releases import ends
from sync.planner.renames import NAME, name_of, renamed_link
from sync.state import Answer, Entry, Journal, Told
from sync.tracker import Adapter, Create, Outcome, Update


@dataclass
class ReleaseWriter:
    """One tracker's releases while they are written."""

    ledger: Ledger
    releases: Releases
    known: frozenset[ItemId]
    """Releases that are stored."""
    lens: Lens
    """Of releases there."""
    links: MutableMapping[ItemId, Link]
    """Of the tracker's items; kept up to date."""

    def __post_init__(self) -> None:
        self.tracker, self.store = self.ledger.tracker, self.ledger.engine.store
        self.called = dict(self.releases.called.get(self.tracker, {}))
        """Releases that the tracker calls otherwise than the backlog: ours → theirs."""
        self.own = {link.item: link for link in self.releases.links.get(self.tracker, {}).values()}
        self.edits = {one.item: one for one in self.releases.edits if one.tracker == self.tracker}

    def write(self, adapter: Adapter) -> Iterator[tuple[Edit, Outcome]]:
        """Each edit with its outcome, which is stored by then."""
        writes = [self._write(one) for one in self.edits.values()]
        self.ledger.begin([entry for one in self.edits.values() for entry in self._entries(one)])
        for outcome in adapter.release(writes):
            one = self.edits[outcome.item]
            told = self.ledger.told(one, outcome)
            if outcome.record is not None:
                self._keep(one, outcome, told)
            else:
                Journal(self.store.engine).settle(told)
            self._remember(one, outcome)
            yield one, outcome

    def _remember(self, one: Edit, outcome: Outcome) -> None:
        """That it failed, so that it waits; or that it does not any more."""
        backlog = self.ledger.engine.context.backlog
        failed = outcome.error is not None or outcome.record is None
        if failed or one.item in backlog.failing.get(self.ledger.tracker, {}):
            why = self.ledger.failing(one, outcome) if failed else None
            answer = Answer(self.ledger.tracker, one.item, failing=why)
            self.store.answer(backlog.name, answer)

    def _write(self, one: Edit) -> Create | Update:
        if one.action == "create":
            return Create(one.item, {name: change.after for name, change in one.fields.items()})
        return Update(one.item, self.own[one.item].record, one.fields)

    def _keep(self, one: Edit, outcome: Outcome, told: Sequence[Told]) -> None:
        """Stores the release as it now is, and its items under its name."""
        written, record = Written(one, outcome, {}), outcome.record
        assert record is not None  # noqa: S101  (the caller has looked)
        if one.action == "create":
            link, items = created_link(self.lens, written, tried=False), list[Link]()
        else:
            before = self.own[one.item]
            link = updated_link(self.lens, before, written)
            old, new = before.record.shown[NAME], record.shown[NAME]
            items = self._renamed({old: new}) if old != new else []
        release = self.releases.items[one.item]
        fresh = None if one.item in self.known else release
        name = self.ledger.engine.context.backlog.name
        self.store.save_release(name, link, fresh, items, told)
        self.own[one.item] = link
        ours, theirs = str(release.values[NAME]), name_of(self.lens, record)
        self.called.pop(ours, None)
        if theirs is not None and theirs != ours:
            self.called[ours] = theirs

    def _renamed(self, moved: Mapping[str, str]) -> list[Link]:
        changed = []
        for item, link in self.links.items():
            after = renamed_link(link, moved)
            if after != link:
                changed.append(after)
                self.links[item] = after
        return changed

    def _entries(self, one: Edit) -> Iterator[Entry]:
        """What the journal says of one edit before it is made."""
        at = now(self.ledger.engine)
        for name in sorted(one.fields):
            before, after = ends(name, one.fields[name])
            yield Entry(
                at,
                self.tracker,
                one.item,
                one.key,
                "release",
                name,
                before,
                after,
                one.because,
                "begun",
            )


def problems(outcome: Outcome) -> list[str]:
    """What went wrong with one edit of a release, a sentence each."""
    refused = [f"{name}: {why}" for name, why in sorted(outcome.refused.items())]
    return [str(outcome.error), *refused] if outcome.error else refused
