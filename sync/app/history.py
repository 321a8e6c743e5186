"""What the journal says: runs, what they wrote, one item's story, and edits that fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.app.runs import Shop, Unknown, named
from sync.backlog import Backlog, Failing
from sync.model import ItemId, TrackerName
from sync.planner.waiting import REMEDY
from sync.report import EditLine, FailingLine, RunLine
from sync.state import KILLED, Busy, Entry, Journal, Run, Store, hold
from sync.tracker import LEAD


@dataclass
class History:
    """Of one backlog, or of several."""

    runs: list[RunLine] = field(default_factory=list)
    edits: list[EditLine] = field(default_factory=list)
    failing: list[FailingLine] = field(default_factory=list)
    titles: dict[ItemId, str] = field(default_factory=dict)
    """Of all items, for people to read."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of it is asked for; the runs alone, where nothing is."""

    run: int | None = None
    item: str | None = None
    """By any of its keys."""
    failed: bool = False
    limit: int = 20


def history(shops: Sequence[Shop], wanted: Wanted) -> History:
    """Reads no tracker. Raises Unknown where there is no such run, or item."""
    found, unknown = History(), list[Unknown]()
    for shop in shops:
        store = Store(shop.state)
        try:
            if store.exists():
                store.migrate()
                _look(shop, store, wanted, found)
        except Unknown as error:
            unknown.append(error)
        finally:
            store.close()
    if wanted.run is not None and not found.runs:
        raise Unknown(f"there is no run {wanted.run}")
    if wanted.item is not None and len(unknown) == len(shops):
        raise unknown[0]
    return found


def _look(shop: Shop, store: Store, wanted: Wanted, found: History) -> None:
    """Adds what one backlog has of it. Raises Unknown where it has no such item."""
    journal = Journal(store.engine)
    backlog = store.load(shop.name, shop.settings.schema_of_fields())
    item = None
    if wanted.item is not None:
        links = [link for of in backlog.links.values() for link in of.values()]
        item = named(shop, wanted.item, backlog.items, links)
    found.titles |= {one.id: one.title for one in backlog.items.values()}
    if wanted.failed:
        for id, release in backlog.releases.items():
            found.titles[id] = f"release {release.values['name']}"
        found.failing += [
            _failing(journal, backlog, tracker, id, one, moves=of is backlog.unmoved)
            for of in (backlog.failing, backlog.unmoved)
            for tracker, items in sorted(of.items())
            for id, one in sorted(items.items())
            if item in (None, id)
        ]
        return
    if wanted.run is not None:
        run = journal.run(shop.name, wanted.run)
        runs = [run] if run else []
    else:
        runs = journal.runs(shop.name, wanted.limit) if item is None else []
    alive = any(one.ended is None and one.outcome is None for one in runs) and _held(shop)
    found.runs += [run_line(one, alive=alive) for one in runs]
    if wanted.run is not None or item is not None:
        limit = None if wanted.run is not None else wanted.limit
        entries = journal.entries(shop.name, run=wanted.run, item=item, limit=limit)
        found.edits += map(edit_line, entries)


def _held(shop: Shop) -> bool:
    """Is any process writing the backlog?"""
    try:
        with hold(shop.state, 0, shop.name):
            return False
    except Busy:
        return True


def edit_line(entry: Entry) -> EditLine:
    outcome = entry.outcome if entry.error is None else f"{entry.outcome}: {entry.error}"
    return EditLine(
        run=entry.run,
        at=entry.at,
        tracker=entry.tracker,
        action=entry.action,
        key=entry.key,
        field=entry.field,
        before=entry.before,
        after=entry.after,
        because=entry.because,
        outcome=outcome,
    )


def run_line(run: Run, *, alive: bool) -> RunLine:
    """`alive`: does a process hold the state, of which the run that has not ended may be?"""
    outcome = run.outcome or ("running" if alive else KILLED)
    mode = "apply" if run.undoes is None else f"undo of run {run.undoes}"
    return RunLine(run.id, run.started, run.ended, mode, outcome, run.counts)


def _failing(
    journal: Journal,
    backlog: Backlog,
    tracker: TrackerName,
    item: ItemId,
    one: Failing,
    *,
    moves: bool,
) -> FailingLine:
    keys = [link.record.key for link in backlog.links_of(tracker) if link.item == item]
    tried = [
        entry
        for entry in journal.entries(backlog.name, item=item)
        if entry.tracker == tracker
        and entry.outcome == "failed"
        and entry.action != LEAD
        and (entry.action == "move") is moves
    ]
    last = [entry for entry in tried if entry.run == tried[0].run]
    action = last[0].action if last else "write"
    fields = ", ".join(sorted({entry.field for entry in last if entry.field}))
    return FailingLine(
        tracker=tracker,
        item=item,
        key=keys[0] if keys else (last[0].key if last else None),
        what=f"{action} {fields}".strip(),
        tries=one.tries,
        first=one.first,
        last=one.last,
        next=one.next,
        message=one.message,
        remedy=REMEDY,
    )
