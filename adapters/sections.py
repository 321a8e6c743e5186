"""One Markdown body ↔ a description and the acceptance criteria in a section of it.

The body is cut into lines, and every line that nobody changed goes back as it came. What the
Markdown parser says is used only to find headings and list items, so nothing is lost to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, partial
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters import checklist
from adapters.checklist import LINE, Run, bare
from sync.model import Criterion

HEADING = "Acceptance criteria"
BOLD_LINE = 7
"""The level of a line that is bold throughout: below all true headings."""

_HTML_ENDS = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"), ("<!", ">"))


def split(body: str, heading: str = HEADING) -> tuple[str, tuple[Criterion, ...]]:
    """The description, without blank lines around it, and the criteria. Lines end in `\\n`.

    The section is the last one of that heading: of any level, setext, or a line in bold. Its list
    items are the criteria. Whatever else it holds stays in the description, with the heading.
    """
    held = _read(body, heading)
    return held.description, held.criteria


def join(
    body: str,
    heading: str = HEADING,
    *,
    description: str | None = None,
    criteria: tuple[Criterion, ...] | None = None,
) -> str:
    """The body with what is given in the place of what it held; None: as it is.

    `split` of the answer gives the same again, but for a code fence or HTML comment that the
    description leaves open: it is closed, or the criteria would be within it.
    """
    held = _read(body, heading)
    text = held.description if description is None else _tidy(description)
    wanted = held.criteria if criteria is None else _tidy_criteria(criteria)
    if (text, wanted) == (held.description, held.criteria):
        return body
    answer = body
    for attempt in (_in_place, _in_its_own, _below, partial(_below, closing=True)):
        answer = held.outer(attempt(held, text, wanted))
        if split(answer, heading) == (text, wanted):
            break
    return answer


@dataclass(frozen=True, slots=True)
class _Section:
    """The section of the criteria, as lines `start` to `end`, without blank lines at its end."""

    start: int
    end: int
    runs: tuple[Run, ...]
    bare: bool
    """Is there nothing in it but lists?"""

    @property
    def cuts(self) -> tuple[tuple[int, int], ...]:
        """The lines that are not the description's."""
        if self.bare:
            return ((self.start, self.end),)
        return tuple((run.start, run.end) for run in self.runs)


@dataclass(frozen=True, slots=True)
class _Held:
    """A body, read."""

    heading: str
    lead: str
    lines: tuple[str, ...]
    """Between the blank lines around it; the last one has no line ending."""
    tail: str
    newline: str
    section: _Section | None

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        runs = self.section.runs if self.section else ()
        entries = (entry.criterion for run in runs for entry in run.entries)
        return tuple(criterion for criterion in entries if criterion.text)

    @property
    def description(self) -> str:
        return _tidy("\n".join(map(bare, self.without()[0])))

    def without(self) -> tuple[list[str], list[int]]:
        """The description's raw lines, and where in them each cut was."""
        kept: list[str] = []
        places: list[int] = []
        at = 0
        for start, end in self.section.cuts if self.section else ():
            above, below = _blanks(self.lines, start, end)
            kept += self.lines[at : start - len(above)]
            places.append(len(kept))
            kept += above if len(above) > len(below) else below
            at = end + len(below)
        return kept + list(self.lines[at:]), places

    def outer(self, lines: Sequence[str]) -> str:
        """The body of these lines; those that have no line ending are given one."""
        lines = _trimmed(lines)
        ended = [line if line != bare(line) else line + self.newline for line in lines[:-1]]
        return self.lead + "".join(ended) + "".join(map(bare, lines[-1:])) + self.tail


def _read(body: str, heading: str) -> _Held:
    raw: list[str] = LINE.findall(body)
    lines = _trimmed(raw)
    start = next((at for at, line in enumerate(raw) if not _blank(line)), len(raw))
    end = start + len(lines)
    ending = lines[-1][len(bare(lines[-1])) :] if lines else ""
    lines[-1:] = map(bare, lines[-1:])
    newline = "\r\n" if body.count("\r\n") * 2 > body.count("\n") else "\n"
    section = _find(lines, heading)
    lead, tail = "".join(raw[:start]), ending + "".join(raw[end:])
    return _Held(heading, lead, tuple(lines), tail, newline, section)


