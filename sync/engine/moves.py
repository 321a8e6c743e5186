"""Moves one tracker's records to where the decision has them, and remembers its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sync.backlog import TrackerOrder
from sync.engine.ledger import Ledger
from sync.engine.run import Engine, Failure, now
from sync.model import ItemId
from sync.order import neighbours, steps
from sync.plan import Placement
from sync.planner import Decision
from sync.planner.orders import ORDER
from sync.state import Entry
from sync.tracker import Adapter, Denied, Move, RecordId, TrackerError, Twin, Unavailable


@dataclass
class Mover:
    """One tracker's order while it is written."""

    engine: Engine
    decision: Decision
    ledger: Ledger
    adapter: Adapter
    twins: Mapping[ItemId, Twin]
    renamed: Mapping[RecordId, RecordId]
    """Records that were given an id: a file's path → the item's id."""
    errors: dict[ItemId, TrackerError | None] = field(default_factory=dict)
    """Of each move that was tried why it was not made, or None."""

    def __post_init__(self) -> None:
        self.tracker, self.backlog = self.ledger.tracker, self.engine.context.backlog
        self.held = {item for name, item in self.decision.unmoved if name == self.tracker}
        self.items = {twin.id: item for item, twin in self.twins.items()}

    def write(self, *, created: bool) -> None:
        """`created`: were records made in this run, wherever the tracker put them?"""
        planned = [one for one in self.decision.plan.moves if one.tracker == self.tracker]
        known = self.decision.orders.get(self.tracker)
        if known is None:
            return
        if self.decision.keeps_order and planned:
            self._part(planned, self._shown(known.seen))
        if self.decision.keeps_order or not (planned or created):
            self._rename()
            return
        wanted = [item for item in self.decision.order if item in self.twins]
        shown = self._shown(known.seen)
        if created:  # the tracker may have put new records elsewhere than at the end
            present = self._shown(self.adapter.order() or ())
            if set(present) == set(wanted):  # else its order lags
                planned, shown = self._replanned(present, wanted), present
        moves = [move for one in planned if (move := self._as_move(one)) is not None]
        self._make(moves, shown)
        seen = self.adapter.order() or known.seen
        sent = () if any(self.errors.values()) or self.held else tuple(wanted)
        self.engine.store.save_tracker(
            self.backlog.name, self.tracker, order=TrackerOrder(seen, sent)
        )

    def _make(self, moves: Sequence[Move], shown: Sequence[ItemId]) -> None:
        """Makes the moves, and remembers how each ended, also where the tracker stops."""
        self._begin(moves, shown)
        above = neighbours([item for item in self.decision.order if item in self.twins])
        try:
            self._move(moves)
        finally:
            told = self.ledger.moved(self.errors)
            below = {item: above[item]["after"] for item in self.errors}
            unmoved = self.ledger.unmoved(self.errors, below)
            self.engine.store.save_moves(self.backlog.name, self.tracker, told, unmoved)

    def _part(self, planned: Sequence[Placement], shown: Sequence[ItemId]) -> None:
        """Makes some moves of a plan. The order is merged by the run that makes all of them: it
        finds these done already."""
        self._make([move for one in planned if (move := self._as_move(one)) is not None], shown)

    def _shown(self, records: Sequence[RecordId]) -> list[ItemId]:
        return [self.items[record] for record in records if record in self.items]

    def _move(self, moves: Sequence[Move]) -> None:
        """Notes of each why it was not made, or None."""
        for outcome in self.adapter.move(moves):
            self.errors[outcome.item] = outcome.error
            if outcome.error is None:
                self.ledger.applied.moved += 1
                self.engine.progress(self.tracker, 1)
                continue
            key, why = self.twins[outcome.item].key, f"not moved: {outcome.error}"
            self.ledger.applied.failures.append(Failure(self.tracker, outcome.item, key, why))
            if isinstance(outcome.error, Denied | Unavailable):
                raise outcome.error

    def _begin(self, moves: Sequence[Move], shown: Sequence[ItemId]) -> None:
        order = [item for item in shown if item not in {one.item for one in moves}]
        for one in moves:
            above = self.items[one.after] if one.after is not None else None
            order.insert(order.index(above) + 1 if above in order else 0, one.item)
        before, after = neighbours(shown), neighbours(order)
        at = now(self.engine)
        self.ledger.begin(
            [
                Entry(
                    at,
                    self.tracker,
                    one.item,
                    self.twins[one.item].key,
                    "move",
                    None,
                    before.get(one.item),
                    after[one.item],
                    self.decision.decided.get((one.item, ORDER), "order"),
                    "begun",
                )
                for one in moves
            ]
        )

    def _replanned(self, present: Sequence[ItemId], wanted: Sequence[ItemId]) -> list[Placement]:
        """The moves from what the tracker shows now."""
        return [
            Placement(one.item, self.tracker, None, one.after, one.before, None, None)
            for one in steps(
                [item for item in present if item not in self.held],
                [item for item in wanted if item not in self.held],
            )
        ]

    def _as_move(self, placement: Placement) -> Move | None:
        """None where the record, or its neighbour, could not be created."""
        item, after, before = placement.item, placement.after, placement.before
        if item not in self.twins or (after is not None and after not in self.twins):
            return None
        return Move(
            item,
            self.twins[item].id,
            None if after is None else self.twins[after].id,
            self.twins[before].id if before in self.twins and before is not None else None,
        )

    def _rename(self) -> None:
        """Keeps the order as it was seen, by the records' present ids."""
        known = self.decision.orders.get(self.tracker)
        if self.decision.keeps_order:
            known = self.backlog.orders.get(self.tracker)
        if known is not None and self.renamed:
            seen = tuple(self.renamed.get(record, record) for record in known.seen)
            order = replace(known, seen=seen)
            self.engine.store.save_tracker(self.backlog.name, self.tracker, order=order)
