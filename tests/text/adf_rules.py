"""What Jira takes as an ADF document, after the npm package @atlaskit/adf-schema: for tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any


def names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


INLINE = names(
    "text hardBreak mention emoji date status inlineCard mediaInline inlineExtension placeholder"
)
IN_LIST = names("paragraph mediaSingle codeBlock bulletList orderedList taskList extension")
IN_PANEL = names(
    "paragraph heading mediaSingle mediaGroup codeBlock bulletList orderedList taskList "
    "decisionList rule blockCard extension"
)
IN_CELL = IN_PANEL | names("panel blockquote embedCard nestedExpand")
IN_DOC = (IN_CELL - {"nestedExpand"}) | names(
    "table expand bodiedExtension layoutSection syncBlock bodiedSyncBlock"
)
CONTENT: dict[str, AbstractSet[str]] = {
    "doc": IN_DOC,
    "paragraph": INLINE,
    "heading": INLINE,
    "taskItem": INLINE,
    "decisionItem": INLINE,
    "caption": INLINE,
    "codeBlock": {"text"},
    "blockquote": names(
        "paragraph bulletList orderedList codeBlock mediaSingle mediaGroup extension"
    ),
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "listItem": IN_LIST,
    "taskList": {"taskItem", "taskList", "blockTaskItem"},
    "decisionList": {"decisionItem"},
    "panel": IN_PANEL,
    "expand": (IN_CELL | {"table"}) - {"expand"},
    "nestedExpand": IN_PANEL | {"panel", "blockquote"},
    "table": {"tableRow"},
    "tableRow": {"tableCell", "tableHeader"},
    "tableCell": IN_CELL,
    "tableHeader": IN_CELL,
    "mediaSingle": {"media", "caption"},
    "mediaGroup": {"media"},
    "layoutSection": {"layoutColumn"},
    "layoutColumn": IN_DOC - {"layoutSection"},
}
FILLED = set(CONTENT) - names("doc paragraph heading taskItem decisionItem caption codeBlock")
FIRST = {
    "listItem": {"paragraph", "mediaSingle", "codeBlock", "extension"},
    "taskList": {"taskItem"},
}
FORMATTED = {"em", "strong", "strike", "underline", "link", "subsup", "textColor", "annotation"}
FORMATTED |= {"backgroundColor"}
CODE = {"code", "link", "annotation"}
ATTRIBUTES: dict[str, dict[str, str]] = {
    "heading": {"level": r"[1-6]"},
    "taskList": {"localId": r".+"},
    "taskItem": {"localId": r".+", "state": r"TODO|DONE"},
    "panel": {"panelType": r"info|note|tip|warning|error|success|custom"},
    "media": {"type": r"external|file|link"},
    "mediaSingle": {"layout": r"[a-z-]+"},
    "mention": {"id": r".+"},
    "emoji": {"shortName": r".+"},
    "date": {"timestamp": r".+"},
    "status": {"text": r".+", "color": r"neutral|purple|blue|red|yellow|green"},
    "textColor": {"color": r"#[0-9a-f]{6}"},
    "subsup": {"type": r"sub|sup"},
    "link": {"href": r".*"},
}


def violations(document: dict[str, Any]) -> list[str]:
    """Each rule that the document breaks, with its place."""
    if document.get("version") != 1 or document.get("type") != "doc":
        return ["no document of version 1"]
    return list(_node(document, "doc"))


def _node(node: dict[str, Any], place: str) -> Iterator[str]:
    kind = node["type"]
    yield from _attributes(node, place)
    inner = node.get("content", [])
    if kind in CONTENT:
        for child in inner:
            if child["type"] not in CONTENT[kind]:
                yield f"{place}: {child['type']} in {kind}"
    if kind in FILLED and not inner:
        yield f"{place}: empty {kind}"
    if inner and kind in FIRST and inner[0]["type"] not in FIRST[kind]:
        yield f"{place}: {inner[0]['type']} first in {kind}"
    if kind == "text":
        yield from _text(node, place)
    elif node.get("marks") and kind in INLINE:
        yield f"{place}: marks on {kind}"
    for number, child in enumerate(inner):
        yield from _node(child, f"{place}/{number}:{child['type']}")


def _text(node: dict[str, Any], place: str) -> Iterator[str]:
    kinds = {mark["type"] for mark in node.get("marks", [])}
    if not node.get("text"):
        yield f"{place}: empty text"
    if "\n" in node.get("text", "") and "codeBlock" not in place:
        yield f"{place}: line end in text"
    if not kinds <= (CODE if "code" in kinds else FORMATTED):
        yield f"{place}: marks {sorted(kinds)}"
    for mark in node.get("marks", []):
        yield from _attributes(mark, place)


def _attributes(node: dict[str, Any], place: str) -> Iterator[str]:
    given = node.get("attrs", {})
    for name, pattern in ATTRIBUTES.get(node["type"], {}).items():
        if not re.fullmatch(pattern, str(given.get(name, "")), re.DOTALL):
            yield f"{place}: {name}={given.get(name)!r} of {node['type']}"
