"""Scenarios of the form Given-When-Then in Markdown: in paragraphs, and in fences of Gherkin. Pure.

One scenario is one criterion. Its text has a line for each step, without indents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain, pairwise
from typing import Literal, TypeAlias

from adapters.sections.lines import bare, blank, content_end
from adapters.text.markdown_escape import PUNCTUATION, Around, escape, escape_line_start

Step: TypeAlias = Literal["scenario", "given", "when", "then", "and"]

# https://cucumber.io/docs/gherkin/languages
_WORDS: dict[Step, str] = {
    "scenario": "Scenario( Outline| Template)?|Example|Szenario|Szenariogrundriss|Beispiel|"
    "Scénario|Plan du scénario|Exemple|Escenario|Esquema del escenario|Ejemplo|Cenário|Exemplo|"
    "Scenariusz|Przykład|Voorbeeld|Сценарий|Пример|シナリオ|场景|場景|剧本|시나리오",
    "given": "Given|Angenommen|Gegeben( sei| seien| ist)?|Étant donnée?s?( que?)?|Soit|"
    "Sachant que?|Dad[oa]s?|Dat[oaie]|Stel|Gegeven|Mając|Zakładając|Дано|Допустим|"
    "前提|假如|假设|假定|먼저|만일",
    "when": "When|Wenn|Quand|Lorsque|Lorsqu'|Cuando|Quando|Als|Wanneer|Jeżeli|Jeśli|Gdy|Kiedy|"
    "Когда|Если|もし|当|當|만약",
    "then": "Then|Dann|Alors|Donc|Entonces|Então|Allora|Dan|Wtedy|Тогда|То|ならば|那么|那麼|그러면",
    "and": "And|But|Und|Aber|Et( que)?|Mais( que)?|Y|E|Pero|Mas|Ma|En|Maar|Oraz|I|Ale|И|Но|А|"
    "かつ|しかし|但し|而且|并且|同时|但是|그리고|하지만|단",
}
_MARKS = r"(?:#{1,6}[ \t]+)?[*_]{0,3}"
_STEP = re.compile(
    rf"[ \t]*{_MARKS}(?:"
    rf"(?P<scenario>(?:{_WORDS['scenario']})(?:[ \t]+\d+)?[*_]{{0,3}}[ \t]*[:：])"
    + "".join(
        rf"|(?P<{step}>(?:{_WORDS[step]})(?:(?<=[a-zа-я'])(?![\w'])|(?<![a-zа-я'])))"
        for step in ("given", "when", "then", "and")
    )
    + ")",
    re.IGNORECASE,
)
_INLINE = re.compile(rf"\b(?:{_WORDS['when']})\b.*\b(?:{_WORDS['then']})\b", re.IGNORECASE)
_FENCE = re.compile(
    r"[ ]{0,3}(`{3,}|~{3,})[ \t]*(?:gherkin|cucumber|feature)[ \t]*$", re.IGNORECASE
)
_TAGS = re.compile(r"[ \t]*@\S+(?:[ \t]+@\S+)*[ \t]*$")
_SIGNS = re.compile(r"^[ \t]*(?:#{1,6}(?=[ \t]))?")
DONE = "@done"
"""The tag of a scenario that is ticked; Gherkin has no boxes."""


def step_of(line: str) -> Step | None:
    """What the line begins with, where that is the word for a step or for a scenario."""
    found = _STEP.match(line)
    if found is None:
        return None
    name = found.lastgroup
    return next(step for step in _WORDS if step == name)


def is_scenario(text: str) -> bool:
    """Do these lines say one scenario, and nothing else?"""
    lines = text.split("\n")
    return list(scenarios([(at, line, not at) for at, line in enumerate(lines)])) == [
        (0, len(lines))
    ]


def scenarios(lines: Sequence[tuple[int, str, bool]]) -> Iterator[tuple[int, int]]:
    """First and last line of each scenario. `lines`: number, text, is it the first of a paragraph?

    They are those of paragraphs with nothing between them. A paragraph that begins with no step
    ends a scenario.
    """
    start, end, steps = 0, 0, list[Step]()
    for at, line, first in lines:
        step = step_of(line)
        fresh = step == "scenario" or (step in ("given", "when") and "then" in steps)
        if (fresh or (first and step is None)) and steps:
            if _whole(steps):
                yield start, end
            steps = []
        if step is None and not steps:
            continue
        if not steps:
            start = at
        if not blank(line):
            steps += [step] if step else []
            steps += ["then"] if _INLINE.search(line) else []
            end = at + 1
    if _whole(steps):
        yield start, end


def _whole(steps: Sequence[Step]) -> bool:
    return "then" in steps and not {"given", "when"}.isdisjoint(steps)


def told(lines: Sequence[str]) -> str:
    """The text of a scenario in paragraphs: its lines without indents and signs of a heading."""
    return "\n".join(map(_said, lines)).strip("\n")


def retold(raw: Sequence[str], text: str) -> list[str]:
    """The lines of a scenario in paragraphs: those that it had, as far as they hold."""
    return _aligned([((line,), _said(line)) for line in raw], text, _in_its_place)


def _in_its_place(old: str, line: str) -> str:
    """A line of a scenario in paragraphs: a heading where the old one was."""
    signs = _SIGNS.match(old)
    titled = step_of(old) == step_of(line) == "scenario"
    return f"{signs[0]} {line}" if titled and signs and "#" in signs[0] else line


def _said(line: str) -> str:
    return _SIGNS.sub("", bare(line)).strip(" \t")


_Line: TypeAlias = tuple[Sequence[str], str]
"""Raw lines, the blank ones below included, and what they say."""


def _aligned(old: Sequence[_Line], text: str, fresh: Callable[[str, str], str]) -> list[str]:
    """The lines of a text: old ones, where they say the same; `fresh` makes one like another."""
    lines: list[str] = []
    new = text.split("\n")
    matcher = SequenceMatcher(None, [said for _, said in old], new, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            lines += chain.from_iterable(raw for raw, _ in old[a:b])
            continue
        for at in range(c, d):
            near = min(a + at - c, max(b - 1, 0))
            lines.append(fresh(old[near][0][0] if old else "", new[at]))
            lines += old[near][0][1:] if near == a + at - c < b else ()
    return lines


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario in a fence."""

    raw: tuple[str, ...]
    gap: tuple[str, ...]
    """Blank lines below it."""
    text: str
    done: bool


