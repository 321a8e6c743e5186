"""The digest of a backlog: what it is made from, and sending it on."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from config.secrets import Secret, SecretError
from sync.app.memory import top_of
from sync.app.runs import Look, Shop, look
from sync.report.digest import Changes, Digest, Done, Ending, Failing, digest_text, marks
from sync.rules.judge import SOON
from sync.state import Store
from sync.state.memory import Memory, last_sent, mark_sent, recall

log = structlog.get_logger(__name__)

LAST = "last"
"""Since the last digest that was sent."""
USUAL = timedelta(days=7)
"""So far back a report looks where none was sent."""
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class NotSince(ValueError):
    """A text that says no time; says what does."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a digest that was to be sent."""

    took: int
    """So many services took it."""
    failures: tuple[str, ...] = ()
    """Which others did not, a sentence each, without what they are addressed with."""


def since_of(text: str, now: datetime) -> datetime | None:
    """`36h`, `1d`, `2w`, or a day as YYYY-MM-DD, or a time in ISO 8601 (UTC where it names no
    zone); None for `last`. Raises NotSince."""
    if text == LAST:
        return None
    if found := re.fullmatch(r"(\d{1,4})([hdw])", text):
        return now - int(found[1]) * UNITS[found[2]]
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NotSince(
            f"{text!r} is no time: give 36h, 1d or 2w, a day such as 2026-11-01, or last"
        ) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def digest(one: Look, since: str = LAST) -> Digest:
    """Asks the trackers nothing more. Raises NotSince."""
    backlog = one.context.backlog
    known = [
        (tracker, item, failing.message)
        for of in (backlog.failing, backlog.unmoved)
        for tracker, items in of.items()
        for item, failing in items.items()
    ]
    return Digest(
        one.plan,
        one.titles,
        changes(one, since),
        [Failing(*failing) for failing in sorted(known)],
        _ending(one),
        top_of(one.decision.order, one.items),
    )


def changes(one: Look, since: str = LAST) -> Changes | None:
    """What has changed; None where no run has stored its findings yet. Raises NotSince."""
    now = one.context.now
    wanted = since_of(since, now)
    store = Store(one.shop.state)
    try:
        if not store.exists():
            return None
        if wanted is None:
            sent = last_sent(store.engine, one.shop.name)
            wanted = datetime.fromisoformat(sent) if sent else now - USUAL
        memory = recall(store.engine, one.shop.name, _text(wanted))
    finally:
        store.close()
    return None if memory is None else _changes(one, memory)


def send(shop: Shop, one: Look | None = None, since: str = LAST) -> Sent:
    """Sends the digest to what the settings name under `notify`, each for itself.

    That it was sent is remembered where anybody took it, and there is a state; the next one then
    begins there. `one`: what was just read, or else it is read anew. Raises NotSince, StateError.
    """
    one = one or look(shop)
    text = digest_text(digest(one, since))
    said = [_post(shop, secret, text) for secret in shop.settings.notify]
    failures = tuple(why for why in said if why)
    took = len(said) - len(failures)
    store = Store(shop.state)
    try:
        if took and store.exists():
            mark_sent(store.engine, shop.name, _text(one.context.now))
    finally:
        store.close()
    return Sent(took, failures)


def _changes(one: Look, memory: Memory) -> Changes:
    found = marks(one.plan.findings, one.titles)
    then = {mark: finding for mark, (finding, at) in memory.open.items() if at <= memory.since}
    then |= {mark: finding for mark, (finding, _) in memory.settled.items()}
    new = [finding for mark, finding in found.items() if mark not in then]
    settled = [finding for mark, finding in then.items() if mark not in found]
    counts = [run.counts for run in memory.runs]
    written = {
        name: sum(one.get(name, 0) for one in counts) for name in ("create", "update", "move")
    }
    failed = sum(run.outcome not in ("done", None) for run in memory.runs)
    done = Done(len(memory.runs), failed, **written)
    seen = settled if one.plan.complete else []  # else they may be where nobody looked
    return Changes(memory.since, tuple(new), tuple(seen), memory.top, done)


def _ending(one: Look) -> Sequence[Ending]:
    today = one.context.now.date()
    return [
        Ending(waiver.item, waiver.rule, waiver.until, waiver.by)
        for waiver in sorted(one.context.settings.waivers, key=lambda waiver: waiver.until)
        if today <= waiver.until <= today + SOON
    ]


def _post(shop: Shop, secret: Secret, text: str) -> str | None:
    """Why it was not taken; None where it was.

    Apprise gives a service four seconds to connect, and four to answer. What it says of a failure
    may hold parts of the address, so nothing of that is kept.
    """
    from apprise import Apprise, NotifyFormat  # noqa: PLC0415  (slow to import)

    logging.getLogger("apprise").disabled = True
    said = f"{secret} of notify"
    try:
        services = Apprise()
        if not services.add(shop.around.fetch(secret)):
            return f"{said} holds no address that apprise knows: look it up in apprise's wiki"
        title = f"onebacklog: {shop.name}"
        taken = services.notify(body=text, title=title, body_format=NotifyFormat.TEXT)
    except SecretError as error:
        return str(error)
    except Exception as error:
        return f"{said} did not take the digest ({type(error).__name__}): check its address"
    return None if taken else f"{said} did not take the digest: check its address, and try again"


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
