"""From a person's decisions on pairs to what is to be remembered: all of it, or a contradiction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync.app.review import Name, Reviewed
from sync.app.runs import Look
from sync.model import ItemId, TrackerName, derive_id
from sync.plain import plain
from sync.planner.match import match
from sync.planner.ties import Matches, Tie
from sync.state.pairs import Decided, Judged
from sync.tracker import RecordId


class Contradiction(Exception):
    """What a person decided does not go together; says where, and what to do."""


def decided(seen: Look, reviewed: Sequence[Reviewed]) -> Decided:
    """What is to be remembered. Raises Contradiction; then nothing is."""
    deciding = _Deciding(seen, match(seen.context))
    for one in reviewed:
        if one.decision == "pair":
            deciding.pair(one)
    for one in reviewed:
        if one.decision == "apart":
            deciding.apart(one)
    return deciding.result()


@dataclass
class _Group:
    """Records that are to show one item."""

    members: dict[TrackerName, Tie]
    place: str
    """Where a person said so."""


class _Deciding:
    def __init__(self, seen: Look, matches: Matches) -> None:
        self.backlog = seen.context.backlog
        self.trackers = list(seen.context.settings.trackers)
        self.ties: dict[Name, Tie] = {
            (tracker, tie.record.key): tie
            for ties in matches.ties.values()
            for tracker, tie in ties.items()
        }
        self.known = matches.ties
        self.groups: dict[ItemId, _Group] = {}
        """Item → the records that are to show what it shows."""
        self.judged: list[Judged] = []

    def pair(self, one: Reviewed) -> None:
        items = dict.fromkeys(self._tie(one, name).item for name in one.names)
        members: dict[TrackerName, Tie] = {}
        for group in [self._group(item, one) for item in items]:
            for tracker, tie in group.members.items():
                other = members.setdefault(tracker, tie)
                if other.record.id != tie.record.id:
                    seen = "" if group.place == one.place else f" (see {group.place})"
                    raise Contradiction(
                        f"{one.place}: {other.record.key} and {tie.record.key} on {tracker} cannot "
                        f"both show one item{seen}; say apart, or ?, in all but one of such entries"
                    )
        group = _Group(members, one.place)
        self.groups |= {tie.item: group for tie in members.values()}

    def apart(self, one: Reviewed) -> None:
        for name in one.one:
            for other in one.other:
                first, second = self._tie(one, name), self._tie(one, other)
                self._not_yet_one(one, first, second)
                if first.item != second.item:
                    self._hold(first, second)
                    self._hold(second, first)
                elif second.link is None:
                    self._leave(second, first)
                else:
                    self._leave(first, second)

    def _not_yet_one(self, one: Reviewed, first: Tie, second: Tie) -> None:
        """Raises where they are, or another entry says so."""
        group = self.groups.get(first.item)
        if group is not None and group is self.groups.get(second.item):
            raise Contradiction(
                f"{one.place}: {first.record.key} and {second.record.key} are held apart here, and "
                f"paired by {group.place}; decide for one of the two"
            )
        if first.item == second.item and first.link is not None and second.link is not None:
            raise Contradiction(
                f"{one.place}: {first.record.key} and {second.record.key} show one item already; "
                f"run `onebacklog adopt --split {second.record.key}`"
            )

    def _hold(self, tie: Tie, other: Tie) -> None:
        """The record does not show the item that the other shows, or would found."""
        items = {other.item, *self._own(other)} - {tie.item}
        self.judged += [Judged(tie.tracker, tie.record.id, it, "apart") for it in sorted(items)]

    def _leave(self, tie: Tie, other: Tie) -> None:
        """The record is no longer taken to show the item that the other goes on showing."""
        self.judged.append(Judged(tie.tracker, tie.record.id, tie.item, "apart"))
        items = self._own(tie) - {other.item}
        self.judged += [Judged(other.tracker, other.record.id, it, "apart") for it in sorted(items)]

    def _own(self, tie: Tie) -> set[ItemId]:
        """The ids of the item that the record would found."""
        derived = derive_id(self.backlog.name, tie.tracker, tie.record.id)
        return {derived, tie.record.mark} if tie.record.mark else {derived}

    def _tie(self, one: Reviewed, name: Name) -> Tie:
        if name in self.ties:
            return self.ties[name]
        tracker, key = name
        if tracker not in self.trackers:
            raise Contradiction(
                f"{one.place}: no tracker {plain(tracker)}; there are: {', '.join(self.trackers)}"
            )
        raise Contradiction(
            f"{one.place}: {tracker} shows no {plain(key)} now; make the file anew with --out, or "
            "remove the entry"
        )

    def _group(self, item: ItemId, one: Reviewed) -> _Group:
        known = self.groups.get(item)
        return _Group(dict(self.known[item]), one.place) if known is None else known

    def result(self) -> Decided:
        judged, into = list(self.judged), dict[ItemId, ItemId]()
        parted: set[tuple[TrackerName, RecordId]] = set()
        revoked: list[tuple[TrackerName, RecordId, ItemId]] = []
        for group in {id(one): one for one in self.groups.values()}.values():
            item = self._stands_for(group)
            ids = {item}.union(*({tie.item, *self._own(tie)} for tie in group.members.values()))
            for tracker, tie in group.members.items():
                name = tracker, tie.record.id
                judged.append(Judged(*name, item, "together"))
                revoked += [(*name, id) for id in sorted(ids)]
                if tie.item != item and tie.item in self.backlog.items:
                    into[tie.item] = item
                    parted.add(name)
        return Decided(judged, into, frozenset(parted), tuple(revoked))

    def _stands_for(self, group: _Group) -> ItemId:
        """The item that all become: one that is known, else one whose id a record bears."""
        place = {name: at for at, name in enumerate(self.trackers)}
        ties = sorted(group.members.values(), key=lambda tie: place[tie.tracker])
        return min(
            ties,
            key=lambda tie: (tie.item not in self.backlog.items, tie.record.mark != tie.item),
        ).item
