"""What became of writes whose answer a killed run never had, as far as later runs see it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from sync.model import ItemId, TrackerName, load
from sync.order import neighbours
from sync.planner import Context, Decision
from sync.planner.lens import Lens
from sync.planner.releases import meant, release_lens
from sync.planner.vocabulary import label_id
from sync.state import Entry, Journal, Told


def settle_killed(context: Context, decision: Decision, journal: Journal) -> list[Entry]:
    """Says in the journal which writes of killed runs took effect, by what was just read.

    Returns those of creates that this run is to look for, or to make again.
    """
    told, left = list[Told](), list[Entry]()
    sights: dict[TrackerName, _Sight] = {}
    for entry in journal.open(context.backlog.name):
        if entry.tracker not in context.readings:
            continue
        if entry.tracker not in sights:
            sights[entry.tracker] = _Sight(context, decision, entry.tracker)
        sight = sights[entry.tracker]
        if entry.action == "create" and entry.item not in sight.links and sight.intends(entry):
            left.append(entry)
        else:
            told.append(Told(entry.id, "done" if sight.shows(entry) else "lost"))
    journal.settle(told)
    return left


def settle_left(
    journal: Journal, tracker: TrackerName, left: Sequence[Entry], links: Collection[ItemId]
) -> None:
    """Creates that this run found the end of: it made them itself, or found them made."""
    told = [Told(one.id, "lost") for one in left if one.tracker == tracker and one.item in links]
    journal.settle(told)


class _Sight:
    """One tracker as it was read in this run."""

    def __init__(self, context: Context, decision: Decision, tracker: TrackerName) -> None:
        facts, snapshot = context.readings[tracker].facts, context.readings[tracker].snapshot
        links = [*context.backlog.links_of(tracker)]
        links += [one for v in decision.verdicts for one in v.links if one.tracker == tracker]
        read = {record.id: record for record in snapshot.records}
        self.links = {one.item: read.get(one.record.id, one.record) for one in links}
        names = {record.id: item for item, record in self.links.items()}
        names |= {record.key: item for item, record in self.links.items()}
        self.lens = Lens(facts, context.backlog.schema, names)
        order = [names[record] for record in snapshot.order or () if record in names]
        self.places = neighbours(order)
        self.intents = context.backlog.intents.get(tracker, {})
        ties = context.backlog.release_links.get(tracker, {})
        self.releases = {
            ties[one.id].item: one for one in snapshot.releases or () if one.id in ties
        }
        self.release_lens = release_lens(facts)
        self.labels = snapshot.vocabulary or ()
        self.named = partial(label_id, context.backlog.name, tracker)

    def intends(self, entry: Entry) -> bool:
        return entry.item in self.intents

    def shows(self, entry: Entry) -> bool:
        """Does the tracker show what the entry was to do?"""
        if entry.action == "create":
            return entry.item in self.links
        if entry.action == "move":
            return entry.after is not None and self.places.get(entry.item) == entry.after
        if entry.action == "label":
            return any(
                entry.item in (self.named(one.id), self.named(str(one.shown["name"])))
                and one.shown[str(entry.field)] == entry.after
                for one in self.labels
            )
        lens, record = self.lens, self.links.get(entry.item)
        if entry.action == "release":
            lens, record = self.release_lens, self.releases.get(entry.item)
        name = entry.field
        if name is None or record is None or not lens.carries(name, record):
            return False
        try:
            value = (
                meant(name, entry.after)
                if entry.action == "release"
                else load(lens.schema[name], entry.after)
            )
        except (KeyError, ValueError):  # the settings are others now
            return False
        return lens.shows(name, value, record.shown[name])
