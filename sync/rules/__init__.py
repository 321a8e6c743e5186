"""Judging a backlog by the team's rules: from items, order and time to findings, without I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from sync.model import ItemId
from sync.plain import plain
from sync.plan import Finding, Severity
from sync.rules.acceptance_criteria import AcceptanceCriteria, acceptance_criteria
from sync.rules.labels import Labels, labels
from sync.rules.priority_order import PriorityOrder, priority_order
from sync.rules.view import Breach, View, quote

__all__ = [
    "GRAVITY",
    "RULES",
    "AcceptanceCriteria",
    "Breach",
    "Labels",
    "Options",
    "PriorityOrder",
    "Rule",
    "RuleSettings",
    "RuleType",
    "View",
    "Waiver",
    "judge",
]

OptionsT = TypeVar("OptionsT")
Rule: TypeAlias = Callable[[View, OptionsT], Iterator[Breach]]
Options: TypeAlias = PriorityOrder | AcceptanceCriteria | Labels

GRAVITY: Mapping[Severity, int] = MappingProxyType({"error": 0, "warning": 1, "info": 2})


@dataclass(frozen=True, slots=True)
class RuleType(Generic[OptionsT]):
    """One line of the table of rules."""

    rule: Rule[OptionsT]
    options: type[OptionsT]
    severity: Severity
    kinds: frozenset[str] | None = None
    """The kinds that it judges where the settings name none; None: all."""


RULES: Mapping[str, RuleType[Any]] = MappingProxyType(
    {
        "acceptance-criteria": RuleType(
            acceptance_criteria, AcceptanceCriteria, "error", frozenset({"story"})
        ),
        "labels": RuleType(labels, Labels, "warning"),
        "priority-order": RuleType(priority_order, PriorityOrder, "error"),
    }
)


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """What a team says of one rule."""

    mode: Literal["off", "report"] = "report"
    severity: Severity | None = None
    """Of all findings of the rule; None: as the rule grades them."""
    kinds: frozenset[str] | None = None
    """The kinds that it judges; None: as the rule's type says."""
    options: Options | None = None
    """Of the type that RULES names; None: its defaults."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """One item may break one rule, for a reason, up to and including a day."""

    item: str
    """Its id, or its key on any tracker."""
    rule: str
    reason: str
    until: date


def judge(
    view: View, settings: Mapping[str, RuleSettings], waivers: Sequence[Waiver] = ()
) -> tuple[Finding, ...]:
    """What breaks the rules: errors first, then by rule and place in the order.

    A rule that `settings` does not name is judged with its defaults. Waived findings are left out;
    a waiver that has ended, or that names nothing, is a finding itself. Raises ValueError for an
    unknown rule, TypeError for another rule's options.
    """
    if strange := sorted(settings.keys() - RULES.keys()):
        raise ValueError(f"no such rule: {', '.join(strange)}; there are {', '.join(RULES)}")
    waived, spent = _look_up(view, waivers)
    findings = [
        finding
        for name in RULES
        for finding in _judge_by(view, name, settings.get(name, RuleSettings()))
        if finding.item is None or (name, finding.item) not in waived
    ]
    places = {id_: place for place, id_ in enumerate(view.order)}

    def rank(finding: Finding) -> tuple[int, str, int, str, str]:
        place = places.get(finding.item, len(places)) if finding.item else -1
        gravity = GRAVITY[finding.severity]
        return gravity, finding.rule, place, finding.item or "", finding.message

    return tuple(sorted((*findings, *spent), key=rank))


def _judge_by(view: View, name: str, chosen: RuleSettings) -> Iterator[Finding]:
    if chosen.mode == "off":
        return
    rule_type = RULES[name]
    options = rule_type.options() if chosen.options is None else chosen.options
    if not isinstance(options, rule_type.options):
        raise TypeError(f"{name} takes {rule_type.options.__name__}, not {type(options).__name__}")
    kinds = rule_type.kinds if chosen.kinds is None else chosen.kinds
    if kinds is not None and kinds != rule_type.kinds and view.items:
        yield from _never_matches(view, name, kinds)
    for breach in rule_type.rule(replace(view, kinds=kinds), options):
        severity = chosen.severity or breach.severity or rule_type.severity
        yield _finding(view, name, severity, breach.item, breach.message)


def _never_matches(view: View, name: str, kinds: frozenset[str]) -> Iterator[Finding]:
    if not any(item.kind in kinds for item in view.items.values()):
        message = (
            f"The rule {name} is set for {', '.join(map(plain, sorted(kinds))) or 'no kind'}, "
            "and no item is of such a kind: correct its kinds in the settings, or remove them."
        )
        yield _finding(view, name, "info", None, message)


def _look_up(
    view: View, waivers: Sequence[Waiver]
) -> tuple[set[tuple[str, ItemId]], list[Finding]]:
    """The (rule, item) pairs that are waived today, and findings on the other waivers."""
    called: dict[str, set[ItemId]] = defaultdict(set)
    for id_ in view.items:
        for key in (id_, *view.keys.get(id_, {}).values()):
            called[key.casefold()].add(id_)
    today = view.now.date()
    waived: set[tuple[str, ItemId]] = set()
    spent: list[Finding] = []
    for waiver in waivers:
        ids = sorted(called.get(waiver.item.casefold(), ()))
        if waiver.rule in RULES and ids and today <= waiver.until:
            waived.update((waiver.rule, id_) for id_ in ids)
        else:
            spent.append(_spent(view, waiver, ids))
    return waived, spent


def _spent(view: View, waiver: Waiver, ids: Sequence[ItemId]) -> Finding:
    """What to say of a waiver that waives nothing."""
    rule, item = plain(waiver.rule), ids[0] if ids else None
    name = view.name(view.items[item]) if item else quote(waiver.item)
    if rule not in RULES:
        why = f"names no rule there is ({', '.join(RULES)}): correct it"
    elif not item:
        why = "names no item of this backlog: correct it"
    else:
        why = f"ended on {waiver.until.isoformat()}: renew it if {quote(waiver.reason)} still holds"
    return _finding(
        view, rule, "info", item, f"The waiver of {rule} for {name} {why}, or remove it."
    )


def _finding(
    view: View, rule: str, severity: Severity, item: ItemId | None, message: str
) -> Finding:
    keys = view.keys.get(item, {}) if item else {}
    return Finding(rule, severity, message, item, dict(sorted(keys.items())))
