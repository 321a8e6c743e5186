"""A run that is narrowed to what webhooks said was touched."""

from __future__ import annotations

import structlog

from sync.app.runs import (
    Look,
    Shop,
    Touched,
    adapters_of,
    context_of,
    decided,
    look,
    remembered,
)
from sync.engine import read_touched
from sync.planner.narrow import about_touched, of_touched, unsound

log = structlog.get_logger(__name__)


def look_at_touched(shop: Shop, touched: Touched, *, order: bool = False) -> Look:
    """Reads these records, and all others that show their items, each by its id; and decides of
    these items alone. Requests grow with what was touched, not with the backlog.

    `order`: it may have changed, and is read whole, and merged.

    No tracker counts as read by that: what else changed is found by the next ordinary look, which
    reads on from where it would have. That is also what is done here, with the touched records
    read in any case, where single records are not enough: nothing was touched; a tracker was never
    read; a touched record is linked to nothing, or an item is to be made somewhere, so that
    a twin may be among what was not read; a record now refers to one, or is in a release, that is
    not known.
    """
    backlog, read_whole = remembered(shop)
    read = {*read_whole, *(name for name, links in backlog.links.items() if links)}
    if not (order or any(touched.values())) or not shop.settings.trackers.keys() <= read:
        return look(shop, touched=touched)
    adapters, failures = adapters_of(shop)
    readings, unread = read_touched(adapters, backlog, touched, order=order)
    context = about_touched(context_of(shop, backlog, readings, {**failures, **unread}))
    context, decision = decided(shop, context, adapters)
    decision = of_touched(context, decision, order=order)
    if why := unsound(context, decision):
        log.debug("run.widened", backlog=shop.name, because=why)
        return look(shop, touched=touched)
    return Look(shop, context, decision, adapters)
