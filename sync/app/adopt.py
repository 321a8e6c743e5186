"""Adoption: which records show the same item, as a person decides; and a wrong pair, split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC

from sync.app.review import Decision, Name, Reviewed
from sync.app.runs import Look, Shop, Unknown, look, remembered
from sync.backlog import Backlog, Link
from sync.model import Json, TrackerName, derive_id
from sync.planner import decide
from sync.planner.match import match
from sync.planner.ties import Tie
from sync.state import Store
from sync.state.pairs import Decided, Judged, decide_pairs
from sync.tracker import Record, RecordId, Teller


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two groups of records that show one item, or may."""

    one: tuple[Name, ...]
    other: tuple[Name, ...]
    by: str
    """How they are known: `mark`, `link`, `title`, `person`; or `likeness`, or `title` again for
    one that is only proposed."""
    score: float
    decision: Decision
    """`?` for what is only proposed."""


def survey(shop: Shop) -> Look:
    """Reads all, whole, and what people said elsewhere than in the records themselves: the links
    of issues that show an item which no other tracker shows."""
    seen = look(shop, full=True)
    ties = match(seen.context).ties
    places = {
        (tie.record.url or "").rstrip("/"): tracker
        for of in ties.values()
        for tracker, tie in of.items()
    }
    readings = dict(seen.context.readings)
    for tracker, reading in readings.items():
        adapter = seen.adapters[tracker]
        if isinstance(adapter, Teller):
            alone = [of[tracker].record.id for of in ties.values() if set(of) == {tracker}]
            told = _clear(adapter.told(alone), places)
            records = tuple(
                replace(one, twins=one.twins | told.get(one.id, frozenset()))
                for one in reading.snapshot.records
            )
            snapshot = replace(reading.snapshot, records=records)
            readings[tracker] = replace(reading, snapshot=snapshot)
    context = replace(seen.context, readings=readings)
    return Look(shop, context, decide(context), seen.adapters)


def _clear(
    told: Mapping[RecordId, frozenset[str]], places: Mapping[str, TrackerName]
) -> dict[RecordId, frozenset[str]]:
    """Links that mean one record of a tracker and no other, and which no other record has: what
    many refer to is not what they are."""
    links = {id: [one.rstrip("/") for one in sorted(urls)] for id, urls in told.items()}
    links = {
        id: [one for one in dict.fromkeys(urls) if one in places] for id, urls in links.items()
    }
    named = Counter(one for urls in links.values() for one in urls)
    return {
        id: frozenset(
            one
            for one in urls
            if named[one] == 1 and [places[it] for it in urls].count(places[one]) == 1
        )
        for id, urls in links.items()
    }


def candidates(seen: Look) -> list[Candidate]:
    """What would be paired, and what is only proposed: these first, the likest on top."""
    matches = match(seen.context)
    keys = {item: _names(ties) for item, ties in matches.ties.items()}
    proposed = {
        (one.item, one.other): Candidate(keys[one.item], keys[one.other], one.by, one.score, "?")
        for one in seen.plan.proposals
    }
    paired = []
    for pairing in seen.plan.pairings:
        ties = matches.ties[pairing.item]
        there = tuple(
            (name, tie.record.key)
            for name, tie in sorted(ties.items())
            if name != pairing.tracker and (tie.by is None or name < pairing.tracker)
        )
        if there:
            here = ((pairing.tracker, pairing.key),)
            paired.append(Candidate(there, here, pairing.by, 1.0, "pair"))
    return [*proposed.values(), *paired]


def for_review(seen: Look) -> list[dict[str, Json]]:
    """The same for the file in which a person decides."""
    known = {
        (tracker, tie.record.key): tie.record
        for ties in match(seen.context).ties.values()
        for tracker, tie in ties.items()
    }

    def told(name: Name) -> dict[str, Json]:
        tracker, key = name
        title = _title(seen, tracker, known[name])
        shown = {"tracker": tracker, "key": key, "title": title, "url": known[name].url}
        return {part: value for part, value in shown.items() if value}

    return [
        {
            "decision": one.decision,
            "by": one.by,
            "score": one.score,
            "one": [told(name) for name in one.one],
            "other": [told(name) for name in one.other],
        }
        for one in candidates(seen)
    ]


