"""Takes a run back: what each tracker is still as that run wrote it is put back. Pure.

What a run wrote is told by its journal, and whether it still stands, by what the records show
now. The item's value goes back as well, where no record stays as the run wrote it. Records that
then show another value than the item, such as that of the person whose edit the run carried, stay
as they are until somebody edits them (`Link.undone`): nothing is done anew by the next run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sync.backlog import Link, TrackerOrder
from sync.model import RELEASE_FIELDS, FieldName, Item, ItemId, TrackerName, load
from sync.order import Step, steps
from sync.plan import Placement, Plan
from sync.planner import Decision, Releases, Verdict
from sync.planner.context import Context
from sync.planner.edits import allowed
from sync.planner.lens import Lens
from sync.planner.orders import ORDER
from sync.planner.relabels import with_labels
from sync.planner.releases import RELEASES, meant, release_edits, release_lens
from sync.planner.renames import NAME, RELEASE, called_on, with_names
from sync.planner.undo.labels import labels_back
from sync.planner.undo.order import put_back
from sync.planner.undo.past import BACKLOG, Kept, Past
from sync.planner.undo.records import Realm, TakenBack, take_back
from sync.planner.vocabulary import Vocabulary
from sync.tracker import Record

__all__ = ["BACKLOG", "Kept", "Past", "Undoing", "undo"]


@dataclass(frozen=True, slots=True)
class Undoing:
    """What is to be done to take a run back, and what of it stays."""

    decision: Decision
    kept: tuple[Kept, ...]


def undo(context: Context, run: int, past: Sequence[Past]) -> Undoing:
    """`context`: every tracker with all records that the run touched, as they are now."""
    releases, told = _releases(context, run, [one for one in past if one.action == "release"])
    labels, stay = labels_back(context, run, past)
    kept = [*(one for taken in told for one in taken.kept), *stay]
    links = _links(context)
    renamed = _renamed(context, releases)
    realm = _items(context, run, links, renamed, releases, labels)
    entries = [one for one in past if one.action in ("merge", "create", "update")]
    verdicts = {
        id: Verdict(item, context.backlog.items[id], _of(links, id))
        for id, item in renamed.items()
        if item != context.backlog.items[id]
    }
    for taken in take_back(realm, entries):
        kept += taken.kept
        id, before = taken.item.id, context.backlog.items[taken.item.id]
        if taken.edits or taken.item != before:
            mine = tuple(taken.links) or _of(links, id)
            verdicts[id] = Verdict(taken.item, before, mine, tuple(taken.edits))
    order, orders, moves, stayed = _order(context, links, past)
    edits = [one for verdict in verdicts.values() for one in verdict.edits]
    place = {item: at for at, item in enumerate(order)}
    plan = Plan(
        context.backlog.name,
        complete=not context.failures,
        edits=tuple(sorted(edits, key=lambda one: (one.tracker, place[one.item]))),
        moves=tuple(moves),
        releases=release_edits(releases, releases.edits),
        vocabulary=labels.plan,
    )
    decision = Decision(
        plan,
        tuple(sorted(verdicts.values(), key=lambda one: place[one.item.id])),
        order,
        orders,
        releases=releases,
        vocabulary=labels,
        undoes=run,
    )
    return Undoing(decision, (*kept, *stayed))


_Links = Mapping[TrackerName, Mapping[ItemId, Link]]


def _links(context: Context) -> _Links:
    """Every record as it was just read, where it was; what of it was never merged is behind."""
    links: dict[TrackerName, dict[ItemId, Link]] = {}
    for tracker, reading in context.readings.items():
        read = {record.id: record for record in reading.snapshot.records}
        links[tracker] = {
            link.item: _fresh(link, read)
            for link in context.backlog.links_of(tracker)
            if not link.gone and link.record.id not in reading.snapshot.gone
        }
    return links


def _fresh(link: Link, read: Mapping[str, Record]) -> Link:
    record = read.get(link.record.id, link.record)
    unseen = {
        name: link.seen(name)
        for name, shown in record.shown.items()
        if name in link.behind or shown != link.seen(name)
    }
    return replace(link, record=record, behind=unseen)


def _of(links: _Links, item: ItemId) -> tuple[Link, ...]:
    return tuple(of[item] for of in links.values() if item in of)


def _gone(context: Context) -> dict[tuple[TrackerName, ItemId], str]:
    found = {}
    for tracker in context.backlog.links:
        reading = context.readings.get(tracker)
        for link in context.backlog.links_of(tracker):
            if reading is None:
                why: str | None = f"{tracker} is not in the settings any more"
            elif link.record.id in reading.snapshot.gone:
                why = f"the record is gone: {reading.snapshot.gone[link.record.id].why}"
            else:
                why = link.gone and f"the record is gone: {link.gone}"
            if why:
                found[tracker, link.item] = why
    return found


def _silent(context: Context, links: Mapping[TrackerName, Mapping[str, Link]]) -> dict[str, str]:
    """Items that trackers show which did not answer."""
    return {
        link.item: tracker
        for tracker in context.failures
        for link in links.get(tracker, {}).values()
        if not link.gone
    }


def _items(
    context: Context,
    run: int,
    links: _Links,
    items: Mapping[ItemId, Item],
    releases: Releases,
    labels: Vocabulary,
) -> Realm:
    lenses, schema = {}, context.backlog.schema
    secret = {one.item for of in links.values() for one in of.values() if one.record.restricted}
    told: dict[TrackerName, frozenset[ItemId]] = {}
    for tracker, reading in context.readings.items():
        names = {one.record.key: item for item, one in links[tracker].items()}
        names |= {one.record.id: item for item, one in links[tracker].items()}
        lens = Lens(reading.facts, schema, names)
        lens = with_names(lens, releases.called.get(tracker, {}))
        lenses[tracker] = with_labels(lens, labels.called.get(tracker, {}))
        if reading.facts.public or reading.facts.internal:
            told[tracker] = frozenset(secret)
    fields = {tracker: allowed(context, tracker) for tracker in context.readings}

    def may(tracker: TrackerName, item: ItemId, name: FieldName) -> bool:
        may_have = fields[tracker]
        return (may_have is None or name in may_have) and item not in told.get(tracker, ())

    return Realm(
        run,
        schema,
        items,
        links,
        lenses,
        _gone(context),
        _silent(context, context.backlog.links),
        may,
        told,
        lambda name, said: load(schema[name], said),
        "title",
    )


def _releases(context: Context, run: int, past: Sequence[Past]) -> tuple[Releases, list[TakenBack]]:
    """Releases with what the run did to them taken back; and what each tracker calls them."""
    known = context.backlog.release_links
    links, lenses = dict[TrackerName, dict[ItemId, Link]](), dict[TrackerName, Lens]()
    for tracker, reading in context.readings.items():
        read = {record.id: record for record in reading.snapshot.releases or ()}
        lenses[tracker] = release_lens(reading.facts)
        links[tracker] = {
            link.item: _fresh(link, read)
            for link in known.get(tracker, {}).values()
            if link.record.id in read
        }

    def may(tracker: TrackerName, release: ItemId, name: FieldName) -> bool:
        fields = allowed(context, tracker)
        barred = RELEASES in context.readings[tracker].facts.cannot
        return not barred and (fields is None or RELEASE in fields)

    silent = dict.fromkeys(context.backlog.releases, ", ".join(context.failures))
    realm = Realm(
        run,
        RELEASE_FIELDS,
        context.backlog.releases,
        links,
        lenses,
        {},
        silent if context.failures else {},
        may,
        {},
        meant,
        NAME,
    )
    told = list(take_back(realm, past))
    items = {**context.backlog.releases, **{one.item.id: one.item for one in told}}
    mine = {(one.tracker, one.item): one for taken in told for one in taken.links}
    stored = {
        tracker: {id: mine.get((tracker, link.item), link) for id, link in of.items()}
        for tracker, of in known.items()
    }
    called = {
        tracker: called_on(lens, ((id, one.record) for id, one in links[tracker].items()), items)
        for tracker, lens in lenses.items()
    }
    edits = tuple(edit for one in told for edit in one.edits)
    return Releases(items, stored, edits, context.backlog.releases, called), told


def _renamed(context: Context, releases: Releases) -> dict[ItemId, Item]:
    """Every item, under the names that releases have again."""
    names = {
        str(releases.before[id].values[NAME]): one.values[NAME]
        for id, one in releases.items.items()
        if releases.before[id].values[NAME] != one.values[NAME]
    }
    return {
        id: replace(item, values={**item.values, RELEASE: names[item.release]})
        if item.release in names
        else item
        for id, item in context.backlog.items.items()
    }


def _order(
    context: Context, links: _Links, past: Sequence[Past]
) -> tuple[tuple[ItemId, ...], dict[TrackerName, TrackerOrder], list[Placement], list[Kept]]:
    """The order without the run's moves, on every tracker that it moved records on, or on none."""
    known, moved = context.backlog.order, dict[TrackerName, list[Past]]()
    made = {(one.tracker, one.item) for one in past if one.action == "create"}
    for one in past:
        if one.action == "move" and (one.tracker, one.item) not in made:
            moved.setdefault(one.tracker, []).append(one)
    mine = moved.pop(BACKLOG, [])
    orders, placements, kept = dict[TrackerName, TrackerOrder](), list[Placement](), list[Kept]()
    for tracker, moves in moved.items():
        shown = _shown(context, links, tracker)
        back = put_back(shown, moves) if shown is not None else ()
        if shown is None:
            why = "its order was changed since, or could not be read"
            kept.append(Kept(tracker, moves[0].item, None, ORDER, why))
        elif back == shown:
            why = "what was moved is no longer where the run put it"
            kept.append(Kept(tracker, moves[0].item, None, ORDER, why))
        else:
            seen = context.backlog.orders[tracker].seen
            orders[tracker] = TrackerOrder(seen)
            placements += [_placement(tracker, step, links[tracker]) for step in steps(shown, back)]
    if kept:
        return known, {}, [], kept
    order = put_back(known, mine)
    for tracker, memory in context.backlog.orders.items():
        settled = memory.sent == _within(known, links.get(tracker, {}))
        if tracker not in orders and settled:
            orders[tracker] = replace(memory, sent=_within(order, links.get(tracker, {})))
    return order, orders if order != known or placements else {}, placements, []


def _shown(context: Context, links: _Links, tracker: TrackerName) -> tuple[ItemId, ...] | None:
    """The tracker's order in items; None where people moved something since it was last seen."""
    reading, known = context.readings.get(tracker), context.backlog.orders.get(tracker)
    if context.failures or reading is None or known is None or reading.snapshot.order != known.seen:
        return None
    names = {one.record.id: item for item, one in links[tracker].items()}
    return tuple(names[record] for record in reading.snapshot.order if record in names)


def _within(order: Sequence[ItemId], there: Mapping[ItemId, Link]) -> tuple[ItemId, ...]:
    return tuple(item for item in order if item in there)


def _placement(tracker: TrackerName, step: Step, links: Mapping[ItemId, Link]) -> Placement:
    def key(item: ItemId | None) -> str | None:
        return links[item].record.key if item is not None else None

    return Placement(
        step.item,
        tracker,
        key(step.item),
        step.after,
        step.before,
        key(step.after),
        key(step.before),
    )
