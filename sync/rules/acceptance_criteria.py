"""The rule acceptance-criteria: enough of them, really written, each once, and met when done."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sync.model import Criterion, Item
from sync.plain import plain
from sync.rules.view import Breach, View, quote, several

PLACEHOLDERS = ("TBD", "TBA", "TBC", "TODO", "FIXME", "XXX")

LEFT_OPEN = re.compile(r"\bTB[ACD]\b|(?i:\blorem ipsum\b)")
"""Anywhere in a criterion: `answers within TBD ms`."""
LEAD = r"(?:as an?|i want(?: to)?|so that|in order to|given|when|then|and)"
UNFILLED = re.compile(
    rf"(?:\b{LEAD}\b|(?:\bacceptance )?\bcriteri(?:on|a)(?: \d+)?\b|[\W_])*", re.IGNORECASE
)
"""A form of which nothing was filled in: `Given … when … then …`, `Criterion 1`, `[ ]`, `???`."""
SLOT = re.compile(
    rf"\b{LEAD}\s+(?:i\s+|the\s+|an?\s+)?[<\[{{]\s*"
    r"(?:some |the |an? |type of |kind of |your )*"
    r"(?:role|user|persona|actor|goal|action|feature|reason|benefit|value|business value|context|"
    r"precondition|event|trigger|outcome|result|expected result)"
    r"\s*[>\]}](?!\()",  # a link's text is no slot
    re.IGNORECASE,
)
"""A slot of a story's template: `As a <role>`, `I want [goal]`. Other words in angle brackets may
be meant: parameters of a path, the columns of a scenario's examples."""


@dataclass(frozen=True, slots=True)
class AcceptanceCriteria:
    """The options of the rule acceptance-criteria. It judges stories, unless told other kinds."""

    statuses: Collection[str] | None = None
    """Where criteria are required; None: in every open status. An item without a status is open."""
    minimum: int = 1
    placeholders: Collection[str] = PLACEHOLDERS
    """Words that are no criterion, alone or before a colon or a dash. Case does not matter."""
    done_checked: bool = True
    """Must a done item have all its boxes checked?"""


def acceptance_criteria(view: View, options: AcceptanceCriteria) -> Iterator[Breach]:
    placeholder = _placeholder(options.placeholders)
    for item in view.judged():
        if _required(item, options):
            yield from _number(view, item, options.minimum)
            yield from _placeholders(view, item, placeholder)
            yield from _duplicates(view, item)
        if item.status == "done" and options.done_checked:
            yield from _unchecked(view, item)


def _required(item: Item, options: AcceptanceCriteria) -> bool:
    return not item.closed if options.statuses is None else item.status in options.statuses


def _number(view: View, item: Item, minimum: int) -> Iterator[Breach]:
    number = len(item.acceptance_criteria)
    if number < minimum:
        has = f"only {number}" if number else "no"
        criteria = "acceptance criterion" if number == 1 else "acceptance criteria"
        need = "at least one" if minimum == 1 else f"at least {minimum}"
        yield Breach(
            item.id, f"{view.name(item)} has {has} {criteria}: write {need} before work starts."
        )


def _placeholders(view: View, item: Item, placeholder: re.Pattern[str]) -> Iterator[Breach]:
    left = [
        f"number {number} ({quote(criterion.text)})" if plain(criterion.text) else f"box {number}"
        for number, criterion in enumerate(item.acceptance_criteria, start=1)
        if _is_placeholder(criterion, placeholder)
    ]
    if left:
        yield Breach(
            item.id,
            f"{view.name(item)} has acceptance criteria that are still to be written: "
            f"{several(left)}. Say what must hold, or remove them.",
        )


def _placeholder(words: Collection[str]) -> re.Pattern[str]:
    spelled = "|".join(re.escape(_bare(word)) for word in sorted(words))
    return re.compile(rf"(?:{spelled or '(?!)'})(?:\W*|: .*| [–—-] .*)", re.IGNORECASE)


def _is_placeholder(criterion: Criterion, placeholder: re.Pattern[str]) -> bool:
    text = _bare(criterion.text)
    return bool(
        UNFILLED.fullmatch(re.sub(r"^\[[ x]\]", "", text, flags=re.IGNORECASE))
        or placeholder.fullmatch(text)
        or LEFT_OPEN.search(text)
        or SLOT.search(text)
    )


def _duplicates(view: View, item: Item) -> Iterator[Breach]:
    first: dict[str, int] = {}
    twice = []
    for number, criterion in enumerate(item.acceptance_criteria, start=1):
        text = _bare(criterion.text).rstrip(".;,").casefold()
        if text and first.setdefault(text, number) != number:
            twice.append(f"{quote(criterion.text)} (numbers {first[text]} and {number})")
    if twice:
        yield Breach(
            item.id,
            f"{view.name(item)} has the same acceptance criterion twice: {several(twice)}. "
            "Remove one, or say how they differ.",
            "warning",
        )


def _unchecked(view: View, item: Item) -> Iterator[Breach]:
    left = [criterion for criterion in item.acceptance_criteria if not criterion.checked]
    if left:
        texts = several(quote(criterion.text) for criterion in left)
        yield Breach(
            item.id,
            f"{view.name(item)} is done, but {len(left)} of its {len(item.acceptance_criteria)} "
            f"acceptance criteria are not checked: {texts}. Check them, or reopen the item.",
        )


def _bare(text: str) -> str:
    """The text in one line, without Markdown's emphasis and escapes."""
    line = re.sub(r"[*_~`]|\\(?=[^\w\s])", "", html.unescape(plain(text)))
    return unicodedata.normalize("NFKC", line).strip()
