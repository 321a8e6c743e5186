"""The vocabulary of the rule labels, held against the labels that one tracker keeps."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sync.rules.judge import Chosen, RuleSettings, options_of
from sync.rules.labels import Labels, strange
from sync.tracker import Record

NAME, COLOR, DESCRIPTION = "name", "color", "description"
RULE = "labels"


@dataclass(frozen=True, slots=True)
class Other:
    """A label that is there, and not as the vocabulary has it."""

    record: Record
    label: str
    """As it is called in the vocabulary."""
    wanted: Mapping[str, str]
    """What is to be changed of it, as it should be; its name among that where it has an old one."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What one tracker's labels are beside the vocabulary."""

    missing: tuple[str, ...] = ()
    others: tuple[Other, ...] = ()
    beside: tuple[Other, ...] = ()
    """Labels of an old name beside those that took their place: they can not be renamed."""
    unknown: tuple[str, ...] = ()


def kept(settings: Mapping[str, Chosen]) -> tuple[RuleSettings, Labels] | None:
    """The rule as it is for labels themselves, which are of no kind of items: the vocabulary, the
    old names and the namespaces of all kinds. None where there is nothing to be held against."""
    chosen = settings.get(RULE, RuleSettings())
    every = (chosen,) if isinstance(chosen, RuleSettings) else tuple(chosen)
    usual, on = every[-1], [one for one in every if one.mode != "off"]
    said = [one for one in (options_of(RULE, it) for it in on) if isinstance(one, Labels)]
    if usual.mode == "off" or not any(one.vocabulary for one in said):
        return None
    together = replace(
        said[-1],
        vocabulary=sorted({label for one in said for label in one.vocabulary}),
        definitions={name: how for one in said for name, how in one.definitions.items()},
        aliases={old: new for one in said for old, new in one.aliases.items()},
        forbidden=sorted({label for one in said for label in one.forbidden}),
        namespaces={space: many for one in said for space, many in one.namespaces.items()},
    )
    return usual, together


def compare(there: Sequence[Record], options: Labels, ours: Collection[str]) -> Compared:
    """`ours`: labels that rules put on items."""
    by_name = {str(one.shown[NAME]).casefold(): one for one in there}
    renamed, beside = dict[str, Record](), list[Other]()
    for old, new in sorted(options.aliases.items()):
        record = by_name.get(old.casefold())
        if record is None or old.casefold() == new.casefold():
            continue
        if new.casefold() in by_name.keys() | renamed.keys():
            beside.append(Other(record, new, {}))
        else:
            renamed[new.casefold()] = record
    found = {label: {**renamed, **by_name}.get(label.casefold()) for label in options.vocabulary}
    others = (
        Other(record, label, dict(_wanted(label, record, options)))
        for label, record in found.items()
        if record is not None
    )
    unknown = strange((str(one.shown[NAME]) for one in there), options, ours)
    forbidden = {label.casefold() for label in options.forbidden}
    listed = {name for name in by_name if name in forbidden} | {one.casefold() for one in unknown}
    return Compared(
        tuple(label for label, record in found.items() if record is None),
        tuple(one for one in others if one.wanted),
        tuple(beside),
        tuple(sorted(str(by_name[name].shown[NAME]) for name in listed))
        if options.unknown == "report"
        else (),
    )


def defined(label: str, options: Labels) -> dict[str, str]:
    """The label as it is to be made: what the vocabulary does not say, the tracker chooses."""
    color, description = options.definitions.get(label, (None, None))
    said = {NAME: label, COLOR: color, DESCRIPTION: description}
    return {part: value for part, value in said.items() if value is not None}


def _wanted(label: str, record: Record, options: Labels) -> Iterator[tuple[str, str]]:
    for part, value in defined(label, options).items():
        if value != (record.shown[part] or ""):
            yield part, value
