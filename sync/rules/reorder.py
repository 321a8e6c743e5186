"""The fewest moves after which an order agrees with ranks and with what must stand above what."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush
from itertools import pairwise
from math import inf
from typing import TypeAlias

from sync.model import ItemId
from sync.order import replay

Rank: TypeAlias = tuple[float, ...]
"""Smaller stands higher."""
Pair: TypeAlias = tuple[ItemId, ItemId]
"""What must stand above, and what below it."""
Clashes: TypeAlias = Mapping[int, Collection[int]]
"""By place, the later places of what must stand above what is there."""

FIRST: Rank = (-inf,)
LAST: Rank = (inf,)
EXACT = 200_000
"""Up to so many clashes the moves are the fewest there are. Beyond, they are the fewest for the
ranks, and then the fewest for what is left of the pairs."""


@dataclass(frozen=True, slots=True)
class Reordered:
    """An order that agrees, and what cannot be made to agree."""

    order: tuple[ItemId, ...]
    moved: frozenset[ItemId]
    contradictions: tuple[Pair, ...]
    """Pairs that the ranks, or other pairs, contradict. They were left out."""


def reorder(
    order: Sequence[ItemId],
    ranks: Mapping[ItemId, Rank],
    pairs: Collection[Pair],
    *,
    fixed: Collection[ItemId] = (),
    most: int | None = None,
) -> Reordered:
    """`order`, with as few items moved as can be, at most `most`, and none of the `fixed`.

    Items without a rank that are in no pair keep their neighbours. Among equals the owner's own
    order stays: what has to come up comes last of its equals, what has to go down first. Fixed
    items that do not agree among themselves demand nothing of others.
    """
    there = set(order)
    known = sorted({pair for pair in pairs if there >= set(pair)})
    bound = {item: rank for item, rank in ranks.items() if item in there}
    demands = _Demands(bound, known)
    standing = [item for item in order if item in demands.highest and item in fixed]
    agreeing = set(demands.kept(standing))
    if astray := set(standing) - agreeing:
        bound = {item: rank for item, rank in bound.items() if item not in astray}
        demands = _Demands(bound, [pair for pair in known if astray.isdisjoint(pair)])
    nodes = [item for item in order if item in demands.highest]
    opposed = demands.opposed(nodes, agreeing)
    kept = demands.kept([item for item in nodes if item not in opposed])
    wanted = demands.arranged(nodes, kept)
    movable = set(nodes) - set(kept)
    travellers = frozenset([item for item in wanted if item in movable][:most])
    new = replay(order, wanted, travellers, set(kept))
    left_out = sorted(set(known) - set(demands.pairs))
    return Reordered(tuple(new), travellers, tuple(left_out))


class _Demands:
    """What is demanded of an order, without contradictions.

    One item must stand above another if pairs lead from it there, or if its lowest possible rank
    is still above the other's highest.
    """

    def __init__(self, ranks: Mapping[ItemId, Rank], pairs: Sequence[Pair]) -> None:
        self.ranks = ranks
        self.pairs: list[Pair] = []
        ways = circleless(pairs)
        downwards = topdown({*ranks, *(item for pair in pairs for item in pair)}, ways)
        below = _by_first(ways)
        self.highest = {item: ranks.get(item, FIRST) for item in downwards}
        """The highest rank that an item can stand at: its own, else its lowest forerunner's."""
        for upper in downwards:
            for lower in below[upper]:
                if lower not in ranks:
                    self.highest[lower] = max(self.highest[lower], self.highest[upper])
                if self.highest[upper] <= self.highest[lower]:
                    self.pairs.append((upper, lower))
        self.below = _by_first(self.pairs)
        self.lowest = {item: ranks.get(item, LAST) for item in downwards}
        for upper in reversed(downwards):
            if upper not in ranks:
                followers = (self.lowest[lower] for lower in self.below[upper])
                self.lowest[upper] = min(followers, default=LAST)

    def kept(self, nodes: Sequence[ItemId]) -> list[ItemId]:
        """The most items that can stay in their present order."""
        clashes = self._clashes_of_pairs(nodes)
        if all(item in self.ranks for item in nodes) and not clashes:
            return self._longest_run(nodes)
        if not self._add_clashes_of_ranks(clashes, nodes):
            nodes = self._longest_run(nodes)
            clashes = self._clashes_of_pairs(nodes)
        astray = cover(clashes)
        return [item for at, item in enumerate(nodes) if at not in astray]

    def opposed(self, nodes: Sequence[ItemId], fixed: Collection[ItemId]) -> set[ItemId]:
        """Those that do not stand as they should towards fixed ones."""
        if not fixed:
            return set()
        opposed = set[ItemId]()
        highest, lowest = FIRST, LAST
        for item in nodes:
            if self.lowest[item] < highest:
                opposed.add(item)
            if item in fixed:
                highest = max(highest, self.highest[item])
        for item in reversed(nodes):
            if self.highest[item] > lowest:
                opposed.add(item)
            if item in fixed:
                lowest = min(lowest, self.lowest[item])
        for at, others in self._clashes_of_pairs(nodes).items():
            for other in others:
                if nodes[other] in fixed:
                    opposed.add(nodes[at])
                if nodes[at] in fixed:
                    opposed.add(nodes[other])
        return opposed - set(fixed)

    def _longest_run(self, nodes: Sequence[ItemId]) -> list[ItemId]:
        """The most items of ranks that never rise; and those of which the rank says nothing."""
        ranks = {item: max(self.highest[item], FIRST) for item in nodes}
        ranks = {item: self.lowest[item] if rank == FIRST else rank for item, rank in ranks.items()}
        bound = [item for item in nodes if ranks[item] != LAST]
        run = {bound[at] for at in longest_run([ranks[item] for item in bound])}
        return [item for item in nodes if item in run or ranks[item] == LAST]

    def _clashes_of_pairs(self, nodes: Sequence[ItemId]) -> dict[int, set[int]]:
        place = {item: at for at, item in enumerate(nodes)}
        clashes: dict[int, set[int]] = defaultdict(set)
        for upper in self.below.keys() & place.keys():
            for lower in _reached(upper, self.below):
                if lower in place and place[lower] < place[upper]:
                    clashes[place[lower]].add(place[upper])
        return clashes

    def _add_clashes_of_ranks(self, clashes: dict[int, set[int]], nodes: Sequence[ItemId]) -> bool:
        """False if there are too many."""
        earlier: dict[Rank, list[int]] = defaultdict(list)
        number = 0
        for at, item in enumerate(nodes):
            for highest, places in earlier.items():
                if self.lowest[item] < highest:
                    number += len(places)
                    if number > EXACT:
                        return False
                    for one in places:
                        clashes[one].add(at)
            earlier[self.highest[item]].append(at)
        return True

    def arranged(self, nodes: Sequence[ItemId], kept: Sequence[ItemId]) -> list[ItemId]:
        """The nodes as demanded, the kept ones as they stand, others by their old place."""
        place = {item: at for at, item in enumerate(nodes)}
        pairs = [*self.pairs, *pairwise(kept)]
        after = _by_first(pairs)
        waits: dict[ItemId, int] = dict.fromkeys(nodes, 0)
        for _, lower in pairs:
            waits[lower] += 1
        urgency = dict(self.ranks)
        for item in reversed(topdown(nodes, pairs)):
            if item not in urgency:
                urgency[item] = min((urgency[lower] for lower in after[item]), default=LAST)
        ready = [(urgency[item], place[item], item) for item in nodes if not waits[item]]
        heapify(ready)
        arranged = []
        while ready:
            item = heappop(ready)[-1]
            arranged.append(item)
            for lower in after[item]:
                waits[lower] -= 1
                if not waits[lower]:
                    heappush(ready, (urgency[lower], place[lower], lower))
        return arranged


