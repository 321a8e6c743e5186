"""A team's own conditions on items, and numbers from them, in CEL (Common Expression Language).

What an expression can name: `item`, `parent` and `children`, each with all fields of items, `id`,
`key`, `open` and `position`; and `now`, a timestamp. Texts and days (`"2026-03-31"`) that are not
there are `""`; of numbers `has(item.estimate)` tells. Without a parent, its fields are empty. Pure.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import lru_cache
from math import isfinite
from typing import Any, Literal, NamedTuple, TypeAlias

from sync.model import EMPTY, FIELDS, Item, Json, Schema, Shape, Value, dump

ROOTS = ("item", "parent", "children", "now")
BESIDE = ("id", "key", "open", "position")
"""What an item has in an expression beside its fields."""
MACROS = frozenset({"all", "exists", "exists_one", "filter", "map", "min", "reduce"})
DEPTH = 2
"""So many of CEL's loops may stand in each other: an expression ends soon, whatever it is given."""
KNOWN = 4096
"""So many answers are kept."""
LENGTH = 2000
"""Characters of an expression."""
TOO_DEEP = "parts stand in each other too deeply: split it into several rules"

Gives: TypeAlias = Literal["condition", "number"]
Cel: TypeAlias = Any
"""A part of an expression: lark's Tree. celpy and lark are imported where an expression is met."""


class ExpressionError(ValueError):
    """What is wrong with an expression, and where in it."""


@dataclass(frozen=True, slots=True)
class Place:
    """An item as an expression sees it."""

    item: Item
    key: str = ""
    position: int = 0
    """Its place among the open items, the top is 1; 0 for a closed one."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an expression is asked about."""

    item: Place
    parent: Place | None
    children: Sequence[Place]
    now: datetime


Said: TypeAlias = tuple[Value, ...]
"""Values of the fields that an expression names, sorted by those."""


class Asked(NamedTuple):
    """All that an answer hangs on."""

    item: Said
    parent: Said
    children: tuple[Said, ...]
    now: datetime | None


class Expression:
    """One condition, or one number, parsed and checked. Raises ExpressionError."""

    def __init__(self, text: str, schema: Schema = FIELDS, gives: Gives = "condition") -> None:
        if len(text) > LENGTH:
            raise ExpressionError(f"over {LENGTH} characters: split it into several rules")
        try:
            self._read(text, schema, gives)
        except (RecursionError, SyntaxError):  # of the Python that celpy makes of it
            raise ExpressionError(TOO_DEEP) from None

    def _read(self, text: str, schema: Schema, gives: Gives) -> None:
        import celpy  # noqa: PLC0415  (slow to import, and few have expressions)
        from celpy.celparser import CELParseError  # noqa: PLC0415

        # It logs each answer that there is not as an internal error, and raises it as well.
        logging.getLogger("celpy").setLevel(logging.CRITICAL)
        environment = celpy.Environment(runner_class=celpy.CompiledRunner)
        try:
            tree: Cel = environment.compile(text)
        except CELParseError as error:
            message = f"no expression at column {error.column}: correct it"
            raise ExpressionError(message) from None
        self.text, self.schema = text, schema
        self.used = _names(tree, schema)
        named = self.used | ({"id"} if _as_one(tree) else set())
        self._fields = sorted(named & {*schema, *BESIDE})
        _try(tree, schema, gives)
        self._program = environment.program(_with_true_bools(tree, environment))
        self._known = lru_cache(maxsize=KNOWN)(self._evaluated)

    def holds(self, around: Surroundings) -> bool:
        """Raises ExpressionError where it has no answer: for a number that is not there."""
        return bool(self._answer(around))

    def number(self, around: Surroundings) -> float | None:
        """None where it has no answer: for a number that is not there, or divided by nothing."""
        try:
            answer = float(self._answer(around))
        except ExpressionError:
            return None
        return answer if isfinite(answer) else None

    def _answer(self, around: Surroundings) -> Any:
        """Many items are alike in what an expression asks of them: each such is asked once."""
        try:
            answer = self._known(self._asked(around))
        except RecursionError:
            raise ExpressionError(TOO_DEEP) from None
        if isinstance(answer, ExpressionError):
            raise ExpressionError(str(answer))
        return answer

    def _asked(self, around: Surroundings) -> Asked:
        """What of it the expression names."""
        used = self.used
        return Asked(
            self._said(around.item) if "item" in used else (),
            self._said(around.parent or Place(Item(""))) if "parent" in used else (),
            tuple(map(self._said, around.children)) if "children" in used else (),
            around.now if "now" in used else None,
        )

    def _evaluated(self, asked: Asked) -> Any:
        """The answer, or the ExpressionError that there is none."""
        from celpy.evaluation import CELEvalError  # noqa: PLC0415

        try:
            return self._program.evaluate(self._activation(asked))
        except CELEvalError as error:
            return ExpressionError(_reason(error))

    def _activation(self, asked: Asked) -> dict[str, Any]:
        from celpy.adapter import json_to_cel  # noqa: PLC0415
        from celpy.celtypes import TimestampType  # noqa: PLC0415

        said: dict[str, Any] = {
            "item": self._shown(asked.item),
            "parent": self._shown(asked.parent),
            "children": [self._shown(one) for one in asked.children],
        }
        found = {name: json_to_cel(said[name]) for name in said if name in self.used}
        return found if asked.now is None else {**found, "now": TimestampType(asked.now)}

    def _said(self, place: Place) -> Said:
        """The values of the fields that the expression names."""
        item = place.item
        beside: Mapping[str, Value] = {
            "id": item.id,
            "key": place.key,
            "open": not item.closed,
            "position": place.position,
        }
        return tuple(
            item.values.get(name, EMPTY[self.schema[name]]) if name in self.schema else beside[name]
            for name in self._fields
        )

    def _shown(self, values: Said) -> dict[str, Json]:
        said: dict[str, Json] = {}
        for name, value in zip(self._fields, values, strict=False):  # none of what is not named
            if value is not None:
                said[name] = value if isinstance(value, float) else dump(value)
            elif self.schema[name] is not Shape.NUMBER:
                said[name] = ""
        return said


