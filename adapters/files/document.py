"""One backlog file: its bytes ↔ front matter, title, and the text below it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from adapters import sections
from adapters.files.front import FrontMatter, Mistake, Plain, parse
from adapters.sections.lines import LINE, bare, blocks
from sync.model import Criterion

LIMIT = 1_000_000
"""Bytes of a file."""
BOM = "\ufeff"
_CLOSING = re.compile(r"((?:^|[ \t])\\*)(#+)$")
"""What would be read as the end of a heading's line, but for backslashes."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file, cut where its parts meet: joined again they are the file, to the byte."""

    bom: str = ""
    opening: str = "---\n"
    """The line above the front matter; empty where there is none."""
    front: FrontMatter = field(default_factory=FrontMatter)
    closing: str = "---\n"
    above: str = "\n"
    """What stands above the title; it belongs to no field."""
    heading: str = ""
    title: str = ""
    body: str = ""
    """What stands below the title: the description, and the criteria in their section."""

    def __str__(self) -> str:
        front = self.opening + self.front.raw + self.closing
        return self.bom + front + self.above + self.heading + self.body

    @property
    def newline(self) -> str:
        text = str(self)
        return "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"

    def with_title(self, title: str) -> Document:
        escaped = _CLOSING.sub(r"\1\\\2", title)
        ending = self.heading[len(bare(self.heading)) :] if self.heading else self.newline
        return replace(self, heading=f"# {escaped}{ending}", title=title)

    def with_text(
        self,
        section: str,
        description: str | None = None,
        criteria: tuple[Criterion, ...] | None = None,
    ) -> Document:
        """None: as it is. `section` is the heading of the criteria. Raises Mistake."""
        try:
            body = sections.join(self.body, section, description=description, criteria=criteria)
        except sections.Unwritable as error:
            raise Mistake(f"the text stays as it is: {error}") from None
        if body == self.body:
            return self
        newline = self.newline
        if not self.body.strip():
            text = body.strip("\r\n").replace("\r\n", "\n").replace("\n", newline)
            body = f"{newline}{text}{newline}"
        ended = self.heading != bare(self.heading)
        return replace(
            self,
            heading=self.heading if ended else self.heading + newline,
            body=body if body.strip() else "",
        )

    def with_values(self, values: Mapping[str, Plain]) -> Document:
        """The front matter with these values, made where there is none. Raises Mistake."""
        front = self.front.with_values(values, self.newline)
        if self.opening or not front.raw:
            return replace(self, front=front)
        line = f"---{self.newline}"
        gap = "" if self.above[:1] in ("\r", "\n") else self.newline
        return replace(self, opening=line, front=front, closing=line, above=gap + self.above)


def read(data: bytes) -> Document:
    """The document of a file. Raises Mistake."""
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise Mistake("this is no text; move it out of the folder", line)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Mistake("this is not UTF-8; save the file in that encoding", line) from error
    bom = BOM if text.startswith(BOM) else ""
    lines: list[str] = LINE.findall(text[len(bom) :])
    end = _end_of_front(lines)
    opening, front, closing = ("", FrontMatter(), "")
    if end:
        opening, closing = lines[0], lines[end - 1]
        front = parse("".join(lines[1 : end - 1]))
    start, after, title = _title(lines[end:], end)
    return Document(
        bom,
        opening,
        front,
        closing,
        "".join(lines[end:start]),
        "".join(lines[start:after]),
        title,
        "".join(lines[after:]),
    )


def _end_of_front(lines: list[str]) -> int:
    """The number of lines of the front matter, 0 where there is none."""
    if not lines or lines[0].rstrip() != "---":
        return 0
    for at, line in enumerate(lines[1:], start=2):
        if line.rstrip() in ("---", "..."):
            return at
    raise Mistake("the front matter has no end; write a line `---` below it")


def _title(lines: list[str], offset: int) -> tuple[int, int, str]:
    """The title's first line, the line after it, and its text."""
    tokens = blocks().parse("\n".join(map(bare, lines)))
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.tag == "h1" and not token.level and token.map:
            start, after = token.map
            title = " ".join(inline.content.split("\n"))
            if token.markup == "#":
                title = re.sub(r"((?:^|[ \t])\\*)\\(#+)$", r"\1\2", title)
            if title:
                return offset + start, offset + after, title
            raise Mistake("the title is empty; write `# Title`", offset + start + 1)
    raise Mistake("there is no title; write a line `# Title` above the text", offset + 1)
