"""Writes a tidy tree as ADF that Jira's schema takes.

What stands where the schema forbids it is written as Markdown there, in a block of code; the
rules are those of the npm package @atlaskit/adf-schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count

from adapters.text.carried import QUOTED, RAW_COLOR, RAW_LANGUAGE, color
from adapters.text.markdown_spans import write_code, write_image, write_inline, write_leaf
from adapters.text.markdown_write import write_markdown
from adapters.text.tidy import tidy_inline
from adapters.text.tree import (
    INLINE,
    Mark,
    Node,
    attr,
    code_block,
    content,
    has_mark,
    mark,
    marked,
    marks,
    names,
    node,
    text,
)

_BASIC = names("paragraph mediaSingle codeBlock bulletList orderedList")
_PANEL = _BASIC | names("taskList heading mediaGroup decisionList rule blockCard")
_NESTED = _PANEL - {"blockCard"} | {"panel", "blockquote", "extension"}
_ANY = _NESTED | names("blockCard embedCard table expand bodiedExtension syncBlock bodiedSyncBlock")
ALLOWED = {
    "doc": _ANY | {"layoutSection"},
    "layoutColumn": _ANY,
    "bodiedExtension": _ANY - {"expand", "bodiedExtension"} | {"nestedExpand"},
    "expand": _NESTED | names("blockCard embedCard table nestedExpand"),
    "nestedExpand": _NESTED,
    "tableCell": _NESTED | names("blockCard embedCard nestedExpand"),
    "tableHeader": _NESTED | names("blockCard embedCard nestedExpand"),
    "panel": _PANEL,
    "blockquote": _BASIC | {"mediaGroup", "extension"},
    "listItem": _BASIC | {"taskList"},
    "bulletList": frozenset({"listItem"}),
    "orderedList": frozenset({"listItem"}),
}
"""What each block may hold. Blocks not listed came from ADF and hold what they held."""
NEVER_EMPTY = names(
    "listItem blockquote panel expand nestedExpand tableCell tableHeader layoutColumn "
    "bodiedExtension"
)
UNMARKED = frozenset({"listItem", "blockquote", "panel"})
"""Blocks whose blocks have no marks of their own."""
COLORS = {
    "black": "#000000",
    "blue": "#0000ff",
    "gray": "#808080",
    "green": "#008000",
    "grey": "#808080",
    "lime": "#00ff00",
    "maroon": "#800000",
    "navy": "#000080",
    "olive": "#808000",
    "orange": "#ffa500",
    "purple": "#800080",
    "red": "#ff0000",
    "silver": "#c0c0c0",
    "teal": "#008080",
    "white": "#ffffff",
    "yellow": "#ffff00",
}


def write_adf(root: Node) -> Node:
    """The document as ADF, version 1; local ids count from 1, so that the same gives the same."""
    ids = (str(number) for number in count(1))
    return {"version": 1, "type": "doc", "content": _blocks(content(root), "doc", ids)}


def _blocks(blocks: Sequence[Node], parent: str, ids: Iterator[str]) -> list[Node]:
    made = [_block(block, parent, ids) for block in blocks]
    first = made[0]["type"] if made else ""
    if (not made and parent in NEVER_EMPTY) or (parent == "listItem" and first.endswith("List")):
        made.insert(0, node("paragraph"))
    return made


def _block(block: Node, parent: str, ids: Iterator[str]) -> Node:
    kind = block["type"]
    if kind == "expand" and parent in ("tableCell", "tableHeader", "expand", "bodiedExtension"):
        kind = "nestedExpand"
    picture = _picture(block) if kind == "paragraph" else None
    allowed = ALLOWED.get(parent)
    if picture is not None and (allowed is None or "mediaSingle" in allowed):
        return picture
    if kind == "rawBlock" or (allowed is not None and kind not in allowed and _is_known(kind)):
        return code_block(write_markdown(node("doc", [block])).rstrip("\n"), RAW_LANGUAGE)
    if marks(block) and parent in UNMARKED:
        return code_block(write_markdown(node("doc", [block])).rstrip("\n"), RAW_LANGUAGE)
    made = {**block, "type": kind}
    made.pop("content", None)
    if inner := _inside(block, kind, ids):
        made["content"] = inner
    if attributes := _attributes(block, kind, ids):
        made["attrs"] = attributes
    return made


def _is_known(kind: str) -> bool:
    return kind in _ANY or kind in ("layoutSection", "nestedExpand", "rawBlock")


def _inside(block: Node, kind: str, ids: Iterator[str]) -> list[Node]:
    inner = content(block)
    if kind == "codeBlock":
        return inner
    if inner and all(child["type"] in INLINE for child in inner):
        return write_line(inner)
    return _blocks(inner, kind, ids)


def _attributes(block: Node, kind: str, ids: Iterator[str]) -> dict[str, object]:
    attributes = dict(block.get("attrs") or {})
    if kind in ("taskList", "taskItem", "decisionList", "decisionItem", "blockTaskItem"):
        attributes["localId"] = next(ids)
    if kind == "panel":
        attributes.pop("wiki", None)
    if kind in ("expand", "nestedExpand"):
        attributes.setdefault("title", "")
    return attributes


def _picture(paragraph: Node) -> Node | None:
    """A paragraph that is one picture, as ADF's block for it; None where that cannot say it all."""
    inner = content(paragraph)
    if len(inner) != 1 or inner[0]["type"] != "image" or marks(paragraph):
        return None
    picture = inner[0]
    sizes = {name: _size(attr(picture, name)) for name in ("width", "height")}
    exact = all(sizes[name] is not None or attr(picture, name) is None for name in sizes)
    around = _colorless(marks(picture))
    linked = [each["type"] for each in around]
    said = attr(picture, "url") and not attr(picture, "title")
    if not said or not exact or linked not in ([], ["link"]):
        return None
    alt = attr(picture, "alt") or None
    media = node("media", type="external", url=attr(picture, "url"), alt=alt, **sizes)
    return node("mediaSingle", [marked(media, around)], layout="center")


