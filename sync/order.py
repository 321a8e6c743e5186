"""Order as a sequence: what each side moved, replayed on the backlog; and the fewest moves."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sync.model import ItemId


@dataclass(frozen=True, slots=True)
class Step:
    """One move: the item goes right below `after` (to the top: None), right above `before`."""

    item: ItemId
    after: ItemId | None
    before: ItemId | None


def moved(old: Sequence[ItemId], new: Sequence[ItemId]) -> frozenset[ItemId]:
    """The fewest items whose moving leads from the old sequence to the new.

    Items of only one of the sequences do not count. O(n log n).
    """
    place = {item: at for at, item in enumerate(old)}
    common = [item for item in new if item in place]
    kept = _longest_increasing([place[item] for item in common])
    return frozenset(item for at, item in enumerate(common) if at not in kept)


def merge_order(
    base: Sequence[ItemId], sides: Iterable[tuple[Sequence[ItemId], Sequence[ItemId]]]
) -> tuple[ItemId, ...]:
    """The backlog's order after all sides' moves.

    Each side is (as it was seen, as it is now), the most preferred first: where two sides moved
    the same item, the earlier one stands. Items that the backlog did not order yet go where the
    first side to show them does. Items that a side does not show keep their neighbours. What one
    side moved does not take along what another moved below it.
    """
    order = list(base)
    moves = [(moved(old, new), new) for old, new in sides]
    astray = frozenset[ItemId]().union(*(travellers for travellers, _ in moves))
    settled: set[ItemId] = set()
    for travellers, new in moves:
        known = set(order)
        fresh = (travellers - settled) | {item for item in new if item not in known}
        order = replay(order, new, fresh, known - astray)
        settled |= travellers
    return tuple(order)


def replay(
    order: Sequence[ItemId],
    new: Sequence[ItemId],
    travellers: frozenset[ItemId],
    anchors: set[ItemId],
) -> list[ItemId]:
    """Takes the travellers out and puts each back below its nearest anchor in `new`."""
    below: dict[ItemId | None, list[ItemId]] = {}
    anchor: ItemId | None = None
    for item in new:
        if item in travellers:
            below.setdefault(anchor, []).append(item)
        elif item in anchors:
            anchor = item
    result = list(below.get(None, ()))
    for item in order:
        if item not in travellers:
            result.append(item)
            result += below.get(item, ())
    return result


def placed(order: Sequence[ItemId], item: ItemId, below: ItemId | None) -> tuple[ItemId, ...]:
    """The order with one item right below another, or at the top."""
    others = [one for one in order if one != item]
    at = 0 if below is None else others.index(below) + 1
    return (*others[:at], item, *others[at:])


def steps(
    shown: Sequence[ItemId], wanted: Sequence[ItemId], person: ItemId | None = None
) -> tuple[Step, ...]:
    """The fewest moves from what a tracker shows to what is wanted, top first.

    `shown` may lack items of `wanted` (they are then moved), and hold others (they stay).
    `person`: the item that a person moved. Where as few moves do with it as without it, it moves.
    """
    place = {item: at for at, item in enumerate(shown)}
    kept = _staying(place, wanted)
    if person in kept:
        others = _staying(place, [item for item in wanted if item != person])
        kept = others if len(others) == len(kept) else kept
    result = []
    before: ItemId | None = None
    for at in range(len(wanted) - 1, -1, -1):
        if wanted[at] in kept:
            before = wanted[at]
        else:
            result.append(Step(wanted[at], wanted[at - 1] if at else None, before))
    return tuple(reversed(result))


def _staying(place: Mapping[ItemId, int], wanted: Sequence[ItemId]) -> set[ItemId]:
    """As many items as can stay where they are."""
    present = [item for item in wanted if item in place]
    at = _longest_increasing([place[item] for item in present])
    return {item for number, item in enumerate(present) if number in at}


def neighbours(order: Sequence[ItemId]) -> dict[ItemId, dict[str, ItemId | None]]:
    """Of each item, what is right above it (`after`) and right below it (`before`)."""
    padded = [None, *order, None]
    return {item: {"after": padded[at], "before": padded[at + 2]} for at, item in enumerate(order)}


def position(order: Sequence[ItemId]) -> Mapping[ItemId, int]:
    """Each item's place, the top is 0."""
    return {item: at for at, item in enumerate(order)}


def _longest_increasing(numbers: Sequence[int]) -> frozenset[int]:
    """The indices of one longest strictly increasing subsequence (patience sorting)."""
    tails: list[int] = []
    tail_at: list[int] = []
    previous: list[int | None] = []
    for at, number in enumerate(numbers):
        pile = bisect_left(tails, number)
        previous.append(tail_at[pile - 1] if pile else None)
        if pile == len(tails):
            tails.append(number)
            tail_at.append(at)
        else:
            tails[pile], tail_at[pile] = number, at
    chain = set()
    end = tail_at[-1] if tail_at else None
    while end is not None:
        chain.add(end)
        end = previous[end]
    return frozenset(chain)
