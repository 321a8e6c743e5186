"""The tree in the middle: ADF's words with free nesting, its builders, and the guards on size.

Nodes are ADF dicts (`type`, `attrs`, `content`, `marks`, `text`). Three types are the tree's own:
`image` (inline: url, alt, title, width, height), `raw` (inline Markdown kept as it stands) and
`rawBlock` (block-level HTML and unused link definitions, likewise). Readers give tidy trees
(see tidy.py); writers rely on that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from adapters.text.links import tidy_url

Node: TypeAlias = dict[str, Any]
Mark: TypeAlias = dict[str, Any]

MAX_CHARACTERS = 2_000_000
"""A text's length in characters; Jira takes 32,767 in a field, GitHub 65,536 in a body."""
MAX_DEPTH = 100
"""Nodes inside nodes; a list in a list is two levels. Far below Python's limit on recursion."""
MAX_SIZE = 3 * MAX_CHARACTERS
NODE_SIZE = 10
"""What a node counts beside its text, in characters, against MAX_SIZE."""


def names(listed: str) -> frozenset[str]:
    """The names of a line, one blank apart."""
    return frozenset(listed.split())


CONTAINERS = names(
    "doc blockquote bulletList orderedList listItem taskList panel expand nestedExpand table "
    "tableRow tableCell tableHeader layoutSection layoutColumn bodiedExtension decisionList "
    "mediaSingle mediaGroup bodiedSyncBlock blockTaskItem multiBodiedExtension extensionFrame"
)
"""Blocks that hold blocks."""
INLINE = names(
    "text hardBreak mention emoji date status inlineCard mediaInline inlineExtension placeholder "
    "image raw"
)


class TextError(ValueError):
    """A text that is too large or too deep to convert, or is no document; says where."""


def node(kind: str, content: Sequence[Node] = (), /, **attrs: Any) -> Node:
    """A node; attributes that are None are left out."""
    made: Node = {"type": kind}
    kept = {name: value for name, value in attrs.items() if value is not None}
    if kept:
        made["attrs"] = kept
    if content:
        made["content"] = list(content)
    return made


def text(content: str, marks: Iterable[Mark] = ()) -> Node:
    kept = list(marks)
    made: Node = {"type": "text", "text": content}
    return {**made, "marks": kept} if kept else made


def marked(inline: Node, marks: Iterable[Mark]) -> Node:
    """The node with these marks, and no others."""
    bare = {name: value for name, value in inline.items() if name != "marks"}
    kept = list(marks)
    return {**bare, "marks": kept} if kept else bare


def raw(content: str, marks: Iterable[Mark] = ()) -> Node:
    return marked(node("raw", text=content), marks)


def mark(kind: str, /, **attrs: Any) -> Mark:
    return node(kind, **attrs)


def code_block(content: str, language: str | None = None) -> Node:
    inner = [text(content)] if content else []
    return node("codeBlock", inner, language=language or None)


def image(src: str, alt: str, title: str | None = None, **attributes: str | None) -> Node:
    known = " ".join((title or "").split()) or None
    return node("image", url=tidy_url(src), alt=" ".join(alt.split()), title=known, **attributes)


def hard_break() -> Node:
    return {"type": "hardBreak"}


def attr(of: Node, name: str, default: Any = None) -> Any:
    value = (of.get("attrs") or {}).get(name)
    return default if value is None else value


def content(of: Node) -> list[Node]:
    return of.get("content") or []


def marks(of: Node) -> list[Mark]:
    return of.get("marks") or []


def has_mark(of: Node, kind: str) -> bool:
    return any(each["type"] == kind for each in marks(of))


def get_mark(of: Node, kind: str) -> Mark | None:
    return next((each for each in marks(of) if each["type"] == kind), None)


def key(mark_or_node: Node) -> str:
    """Equal for equal marks."""
    if len(mark_or_node) == 1:
        return str(mark_or_node["type"])
    return json.dumps(mark_or_node, sort_keys=True)


def plain(nodes: Iterable[Node]) -> str:
    """The text of inline nodes and blocks, without formatting."""
    parts: list[str] = []
    for each in nodes:
        if each["type"] == "text":
            parts.append(each["text"])
        elif each["type"] == "hardBreak":
            parts.append("\n")
        else:
            parts.append(readable(each) if not each.get("content") else plain(each["content"]))
    return "".join(parts)


def readable(leaf: Node) -> str:
    """What a person reads in place of a node that has no text inside."""
    for name in ("text", "title", "url", "alt", "shortName", "extensionKey", "id"):
        value = attr(leaf, name)
        if isinstance(value, str) and value.strip():
            return value
    return str(leaf["type"])


def check_text(source: str) -> str:
    """The text with LF only, control characters shown as `�`. TextError where it is too large."""
    if len(source) > MAX_CHARACTERS:
        raise TextError(
            f"the text has {len(source):,} characters, more than {MAX_CHARACTERS:,}; shorten it"
        )
    return clean(source)


def clean(source: str) -> str:
    """The text with LF only, control characters shown as `�`."""
    return source.replace("\r\n", "\n").replace("\r", "\n").translate(CONTROLS)


CONTROLS = {code: "\ufffd" for code in range(32) if chr(code) not in "\t\n"}
CONTROLS |= dict.fromkeys(map(ord, "\x0b\x0c\r"), " ")
"""Signs that no tracker takes: each leaves a mark in its place, but those that are white space."""


def check_tree(root: Any) -> Node:
    """The tree itself. TextError, naming the path, where it is no tree, too deep or too large."""
    size = 0
    waiting: list[tuple[Any, int, str]] = [(root, 0, "doc")]
    while waiting:
        current, depth, path = waiting.pop()
        _check_node(current, path)
        size += NODE_SIZE + len(current.get("text") or "")
        if depth > MAX_DEPTH:
            raise TextError(f"nested deeper than {MAX_DEPTH} levels at {path[:200]}…; flatten it")
        if size > MAX_SIZE:
            raise TextError(f"the document is too large, at {path[:200]}; shorten it")
        inner = [*(current.get("content") or []), *(current.get("marks") or [])]
        for place, child in enumerate(inner):
            waiting.append((child, depth + 1, f"{path}/{place}" if depth < 20 else path))
    return root  # type: ignore[no-any-return]  # _check_node says that it is a Node


def _check_node(data: Any, path: str) -> None:
    """Raises TextError where this is not formed as a node is."""
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        raise TextError(f"not an ADF node at {path[:200]}: it has no type")
    if data["type"] == "text" and not isinstance(data.get("text"), str):
        raise TextError(f"a text node without text at {path[:200]}")
    if not isinstance(data.get("attrs") or {}, dict):
        raise TextError(f"attrs is not an object at {path[:200]}")
    for part in ("content", "marks"):
        if not isinstance(data.get(part) or [], list):
            raise TextError(f"{part} is not a list at {path[:200]}")
