"""A description in Jira's own markup: the section of the criteria cut out, and put back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from adapters import sections
from adapters.jira.markup import PANEL, Block, Markup
from adapters.sections import Place
from adapters.sections.headings import accepted
from adapters.sections.steps import step_of
from adapters.text import TextError, normal_form
from adapters.text.rewrite import rewrite_blocks
from sync.model import Criterion, Json

PASSES = 3
"""So often a text may be converted until it stays the same."""


class Unsayable(Exception):
    """A text that Jira's markup cannot hold; the message says why."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A text, and where in it the criteria are.

    The section is the last one of its heading, up to the next heading of the same or a higher
    level. The lists and the scenarios in it are the criteria; all else is the description, and the
    heading with it where there is more than those below it.
    """

    markup: Markup
    blocks: tuple[Block, ...]
    start: int | None = None
    """Of the heading; None: there is no section."""
    end: int = 0
    listed: tuple[int, ...] = ()
    bare: bool = False
    closing: Block | None = None
    """The last block of the section, where its heading is the title of a panel around it."""

    @property
    def lists(self) -> tuple[Block, ...]:
        return tuple(self.blocks[at] for at in self.listed)

    @property
    def rest(self) -> tuple[Block, ...]:
        gone = set(range(self.start, self.end) if self.bare and self.start is not None else ())
        gone |= set(self.listed)
        return tuple(
            self.markup.ended(block) if at + 1 in gone else block
            for at, block in enumerate(self.blocks)
            if at not in gone
        )

    @property
    def place(self) -> int:
        """How many blocks of the rest stand above the criteria."""
        if self.start is None:
            return len(self.blocks)
        return self.start if self.bare else (self.listed[0] if self.listed else self.end)

    def raw(self) -> str:
        """The description as Jira shows it."""
        return self.markup.dump(self.rest)

    def criteria(self) -> tuple[Criterion, ...]:
        """Raises TextError."""
        return _criteria(self.markup, self.lists)


def cut(markup: Markup, native: Json, heading: str | Place) -> Cut:
    """`heading` is empty where no section is to be cut out; CHECKLIST, where the first list whose
    items all have boxes is the criteria. Raises TextError."""
    return _cut(markup, markup.blocks(native), heading)


def compose(
    cut: Cut,
    heading: str | Place,
    *,
    description: str | None = None,
    criteria: tuple[Criterion, ...] | None = None,
) -> Json:
    """The text with what is given in Markdown in the place of what it held; None: as it is.

    A block that nobody changed stays as it is. Nobody is pinged who was not before. Raises
    Unsayable, and TextError.
    """
    markup, known = cut.markup, cut.markup.mentioned(cut.blocks)
    rest, lists = list(cut.rest), list(cut.lists)
    section: list[Block] | None = lists if lists or cut.bare else None
    if description is not None:
        wanted = markup.hushed(settled(markup, description), known)
        rest = carried(markup, cut.rest, wanted)
    if criteria is not None and criteria != cut.criteria():
        section = markup.hushed(_written(markup, cut.lists, criteria), known) or None
    if description is None and criteria is None:
        return markup.native(cut.blocks)
    if description is None and criteria and cut.listed:
        blocks = _section_with(cut, heading, criteria, known)
        again = _cut(markup, markup.blocks(markup.native(blocks)), heading)
        if again.raw() == cut.raw() and same_criteria(again.criteria(), criteria):
            return markup.native(blocks)
    if isinstance(heading, Place):
        return markup.native(_beside(cut, heading, rest, section or []))
    ways = (
        *([_spliced(cut, section)] if description is None and section and cut.listed else []),
        _in_place(cut, heading, rest, section),
        _at_the_end(cut, heading, rest, section),
        _at_the_end(cut, heading, rest, section or []),  # or the description's list would be taken
    )
    wanted_keys = (markup.dump(rest), keys_of(markup, section or ()))
    for blocks in ways:
        again = _cut(markup, markup.blocks(markup.native(blocks)), heading)
        if (again.raw(), keys_of(markup, again.lists)) == wanted_keys:
            break
    return markup.native(blocks)


def same_text(one: str, other: str) -> bool:
    """Do two Markdown texts say the same?"""
    return one == other or normal_form(one) == normal_form(other)


def same_criteria(some: tuple[Criterion, ...], others: tuple[Criterion, ...]) -> bool:
    """Do these say the same, in the same order, with the same boxes ticked?"""
    return len(some) == len(others) and all(
        one.checked == other.checked and same_text(one.text, other.text)
        for one, other in zip(some, others, strict=True)
    )


def _beside(cut: Cut, place: Place, rest: list[Block], lists: list[Block]) -> list[Block]:
    """The checklist where it was, or at an end of the text. Raises Unsayable where the text has
    another one, which would be taken for it."""
    markup = cut.markup
    at = moved(cut.place, keys_of(markup, cut.rest), keys_of(markup, rest))
    wanted = markup.dump(rest), keys_of(markup, lists)
    for where in dict.fromkeys((at, len(rest), 0)):
        blocks = inserted(markup, rest, where, lists) if lists else rest
        again = _cut(markup, markup.blocks(markup.native(blocks)), place)
        if (again.raw(), keys_of(markup, again.lists)) == wanted:
            return blocks
    raise Unsayable(
        "the text has a checklist of its own, which would be taken for the criteria; "
        "carry these by body-section/HEADING"
    )


def _checklist(markup: Markup, blocks: Sequence[Block], place: Place) -> Cut:
    for at, block in enumerate(blocks):
        if markup.is_list(block):
            rest, criteria = sections.split(markup.to_markdown([block]), place)
            if criteria and not rest:
                return Cut(markup, tuple(blocks), at, at + 1, (at,))
    return Cut(markup, tuple(blocks))


def _cut(markup: Markup, blocks: Sequence[Block], heading: str | Place) -> Cut:
    if isinstance(heading, Place):
        return _checklist(markup, blocks, heading)
    start, end, level = None, len(blocks), 0
    names = accepted(heading) if heading else frozenset[str]()
    blocks = [part for block in blocks for part in markup.opened(block, names)]
    for at, block in enumerate(blocks):
        found = markup.heading(block)
        if found and found[1] in names:
            start, end, level = at, len(blocks), found[0]
        elif found and start is not None and end == len(blocks) and found[0] <= level:
            end = end if step_of(f"{found[1]}:") == "scenario" else at
        elif start is not None and level == PANEL and markup.closes(block):
            end = at + 1
            break
    if start is None:
        return Cut(markup, tuple(blocks))
    inner = range(start + 1, end - (level == PANEL))
    listed = tuple(_listed(markup, blocks, inner))
    bare = all(markup.is_blank(blocks[at]) for at in inner if at not in listed)
    closing = blocks[end - 1] if level == PANEL else None
    return Cut(markup, tuple(blocks), start, end, listed, bare, closing)


def _listed(markup: Markup, blocks: Sequence[Block], within: range) -> Iterator[int]:
    """The blocks that are lists, or scenarios; of these, several may be one."""
    steps: list[int] = []
    for at in within:
        block = blocks[at]
        text = "" if markup.is_blank(block) else markup.to_markdown([block]).strip()
        if not markup.is_list(block) and step_of(text.partition("\n")[0]):
            steps.append(at)
            continue
        yield from _told(markup, blocks, steps)
        steps = []
        if markup.is_list(block) or (text.startswith(("`", "~")) and _criteria(markup, [block])):
            yield at
    yield from _told(markup, blocks, steps)


def _told(markup: Markup, blocks: Sequence[Block], steps: Sequence[int]) -> Iterator[int]:
    """Those of the blocks, which begin with steps, that are scenarios."""
    rest, criteria = sections.split(_section(markup, [blocks[at] for at in steps]))
    if criteria and not rest:
        yield from steps
    elif criteria:
        yield from (at for at in steps if _criteria(markup, [blocks[at]]))


def _section_with(
    cut: Cut, heading: str | Place, criteria: tuple[Criterion, ...], known: frozenset[str]
) -> list[Block]:
    """The text with other criteria: each where, and in the form that, the old ones were."""
    markup, start = cut.markup, cut.start or 0
    old = cut.blocks[start : cut.end]
    text = sections.join(markup.to_markdown(old), heading, criteria=criteria)
    new = carried(markup, old, markup.hushed(settled(markup, text), known))
    return [*cut.blocks[:start], *new[:-1], *map(markup.ended, new[-1:]), *cut.blocks[cut.end :]]


def _criteria(markup: Markup, lists: Sequence[Block]) -> tuple[Criterion, ...]:
    return sections.split(_section(markup, lists))[1] if lists else ()


def _section(markup: Markup, lists: Sequence[Block]) -> str:
    """The lists in Markdown, below a heading that makes them criteria."""
    listed = markup.to_markdown(lists) if lists else ""
    return f"## {sections.HEADING}\n\n{listed}"


def _written(
    markup: Markup, lists: Sequence[Block], criteria: tuple[Criterion, ...]
) -> list[Block]:
    if not criteria:
        return []
    text = sections.join(_section(markup, lists), criteria=criteria)
    written = settled(markup, text)[1:]
    again = _criteria(markup, written)
    if [entry.checked for entry in again] != [entry.checked for entry in criteria]:
        raise Unsayable("Jira would read back other criteria than these; simplify their markup")
    return written


def settled(markup: Markup, markdown: str) -> list[Block]:
    """The blocks of a text, such that converting them there and back changes nothing more."""
    blocks = markup.from_markdown(markdown)
    for _ in range(PASSES):
        again = markup.from_markdown(markup.to_markdown(blocks))
        if markup.dump(again) == markup.dump(blocks):
            return blocks
        blocks = again
    raise Unsayable("the text is another each time it is converted; simplify its markup")


def carried(markup: Markup, old: Sequence[Block], new: list[Block]) -> list[Block]:
    """The old blocks with what it takes to say what the new ones do, and all else as it was."""
    known = markup.mentioned(old) | markup.mentioned(new)
    try:
        for blocks in _rewritten(markup, old, new):
            same = same_text(markup.to_markdown(blocks), markup.to_markdown(new))
            if same and markup.mentioned(blocks) <= known:
                return blocks
    except TextError:
        pass
    return new


def _rewritten(markup: Markup, old: Sequence[Block], new: list[Block]) -> Iterator[list[Block]]:
    """Ways to say it, the most sparing one first; none of them is certain to."""
    yield from markup.rewritten(old, markup.from_markdown(markup.to_markdown(old)), new)
    said = [markup.from_markdown(markup.to_markdown([block])) for block in old]
    yield rewrite_blocks(_Blocks(markup, mends=True), old, said, new)
    yield rewrite_blocks(_Blocks(markup, mends=False), old, said, new)


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Blocks as the parts of a text that is rewritten."""

    markup: Markup
    mends: bool
    apart: bool = False

    def said(self, part: Block) -> str:
        return self.markup.dump([part])

    spelt = gist = said

    def dressed(self, part: Block) -> Block:
        return part

    def mended(self, own: Block, old: Block, new: Block) -> Block:
        return self.markup.mended(own, old, new) if self.mends else new


