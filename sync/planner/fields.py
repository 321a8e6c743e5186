"""One item's fields, merged over all records that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sync.merge import ANY, BACKLOG, Merged, Policy, Side, merge, settle
from sync.model import EMPTY, FieldName, Item, ItemId, Shape, TrackerName, Value, dump
from sync.plan import Conflict, Finding
from sync.planner.context import Choice, Context
from sync.planner.lens import Foreign, Lens
from sync.planner.match import Tie
from sync.planner.second_writer import second_writer, written_again
from sync.texts import replay
from sync.tracker import Shown, Unmapped

_SETS = (Shape.SET, Shape.ITEMS, Shape.COMMENTS)
_WHOLE = (Shape.LINE, Shape.NUMBER, Shape.DATE, Shape.ITEM)


@dataclass
class MergedItem:
    """One item after the merge, and how each field came about."""

    item: Item
    before: Item | None
    ties: Mapping[TrackerName, Tie]
    merged: dict[FieldName, Merged] = field(default_factory=dict)
    """Fields that any side changed."""
    conflicts: list[Conflict] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    incoming: set[tuple[TrackerName, FieldName]] = field(default_factory=set)
    """Where a tracker now shows something other than was seen."""
    unreadable: set[tuple[TrackerName, FieldName]] = field(default_factory=set)
    """Where what it shows has no canonical counterpart."""
    ruled: dict[FieldName, str] = field(default_factory=dict)
    """Fields that a rule changed, and which."""
    waiting: bool = False
    """A tracker that shows it did not answer: it is left alone, here and everywhere."""
    unseen: bool = False
    """A record of it that may be restricted is not to be seen any more."""

    @property
    def restricted(self) -> bool:
        """Is it, or may it be, not for all who see a tracker?"""
        return self.unseen or any(tie.record.restricted for tie in self.ties.values())

    def keys(self) -> dict[TrackerName, str]:
        return {name: tie.record.key for name, tie in sorted(self.ties.items())}

    def edited(self, name: FieldName) -> bool:
        """Does any side show another value than it did, or has the backlog another one?"""
        return name in self.merged or any(field == name for _, field in self.incoming)

    def held(self, name: FieldName) -> bool:
        """Is the field in conflict, and so neither taken nor sent?"""
        return name in self.merged and self.merged[name].conflict


def merge_item(
    context: Context,
    item_id: ItemId,
    ties: Mapping[TrackerName, Tie],
    lenses: Mapping[TrackerName, Lens],
) -> MergedItem:
    """Merges all fields of one item over all trackers that answered."""
    before = context.backlog.items.get(item_id)
    if before is not None and any(tracker not in lenses for tracker in ties):
        return MergedItem(before, before, ties, waiting=True)
    result = MergedItem(Item(item_id), before, ties)
    values: dict[FieldName, Value] = {}
    for name, shape in context.backlog.schema.items():
        base = before.values.get(name, EMPTY[shape]) if before else EMPTY[shape]
        sides: dict[TrackerName, Side] = {}
        for tracker, lens in lenses.items():
            if tracker in ties and lens.carries(name, ties[tracker].record):
                for side in _sides(result, ties[tracker], lens, name, base):
                    at = context.times.get((item_id, name, side.tracker))
                    sides[side.tracker] = replace(side, at=at)
        value = _settle(context, result, name, base, sides) if sides else base
        if sides and not result.held(name) and (result.item.id, name) not in context.choices:
            value = _unless_fought_over(context, result, lenses, name, sides)
        if value != EMPTY[shape]:
            values[name] = value
    result.item = replace(result.item, values=values)
    return result


def _settle(
    context: Context,
    result: MergedItem,
    name: FieldName,
    base: Value,
    sides: Mapping[TrackerName, Side],
) -> Value:
    shape = context.backlog.schema[name]
    empty, policy = EMPTY[shape], context.settings.policy(name)
    theirs = {tracker: side for tracker, side in sides.items() if tracker != BACKLOG}
    first = any(
        side.old == empty and never_merged(result.ties[tracker], name)
        for tracker, side in theirs.items()
    )
    if first:
        policy = _first_policy(policy, result, sides, known=base != empty)
    # Who changed the backlog's value speaks for it, and where one tracker decides, no other does.
    if any(side.old == base for side in theirs.values()) or not (first or policy.authority == ANY):
        sides = theirs
    if BACKLOG in sides:
        policy = _with_ours(policy, result, name, sides)
    start = empty if BACKLOG in sides else base
    choice = context.choices.get((result.item.id, name))
    if choice is not None:
        merged = _chosen(shape, start, sides, choice)
    else:
        merged = merge(shape, start, list(sides.values()), policy)
    result.merged[name] = merged
    if merged.conflict:
        _hold(result, name, base, {tracker: side.new for tracker, side in sides.items()})
    return result.merged[name].value


def _unless_fought_over(
    context: Context,
    result: MergedItem,
    lenses: Mapping[TrackerName, Lens],
    name: FieldName,
    sides: Mapping[TrackerName, Side],
) -> Value:
    """The merged value; or the present one, held, where another tool would only change it back."""
    value = result.merged[name].value
    again = dict(written_again(context, result, lenses, name))
    if not again:
        return value
    base = result.before.values.get(name) if result.before else None
    base = EMPTY[context.backlog.schema[name]] if base is None else base
    shown = {tracker: side.new for tracker, side in sides.items()}
    _hold(result, name, base, {**again, **shown})
    for tracker, theirs in again.items():
        result.findings.append(second_writer(result, name, tracker, value, theirs))
    return base


def _chosen(
    shape: Shape, start: Value, sides: Mapping[TrackerName, Side], choice: Choice
) -> Merged:
    """What a person decided. Nobody's side counts as put back: it was looked at."""
    if choice.take is None:
        return Merged(choice.value, because=choice.because)
    take = choice.take if choice.take in sides else BACKLOG
    value = settle(shape, start, list(sides.values()), take)
    return Merged(value, because=choice.because)


