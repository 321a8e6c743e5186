"""Judging a backlog by the team's rules: from items, order and time to findings, without I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal, TypeAlias

from sync.model import ItemId
from sync.plain import plain
from sync.plan import Finding, Severity
from sync.rules.custom import Custom
from sync.rules.table import RULES, Options
from sync.rules.view import Breach, View, quote

GRAVITY: Mapping[Severity, int] = MappingProxyType({"error": 0, "warning": 1, "info": 2})
CUSTOM = "custom"
"""Rules of a team's own, in the table of rules."""
SOON = timedelta(days=14)
"""So long before its end a waiver is said to end."""
Mode: TypeAlias = Literal["off", "report", "comment", "label", "fix", "hold"]


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """What a team says of one rule, for all kinds or for some."""

    mode: Mode = "report"
    severity: Severity | None = None
    """Of all findings of the rule; None: as the rule grades them."""
    kinds: frozenset[str] | None = None
    """The kinds that it judges; None: as the rule's type says."""
    but: frozenset[str] = frozenset()
    """Kinds that it does not judge: for them it is set apart."""
    options: Options | None = None
    """Of the type that RULES names; None: its defaults."""
    label: str | None = None
    """What `label` puts on the items; None: `needs:` and the rule's name."""


Chosen: TypeAlias = RuleSettings | Sequence[RuleSettings]
"""What a team says of one rule: once, or by kinds."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """One item may break one rule, for a reason, up to and including a day."""

    item: str
    """Its id, or its key on any tracker."""
    rule: str
    reason: str
    until: date
    by: str | None = None
    """Who gave it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A breach, and by what it was found."""

    rule: str
    settings: RuleSettings
    breach: Breach

    def finding(self, view: View) -> Finding:
        breach, mode = self.breach, self.settings.mode
        severity = self.settings.severity or breach.severity or RULES[self.rule].severity
        mendable = breach.fix is not None or breach.moves
        rule = called(self.rule, self.settings)
        fix = mode == "fix" and mendable
        return finding(view, rule, severity, breach.item, breach.message, fix=fix)


def judge(
    view: View, settings: Mapping[str, Chosen], waivers: Sequence[Waiver] = ()
) -> tuple[Finding, ...]:
    """What breaks the rules: errors first, then by rule and place in the order.

    A rule that `settings` does not name is judged with its defaults. Waived findings are left out;
    a waiver that has ended, or that names nothing, is a finding itself. Raises ValueError for an
    unknown rule, TypeError for another rule's options.
    """
    found = [one.finding(view) for one in judged(view, settings, waivers)]
    return ranked(view, [*found, *idle(view, settings), *spent(view, settings, waivers)])


def ranked(view: View, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    places = {id_: place for place, id_ in enumerate(view.order)}

    def rank(one: Finding) -> tuple[int, str, int, str, str]:
        place = places.get(one.item, len(places)) if one.item else -1
        return GRAVITY[one.severity], one.rule, place, one.item or "", one.message

    return tuple(sorted(findings, key=rank))


def judged(
    view: View,
    settings: Mapping[str, Chosen],
    waivers: Sequence[Waiver] = (),
    mode: Mode | None = None,
) -> list[Judged]:
    """Every breach that is not waived, rule by rule; with `mode`, of the rules in that one."""
    waived = _waived(view, waivers)
    return [
        Judged(name, one, breach)
        for name, one in each(settings)
        if mode is None or one.mode == mode
        for breach in breaches(view, name, one)
        if breach.item is None or (called(name, one), breach.item) not in waived
    ]


def split(
    view: View, settings: Mapping[str, Chosen], waivers: Sequence[Waiver]
) -> tuple[list[Judged], list[Judged]]:
    """Every breach, rule by rule: those that are not waived, and those that are."""
    let_off = _waived(view, waivers)
    every = [
        Judged(name, one, breach)
        for name, one in each(settings)
        for breach in breaches(view, name, one)
    ]
    found, waived = list[Judged](), list[Judged]()
    for one in every:
        known = called(one.rule, one.settings), one.breach.item
        (waived if known in let_off else found).append(one)
    return found, waived


def called(rule: str, settings: RuleSettings) -> str:
    """What findings call the rule: a team's own by its own name."""
    return settings.options.name if isinstance(settings.options, Custom) else rule


