"""Records that moved within the backlog: to another of its trackers, or away and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sync.backlog import Link
from sync.model import COMMENTS, EMPTY, Item, ItemId, Shape, TrackerName, as_comments
from sync.plan import By
from sync.planner.context import Context
from sync.planner.ties import MOVED, Lost, Matches, Tie, told
from sync.tracker import Record, Unmapped

LOOSE = (Shape.SET, Shape.ITEM, Shape.ITEMS, Shape.COMMENTS)
"""What a move may strip from a record, since it is kept by names of the place: that is no edit."""


def follow_moves(
    context: Context, matches: Matches, unlinked: Mapping[TrackerName, list[Record]]
) -> None:
    """Ties what moved to its item; takes it out of `unlinked`, so that it founds no other one."""
    for tracker, record, link in list(_moves(context, unlinked)):
        _leave(matches, link, record)
        fresh = record in unlinked.get(tracker, ())
        if fresh:
            unlinked[tracker].remove(record)
        there = matches.ties[link.item].get(tracker)
        if there is None or (there.record.id == record.id and not link.gone):
            carried = _carried(context, link, tracker, record)
            by: By | None = "link" if fresh else None
            matches.ties[link.item][tracker] = Tie(link.item, tracker, record, carried, by)
            matches.moved.setdefault(link.item, set()).add(link.tracker)
        elif there.record.id != record.id:
            _lose(matches, link, f"{MOVED}{record.url}", there.record.key)


def _moves(
    context: Context, unlinked: Mapping[TrackerName, list[Record]]
) -> Iterator[tuple[TrackerName, Record, Link]]:
    """Records that are elsewhere than the link that knows them, and that link."""
    addresses = dict(_addresses(context))
    read = {
        name: {record.id for record in one.snapshot.records}
        for name, one in context.readings.items()
    }
    for tracker, reading in context.readings.items():
        for record in reading.snapshot.records:
            for other, links in context.backlog.links.items():
                link = links.get(record.id)
                elsewhere = other != tracker and record.id not in read.get(other, ())
                if link and elsewhere and reading.facts.lasting and _same_site(link, record):
                    yield tracker, record, link
        for record in list(unlinked.get(tracker, ())):
            if record.url in addresses and addresses[record.url].record.id != record.id:
                yield tracker, record, addresses[record.url]


def _addresses(context: Context) -> Iterator[tuple[str, Link]]:
    """Where lost records are now, as their trackers say, or once said."""
    for tracker, links in context.backlog.links.items():
        reading = context.readings.get(tracker)
        for id, link in links.items():
            gone = reading.snapshot.gone.get(id) if reading else None
            why = told(gone, link) if gone else link.gone or ""
            if why.startswith(MOVED):
                yield why.removeprefix(MOVED), link


def _same_site(link: Link, record: Record) -> bool:
    """Are both at one site, whose ids name one thing? Then their addresses differ by the key."""
    sites = {(one.url or one.id).rpartition("/")[0] for one in (link.record, record)}
    return len(sites) == 1


def _leave(matches: Matches, link: Link, record: Record) -> None:
    tie = matches.ties[link.item].get(link.tracker)
    if tie is not None and tie.link is not None and tie.link.record.id == link.record.id:
        del matches.ties[link.item][link.tracker]
    _lose(matches, link, f"{MOVED}{record.url}")


def followed(links: Sequence[Link]) -> Iterator[Link]:
    """Of one item's links: those of records that are now tied to it elsewhere in the backlog."""
    now = {f"{MOVED}{one.record.url}" for one in links if not one.gone}
    return (one for one in links if one.gone in now)


def _lose(matches: Matches, link: Link, why: str, beside: str | None = None) -> None:
    matches.lost = [one for one in matches.lost if one.link is not link]
    matches.lost.append(Lost(link, why, beside))


def _carried(context: Context, link: Link, tracker: TrackerName, record: Record) -> Link:
    """What was seen of the record where it was holds where it is; but nothing that it lacks there
    was taken from it by anybody."""
    behind = dict(link.behind)
    for name, shape in context.backlog.schema.items():
        if shape in LOOSE or record.shown.get(name) in (None, ""):
            behind[name] = None
    return replace(link, tracker=tracker, behind=behind, sent={}, refused={}, gone=None)


def with_moved_comments(context: Context, matches: Matches) -> Context:
    """Comments of a record that moved are those of the place where it is, which names them."""
    items: dict[ItemId, Item] = {}
    for id, trackers in matches.moved.items():
        item = context.backlog.items[id]
        held = as_comments(item.values.get(COMMENTS))
        kept = tuple(one for one in held if one.tracker not in trackers)
        if kept != held and any(_speaks(context, tie) for tie in matches.ties[id].values()):
            items[id] = replace(item, values={**item.values, COMMENTS: kept})
    if not items:
        return context
    backlog = replace(context.backlog, items={**context.backlog.items, **items})
    return replace(context, backlog=backlog)


def _speaks(context: Context, tie: Tie) -> bool:
    """Does what moved show comments of its own where it is now?"""
    if tie.link is None or tie.link.record.key == tie.record.key:
        return False
    try:
        codec = context.readings[tie.tracker].facts.codec
        said = codec.decode(COMMENTS, tie.record.shown.get(COMMENTS), EMPTY[Shape.COMMENTS])
    except Unmapped:
        return False
    return any(one.tracker == tie.tracker for one in as_comments(said))
