"""What a person decides of conflicts: checked against those that there are, and planned anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from shlex import quote

from config.problems import did_you_mean
from sync.app.conflicts import keys
from sync.app.given import parse, parse_release, vocabulary
from sync.app.runs import Look, Unknown
from sync.merge import BACKLOG
from sync.model import RELEASE_FIELDS, FieldName, ItemId, TrackerName
from sync.plain import plain
from sync.plan import Conflict, Plan, ReleaseConflict
from sync.planner import Choice, decide
from sync.planner.narrow import chosen
from sync.planner.renames import NAME

RELEASE = "release "
"""What the key of a release begins with."""
Choices = Mapping[tuple[ItemId, FieldName], Choice]


@dataclass(frozen=True, slots=True)
class Dispute:
    """One field in conflict, of an item or of a release."""

    id: ItemId
    """The item's, or the release's."""
    conflict: Conflict | ReleaseConflict

    @property
    def field(self) -> FieldName:
        return self.conflict.field

    @property
    def place(self) -> tuple[ItemId, FieldName]:
        return self.id, self.field


def all_disputes(look: Look) -> list[Dispute]:
    """In the order of the plan, the releases' last."""
    found = [Dispute(one.item, one) for one in look.plan.conflicts]
    releases = look.decision.releases
    names = {
        str((releases.before.get(id) or item).values.get(NAME)).casefold(): id
        for id, item in releases.items.items()
    }
    for one in look.plan.release_conflicts:
        id = names.get(one.release.casefold())
        found += [Dispute(id, one)] if id is not None else []
    return found


def disputes(look: Look, key: str, field: FieldName | None) -> list[Dispute]:
    """Those of one item, or of one release (`release NAME`). Raises Unknown where there is none,
    or none of the field."""
    there = [one for one in all_disputes(look) if one.id in _named(look, key)]
    wanted = [one for one in there if field in (None, one.field)]
    if wanted:
        return wanted
    unread = ", ".join(look.context.failures)
    why = f" that can be resolved while {unread} cannot be read" if unread else ""
    if field is None:
        raise Unknown(f"{plain(key)} has no conflict{why}; nothing was written")
    fields = RELEASE_FIELDS if key.startswith(RELEASE) else look.context.backlog.schema
    if field not in fields:
        raise Unknown(f"there is no field {plain(field)!r}; {did_you_mean(field, fields)}")
    others = ", ".join(one.field for one in there)
    raise Unknown(
        f"{field} of {plain(key)} has no conflict{why}"
        + (f" (in conflict: {others})" if others else "")
        + "; nothing was written"
    )


def _named(look: Look, key: str) -> set[ItemId]:
    if not key.startswith(RELEASE):
        return {look.find(key)}
    name, releases = key.removeprefix(RELEASE).strip().casefold(), look.decision.releases
    found = {
        id
        for known in (releases.before, releases.items)
        for id, one in known.items()
        if str(one.values.get(NAME)).casefold() == name
    }
    if not found:
        raise Unknown(f"there is no {plain(key)} in {look.shop.name}")
    return found


def take(look: Look, found: Sequence[Dispute], side: TrackerName) -> Choices:
    """One side for all of them. Raises Unknown where it is no side of one."""
    for one in found:
        if not is_side(one, side):
            sides = ", ".join(dict.fromkeys((*sorted(one.conflict.sides), BACKLOG)))
            known = look.shop.settings.trackers
            why = f"did not change {one.field}" if side in known else "is no tracker here"
            raise Unknown(f"{plain(side)} {why}; take one of: {sides}")
    return {one.place: Choice(side) for one in found}


def is_side(one: Dispute, side: TrackerName) -> bool:
    return side in one.conflict.sides or side == BACKLOG


def give(look: Look, found: Sequence[Dispute], text: str) -> Choices:
    """Another value for the one of them. Raises Unknown where it does not fit the field."""
    if len(found) > 1:
        raise Unknown(f"name the field: {', '.join(one.field for one in found)}")
    [one] = found
    if isinstance(one.conflict, ReleaseConflict):
        return {one.place: Choice(value=parse_release(one.field, text))}
    shape = look.context.backlog.schema[one.field]
    known = vocabulary(look.shop.settings, one.field)
    return {one.place: Choice(value=parse(one.field, shape, text, known, look.find))}


def resolved(look: Look, choices: Choices) -> Look:
    """What is to be written for these decisions, and nothing beside those items and releases."""
    context = replace(look.context, choices=choices)
    decision = decide(context)
    ids = {id for id, _ in choices}
    releases = ids & decision.releases.items.keys()
    known = context.backlog.release_links
    narrowed = chosen(decision, ids - releases, releases, known)
    return Look(look.shop, context, narrowed, look.adapters)


def hints(look: Look, found: Sequence[Dispute]) -> Iterator[str]:
    """What a person can type to decide each."""
    names = {item: next(iter(of.values())) for item, of in keys(look).items() if of}
    for one in found:
        name = names.get(one.id, one.id)
        if isinstance(one.conflict, ReleaseConflict):
            name = f"{RELEASE}{one.conflict.release}"
        sides = "|".join(dict.fromkeys((*sorted(one.conflict.sides), BACKLOG)))
        yield f"onebacklog resolve {quote(name)} {one.field} --take {sides}"


def only(look: Look, found: Sequence[Dispute]) -> Look:
    """The same look, with these conflicts alone."""
    wanted = [one.conflict for one in found]
    plan = Plan(
        look.plan.backlog,
        look.plan.complete,
        conflicts=tuple(one for one in look.plan.conflicts if one in wanted),
        release_conflicts=tuple(one for one in look.plan.release_conflicts if one in wanted),
    )
    return replace(look, decision=replace(look.decision, plan=plan))
