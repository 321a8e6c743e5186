"""References and mentions in Markdown: found where they are live, and changed there alone. Pure.

They are live in words: not in code, HTML, addresses, or definitions of links. A link is offered as
a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import TypeAlias

from adapters.sections.lines import LINE, bare, blocks

JOINER = "\u2060"
"""A word joiner: not to be seen, and the end of what a tracker reads as a name."""

_STILL = r"""
    (?P<still>
      (?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)
    | <!--(?:(?!-->).)*-->
    | <[a-z/!?][^<>\n]*>
    | ^[ ]{0,3}\[[^\]\n]+\]:[^\n]*$
    | \bhttps?://[^\s<>]+
    | (?P<reflink>!?\[(?:\\.|[^\[\]\\\n])*\]\[[^\[\]\n]*\])
    )
  | (?P<link>(?P<image>!?)
      \[(?P<label>(?:\\.|\[(?:\\.|[^\[\]\\\n])*\]|[^\[\]\\\n]|\n(?![ \t]*\n))*)\]
      \((?P<url>(?:\\[^\n]|\((?:[^()\s]*)\)|[^\s()\\])*)(?P<title>[ \t]+"[^"\n]*")?\)
    )
"""
Change: TypeAlias = Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Scanner:
    """Finds what is live: links, by the group `link` (`label`, `url`), and a pattern of one's own.

    The pattern is verbose, and without regard to case.
    """

    pattern: str
    hint: str
    """Where this pattern is nowhere in a text, there is nothing to find."""

    def change(self, text: str, made: Change) -> str:
        """The text with what `made` makes of each match."""
        if not _compiled(self.hint, True).search(text):
            return text
        expression = _compiled(f"{_STILL}\n| {self.pattern}", False)

        def outside(found: re.Match[str]) -> str:
            return found.group() if found["still"] is not None else made(found)

        parts = [
            stretch if code else expression.sub(outside, stretch) for stretch, code in _cut(text)
        ]
        return "".join(parts)

    def find(self, text: str) -> list[re.Match[str]]:
        """All that it finds."""
        found: list[re.Match[str]] = []
        self.change(text, lambda match: found.append(match) or match.group())  # type: ignore[func-returns-value]
        return found


def stands_clear(found: re.Match[str]) -> bool:
    """May a reference stand in the place of what was found, between the characters around it?"""
    text = found.string
    before = text[max(found.start() - 1, 0) : found.start()]
    after = text[found.end() : found.end() + 1]
    return (not before.strip() or before in "(*") and (not after.strip() or after in ".,;:!?)*")


@cache
def _compiled(pattern: str, plain: bool) -> re.Pattern[str]:
    flags = re.IGNORECASE | re.MULTILINE | re.DOTALL
    return re.compile(pattern, flags if plain else flags | re.VERBOSE)


def _cut(text: str) -> list[tuple[str, bool]]:
    """The text in stretches of whole lines, and whether each is code or HTML."""
    lines: list[str] = LINE.findall(text)
    code = [False] * len(lines)
    for token in blocks().parse("\n".join(map(bare, lines))):
        if token.type in ("fence", "code_block", "html_block") and token.map:
            start, end = token.map
            code[start:end] = [True] * (end - start)
    stretches: list[tuple[str, bool]] = []
    start = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or code[at] != code[start]:
            stretches.append(("".join(lines[start:at]), code[start]))
            start = at
    return stretches


def respelt(text: str, shown: str, read: Callable[[str], str], written: str) -> str:
    """What `written` says, in the lines of `shown` wherever these are read as those of the text.

    `written` is the text line by line, as `shown` is read line by line.
    """
    own, said = shown.split("\n"), read(shown).split("\n")
    wanted, lines = text.split("\n"), written.split("\n")
    if len(own) != len(said) or len(wanted) != len(lines):
        return written
    top = _common(said, wanted)
    end = _common(said[top:][::-1], wanted[top:][::-1])
    lines[:top] = own[:top]
    lines[len(lines) - end :] = own[len(own) - end :]
    matcher = SequenceMatcher(None, said[top : len(said) - end], wanted[top : len(wanted) - end])
    for a, b, size in matcher.get_matching_blocks():
        lines[top + b : top + b + size] = own[top + a : top + a + size]
    answer = "\n".join(lines)
    return answer if read(answer) == read(written) else written


def _common(some: Sequence[str], others: Sequence[str]) -> int:
    """How many lines at the beginning are the same."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(some), len(others)))
