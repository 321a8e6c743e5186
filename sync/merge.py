"""Merging one field over all sides that changed it: three-way, and by the field's shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from sync.model import Criterion, Shape, TrackerName, Value, as_comments, as_criteria, as_set
from sync.texts import agreed, replay, said

ANY, BACKLOG = "any", "backlog"


@dataclass(frozen=True, slots=True)
class Side:
    """One tracker's change of one field, both ends decoded."""

    tracker: TrackerName
    old: Value
    """What the change started from: what the tracker last showed."""
    new: Value
    accepts: Callable[[Value], bool]
    """Does the tracker already show this value? Several may be shown alike."""
    at: str | None = None
    """When this very field changed, ISO 8601 in UTC, where the tracker tells."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Who wins, for one field."""

    authority: str = ANY
    """`any`, `backlog`, or the tracker to which the field belongs."""
    prefer: tuple[TrackerName, ...] = ()
    strategy: Literal["hold", "newest"] = "hold"


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of one field."""

    value: Value
    conflict: bool = False
    """Undecided: `value` is the base, and both sides wait for a person."""
    overruled: frozenset[TrackerName] = frozenset()
    """Sides whose change was not taken, and is to be put back."""
    changed_by: tuple[TrackerName, ...] = ()
    """Sides whose change was taken."""
    because: str = ""
    """Who decided it, where a person did."""


def merge(shape: Shape, base: Value, sides: Sequence[Side], policy: Policy) -> Merged:
    """The field's new value. `sides` are those that changed it, in the order of the settings."""
    heard = [side for side in sides if policy.authority in (ANY, side.tracker)]
    order = _by_preference(heard, policy)
    value, conflict, lost = _MERGES[shape](base, heard, order)
    if conflict:
        return Merged(base, conflict=True)
    unheard = {side.tracker for side in sides if side not in heard and not side.accepts(value)}
    taken = tuple(s.tracker for s in heard if s.tracker not in lost) if value != base else ()
    return Merged(value, overruled=frozenset(unheard | lost), changed_by=taken)


def settle(shape: Shape, base: Value, sides: Sequence[Side], take: TrackerName) -> Value:
    """The value where a person takes one side: it stands wherever sides differ, and there only.

    Who is none of the sides changed nothing: what sides differ in then stays as it was.
    """
    if any(side.tracker == take for side in sides):
        return merge(shape, base, sides, Policy(prefer=(take,))).value
    if shape is Shape.TEXT:
        each = (merge(shape, base, sides, Policy(prefer=(side.tracker,))) for side in sides)
        return agreed(str(base or ""), [str(one.value) for one in each])
    return _agreed_criteria(base, sides) if shape is Shape.CRITERIA else base


def _by_preference(sides: Sequence[Side], policy: Policy) -> list[Side] | None:
    """The sides from the least to the most preferred, or None where nothing decides."""
    if policy.prefer and any(side.tracker in policy.prefer for side in sides):
        rank = {tracker: at for at, tracker in enumerate(policy.prefer)}
        return sorted(sides, key=lambda side: -rank.get(side.tracker, len(rank)))
    times = {side.at: side for side in sides if side.at}
    if policy.strategy == "newest" and len(times) == len(sides):
        return [times[at] for at in sorted(times)]
    return None


_Outcome = tuple[Value, bool, set[TrackerName]]
"""The value, whether it is a conflict instead, and the sides that lost."""


def _merge_scalar(base: Value, sides: Sequence[Side], order: list[Side] | None) -> _Outcome:
    if not sides:
        return base, False, set()
    for side in sides:
        if all(other.accepts(side.new) for other in sides):
            return side.new, False, set()
    if order is None:
        return base, True, set()
    winner = order[-1]
    return winner.new, False, {s.tracker for s in sides if not s.accepts(winner.new)}


def _merge_set(base: Value, sides: Sequence[Side], order: list[Side] | None) -> _Outcome:
    """Element by element; an element that one side adds and another removes is kept."""
    value = as_set(base)
    for side in sides:
        value -= as_set(side.old) - as_set(side.new)
    for side in sides:
        value |= as_set(side.new) - as_set(side.old)
    return value, False, set()


def _merge_text(base: Value, sides: Sequence[Side], order: list[Side] | None) -> _Outcome:
    text, lost = str(base or ""), set[TrackerName]()
    for at, side in enumerate(order or sides):
        old, new = str(side.old or ""), str(side.new or "")
        replayed = replay(text, old, new)
        if replayed is None:
            if order is None:
                return base, True, set()
            lost = {earlier.tracker for earlier in order[:at]}
            replayed = replay(text, old, new, insist=True)
        text = str(replayed)
    return text, False, lost


def _merge_criteria(base: Value, sides: Sequence[Side], order: list[Side] | None) -> _Outcome:
    """Criterion by criterion; two that are added in one place are both kept."""
    edited: dict[str, str] = {}
    ticked: dict[str, bool] = {}
    value, lost = as_criteria(base), set[TrackerName]()
    for at, side in enumerate(order or sides):
        changes = _Criteria(as_criteria(side.old), as_criteria(side.new))
        if _differ(edited, changes.renamed) or _differ(ticked, changes.ticked):
            if order is None:
                return base, True, set()
            lost = {earlier.tracker for earlier in order[:at]}
        # A later rename finds the criterion under the name that an earlier one gave it.
        value = changes.apply(value, {edited[key]: key for key in edited})
        edited |= changes.renamed
        ticked |= changes.ticked
    return value, False, lost


