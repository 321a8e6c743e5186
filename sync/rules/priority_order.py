"""The rule priority-order: order and priority agree, blockers stand first, parents do not lag."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, TypeAlias

from sync.model import PRIORITIES, Item, ItemId, TrackerName
from sync.plain import plain
from sync.plan import Severity
from sync.rules.ranking import counted, ranked_by
from sync.rules.reorder import Pair, Rank, Reordered, longest_run, reorder
from sync.rules.surroundings import surroundings
from sync.rules.view import Breach, View, quote, several
from sync.score import Score

Ranks: TypeAlias = Mapping[ItemId, int]
"""0 for the highest priority. Items without a known priority are absent."""
_OTHER_WAY = {"above": "below", "below": "above"}


Check: TypeAlias = Literal["missing", "order", "blockers", "parents", "trackers"]
CHECKS: tuple[Check, ...] = ("missing", "order", "blockers", "parents", "trackers")


@dataclass(frozen=True, slots=True)
class PriorityOrder:
    """The options of the rule priority-order."""

    levels: tuple[str, ...] = PRIORITIES
    """The priorities, highest first."""
    checks: Collection[Check] = CHECKS
    """`missing` priorities; `order`: no lower priority above a higher one; `blockers` above what
    they block; `parents` not below their children's priority; one order on all `trackers`."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """Priority → how many open items may have it."""
    default: str | None = None
    """The priority that `fix` gives to items without one; None: none."""
    frozen: Collection[str] = ()
    """Sprints whose items `fix` leaves where they stand: those that run."""
    most: int | None = None
    """So many items `fix` moves in one run; None: all that have to move."""
    score: Score | None = None
    """What says more of the order than priorities do; None: nothing."""


class Scored(NamedTuple):
    """The scores of items that have one, and a priority."""

    own: Mapping[ItemId, float]
    counted: Mapping[ItemId, float]
    """What each counts as: an item that blocks another of its priority, as much as that."""

    def said(self, item: Item) -> str:
        counts = self.counted[item.id]
        if self.own.get(item.id) == counts:
            return f"has a score of {counts:.4g}"
        return f"counts as {counts:.4g}, the score of what it blocks,"


def priority_order(view: View, options: PriorityOrder) -> Iterator[Breach]:
    """Judges open items only; near-linear in their number."""
    items = view.open()
    ranks = _levels(items, options)
    if "missing" in options.checks:
        yield from _missing(view, items, ranks, options)
    if not view.mending:
        scored = _scored(view, items, ranks, options)
        yield from _misplaced(view, ranks, options, scored)
        if options.score and not options.score.keep:
            yield from _outscored(view, ranks, scored, "info")
    if "parents" in options.checks:
        yield from _parents(view, items, ranks)
    if view.mending:
        return
    if "trackers" in options.checks:
        yield from _tracker_orders(view, items)
    for priority, limit in sorted(options.limits.items()):
        yield from _crowd(view, [item for item in items if item.priority == priority], limit)


def _misplaced(
    view: View, ranks: Ranks, options: PriorityOrder, scored: Scored
) -> Iterator[Breach]:
    """What stands in the wrong place; those that the mended order would not name can be moved."""
    mended = _mended(view, options, scored.counted)

    def of_place(view: View) -> Iterator[Breach]:
        yield from _of_place(view, ranks, options, mended.contradictions)
        if options.score and options.score.keep:
            yield from _outscored(view, ranks, scored, "warning")

    found = [*of_place(view)]
    still = {one.item for one in of_place(replace(view, order=mended.order))}
    for one in found:
        yield replace(one, moves=one.item not in still)


def _of_place(
    view: View, ranks: Ranks, options: PriorityOrder, contradictions: Collection[Pair]
) -> Iterator[Breach]:
    items = view.open()
    if "order" in options.checks:
        yield from _inversions(view, [item for item in items if item.id in ranks], ranks)
    if "blockers" in options.checks:
        yield from _blockers(view, items, contradictions)


def mended_order(view: View, options: PriorityOrder) -> Sequence[ItemId]:
    """The whole order, with the fewest moves that end what moves can end."""
    items = view.open()
    scored = _scored(view, items, _levels(items, options), options)
    return _mended(view, options, scored.counted).order


