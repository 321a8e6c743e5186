"""What the one comment on an item says: a template of the team's, filled with findings. Pure.

A template is Jinja2, of which so much is taken as cannot run long or grow: it shows values, asks
of them, and goes through the findings once. What it shows is escaped, so that a title is read as a
title and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, takewhile
from typing import NamedTuple

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sync.model import Item
from sync.plain import plain

TEMPLATE = """**What this item breaks of its backlog's rules:**

{% for finding in findings %}
- {{ finding.message }} ({{ finding.rule }})
{% endfor %}
{% if more %}
- and {{ more }} more
{% endif %}

*Kept up to date by onebacklog; it goes when nothing is left of it.*
"""
LONGEST = 4_000
"""Characters of a template."""
MOST = 20
"""Findings that a comment lists; the others it counts."""
ROOM = 20_000
"""Characters of a comment; what would be beyond is left out."""

PARTS: Mapping[str, frozenset[str]] = {
    "findings": frozenset(),
    "finding": frozenset({"message", "rule"}),
    "item": frozenset({"title", "kind", "status", "priority"}),
    "more": frozenset(),
    "loop": frozenset({"first", "last", "index", "length"}),
}
"""What a template may name, and what of it."""
_FILTERS = frozenset(
    {"capitalize", "count", "default", "first", "last", "length", "lower", "title", "trim", "upper"}
)
"""Those that make nothing much longer."""
_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.For,
    nodes.If,
    nodes.CondExpr,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.Filter,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
)
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+!|~&])")


class Told(NamedTuple):
    """One finding, as a template shows it."""

    message: str
    rule: str


@dataclass(frozen=True, slots=True)
class Notices:
    """What the settings say of the comments that tell people what their items break."""

    template: str = TEMPLATE
    settled: str | None = None
    """What a comment says when nothing is left of its findings; None: it is removed."""


class NoTemplate(ValueError):
    """What of a template is not taken, and what to do instead: `what: remedy`."""


def check(template: str) -> None:
    """Raises NoTemplate, with the line where there is one to name."""
    if len(template) > LONGEST:
        raise NoTemplate(f"over {LONGEST} characters: make it shorter")
    try:
        tree = _environment().parse(template)
    except TemplateError as error:
        line = getattr(error, "lineno", 1)
        raise NoTemplate(f"line {line} is no Jinja2: look for braces that do not match") from None
    for node, inside in _all(tree):
        if why := _refusal(node, inside=inside):
            raise NoTemplate(f"line {node.lineno} {why}")
    if not _compiled(template).render(_said(Item(""), [Told("m", "r")])).strip():
        raise NoTemplate("it says nothing: show the findings")


def _all(node: nodes.Node, *, inside: bool = False) -> Iterator[tuple[nodes.Node, bool]]:
    """Every node, and whether it stands in a loop."""
    yield node, inside
    for child in node.iter_child_nodes():
        yield from _all(child, inside=inside or isinstance(node, nodes.For))


def _refusal(node: nodes.Node, *, inside: bool) -> str | None:
    known = ", ".join(name for name in PARTS if name != "loop")
    match node:
        case nodes.For() if inside:
            return "has a loop in a loop: go through the findings once"
        case nodes.For() if not _through_findings(node):
            return "goes through something else than the findings: {% for finding in findings %}"
        case nodes.Name() if node.name not in PARTS:
            return f"names what there is not: there are {known}"
        case nodes.Getattr() if not _is_part(node):
            return "asks for what there is not: findings have message and rule"
        case nodes.Filter() if node.name not in _FILTERS:
            return f"uses a filter that is not known here: there are {', '.join(sorted(_FILTERS))}"
        case _ if not isinstance(node, _NODES):
            return "does more than to show findings: leave it out"
    return None


def _through_findings(node: nodes.For) -> bool:
    names = node.target, node.iter
    named = [one.name for one in names if isinstance(one, nodes.Name)]
    return named == ["finding", "findings"] and not node.recursive


def _is_part(node: nodes.Getattr) -> bool:
    return isinstance(node.node, nodes.Name) and node.attr in PARTS.get(node.node.name, ())


def notice(template: str, item: Item, told: Sequence[Told]) -> str:
    """The comment, in Markdown. A template that `check` does not take, or that fails, is not used:
    what is broken is said all the same."""
    try:
        text = _filled(template, item, told)
    except (TemplateError, TypeError):  # comparing a text with a number, for one
        text = _filled(TEMPLATE, item, told)
    return text.strip()


def _filled(template: str, item: Item, told: Sequence[Told]) -> str:
    pieces = list(_compiled(template).generate(_said(item, told)))
    lengths = accumulate(map(len, pieces))
    return "".join(pieces[: len(list(takewhile(lambda length: length <= ROOM, lengths)))])


def _said(item: Item, told: Sequence[Told]) -> dict[str, object]:
    about = {name: item.values.get(name) or "" for name in PARTS["item"]}
    return {
        "findings": [one._asdict() for one in told[:MOST]],
        "more": max(len(told) - MOST, 0),
        "item": about,
    }


@lru_cache(maxsize=16)
def _compiled(template: str) -> Template:
    return _environment().from_string(template)


def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, finalize=_escaped
    )


def _escaped(value: object) -> str:
    """One line of text that stands for itself in Markdown."""
    return _MARKUP.sub(r"\\\1", plain(str(value)))