def _agreed_criteria(base: Value, sides: Sequence[Side]) -> Value:
    """The criteria with all changes; what sides changed differently stays as it was."""
    changes = [_Criteria(as_criteria(side.old), as_criteria(side.new)) for side in sides]
    ways: tuple[list[Mapping[str, object]], ...] = (
        [dict(one.renamed) for one in changes],
        [one.ticked for one in changes],
    )
    for how in ways:
        for key in {key for one in how for key in one}:
            if len({one[key] for one in how if key in one}) > 1:
                for one in changes:
                    one.forget(key)
    value, edited = as_criteria(base), dict[str, str]()
    for one in changes:
        value = one.apply(value, {edited[key]: key for key in edited})
        edited |= one.renamed
    return value


def _merge_comments(base: Value, sides: Sequence[Side], order: list[Side] | None) -> _Outcome:
    """Each tracker says what its own comments are; of copies, it says nothing."""
    comments = {one.id: one for one in as_comments(base)}
    for side in sides:
        old, new = (
            {one.id: one for one in as_comments(value) if one.tracker == side.tracker}
            for value in (side.old, side.new)
        )
        for gone in old.keys() - new.keys():
            comments.pop(gone, None)
        comments |= {id: one for id, one in new.items() if old.get(id) != one}
    value = tuple(sorted(comments.values(), key=lambda one: (one.at, one.id)))
    return value, False, set()


def _differ(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return any(one[key] != other[key] for key in one.keys() & other.keys())


_MERGES: dict[Shape, Callable[[Value, Sequence[Side], list[Side] | None], _Outcome]] = {
    Shape.LINE: _merge_scalar,
    Shape.NUMBER: _merge_scalar,
    Shape.ITEM: _merge_scalar,
    Shape.SET: _merge_set,
    Shape.ITEMS: _merge_set,
    Shape.TEXT: _merge_text,
    Shape.CRITERIA: _merge_criteria,
    Shape.DATE: _merge_scalar,
    Shape.COMMENTS: _merge_comments,
}


class _Criteria:
    """How one side changed the criteria: added, removed, renamed, ticked, moved."""

    def __init__(self, old: tuple[Criterion, ...], new: tuple[Criterion, ...]) -> None:
        self.old, self.new = _keyed(old), _keyed(new)
        before, after = list(self.old), list(self.new)
        self.renamed: dict[str, str] = {}
        for tag, a, b, c, d in SequenceMatcher(a=before, b=after).get_opcodes():  # keys are unique
            if tag == "replace" and b - a == d - c:
                pairs = zip(before[a:b], after[c:d], strict=True)
                self.renamed |= {x: y for x, y in pairs if x not in self.new and y not in self.old}
        kept = {key: self.new[key] for key in before if key in self.new}
        kept |= {key: self.new[name] for key, name in self.renamed.items()}
        self.kept = kept
        """By its key before: each criterion that is still there, as it is now."""
        self.ticked = {k: c.checked for k, c in kept.items() if c.checked != self.old[k].checked}
        self.added = set(after) - set(before) - set(self.renamed.values())
        self.moved = [k for k in after if k in self.old] != [k for k in before if k in self.new]

    def forget(self, key: str) -> None:
        """Leaves the criterion of that key before as it was, also where it was removed."""
        self.renamed.pop(key, None)
        if key in self.old:
            self.kept[key] = self.old[key]

    def apply(
        self, value: tuple[Criterion, ...], edited: Mapping[str, str]
    ) -> tuple[Criterion, ...]:
        """The criteria with this side's changes. `edited`: present key → the key it had before.

        A criterion that one side rewords and another removes stays.
        """
        result: dict[str, Criterion] = {}
        names: dict[str, str] = {}
        for present, criterion in _keyed(value).items():
            key = edited.get(present, present)
            if key in self.kept:
                name = self.renamed.get(key, present)
                changed = _changed(criterion, self.old[key], self.kept[key])
                result[name] = _either(result.get(name), changed)
                names[self.renamed.get(key, key)] = name
            elif key not in self.old or present in edited:
                result[present] = _either(result.get(present), criterion)
        for key in result.keys() & self.new.keys() - names.keys():  # added on both
            result[key] = _either(result[key], self.new[key])
        return self._place(result, names)

    def _place(
        self, result: Mapping[str, Criterion], names: Mapping[str, str]
    ) -> tuple[Criterion, ...]:
        """Puts what is missing below its predecessor, and all in this side's order if it moved.

        `names`: this side's key → the key that another side's rewording gave it.
        """
        order = list(result)
        fresh = self.added | set(self.renamed.values())
        above: str | None = None
        for own in self.new:
            key = names.get(own, own)
            missing = own in fresh and key not in result
            if missing or (self.moved and key in result and above is not None):
                if key in order:
                    order.remove(key)
                order.insert(order.index(above) + 1 if above in order else 0, key)
            above = key if key in order else above
        return tuple(result.get(key) or self.new[key] for key in order)


def _changed(criterion: Criterion, old: Criterion, new: Criterion) -> Criterion:
    """The criterion with what differs between `old` and `new`: its words, its box.

    Another spelling of words that are no longer there changes nothing.
    """
    respelt = said(new.text) == said(old.text) != said(criterion.text)
    return Criterion(
        criterion.text if respelt or new.text == old.text else new.text,
        criterion.checked if new.checked == old.checked else new.checked,
    )


def _either(one: Criterion | None, other: Criterion) -> Criterion:
    """Of two that say the same; a box without a tick says nothing yet."""
    return other if one is None else one._replace(checked=one.checked or other.checked)


def _keyed(criteria: Sequence[Criterion]) -> dict[str, Criterion]:
    """Each by what it says, and which of several that say the same it is."""
    seen: Counter[str] = Counter()
    keyed = {}
    for criterion in criteria:
        key = said(criterion.text)
        seen[key] += 1
        keyed[f"{key}\n{seen[key]}"] = criterion
    return keyed
