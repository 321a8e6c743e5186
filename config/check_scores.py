"""Whether scores can be calculated: from fields that there are, and that hold numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.outline import Outline, mapping
from config.problems import Misfit, did_you_mean
from config.problems import Path as Place
from sync.expression import Expression, ExpressionError
from sync.model import Json, Shape
from sync.score import CIRCULAR, FORMULAS, USUAL


def check_scores(backlog: Outline) -> Iterator[Misfit]:
    rule = mapping(backlog.data, "rules", "priority-order")
    place: Place = ("rules", "priority-order", "score")
    yield from _score(backlog, place, rule.get("score"))
    for kind, said in mapping(rule, "by_kind").items():
        place = ("rules", "priority-order", "by_kind", kind, "score")
        yield from _score(backlog, place, mapping(said).get("score"))


def _score(backlog: Outline, place: Place, said: Json) -> Iterator[Misfit]:
    if isinstance(said, str):
        yield from _expression(backlog, place, said)
        return
    score = mapping(said)
    formula, expression = score.get("formula"), score.get("expression")
    if isinstance(said, dict) and (formula is None) == (expression is None):
        yield Misfit(place, "neither or both of formula and expression", "say one of them")
    elif isinstance(expression, str):
        yield from _expression(backlog, (*place, "expression"), expression)
    elif isinstance(formula, str) and formula in FORMULAS:
        yield from _formula(backlog, place, formula, mapping(score, "fields"))


def _expression(backlog: Outline, place: Place, text: str) -> Iterator[Misfit]:
    known = sorted(backlog.known_fields)
    try:
        used = Expression(text, {n: s for n in known if (s := backlog.shape(n))}, "number").used
    except ExpressionError as error:
        what, _, remedy = str(error).rpartition(": ")
        yield Misfit(place, what or remedy, remedy if what else "")
    else:
        if CIRCULAR in used:
            yield Misfit(place, "made of the position that it is to decide", "leave that out")


def _formula(
    backlog: Outline, place: Place, formula: str, fields: Mapping[str, Json]
) -> Iterator[Misfit]:
    operands = FORMULAS[formula].operands
    for operand in fields:
        if operand not in operands:
            remedy = did_you_mean(operand, operands)
            yield Misfit((*place, "fields", operand), f"no part of {formula}", remedy)
    numbers = [name for name in backlog.known_fields if backlog.shape(name) is Shape.NUMBER]
    for operand in operands:
        name = fields.get(operand, USUAL.get(operand, operand))
        if isinstance(name, str) and name not in numbers:
            where = (*place, "fields", operand) if operand in fields else (*place, "formula")
            message = f"{operand} is to stand in the field {name}, which is none of numbers"
            remedy = f"define it under fields, or say fields: {{{operand}: …}}"
            yield Misfit(where, message, remedy)
