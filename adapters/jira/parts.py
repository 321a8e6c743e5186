"""Sections of a description in Jira's own markup that hold other fields: cut out, and put back.

A section goes as a whole: one that holds more than the field's value is the description's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from adapters import sections
from adapters.jira.document import Unsayable, carried, inserted, keys_of, moved, settled
from adapters.jira.markup import Block, Markup
from adapters.sections.headings import folded
from adapters.sections.layout import Content
from adapters.text import normal_form
from sync.model import Json

Shelf: TypeAlias = Mapping[str, bool]
"""Heading → is it a list of entries? Else it is a text."""
Contents: TypeAlias = Mapping[str, Content]


class Misread(Unsayable):
    """A section that would be read as something else than it is to say."""

    def __init__(self, heading: str) -> None:
        super().__init__(f"the section {heading!r} would be read as something else; simplify it")
        self.heading = heading


def read(markup: Markup, native: Json, shelf: Shelf) -> tuple[Json, dict[str, Content]]:
    """The text without the sections, and what is in each. Raises TextError."""
    if not shelf:
        return native, {}
    blocks, contents = markup.blocks(native), dict[str, Content]()
    for heading, listed in shelf.items():
        found = _find(markup, blocks, heading, listed=listed)
        blocks, contents[heading] = found.rest, found.content
    return markup.native(blocks), contents


def write(
    markup: Markup, native: Json, shelf: Shelf, change: Callable[[Json], Json], contents: Contents
) -> Json:
    """The text with other contents of its sections; `change` makes another of what is beside them.

    Raises Misread, Unsayable, and TextError.
    """
    if not shelf:
        return change(native)
    text = _Text(markup, shelf, change, contents, markup.mentioned(markup.blocks(native)))
    written = markup.native(text.write(markup.blocks(native), list(shelf)))
    before, after = read(markup, native, shelf)[1], read(markup, written, shelf)[1]
    for heading in shelf:
        if _plain(after[heading]) != _plain(contents.get(heading, before[heading])):
            raise Misread(heading)
    return written


@dataclass(frozen=True, slots=True)
class _Found:
    """One section, where it is, and what is beside it."""

    start: int
    section: list[Block]
    """With its heading; empty where there is none."""
    rest: list[Block]
    content: Content


def _find(markup: Markup, blocks: list[Block], heading: str, *, listed: bool) -> _Found:
    start, end, level = None, len(blocks), 0
    for at, block in enumerate(blocks):
        found = markup.heading(block)
        if found and found[1] == folded(heading):
            start, end, level = at, len(blocks), found[0]
        elif found and start is not None and end == len(blocks) and (listed or found[0] <= level):
            end = at
    nothing: Content = () if listed else ""
    if start is None:
        return _Found(len(blocks), [], blocks, nothing)
    section = blocks[start:end]
    take = sections.take_entries if listed else sections.take_text
    left, content = take(markup.to_markdown(section), heading)
    if left:
        return _Found(len(blocks), [], blocks, nothing)
    above = [*blocks[: start - 1], markup.ended(blocks[start - 1])] if start else []
    return _Found(start, section, [*above, *blocks[end:]], content)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text that is written, section by section: each one's rest holds those that come after."""

    markup: Markup
    shelf: Shelf
    change: Callable[[Json], Json]
    contents: Contents
    known: frozenset[str]

    def write(self, blocks: list[Block], headings: Sequence[str]) -> list[Block]:
        if not headings:
            return self._changed(blocks)
        heading, *others = headings
        found = _find(self.markup, blocks, heading, listed=self.shelf[heading])
        rest = self.write(found.rest, others)
        new = self._section(found, heading)
        if rest == found.rest:
            if new == found.section:
                return blocks
            if new and found.section:
                ended = [*new[:-1], self.markup.ended(new[-1])]
                below = blocks[found.start + len(found.section) :]
                return [*blocks[: found.start], *(ended if below else new), *below]
        if not new and self._is_in(rest, heading):  # or what is there would be the field's
            new = self.markup.from_markdown(f"## {heading}")
        if not new:
            return rest
        old, now = keys_of(self.markup, found.rest), keys_of(self.markup, rest)
        return inserted(self.markup, rest, moved(found.start, old, now), new)

    def _is_in(self, rest: list[Block], heading: str) -> bool:
        return bool(_find(self.markup, rest, heading, listed=self.shelf[heading]).section)

    def _changed(self, blocks: list[Block]) -> list[Block]:
        native = self.markup.native(blocks)
        changed = self.change(native)
        return blocks if changed == native else self.markup.blocks(changed)

    def _section(self, found: _Found, heading: str) -> list[Block]:
        wanted = self.contents.get(heading)
        if wanted is None or _plain(wanted) == _plain(found.content):
            return found.section
        held = self.markup.to_markdown(found.section) if found.section else ""
        if isinstance(wanted, str):
            text = sections.put_text(held, heading, text=wanted)
        else:
            kept = [entry for entry in found.content if entry in wanted]
            entries = (*kept, *(entry for entry in wanted if entry not in kept))
            text = sections.put_entries(held, heading, entries=entries)
        new = self.markup.hushed(settled(self.markup, text), self.known)
        return carried(self.markup, found.section, new)


def _plain(content: Content) -> object:
    """Equal for contents that say the same."""
    return normal_form(content) if isinstance(content, str) else sorted(content)
