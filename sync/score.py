"""An item's score, from its numbers: by a formula that is known, or by a team's own. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from types import MappingProxyType
from typing import NamedTuple

from sync.expression import Expression, Surroundings
from sync.model import FIELDS, FieldName, Item, Shape


class Formula(NamedTuple):
    """What a score is made of."""

    operands: tuple[str, ...]
    calculate: Callable[..., float]
    """From the operands, in their order."""


FORMULAS: Mapping[str, Formula] = MappingProxyType(
    {
        "wsjf": Formula(
            ("value", "urgency", "risk", "size"),
            lambda value, urgency, risk, size: (value + urgency + risk) / size,
        ),
        "rice": Formula(
            ("reach", "impact", "confidence", "effort"),
            lambda reach, impact, confidence, effort: reach * impact * confidence / effort,
        ),
        "value-effort": Formula(("value", "effort"), lambda value, effort: value / effort),
    }
)
"""Weighted shortest job first (cost of delay by size), RICE, and value by effort."""
USUAL: Mapping[str, FieldName] = MappingProxyType({"size": "estimate", "effort": "estimate"})
"""The fields of operands that are not called as these are."""
CIRCULAR = "position"
"""What no score may be made of: it would change what it is made of."""


@dataclass(frozen=True, slots=True)
class Score:
    """How items are scored: by `formula`, or without one by `expression`."""

    formula: str | None = None
    fields: Mapping[str, FieldName] = field(default_factory=dict)
    """Operand of the formula → the field that holds it; others as USUAL, or of the same name."""
    expression: str = ""
    """In CEL; it gives a number."""
    keep: bool = False
    """Is the order kept by it, among items of one priority? Else it is only proposed."""
    schema: tuple[tuple[FieldName, Shape], ...] = tuple(FIELDS.items())
    """The fields that items have."""

    def of(self, item: Item, around: Callable[[Item], Surroundings]) -> float | None:
        """The higher, the sooner. None where a number is not there, or nothing divides it.

        Raises ExpressionError for an expression that is none.
        """
        if self.formula is None:
            return _parsed(self.expression, self.schema).number(around(item))
        formula = FORMULAS[self.formula]
        numbers = [item.values.get(name) for name in fields_of(self.formula, self.fields)]
        return _calculated(formula, [one for one in numbers if isinstance(one, float)])


def fields_of(formula: str, fields: Mapping[str, FieldName]) -> list[FieldName]:
    """The fields that hold a formula's operands, in their order."""
    operands = FORMULAS[formula].operands
    return [fields.get(one, USUAL.get(one, one)) for one in operands]


def _calculated(formula: Formula, numbers: Sequence[float]) -> float | None:
    if len(numbers) < len(formula.operands):
        return None
    try:
        score = formula.calculate(*numbers)
    except ZeroDivisionError:
        return None
    return score if isfinite(score) else None


@lru_cache(maxsize=256)
def _parsed(text: str, schema: tuple[tuple[FieldName, Shape], ...]) -> Expression:
    return Expression(text, dict(schema), gives="number")
