"""What rules do about what they find: fixes, labels, and statuses that are put back. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from sync.model import FieldName, Item, ItemId, Value
from sync.notice import Told
from sync.plan import Finding
from sync.rules.judge import (
    GRAVITY,
    Chosen,
    Judged,
    RuleSettings,
    Waiver,
    breaches,
    called,
    each,
    idle,
    judged,
    narrowed,
    options_of,
    ranked,
    spent,
    split,
)
from sync.rules.table import RULES
from sync.rules.view import Breach, View

Free: TypeAlias = Callable[[ItemId, FieldName], bool]
"""May the backlog change this field of this item (no conflict, no other authority)?"""

BY_RULE = "rule "
"""What the reason of a rule's change begins with; no other reason has it."""
ROUNDS = 8
"""So often fixes may call for other fixes before they are taken to fight each other."""


@dataclass(frozen=True, slots=True)
class Enforced:
    """What the rules found, and the backlog as they would have it."""

    findings: tuple[Finding, ...]
    items: Mapping[ItemId, Item]
    """Those that the rules changed, as they are then."""
    order: tuple[ItemId, ...]
    because: Mapping[tuple[ItemId, FieldName], str] = field(default_factory=dict)
    """Why a field was changed: `rule labels`."""
    comments: Mapping[ItemId, tuple[Told, ...]] = field(default_factory=dict)
    """What the one comment on an item is to say; items that are to have none are absent."""
    waived: int = 0
    """Findings that waivers left out."""
    would_fix: Mapping[str, int] = field(default_factory=dict)
    """Of rules that only report: how many items each would change with `fix`."""
    matched: frozenset[str] = frozenset()
    """Rules that an item, or the backlog, breaks; also where that is waived."""


def enforce(
    view: View,
    settings: Mapping[str, Chosen],
    waivers: Sequence[Waiver],
    free: Free,
    *,
    moves: bool = True,
) -> Enforced:
    """Judges, and mends what the settings say. `moves`: may the rules move items? Comments name
    none of the items that are `restricted` in the view.

    Findings are of the backlog as it was given; those that this ends have `fix`.
    """
    view = replace(view, ours=frozenset(own_labels(settings)))
    found, waived = split(view, settings, waivers)
    work = _Work(view, settings, waivers, free, moves)
    work.hold([one for one in found if one.settings.mode == "hold"])
    fighting = work.fix()
    work.move()
    work.label()
    findings = [one.finding(view) for one in found]
    findings += [*idle(view, settings), *spent(view, settings, waivers), *fighting]
    changed = {id_: item for id_, item in work.view.items.items() if item != view.items[id_]}
    comments = _comments(_discreet(view, settings, waivers, found), work.held)
    return Enforced(
        ranked(view, findings),
        changed,
        work.view.order,
        work.because,
        comments,
        len(waived),
        _would_fix(found, free, moves),
        frozenset(called(one.rule, one.settings) for one in (*found, *waived)),
    )


def _would_fix(found: Sequence[Judged], free: Free, moves: bool) -> dict[str, int]:
    items: dict[str, set[ItemId]] = defaultdict(set)
    for one in found:
        item, fix = one.breach.item, one.breach.fix or ()
        if item is None or one.settings.mode != "report":
            continue
        if (one.breach.moves and moves) or any(free(item, name) for name in fix):
            items[called(one.rule, one.settings)].add(item)
    return {rule: len(those) for rule, those in sorted(items.items())}


