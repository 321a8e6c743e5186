"""Jira's two markups as blocks: nodes of a document (Cloud), runs of lines (Data Center)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeAlias

from adapters.sections.headings import folded
from adapters.text import (
    TextError,
    adf_to_markdown,
    markdown_to_adf,
    markdown_to_wiki,
    wiki_to_markdown,
)
from adapters.text.rewrite import rewrite_lines, rewrite_node
from adapters.text.tree import check_tree
from adapters.text.wiki_macros import NAMES
from sync.model import Json

Block: TypeAlias = Json
"""One block of a text: an ADF node, or some lines of wiki markup with the blank ones below."""
_MARKS = re.compile(r"(?<!\w)[*_+]|[*_+](?!\w)|\{[^}]*\}|\\(?=\W)")
"""What is no part of a heading's words in wiki markup: emphasis, macros, escapes."""
BOLD = 7
"""The level of a paragraph that is bold throughout: below all headings."""
PANEL = 8
"""The level of a panel's title: it is over what is inside of the panel."""


class Markup(Protocol):
    """One markup. Its methods raise TextError where a text is too large or too deep."""

    def blocks(self, native: Json) -> list[Block]:
        """Of a text as Jira answers it; None where it is empty."""

    def native(self, blocks: Sequence[Block]) -> Json:
        """As it is sent to Jira."""

    def heading(self, block: Block) -> tuple[int, str] | None:
        """Its level and its text, where it is one; also a paragraph that is bold throughout."""

    def opened(self, block: Block, names: frozenset[str]) -> list[Block]:
        """The parts of a panel with one of these titles: title, blocks, end; else the block."""

    def closes(self, block: Block) -> bool:
        """Is it the end of a panel that was opened?"""

    def is_list(self, block: Block) -> bool: ...

    def is_blank(self, block: Block) -> bool: ...

    def ended(self, block: Block) -> Block:
        """The block such that the next one is no part of it."""

    def to_markdown(self, blocks: Sequence[Block]) -> str: ...

    def from_markdown(self, markdown: str) -> list[Block]: ...

    def dump(self, blocks: Sequence[Block]) -> str:
        """As a text that is the same where nothing that means anything is another."""

    def load(self, raw: str) -> list[Block]:
        """What `dump` wrote."""

    def rewritten(
        self, own: Sequence[Block], old: Sequence[Block], new: Sequence[Block]
    ) -> Iterator[list[Block]]:
        """One's own text, changed line by line as `old`, which says the same, was to `new`: the
        best tries first."""

    def mended(self, own: Block, old: Block, new: Block) -> Block:
        """One's own block, changed as `old`, which says the same as it, was to `new`."""

    def mentioned(self, blocks: Sequence[Block]) -> frozenset[str]:
        """Who is pinged by them, as the markup names people, and what macros are run."""

    def hushed(self, blocks: Sequence[Block], known: frozenset[str]) -> list[Block]:
        """With the names of people in the place of what would ping them, but for the known."""


