"""The rule acceptance-criteria: enough of them, really written, each once, and met when done."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

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


_STEPS = re.compile(
    r"\bgiven\b.+\bwhen\b.+\bthen\b|\bwhen\b.+\bthen\b"
    r"|\bangenommen\b.+\bwenn\b.+\bdann\b|\bétant donné.+\bquand\b.+\balors\b"
    r"|\bdad[oa]s?\b.+\bcuando\b.+\bentonces\b",
    re.IGNORECASE,
)
"""Given-When-Then in Gherkin's words; `Given` may be left out where nothing is presupposed."""


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
    form: Literal["any", "given-when-then"] = "any"
    """How a criterion is written: any way, or with Given, When and Then, in this order."""
    template: Sequence[str] = ()
    """What `fix` puts where there are none, to be filled in: left as it is, it is no criterion."""
    ready: int = 0
    """So many items at the top of the order must be ready: with criteria, an estimate, and nothing
    open that blocks them."""


def acceptance_criteria(view: View, options: AcceptanceCriteria) -> Iterator[Breach]:
    placeholder = _placeholder([*options.placeholders, *options.template])
    top = {item.id for item in view.open()[: options.ready]}
    for item in view.judged():
        if _required(item, options) or item.id in top:
            yield from _number(view, item, options)
            if not view.mending:
                yield from _placeholders(view, item, placeholder)
            yield from _duplicates(view, item)
            if options.form == "given-when-then" and not view.mending:
                yield from _form(view, item)
        if view.mending:
            continue
        if item.id in top:
            yield from _ready(view, item)
        if item.status == "done" and options.done_checked:
            yield from _unchecked(view, item)


def _required(item: Item, options: AcceptanceCriteria) -> bool:
    return not item.closed if options.statuses is None else item.status in options.statuses


def _number(view: View, item: Item, options: AcceptanceCriteria) -> Iterator[Breach]:
    number, minimum = len(item.acceptance_criteria), options.minimum
    template = tuple(Criterion(text) for text in options.template)
    if number < minimum:
        has = f"only {number}" if number else "no"
        criteria = "acceptance criterion" if number == 1 else "acceptance criteria"
        need = "at least one" if minimum == 1 else f"at least {minimum}"
        yield Breach(
            item.id,
            f"{view.name(item)} has {has} {criteria}: write {need} before work starts.",
            fix={"acceptance_criteria": template} if template and not number else None,
        )


def _placeholders(view: View, item: Item, placeholder: re.Pattern[str]) -> Iterator[Breach]:
    left = [
        f"number {number} ({quote(criterion.text)})" if plain(criterion.text) else f"box {number}"
        for number, criterion in enumerate(item.acceptance_criteria, start=1)
        if _is_placeholder(criterion, placeholder)
    ]
    if left:
        one = len(left) == 1
        what = "an acceptance criterion that is" if one else "acceptance criteria that are"
        yield Breach(
            item.id,
            f"{view.name(item)} has {what} still to be written: {several(left)}. "
            f"Say what must hold, or remove {'it' if one else 'them'}.",
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
        text = _same(criterion)
        if text and first.setdefault(text, number) != number:
            twice.append(f"{quote(criterion.text)} (numbers {first[text]} and {number})")
    if twice:
        yield Breach(
            item.id,
            f"{view.name(item)} has the same acceptance criterion twice: {several(twice)}. "
            "Remove one, or say how they differ.",
            "warning",
            fix={"acceptance_criteria": _each_once(item)},
        )


def _each_once(item: Item) -> tuple[Criterion, ...]:
    """Without repetitions; what is checked anywhere is checked."""
    kept: dict[str | int, Criterion] = {}
    for number, criterion in enumerate(item.acceptance_criteria):
        said = _same(criterion) or number  # empty boxes are no repetition
        first = kept.setdefault(said, criterion)
        kept[said] = first._replace(checked=first.checked or criterion.checked)
    return tuple(kept.values())


def _same(criterion: Criterion) -> str:
    """What two criteria share that say the same."""
    return _bare(criterion.text).rstrip(".;,").casefold()


def _form(view: View, item: Item) -> Iterator[Breach]:
    other = [one for one in item.acceptance_criteria if not _STEPS.search(_bare(one.text))]
    if other:
        what = "an acceptance criterion" if len(other) == 1 else "acceptance criteria"
        yield Breach(
            item.id,
            f"{view.name(item)} has {what} without Given, When and Then: "
            f"{several(quote(one.text) for one in other)}. Write what is given, what happens, and "
            "what must then hold.",
            "warning",
        )


def _ready(view: View, item: Item) -> Iterator[Breach]:
    """What an item at the top lacks beside its criteria."""
    blockers = [
        view.name(view.items[id_])
        for id_ in sorted(item.blocked_by)
        if id_ in view.items and not view.items[id_].closed
    ]
    lacks = [] if item.estimate is not None else ["it has no estimate"]
    lacks += [f"it is blocked by {several(blockers)}"] if blockers else []
    if lacks:
        yield Breach(
            item.id,
            f"{view.name(item)} stands at the top and is not ready: {' and '.join(lacks)}. "
            "Make it ready, or move it down.",
            "warning",
        )


def _unchecked(view: View, item: Item) -> Iterator[Breach]:
    left = [criterion for criterion in item.acceptance_criteria if not criterion.checked]
    if left:
        texts, one = several(quote(criterion.text) for criterion in left), len(left) == 1
        yield Breach(
            item.id,
            f"{view.name(item)} is done, but {len(left)} of its {len(item.acceptance_criteria)} "
            f"acceptance criteria {'is' if one else 'are'} not checked: {texts}. "
            f"Check {'it' if one else 'them'}, or reopen the item.",
        )


def _bare(text: str) -> str:
    """The text in one line, without Markdown's emphasis and escapes."""
    line = re.sub(r"[*_~`]|\\(?=[^\w\s])", "", html.unescape(plain(text)))
    return unicodedata.normalize("NFKC", line).strip()