def _levels(items: Sequence[Item], options: PriorityOrder) -> Ranks:
    levels = {level: rank for rank, level in enumerate(options.levels)}
    return {item.id: levels[item.priority] for item in items if item.priority in levels}


def _pairs(items: Sequence[Item]) -> list[Pair]:
    there = {item.id for item in items}
    # Sorted: which pairs of a circle are left out must not hang on how the items stand.
    return sorted((blocker, item.id) for item in items for blocker in item.blocked_by & there)


def _scored(view: View, items: Sequence[Item], levels: Ranks, options: PriorityOrder) -> Scored:
    if options.score is None:
        return Scored({}, {})
    around = surroundings(view)
    answers = {item.id: options.score.of(item, around) for item in items if item.id in levels}
    own = {id_: score for id_, score in answers.items() if score is not None}
    pairs = _pairs(items) if "blockers" in options.checks else []
    return Scored(own, counted(own, levels, pairs))


def _mended(view: View, options: PriorityOrder, scores: Mapping[ItemId, float]) -> Reordered:
    items = view.open()
    levels = _levels(items, options)
    pairs = _pairs(items) if "blockers" in options.checks else []
    ranks: Mapping[ItemId, Rank] = {}
    if options.score and options.score.keep:
        ranks = ranked_by(view.order, scores, levels, pairs)
    elif "order" in options.checks:
        ranks = {id_: (float(level),) for id_, level in levels.items()}
    return reorder(
        view.order,
        ranks,
        pairs,
        fixed={item.id for item in items if item.sprint in options.frozen},
        most=options.most,
    )


def _missing(
    view: View, items: Sequence[Item], ranks: Ranks, options: PriorityOrder
) -> Iterator[Breach]:
    choice = ", ".join(map(plain, options.levels))
    fix = {"priority": options.default} if options.default else None
    for item in items:
        if item.id in ranks:
            continue
        has = f"the unknown priority {quote(item.priority)}" if item.priority else "no priority"
        message = f"{view.name(item)} has {has}: give it one of {choice}."
        yield Breach(item.id, message, "warning", fix)


def _inversions(view: View, items: Sequence[Item], ranks: Ranks) -> Iterator[Breach]:
    """The fewest items that would have to move for order and priority to agree."""
    for item, other, stands in _astray(items, ranks):
        yield Breach(
            item.id,
            f"{view.name(item)} has priority {_priority(item)} but stands {stands} "
            f"{view.name(other)}, which has {_priority(other)}: "
            f"move it {_OTHER_WAY[stands]} that, or change one of the priorities.",
        )


def _astray(
    items: Sequence[Item], ranks: Mapping[ItemId, float]
) -> Iterator[tuple[Item, Item, str]]:
    """Items out of place, each with another that says so, and how it stands to that.

    Those outside a longest run. Each of them stands either below an item of the run with a greater
    rank or above one with a smaller one, and never both, for the run itself never falls and cannot
    be made longer.
    """
    run = longest_run([(ranks[item.id],) for item in items])
    run_ranks = [ranks[items[place].id] for place in run]
    kept = set(run)
    for place, item in enumerate(items):
        if place in kept:
            continue
        after = bisect_right(run_ranks, ranks[item.id])
        if after < len(run) and run[after] < place:
            yield item, items[run[after]], "below"
        else:
            yield item, items[run[bisect_left(run_ranks, ranks[item.id]) - 1]], "above"


def _outscored(view: View, levels: Ranks, scored: Scored, severity: Severity) -> Iterator[Breach]:
    """The fewest items that would have to move for order and scores of each priority to agree."""
    of_level: dict[int, list[Item]] = defaultdict(list)
    for item in view.open():
        if item.id in scored.counted:
            of_level[levels[item.id]].append(item)
    for _, items in sorted(of_level.items()):
        falls = {item.id: -scored.counted[item.id] for item in items}
        for item, other, stands in _astray(items, falls):
            yield Breach(
                item.id,
                f"{view.name(item)} {scored.said(item)} but stands {stands} {view.name(other)}, "
                f"which {scored.said(other)}, both of priority {_priority(item)}: "
                f"move it {_OTHER_WAY[stands]} that, or correct a score.",
                severity,
            )