def _with_true_bools(tree: Cel, environment: Any) -> Cel:
    """`bool(has(…))` for `has(…)`: compiled, celpy's gives what its own `!` does not take."""
    for primary in [*tree.find_data("primary")]:
        inner = primary.children[0]
        if inner.data == "ident_arg" and inner.children[0] == "has":
            wrapped = next(environment.compile("bool(true)").find_data("ident_arg"))
            next(wrapped.find_data("primary")).children = [inner]
            primary.children = [wrapped]
    return tree


def _names(tree: Cel, schema: Schema) -> frozenset[str]:
    """All names in the expression. Raises ExpressionError for one that there is not."""
    fields = (*BESIDE, *schema)
    bound = frozenset(_bound(tree))
    used = set[str]()
    for node in tree.iter_subtrees():
        if node.data == "ident":
            name = str(node.children[0])
            if name not in (*ROOTS, *bound, "null", "true", "false"):
                raise ExpressionError(_unknown(name, ROOTS))
            used.add(name)
        elif node.data == "literal" and node.children[0] == "null":
            raise ExpressionError(
                'nothing is null here: compare texts with "", ask has(…) of numbers'
            )
        elif node.data == "member_dot":
            name = str(node.children[1])
            if name not in (*fields, "text", "checked", "author", "at"):
                raise ExpressionError(_unknown(name, fields))
            used.add(name)
    if _depth(tree) > DEPTH:
        raise ExpressionError(f"more than {DEPTH} loops in each other: split it into several rules")
    return frozenset(used)


def _bound(tree: Cel) -> Iterator[str]:
    """The variables of CEL's loops."""
    for node in tree.iter_subtrees():
        if _is_loop(node):
            variable = next(node.children[2].children[0].find_data("ident"))
            yield str(variable.children[0])


def _as_one(tree: Cel) -> bool:
    """Is an item compared as a whole, and not only by its fields: `parent == item`?"""
    named = Counter(str(node.children[0]) for node in tree.find_data("ident"))
    by_field = [
        str(node.children[0].children[0].children[0].children[0])
        for node in tree.find_data("member_dot")
        if node.children[0].children[0].data == "primary"
        and node.children[0].children[0].children[0].data == "ident"
    ]
    whole = (named - Counter(by_field)).keys() & {"item", "parent"}
    return bool(whole) or named["children"] > 1


def _is_loop(node: Cel) -> bool:
    return (
        node.data == "member_dot_arg" and str(node.children[1]) in MACROS and len(node.children) > 2
    )


def _depth(tree: Cel) -> int:
    below = max((_depth(one) for one in tree.children if hasattr(one, "data")), default=0)
    return below + _is_loop(tree)


def _unknown(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}"
    return f"a name that there is not: {hint}"


def _try(tree: Cel, schema: Schema, gives: Gives) -> None:
    """Evaluates all its parts on an item that has everything. Raises ExpressionError."""
    import celpy  # noqa: PLC0415
    from celpy.adapter import json_to_cel  # noqa: PLC0415
    from celpy.evaluation import CELEvalError  # noqa: PLC0415

    environment = celpy.Environment()
    sample = {name: _SAMPLES[shape] for name, shape in schema.items()}
    sample |= {"id": "a", "key": "SHOP-1", "open": True, "position": 1}
    given: dict[str, Any] = {"item": sample, "parent": sample, "children": [sample]}
    values = {name: json_to_cel(value) for name, value in given.items()}
    values["now"] = celpy.celtypes.TimestampType(datetime(2026, 1, 1, tzinfo=UTC))
    for part in (*_operands(tree), tree):
        try:
            answer = environment.program(part).evaluate(values)
        except CELEvalError as error:
            raise ExpressionError(_reason(error)) from None
    condition = isinstance(answer, celpy.celtypes.BoolType)
    if gives == "condition" and not condition:
        raise ExpressionError("it gives a value, and must give true or false: compare it")
    if gives == "number" and (condition or not isinstance(answer, int | float)):
        raise ExpressionError("it gives no number: calculate one from fields that are numbers")


def _operands(tree: Cel) -> Iterator[Cel]:
    """What `&&`, `||` and `?:` join: they forgive an error where the other side decides."""
    if tree.data == "member_dot_arg" and _is_loop(tree):
        return
    joined = tree.data in ("conditionaland", "conditionalor", "expr") and len(tree.children) > 1
    for one in tree.children:
        if hasattr(one, "data"):
            yield from _operands(one)
            if joined:
                yield one


_SAMPLES: Mapping[Shape, Json] = {
    Shape.LINE: "a",
    Shape.TEXT: "a",
    Shape.NUMBER: 1.0,
    Shape.DATE: "2026-01-01",
    Shape.SET: ["a"],
    Shape.CRITERIA: [{"text": "a", "checked": True}],
    Shape.ITEM: "a",
    Shape.ITEMS: ["a"],
    Shape.COMMENTS: [{"id": "a:1", "author": "a", "at": "2026-01-01T00:00:00Z", "text": "a"}],
}


def _reason(error: Exception) -> str:
    """What celpy says of it, without its own types' names."""
    types = " and ".join(re.findall(r"celtypes\.(\w+)Type'", str(error.args[0]))).lower()
    what = f"{types} do not go together" if types else "a number is not there"
    return f"{what}: compare like with like, and ask has(…) of numbers first"