def _title(seen: Look, tracker: TrackerName, record: Record) -> str:
    codec = seen.context.readings[tracker].facts.codec
    return str(codec.decode("title", record.shown.get("title"), None) or "")


def promoted(seen: Look, reviewed: Sequence[Reviewed], least: float) -> list[Reviewed]:
    """With what is undecided, at least so alike, and not ambiguous, as a pair."""
    scores = {frozenset((*one.one, *one.other)): one.score for one in candidates(seen)}

    def meant(one: Reviewed) -> bool:
        return one.decision == "?" and scores.get(frozenset(one.names), 0.0) >= least

    named = Counter(
        name for one in reviewed if one.decision == "pair" or meant(one) for name in one.names
    )
    return [
        replace(one, decision="pair")
        if meant(one) and all(named[n] == 1 for n in one.names)
        else one
        for one in reviewed
    ]


def _names(ties: Mapping[TrackerName, Tie]) -> tuple[Name, ...]:
    return tuple((tracker, tie.record.key) for tracker, tie in sorted(ties.items()))


def accept(shop: Shop, seen: Look, what: Decided) -> None:
    """Stores it. The next plan shows what follows from it; nothing else is done."""
    store = Store(shop.state, shop.fence)
    try:
        store.migrate()
        at = shop.clock().astimezone(UTC).isoformat(timespec="seconds")
        decide_pairs(store, seen.context.backlog, what, at)
    finally:
        store.close()


# Splitting


def split(shop: Shop, key: str, tracker: TrackerName | None) -> tuple[str, list[str]]:
    """A record stops showing its item, and is one of its own from the next run on.

    Returns the record's key, and those of the records that go on showing the item. Raises Unknown.
    """
    backlog, _ = remembered(shop)
    link = _linked(backlog, key, tracker)
    others = [
        other
        for name in backlog.links
        for other in backlog.links_of(name)
        if other.item == link.item and other is not link
    ]
    if not any(not other.gone for other in others):
        raise Unknown(
            f"{link.record.key} is the only record of its item: there is nothing to split"
        )
    own = derive_id(backlog.name, link.tracker, link.record.id)
    while own in backlog.items:
        own = derive_id(backlog.name, link.tracker, link.record.id, own)
    named = (link.tracker, link.record.id)
    judged = [
        Judged(*named, link.item, "apart"),
        Judged(*named, own, "together"),
        *(Judged(other.tracker, other.record.id, own, "apart") for other in others),
    ]
    if link.record.id == link.item:  # it goes by its id, which becomes another one
        judged.append(Judged(link.tracker, own, link.item, "apart"))
    store = Store(shop.state, shop.fence)
    try:
        at = shop.clock().astimezone(UTC).isoformat(timespec="seconds")
        decide_pairs(store, backlog, Decided(judged, parted=frozenset({named})), at)
    finally:
        store.close()
    return link.record.key, sorted(other.record.key for other in others if not other.gone)


def _linked(backlog: Backlog, key: str, tracker: TrackerName | None) -> Link:
    """The link of the record of that key; with a tracker, of the record there of the same item."""
    links = [link for name in backlog.links for link in backlog.links_of(name) if not link.gone]
    named = [link for link in links if key in (link.record.key, link.record.url, link.record.id)]
    if tracker is not None:
        items = {link.item for link in named} or {key}
        named = [link for link in links if link.item in items and link.tracker == tracker]
    if len(named) == 1:
        return named[0]
    if not named:
        where = f" on {tracker}" if tracker else ""
        raise Unknown(
            f"{key} names no record{where} that is known; give a key such as SHOP-7, acme/shop#12 "
            "or items/pay.md, with --from TRACKER if another record of its item is meant"
        )
    there = ", ".join(sorted(f"{link.record.key} on {link.tracker}" for link in named))
    raise Unknown(f"{key} names several records ({there}); say which with --from TRACKER")
