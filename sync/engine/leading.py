"""Leading people from a record to those that other trackers were given after it.

What is owed stands in the journal from the step on that remembers the new record, and is done once
all trackers are written. What a killed run left, and what could not be done, the next run does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from sync.backlog import Link
from sync.engine.links import Written, updated_link
from sync.engine.run import Engine
from sync.model import ItemId, TrackerName
from sync.plan import Edit
from sync.planner.lens import Lens
from sync.state import Entry, Journal, Told
from sync.tracker import (
    LEAD,
    Adapter,
    NotFound,
    Outcome,
    Rejected,
    TrackerError,
    Twin,
    Update,
)

log = structlog.get_logger(__name__)
GONE = "one of the two is not there any more, or may not be named"
PATIENCE = timedelta(days=1)
"""For so long it is tried, where the tracker does not answer."""


@dataclass(frozen=True, slots=True)
class Leader:
    """Leads people from one tracker's records.

    A record without that is as good: what the tracker refuses is said, and not tried again.
    """

    engine: Engine
    tracker: TrackerName
    adapter: Adapter
    lens: Lens
    links: Mapping[ItemId, Link]
    """Of the records that this run looks after."""
    twins: Mapping[ItemId, Twin]
    elsewhere: Callable[[ItemId], tuple[Twin, ...]]
    """The item's other records that this one may name."""

    def lead(self, owed: Sequence[Entry]) -> None:
        if not (due := self._due(owed)):
            return
        updates = [
            Update(item, self.links[item].record, {}, self._told_of(item, entries))
            for item, entries in due.items()
        ]
        try:
            for outcome in self.adapter.update(updates, self.twins):
                self._led(outcome, due[outcome.item])
        except TrackerError as error:
            log.warning("tracker.not_led", tracker=self.tracker, error=str(error))

    @property
    def _beside(self) -> bool:
        return self.engine.context.readings[self.tracker].facts.leads

    def _due(self, owed: Sequence[Entry]) -> dict[ItemId, list[Entry]]:
        """By the record that leads. Of what nobody can do any more, it says so."""
        due: dict[ItemId, list[Entry]] = {}
        idle = list[Told]()
        for entry in owed:
            link = self.links.get(entry.item)
            ours = link is not None and (self._beside or link.record.mark == entry.item)
            if ours and self._told_of(entry.item, [entry]):
                due.setdefault(entry.item, []).append(entry)
            else:
                idle.append(Told(entry.id, "refused", GONE))
        Journal(self.engine.store.engine).settle(idle)
        return due

    def _told_of(self, item: ItemId, owed: Sequence[Entry]) -> tuple[Twin, ...]:
        """Where it leads to: a text that is ours names all records, and not only the new ones."""
        addresses: Collection[object] = {entry.after for entry in owed}
        there = self.elsewhere(item)
        new = tuple(twin for twin in there if twin.url in addresses)
        return new if self._beside or not new else there

    def _led(self, outcome: Outcome, owed: Sequence[Entry]) -> None:
        link, error = self.links[outcome.item], outcome.error
        edit = Edit(outcome.item, self.tracker, "update", link.record.key, {}, "")
        links = list[Link]()
        if outcome.record is not None and error is None:
            links.append(updated_link(self.lens, link, Written(edit, outcome, self.twins)))
        why = str(error) if error else outcome.refused.get(LEAD)
        if why:
            log.warning("record.not_led", tracker=self.tracker, key=link.record.key, why=why)
        passes = error is not None and not isinstance(error, Rejected | NotFound)
        told = [
            Told(entry.id, "refused" if why else "done", why)
            for entry in owed
            if not passes or self._is_old(entry)
        ]
        self.engine.store.tell(self.engine.context.backlog.name, links, told)

    def _is_old(self, entry: Entry) -> bool:
        return self.engine.clock() - datetime.fromisoformat(entry.at) > PATIENCE
