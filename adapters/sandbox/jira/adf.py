"""Atlassian Document Format as Jira Cloud takes and keeps it: what is valid, and what it becomes.

The structure is that of https://unpkg.com/@atlaskit/adf-schema (json-schema/v1/full.json), as far
as documents of issues need it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from adapters.sandbox.jira.state import Json

Node = dict[str, Json]

DEEPEST = 100
# fmt: off
INLINE = frozenset({
    "text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status", "placeholder",
    "inlineExtension", "mediaInline", "unsupportedInline",
})
# fmt: on
LISTS = frozenset({"bulletList", "orderedList", "taskList", "decisionList"})
MEDIA = frozenset({"mediaSingle", "mediaGroup"})
CARDS = frozenset({"blockCard", "embedCard", "extension"})
TEXTS = frozenset({"paragraph", "heading", "codeBlock", "rule"})
CELL = TEXTS | LISTS | MEDIA | CARDS | {"panel", "blockquote", "nestedExpand"}
BLOCKS = (
    TEXTS | LISTS | MEDIA | CARDS | {"panel", "blockquote", "table", "expand", "bodiedExtension"}
)
ITEM = frozenset({"paragraph", "codeBlock", "extension"}) | MEDIA | LISTS - {"decisionList"}

CONTENT: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "doc": BLOCKS | {"layoutSection"},
        "paragraph": INLINE,
        "heading": INLINE,
        "codeBlock": frozenset({"text"}),
        "blockquote": frozenset({"paragraph", "bulletList", "orderedList", "codeBlock"}) | MEDIA,
        "panel": TEXTS | LISTS | MEDIA | CARDS,
        "bulletList": frozenset({"listItem"}),
        "orderedList": frozenset({"listItem"}),
        "listItem": ITEM,
        "taskList": frozenset({"taskItem", "blockTaskItem", "taskList"}),
        "taskItem": INLINE,
        "blockTaskItem": frozenset({"paragraph", "extension"}),
        "decisionList": frozenset({"decisionItem"}),
        "decisionItem": INLINE,
        "table": frozenset({"tableRow"}),
        "tableRow": frozenset({"tableCell", "tableHeader"}),
        "tableCell": CELL,
        "tableHeader": CELL,
        "expand": (BLOCKS | {"nestedExpand"}) - {"expand"},
        "nestedExpand": TEXTS | LISTS | MEDIA | {"panel", "blockquote", "extension"},
        "bodiedExtension": BLOCKS,
        "layoutSection": frozenset({"layoutColumn"}),
        "layoutColumn": BLOCKS,
        "mediaSingle": frozenset({"media", "caption"}),
        "mediaGroup": frozenset({"media"}),
        "caption": INLINE,
    }
)
"""What each node may hold. A node that is not here holds nothing."""
# fmt: off
FILLED = frozenset({
    "bulletList", "orderedList", "listItem", "taskList", "decisionList", "table", "tableRow",
    "blockquote", "panel", "expand", "nestedExpand", "mediaSingle", "mediaGroup",
})
"""Nodes that may not be empty."""
# fmt: on
# fmt: off
MARKS = frozenset({
    "strong", "em", "code", "strike", "underline", "link", "textColor", "subsup",
    "backgroundColor", "annotation", "border", "alignment", "indentation", "breakout",
    "fragment", "dataConsumer",
})
# fmt: on
BESIDE_CODE = frozenset({"code", "link", "annotation"})
LOCAL = frozenset({"taskList", "taskItem", "blockTaskItem", "decisionList", "decisionItem"})
"""Nodes that Jira gives a `localId` where they have none."""


def is_valid(document: Json) -> bool:
    return (
        isinstance(document, dict)
        and document.get("type") == "doc"
        and document.get("version") == 1
        and isinstance(document.get("content"), list)
        and _fits(document, 0)
    )


def _fits(node: Node, depth: int) -> bool:
    kind = node["type"]
    if depth > DEEPEST or not _attributes_fit(node):
        return False
    content = node.get("content", [])
    if not isinstance(content, list) or (kind in FILLED and not content):
        return False
    allowed = CONTENT.get(kind, frozenset())
    return all(
        isinstance(child, dict)
        and isinstance(child.get("type"), str)
        and child["type"] in allowed
        and not (kind == "codeBlock" and child.get("marks"))
        and _fits(child, depth + 1)
        for child in content
    )


def _attributes_fit(node: Node) -> bool:
    attributes = node.get("attrs", {})
    if not isinstance(attributes, dict):
        return False
    match node["type"]:
        case "text":
            return isinstance(node.get("text"), str) and _marks_fit(node.get("marks", []))
        case "heading":
            return attributes.get("level") in range(1, 7)
        case "taskItem" | "blockTaskItem":
            return attributes.get("state") in ("TODO", "DONE")
        case "panel":
            return isinstance(attributes.get("panelType"), str)
        case "mention":
            return isinstance(attributes.get("id"), str)
        case "emoji":
            return isinstance(attributes.get("shortName"), str)
        case "status":
            return isinstance(attributes.get("text"), str) and "color" in attributes
        case "inlineCard" | "blockCard":
            return "url" in attributes or "data" in attributes
        case "date":
            return "timestamp" in attributes
    return True


def _marks_fit(marks: Json) -> bool:
    if not isinstance(marks, list) or not all(isinstance(mark, dict) for mark in marks):
        return False
    kinds = [str(mark.get("type")) for mark in marks]
    if "code" in kinds and not BESIDE_CODE.issuperset(kinds):
        return False
    links = (mark.get("attrs", {}) for mark in marks if mark.get("type") == "link")
    linked = all(isinstance(to, dict) and isinstance(to.get("href"), str) for to in links)
    return linked and MARKS.issuperset(kinds) and len(set(kinds)) == len(kinds)


def kept(document: Node) -> Node | None:
    """The document as Jira gives it back; None for an empty one.

    Empty texts are gone, neighbours with the same marks are one, tasks have a `localId`.
    """
    known = _kept(document)
    return known if known.get("content") else None


def _kept(node: Node) -> Node:
    new = dict(node)
    if node["type"] in LOCAL:
        new["attrs"] = {"localId": str(uuid.uuid4())} | node.get("attrs", {})
    if "content" not in node:
        return new
    content: list[Node] = []
    for child in node["content"]:
        if child["type"] == "text" and not child["text"]:
            continue
        before = content[-1] if content else {}
        alike = before.get("type") == child["type"] == "text"
        if alike and before.get("marks", []) == child.get("marks", []):
            content[-1] = before | {"text": before["text"] + child["text"]}
        else:
            content.append(_kept(child))
    new["content"] = content
    return new


def from_text(text: str) -> Node | None:
    """Paragraphs at blank lines, and hard breaks at line breaks. None for no text."""
    paragraphs = [part.strip("\n") for part in text.split("\n\n") if part.strip()]
    content: list[Node] = []
    for paragraph in paragraphs:
        inline: list[Node] = []
        for line in paragraph.split("\n"):
            inline += [{"type": "hardBreak"}] if inline else []
            inline += [{"type": "text", "text": line}] if line else []
        content.append({"type": "paragraph", "content": inline})
    return {"type": "doc", "version": 1, "content": content} if content else None


def to_text(document: Node | None) -> str:
    """The words, as the older API and webhooks show them; the form is lost."""
    return "\n\n".join(_lines(document)).strip() if document else ""


def _lines(node: Node) -> Iterator[str]:
    """One text for each paragraph and its like."""
    content = node.get("content", [])
    if any(child["type"] in INLINE for child in content):
        yield "".join(_word(child) for child in content if child["type"] in INLINE)
    for child in content:
        if child["type"] not in INLINE:
            yield from _lines(child)


def _word(node: Node) -> str:
    if node["type"] == "text":
        return str(node["text"])
    if node["type"] == "hardBreak":
        return "\n"
    attributes = node.get("attrs", {})
    return str(attributes.get("text") or attributes.get("url") or attributes.get("shortName") or "")
