"""One Markdown body ↔ a description and what stands in sections of it. Pure.

The body is cut into lines, and every line that nobody changed goes back as it came.

Criteria, in the section of their heading:

    split(body, heading) -> (rest, criteria)        # or a Place: CHECKLIST, ALL
    join(body, heading, description=rest | None, criteria=criteria | None) -> body

Other fields: entries of a list, one an entry (SET, ITEMS), and text (LINE, NUMBER, DATE, TEXT):

    take_entries(body, heading, fits) -> (rest, entries)
    put_entries(body, heading, fits, rest=None, entries=None) -> body
    take_text(body, heading) -> (rest, text)
    put_text(body, heading, rest=None, text=None) -> body

`rest` is the body without the section. Several sections of one body are taken one after the other,
each from the rest of the one before; `adapters.sections.layout` does that for all of them at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.sections import checklist, held
from adapters.sections.headings import CRITERIA
from adapters.sections.held import NEW_LEVEL, NO_CRITERIA, Place, Unwritable, Where
from adapters.sections.lines import deepened, tidy
from adapters.sections.lists import Fits, is_line
from sync.model import Criterion

__all__ = [
    "HEADING",
    "NO_CRITERIA",
    "Place",
    "Unwritable",
    "join",
    "put_entries",
    "put_text",
    "split",
    "take_entries",
    "take_text",
]

HEADING = CRITERIA


def split(body: str, heading: str | Place = HEADING) -> tuple[str, tuple[Criterion, ...]]:
    """The description, without blank lines around it, and the criteria. Lines end in `\\n`.

    The section is the last one of that heading: of any level, setext, or a line in bold; for the
    default heading, the usual names in other languages do too. Its list items are the criteria,
    and its scenarios (`steps.py`). Whatever else it holds stays in the description, with the
    heading. For criteria that have no heading of their own, see Place.
    """
    taken = held.read(body, Where.of(heading))
    return taken.rest, taken.criteria


def join(
    body: str,
    heading: str | Place = HEADING,
    *,
    description: str | None = None,
    criteria: tuple[Criterion, ...] | None = None,
) -> str:
    """The body with what is given in the place of what it held; None: as it is.

    `split` of the answer gives the same again, but for a code fence or HTML comment that the
    description leaves open: it is closed, or the criteria would be within it. Raises Unwritable.
    """
    wanted = None if criteria is None else _tidy_criteria(criteria)
    return held.join(body, Where.of(heading), description, wanted)


def take_entries(body: str, heading: str, fits: Fits = is_line) -> tuple[str, tuple[str, ...]]:
    """The body without the section, and the entries of the lists in it, each one line.

    The section ends at the next heading of any level. What in it is no list item that `fits` stays
    in the rest, with the heading.
    """
    taken = held.read(body, Where(heading, "list", fits))
    return taken.rest, tuple(checklist.unguarded(entry.text) for entry in taken.criteria)


def put_entries(
    body: str,
    heading: str,
    fits: Fits = is_line,
    *,
    rest: str | None = None,
    entries: Sequence[str] | None = None,
) -> str:
    """The body with what is given in the place of what it held; None: as it is.

    An entry that stays keeps its line. Entries are given line by line: a line break in one, or
    blanks around it, become a blank or nothing. Each one `fits`.
    """
    where = Where(heading, "list", fits)
    if entries is None:
        return held.join(body, where, rest, None)
    lines = (checklist.guarded(" ".join(entry.split())) for entry in entries)
    return held.join(body, where, rest, tuple(Criterion(line) for line in lines if line))


def take_text(body: str, heading: str) -> tuple[str, str]:
    """The body without the section, and the Markdown below its heading; "" where there is none.

    The section ends at the next heading of the same or a higher level.
    """
    taken = held.read(body, Where(heading, "text"))
    return taken.rest, taken.text


def put_text(body: str, heading: str, *, rest: str | None = None, text: str | None = None) -> str:
    """The body with what is given in the place of what it held; None: as it is.

    Without a text, the heading goes too. Headings in the text that would end the section are
    written one level deeper than the section's own.
    """
    where = Where(heading, "text")
    section = held.read(body, where).section
    level = section.level if section else NEW_LEVEL
    return held.join(body, where, rest, None if text is None else tidy(deepened(text, level)))


def _tidy_criteria(criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
    tidied = (Criterion(checklist.tidy(text), checked) for text, checked in criteria)
    return tuple(criterion for criterion in tidied if criterion.text)
