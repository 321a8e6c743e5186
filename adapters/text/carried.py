"""How what a markup has no words for is carried in it: reversibly, with its text to be read.

In Markdown, a node without text inside is `<span data-adf='JSON'>its text</span>`; a mark is
`<span data-adf-mark='JSON'>…</span>`; a block with blocks inside stands between `<!-- adf JSON -->`
and `<!-- /adf -->`. In ADF and wiki markup, Markdown of a line is text in one pale colour, and
whole blocks of it are code in the language RAW_LANGUAGE.
"""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime
from typing import Any, TypeGuard

from adapters.text.tree import CONTROLS, Node, TextError, attr, check_tree, mark, readable

RAW_COLOR = "#8590a3"
"""Of none of Jira's palettes, so that nobody picks it by hand."""
RAW_LANGUAGE = "x-markdown"
QUOTED = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
"""Code in text where ADF allows no code mark: as Markdown writes it."""
SPAN = re.compile(r"<span (data-adf(?:-mark|-block)?)='([^']*)'>")
OPEN = re.compile(r"<!-- adf (\{.*\}) -->")
CLOSE = "<!-- /adf -->"
OWN = frozenset({"doc", "image", "raw", "rawBlock"})
VOLATILE = frozenset({"localId", "occurrenceKey", "__confluenceMetadata"})
"""Attributes that change on each save and say nothing."""
LAYOUT = frozenset({"layout", "width", "displayMode"})
"""Attributes of a table that Jira always gives, and that only say how wide it is shown."""
TEXT_ATTRIBUTE = {"status": "text", "placeholder": "text", "date": "timestamp"}
"""Where the text of a carried node comes from: an edit of the text is an edit of the node."""


def span(name: str, carried: Node) -> str:
    """The opening tag; name is data-adf, data-adf-block or data-adf-mark."""
    dumped = html.escape(json.dumps(carried, ensure_ascii=False, sort_keys=True))
    for char in "`|*_[]\\~":
        dumped = dumped.replace(char, f"&#{ord(char)};")
    return f"<span {name}='{dumped}'>"


def comment(carried: Node) -> str:
    dumped = json.dumps(carried, ensure_ascii=False, sort_keys=True)
    for char in "<>-":
        dumped = dumped.replace(char, f"\\u{ord(char):04x}")
    return f"<!-- adf {dumped} -->"


def load(dumped: str) -> Node | None:
    """The node or mark of this JSON; None where it is none."""
    try:
        loaded = json.loads(dumped)
    except (ValueError, RecursionError):
        return None
    return loaded if is_node(loaded) and not _has_own_types(loaded) else None


def _has_own_types(root: Node) -> bool:
    """Is a node in it of a type that only the tree has, and no document can?"""
    waiting = [root]
    while waiting:
        each = waiting.pop()
        if each["type"] in OWN:
            return True
        waiting += each.get("content") or []
    return False


def load_span(tag: str) -> tuple[str, Node] | None:
    """The kind of span and what it carries, of an opening tag that `span` made."""
    found = SPAN.fullmatch(tag)
    loaded = load(html.unescape(found[2])) if found else None
    return (found[1], loaded) if found and loaded else None


def is_node(data: Any) -> TypeGuard[Node]:
    """Has this JSON an ADF node's shape, all the way down?"""
    try:
        check_tree(data)
    except TextError:
        return False
    return True


def shown(leaf: Node) -> str:
    """The text that stands for a carried node."""
    if leaf["type"] == "date":
        try:
            moment = datetime.fromtimestamp(int(str(attr(leaf, "timestamp"))) / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return "date"
        return moment.date().isoformat()
    if leaf["type"] in ("mediaSingle", "mediaGroup") and leaf.get("content"):
        return shown(leaf["content"][0])
    return " ".join(readable(leaf).split())


def edited(leaf: Node, content: str) -> Node | None:
    """The node as its text now says; None where the text was changed and the node can't follow."""
    if content == shown(leaf):
        return leaf
    name = TEXT_ATTRIBUTE.get(leaf["type"])
    if name is None or not content.strip():
        return None
    if name == "timestamp":
        try:
            moment = datetime.fromisoformat(content).replace(tzinfo=UTC)
        except ValueError:
            return None
        content = str(int(moment.timestamp() * 1000))
    return {**leaf, "attrs": {**leaf["attrs"], name: content}}


def steady(of: Node) -> dict[str, Any]:
    """The attributes that say something."""
    return {
        name: value.translate(CONTROLS) if isinstance(value, str) else value
        for name, value in (of.get("attrs") or {}).items()
        if name not in VOLATILE
        and value is not None
        and not (of["type"] == "table" and (name in LAYOUT or value is False))
    }


def color(value: str) -> Node:
    return mark("textColor", color=value)
