"""Rules of a team's own: each expects an expression to hold of every open item of its kinds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sync.expression import Expression, ExpressionError
from sync.model import FIELDS, FieldName, Item, Shape
from sync.plain import plain
from sync.rules.surroundings import surroundings
from sync.rules.view import Breach, View


@dataclass(frozen=True, slots=True)
class Custom:
    """The options of one rule of a team's own."""

    name: str = ""
    """What the rule is called; without one there is no rule."""
    expect: str = "true"
    """What must hold of an item, in CEL."""
    message: str = ""
    """What to say of an item of which it does not."""
    schema: tuple[tuple[FieldName, Shape], ...] = tuple(FIELDS.items())
    """The fields that items have."""


def custom(view: View, options: Custom) -> Iterator[Breach]:
    """Judges open items only; has no fixes. Raises ExpressionError for an expression that is
    none.
    """
    if not options.name or view.mending:
        return
    expression = _parsed(options.expect, options.schema)
    around = surroundings(view)
    unanswered: dict[str, list[Item]] = defaultdict(list)
    for item in view.open():
        try:
            if not expression.holds(around(item)):
                yield Breach(item.id, f"{view.name(item)} {plain(options.message)}")
        except ExpressionError as error:
            unanswered[str(error)].append(item)
    for why, items in sorted(unanswered.items()):
        many = f"{len(items)} items, the first of them " if len(items) > 1 else ""
        name = plain(options.name)
        message = f"The rule {name} has no answer for {many}{view.name(items[0])}: {why}."
        yield Breach(None, message, "warning")


@lru_cache(maxsize=256)
def _parsed(text: str, schema: tuple[tuple[FieldName, Shape], ...]) -> Expression:
    return Expression(text, dict(schema))