def _size(value: object) -> int | None:
    written = str(value)
    return int(written) if re.fullmatch(r"[1-9]\d{0,4}", written) else None


def write_line(nodes: Sequence[Node]) -> list[Node]:
    """Inline nodes, with the marks that ADF lets each have."""
    allowed = [_allowed(each) for each in nodes]
    return [_inline(each) for each in (nodes if allowed == nodes else tidy_inline(allowed))]


def _allowed(each: Node) -> Node:
    """The node without the marks that ADF has not for it."""
    if each["type"] == "inlineCard" and marks(each):
        url = attr(each, "url", "")
        return text(url, _formatted([mark("link", href=url), *marks(each)]))
    if each["type"] not in ("text", "raw", "image"):
        return marked(each, [])
    kept = _formatted(marks(each))
    return marked(each, _colorless(kept) if each["type"] in ("raw", "image") else kept)


def _inline(each: Node) -> Node:
    match each["type"]:
        case "text":
            return _text(each)
        case "hardBreak":
            return each
        case "image":
            return _raw(write_image(each), marks(each), attr(each, "url"))
        case "raw":
            return _raw(attr(each, "text"), marks(each))
        case "mention" if not attr(each, "id"):
            return text(write_leaf(each))
    return marked(each, [])


def _raw(written: str, of: Sequence[Mark], opens: str | None = None) -> Node:
    """Markdown as it stands, in its own colour; a picture of it opens with a click."""
    link = next((each for each in of if each["type"] == "link"), None)
    if opens and link is None and written.endswith(f"]({opens})"):
        of = [mark("link", href=opens), *of]
    elif opens and link is not None and attr(link, "href") == opens:
        written = f"[{written}]({opens})"
    return text(written, [*of, color(RAW_COLOR)])


def _text(each: Node) -> Node:
    if not has_mark(each, "code"):
        if marks(each) and QUOTED.search(each["text"]):
            return _raw(write_inline([text(each["text"])]), _colorless(marks(each)))
        return each
    kept = [of for of in marks(each) if of["type"] in ("link", "annotation")]
    if len(kept) + 1 == len(marks(each)):
        return text(each["text"], [*kept, mark("code")])
    others = [of for of in marks(each) if of["type"] != "code"]
    return text(write_code(each["text"]), others)


def _colorless(of: Sequence[Mark]) -> list[Mark]:
    return [each for each in of if each["type"] != "textColor"]


def _formatted(of: Sequence[Mark]) -> list[Mark]:
    """The marks with colours as ADF spells them; a colour that it cannot spell goes."""
    made: list[Mark] = []
    for each in of:
        if each["type"] != "textColor":
            made.append(each)
        elif spelled := _hex(str(attr(each, "color", ""))):
            made.append(color(spelled))
    return made


def _hex(value: str) -> str | None:
    lowered = value.lower()
    if re.fullmatch(r"#[0-9a-f]{6}", lowered):
        return lowered
    if re.fullmatch(r"#[0-9a-f]{3}", lowered):
        return "#" + "".join(char * 2 for char in lowered[1:])
    return COLORS.get(lowered)
