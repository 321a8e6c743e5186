"""Where a score would have items among those of one priority."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sync.model import ItemId
from sync.rules.reorder import Pair, Rank, circleless, longest_run, topdown


def counted(
    scores: Mapping[ItemId, float], levels: Mapping[ItemId, int], pairs: Sequence[Pair]
) -> dict[ItemId, float]:
    """What each item counts as: its own score, or that of what it blocks, where that is higher.

    Only among items of one level; items without a level pass on what they block.
    """
    found: dict[ItemId, tuple[int, float]] = {
        item: (levels[item], scores[item]) for item in scores if item in levels
    }
    blocked: dict[ItemId, list[ItemId]] = defaultdict(list)
    ways = circleless(pairs)
    for upper, lower in ways:
        blocked[upper].append(lower)
    for item in reversed(topdown(blocked, ways)):
        known = [found[one] for one in (item, *blocked.get(item, ())) if one in found]
        level = levels.get(item, min((one[0] for one in known), default=0))
        if same := [score for at, score in known if at == level]:
            found[item] = level, max(same)
    return {item: score for item, (_, score) in found.items() if item in levels}


def ranked_by(
    order: Sequence[ItemId],
    scores: Mapping[ItemId, float],
    levels: Mapping[ItemId, int],
    pairs: Sequence[Pair],
) -> dict[ItemId, Rank]:
    """Level, then score: the ranks by which the order is kept. `scores` are those of `counted`.

    Items without a score rank as what stands above them and need not move, not above their
    blockers.
    """
    by_level: dict[int, list[ItemId]] = defaultdict(list)
    for item in order:
        if item in levels:
            by_level[levels[item]].append(item)
    ranks: dict[ItemId, Rank] = {}
    for level, items in by_level.items():
        bound = [item for item in items if item in scores]
        run = {bound[at] for at in longest_run([(-scores[item],) for item in bound])}
        last = next((-scores[item] for item in bound if item in run), 0.0)
        for item in items:
            last = -scores[item] if item in run else last
            ranks[item] = float(level), -scores[item] if item in scores else last
    ways = circleless(pairs)
    above: dict[ItemId, list[ItemId]] = defaultdict(list)
    for upper, lower in ways:
        above[lower].append(upper)
    for item in topdown(above, ways):
        if item not in scores:
            known = [ranks[one] for one in (item, *above.get(item, ())) if one in ranks]
            level = levels.get(item, max((int(one[0]) for one in known), default=0))
            if same := [one for one in known if one[0] == level]:
                ranks[item] = max(same)
    return {item: rank for item, rank in ranks.items() if item in levels}
