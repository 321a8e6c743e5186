"""Releases, merged beside the items by the same rules: a small backlog with fields of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sync.backlog import Backlog, Link
from sync.merge import Merged
from sync.model import (
    DONE,
    RELEASE_FIELDS,
    FieldName,
    Item,
    ItemId,
    Json,
    TrackerName,
    Value,
    derive_id,
    load,
)
from sync.plan import Edit, Finding, ReleaseConflict, ReleaseEdit
from sync.planner import edits as edit
from sync.planner.context import Context, Reading, Settings
from sync.planner.fields import MergedItem, merge_item
from sync.planner.lens import Lens
from sync.planner.match import Tie
from sync.planner.renames import (
    FINISHED,
    NAME,
    RELEASE,
    ReleaseCodec,
    called_on,
    is_other,
    name_of,
    renamed_link,
    renamed_record,
)
from sync.tracker import Change, Facts, RecordId

RELEASES = "releases"
"""Under which `Facts.cannot` says why releases cannot be changed."""


@dataclass(frozen=True, slots=True)
class Releases:
    """Releases after the merge, as they are to be remembered; and what is to be written."""

    items: Mapping[ItemId, Item] = field(default_factory=dict)
    links: Mapping[TrackerName, Mapping[RecordId, Link]] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    """Of releases, not of items."""
    before: Mapping[ItemId, Item] = field(default_factory=dict)
    called: Mapping[TrackerName, Mapping[str, str]] = field(default_factory=dict)
    """Where a tracker calls a release otherwise than the backlog: ours → theirs."""


@dataclass
class MergedReleases:
    """What became of all releases, and what that means for the items."""

    context: Context
    """For the items: it calls releases as they are called now."""
    releases: Releases
    merged: Mapping[ItemId, MergedItem] = field(default_factory=dict)
    targets: Mapping[TrackerName, edit.Target] = field(default_factory=dict)
    conflicts: list[ReleaseConflict] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def release_lens(facts: Facts) -> Lens:
    """How one tracker shows releases themselves."""
    own = replace(facts, codec=ReleaseCodec(facts.codec), fields=frozenset(RELEASE_FIELDS))
    return Lens(own, RELEASE_FIELDS, {})


def merge_releases(context: Context) -> MergedReleases:
    """All releases over all trackers that keep them.

    Where a tracker did not answer, they stay as they are: all sides meet in one pass, or none.
    """
    beside = _beside(context)
    lenses = {name: release_lens(one.facts) for name, one in beside.readings.items()}
    ties, lost = _match(beside, lenses)
    if context.failures:
        known = beside.backlog.items
        merged = {id: MergedItem(one, one, ties[id], waiting=True) for id, one in known.items()}
    else:
        merged = {id: merge_item(beside, id, ties[id], lenses) for id in ties}
    findings = [*lost, *_fit(merged)]
    targets = {name: _target(context, name, lens) for name, lens in lenses.items()}
    items = {id: one.item for id, one in merged.items()}
    called = {}
    for name, lens in lenses.items():
        there = ((id, one.ties[name].record) for id, one in merged.items() if name in one.ties)
        called[name] = called_on(lens, there, items)
    result = MergedReleases(_for_items(context, beside, merged), Releases(), merged, targets)
    edits, fresh = _edits(result)
    old_links = context.backlog.release_links
    links = old_links if context.failures else {**old_links, **fresh}
    result.releases = Releases(items, links, edits, beside.backlog.items, called)
    result.findings += [*findings, *_told(beside, merged)]
    result.conflicts += _conflicts(merged)
    return result


def _beside(context: Context) -> Context:
    """The releases as a backlog, with the trackers that keep them."""
    readings = {}
    for name in context.available():
        facts, snapshot = context.readings[name].facts, context.readings[name].snapshot
        if snapshot.releases is not None and RELEASE in facts.fields:
            readings[name] = Reading(facts, replace(snapshot, records=snapshot.releases))
    backlog = Backlog(
        context.backlog.name,
        RELEASE_FIELDS,
        context.backlog.releases,
        tuple(context.backlog.releases),
        context.backlog.release_links,
    )
    policies = {"": context.settings.policy(RELEASE)}
    settings = Settings(context.settings.trackers, policies)
    return replace(context, backlog=backlog, settings=settings, readings=readings)


_Ties = dict[ItemId, dict[TrackerName, Tie]]


def _match(beside: Context, lenses: Mapping[TrackerName, Lens]) -> tuple[_Ties, list[Finding]]:
    """Ties each tracker's releases to the backlog's: by link, then by name."""
    ties: _Ties = {release: {} for release in beside.backlog.items}
    findings = []
    for name in lenses:
        read = {record.id: record for record in beside.readings[name].snapshot.records}
        for link in beside.backlog.links_of(name):
            if link.record.id in read:
                tie = Tie(link.item, name, read[link.record.id], link)
                ties[link.item][name] = tie
            else:
                findings.append(_gone(name, link))
    names = {_fold(one.values.get(NAME)): id for id, one in beside.backlog.items.items()}
    for name, lens in lenses.items():
        for record in beside.readings[name].snapshot.records:
            said = name_of(lens, record)
            if said is None or record.id in beside.backlog.links.get(name, {}):
                continue
            known = names.get(_fold(said))
            if known is None or name in ties[known]:
                known = derive_id(beside.backlog.name, RELEASE, name, record.id)
                names[_fold(said)] = known
            ties.setdefault(known, {})[name] = Tie(known, name, record)
    return ties, findings


def _gone(tracker: TrackerName, link: Link) -> Finding:
    message = (
        f"{tracker} no longer has the {link.record.key}. Nothing was deleted or closed for it "
        "elsewhere: do that by hand, where it is meant."
    )
    return Finding(RELEASE, "info", message)


def _fit(merged: dict[ItemId, MergedItem]) -> Iterator[Finding]:
    """No two releases of one name: a name that is taken is not taken over."""
    settled = {id: one for id, one in merged.items() if one.before and _name(one) == _was(one)}
    taken = {_fold(_name(one)): one for one in settled.values()}
    others = [id for id in merged if id not in settled]
    for id in sorted(others, key=lambda id: merged[id].before is None):  # the renamed, then the new
        one = merged[id]
        other = taken.setdefault(_fold(_name(one)), one)
        if other is one:
            continue
        if one.before is None:
            message = (
                f"{', '.join(one.ties)} has a release {_name(one)} beside another of that name; "
                "rename one of them"
            )
            del merged[id]
        else:
            by = ", ".join(one.merged[NAME].changed_by)
            message = (
                f"{by} renamed the release {_was(one)} to {_name(one)}, which is another release's "
                "name: it keeps its name elsewhere; rename one of them"
            )
            one.item = replace(one.item, values={**one.item.values, NAME: _was(one)})
            one.merged[NAME] = Merged(_was(one), conflict=True)
            taken.setdefault(_fold(_was(one)), one)
        yield Finding(RELEASE, "warning", message)


def _target(context: Context, tracker: TrackerName, lens: Lens) -> edit.Target:
    """A tracker that may not, or must not, change releases receives none of their fields."""
    fields = edit.allowed(context, tracker)
    barred = RELEASES in lens.facts.cannot or (fields is not None and RELEASE not in fields)
    none = frozenset[FieldName]() if barred else None
    return edit.Target(tracker, lens, (), none, retry=context.retry)


def _for_items(context: Context, beside: Context, merged: Mapping[ItemId, MergedItem]) -> Context:
    """The items as if each release had always been called as it is now."""
    ours = {
        str(_was(one)): str(_name(one))
        for one in merged.values()
        if one.before and _was(one) != _name(one)
    }
    backlog, readings = context.backlog, dict(context.readings)
    items = {id: _renamed_item(item, ours) for id, item in backlog.items.items()} if ours else None
    links = dict(backlog.links)
    for name, reading in beside.readings.items():
        moved = {
            tie.link.record.shown[NAME]: tie.record.shown[NAME]
            for one in merged.values()
            if (tie := one.ties.get(name)) and tie.link
            if tie.link.record.shown[NAME] != tie.record.shown[NAME]
        }
        if not moved:
            continue
        links[name] = {id: renamed_link(link, moved) for id, link in links.get(name, {}).items()}
        present = {record.shown[NAME] for record in reading.snapshot.records}
        stale = {old: new for old, new in moved.items() if old not in present}
        snapshot = context.readings[name].snapshot
        records = tuple(renamed_record(record, stale) for record in snapshot.records)
        readings[name] = Reading(reading.facts, replace(snapshot, records=records))
    backlog = replace(backlog, items=backlog.items if items is None else items, links=links)
    return replace(context, backlog=backlog, readings=readings)


def _renamed_item(item: Item, names: Mapping[str, str]) -> Item:
    if item.release is None or item.release not in names:
        return item
    return replace(item, values={**item.values, RELEASE: names[item.release]})


def _edits(
    result: MergedReleases,
) -> tuple[tuple[Edit, ...], Mapping[TrackerName, Mapping[RecordId, Link]]]:
    """What each tracker lacks of the releases that it keeps, and its links before that."""
    edits: list[Edit] = []
    links: dict[TrackerName, dict[str, Link]] = {name: {} for name in result.targets}
    for one in result.merged.values():
        if one.waiting:
            continue
        for name, tie in one.ties.items():
            target = result.targets[name]
            change, link = edit.update(target, one, tie)
            links[name][link.record.id] = link
            if change and NAME in change.fields and _is_taken(result, name, one):
                change = _but_for_the_name(result, change, one)
            if change:
                edits.append(change)
            elif RELEASES in target.lens.facts.cannot:
                _say_cannot(result, target, one, tie)
    return tuple(sorted(edits, key=_rank)), links


def _rank(one: Edit) -> tuple[TrackerName, bool, str, ItemId]:
    """Names are given up before they are given to new releases."""
    name = one.fields.get(NAME)
    key = one.key or str(name.after if name else "")
    return one.tracker, one.action == "create", key, one.item


def _is_taken(result: MergedReleases, tracker: TrackerName, one: MergedItem) -> bool:
    """Has another release of the tracker the name by now, whoever knows that one?"""
    lens = result.targets[tracker].lens
    records = result.context.readings[tracker].snapshot.releases or ()
    mine = one.ties[tracker].record.id
    return any(
        record.id != mine and _fold(name_of(lens, record)) == _fold(_name(one))
        for record in records
    )


def _but_for_the_name(result: MergedReleases, change: Edit, one: MergedItem) -> Edit | None:
    message = (
        f"{change.tracker} has another release {_name(one)}, so the {change.key} is not renamed "
        "to that there; rename one of them"
    )
    result.findings.append(Finding(RELEASE, "warning", message))
    fields = {name: value for name, value in change.fields.items() if name != NAME}
    return replace(change, fields=fields) if fields else None


def _say_cannot(result: MergedReleases, target: edit.Target, one: MergedItem, tie: Tie) -> None:
    change, _ = edit.update(replace(target, allowed=None), one, tie)
    if change:
        fields = " and ".join(sorted(change.fields))
        why = target.lens.facts.cannot[RELEASES]
        message = f"{target.name} is behind in {fields} of the {change.key}: {why}"
        result.findings.append(Finding(RELEASE, "warning", message))


def with_creations(result: MergedReleases, edits: Iterable[Edit]) -> Releases:
    """The releases with those that the items' edits need, where a tracker has none of the name."""
    items, made = dict(result.releases.items), dict[tuple[TrackerName, str], Edit]()
    ids = {one.values[NAME]: id for id, one in items.items()}
    for one in edits:
        name = one.fields[RELEASE].after if RELEASE in one.fields else None
        target = result.targets.get(one.tracker)
        if not isinstance(name, str) or target is None or target.allowed is not None:
            continue
        if (one.tracker, name) in made or _has(result, target, name):
            continue
        id = ids.setdefault(name, derive_id(result.context.backlog.name, RELEASE, name))
        items.setdefault(id, Item(id, {NAME: name}))
        merged = result.merged.get(id) or MergedItem(items[id], None, {})
        because = "items here are to name it"
        made[one.tracker, name] = replace(edit.creation(target, merged), because=because)
    all_edits = sorted((*made.values(), *result.releases.edits), key=_rank)
    return replace(result.releases, items=items, edits=tuple(all_edits))