def _hold(
    result: MergedItem, name: FieldName, base: Value, sides: Mapping[TrackerName, Value]
) -> None:
    """The field is neither taken nor written, until a person decides."""
    result.merged[name] = Merged(base, conflict=True)
    shown = {tracker: dump(value) for tracker, value in sides.items()}
    result.conflicts.append(Conflict(result.item.id, name, shown, dump(base)))


def _first_policy(
    policy: Policy, result: MergedItem, sides: Mapping[TrackerName, Side], *, known: bool
) -> Policy:
    """Where sides meet for the first time, an authority that says nothing decides nothing.

    `known`: the backlog has a value, which is its own, or that of trackers merged before.
    """
    if policy.authority in sides:
        return policy
    ours = known and policy.authority in (BACKLOG, *result.ties)
    return replace(policy, authority=BACKLOG if ours else ANY)


def _with_ours(
    policy: Policy, result: MergedItem, name: FieldName, sides: Mapping[TrackerName, Side]
) -> Policy:
    """The backlog's value is preferred as the tracker is that shows it, and did not change it."""
    for tracker in policy.prefer:
        tie = result.ties.get(tracker)
        if tie and tracker not in sides and name in tie.record.shown:
            prefer = tuple(BACKLOG if one == tracker else one for one in policy.prefer)
            return replace(policy, prefer=prefer)
    return policy


def _sides(result: MergedItem, tie: Tie, lens: Lens, name: FieldName, base: Value) -> list[Side]:
    """What one tracker changed in one field: nothing, its change, or its change and ours."""
    shown, first = tie.record.shown[name], never_merged(tie, name)
    seen = tie.link.seen(name) if tie.link and not first else None
    if not first and shown == seen:
        return []
    try:
        new = lens.decode(name, shown, base)
    except Unmapped as error:
        result.unreadable.add((tie.tracker, name))
        if not isinstance(error, Foreign):
            message = f"{tie.tracker}: {error}"
            finding = Finding("mapping", "warning", message, result.item.id, result.keys())
            result.findings.append(finding)
        return []

    def accepts(value: Value) -> bool:
        return lens.shows(name, value, shown)

    if first:
        side = Side(tie.tracker, base, new, accepts)
        return _first_sides(result, tie, name, lens.schema[name], side)
    result.incoming.add((tie.tracker, name))
    if tie.link and name in tie.link.undone:
        # What a person took back counts again once the field is edited there: as it now stands.
        return [] if accepts(base) else [Side(tie.tracker, base, new, accepts)]
    old = _old(lens, name, seen, base)
    if old == base and lens.schema[name] is Shape.TEXT:
        respelt = _respelt(lens, name, seen, str(base), str(new))
        new = respelt if accepts(respelt) else new
    if old == new or accepts(base):
        return []
    side = Side(tie.tracker, old, new, accepts)
    # A value is changed as a whole: what the backlog made of it since is a change beside this one.
    shape = lens.schema[name]
    untold = shape in _WHOLE and _is_untold(tie, name, base, EMPTY[shape])
    return [side, _ours(old, base)] if old != base and untold else [side]


def _is_untold(tie: Tie, name: FieldName, base: Value, empty: Value) -> bool:
    """Has the backlog a value that the tracker was not asked to show? It may show another all the
    same: a default that it insists on, or a state, without which nothing is there."""
    if base == empty and name in ("kind", "status"):
        return False
    return tie.link is not None and name not in tie.link.sent


def never_merged(tie: Tie, name: FieldName) -> bool:
    """Was this field of the record never yet merged with the backlog?"""
    if tie.link is None:
        return True
    return name in tie.link.behind and tie.link.behind[name] is None


def _first_sides(
    result: MergedItem, tie: Tie, name: FieldName, shape: Shape, side: Side
) -> list[Side]:
    """`side.old` is the backlog's own value."""
    base, empty = side.old, EMPTY[shape]
    if side.new == empty or (result.before is not None and side.accepts(base)):
        return []
    if tie.unfinished and name == "status" and base != empty:
        return []  # it stands where every new one does
    result.incoming.add((tie.tracker, name))
    if tie.by == "mark" and result.before is not None and shape not in _SETS:
        # The record was made from this item: what differs is what a person changed since.
        return [side]
    theirs = replace(side, old=empty)
    if base == empty or shape in _SETS:
        return [theirs]
    return [theirs, _ours(empty, base)]


def _ours(old: Value, base: Value) -> Side:
    """The backlog's own value as one side of several."""
    return Side(BACKLOG, old, base, lambda value: value == base)


def _respelt(lens: Lens, name: FieldName, seen: Shown, base: str, new: str) -> str:
    """The new text, spelt as the backlog has it wherever the tracker's people changed nothing."""
    theirs = str(_old(lens, name, seen, "") or "")
    return str(replay(base, theirs, new, insist=True))


def _old(lens: Lens, name: FieldName, seen: Shown, base: Value) -> Value:
    try:
        return lens.decode(name, seen, base)
    except Unmapped:
        return base
