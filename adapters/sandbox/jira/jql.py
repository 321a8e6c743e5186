"""Jira's query language: from text to a tree. Which fields and values there are is not known here.

The grammar is that of https://support.atlassian.com/jira-software-cloud/docs/use-advanced-search-with-jira-query-language-jql/
without history searches (`WAS`, `CHANGED`) and properties.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

EMPTY = frozenset({"empty", "null"})
WORDS = frozenset({"and", "or", "not", "in", "is", "order", "by", "asc", "desc"}) | EMPTY
COMPARISONS = frozenset({"=", "!=", "<", ">", "<=", ">=", "~", "!~"})
OPPOSITE: Mapping[str, str] = MappingProxyType(
    {
        "=": "!=",
        "in": "not in",
        "is": "is not",
        "~": "!~",
        "<": ">=",
        ">": "<=",
        "!=": "=",
        "not in": "in",
        "is not": "is",
        "!~": "~",
        ">=": "<",
        "<=": ">",
    }
)
VALID = (
    "The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS'"
    " and 'IS NOT'."
)
DEEPEST = 100


class JqlError(Exception):
    """A query that cannot be understood, or asks for what there is not. In Jira's words."""


@dataclass(frozen=True)
class Operand:
    """A value as it is written."""

    text: str
    quoted: bool = False
    function: bool = False

    @property
    def empty(self) -> bool:
        return not self.quoted and not self.function and self.text.lower() in EMPTY


@dataclass(frozen=True)
class Clause:
    field: str
    operator: str
    operands: tuple[Operand, ...]
    listed: bool = False
    """Are the operands in parentheses?"""

    def negated(self) -> Clause:
        return Clause(self.field, OPPOSITE[self.operator], self.operands, self.listed)


@dataclass(frozen=True)
class Junction:
    """All of its parts (`and`), or any of them (`or`)."""

    word: str
    parts: tuple[Node, ...]

    def negated(self) -> Junction:
        """By De Morgan, as Jira does it: `NOT a = b` leaves out empty values, like `a != b`."""
        word = "or" if self.word == "and" else "and"
        return Junction(word, tuple(part.negated() for part in self.parts))


Node: TypeAlias = Clause | Junction


@dataclass(frozen=True)
class Order:
    field: str
    descending: bool | None = None
    """None: not said."""


@dataclass(frozen=True)
class Query:
    where: Node | None
    order: tuple[Order, ...] = ()


@dataclass(frozen=True)
class Token:
    text: str
    kind: str
    """`word`, `quoted`, `sign` or `end`."""
    at: int

    def says(self, *words: str) -> bool:
        return self.kind in ("word", "sign") and self.text.lower() in words


TOKEN = re.compile(
    r"""\s*(?:
        (?P<field>cf\[\d+\])
      | "(?P<double>(?:[^"\\]|\\.)*)"
      | '(?P<single>(?:[^'\\]|\\.)*)'
      | (?P<sign><=|>=|!=|!~|&&|\|\||[()=<>,~!&|])
      | (?P<word>[^\s()=<>,~!&|"']+)
    )""",
    re.VERBOSE | re.DOTALL,
)
SAME: Mapping[str, str] = MappingProxyType(
    {"&&": "and", "||": "or", "&": "and", "|": "or", "!": "not"}
)


def tokens(text: str) -> list[Token]:
    found, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if match is None:
            quote = re.compile(r"\s*").match(text, at)
            place = quote.end() if quote else at
            told = f"The quoted string '{text[place + 1 :]}' has not been completed."
            raise JqlError(f"Error in the JQL Query: {told} ({_position(text, place)})")
        kind = str(match.lastgroup)
        value, start = match[kind], match.start(kind)
        if kind in ("double", "single"):
            found.append(Token(re.sub(r"\\(.)", r"\1", value), "quoted", start))
        else:
            found.append(Token(SAME.get(value, value), "sign" if kind == "sign" else "word", start))
        at = match.end()
    return [*found, Token("", "end", end)]


def _position(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"line {line}, character {at - text.rfind(chr(10), 0, at)}"


def parse(text: str) -> Query:
    """JqlError: says what was expected where."""
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.next = text, tokens(text), 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def take(self) -> Token:
        taken = self.token
        self.next += 1
        return taken

    def expected(self, what: str, more: str = "") -> JqlError:
        where = f"({_position(self.text, self.token.at)})"
        if self.token.kind == "end":
            told = f"Expecting {what} before the end of the query."
        else:
            told = f"Expecting {what} but got '{self.token.text}'."
        return JqlError(" ".join(filter(None, ["Error in the JQL Query:", told, more, where])))

    def query(self) -> Query:
        where = None if self.token.kind == "end" or self.token.says("order") else self.either()
        order: tuple[Order, ...] = ()
        if self.token.says("order"):
            order = self.order()
        if self.token.kind != "end":
            raise self.expected("either 'OR' or 'AND'")
        return Query(where, order)

    def either(self) -> Node:
        return self.junction("or", self.both)

    def both(self) -> Node:
        return self.junction("and", self.one)

    def junction(self, word: str, read: Callable[[], Node]) -> Node:
        parts = [read()]
        while self.token.says(word):
            self.take()
            parts.append(read())
        return parts[0] if len(parts) == 1 else Junction(word, tuple(parts))

    def one(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise JqlError("The query is nested too deeply.")
        try:
            if self.token.says("not"):
                self.take()
                return self.one().negated()
            if self.token.says("("):
                self.take()
                inner = self.either()
                if not self.token.says(")"):
                    raise self.expected("')'")
                self.take()
                return inner
            return self.clause()
        finally:
            self.depth -= 1

    def clause(self) -> Clause:
        field = self.name()
        operator = self.operator()
        listed = self.token.says("(")
        operands = self.listed() if listed else (self.operand(),)
        return Clause(field, operator, operands, listed)

    def name(self) -> str:
        token = self.token
        if token.kind == "quoted" or (token.kind == "word" and token.text.lower() not in WORDS):
            return self.take().text
        raise self.expected("a field name")

    def operator(self) -> str:
        token = self.token
        if token.kind == "sign" and token.text in COMPARISONS:
            return self.take().text
        if token.says("in"):
            self.take()
            return "in"
        if token.says("not"):
            self.take()
            if self.token.says("in"):
                self.take()
                return "not in"
        elif token.says("is"):
            self.take()
            if self.token.says("not"):
                self.take()
                return "is not"
            return "is"
        raise self.expected("operator", VALID)

    def listed(self) -> tuple[Operand, ...]:
        self.take()
        operands = [self.operand()]
        while self.token.says(","):
            self.take()
            operands.append(self.operand())
        if not self.token.says(")"):
            raise self.expected("')' or ','")
        self.take()
        return tuple(operands)

    def operand(self) -> Operand:
        token = self.token
        if token.kind == "quoted":
            return Operand(self.take().text, quoted=True)
        if token.kind != "word" or (token.text.lower() in WORDS - EMPTY):
            raise self.expected("either a value, list or function")
        self.take()
        if not self.token.says("("):
            return Operand(token.text)
        self.take()
        if not self.token.says(")"):
            raise self.expected("')'")
        self.take()
        return Operand(token.text, function=True)

    def order(self) -> tuple[Order, ...]:
        self.take()
        if not self.token.says("by"):
            raise self.expected("'BY'")
        self.take()
        found = [self.sorted()]
        while self.token.says(","):
            self.take()
            found.append(self.sorted())
        return tuple(found)

    def sorted(self) -> Order:
        field = self.name()
        if not self.token.says("asc", "desc"):
            return Order(field)
        return Order(field, descending=self.take().text.lower() == "desc")