@dataclass(frozen=True, slots=True)
class Fence:
    """A fence of Gherkin, cut into its scenarios: what stands above the first belongs to it."""

    opening: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    closing: str


def read_fence(lines: Sequence[str]) -> Fence | None:
    """None where the lines are no fence of Gherkin, or one without scenarios, or left open."""
    found = _FENCE.match(bare(lines[0]))
    if found is None or not bare(lines[-1]).strip().startswith(found[1]):
        return None
    inner = lines[1:-1]
    starts = list(_starts(inner))
    if not starts:
        return None
    top = next(at for at, line in enumerate(inner) if not blank(line))
    bounds = [top, *starts[1:], len(inner)]
    read = tuple(_scenario(inner[a:b]) for a, b in pairwise(bounds))
    return Fence((lines[0], *inner[:top]), read, lines[-1])


def _starts(lines: Sequence[str]) -> Iterator[int]:
    """The first line of each scenario, its tags and comments included."""
    named = {at for at, line in enumerate(lines) if step_of(line) == "scenario"}
    spans = scenarios([(at, line, False) for at, line in enumerate(lines)])
    for start in sorted(named | {start for start, _ in spans}):
        at = start
        while at and (_TAGS.match(bare(lines[at - 1])) or lines[at - 1].lstrip().startswith("#")):
            at -= 1
        yield at


def _scenario(lines: Sequence[str]) -> Scenario:
    end = content_end(lines, 0, len(lines))
    raw = tuple(lines[:end])
    text = "\n".join(said for _, said in _fenced(raw))
    return Scenario(raw, tuple(lines[end:]), text, any(map(_is_done, raw)))


def _fenced(raw: Sequence[str]) -> Sequence[_Line]:
    """The lines of a scenario, without that which is only the tag of a ticked one."""
    found: list[tuple[list[str], str]] = []
    for line in raw:
        if blank(line) and found:
            found[-1][0].append(line)
        elif text := _unticked(line).strip():
            found.append(([line], _markdown(text)))
    return found


def _is_done(line: str) -> bool:
    return _TAGS.match(bare(line)) is not None and DONE in line.split()


def _unticked(line: str) -> str:
    return re.sub(rf"[ \t]*(?<!\S){DONE}(?!\S)", "", line) if _is_done(line) else line


def _markdown(line: str) -> str:
    """What a line of a fence says, in Markdown."""
    return escape_line_start(escape(line, Around.of(line, "_"), "", ""), first=True)


def _literal(text: str) -> str:
    """The line of a fence that says this."""
    return re.sub(rf"\\([{re.escape(PUNCTUATION)}])", r"\1", text.removeprefix("&#32;"))


def fits_fence(text: str) -> bool:
    """Can a fence hold this text, such that it is read again?"""
    fence = read_fence(["```gherkin", *written(None, text, done=False), "```"])
    return fence is not None and [one.text for one in fence.scenarios] == [text]


def written(old: Scenario | None, text: str, *, done: bool) -> list[str]:
    """The lines of a scenario in a fence: those that it had, as far as they hold."""
    raw = list(old.raw) if old else []
    if old and (old.text, old.done) == (text, done):
        return raw
    if not done:
        raw = [_unticked(line) for line in raw if not _is_done(line) or _unticked(line).strip()]
    tags = [line for line in raw if _is_done(line) and not _unticked(line).strip()]
    lines = _aligned(_fenced(raw), text, lambda old, line: _indent(old) + _literal(line))
    if old is None and step_of(lines[0]) == "scenario":
        lines[1:] = [f"  {line}" for line in lines[1:]]
    if done and not any(map(_is_done, lines)):
        lines.insert(0, tags[0] if tags else _indent(lines[0]) + DONE)
    return lines
