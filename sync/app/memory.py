"""What a run leaves for later reports: its findings, and how the backlog stood.

Times are kept to the microsecond: a report may be made in the second in which a run ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sync.model import Item, ItemId
from sync.planner import Decision
from sync.report.digest import marks
from sync.state import Store
from sync.state.memory import Standing, remember
from sync.state.watched import watch

TOP = 10
"""So many items count as the top of the order."""


def keep(
    store: Store,
    run: int,
    now: datetime,
    decision: Decision,
    items: Mapping[ItemId, Item],
    terms: Mapping[str, str],
) -> None:
    """Stores them; `terms`: what each rule demands. A run that saw a part only, or took another
    one back, leaves no findings: what it did not look at would pass for settled."""
    plan = decision.plan
    if decision.undoes is not None:
        return
    whole = plan.complete and not decision.partial
    watch(store.engine, plan.backlog, terms, decision.matched, now, whole=whole)
    if not whole:
        return
    at = now.astimezone(UTC).isoformat(timespec="microseconds")
    titles = {item.id: item.title for item in items.values()}
    apart = {one.item for one in plan.edits} | {one.item for one in plan.conflicts}
    top = top_of(decision.order, items)
    standing = Standing(run, at, len(items), len(items.keys() - apart), top)
    remember(store.engine, plan.backlog, marks(plan.findings, titles), standing)


def top_of(order: Sequence[ItemId], items: Mapping[ItemId, Item]) -> tuple[ItemId, ...]:
    """The topmost open items."""
    return tuple([one for one in order if one in items and not items[one].closed][:TOP])
