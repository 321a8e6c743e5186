"""Items of two trackers that may be one: proposed to a person, and made nowhere until decided."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from sync.likeness import Likeness
from sync.model import ItemId, TrackerName
from sync.plan import Finding, Proposal
from sync.planner.context import Context
from sync.planner.fields import MergedItem
from sync.planner.pairing import same_kind

SHOWN = 5
"""Of an item's candidates, how many are proposed at least, the best first; the rest where they
are among the best of the other item."""
BEHIND = 0.1
"""So much less alike than each other's best, an item is proposed only once these are apart."""
REMEDY = (
    "neither is created elsewhere until that is decided: run `onebacklog adopt --out FILE`, "
    "say `pair` or `apart` there, and run `onebacklog adopt --accept FILE`"
)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two items that may be one."""

    item: ItemId
    other: ItemId
    score: float
    exact: bool


Merged = Mapping[ItemId, MergedItem]
Creations = Mapping[TrackerName, Sequence[ItemId]]


def propose(context: Context, merged: Merged, creations: Creations) -> tuple[Proposal, ...]:
    """What may be one, of all that would be created beside the other, the likest first; each two
    with a finding.

    Each two are an item on one tracker and one on another, either of which is about to be created
    where the other is.
    """
    place = {name: at for at, name in enumerate(context.settings.trackers)}
    found = {
        frozenset((pair.item, pair.other)): pair
        for ours, theirs in combinations(creations, 2)
        for pair in _between(context, merged, creations, (ours, theirs))
    }
    order = {item: at for at, item in enumerate(merged)}
    ranked = sorted(
        found.values(),
        key=lambda one: (-one.score, not one.exact, order[one.item], order[one.other]),
    )
    proposals: list[Proposal] = []
    for pair in _best(ranked):
        one, other = sorted(
            (merged[pair.item], merged[pair.other]),
            key=lambda it: min(place[tracker] for tracker in it.ties),
        )
        one.findings.append(_finding(one, other, pair))
        proposals += _proposals(one, other, pair)
    return tuple(proposals)


def _proposals(one: MergedItem, other: MergedItem, pair: _Pair) -> Iterator[Proposal]:
    for tracker, key in other.keys().items():
        yield Proposal(
            item=one.item.id,
            keys=one.keys(),
            tracker=tracker,
            key=key,
            other=other.item.id,
            score=pair.score,
            by="title" if pair.exact else "likeness",
        )


def without(creations: Creations, proposals: Iterable[Proposal]) -> dict[TrackerName, list[ItemId]]:
    """What is created, while nobody has decided."""
    held = {item for one in proposals for item in (one.item, one.other)}
    return {
        tracker: [item for item in items if item not in held]
        for tracker, items in creations.items()
    }


def _finding(one: MergedItem, other: MergedItem, pair: _Pair) -> Finding:
    key, theirs = (next(iter(it.keys().values())) for it in (one, other))
    alike = "has the same title as" if pair.exact else f"reads like ({pair.score:.2f})"
    message = f"{theirs} {alike} {key}, and may be the same item; {REMEDY}"
    return Finding("adoption", "warning", message, one.item.id, one.keys())


def _between(
    context: Context,
    merged: Merged,
    creations: Creations,
    trackers: tuple[TrackerName, TrackerName],
) -> Iterator[_Pair]:
    """Of what is on one tracker and not on the other, and the other way round."""
    ours, theirs = trackers
    left = _by_title(merged, creations[theirs], ours)
    right = _by_title(merged, creations[ours], theirs)
    if not left or not right:
        return
    alike = Likeness(context.settings.likeness).pairs(left, right)
    alike |= {(title, title): 1.0 for title in left.keys() & right.keys()}
    for (mine, other), score in alike.items():
        for one, two in product(left[mine], right[other]):
            kinds = same_kind(merged[one].item.kind, merged[two].item.kind)
            exact = mine == other
            if (exact or kinds) and _may_be_one(context, merged[one], merged[two]):
                yield _Pair(one, two, score, exact)


def _by_title(
    merged: Merged, items: Iterable[ItemId], tracker: TrackerName
) -> dict[str, list[ItemId]]:
    """Those that the tracker shows."""
    found: dict[str, list[ItemId]] = defaultdict(list)
    for item in items:
        title = merged[item].item.title.strip()
        if title and tracker in merged[item].ties:
            found[title].append(item)
    return found


def _may_be_one(context: Context, one: MergedItem, other: MergedItem) -> bool:
    """Is there no tracker that shows both, and does no person hold them apart?"""
    if not one.ties.keys().isdisjoint(other.ties):
        return False
    pairs = context.backlog.pairs
    return not any(
        pairs.get(tracker, {}).get(tie.record.id, {}).get(second.item.id) == "apart"
        for first, second in ((one, other), (other, one))
        for tracker, tie in first.ties.items()
    )


def _best(ranked: Sequence[_Pair]) -> Iterator[_Pair]:
    """Each item's best; not those far behind two that are each other's best, and not so many that
    the many of one title make a plan of all with all."""
    best: dict[ItemId, float] = {}
    for pair in ranked:  # the likest comes first
        best.setdefault(pair.item, pair.score)
        best.setdefault(pair.other, pair.score)
    leads = {
        item: pair.score
        for pair in ranked
        if best[pair.item] == best[pair.other] == pair.score
        for item in (pair.item, pair.other)
    }
    shown: Counter[ItemId] = Counter()
    for pair in ranked:
        lead = max(leads.get(pair.item, 0.0), leads.get(pair.other, 0.0))
        few = min(shown[pair.item], shown[pair.other]) < SHOWN
        if few and pair.score > lead - BEHIND:
            shown.update((pair.item, pair.other))
            yield pair