def names_of(settings: Mapping[str, Chosen]) -> list[str]:
    """All rules that there are, those of the team's own too; but for those that are off."""
    own = [one.options.name for _, one in each(settings) if isinstance(one.options, Custom)]
    return [*(name for name in RULES if name != CUSTOM), *own]


def each(settings: Mapping[str, Chosen]) -> Iterator[tuple[str, RuleSettings]]:
    """The settings of every rule that is not off, as often as it is set."""
    if strange := sorted(settings.keys() - RULES.keys()):
        raise ValueError(f"no such rule: {', '.join(strange)}; there are {', '.join(RULES)}")
    for name in RULES:
        chosen = settings.get(name, RuleSettings())
        for one in (chosen,) if isinstance(chosen, RuleSettings) else chosen:
            if one.mode != "off":
                yield name, one


def breaches(view: View, name: str, settings: RuleSettings) -> Iterator[Breach]:
    return RULES[name].rule(narrowed(view, name, settings), options_of(name, settings))


def narrowed(view: View, name: str, settings: RuleSettings) -> View:
    """What one rule sees: the kinds that it judges."""
    kinds = RULES[name].kinds if settings.kinds is None else settings.kinds
    return replace(view, kinds=kinds, but=settings.but)


def options_of(name: str, settings: RuleSettings) -> Options:
    wanted = RULES[name].options
    options: Options = wanted() if settings.options is None else settings.options
    if not isinstance(options, wanted):
        raise TypeError(f"{name} takes {wanted.__name__}, not {type(options).__name__}")
    return options  # type: ignore[no-any-return]  # RULES holds rules of every type of options


def idle(view: View, settings: Mapping[str, Chosen]) -> Iterator[Finding]:
    """Rules that are set for kinds that no item is of."""
    for name, one in each(settings):
        told = one.kinds is not None and one.kinds != RULES[name].kinds and bool(view.items)
        if told and not any(item.kind in (one.kinds or ()) for item in view.items.values()):
            kinds = ", ".join(map(plain, sorted(one.kinds or ()))) or "no kind"
            message = (
                f"The rule {called(name, one)} is set for {kinds}, "
                "and no item is of such a kind: correct its kinds in the settings, or remove them."
            )
            yield finding(view, called(name, one), "info", None, message)


def _targets(view: View, waivers: Sequence[Waiver]) -> list[tuple[Waiver, list[ItemId]]]:
    """Each waiver with the items that it names."""
    if not waivers:
        return []
    known: dict[str, set[ItemId]] = defaultdict(set)
    for id_ in view.items:
        for key in (id_, *view.keys.get(id_, {}).values()):
            known[key.casefold()].add(id_)
    return [(one, sorted(known.get(one.item.casefold(), ()))) for one in waivers]


def _waived(view: View, waivers: Sequence[Waiver]) -> set[tuple[str, ItemId | None]]:
    today = view.now.date()
    return {
        (waiver.rule, id_)
        for waiver, ids in _targets(view, waivers)
        if today <= waiver.until
        for id_ in ids
    }


def spent(
    view: View, settings: Mapping[str, Chosen], waivers: Sequence[Waiver]
) -> Iterator[Finding]:
    """What to say of waivers that waive nothing, or soon will not."""
    known = names_of(settings)
    for waiver, ids in _targets(view, waivers):
        rule, item = plain(waiver.rule), ids[0] if ids else None
        name = view.name(view.items[item]) if item else quote(waiver.item)
        if waiver.rule not in known:
            why = f"names no rule there is ({', '.join(map(plain, known))}): correct it"
        elif not item:
            why = "names no item of this backlog: correct it"
        elif view.now.date() > waiver.until:
            still = f"renew it if {quote(waiver.reason)} still holds"
            why = f"ended on {waiver.until.isoformat()}: {still}"
        elif view.now.date() >= waiver.until - SOON:
            still = f"mend what it is for by then, or renew it if {quote(waiver.reason)} holds on"
            why = f"ends on {waiver.until.isoformat()}: {still}"
        else:
            continue
        given = f", given by {plain(waiver.by)}," if waiver.by else ""
        message = f"The waiver of {rule} for {name}{given} {why}, or remove it."
        yield finding(view, rule, "info", item, message)


def finding(
    view: View,
    rule: str,
    severity: Severity,
    item: ItemId | None,
    message: str,
    *,
    fix: bool = False,
) -> Finding:
    keys = view.keys.get(item, {}) if item else {}
    return Finding(rule, severity, message, item, dict(sorted(keys.items())), fix)
