"""Reads single records of all trackers, by their ids: those that were touched, and what else it
takes to merge their items."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import structlog

from sync.backlog import Backlog, Link
from sync.engine.read import joined, opened
from sync.model import ItemId, TrackerName
from sync.planner import Reading
from sync.planner.lens import REFERENCES, referred
from sync.tracker import Adapter, Definer, Facts, Record, RecordId, Snapshot, TrackerError

log = structlog.get_logger(__name__)

Touched = Mapping[TrackerName, Collection[RecordId]]


def read_touched(
    adapters: Mapping[TrackerName, Adapter], backlog: Backlog, touched: Touched, *, order: bool
) -> tuple[dict[TrackerName, Reading], dict[TrackerName, str]]:
    """What each tracker says of these records, and of all others that show their items; and of
    items that they now refer to and did not, or no longer do: a reference is said at both ends.

    Snapshots are never complete, and have no cursor: nothing is judged by what they lack, and the
    next run reads on from where it would have. Releases are those that are remembered. Labels
    themselves are read, where there is a vocabulary: one that is still to be renamed is not given
    to items by its new name.
    """
    with ThreadPoolExecutor(max_workers=max(len(adapters), 1)) as pool:
        asking = {name: _Asking(one, backlog) for name, one in adapters.items()}
        failures = _each(pool, asking, _Asking.open)
        wanted = {name: set(touched.get(name, ())) for name in asking}
        while any(wanted[name] - one.asked for name, one in asking.items()):
            failures |= _each(pool, asking, lambda one: one.get(wanted[one.adapter.name]))
            items = {item for name, one in asking.items() for item in one.items(wanted[name])}
            for name, one in asking.items():
                wanted[name].update(one.showing(items))
        if order:
            failures |= _each(pool, asking, _Asking.order)
    return {name: one.reading() for name, one in asking.items()}, failures


@dataclass
class _Asking:
    """One tracker, while it is asked."""

    adapter: Adapter
    backlog: Backlog
    facts: Facts | None = None
    asked: set[RecordId] = field(default_factory=set)
    snapshot: Snapshot = field(default_factory=Snapshot)

    @property
    def links(self) -> Mapping[RecordId, Link]:
        return self.backlog.links.get(self.adapter.name, {})

    def open(self) -> None:
        self.facts = opened(self.adapter, self.backlog)
        if self.facts.releases:
            held = self.backlog.release_links.get(self.adapter.name, {}).values()
            kept = tuple(link.record for link in held if not link.gone)
            self.snapshot = replace(self.snapshot, releases=kept)
        if isinstance(self.adapter, Definer):
            self.snapshot = replace(self.snapshot, vocabulary=self.adapter.vocabulary())

    def get(self, ids: Collection[RecordId]) -> None:
        fresh = sorted(set(ids) - self.asked)
        self.asked.update(fresh)
        if fresh:
            self.snapshot = joined(self.snapshot, self.adapter.get(fresh))

    def order(self) -> None:
        self.snapshot = replace(self.snapshot, order=self.adapter.order())

    def items(self, ids: Collection[RecordId]) -> Iterator[ItemId]:
        """Those that these records show; and those that they refer to, or did."""
        for id in {*ids, *(record.id for record in self.snapshot.records)} & self.links.keys():
            yield self.links[id].item
        named = {
            name: link.item
            for link in self.links.values()
            for name in (link.record.id, link.record.key)
        }
        for record in self.snapshot.records:
            yield from (named[one] for one in self._turned(record) if one in named)

    def _turned(self, record: Record) -> set[str]:
        """Where references were added or taken away."""
        link, found = self.links.get(record.id), set[str]()
        for name, shape in self.backlog.schema.items():
            if name in record.shown and shape in REFERENCES:
                found |= referred(record.shown[name]) ^ referred(link.seen(name) if link else None)
        return found

    def showing(self, items: Collection[ItemId]) -> Iterator[RecordId]:
        """The records of these items that are there, as far as is known."""
        return (id for id, one in self.links.items() if one.item in items and not one.gone)

    def reading(self) -> Reading:
        assert self.facts is not None  # noqa: S101 - it was opened, or left out
        return Reading(self.facts, self.snapshot)


def _each(
    pool: ThreadPoolExecutor, asking: dict[TrackerName, _Asking], ask: Callable[[_Asking], None]
) -> dict[TrackerName, str]:
    """Asks all side by side; one that fails is asked no more. Why they failed."""
    failures = {}
    for name, future in [(name, pool.submit(ask, one)) for name, one in asking.items()]:
        try:
            future.result()
        except TrackerError as error:
            del asking[name]
            failures[name] = str(error)
            log.warning("tracker.unread", tracker=name, error=str(error))
    return failures
