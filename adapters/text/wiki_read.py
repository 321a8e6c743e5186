"""Reads Jira's wiki markup: its text becomes a tidy tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from adapters.text.carried import RAW_LANGUAGE, load
from adapters.text.markdown_read import read_markdown
from adapters.text.tidy import tidy
from adapters.text.tree import Node, check_text, code_block, content, mark, node, text
from adapters.text.wiki_inline import Colors, read_wiki_line
from adapters.text.wiki_macros import PLACE, Macro, extract

RAW_TITLE = "title=markdown"
HEADING = re.compile(r"[ \t]*h([1-6])\.(.*)")
QUOTE = re.compile(r"[ \t]*bq\.(.*)")
RULE = re.compile(r"[ \t]*-{4,}[ \t]*$")
ITEM = re.compile(r"[ \t]*([*#]+|-|[*#-]*[*#][*#-]*)[ \t]+(.*)")
DASHES = re.compile(r"[ \t]*(-{2,3})[ \t]+(.*)")
T = TypeVar("T")
ROW = re.compile(r"[ \t]*\|")
CELL_TOKEN = re.compile(
    r"\\.|\[[^\[\]\n]*\]|\{\{[^\n]*?\}\}|(?<![^\W_])![^\s|!][^!\n|]*\|[^!\n|]*!|\|\|?|\n"
)
PANEL_COLORS = {
    "#deebff": "info",
    "#eae6ff": "note",
    "#e3fcef": "success",
    "#fffae6": "warning",
    "#ffebe6": "error",
}
"""Background of the panel as Atlassian's own encoder writes it, and ADF's type of it."""
PANEL_NAMES = {"info": "info", "tip": "success", "note": "note", "warning": "warning"}
PARAGRAPHS_APART = "\\\\"
"""Alone on a line, in an item or a cell, where a blank line would end it."""


def read_wiki(source: str) -> Node:
    """The document as a tidy tree. TextError where it is too large or too deep."""
    flat, macros = extract(check_text(source))
    return tidy(node("doc", _Reader(macros, Colors()).read(flat)))


@dataclass(slots=True)
class _Reader:
    macros: Sequence[Macro]
    colors: Colors

    def read(self, source: str) -> list[Node]:
        lines = _Lines(self)
        for line in source.split("\n"):
            lines.take(line)
        lines.flush()
        return lines.made

    def flow(self, source: str, build: Callable[[list[Node]], Node]) -> list[Node]:
        """Text with macros in it: blocks, the text between the macros as `build` makes it."""
        made: list[Node] = []
        end = 0
        for found in PLACE.finditer(source):
            made += self._built(source[end : found.start()], build)
            made += self.macro(self.macros[int(found[1])])
            end = found.end()
        return made + self._built(source[end:], build)

    def _built(self, source: str, build: Callable[[list[Node]], Node]) -> list[Node]:
        return [build(read_wiki_line(source.strip("\n"), self.colors))] if source.strip() else []

    def parts(self, source: str) -> list[Node]:
        """The blocks of an item or a cell."""
        made: list[Node] = []
        part: list[str] = []
        for line in [*source.split("\n"), PARAGRAPHS_APART]:
            if line.strip() == PARAGRAPHS_APART:
                made += self.flow("\n".join(part), _paragraph)
                part = []
            else:
                part.append(line)
        return made

    def macro(self, macro: Macro) -> list[Node]:
        if macro.name in ("code", "noformat"):
            return _code(macro)
        if macro.name == "adf":
            carried = load(macro.body)
            return [carried] if carried else [code_block(macro.body.strip("\n"))]
        inner = self.read(macro.body)
        if macro.name == "quote":
            return [node("blockquote", inner)]
        if macro.name == "expand":
            return [node("expand", inner, title=_params(macro).get("title"))]
        return [_panel(macro, inner)]


def _paragraph(inner: list[Node]) -> Node:
    return node("paragraph", inner)


def _params(macro: Macro) -> dict[str, str]:
    parts = [part.partition("=") for part in macro.params.split("|") if part.strip()]
    return {name.strip(): value.strip() if equals else "" for name, equals, value in parts}


def _code(macro: Macro) -> list[Node]:
    """A block of code; its language and other parameters as Markdown's info string."""
    body = macro.body.removeprefix("\n").removesuffix("\n")
    if macro.name == "noformat" and macro.params == RAW_TITLE:
        return content(read_markdown(body))
    params = _params(macro)
    language = params.pop("language", None) or params.pop("lang", None) or ""
    if not language:
        language = next((name for name, value in params.items() if not value), "")
        params.pop(language, None)
    listed = "|".join(f"{name}={value}" if value else name for name, value in params.items())
    written = f"{language} {{{listed}}}".strip() if listed else language
    if language == RAW_LANGUAGE:
        return content(read_markdown(body))
    return [code_block(body, written)]


