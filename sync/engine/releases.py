"""Writes one tracker's releases, before the items that name them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, replace

from sync.backlog import Link
from sync.engine.links import Written, created_link, updated_link
from sync.model import FieldName, ItemId, TrackerName
from sync.plan import Edit
from sync.planner import Releases
from sync.planner.lens import Lens
from sync.planner.releases import ends
from sync.planner.renames import NAME, name_of, renamed_link
from sync.state import Entry, Store
from sync.tracker import Adapter, Create, Outcome, Update


@dataclass
class ReleaseWriter:
    """One tracker's releases while they are written."""

    backlog: str
    tracker: TrackerName
    releases: Releases
    known: frozenset[ItemId]
    """Releases that are stored."""
    lens: Lens
    """Of releases there."""
    store: Store
    links: MutableMapping[ItemId, Link]
    """Of the tracker's items; kept up to date."""
    at: Callable[[], str]

    def __post_init__(self) -> None:
        self.called = dict(self.releases.called.get(self.tracker, {}))
        """Releases that the tracker calls otherwise than the backlog: ours → theirs."""
        self.own = {link.item: link for link in self.releases.links.get(self.tracker, {}).values()}
        self.edits = {one.item: one for one in self.releases.edits if one.tracker == self.tracker}

    def write(self, adapter: Adapter) -> Iterator[tuple[Edit, Outcome]]:
        """Each edit with its outcome, which is stored by then."""
        writes = [self._write(one) for one in self.edits.values()]
        for outcome in adapter.release(writes) if writes else ():
            one = self.edits[outcome.item]
            if outcome.record is not None:
                self._keep(one, outcome)
            yield one, outcome

    def _write(self, one: Edit) -> Create | Update:
        if one.action == "create":
            return Create(one.item, {name: change.after for name, change in one.fields.items()})
        return Update(one.item, self.own[one.item].record, one.fields)

    def _keep(self, one: Edit, outcome: Outcome) -> None:
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
        self.store.save_release(self.backlog, link, fresh, items)
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

    def entries(self, one: Edit, outcome: Outcome) -> list[Entry]:
        """What the journal says of one edit."""
        key = outcome.record.key if outcome.record else one.key
        return [self._entry(one, outcome, key, name) for name in sorted(one.fields)]

    def _entry(self, one: Edit, outcome: Outcome, key: str | None, name: FieldName) -> Entry:
        before, after = ends(name, one.fields[name])
        entry = Entry(
            self.at(), self.tracker, one.item, key, "release", name, before, after, one.because
        )
        if outcome.error is not None:
            return replace(entry, outcome="failed", error=str(outcome.error))
        if name in outcome.refused:
            return replace(entry, outcome="refused", error=outcome.refused[name])
        return entry


def problems(outcome: Outcome) -> list[str]:
    """What went wrong with one edit of a release, a sentence each."""
    refused = [f"{name}: {why}" for name, why in sorted(outcome.refused.items())]
    return [str(outcome.error), *refused] if outcome.error else refused
