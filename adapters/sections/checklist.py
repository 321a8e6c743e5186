"""Lists, scenarios and paragraphs ↔ acceptance criteria; one that stays keeps its own style."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from adapters.sections import steps
from adapters.sections.lines import LINE, bare
from adapters.sections.steps import Scenario
from sync.model import Criterion

_MARKER = re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])")
_NUMBER = re.compile(r"(\s*)(\d+)([.)]\s*)")
_GUARDED = re.compile(
    r"\\|[-+*>#=~`|<&](?!\w)|_|[-*]{2}|~{2}|`|\d+[.)](?:\s|$)|\[[ xX]?\](?!\()|<[!?/a-z]|&\w+;",
    re.I,
)
"""What begins an entry that Markdown would read as something else than text."""
_Share: TypeAlias = tuple[Criterion, "Entry | None"]
"""A criterion, and the one that it was."""
_BOX = re.compile(r"\[[ xX]\](?:[ \t]+|$)")


Form: TypeAlias = Literal["list", "scenarios", "fence", "paragraphs"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One criterion where it stands: a list item, a scenario, a paragraph."""

    raw: tuple[str, ...]
    gap: tuple[str, ...]
    """Blank lines between it and the next one."""
    prefix: str
    """Up to its text or its box: `  - `."""
    box: str
    """`[ ] `, or nothing."""
    criterion: Criterion
    """Its text is empty where the item is."""
    scenario: Scenario | None = None
    """In a fence."""


@dataclass(frozen=True, slots=True)
class Run:
    """Criteria of one form with nothing but blank lines between them, as lines `start` to `end`."""

    start: int
    end: int
    entries: tuple[Entry, ...]
    form: Form = "list"
    opening: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    """The lines of the fence around them."""


def read_scenario(lines: Sequence[str], blanks: Sequence[str] = ()) -> Entry:
    """The scenario in these lines of paragraphs."""
    return Entry(tuple(lines), tuple(blanks), "", "", Criterion(steps.told(lines)))


def read_paragraph(lines: Sequence[str], blanks: Sequence[str] = ()) -> Entry:
    return Entry(tuple(lines), tuple(blanks), "", "", Criterion(tidy("\n".join(map(bare, lines)))))


def read_fence(lines: Sequence[str], start: int) -> Run | None:
    """The fence of these lines, where it is one of scenarios."""
    fence = steps.read_fence(lines)
    if fence is None:
        return None
    entries = (
        Entry(one.raw, one.gap, "", "", Criterion(one.text, one.done), one)
        for one in fence.scenarios
    )
    end = start + len(lines)
    return Run(start, end, tuple(entries), "fence", fence.opening, (fence.closing,))


def read(lines: Sequence[str], blanks: Sequence[str] = ()) -> Entry:
    """The list item of these lines, nested lists and all; `blanks` stand below it."""
    raw, gap = tuple(lines), tuple(blanks)
    first = bare(raw[0])
    marker = _MARKER.match(first)
    stop = marker.end() if marker else 0
    text = first[stop:].lstrip(" \t")
    spaces = first[stop : len(first) - len(text)]
    columns, width = len(first[:stop].expandtabs(4)), len((first[:stop] + spaces).expandtabs(4))
    if not text or width - columns > 4:  # what stands further right is code, after one space
        width = columns + 1
    prefix = first[:stop] + spaces if text else first[:stop] + " "
    whole = tidy("\n".join([text, *(_dedent(bare(line), width) for line in raw[1:])]))
    box = _BOX.match(whole.partition("\n")[0])
    if box is None:
        return Entry(raw, gap, prefix, "", Criterion(whole))
    criterion = Criterion(whole[box.end() :].strip(" \t\n"), whole[1] in "xX")
    return Entry(raw, gap, prefix, box.group(), criterion)


def unticked(entry: Entry) -> Entry:
    """The entry of a list of lines, whose boxes mean nothing."""
    return replace(entry, criterion=Criterion(" ".join(entry.criterion.text.split())))


def tidy(text: str) -> str:
    """A criterion's text: lines end in `\\n`, and no blanks around it."""
    return "\n".join(map(bare, LINE.findall(text))).strip(" \t\n")


def guarded(entry: str) -> str:
    """An entry such that it is read as this text, and not as markup of a list."""
    return f"\\{entry}" if _GUARDED.match(entry) else entry


def unguarded(text: str) -> str:
    """The entry that `guarded` made this of."""
    return text[1:] if text[:1] == "\\" and _GUARDED.match(text[1:]) else text


def plain(criteria: Sequence[Criterion], *, boxes: bool = True) -> list[str]:
    """The lines of a new list."""
    return [
        line
        for entry in criteria
        for line in _lines("- ", _box(entry.checked) if boxes else "", entry.text)
    ]


def fill(
    runs: Sequence[Run], criteria: Sequence[Criterion], *, boxes: bool = True
) -> list[list[str]]:
    """The lines of each run when it holds its share of the criteria; new lines end in nothing."""
    old = [(at, entry) for at, run in enumerate(runs) for entry in run.entries]
    matches = _match([entry.criterion for _, entry in old], criteria)
    shares: list[list[_Share]] = [[] for _ in runs]
    at = 0
    for criterion, match in zip(criteria, matches, strict=True):
        run, entry = old[match] if match is not None else (at, None)
        at = max(at, run)  # never back, or the order would be another
        shares[at].append((criterion, entry))
    return [
        _written(run, share, boxes) if run.form == "list" else _stood(run, share)
        for run, share in zip(runs, shares, strict=True)
    ]