def _has(result: MergedReleases, target: edit.Target, name: str) -> bool:
    names = result.releases.called[target.name]
    if is_other(name, names):
        return False
    called = names.get(name, name)
    records = result.context.readings[target.name].snapshot.releases or ()
    return any(_fold(name_of(target.lens, one)) == _fold(called) for one in records)


def release_edits(releases: Releases, chosen: Sequence[Edit]) -> tuple[ReleaseEdit, ...]:
    """Edits of releases as the plan shows them."""
    return tuple(
        ReleaseEdit(
            str((releases.before.get(one.item) or releases.items[one.item]).values[NAME]),
            one.tracker,
            one.action,
            {name: ends(name, change) for name, change in sorted(one.fields.items())},
            one.because,
        )
        for one in chosen
    )


def ends(name: FieldName, change: Change) -> tuple[Json, Json]:
    """A change of a release as people are shown it: `done` as a bool."""
    return _said(name, change.before), _said(name, change.after)


def meant(name: FieldName, said: Json) -> Value:
    """One end of a change of a release, as people are shown it, as its value."""
    return (DONE if said else None) if name == FINISHED else load(RELEASE_FIELDS[name], said)


def _said(name: FieldName, value: Json) -> Json:
    return value is not None if name == FINISHED else value


def _conflicts(merged: Mapping[ItemId, MergedItem]) -> list[ReleaseConflict]:
    found = [
        ReleaseConflict(
            str(_was(one) or _name(one) or next(iter(one.ties.values())).record.key),
            conflict.field,
            {side: _said(conflict.field, value) for side, value in conflict.sides.items()},
            _said(conflict.field, conflict.base),
        )
        for one in merged.values()
        for conflict in one.conflicts
    ]
    return sorted(found, key=lambda one: (one.release, one.field))


def _told(beside: Context, merged: Mapping[ItemId, MergedItem]) -> Iterator[Finding]:
    """What the merge found, of releases; and what was put back."""
    for one in merged.values():
        for finding in one.findings:
            yield replace(finding, item=None, keys={})
        for name, how in one.merged.items():
            for tracker in sorted(how.overruled):
                who = beside.settings.policy(name).authority
                whose = f"belongs to {who}" if who != "any" else "another side is preferred for"
                message = (
                    f"{tracker} changed {name} of the release {_was(one) or _name(one)}, which "
                    f"{whose}: it is put back."
                )
                yield Finding("drift", "warning", message, fix=True)


def _name(one: MergedItem) -> Value:
    return one.item.values.get(NAME)


def _was(one: MergedItem) -> Value:
    return one.before.values.get(NAME) if one.before else None


def _fold(name: Value) -> str:
    return str(name or "").casefold()
