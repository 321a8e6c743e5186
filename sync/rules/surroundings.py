"""What expressions are asked about: an item, its parent and children, and its place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from sync.expression import Place, Surroundings
from sync.model import Item, ItemId
from sync.rules.view import View

CHILDREN = 100
"""So many children an expression sees, the topmost: what it costs stays in bounds."""


def surroundings(view: View) -> Callable[[Item], Surroundings]:
    """By item. Children and places are those of all open items, whatever the rule's kinds."""
    everyone = replace(view, kinds=None, but=frozenset()).open()
    places = {item.id: at for at, item in enumerate(everyone, start=1)}
    children: dict[ItemId, list[Item]] = defaultdict(list)
    for item in everyone:
        if item.parent:
            children[item.parent].append(item)

    def place(item: Item) -> Place:
        key = min(view.keys.get(item.id, {}).values(), key=lambda key: (len(key), key), default="")
        return Place(item, key, places.get(item.id, 0))

    def around(item: Item) -> Surroundings:
        parent = view.items.get(item.parent or "")
        below = [place(child) for child in children.get(item.id, ())[:CHILDREN]]
        return Surroundings(place(item), place(parent) if parent else None, below, view.now)

    return around
