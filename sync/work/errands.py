"""What the schedule asks for beside runs: digests, and deliveries that never came, sent again.

One after the other, in a thread of their own, so that none holds up a run. One that ends with its
process is not made good: the next digest begins where the last one ended, and the next hour asks
for the same deliveries.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from queue import SimpleQueue

import structlog

from sync.app.digest import send
from sync.app.due import Tick
from sync.app.hooks import redeliver
from sync.app.runs import Shop
from sync.work.current import Current

log = structlog.get_logger(__name__)

STALE = timedelta(hours=1)
"""A digest of which the time is longer past is left out; nobody expects it any more."""


class Errands:
    """Those of the ticks that this process was the first to see."""

    def __init__(self, current: Current) -> None:
        self._current = current
        self._waiting: SimpleQueue[tuple[str, Tick]] = SimpleQueue()

    def start(self) -> None:
        # It ends with the process, in the middle of an errand if need be.
        threading.Thread(target=self._go, name="errands", daemon=True).start()

    def take(self, backlog: str, tick: Tick, now: datetime) -> None:
        if tick.kind == "hourly" or (tick.kind == "report" and now - tick.at < STALE):
            self._waiting.put((backlog, tick))

    def _go(self) -> None:
        while True:
            backlog, tick = self._waiting.get()
            shop = self._current.shop(backlog)
            if shop is not None:
                run(shop, tick)


def run(shop: Shop, tick: Tick) -> None:
    """Raises nothing: what goes wrong is in the log."""
    with structlog.contextvars.bound_contextvars(backlog=shop.name):
        try:
            if tick.kind == "report":
                _report(shop)
            else:
                redeliver(shop)
        except Exception:  # whatever it is, the others go on
            log.exception("errand.crashed", errand=str(tick))


def _report(shop: Shop) -> None:
    sent = send(shop)
    for failure in sent.failures:
        log.warning("digest.failed", error=failure)
    log.info("digest.sent", services=sent.took)
