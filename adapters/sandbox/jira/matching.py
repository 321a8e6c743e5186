"""What a JQL query means on one site: which issues fit, and in which order."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from adapters.sandbox.jira.jql import Clause, JqlError, Node, Order, Query, parse
from adapters.sandbox.jira.searchable import Searchable, UnknownValue, lookup
from adapters.sandbox.jira.state import Issue, Site, User

MOST_SORTED = 7
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
)

Test = Callable[[Issue], bool]


@dataclass
class Compiled:
    """A query that can be asked of issues. `errors`: what in it does not exist."""

    test: Test
    order: Callable[[Issue], tuple[int, ...]]
    bounded: bool
    errors: list[str] = field(default_factory=list)


def compiled(site: Site, user: User, text: str) -> Compiled:
    """JqlError where the text is no query."""
    return _Compiler(site, user).query(parse(text))


@dataclass
class _Compiler:
    site: Site
    user: User
    errors: list[str] = field(default_factory=list)

    def query(self, query: Query) -> Compiled:
        test = self.node(query.where) if query.where else lambda issue: True
        if len(query.order) > MOST_SORTED:
            raise JqlError(f"The query sorts by more than {MOST_SORTED} fields.")
        orders = query.order or (Order("created", descending=True),)
        keys = [key for order in orders if (key := self.order(order))]

        def order(issue: Issue) -> tuple[int, ...]:
            return (*(part for key in keys for part in key(issue)), -int(issue.id))

        return Compiled(test, order, query.where is not None, self.errors)

    def node(self, node: Node) -> Test:
        if isinstance(node, Clause):
            try:
                return self.clause(node)
            except JqlError as error:
                self.errors.append(str(error))
                return lambda issue: False
        parts = [self.node(part) for part in node.parts]
        if node.word == "and":
            return lambda issue: all(part(issue) for part in parts)
        return lambda issue: any(part(issue) for part in parts)

    def clause(self, clause: Clause) -> Test:
        known, verb = lookup(self.site, self.user, clause.field), clause.operator
        if verb not in known.operators:
            told = f"The operator '{verb}' is not supported by the '{clause.field}' field."
            raise JqlError(told)
        if clause.listed != (verb in ("in", "not in")):
            what, value = (
                ("list", "(…)") if clause.listed else ("non-list", clause.operands[0].text)
            )
            told = f"Operator '{verb}' does not support the {what} value '{value}'"
            raise JqlError(f"{told} for field '{clause.field}'.")
        empty = any(operand.empty for operand in clause.operands)
        if verb in ("is", "is not") and not empty:
            told = f"Operator '{verb}' only supports EMPTY for field '{clause.field}'."
            raise JqlError(told)
        wanted = self.wanted(clause, known)
        read = known.read
        if verb in COMPARE:
            compare = COMPARE[verb]
            return lambda issue: any(
                compare(value, bound) for value in read(issue) for bound in wanted
            )
        if verb in ("~", "!~"):
            return lambda issue: _contains(read(issue), wanted) == (verb == "~")
        if verb in ("!=", "not in", "is not"):
            return lambda issue: bool(read(issue)) and not any(v in wanted for v in read(issue))
        return lambda issue: (
            any(value in wanted for value in read(issue)) or (empty and not read(issue))
        )

    def wanted(self, clause: Clause, known: Searchable) -> Collection[Hashable]:
        """Unknown values are errors, and match nothing."""
        wanted: set[Hashable] = set()
        for operand in clause.operands:
            if operand.empty:
                continue
            try:
                wanted.update(known.resolve(operand))
            except UnknownValue:
                told = f"The value '{operand.text}' does not exist for the field '{clause.field}'."
                if clause.field.lower() in ("key", "issuekey", "issue"):
                    told = f"An issue with key '{operand.text}' does not exist for field 'key'."
                elif clause.field.lower() == "id":
                    told = f"A value with ID '{operand.text}' does not exist for the field 'id'."
                self.errors.append(told)
        return wanted

    def order(self, order: Order) -> Callable[[Issue], tuple[int, ...]] | None:
        try:
            known = lookup(self.site, self.user, order.field)
        except JqlError as error:
            self.errors.append(str(error))
            return None
        key = known.order
        if key is None:
            self.errors.append(f"Not able to sort using field '{order.field}'.")
            return None
        down = known.descending if order.descending is None else order.descending
        if down:
            return lambda issue: tuple(-part for part in key(issue))
        return key


def _contains(texts: Collection[str], wanted: Collection[Any]) -> bool:
    words = [word for value in wanted for word in str(value).split()]
    return any(all(word in text for word in words) for text in texts)
