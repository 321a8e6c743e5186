"""Puts back what a run moved, where it still is where the run put it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sync.model import ItemId, Json
from sync.order import neighbours
from sync.planner.undo.past import Past


def put_back(order: Sequence[ItemId], moves: Iterable[Past]) -> tuple[ItemId, ...]:
    """The order with those moves taken back; as it is where none of them still stands."""
    places = neighbours(order)
    left = {one.item: one for one in moves if _stands(places.get(one.item), one)}
    result = [item for item in order if item not in left]
    going = True
    while left and going:
        going = False
        for item, move in [*left.items()]:
            at = _place(result, move.before)
            if at is not None:
                result.insert(at, item)
                del left[item]
                going = True
    for item in left:  # its old neighbours are gone: it stays about where it is
        above = places[item]["after"]
        result.insert(result.index(above) + 1 if above in result else 0, item)
    return tuple(result)


def _stands(place: Json, move: Past) -> bool:
    """Has the item one of the neighbours yet that the run gave it?"""
    if place is None or not isinstance(move.before, dict) or not isinstance(move.after, dict):
        return False
    return any(place[side] == move.after[side] for side in ("after", "before"))


def _place(order: Sequence[ItemId], was: Json) -> int | None:
    """Where the item goes to stand below or above what it stood beside; None: not known yet."""
    if was["after"] is None:
        return 0
    if was["after"] in order:
        return order.index(was["after"]) + 1
    return order.index(was["before"]) if was["before"] in order else None