def _by_first(pairs: Iterable[Pair]) -> defaultdict[ItemId, list[ItemId]]:
    ways: defaultdict[ItemId, list[ItemId]] = defaultdict(list)
    for upper, lower in pairs:
        ways[upper].append(lower)
    return ways


def _sorter(items: Collection[ItemId], pairs: Iterable[Pair]) -> TopologicalSorter[ItemId]:
    sorter = TopologicalSorter[ItemId](dict.fromkeys(sorted(items), ()))
    for upper, lower in pairs:
        sorter.add(lower, upper)
    return sorter


def topdown(items: Collection[ItemId], pairs: Iterable[Pair]) -> list[ItemId]:
    """The items, and those of the pairs: what must stand above others before these."""
    return list(_sorter(items, pairs).static_order())


def circleless(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs but for those that lie on a circle."""
    left = [pair for pair in pairs if pair[0] != pair[1]]
    while True:
        try:
            _sorter((), left).prepare()
        except CycleError as error:
            circle = {frozenset(pair) for pair in pairwise(error.args[1])}
            left = [pair for pair in left if frozenset(pair) not in circle]
        else:
            return left


def _reached(item: ItemId, ways: Mapping[ItemId, Collection[ItemId]]) -> set[ItemId]:
    found: set[ItemId] = set()
    ahead = [item]
    while ahead:
        for one in ways.get(ahead.pop(), ()):
            if one not in found:
                found.add(one)
                ahead.append(one)
    return found


def cover(clashes: Clashes) -> set[int]:
    """The fewest places that have a part in all clashes.

    If a clashes with b and b with c, so does a with c: hence what a largest matching of earlier
    with later places leaves out are the most that are free of clashes (Dilworth, Koenig).
    """
    earlier_of: dict[int, int] = {}
    later_of: dict[int, int] = {}
    for start in sorted(clashes):
        _match(start, clashes, earlier_of, later_of)
    earliers: dict[int, list[int]] = defaultdict(list)
    for one, others in clashes.items():
        for other in others:
            earliers[other].append(one)
    # Of equals those are chosen that are to come up: what blocks others, not what is blocked.
    reached, covered = set[int](), set[int]()
    ahead = [one for one in earliers if one not in earlier_of]
    while ahead:
        one = ahead.pop()
        reached.add(one)
        for other in earliers[one]:
            if other not in covered:
                covered.add(other)
                ahead.append(later_of[other])
    return (earliers.keys() - reached) | covered


def _match(
    start: int, clashes: Clashes, earlier_of: dict[int, int], later_of: dict[int, int]
) -> None:
    """Matches one more place, by a way on which others change their partners."""
    came: dict[int, int] = {}
    ahead = [start]
    for one in ahead:
        for other in clashes.get(one, ()):
            if other in came:
                continue
            came[other] = one
            if other not in earlier_of:
                _change_partners(other, came, earlier_of, later_of)
                return
            ahead.append(earlier_of[other])


def _change_partners(
    end: int, came: Mapping[int, int], earlier_of: dict[int, int], later_of: dict[int, int]
) -> None:
    later: int | None = end
    while later is not None:
        earlier = came[later]
        before = later_of.get(earlier)
        earlier_of[later], later_of[earlier] = earlier, later
        later = before


def longest_run(ranks: Sequence[Rank]) -> list[int]:
    """The places, ascending, of a longest subsequence of `ranks` that never falls."""
    tails: list[Rank] = []  # the lowest rank that a run of each length can end with
    ends: list[int] = []  # where that is
    before: list[int] = []  # the place before each place in its run; -1: none
    for place, rank in enumerate(ranks):
        length = bisect_right(tails, rank)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [rank]
        ends[length : length + 1] = [place]
    run = []
    place = ends[-1] if ends else -1
    while place >= 0:
        run.append(place)
        place = before[place]
    return run[::-1]