def _spliced(cut: Cut, lists: list[Block]) -> list[Block]:
    """The criteria in the place of the first list, and all else as it was."""
    first, *others = cut.listed
    held = [block for at, block in enumerate(cut.blocks) if at not in others]
    new = [*lists[:-1], cut.markup.ended(lists[-1])]
    return [*held[:first], *new, *held[first + 1 :]]


def _in_place(cut: Cut, heading: str, rest: list[Block], lists: list[Block] | None) -> list[Block]:
    """The criteria where they were. None: no section; without any: its heading alone."""
    own = _cut(cut.markup, rest, heading)
    if lists is None or cut.start is None or (own.start is None and not cut.bare):
        return _at_the_end(cut, heading, rest, lists)
    at = moved(cut.place, keys_of(cut.markup, cut.rest), keys_of(cut.markup, rest))
    if own.start is None:
        lists = [cut.blocks[cut.start], *lists, *([cut.closing] if cut.closing else [])]
    elif not own.start < at <= own.end:
        at = own.end
    return inserted(cut.markup, rest, at, lists)


def _at_the_end(
    cut: Cut, heading: str, rest: list[Block], lists: list[Block] | None
) -> list[Block]:
    """The criteria at the end of the description's own section of them, or of the whole."""
    markup = cut.markup
    if lists is None:
        return rest
    own = _cut(markup, rest, heading)
    if own.start is not None and not own.bare and not own.listed:
        return inserted(markup, rest, own.end - (own.closing is not None), lists)
    above = [markup.ended(block) for block in markup.from_markdown(f"## {heading}")]
    return inserted(markup, rest, len(rest), above + lists)


def inserted(markup: Markup, rest: list[Block], at: int, new: list[Block]) -> list[Block]:
    above = [*rest[: at - 1], markup.ended(rest[at - 1])] if at else []
    below = [markup.ended(block) for block in new[-1:]]
    return [*above, *new[:-1], *below, *rest[at:]]


def moved(place: int, old: Sequence[str], new: Sequence[str]) -> int:
    """The place in `new` for what stood at `place` in `old`: above the same block, or below it."""
    if place >= len(old):
        return len(new)
    pairs = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    same = {a + at: b + at for a, b, size in pairs for at in range(size)}
    if place in same:
        return same[place]
    return same[place - 1] + 1 if place - 1 in same else len(new)


def keys_of(markup: Markup, blocks: Sequence[Block]) -> list[str]:
    return [markup.dump([block]) for block in blocks]