class Adf:
    """Atlassian Document Format. https://developer.atlassian.com/cloud/jira/platform/apis/document/"""

    LISTS = frozenset({"taskList", "bulletList", "orderedList"})

    def blocks(self, native: Json) -> list[Block]:
        return list(check_tree(native).get("content") or ()) if native else []

    def native(self, blocks: Sequence[Block]) -> Json:
        return {"type": "doc", "version": 1, "content": list(blocks)} if blocks else None

    def heading(self, block: Block) -> tuple[int, str] | None:
        children = [node for node in block.get("content") or () if node.get("text") != " "]
        text = folded("".join(str(node.get("text") or "") for node in children))
        if block.get("type") == "heading":
            level = (block.get("attrs") or {}).get("level")
            return (level if isinstance(level, int) else 1), text
        if block.get("type") != "paragraph" or not text:
            return None
        words = [node for node in children if str(node.get("text") or "x").strip(": ")]
        bold = all({"type": "strong"} in (node.get("marks") or ()) for node in words)
        return (BOLD, text) if bold else None

    def opened(self, block: Block, names: frozenset[str]) -> list[Block]:
        return [block]  # a panel of a document has no title

    def closes(self, block: Block) -> bool:
        return False

    def is_list(self, block: Block) -> bool:
        return block.get("type") in self.LISTS

    def is_blank(self, block: Block) -> bool:
        return block.get("type") == "paragraph" and not block.get("content")

    def ended(self, block: Block) -> Block:
        return block

    def to_markdown(self, blocks: Sequence[Block]) -> str:
        return adf_to_markdown({"type": "doc", "version": 1, "content": list(blocks)})

    def from_markdown(self, markdown: str) -> list[Block]:
        return self.blocks(markdown_to_adf(markdown))

    def dump(self, blocks: Sequence[Block]) -> str:
        if not blocks:
            return ""
        plain = [_without_ids(block) for block in blocks]
        try:
            return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        except RecursionError:
            raise TextError("an attribute is nested too deep; remove its node in Jira") from None

    def load(self, raw: str) -> list[Block]:
        return list(json.loads(raw)) if raw else []

    def rewritten(
        self, own: Sequence[Block], old: Sequence[Block], new: Sequence[Block]
    ) -> Iterator[list[Block]]:
        yield from ()

    def mended(self, own: Block, old: Block, new: Block) -> Block:
        return rewrite_node(own, old, new)

    def mentioned(self, blocks: Sequence[Block]) -> frozenset[str]:
        """Macros count too: they are run for whoever opens the issue."""
        nodes = [node for block in blocks for node in _nodes(block)]
        people = {_person(node) for node in nodes if node.get("type") == "mention"}
        return frozenset(people | {_macro(node) for node in nodes if node.get("type") in MACROS})

    def hushed(self, blocks: Sequence[Block], known: frozenset[str]) -> list[Block]:
        return [self._hushed(block, known) for block in blocks]

    def _hushed(self, node: Block, known: frozenset[str]) -> Block:
        kind = node.get("type")
        if kind == "mention" and _person(node) not in known:
            name = str((node.get("attrs") or {}).get("text") or "someone")
            return {"type": "text", "text": f"@{name.lstrip('@')}"}
        if kind in MACROS and _macro(node) not in known:
            told = {"type": "text", "text": f"[{kind} from elsewhere, not run]"}
            return told if kind == "inlineExtension" else {"type": "paragraph", "content": [told]}
        if "content" not in node:
            return node
        return {**node, "content": self.hushed(node["content"], known)}


