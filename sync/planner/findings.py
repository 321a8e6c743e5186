"""What people should know of a run beside its edits: the rules' findings, and the run's own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from sync.model import EMPTY, FieldName, Item, ItemId, TrackerName
from sync.plan import Finding
from sync.planner.context import Context
from sync.planner.edits import allowed, secret
from sync.planner.fields import MergedItem
from sync.planner.match import Matches
from sync.planner.ties import MOVED, Lost
from sync.rules import GRAVITY
from sync.rules.view import number


def judge_all(
    context: Context,
    matches: Matches,
    merged: Mapping[ItemId, MergedItem],
    order: Sequence[ItemId],
    judged: Sequence[Finding],
) -> tuple[Finding, ...]:
    """All findings, those of rules (`judged`) among them, the gravest first."""
    found = [
        *_failures(context),
        *_problems(context),
        *_lost(context, matches),
        *_copies(matches),
        *_withheld(context, merged),
        *_cannot(context, merged),
        *(finding for one in merged.values() for finding in one.findings),
        *_overruled(context, merged),
        *judged,
    ]
    return by_gravity(found, order)


def by_gravity(found: Iterable[Finding], order: Sequence[ItemId]) -> tuple[Finding, ...]:
    place = {item: at for at, item in enumerate(order)}
    return tuple(
        sorted(
            found,
            key=lambda one: (
                GRAVITY[one.severity],
                one.rule,
                place.get(one.item or "", -1),
                one.message,
            ),
        )
    )


def _failures(context: Context) -> Iterator[Finding]:
    for tracker, why in context.failures.items():
        message = f"{tracker} could not be read, so its items are neither changed nor judged: {why}"
        yield Finding("tracker", "error", message)


def _problems(context: Context) -> Iterator[Finding]:
    for tracker, reading in context.readings.items():
        for problem in (*reading.facts.problems, *reading.snapshot.problems):
            keys = {tracker: problem.key} if problem.key else {}
            yield Finding("tracker", problem.severity, f"{tracker}: {problem.message}", keys=keys)


def _copies(matches: Matches) -> Iterator[Finding]:
    """Records that say that they were made for an item which another one shows."""
    for item, ties in matches.ties.items():
        for tracker, tie in ties.items():
            mark, key = tie.record.mark, tie.record.key
            first = matches.ties.get(mark, {}).get(tracker) if mark and mark != item else None
            if first is not None:
                message = (
                    f"{tracker}: {key} has the mark of {first.record.key}, as a copy of it has; it "
                    "is taken for an item of its own. Remove the mark from it: the last line of "
                    "the raw text on GitHub, a label in Jira"
                )
                yield Finding("mark", "warning", message, item, {tracker: key})
            elif mark in matches.ties and mark != item and tie.record.stranger:
                message = (
                    f"{tracker}: {key} has the mark of another item, and is of somebody who may "
                    "not write the other records there; it is taken for an item of its own. If it "
                    "does show that item, pair the two with `onebacklog adopt`"
                )
                yield Finding("mark", "warning", message, item, {tracker: key})


REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "not seen": "bring it back, or close the item by hand where it still is",
        "deleted": "close the item by hand where it still is; or make it anew there by hand, under "
        "the same title, and it is taken for the item's again",
        "hidden": "give this credential access to it again, or close the item by hand where it "
        "still is. Until then nothing of it goes to public trackers: it may be restricted",
        "hidden or deleted": "if it was restricted, let this credential see it again; if it was "
        "deleted, close the item by hand where it still is. Until then nothing of it goes to "
        "public trackers",
        "moved": "move it back, close the item by hand where it still is, or make that place a "
        "tracker of this backlog, and it is followed there",
        "archived": "restore it from the archive to go on with it; what is edited elsewhere waits "
        "for that",
        "out of scope": "let it fit the tracker's `where` again, or widen that; to end it, close "
        "it by hand",
        "of another type": "give it a type that the tracker's `where` means, or widen that",
        "made a discussion": "an issue can be made from the discussion again: under the same "
        "title it is taken for the item's; or close the item by hand where it still is",
    }
)
"""What to do about a record that is no longer followed, by what became of it."""


def _lost(context: Context, matches: Matches) -> Iterator[Finding]:
    for lost in matches.lost:
        link, key = lost.link, lost.link.record.key
        if lost.why.startswith(MOVED) and _followed(matches, lost) and not lost.beside:
            continue
        keys = {link.tracker: key}
        if lost.beside:
            message = (
                f"{key} of {link.tracker} was {lost.why}, where {lost.beside} shows the item "
                "already. Nothing was made of the two: close one of them by hand."
            )
        else:
            message = (
                f"{link.tracker} no longer shows {key} ({lost.why}). Nothing was closed for it "
                f"elsewhere: {_remedy(lost.why)}."
            )
        yield Finding("missing-record", "warning", message, link.item, keys)


def _remedy(why: str) -> str:
    found = [one for one in REMEDIES if why.startswith(one)]
    return REMEDIES[max(found, key=len, default="not seen")]


def _followed(matches: Matches, lost: Lost) -> bool:
    """Is it where it moved to by now, as a record of the same item?"""
    where = lost.why.removeprefix(MOVED)
    return any(tie.record.url == where for tie in matches.ties[lost.link.item].values())


def _withheld(context: Context, merged: Mapping[ItemId, MergedItem]) -> Iterator[Finding]:
    for tracker in context.available():
        reading = context.readings[tracker]
        facts, fields = reading.facts, allowed(context, tracker)
        if facts.public and not facts.sealed:
            yield from _published(context, tracker, fields, merged)
        if facts.public and reading.snapshot.opened:
            yield Finding(
                "publish",
                "warning" if fields is not None and not fields else "info",
                f"{tracker} is public, and was not when it was read before. What it shows already "
                "stays there; remove by hand what not everybody may read.",
            )
        who = "public" if facts.public else "open to the whole company"
        restricted = [one for one in merged.values() if secret(context, tracker, one)]
        if off := sum(tracker not in one.ties for one in restricted):
            stay = "stays" if off == 1 else "stay"
            message = f"{tracker} is {who}: {number(off, 'restricted item')} {stay} off it."
            yield Finding("publish", "info", message)
        yield from (_exposed(tracker, who, one) for one in restricted if tracker in one.ties)


def _exposed(tracker: TrackerName, who: str, one: MergedItem) -> Finding:
    """A restricted item that a public tracker shows."""
    key = one.ties[tracker].record.key
    where = [name for name, tie in sorted(one.ties.items()) if tie.record.restricted]
    said = f"restricted on {' and '.join(where)}" if where else "hidden, and may be restricted"
    message = (
        f"{key} is on {tracker}, which is {who}, and the item is {said}. Nothing more of it is "
        f"written there, and it is not closed: delete {key} by hand, or lift the restriction."
    )
    return Finding("restricted", "error", message, one.item.id, one.keys())


def _published(
    context: Context,
    tracker: TrackerName,
    fields: Collection[FieldName] | None,
    merged: Mapping[ItemId, MergedItem],
) -> Iterator[Finding]:
    elsewhere = sum(any(name != tracker for name in one.ties) for one in merged.values())
    if elsewhere and fields is not None and not fields:
        yield Finding(
            "publish",
            "warning",
            f"{tracker} is public and its settings name nothing to publish, so it receives "
            f"nothing of {number(elsewhere, 'item')} from elsewhere. To change that, list the "
            f"fields under trackers.{tracker}.publish, or write `publish: all`.",
        )


def _cannot(context: Context, merged: Mapping[ItemId, MergedItem]) -> Iterator[Finding]:
    for tracker in context.available():
        for name, why in context.readings[tracker].facts.cannot.items():
            shape = context.backlog.schema.get(name)
            if shape is None:
                continue
            held = sum(
                one.item.values.get(name, EMPTY[shape]) != EMPTY[shape] for one in merged.values()
            )
            if held:
                message = f"{tracker} cannot hold {name} (set on {number(held, 'item')}): {why}"
                yield Finding("capability", "info", message)


def _overruled(context: Context, merged: Mapping[ItemId, MergedItem]) -> Iterator[Finding]:
    for item, one in merged.items():
        for name, how in one.merged.items():
            for tracker in sorted(how.overruled):
                who = context.settings.policy(name).authority
                message = (
                    f"{tracker} changed {name} of {_called(one.item, one)}, which belongs to "
                    f"{who}: it is put back."
                    if who != "any"
                    else f"{tracker}'s {name} of {_called(one.item, one)} lost to "
                    f"{' and '.join(how.changed_by) or 'the backlog'}, which is preferred."
                )
                yield Finding("drift", "warning", message, item, one.keys(), fix=True)


def _called(item: Item, one: MergedItem) -> str:
    return next(iter(one.keys().values()), item.id)