def _panel(macro: Macro, inner: list[Node]) -> Node:
    """A panel; what ADF's panels do not have is kept in the attribute `wiki`, title first."""
    params = _params(macro)
    kind = PANEL_NAMES.get(macro.name) or PANEL_COLORS.get(params.get("bgColor", "").lower())
    if kind:
        params.pop("bgColor", None)
    kept = ["title"] if params.get("title") else []
    if kept:
        title = node("paragraph", [text(params.pop("title"), [mark("strong")])])
        inner = [title, *inner]
    kept += [f"{name}={value}" for name, value in params.items()]
    wiki = "|".join(kept) or ("" if kind is None else None)
    return node("panel", inner, panelType=kind or "custom", wiki=wiki)


@dataclass(slots=True)
class _Lines:
    """The blocks of lines, one line after the other."""

    reader: _Reader
    made: list[Node] = field(default_factory=list)
    paragraph: list[str] = field(default_factory=list)
    items: list[tuple[str, list[str]]] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)

    def take(self, line: str) -> None:
        if self.rows and not _is_closed(self.rows[-1]) and line.strip():
            self.rows[-1] += "\n" + line
        elif not line.strip():
            self.flush()
        elif ROW.match(line):
            self._under_way(self.rows).append(line.strip())
        elif blocks := self._block(line):
            self.made += blocks
        elif found := ITEM.match(line) or (DASHES.match(line) if self.items else None):
            self._under_way(self.items).append((found[1].replace("-", "*"), [found[2]]))
        elif self.items:
            self.items[-1][1].append(line)
        else:
            self._under_way(self.paragraph).append(line)

    def _under_way(self, lines: list[T]) -> list[T]:
        """The lines of a block that goes on, or that starts here and ends the one before it."""
        if lines:
            return lines
        self.flush()
        return lines

    def _block(self, line: str) -> list[Node]:
        """The blocks of a line that is one by itself; none where it is no such line."""
        if RULE.match(line):
            self.flush()
            return [node("rule")]
        if found := HEADING.match(line):
            self.flush()
            level = int(found[1])
            flow = self.reader.flow(found[2], lambda inner: node("heading", inner, level=level))
            return flow or [node("heading", level=level)]
        if found := QUOTE.match(line):
            self.flush()
            flow = self.reader.flow(found[1], lambda inner: node("blockquote", [_paragraph(inner)]))
            return flow or [node("blockquote")]
        return []

    def flush(self) -> None:
        """Ends the block that is under way."""
        if self.paragraph:
            self.made += self.reader.flow("\n".join(self.paragraph), _paragraph)
        if self.items:
            self.made += self._lists()
        if self.rows:
            rows = [node("tableRow", self._cells(row)) for row in self.rows]
            self.made.append(node("table", rows))
        self.paragraph.clear()
        self.items.clear()
        self.rows.clear()

    def _lists(self) -> list[Node]:
        """Nested lists of the items, by the characters before each."""
        root = node("listItem")
        levels: list[tuple[str, Node]] = []
        for marker, lines in self.items:
            del levels[len(marker) :]
            while levels and not marker.startswith("".join(char for char, _ in levels)):
                levels.pop()
            for char in marker[len(levels) :]:
                parent = content(levels[-1][1])[-1] if levels else root
                opened = {**node("orderedList" if char == "#" else "bulletList"), "content": []}
                parent.setdefault("content", []).append(opened)
                if len(levels) + 1 < len(marker):
                    opened["content"].append(node("listItem"))
                levels.append((char, opened))
            levels[-1][1]["content"].append(node("listItem", self.reader.parts("\n".join(lines))))
        return content(root)

    def _cells(self, row: str) -> list[Node]:
        cells: list[Node] = []
        for kind, source in _split_cells(row):
            lines = source.split("\n")
            blocks = any(ITEM.match(line) or HEADING.match(line) for line in lines)
            inner = self.reader.read(source) if blocks else self.reader.parts(source)
            cells.append(node(kind, inner))
        return cells


def _is_closed(row: str) -> bool:
    return row.rstrip().endswith("|") and not row.rstrip().endswith("\\|")


def _split_cells(row: str) -> list[tuple[str, str]]:
    """Each cell's type and text."""
    starts: list[tuple[int, int, str]] = []
    for found in CELL_TOKEN.finditer(row):
        if found[0] in ("|", "||"):
            kind = "tableHeader" if found[0] == "||" else "tableCell"
            starts.append((found.start(), found.end(), kind))
    cells: list[tuple[str, str]] = []
    for place, (_, end, kind) in enumerate(starts):
        stop = starts[place + 1][0] if place + 1 < len(starts) else len(row)
        if place + 1 < len(starts) or row[end:].strip():
            cells.append((kind, row[end:stop].strip(" \t\n")))
    return cells
