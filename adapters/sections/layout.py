"""A whole body ↔ its parts: the description, the criteria, and further sections. Pure.

    layout = Layout(criteria="Acceptance criteria", entries={"Related": fits}, texts=("Notes",))
    parts = read(body, layout)     # parts.description, parts.criteria, parts.sections["Related"]
    body = write(body, layout, Changes(description=…, sections={"Related": ("#12", "#13")}))

Of what is not changed, every line stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from adapters import sections
from adapters.sections import Place
from adapters.sections.lists import Fits
from sync.model import Criterion

Content: TypeAlias = tuple[str, ...] | str


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands where in the bodies of one tracker."""

    criteria: str | Place | None = None
    """The heading of their section, or where else they are; None: not in the body."""
    entries: Mapping[str, Fits] = field(default_factory=dict)
    """Heading of a section with a list → what of its items are entries (SET, ITEMS)."""
    texts: tuple[str, ...] = ()
    """Headings of sections that are taken as a whole (LINE, NUMBER, DATE, TEXT)."""

    @property
    def headings(self) -> tuple[str, ...]:
        return (*self.entries, *self.texts)


@dataclass(frozen=True, slots=True)
class Parts:
    """A body, taken apart. Lines end in `\\n`, and no part has blank lines around it."""

    description: str
    criteria: tuple[Criterion, ...] = ()
    sections: Mapping[str, Content] = field(default_factory=dict)
    """By heading: the entries of the list, or the Markdown text; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be another in a body; None, or no key: it stays as it is."""

    description: str | None = None
    criteria: tuple[Criterion, ...] | None = None
    sections: Mapping[str, Content] = field(default_factory=dict)


def read(body: str, layout: Layout) -> Parts:
    """The parts of a body. Where the layout is empty, the description is the body as it is."""
    found: dict[str, Content] = {}
    for heading in layout.headings:
        body, found[heading] = _take(body, layout, heading)
    if layout.criteria is None:
        return Parts(body, (), found)
    description, criteria = sections.split(body, layout.criteria)
    return Parts(description, criteria, found)


def write(body: str, layout: Layout, changes: Changes) -> str:
    """The body with the changes, each in the place of what was there; all else stays as it was.

    Raises Unwritable where it would not be read again as what it is to say.
    """
    return _write(body, layout, layout.headings, changes)


def _write(body: str, layout: Layout, headings: Sequence[str], changes: Changes) -> str:
    """The sections lie within each other here: each one's rest holds those that come after it."""
    if headings:
        heading, *others = headings
        held, _ = _take(body, layout, heading)
        rest = _write(held, layout, others, changes)
        return _put(body, layout, heading, rest, changes.sections.get(heading))
    if layout.criteria is None:
        return body if changes.description is None else changes.description
    return sections.join(
        body, layout.criteria, description=changes.description, criteria=changes.criteria
    )


def _take(body: str, layout: Layout, heading: str) -> tuple[str, Content]:
    if heading in layout.entries:
        return sections.take_entries(body, heading, layout.entries[heading])
    return sections.take_text(body, heading)


def _put(body: str, layout: Layout, heading: str, rest: str, content: Content | None) -> str:
    if heading not in layout.entries:
        text = content if content is None or isinstance(content, str) else "\n".join(content)
        return sections.put_text(body, heading, rest=rest, text=text)
    entries = content.split("\n") if isinstance(content, str) else content
    return sections.put_entries(body, heading, layout.entries[heading], rest=rest, entries=entries)
