"""From what was read to what is to be done: pure, and the same for a dry run and for an apply."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from sync.backlog import Backlog, Link, TrackerOrder
from sync.model import FieldName, Item, ItemId, TrackerName
from sync.plan import Edit, Finding, Pairing, Plan
from sync.planner import adoption
from sync.planner import edits as edit
from sync.planner.context import (
    Choice,
    Context,
    Creates,
    Placed,
    Reading,
    Settings,
    TrackerSettings,
)
from sync.planner.enforcing import enforce_rules
from sync.planner.fields import MergedItem, merge_item
from sync.planner.findings import by_gravity, judge_all
from sync.planner.lens import Lens
from sync.planner.match import Matches, match
from sync.planner.moved import followed, with_moved_comments
from sync.planner.orders import ORDER, Ordered, merge_orders, moves_for
from sync.planner.relabels import LABELS, with_labels
from sync.planner.releases import (
    MergedReleases,
    Releases,
    merge_releases,
    release_edits,
    with_creations,
)
from sync.planner.renames import NAME, RELEASE, with_names
from sync.planner.symmetric import mirror_all
from sync.planner.vocabulary import Vocabulary, keep_vocabulary
from sync.planner.waiting import hold_back, others_waiting, waiting_creates
from sync.tracker import Cursor, Record, RecordId

__all__ = [
    "Choice",
    "Context",
    "Creates",
    "Decision",
    "Placed",
    "Reading",
    "Releases",
    "Settings",
    "TrackerSettings",
    "Verdict",
    "Vocabulary",
    "decide",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the run means for one item."""

    item: Item
    """As it is after the merge."""
    before: Item | None
    links: tuple[Link, ...] = ()
    """As they are to be stored before anything is written, those of lost records among them."""
    edits: tuple[Edit, ...] = ()
    pairings: tuple[Pairing, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A plan, and everything that is needed to carry it out and to remember it."""

    plan: Plan
    verdicts: tuple[Verdict, ...] = ()
    """In the order in which they are to be created; only items that something changed for."""
    order: tuple[ItemId, ...] = ()
    orders: Mapping[TrackerName, TrackerOrder] = field(default_factory=dict)
    cursors: Mapping[TrackerName, Cursor] = field(default_factory=dict)
    partial: bool = False
    """Narrowed to some items: order and cursors are then left as they are, and releases are."""
    releases: Releases = field(default_factory=Releases)
    waiting: frozenset[tuple[TrackerName, ItemId]] = frozenset()
    """Where an edit that failed waits to be tried again."""
    unmoved: frozenset[tuple[TrackerName, ItemId]] = frozenset()
    """Records that are not moved, for a move of them failed and waits."""
    undoes: int | None = None
    """The run that is taken back."""
    decided: Mapping[tuple[ItemId, FieldName], str] = field(default_factory=dict)
    """What a person decided in this run, `order` among the fields, and how that is told."""
    ruled: Mapping[tuple[ItemId, FieldName], str] = field(default_factory=dict)
    """What rules changed of items, and which."""
    with_releases: bool = False
    """Partial, and yet changes releases: those that are not as they are remembered."""
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    """Labels themselves; written with the whole only."""
    with_order: bool = False
    """Partial, and yet merges the order, which was read whole."""
    matched: frozenset[str] = frozenset()
    """Rules that something breaks, waived or not."""

    @property
    def keeps_order(self) -> bool:
        """Is the order left as it is remembered?"""
        return self.partial and not self.with_order

    def followed(self) -> frozenset[tuple[TrackerName, RecordId]]:
        """Records that are not where they were, and are followed within the backlog."""
        return frozenset(
            (link.tracker, link.record.id)
            for verdict in self.verdicts
            for link in followed(verdict.links)
        )

    def only(self, edits: Collection[Edit], items: Collection[ItemId]) -> Decision:
        """The same for these items alone, and of their edits for these alone.

        Releases are made where those edits need them; they are changed with the whole only.
        """
        verdicts = tuple(
            replace(verdict, edits=tuple(one for one in verdict.edits if one in edits))
            for verdict in self.verdicts
            if verdict.item.id in items
        )
        chosen = self._needed(edits)
        plan = replace(
            self.plan,
            edits=tuple(one for one in self.plan.edits if one.item in items and one in edits),
            pairings=tuple(one for one in self.plan.pairings if one.item in items),
            proposals=tuple(one for one in self.plan.proposals if {one.item, one.other} & {*items}),
            moves=(),
            conflicts=tuple(one for one in self.plan.conflicts if one.item in items),
            findings=tuple(one for one in self.plan.findings if one.item in items),
            releases=release_edits(self.releases, chosen),
            release_conflicts=(),
            vocabulary=(),
        )
        kept = replace(self.releases, edits=chosen)
        labels = replace(self.vocabulary, edits=(), plan=())
        return replace(
            self, plan=plan, verdicts=verdicts, partial=True, releases=kept, vocabulary=labels
        )

    def _needed(self, edits: Collection[Edit]) -> tuple[Edit, ...]:
        """The creates of releases that these edits of items name."""
        named = {(one.tracker, one.fields[RELEASE].after) for one in edits if RELEASE in one.fields}
        return tuple(
            one
            for one in self.releases.edits
            if one.action == "create" and (one.tracker, one.fields[NAME].after) in named
        )


def decide(context: Context) -> Decision:
    """The plan for what was read."""
    found, known = merge_releases(context), context.backlog
    labels = keep_vocabulary(found.context)
    context = labels.context
    matches = match(context)
    context = with_moved_comments(context, matches)
    lenses = _lenses(context, matches, found, labels.vocabulary)
    merged = {item: merge_item(context, item, ties, lenses) for item, ties in matches.ties.items()}
    for item, why in labels.because.items():
        merged[item].ruled[LABELS] = why
    mirror_all(merged)
    for lost in matches.lost:
        merged[lost.link.item].unseen |= lost.secret
    order = merge_orders(context, lenses, list(merged))
    enforced = enforce_rules(context, merged, order, lenses, found.releases.items)
    order = enforced.order
    creations = _creations(context, matches, merged, order)
    proposals = adoption.propose(context, merged, creations)
    creations = adoption.without(creations, proposals)
    creations, waiting = _without_waiting(context, lenses, merged, creations)
    targets = _targets(context, lenses, merged, creations)
    verdicts = _verdicts(context, merged, targets, creations, order)
    updates = [one for v in verdicts for one in v.edits if one.action == "update"]
    waiting |= {(one.tracker, one.item) for one in updates if hold_back(context, one, merged)}
    verdicts = [_but_for(verdict, waiting) for verdict in verdicts]
    verdicts = _with_lost(verdicts, matches)
    verdicts = [replace(one, before=known.items.get(one.item.id)) for one in verdicts]
    releases = with_creations(found, [one for verdict in verdicts for one in verdict.edits])
    made, late, said = others_waiting(context, releases.edits, "release")
    releases, waiting = replace(releases, edits=tuple(made)), waiting | late | labels.waiting
    ordered = moves_for(context, lenses, order, creations, _records(matches, lenses))
    judged = judge_all(context, matches, merged, order, enforced.findings)
    findings = [*judged, *found.findings, *said, *ordered.findings, *labels.findings]
    plan = replace(
        _plan(context, merged, verdicts, ordered, by_gravity(findings, order)),
        releases=release_edits(releases, releases.edits),
        release_conflicts=tuple(found.conflicts),
        vocabulary=labels.vocabulary.plan,
        proposals=proposals,
        waived=enforced.waived,
        would_fix=enforced.would_fix,
    )
    cursors = {
        tracker: reading.snapshot.cursor
        for tracker, reading in context.readings.items()
        if reading.snapshot.cursor is not None and not context.failures
    }  # with a tracker missing, what others changed was left alone, and must be read again
    changed = tuple(verdict for verdict in verdicts if _is_news(known, verdict))
    return Decision(
        plan,
        changed,
        ordered.order,
        ordered.orders,
        cursors,
        releases=releases,
        waiting=frozenset(waiting),
        unmoved=ordered.waiting,
        decided=_decided(context, merged, found),
        ruled={**{(item, LABELS): why for item, why in labels.because.items()}, **enforced.because},
        vocabulary=labels.vocabulary,
        matched=enforced.matched | {one.rule for one in labels.findings},
    )


def _without_waiting(
    context: Context,
    lenses: Mapping[TrackerName, Lens],
    merged: Mapping[ItemId, MergedItem],
    creations: Mapping[TrackerName, list[ItemId]],
) -> tuple[dict[TrackerName, list[ItemId]], set[tuple[TrackerName, ItemId]]]:
    """The creations but for those that failed and wait, and where these would be."""
    targets = _targets(context, lenses, merged, creations)
    waiting = set(waiting_creates(context, targets, merged, creations))
    left = {
        tracker: [item for item in items if (tracker, item) not in waiting]
        for tracker, items in creations.items()
    }
    return left, waiting


def _records(
    matches: Matches, lenses: Mapping[TrackerName, Lens]
) -> dict[TrackerName, dict[ItemId, Record]]:
    """Each tracker's records, by the item that they show."""
    return {
        tracker: {
            item: ties[tracker].record for item, ties in matches.ties.items() if tracker in ties
        }
        for tracker in lenses
    }


def _decided(
    context: Context, merged: Mapping[ItemId, MergedItem], found: MergedReleases
) -> dict[tuple[ItemId, FieldName], str]:
    told = {
        (id, name): how.because
        for all_of in (merged, found.merged)
        for id, one in all_of.items()
        for name, how in one.merged.items()
        if how.because
    }
    placed = context.placed
    return told if placed is None else {**told, (placed.item, ORDER): placed.because}


def _lenses(
    context: Context, matches: Matches, found: MergedReleases, labels: Vocabulary
) -> dict[TrackerName, Lens]:
    called = found.releases.called
    return {
        tracker: with_labels(
            with_names(lens, called.get(tracker, {})), labels.called.get(tracker, {})
        )
        for tracker, lens in lenses_of(context, matches).items()
    }


def lenses_of(context: Context, matches: Matches) -> dict[TrackerName, Lens]:
    schema = context.backlog.schema
    return {
        tracker: Lens(context.readings[tracker].facts, schema, matches.item_of(tracker))
        for tracker in context.available()
    }


def _creations(
    context: Context,
    matches: Matches,
    merged: Mapping[ItemId, MergedItem],
    order: tuple[ItemId, ...],
) -> dict[TrackerName, list[ItemId]]:
    """What each tracker gets, in the order of creation."""
    lost = {(lost.link.tracker, lost.link.item) for lost in matches.lost}
    place = {item: at for at, item in enumerate(order)}
    creations = {}
    for tracker in context.available():
        missing = {
            item: one
            for item, one in merged.items()
            if (tracker, item) not in lost
            and not one.waiting
            and edit.missing_on(context, tracker, one)
        }
        creations[tracker] = [one.item.id for one in edit.in_order_of_creation(missing, place)]
    return creations


def _targets(
    context: Context,
    lenses: Mapping[TrackerName, Lens],
    merged: Mapping[ItemId, MergedItem],
    creations: Mapping[TrackerName, list[ItemId]],
) -> dict[TrackerName, edit.Target]:
    return {
        tracker: edit.Target(
            tracker,
            lens,
            {item for item, one in merged.items() if tracker in one.ties} | set(creations[tracker]),
            edit.allowed(context, tracker),
            {item for item, one in merged.items() if edit.secret(context, tracker, one)},
            context.backlog.pairs.get(tracker, {}),
            context.retry,
        )
        for tracker, lens in lenses.items()
    }


def _verdicts(
    context: Context,
    merged: Mapping[ItemId, MergedItem],
    targets: Mapping[TrackerName, edit.Target],
    creations: Mapping[TrackerName, list[ItemId]],
    order: tuple[ItemId, ...],
) -> list[Verdict]:
    creating = {tracker: set(items) for tracker, items in creations.items()}
    place = {item: at for at, item in enumerate(order)}
    verdicts = []
    for one in edit.in_order_of_creation(merged, place):
        if one.waiting or (context.about is not None and one.item.id not in context.about):
            continue
        links: list[Link] = []
        todo: list[Edit] = []
        pairings: list[Pairing] = []
        for tracker, target in targets.items():
            tie = one.ties.get(tracker)
            if tie is not None:
                if edit.secret(context, tracker, one):
                    target = replace(target, allowed=frozenset())  # noqa: PLW2901
                change, link = edit.update(target, one, tie)
                links.append(link)
                todo += [change] if change else []
                if tie.by:
                    pairings.append(Pairing(one.item.id, tracker, tie.record.key, tie.by))
            elif one.item.id in creating[tracker]:
                todo.append(edit.creation(target, one))
        verdict = Verdict(one.item, one.before, tuple(links), tuple(todo), tuple(pairings))
        verdicts.append(verdict)
    return verdicts


def _but_for(verdict: Verdict, waiting: Collection[tuple[TrackerName, ItemId]]) -> Verdict:
    """Without the edits that wait."""
    edits = tuple(one for one in verdict.edits if (one.tracker, one.item) not in waiting)
    return verdict if len(edits) == len(verdict.edits) else replace(verdict, edits=edits)


def _with_lost(verdicts: list[Verdict], matches: Matches) -> list[Verdict]:
    """A lost record stays lost until it is seen again, also where only changes are read."""
    gone: dict[ItemId, list[Link]] = {}
    for lost in matches.lost:
        gone.setdefault(lost.link.item, []).append(replace(lost.link, gone=lost.why))
    return [replace(one, links=(*one.links, *gone.get(one.item.id, ()))) for one in verdicts]


def _is_news(known: Backlog, verdict: Verdict) -> bool:
    """Does anything have to be remembered or done for this item?"""
    if verdict.edits or verdict.item != verdict.before:
        return True
    return any(
        known.links.get(link.tracker, {}).get(link.record.id) != link for link in verdict.links
    )


def _plan(
    context: Context,
    merged: Mapping[ItemId, MergedItem],
    verdicts: list[Verdict],
    ordered: Ordered,
    findings: tuple[Finding, ...],
) -> Plan:
    place = {item: at for at, item in enumerate(ordered.order)}
    edits = [one for verdict in verdicts for one in verdict.edits]
    pairings = [one for verdict in verdicts for one in verdict.pairings]
    conflicts = [one for item in merged.values() for one in item.conflicts]
    complete = not context.failures and all(
        reading.snapshot.complete or context.backlog.cursors.get(tracker)
        for tracker, reading in context.readings.items()
    )
    return Plan(
        backlog=context.backlog.name,
        complete=complete,
        edits=tuple(sorted(edits, key=lambda one: (one.tracker, place[one.item]))),
        pairings=tuple(sorted(pairings, key=lambda one: (one.tracker, place[one.item]))),
        moves=ordered.moves,
        conflicts=tuple(sorted(conflicts, key=lambda one: (place[one.item], one.field))),
        findings=findings,
        after_run=context.backlog.last_run,
    )