class Wiki:
    """Jira's wiki markup. https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa"""

    _LINE = re.compile(r"[^\n]*\n|[^\n]+")
    _HEADING = re.compile(r"[ \t]*h([1-6])\.(.*)")
    _BOLD = re.compile(r"[ \t]*\*(?! )([^*\n]+)\*[ \t]*:?[ \t]*")
    _APART = re.compile(r"\n[ \t\r]*\n\Z")
    _TITLE = re.compile(r"\{panel:(?:[^}\n]*\|)?title=([^|}\n]*)(?:\|[^}\n]*)?\}")
    _PANEL = re.compile(
        r"(?P<top>[ \t]*\{panel:(?:[^}\n]*\|)?title=(?P<title>[^|}\n]*)(?:\|[^}\n]*)?\}\s*?\n)"
        r"(?P<inner>(?:.*\n)?)(?P<end>[ \t]*\{panel\}\s*)",
        re.DOTALL,
    )
    _ITEM = re.compile(r"[ \t]*(?:[*#]+|-{1,3}|[*#-]*[*#][*#-]*)[ \t]+\S")
    _ALONE = re.compile(r"[ \t]*(?:\||bq\.|-{4,})")
    """What begins a block of its own right below a list."""
    _MACRO = re.compile(r"(?<!\\)\{(code|noformat|quote|panel)(?::[^}\n]*)?\}")
    _VERBATIM = re.compile(r"(\{(code|noformat)(?::[^}\n]*)?\}.*?\{\2\})", re.DOTALL)
    _MENTION = re.compile(r"(?<!\\)\[(?:([^\[\]|\n]*)\|)?~([^\]|\n]+)\]")
    """`[~name]`, and `[words|~name]`."""
    _APP = re.compile(r"\\.|\{\{+|(\{(?!(?:" + NAMES + r")\b)[\w$@.-]+(?::[^{}\n]*)?\})")
    """A macro that the converters do not know: an app's, run by its own code."""

    def blocks(self, native: Json) -> list[Block]:
        """The text cut before headings, lists and whatever stands below a blank line."""
        if not isinstance(native, str) or not native.strip():
            return []
        blocks: list[list[str]] = []
        for line, inside in self._lines(native):
            if inside or (blocks and not line.strip()):
                blocks[-1].append(line)
            elif not blocks or self._begins(line, blocks[-1]):
                blocks.append([line])
            else:
                blocks[-1].append(line)
        return ["".join(lines) for lines in blocks]

    def native(self, blocks: Sequence[Block]) -> Json:
        lines = [block if block.endswith("\n") else f"{block}\n\n" for block in blocks]
        return "".join(lines).rstrip()

    def heading(self, block: Block) -> tuple[int, str] | None:
        line = block.strip()
        if "\n" in line:
            return None
        if found := self._TITLE.fullmatch(line):
            return PANEL, folded(found[1])
        if found := self._HEADING.fullmatch(line):
            return int(found[1]), folded(_MARKS.sub("", found[2]))
        found = self._BOLD.fullmatch(line)
        return (BOLD, folded(found[1])) if found else None

    def opened(self, block: Block, names: frozenset[str]) -> list[Block]:
        found = self._PANEL.fullmatch(block)
        if not found or folded(found["title"]) not in names or "{panel" in found["inner"]:
            return [block]
        return [found["top"], *self.blocks(found["inner"]), found["end"]]

    def closes(self, block: Block) -> bool:
        return bool(block.strip() == "{panel}")

    def is_list(self, block: Block) -> bool:
        return self._ITEM.match(block) is not None

    def is_blank(self, block: Block) -> bool:
        return not block.strip()

    def ended(self, block: Block) -> Block:
        return block if self._APART.search(block) else block.rstrip() + "\n\n"

    def to_markdown(self, blocks: Sequence[Block]) -> str:
        return wiki_to_markdown(self.native(blocks).replace("\r\n", "\n"))

    def from_markdown(self, markdown: str) -> list[Block]:
        return self.blocks(markdown_to_wiki(markdown))

    def dump(self, blocks: Sequence[Block]) -> str:
        lines = self.native(blocks).split("\n")
        while lines and not lines[0].strip():
            del lines[0]
        return "\n".join(lines)

    def load(self, raw: str) -> list[Block]:
        return self.blocks(raw)

    def rewritten(
        self, own: Sequence[Block], old: Sequence[Block], new: Sequence[Block]
    ) -> Iterator[list[Block]]:
        texts = self.native(own), self.native(old), self.native(new)
        for apart in (False, True):
            yield self.blocks(rewrite_lines(*texts, apart=apart))

    def mended(self, own: Block, old: Block, new: Block) -> Block:
        return rewrite_lines(own, old, new)

    def mentioned(self, blocks: Sequence[Block]) -> frozenset[str]:
        people = {found[2] for block in blocks for found in self._MENTION.finditer(block)}
        texts = [part for block in blocks for part in self._VERBATIM.split(block)[::3]]
        macros = {found[1] for text in texts for found in self._APP.finditer(text) if found[1]}
        return frozenset(people | macros)

    def hushed(self, blocks: Sequence[Block], known: frozenset[str]) -> list[Block]:
        return [self._hushed(block, known) for block in blocks]

    def _hushed(self, block: str, known: frozenset[str]) -> str:
        def name(found: re.Match[str]) -> str:
            if found[2] in known:
                return found[0]
            return f"\\{found[0]}" if found[1] is None else found[1]

        parts = self._VERBATIM.split(block)  # every third is code, every third after it its macro
        texts = [self._MENTION.sub(name, part) for part in parts[::3]]
        codes = [*parts[1::3], ""]
        return "".join(text + code for text, code in zip(texts, codes, strict=True))

    def _lines(self, text: str) -> Iterator[tuple[str, bool]]:
        """Each line, and whether it begins within a macro. One that never ends is none."""
        left = Counter(found[1] for found in self._MACRO.finditer(text))
        inside: str | None = None
        for line in self._LINE.findall(text):
            yield line, inside is not None
            for found in self._MACRO.finditer(line):
                left[found[1]] -= 1
                if inside is None and left[found[1]]:
                    inside = found[1]
                elif inside == found[1]:
                    inside = None

    def _begins(self, line: str, before: list[str]) -> bool:
        first, last = before[0], before[-1]
        if not last.strip() or self._HEADING.match(line) or self._HEADING.match(first):
            return True
        listed = self._ITEM.match(first) is not None
        return self._ALONE.match(line) is not None if listed else self._ITEM.match(line) is not None


def _nodes(node: Block) -> Iterator[Block]:
    yield node
    for child in node.get("content") or ():
        yield from _nodes(child)


MACROS = frozenset({"extension", "bodiedExtension", "inlineExtension", "multiBodiedExtension"})
"""Nodes that an app renders by its own code.
https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/"""


def _macro(node: Block) -> str:
    return json.dumps(_without_ids(node), sort_keys=True)


def _person(mention: Block) -> str:
    return str((mention.get("attrs") or {}).get("id"))


def _without_ids(node: Block) -> Block:
    """Jira gives nodes new `localId`s as it likes; they mean nothing."""
    plain = dict(node)
    if attrs := plain.pop("attrs", None):
        kept = {name: value for name, value in attrs.items() if name != "localId"}
        plain |= {"attrs": kept} if kept else {}
    if "content" in plain:
        plain["content"] = [_without_ids(child) for child in plain["content"] or ()]
    return plain
