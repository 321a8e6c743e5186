"""What people should know of a run beside its edits: the rules' findings, and the run's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sync.model import EMPTY, Item, ItemId, TrackerName
from sync.plan import Finding
from sync.planner.context import Context
from sync.planner.edits import allowed
from sync.planner.fields import MergedItem
from sync.planner.lens import Lens
from sync.planner.match import Matches
from sync.rules import GRAVITY, View, judge


def judge_all(
    context: Context,
    matches: Matches,
    merged: Mapping[ItemId, MergedItem],
    order: Sequence[ItemId],
    lenses: Mapping[TrackerName, Lens],
) -> tuple[Finding, ...]:
    """All findings, the gravest first, and always in the same order."""
    found = [
        *_failures(context),
        *_problems(context),
        *_lost(context, matches),
        *_withheld(context, merged),
        *_cannot(context, merged),
        *(finding for one in merged.values() for finding in one.findings),
        *_overruled(context, merged),
        *judge(
            _view(context, merged, order, lenses),
            context.settings.rules,
            context.settings.waivers,
        ),
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


def _view(
    context: Context,
    merged: Mapping[ItemId, MergedItem],
    order: Sequence[ItemId],
    lenses: Mapping[TrackerName, Lens],
) -> View:
    shown = {}
    for tracker, lens in lenses.items():
        records = context.readings[tracker].snapshot.order
        if lens.facts.order and records is not None:
            shown[tracker] = tuple(lens.items[one] for one in records if one in lens.items)
    return View(
        items={item: one.item for item, one in merged.items()},
        order=tuple(order),
        keys={item: one.keys() for item, one in merged.items()},
        shown_orders=shown,
        now=context.now,
        unread=frozenset(item for item, one in merged.items() if one.waiting),
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


def _lost(context: Context, matches: Matches) -> Iterator[Finding]:
    for lost in matches.lost:
        link = lost.link
        message = (
            f"{link.tracker} no longer shows {link.record.key} ({lost.why}). Nothing was closed "
            "for it elsewhere: bring it back, or close the item by hand where it still is."
        )
        keys = {link.tracker: link.record.key}
        yield Finding("missing-record", "warning", message, link.item, keys)


def _withheld(context: Context, merged: Mapping[ItemId, MergedItem]) -> Iterator[Finding]:
    for tracker in context.available():
        fields = allowed(context, tracker)
        if fields is None:
            continue
        elsewhere = sum(any(name != tracker for name in one.ties) for one in merged.values())
        if elsewhere and not fields:
            yield Finding(
                "publish",
                "warning",
                f"{tracker} is public and its settings name nothing to publish, so it receives "
                f"nothing of the {elsewhere} items from elsewhere. To change that, list the "
                f"fields under trackers.{tracker}.publish, or write `publish: all`.",
            )
        hidden = sum(
            any(tie.record.restricted for tie in one.ties.values()) for one in merged.values()
        )
        if hidden:
            yield Finding(
                "publish", "info", f"{tracker} is public: {hidden} restricted items stay off it."
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
                message = f"{tracker} cannot hold {name} (set on {held} items): {why}"
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
