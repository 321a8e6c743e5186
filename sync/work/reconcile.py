"""One run of a backlog: what waits in the inbox is read again, decided, written, and done with."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Literal, TypeAlias

import structlog
from opentelemetry import trace
from sqlalchemy import Engine

from sync.app.runs import Look, Refused, Shop, carry_out, look
from sync.app.touched import look_at_touched
from sync.engine import Applied
from sync.model import TrackerName
from sync.state import Fenced, StateError, hold, inbox
from sync.state.fence import take
from sync.state.inbox import Heard
from sync.tracker import RecordId

log = structlog.get_logger(__name__)
tracer = trace.get_tracer("onebacklog")

SCHEDULE = ""
"""Whose events the schedule's are: no tracker's."""
WAIT = 30.0
"""Seconds for another that writes the state, such as an `apply` by hand."""
LONGEST = 600.0
"""Seconds of writing in one run. What is left is the next one's, which knows what came since.
Reading ends by itself: each request has its own deadline, and so many attempts."""
SLOWEST = 300.0
"""Seconds between two tries, at most."""
TRIES = 20
"""So often an event is tried. No change is lost with it: what its tracker did not tell then, it
tells any later run, which reads from where the last one that went well had come."""

Ending: TypeAlias = Literal["nothing", "done", "refused", "failed", "fenced"]


@dataclass(frozen=True, slots=True)
class Ran:
    """How one run ended."""

    backlog: str
    ending: Ending
    seconds: float = 0.0
    events: int = 0
    again: float | None = None
    """In so many seconds; None: all is done."""


class Overrun(Exception):
    """The run has been writing for too long; it ends between two edits."""


def reconcile(shop: Shop, engine: Engine, holder: str) -> Ran:
    """Makes a run of all that waits. Raises nothing that can be foreseen.

    `engine`: the state's, without a fence. `holder`: this process, as people find it.
    """
    begun = time.monotonic()
    heard = list[Heard]()
    try:
        heard = inbox.waiting(engine, shop.name)
        if not heard:
            return Ran(shop.name, "nothing")
        with hold(shop.state, WAIT, shop.name):
            heard = inbox.waiting(engine, shop.name)
            fenced = replace(shop, fence=take(engine, shop.name, holder))
            whole = not heard or _run(fenced, engine, heard)
        ending: Ending = "done" if whole else "failed"
    except Refused as error:
        _refuse(shop, engine, heard, error)
        ending = "refused"
    except Fenced as error:
        log.warning("run.fenced", error=str(error))
        ending = "fenced"
    except (StateError, Overrun) as error:
        log.warning("run.failed", error=str(error))
        ending = "failed"
    again = _put_off(shop, engine, heard) if ending == "failed" else None
    return Ran(shop.name, ending, time.monotonic() - begun, len(heard), again)


def _run(shop: Shop, engine: Engine, heard: Sequence[Heard]) -> bool:
    """Did all trackers take part, to the end? Then the events are done with."""
    begun = time.monotonic()
    with tracer.start_as_current_span("run", attributes={"events": len(heard)}):
        one = _look(shop, heard)
        applied = carry_out(one, force=False, progress=_until(begun + LONGEST))
    _tell(one, applied, len(heard), time.monotonic() - begun)
    stopped = [f for f in applied.failures if f.item is None and f.key is None]
    if one.context.failures or stopped:
        return False
    _settle(shop, engine, heard)
    return True


def _look(shop: Shop, heard: Sequence[Heard]) -> Look:
    """Reads no more than what the events are about. The schedule's are about all that changed."""
    touched: dict[TrackerName, frozenset[RecordId]] = {}
    for one in heard:
        touched[one.tracker] = touched.get(one.tracker, frozenset()) | one.records
    if any(one.whole for one in heard):
        return look(shop, full=True)
    if touched.pop(SCHEDULE, None) is not None:
        return look(shop, touched=touched)
    return look_at_touched(shop, touched, order=any(one.order for one in heard))


def _until(end: float) -> Callable[[TrackerName, int], None]:
    def progress(_: TrackerName, __: int) -> None:
        if time.monotonic() > end:
            raise Overrun(f"it wrote for {LONGEST:.0f} seconds; the rest is done by the next run")

    return progress


def _refuse(shop: Shop, engine: Engine, heard: Sequence[Heard], error: Refused) -> None:
    """What the guard refuses once it would refuse again: a person has to look, and to apply it."""
    for reason in error.reasons:
        log.warning("run.refused", reason=reason, remedy="look at `onebacklog plan`")
    _settle(shop, engine, heard)


def _put_off(shop: Shop, engine: Engine, heard: Sequence[Heard]) -> float | None:
    """Counts the try. In how many seconds is the next; None: there is none."""
    given_up = [one for one in heard if one.tries + 1 >= TRIES]
    left = [one for one in heard if one.tries + 1 < TRIES]
    try:
        inbox.count_try(engine, shop.name, [one.id for one in left])
        if given_up:
            log.error("events.given-up", events=len(given_up), tries=TRIES)
            _settle(shop, engine, given_up)
    except StateError as error:
        log.warning("run.uncounted", error=str(error))
    tries = max((one.tries for one in left), default=None)
    return None if tries is None and heard else pause(tries or 0)


def pause(tries: int) -> float:
    """Seconds before the next try: twice as many each time."""
    return float(min(2**tries, SLOWEST))


def _settle(shop: Shop, engine: Engine, heard: Sequence[Heard]) -> None:
    now = shop.clock().astimezone(UTC).isoformat(timespec="seconds")
    inbox.settle(engine, shop.name, [one.id for one in heard], now)


def _tell(one: Look, applied: Applied, events: int, seconds: float) -> None:
    """One line for the run, and one for each thing that it was to do and did not."""
    for failure in applied.failures:
        log.warning(
            "edit.failed",
            run=applied.run,
            tracker=failure.tracker,
            item=failure.item,
            key=failure.key,
            error=failure.message,
        )
    log.info(
        "run.done",
        run=applied.run,
        events=events,
        created=applied.created,
        updated=applied.updated,
        moved=applied.moved,
        released=applied.released,
        defined=applied.defined,
        failed=len(applied.failures),
        unread=sorted(one.context.failures),
        conflicts=one.plan.summary["conflict"],
        findings=one.plan.summary["finding"],
        seconds=round(seconds, 3),
    )
