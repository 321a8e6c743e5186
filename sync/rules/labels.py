"""The rule labels: the team's vocabulary, one label of a namespace, one spelling of each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

from sync.model import FieldName, Item, as_set
from sync.rules.view import Breach, View, number, quote, several


@dataclass(frozen=True, slots=True)
class Terms:
    """What the names in a set are held to: an item's labels, its components. Upper and lower case
    are one, as on GitHub."""

    vocabulary: Collection[str] = ()
    """The names that there are; empty: any. A namespace of which it names none is open."""
    namespaces: Mapping[str, Literal["exactly-one", "at-most-one"]] = field(default_factory=dict)
    """How many names `NAMESPACE:…` an item has."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Old name → the name to be used."""
    forbidden: Collection[str] = ()
    unknown: Literal["report", "off"] = "report"


@dataclass(frozen=True, slots=True)
class Labels(Terms):
    """The options of the rule labels."""

    definitions: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Label of the vocabulary → its color as `d73a4a` and its description, as trackers are to keep
    them; None: whatever it has."""
    implied: Mapping[FieldName, Mapping[str, str]] = field(default_factory=dict)
    """Field → value → the label that says so: `kind: {bug: type:bug}`."""
    components: Terms | None = None
    """What components are held to; None: they are not looked at."""


def labels(view: View, options: Labels) -> Iterator[Breach]:
    """Judges open items only."""
    items = view.open()
    yield from _named(view, _worn(items, "labels"), options, view.ours)
    yield from _implied(view, items, options.implied)
    if options.components:
        yield from _named(view, _worn(items, "components"), options.components, ())


@dataclass(frozen=True, slots=True)
class _Worn:
    """The names that items have in one of their fields."""

    field: FieldName
    items: Sequence[tuple[Item, frozenset[str]]]
    used: frozenset[str]
    """By any of them."""

    @property
    def noun(self) -> str:
        return self.field.removesuffix("s")

    def some(self, names: Collection[str], what: str) -> str:
        """`a label that is …`, `labels that are …`."""
        one = len(names) == 1
        said = what.format(are="is" if one else "are")
        return f"a {self.noun} {said}" if one else f"{self.field} {said}"

    def fix(self, names: Collection[str]) -> dict[FieldName, frozenset[str]]:
        return {self.field: frozenset(names)}


def _worn(items: Sequence[Item], name: FieldName) -> _Worn:
    worn = [(item, as_set(item.values.get(name))) for item in items]
    return _Worn(name, worn, frozenset().union(*(names for _, names in worn)))


def _named(view: View, worn: _Worn, terms: Terms, ours: Collection[str]) -> Iterator[Breach]:
    """`ours`: names that rules themselves put on items."""
    if terms.vocabulary and terms.unknown == "report" and not view.mending:
        yield from _unknown(view, worn, terms, ours)
    yield from _forbidden(view, worn, terms.forbidden)
    yield from _aliases(view, worn, terms.aliases)
    if not view.mending:
        for name, many in sorted(terms.namespaces.items()):
            yield from _namespace(view, worn, name.removesuffix(":"), many, terms.vocabulary)
        yield from _spellings(view, worn, terms.vocabulary)


def strange(labels: Iterable[str], options: Terms, ours: Collection[str]) -> list[str]:
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


def _unknown(view: View, worn: _Worn, terms: Terms, ours: Collection[str]) -> Iterator[Breach]:
    known = {label.casefold(): label for label in sorted(terms.vocabulary)}
    unknown = {label: _suggestion(label, known) for label in strange(worn.used, terms, ours)}
    for item, names in worn.items if unknown else ():
        if odd := sorted(names & unknown.keys()):
            said = several(quote(label) + unknown[label] for label in odd)
            what = worn.some(odd, "that {are} not in the vocabulary")
            use = "one that is, or add it" if len(odd) == 1 else "others, or add them"
            yield Breach(
                item.id, f"{view.name(item)} has {what}: {said}. Use {use} to the vocabulary."
            )


def _suggestion(label: str, known: Mapping[str, str]) -> str:
    near = get_close_matches(label.casefold(), known, n=1, cutoff=0.75)
    return f" (did you mean {quote(known[near[0]])}?)" if near else ""


def _forbidden(view: View, worn: _Worn, forbidden: Collection[str]) -> Iterator[Breach]:
    folded = {label.casefold() for label in forbidden}
    meant = {label for label in worn.used if label.casefold() in folded}
    for item, names in worn.items if meant else ():
        if found := sorted(names & meant):
            what = worn.some(found, "that {are} not to be used")
            yield Breach(
                item.id,
                f"{view.name(item)} has {what}: {several(map(quote, found))}. Remove {_it(found)}.",
                fix=worn.fix(names.difference(found)),
            )


def _aliases(view: View, worn: _Worn, aliases: Mapping[str, str]) -> Iterator[Breach]:
    renamed = {old.casefold(): new for old, new in aliases.items()}
    meant = {label for label in worn.used if label.casefold() in renamed}
    for item, names in worn.items if meant else ():
        if old := sorted(names & meant):
            renames = (f"{quote(label)} to {quote(renamed[label.casefold()])}" for label in old)
            what = worn.some(old, "by an old name" if len(old) == 1 else "by old names")
            yield Breach(
                item.id,
                f"{view.name(item)} has {what}: rename {several(renames)}.",
                fix=worn.fix({renamed.get(label.casefold(), label) for label in names}),
            )


def _it(names: Collection[str]) -> str:
    return "it" if len(names) == 1 else "them"


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
            follow = "follows" if len(missing) == 1 else "follow"
            yield Breach(
                item.id,
                f"{view.name(item)} lacks {names}, which {follow} from its {fields}: "
                f"add {_it(missing)}.",
                fix={"labels": item.labels | missing},
            )
        if strange:
            names = several(map(quote, sorted(strange)))
            do = "does" if len(strange) == 1 else "do"
            yield Breach(
                item.id,
                f"{view.name(item)} has {names}, which {do} not follow from its {fields}: "
                f"remove {_it(strange)}, or correct the field.",
                fix={"labels": item.labels - strange},
            )


def _namespace(
    view: View, worn: _Worn, namespace: str, many: str, vocabulary: Iterable[str]
) -> Iterator[Breach]:
    space = namespace.casefold()
    choice = [label for label in sorted(vocabulary) if _space(label) == space]
    one_of = f" of {several(map(quote, choice))}" if choice else ""
    for item, names in worn.items:
        found = [label for label in sorted(names) if _space(label) == space]
        if len(found) > 1:
            yield Breach(
                item.id,
                f"{view.name(item)} has {len(found)} {worn.field} of the namespace "
                f"{quote(namespace)}: {several(map(quote, found))}. Keep one.",
            )
        elif not found and many == "exactly-one":
            yield Breach(
                item.id,
                f"{view.name(item)} has no {worn.noun} of the namespace {quote(namespace)}: "
                f"give it one{one_of}.",
            )


def _spellings(view: View, worn: _Worn, vocabulary: Iterable[str]) -> Iterator[Breach]:
    """One finding a label, whoever has it: on GitHub both spellings are the same label."""
    known = {label.casefold(): label for label in sorted(vocabulary)}
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for _, names in worn.items:
        for label in names:
            spellings[label.casefold()][label] += 1
    for folded, used in sorted(spellings.items()):
        # The vocabulary's spelling, or the one used most; of equals, the first by alphabet.
        best = known.get(folded) or min(used, key=lambda label: (-used[label], label))
        others = used.keys() - {best}
        if others:
            wear = [item for item, names in worn.items if names & others]
            first = f"{', first' if len(wear) > 1 else ':'} {view.name(wear[0])}"
            yield Breach(
                None,
                f"The {worn.noun} {quote(best)} is also spelled "
                f"{several(map(quote, sorted(others)))} (on {number(len(wear), 'item')}{first}): "
                f"spell it {quote(best)} everywhere.",
            )


def _space(label: str) -> str | None:
    """The namespace of a label, case folded: `type` of `Type:bug`; None without one."""
    space, colon, _ = label.partition(":")
    return space.casefold() if colon else None