def _find(lines: Sequence[str], heading: str) -> _Section | None:
    tokens = blocks().parse("\n".join(map(bare, lines)))
    found: tuple[int, int, int] | None = None
    end = len(lines)
    for start, after, level, text in _headings(tokens):
        if text == _name(heading):
            found, end = (start, after, level), len(lines)
        elif found and end == len(lines) and level <= found[2]:
            end = start
    if found is None:
        return None
    start, after, _ = found
    runs = tuple(_runs(lines, tokens, after, end))
    end = _content_end(lines, start, end)
    listed = {at for run in runs for at in range(run.start, run.end)}
    only_lists = all(at in listed or _blank(lines[at]) for at in range(after, end))
    return _Section(start, end, runs, bare=only_lists)


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[int, int, int, str]]:
    """First line, line after, level and text of each heading that is not inside another block."""
    for token, inline in pairwise(tokens):
        if token.level or not token.map or inline.type != "inline":
            continue
        start, after = token.map
        if token.type == "heading_open":
            yield start, after, int(token.tag[1]), _name(inline.content)
        elif token.type == "paragraph_open" and inline.content.startswith(("**", "__")):
            children = _inlines().parseInline(inline.content)[0].children or []
            kinds = [child.type for child in children if child.content.strip(": ") or child.nesting]
            edges = kinds[:1] + kinds[-1:]
            if edges == ["strong_open", "strong_close"] and kinds.count("strong_open") == 1:
                yield start, after, BOLD_LINE, _name(inline.content)


def _name(heading: str) -> str:
    """A heading's text as it is compared."""
    children = _inlines().parseInline(heading)[0].children or []
    return " ".join("".join(child.content for child in children).split()).rstrip(": ").casefold()


def _runs(lines: Sequence[str], tokens: Sequence[Token], start: int, end: int) -> Iterator[Run]:
    spans = [
        (token.map[0], _content_end(lines, *token.map))
        for token in tokens
        if token.type == "list_item_open" and token.level == 1 and token.map
        if start <= token.map[0] < end
    ]
    entries: list[checklist.Entry] = []
    first = 0
    for at, (top, bottom) in enumerate(spans):
        first = first if entries else top
        following = spans[at + 1][0] if at + 1 < len(spans) else end
        between = lines[bottom:following]
        last = at + 1 == len(spans) or not all(map(_blank, between))
        gap = () if last else tuple(between)
        entries.append(checklist.read(tuple(lines[top:bottom]), gap))
        if last:
            yield Run(first, bottom, tuple(entries))
            entries = []


def _in_place(held: _Held, text: str, criteria: tuple[Criterion, ...]) -> list[str]:
    """The old lines of the criteria, as far as they hold, where they stood in the description."""
    section = held.section
    if section is None or not (section.runs or section.bare):
        return _in_its_own(held, text, criteria)
    lines, places = held.without()
    if text != held.description:
        new = _lines(held, text)
        places = [_moved(place, lines, new) for place in places]
        lines = new
    for place, block, cut in reversed(
        list(zip(places, _blocks(held, section, criteria), section.cuts, strict=True))
    ):
        if block:
            lines = _insert(lines, place, block, _blanks(held.lines, *cut))
    return lines


def _blocks(
    held: _Held, section: _Section, criteria: tuple[Criterion, ...]
) -> Sequence[Sequence[str]]:
    """What is to stand where the section's cuts are."""
    if criteria == held.criteria:
        return [held.lines[start:end] for start, end in section.cuts]
    if not section.bare:
        return checklist.fill(section.runs, criteria)
    if not criteria:
        return [()]
    if section.runs:
        heading = held.lines[section.start : section.runs[0].start]
        return [[*heading, *checklist.fill(section.runs, criteria)[0]]]
    return [[*held.lines[section.start : section.end], "", *checklist.plain(criteria)]]


def _in_its_own(held: _Held, text: str, criteria: tuple[Criterion, ...]) -> list[str]:
    """A plain task list at the end of the section that the description itself has."""
    lines = _lines(held, text)
    section = _find(lines, held.heading)
    if section is None or section.bare or section.runs:
        return _below(held, text, criteria)
    block = checklist.plain(criteria)
    return _insert(lines, section.end, block, ((), ())) if block else lines