def _match(old: Sequence[Criterion], new: Sequence[Criterion]) -> list[int | None]:
    """For each new criterion the old one that it was: by its text, else by its place."""
    free: defaultdict[str, deque[int]] = defaultdict(deque)
    for at, criterion in enumerate(old):
        free[criterion.text].append(at)
    found = [free[entry.text].popleft() if free[entry.text] else None for entry in new]
    left = {at for places in free.values() for at in places}
    return [at if match is None and at in left else match for at, match in enumerate(found)]


def _written(run: Run, share: Sequence[_Share], boxes: bool) -> list[str]:
    first = _first_number(run)
    model, lines = run.entries[0], list[str]()
    for at, (criterion, entry) in enumerate(share):
        model = entry or model
        prefix = model.prefix
        if first is not None:
            prefix = _NUMBER.sub(rf"\g<1>{first + at}\g<3>", prefix)
        lines += _render(criterion, entry, prefix, model.box, boxes=boxes)
        if at + 1 < len(share):
            lines += (entry and entry.gap) or run.entries[0].gap
    return lines


def _stood(run: Run, share: Sequence[_Share]) -> list[str]:
    """Criteria that are no list stay none, but for those that must be: with a box, or of a text
    that would be read as something else."""
    pieces = [
        (_in_fence if run.form == "fence" else _in_paragraphs)(run, criterion, entry)
        for criterion, entry in share
    ]
    lines: list[str] = []
    inside = False
    for at, (piece, listed) in enumerate(pieces):
        gap = _gap(run, share[at - 1][1], piece) if at else []
        if run.form == "fence" and inside == listed:
            lines += [*gap, *run.closing] if inside else []
            lines += (
                ["", *([] if listed else run.opening)] if at else ([] if listed else run.opening)
            )
            inside = not listed
        elif at:
            lines += gap or ([""] if listed != pieces[at - 1][1] else [])
        lines += piece
    return [*lines, *(run.closing if inside else ())]


def _gap(run: Run, above: Entry | None, below: Sequence[str]) -> list[str]:
    """The blank lines between a criterion, which stood there before or is new, and the next one."""
    usual = run.entries[0].gap if len(run.entries) > 1 else ("",)
    gap = usual if above in (None, run.entries[-1]) else above.gap
    return list(gap) or ([] if steps.step_of(below[0]) in ("scenario", "given") else [""])


def _in_fence(run: Run, criterion: Criterion, entry: Entry | None) -> tuple[list[str], bool]:
    """The lines, and whether they are a list."""
    old = entry.scenario if entry else None
    if entry and entry.criterion == criterion:
        return list(entry.raw), False
    if steps.fits_fence(criterion.text):
        return steps.written(old, criterion.text, done=criterion.checked), False
    return list(_lines("- ", _box(criterion.checked), criterion.text)), True


def _in_paragraphs(run: Run, criterion: Criterion, entry: Entry | None) -> tuple[list[str], bool]:
    if entry and entry.criterion == criterion:
        return list(entry.raw), False
    if criterion.checked or (run.form == "scenarios" and not steps.is_scenario(criterion.text)):
        return list(_lines("- ", _box(criterion.checked), criterion.text)), True
    return steps.retold(entry.raw if entry else (), criterion.text), False


def _first_number(run: Run) -> int | None:
    """Of a list that counts up; None for bullets, and where each number is the same."""
    numbers = [_NUMBER.fullmatch(entry.prefix) for entry in run.entries]
    values = [int(number[2]) for number in numbers if number]
    counts = bool(values) and values == list(range(values[0], values[0] + len(numbers)))
    return values[0] if counts else None


def _render(
    criterion: Criterion, entry: Entry | None, prefix: str, box: str, *, boxes: bool
) -> list[str]:
    same = entry is not None and entry.criterion.text == criterion.text
    if entry and entry.criterion == criterion and entry.prefix == prefix:
        return list(entry.raw)
    # Without a box, only a text that begins with a letter is sure to be read as a text.
    if not boxes:
        box = ""
    elif box or criterion.checked or not (same or criterion.text[0].isalpha()):
        box = _box(criterion.checked, box)
    if entry and same and entry.prefix == prefix:
        old = entry.prefix + entry.box
        if entry.raw[0].startswith(old):
            return [prefix + box + entry.raw[0][len(old) :], *entry.raw[1:]]
    return list(_lines(prefix, box, criterion.text))


def _box(checked: bool, old: str = "") -> str:
    return f"[{'x' if checked else ' '}]{old[3:] or ' '}"


def _lines(prefix: str, box: str, text: str) -> Iterator[str]:
    first, *rest = text.split("\n")
    yield prefix + box + first
    indent = " " * len(prefix.expandtabs(4))
    yield from (indent + line if line else "" for line in rest)


def _dedent(line: str, width: int) -> str:
    """Without its first `width` columns, as far as they are blank; tabs stop at each fourth."""
    column = 0
    for at, char in enumerate(line):
        if column >= width or char not in " \t":
            return " " * max(column - width, 0) + line[at:]
        column += 1 if char == " " else 4 - column % 4
    return ""
