"""The rule labels: the team's vocabulary, one label of a namespace, one spelling of each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

from sync.model import FieldName, Item
from sync.rules.view import Breach, View, quote, several


@dataclass(frozen=True, slots=True)
class Labels:
    """The options of the rule labels. Upper and lower case are one, as on GitHub."""

    vocabulary: Collection[str] = ()
    """The labels that there are; empty: any. A namespace of which it names none is open."""
    definitions: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Label of the vocabulary → its color as `d73a4a` and its description, as trackers are to keep
    them; None: whatever it has."""
    namespaces: Mapping[str, Literal["exactly-one", "at-most-one"]] = field(default_factory=dict)
    """How many labels `NAMESPACE:…` an item has."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Old name → the name to be used."""
    forbidden: Collection[str] = ()
    implied: Mapping[FieldName, Mapping[str, str]] = field(default_factory=dict)
    """Field → value → the label that says so: `kind: {bug: type:bug}`."""
    unknown: Literal["report", "off"] = "report"


def labels(view: View, options: Labels) -> Iterator[Breach]:
    """Judges open items only."""
    items = view.open()
    if options.vocabulary and options.unknown == "report" and not view.mending:
        yield from _unknown(view, items, options)
    yield from _forbidden(view, items, options.forbidden)
    yield from _aliases(view, items, options.aliases)
    if not view.mending:
        for name, number in sorted(options.namespaces.items()):
            yield from _namespace(view, items, name.removesuffix(":"), number, options.vocabulary)
    yield from _implied(view, items, options.implied)
    if not view.mending:
        yield from _spellings(view, items, options.vocabulary)


def strange(labels: Iterable[str], options: Labels, ours: Collection[str]) -> list[str]:
    """Those that the vocabulary does not know, nor any other option, nor the rules themselves."""
    known = {label.casefold() for label in options.vocabulary}
    spaces = {_space(label) for label in known}
    open_spaces = {name.removesuffix(":").casefold() for name in options.namespaces} - spaces
    named = known | {one.casefold() for one in (*options.aliases, *options.forbidden, *ours)}
    return [
        label
        for label in sorted(set(labels))
        if label.casefold() not in named and _space(label) not in open_spaces
    ]


def _unknown(view: View, items: Sequence[Item], options: Labels) -> Iterator[Breach]:
    known = {label.casefold(): label for label in sorted(options.vocabulary)}
    found = strange(_used(items), options, view.ours)
    unknown = {label: _suggestion(label, known) for label in found}
    for item in items:
        if odd := sorted(item.labels & unknown.keys()):
            names = several(quote(label) + unknown[label] for label in odd)
            yield Breach(
                item.id,
                f"{view.name(item)} has labels that are not in the vocabulary: {names}. "
                "Use one that is, or add it to the vocabulary.",
            )


def _suggestion(label: str, known: Mapping[str, str]) -> str:
    near = get_close_matches(label.casefold(), known, n=1, cutoff=0.75)
    return f" (did you mean {quote(known[near[0]])}?)" if near else ""


def _forbidden(view: View, items: Sequence[Item], forbidden: Collection[str]) -> Iterator[Breach]:
    folded = {label.casefold() for label in forbidden}
    meant = {label for label in _used(items) if label.casefold() in folded}
    for item in items:
        if found := sorted(item.labels & meant):
            yield Breach(
                item.id,
                f"{view.name(item)} has labels that are not to be used: "
                f"{several(map(quote, found))}. Remove them.",
                fix={"labels": item.labels.difference(found)},
            )


def _aliases(view: View, items: Sequence[Item], aliases: Mapping[str, str]) -> Iterator[Breach]:
    names = {old.casefold(): new for old, new in aliases.items()}
    meant = {label for label in _used(items) if label.casefold() in names}
    for item in items:
        if old := sorted(item.labels & meant):
            renames = (f"{quote(label)} to {quote(names[label.casefold()])}" for label in old)
            yield Breach(
                item.id,
                f"{view.name(item)} has labels by an old name: rename {several(renames)}.",
                fix={"labels": _renamed(item, names)},
            )


def _renamed(item: Item, names: Mapping[str, str]) -> frozenset[str]:
    return frozenset(names.get(label.casefold(), label) for label in item.labels)


def _implied(
    view: View, items: Sequence[Item], implied: Mapping[FieldName, Mapping[str, str]]
) -> Iterator[Breach]:
    known = {label for by_value in implied.values() for label in by_value.values()}
    fields = " and ".join(sorted(implied))
    for item in items:
        wanted = set[str]()
        for name, by_value in implied.items():
            value = item.values.get(name)
            values = value if isinstance(value, frozenset) else (value,)
            wanted.update(
                by_value[one] for one in values if isinstance(one, str) and one in by_value
            )
        strange = (known - wanted) & item.labels
        missing = wanted - item.labels
        if missing:
            names = several(map(quote, sorted(missing)))
            yield Breach(
                item.id,
                f"{view.name(item)} lacks {names}, which follows from its {fields}: add it.",
                fix={"labels": item.labels | missing},
            )
        if strange:
            names = several(map(quote, sorted(strange)))
            yield Breach(
                item.id,
                f"{view.name(item)} has {names}, which does not follow from its {fields}: "
                "remove it, or correct the field.",
                fix={"labels": item.labels - strange},
            )


def _namespace(
    view: View, items: Sequence[Item], namespace: str, number: str, vocabulary: Iterable[str]
) -> Iterator[Breach]:
    space = namespace.casefold()
    choice = [label for label in sorted(vocabulary) if _space(label) == space]
    one_of = f" of {several(map(quote, choice))}" if choice else ""
    for item in items:
        found = [label for label in sorted(item.labels) if _space(label) == space]
        if len(found) > 1:
            yield Breach(
                item.id,
                f"{view.name(item)} has {len(found)} labels of the namespace {quote(namespace)}: "
                f"{several(map(quote, found))}. Keep one.",
            )
        elif not found and number == "exactly-one":
            yield Breach(
                item.id,
                f"{view.name(item)} has no label of the namespace {quote(namespace)}: "
                f"give it one{one_of}.",
            )


def _spellings(view: View, items: Sequence[Item], vocabulary: Iterable[str]) -> Iterator[Breach]:
    """One finding a label, whoever has it: on GitHub both spellings are the same label."""
    known = {label.casefold(): label for label in sorted(vocabulary)}
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        for label in item.labels:
            spellings[label.casefold()][label] += 1
    for folded, used in sorted(spellings.items()):
        # The vocabulary's spelling, or the one used most; of equals, the first by alphabet.
        best = known.get(folded) or min(used, key=lambda label: (-used[label], label))
        others = sorted(used.keys() - {best})
        if others:
            first = next(item for item in items if item.labels & set(others))
            yield Breach(
                None,
                f"The label {quote(best)} is also spelled {several(map(quote, others))} "
                f"({sum(used[label] for label in others)} times, first on {view.name(first)}): "
                f"spell it {quote(best)} everywhere.",
            )


def _used(items: Iterable[Item]) -> frozenset[str]:
    return frozenset().union(*(item.labels for item in items))


def _space(label: str) -> str | None:
    """The namespace of a label, case folded: `type` of `Type:bug`; None without one."""
    space, colon, _ = label.partition(":")
    return space.casefold() if colon else None