def _below(
    held: _Held, text: str, criteria: tuple[Criterion, ...], *, closing: bool = False
) -> list[str]:
    """A new section below the description."""
    lines = _lines(held, text)
    if not criteria and not _find(lines, held.heading):
        return lines
    # Even without criteria: or the list in a section of the description's own would be these.
    block = [f"## {held.heading}", *([""] if criteria else []), *checklist.plain(criteria)]
    lines += [_closer(lines)] if closing else []
    return _insert(lines, len(lines), block, ((), ()))


def _lines(held: _Held, text: str) -> list[str]:
    """The description's lines: raw, where it is the one that is held."""
    if text == held.description:
        return _trimmed(held.without()[0])
    return [line + held.newline for line in text.split("\n")] if text else []


def _insert(
    lines: list[str], place: int, block: Sequence[str], held: tuple[Sequence[str], Sequence[str]]
) -> list[str]:
    """The block, set between blank lines: those it had (`held`), where they fit the place."""
    _, below = _blanks(lines, place, place)
    outer = not lines[:place] or not lines[place:]
    if outer or len(max(held, key=len)) != len(below):
        held = (below or ("\n",), below or ("\n",)) if outer else (below, below)
    before = list(held[0]) if lines[:place] else []
    after = list(held[1]) if lines[place + len(below) :] else []
    return lines[:place] + before + list(block) + after + lines[place + len(below) :]


def _moved(place: int, old: Sequence[str], new: Sequence[str]) -> int:
    """The place in `new` for what stood at `place` in `old`: above the same line, or below it."""
    following = next((at for at in range(place, len(old)) if not _blank(old[at])), None)
    if following is None:
        return len(new)
    pairs = SequenceMatcher(None, [bare(line) for line in old], [bare(line) for line in new])
    same = {a + at: b + at for a, b, size in pairs.get_matching_blocks() for at in range(size)}
    if following in same:
        above, _ = _blanks(new, same[following], same[following])
        return same[following] - len(above)
    return same[place - 1] + 1 if place - 1 in same else len(new)


def _closer(lines: Sequence[str]) -> str:
    """What ends the block that these lines leave open."""
    top = [token for token in blocks().parse("".join(lines)) if not token.level]
    last = top[-1] if top else None
    if last and last.type == "fence":
        return last.markup
    start = last.content.lstrip() if last else ""
    return next((end for opening, end in _HTML_ENDS if start.startswith(opening)), "</pre>")


@cache
def blocks() -> MarkdownIt:
    """A parser that leaves inline markup alone."""
    # Below maxNesting the parser leaves out what it reads, headings further on among it.
    parser = MarkdownIt("commonmark", {"maxNesting": 200})
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


@cache
def _inlines() -> MarkdownIt:
    return MarkdownIt("commonmark")


def _tidy(text: str) -> str:
    """With `\\n` as line ending, and no blank lines around it."""
    return "\n".join(_trimmed([bare(line) for line in LINE.findall(text)]))


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Without blank lines around them."""
    start, end = 0, len(lines)
    while start < end and _blank(lines[start]):
        start += 1
    while end > start and _blank(lines[end - 1]):
        end -= 1
    return list(lines[start:end])


def _tidy_criteria(criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
    tidy = (Criterion(checklist.tidy(text), checked) for text, checked in criteria)
    return tuple(criterion for criterion in tidy if criterion.text)


def _content_end(lines: Sequence[str], start: int, end: int) -> int:
    while end > start + 1 and _blank(lines[end - 1]):
        end -= 1
    return end


def _blanks(lines: Sequence[str], start: int, end: int) -> tuple[Sequence[str], Sequence[str]]:
    """The blank lines right above `start`, and those from `end` on."""
    above, below = start, end
    while above and _blank(lines[above - 1]):
        above -= 1
    while below < len(lines) and _blank(lines[below]):
        below += 1
    return lines[above:start], lines[end:below]


def _blank(line: str) -> bool:
    return not line.strip(" \t\r\n")
