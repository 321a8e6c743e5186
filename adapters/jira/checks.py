"""Acceptance criteria in a text field of their own: the lists in it. Pure."""

from __future__ import annotations

from adapters.headings import folded
from adapters.jira.document import Cut, compose, cut
from adapters.jira.markup import Markup
from sync.model import Criterion, Json

_TOP = "onebacklog criteria"
"""A heading over the whole field, which makes it the section of a text; it is never written."""


def read(markup: Markup, native: Json) -> tuple[Criterion, ...]:
    """Raises TextError."""
    return _whole(markup, native).criteria()


def write(markup: Markup, native: Json, criteria: tuple[Criterion, ...]) -> Json:
    """The field with these criteria in the place of those in it, and all else as it was.

    Raises Unsayable, and TextError.
    """
    written = markup.blocks(compose(_whole(markup, native), _TOP, criteria=criteria))
    kept = [block for block in written if (markup.heading(block) or (0, ""))[1] != folded(_TOP)]
    return markup.native(kept) or None


def _whole(markup: Markup, native: Json) -> Cut:
    above = [markup.ended(block) for block in markup.from_markdown(f"# {_TOP}")]
    return cut(markup, markup.native([*above, *markup.blocks(native)]), _TOP)