def _blockers(
    view: View, items: Sequence[Item], contradictions: Collection[Pair]
) -> Iterator[Breach]:
    places = {id_: place for place, id_ in enumerate(view.order)}
    for item in items:
        below = [
            view.items[id_]
            for id_ in sorted(item.blocked_by & places.keys() & view.items.keys())
            if item.id in places and places[id_] > places[item.id] and not view.items[id_].closed
        ]
        if below:
            names = several(view.name(blocker) for blocker in below)
            odd = [one for one in below if (one.id, item.id) in contradictions]
            remedy = (
                f"moving cannot mend it, for {_why(view, item, odd[0])}"
                if odd
                else "move what blocks it up, or take the block away."
            )
            yield Breach(
                item.id,
                f"{view.name(item)} is blocked by {names}, further down: {remedy}",
            )


def _why(view: View, item: Item, blocker: Item) -> str:
    """Why a blocker cannot be moved above what it blocks."""
    if item.priority and blocker.priority and item.priority != blocker.priority:
        return (
            f"{view.name(blocker)} has priority {_priority(blocker)} and what it blocks has "
            f"{_priority(item)}: change one of the priorities, or take the block away."
        )
    return "other items block them in a circle, or contradict their priorities: take a block away."


def _parents(view: View, items: Sequence[Item], ranks: Ranks) -> Iterator[Breach]:
    children: dict[ItemId, list[Item]] = defaultdict(list)
    for item in items:
        parent_id = item.parent or ""
        if item.id in ranks and ranks.get(parent_id, -1) > ranks[item.id]:
            children[parent_id].append(item)
    for id_, above in children.items():
        parent = view.items[id_]
        first = min(above, key=lambda child: ranks[child.id])
        more = f" (and {len(above) - 1} more)" if len(above) > 1 else ""
        yield Breach(
            id_,
            f"{view.name(parent)} has priority {_priority(parent)}, lower than its child "
            f"{view.name(first)} with {_priority(first)}{more}: "
            "raise the parent, or lower the child.",
            fix={"priority": first.priority},
        )


def _crowd(view: View, crowd: Sequence[Item], limit: int) -> Iterator[Breach]:
    if len(crowd) > limit:
        noun = "item has" if len(crowd) == 1 else "items have"
        excess = several(view.name(item) for item in crowd[limit:])
        yield Breach(
            None,
            f"{len(crowd)} open {noun} priority {_priority(crowd[0])}, "
            f"where at most {limit} may: change the priority of {excess}, or of others.",
        )


def _tracker_orders(view: View, items: Sequence[Item]) -> Iterator[Breach]:
    """One finding a tracker: the next `apply` moves what stands elsewhere, if it can."""
    if len(items) > 1:
        for tracker, why in sorted(view.orderless.items()):
            message = f"{plain(tracker)} is not kept in the backlog's order: {plain(why)}."
            yield Breach(None, message, "info")
    places = {item.id: place for place, item in enumerate(items)}
    for tracker, shown in sorted(view.shown_orders.items()):
        if tracker in view.orderless:
            continue
        ids = [id_ for id_ in dict.fromkeys(shown) if id_ in places]
        kept = set(longest_run([(places[id_],) for id_ in ids]))
        astray = [id_ for at, id_ in enumerate(ids) if at not in kept]
        if astray:
            names = several(view.name(view.items[id_]) for id_ in astray)
            yield Breach(
                None,
                f"{plain(tracker)} shows {len(astray)} of {len(ids)} items elsewhere than the "
                f"backlog has them: {names}. {_not_moved(view, tracker)}",
                "warning",
            )


def _not_moved(view: View, tracker: TrackerName) -> str:
    """What to do about a tracker that shows another order."""
    failed = view.unmoved.get(tracker, {}).items()
    whys = {id_: why for id_, why in failed if id_ in view.items}
    if not whys:
        return "The next apply moves them there."
    first, why = next(iter(whys.items()))
    return (
        f"It did not let {view.name(view.items[first])} be moved: {plain(why).rstrip('.')}. "
        "Mend that, then run `apply --retry`."
    )


def _priority(item: Item) -> str:
    return plain(item.priority or "")
