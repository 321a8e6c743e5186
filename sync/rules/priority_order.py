"""The rule priority-order: order and priority agree, blockers stand first, parents do not lag."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from sync.model import PRIORITIES, Item, ItemId
from sync.plain import plain
from sync.rules.reorder import Pair, Reordered, longest_run, reorder
from sync.rules.view import Breach, View, quote, several

Ranks: TypeAlias = Mapping[ItemId, int]
"""0 for the highest priority. Items without a known priority are absent."""


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


def priority_order(view: View, options: PriorityOrder) -> Iterator[Breach]:
    """Judges open items only; near-linear in their number."""
    items = view.open()
    levels = {level: rank for rank, level in enumerate(options.levels)}
    ranks = {item.id: levels[item.priority] for item in items if item.priority in levels}
    if "missing" in options.checks:
        yield from _missing(view, items, ranks, options)
    yield from _misplaced(view, ranks, options)
    if "parents" in options.checks:
        yield from _parents(view, items, ranks)
    if "trackers" in options.checks:
        yield from _tracker_orders(view, items)
    for priority, limit in sorted(options.limits.items()):
        yield from _crowd(view, [item for item in items if item.priority == priority], limit)


def _misplaced(view: View, ranks: Ranks, options: PriorityOrder) -> Iterator[Breach]:
    """What stands in the wrong place; those that the mended order would not name can be moved."""
    mended = _mended(view, options)
    found = [*_of_place(view, ranks, options, mended.contradictions)]
    then = replace(view, order=mended.order)
    still = {one.item for one in _of_place(then, ranks, options, mended.contradictions)}
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
    return _mended(view, options).order


def _mended(view: View, options: PriorityOrder) -> Reordered:
    items = view.open()
    levels = {level: (float(rank),) for rank, level in enumerate(options.levels)}
    ranks = {item.id: levels[item.priority] for item in items if item.priority in levels}
    there = {item.id for item in items}
    pairs: list[Pair] = [
        (blocker, item.id) for item in items for blocker in item.blocked_by if blocker in there
    ]
    return reorder(
        view.order,
        ranks if "order" in options.checks else {},
        pairs if "blockers" in options.checks else (),
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
    """The fewest items that would have to move for order and priority to agree.

    Those outside a longest run. Each of them stands either below an item of the run with a lower
    priority or above one with a higher priority, and never both, for the run itself never falls
    and cannot be made longer.
    """
    run = longest_run([(ranks[item.id],) for item in items])
    run_ranks = [ranks[items[place].id] for place in run]
    kept = set(run)
    for place, item in enumerate(items):
        if place in kept:
            continue
        after = bisect_right(run_ranks, ranks[item.id])
        if after < len(run) and run[after] < place:
            other, stands, move = items[run[after]], "below", "above"
        else:
            other = items[run[bisect_left(run_ranks, ranks[item.id]) - 1]]
            stands, move = "above", "below"
        yield Breach(
            item.id,
            f"{view.name(item)} has priority {_priority(item)} but stands {stands} "
            f"{view.name(other)}, which has {_priority(other)}: "
            f"move it {move} that, or change one of the priorities.",
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
    """One finding a tracker: the next `apply` moves what stands elsewhere."""
    places = {item.id: place for place, item in enumerate(items)}
    for tracker, shown in sorted(view.shown_orders.items()):
        ids = [id_ for id_ in dict.fromkeys(shown) if id_ in places]
        kept = set(longest_run([(places[id_],) for id_ in ids]))
        astray = [view.name(view.items[id_]) for at, id_ in enumerate(ids) if at not in kept]
        if astray:
            yield Breach(
                None,
                f"{plain(tracker)} shows {len(astray)} of {len(ids)} items elsewhere than the "
                f"backlog has them: {several(astray)}. "
                "Apply the plan's moves, or check who may set the order there.",
                "warning",
            )


def _priority(item: Item) -> str:
    return plain(item.priority or "")