class _Work:
    """The backlog while it is mended."""

    def __init__(
        self,
        view: View,
        settings: Mapping[str, Chosen],
        waivers: Sequence[Waiver],
        free: Free,
        moves: bool,
    ) -> None:
        self.items = dict(view.items)
        self.view = replace(view, items=self.items)
        self.settings, self.waivers = settings, waivers
        self.free, self.moves = free, moves
        self.because: dict[tuple[ItemId, FieldName], str] = {}
        self.held: dict[ItemId, Told] = {}
        """Items whose status is put back, and what comments say of it."""

    def change(self, item: ItemId, name: FieldName, value: Value, rule: str) -> bool:
        """Changes one field. False where it is so already, or not free."""
        values = dict(self.items[item].values)
        if values.get(name) == value or not self.free(item, name):
            return False
        values[name] = value
        if value in (None, "", frozenset(), ()):
            del values[name]
        self.items[item] = Item(item, values)
        self.because[item, name] = f"{BY_RULE}{rule}"
        return True

    def hold(self, found: Sequence[Judged]) -> None:
        """Puts a status back whose change made the item break a rule, or more gravely than it did
        before, but once a day."""
        before = self.view.statuses_before
        for rule, settings in each(self.settings):
            broken = (one.breach for one in found if one.settings is settings)
            now = _worst(broken, rule, settings)
            items = now.keys() & (before.keys() - self.view.held)
            earlier = {id_: _with_status(self.view.items[id_], before[id_]) for id_ in items if id_}
            if not earlier:
                continue
            then = replace(self.view, items={**self.view.items, **earlier})
            known = _worst(breaches(then, rule, settings), rule, settings)
            for id_ in sorted(id_ for id_ in earlier if id_ not in known or now[id_] < known[id_]):
                if self.change(id_, "status", before[id_], name := called(rule, settings)):
                    self.held[id_] = Told(f"The status was put back: rule {name} holds it.", name)

    def fix(self) -> list[Finding]:
        """Mends until nothing is left to mend; findings where fixes undo each other."""
        for _ in range(ROUNDS):
            if not (changing := self._round()):
                return []
        names = ", ".join(sorted(changing))
        message = (
            f"The fixes of {names} undo each other: set one of them to `report`, "
            "or change what they demand."
        )
        return [Finding("rules", "error", message)]

    def _round(self) -> set[str]:
        """The rules that changed something."""
        changing: set[str] = set()
        taken: set[tuple[ItemId, FieldName]] = set()
        mending = replace(self.view, mending=True)
        for one in judged(mending, self.settings, self.waivers, "fix"):
            item, fix = one.breach.item, one.breach.fix
            if item is None or fix is None:
                continue
            for name, value in fix.items():
                if (item, name) not in taken and self.change(item, name, value, one.rule):
                    taken.add((item, name))
                    changing.add(one.rule)
        return changing

    def move(self) -> None:
        """Once, when fields are mended: a cap on moves is one on the run."""
        for rule, settings in each(self.settings):
            reorder = RULES[rule].order
            if settings.mode == "fix" and reorder is not None and self.moves:
                seen = narrowed(self.view, rule, settings)
                order = tuple(reorder(seen, options_of(rule, settings)))
                self.view = replace(self.view, order=order)

    def label(self) -> None:
        """Keeps the labels that say what an item breaks in step with what it breaks."""
        found = judged(self.view, self.settings, self.waivers, "label")
        broken: dict[str, set[ItemId]] = defaultdict(set)
        for one in found:
            if one.breach.item is not None:
                broken[label_of(one.rule, one.settings)].add(one.breach.item)
        for label, rule in sorted(own_labels(self.settings).items()):
            items = broken[label]
            for id_, item in sorted(self.view.items.items()):
                if id_ in self.view.unread or (id_ in items) == (label in item.labels):
                    continue
                labels = item.labels | {label} if id_ in items else item.labels - {label}
                self.change(id_, "labels", labels, rule)


def label_of(rule: str, settings: RuleSettings) -> str:
    """What `label` puts on items that break the rule."""
    return settings.label or f"needs:{called(rule, settings)}"


def own_labels(settings: Mapping[str, Chosen]) -> dict[str, str]:
    """The labels that rules put on items, each with the rule that does."""
    labelling = ((rule, one) for rule, one in each(settings) if one.mode == "label")
    return {label_of(rule, one): called(rule, one) for rule, one in labelling}


def _worst(found: Iterable[Breach], rule: str, settings: RuleSettings) -> dict[ItemId | None, int]:
    """How grave the gravest is of each item, by GRAVITY."""
    worst: dict[ItemId | None, int] = {}
    for one in found:
        grave = GRAVITY[settings.severity or one.severity or RULES[rule].severity]
        worst[one.item] = min(grave, worst.get(one.item, grave))
    return worst


def _with_status(item: Item, status: str | None) -> Item:
    return Item(item.id, {**item.values, "status": status})


def _discreet(
    view: View,
    settings: Mapping[str, Chosen],
    waivers: Sequence[Waiver],
    found: Sequence[Judged],
) -> Sequence[Judged]:
    """What comments may say of what was found: it names no restricted item."""
    if not view.restricted:
        return found
    return judged(replace(view, unnamed=view.restricted), settings, waivers)


def _comments(
    found: Sequence[Judged], held: Mapping[ItemId, Told]
) -> dict[ItemId, tuple[Told, ...]]:
    said: dict[ItemId, list[Told]] = defaultdict(list)
    for id_, why in held.items():
        said[id_].append(why)
    for one in found:
        item, mode = one.breach.item, one.settings.mode
        if item is not None and (mode == "comment" or (item in held and mode == "hold")):
            said[item].append(Told(one.breach.message, called(one.rule, one.settings)))
    return {item: tuple(dict.fromkeys(lines)) for item, lines in said.items()}
