"""Acceptance criteria in a text field of their own: the whole of it is their section. Pure."""

from __future__ import annotations

from adapters import sections
from adapters.jira.document import Cut, Unsayable, compose, same_criteria
from adapters.jira.markup import Markup
from adapters.sections import Place
from sync.model import Criterion, Json


def read(markup: Markup, native: Json) -> tuple[Criterion, ...]:
    """Raises TextError."""
    return sections.split(markup.to_markdown(markup.blocks(native)), Place.ALL)[1]


def write(markup: Markup, native: Json, criteria: tuple[Criterion, ...]) -> Json:
    """The field with these criteria in the place of those in it, and all else as it was.

    Raises Unsayable, and TextError.
    """
    blocks = markup.blocks(native)
    held = markup.to_markdown(blocks)
    if sections.split(held, Place.ALL)[1] == criteria:
        return native or None
    text = sections.join(held, Place.ALL, criteria=criteria)
    written = compose(Cut(markup, tuple(blocks)), "", description=text)
    if not same_criteria(read(markup, written), criteria):
        raise Unsayable("Jira would read back other criteria than these; simplify their markup")
    return written or None
