"""Bringing an issue to a status, over as many transitions as its workflow takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.jira.client import JiraClient, Refusal
from adapters.jira.project import IssueType, Status
from adapters.jira.screens import Blank, Filled, Form, Wish
from adapters.values import usual
from sync.model import Json
from sync.tracker import Unavailable

HOPS = 8
"""Transitions that one issue may be taken through."""
PROGRESS = {"new": 0, "indeterminate": 1, "done": 2}


@dataclass(frozen=True, slots=True)
class Hop:
    """One transition that a workflow offers in one status."""

    id: str
    name: str
    to: str
    """The id of the status that it leads to."""
    screen: tuple[Blank, ...] = ()


@dataclass(frozen=True, slots=True)
class Brought:
    """Where an issue came to."""

    stuck: str | None = None
    """Why it is not where it was to be."""
    moved: bool = False
    resolution: str | None = None
    """The name of the resolution that was filled in on the way."""


@dataclass(slots=True)
class Way:
    """The way of one issue so far."""

    issue: str
    kind: IssueType
    wish: Wish
    targets: Sequence[str]
    """Ids of the statuses that say so, the best first."""
    at: str
    seen: set[str] = field(default_factory=set)
    shut: set[tuple[str, str]] = field(default_factory=set)
    """Status and transition of the hops that did not work for this issue."""
    fresh: set[str] = field(default_factory=set)
    """Statuses in which this very issue was asked what it offers."""
    told: list[str] = field(default_factory=list)
    has: dict[str, bool] = field(default_factory=dict)
    """By the id of a field: does the issue have a value of it?"""
    resolution: str | None = None


class Workflows:
    """What the workflows of a project offer, learnt while issues go through them."""

    def __init__(
        self, client: JiraClient, form: Form, says: Callable[[str], Sequence[str]]
    ) -> None:
        """`says`: what the name of one of Jira's statuses can mean, the usual meaning first."""
        self._client, self._form, self._says = client, form, says
        self._offers: dict[tuple[str, str], tuple[Hop, ...]] = {}

    def bring(
        self, issue: str, kind: IssueType, at: str, wish: Wish, names: Sequence[str]
    ) -> Brought:
        """Takes an issue from the status `at` to one of `names`.

        An issue for which no way is found is taken back to where it was, where there is a way back.
        """
        ids = {status.name: status.id for status in kind.statuses}
        targets = [ids[name] for name in names if name in ids]
        if not targets:
            offered = ", ".join(repr(status.name) for status in kind.statuses)
            return Brought(
                f"the workflow of {kind.name} has no status for {wish.status}; it has {offered}"
            )
        way = Way(issue, kind, wish, targets, at, {at})
        if at in targets or self._go(way, explore=True):
            return Brought(None, way.at != at, way.resolution)
        stuck = _name(kind, way.at)
        if way.at != at:
            way.targets, way.wish = [at], Wish(self._says(_name(kind, at, plain=True))[0])
            self._go(way, explore=False)
        reason = f"no way from {_name(kind, at)} to {' or '.join(map(repr, names))} was found"
        told = [f"{reason}, tried up to {stuck}", *dict.fromkeys(way.told)]
        if way.at != at:
            told.append(f"it is left in {_name(kind, way.at)}: no way back was found either")
        return Brought("; ".join(told), way.at != at, way.resolution)

    def _go(self, way: Way, *, explore: bool) -> bool:
        for _ in range(HOPS):
            if way.at in way.targets:
                return True
            hop = self._next(way, explore=explore)
            if hop is None:
                return False
            self._take(way, hop)
        return way.at in way.targets

    def _take(self, way: Way, hop: Hop) -> None:
        filled = self._fill(way, hop)
        body: dict[str, Json] = {"transition": {"id": hop.id}}
        if filled.fields:
            body["fields"] = filled.fields
        answer = self._client.write("POST", f"issue/{way.issue}/transitions", body)
        if not isinstance(answer, Refusal):
            way.at = hop.to
            way.seen.add(hop.to)
            way.resolution = filled.resolution or way.resolution
        elif way.at in way.fresh:
            way.shut.add((way.at, hop.id))
            way.told.append(f"Jira refused {hop.name!r}: {answer}{self._remedy(hop, answer)}")
        else:
            self._ask(way)  # what others were offered, this one may not be

    def _remedy(self, hop: Hop, answer: Refusal) -> str:
        """Where Jira minds fields of the screen, beyond what it said before."""
        minded = [blank.name for blank in hop.screen if blank.id in answer.fields]
        place = f"fields.status.{self._form.tracker}.transitions"
        return f" (say what to fill in as {', '.join(minded)}: {place})" if minded else ""

    def _next(self, way: Way, *, explore: bool) -> Hop | None:
        """The first hop of the shortest known way; else one into the unknown, towards the goal."""
        if (way.kind.id, way.at) not in self._offers:
            self._ask(way)
        first = self._known_way(way)
        if first is None and way.at not in way.fresh:
            self._ask(way)
            first = self._known_way(way)
        if first or not explore:
            return first
        goal = max(_progress(way.kind, target) for target in way.targets)
        ahead = [
            hop
            for hop in self._usable(way, way.at)
            if hop.to not in way.seen and _progress(way.kind, hop.to) <= goal
        ]
        return min(ahead, key=lambda hop: goal - _progress(way.kind, hop.to), default=None)

    def _known_way(self, way: Way) -> Hop | None:
        places = deque[tuple[str, Hop | None]]([(way.at, None)])
        found: dict[str, Hop] = {}
        while places:
            at, first = places.popleft()
            for hop in self._usable(way, at):
                if hop.to not in found and hop.to != way.at:
                    found[hop.to] = first or hop
                    places.append((hop.to, first or hop))
            if best := next((target for target in way.targets if target in found), None):
                return found[best]
        return None

    def _usable(self, way: Way, at: str) -> list[Hop]:
        """Those that this issue can take, first the ones that are called as what is wanted."""
        offers = self._offers.get((way.kind.id, at), ())
        open_ = [hop for hop in offers if (at, hop.id) not in way.shut and self._passes(way, hop)]
        return sorted(open_, key=lambda hop: usual("status", hop.name) != way.wish.status)

    def _passes(self, way: Way, hop: Hop) -> bool:
        """Can its screen be filled in? What the issue has already need not be."""
        filled = self._fill(way, hop)
        lacking = [why for id, why in filled.missing.items() if not self._has(way, id)]
        told = [f"{hop.name!r} asks for {why}" for why in lacking]
        told += [f"{hop.name!r} cannot be filled in as {why}" for why in filled.wrong]
        way.told += [one for one in told if one not in way.told]
        return not told

    def _has(self, way: Way, id: str) -> bool:
        if id not in way.has:
            answer = self._client.call("GET", f"issue/{way.issue}", params={"fields": id})
            held = (answer.mapping().get("fields") or {}).get(id)
            way.has[id] = held not in (None, [], "")
        return way.has[id]

    def _fill(self, way: Way, hop: Hop) -> Filled:
        status = _status(way.kind, hop.to)
        by_the_way: Sequence[str] = ()
        if status is not None and hop.to not in way.targets:
            by_the_way = self._says(status.name)
        closes = status is not None and status.category == "done"
        return self._form.fill(hop.screen, way.wish, by_the_way, closes=closes)

    def _ask(self, way: Way) -> None:
        params = {"expand": "transitions.fields"}
        answer = self._client.call("GET", f"issue/{way.issue}/transitions", params=params)
        offered = answer.mapping().get("transitions")
        if not isinstance(offered, list):
            raise Unavailable(f"{answer.url} answered without transitions")
        hops = tuple(_hop(entry) for entry in offered if entry.get("isAvailable", True))
        self._offers[way.kind.id, way.at] = hops
        way.fresh.add(way.at)


def _hop(entry: Mapping[str, Json]) -> Hop:
    screen = entry.get("fields") or {}
    return Hop(
        id=str(entry["id"]),
        name=str(entry.get("name")),
        to=str(entry["to"]["id"]),
        screen=tuple(Blank.read(str(id), about) for id, about in screen.items()),
    )


def _status(kind: IssueType, id: str) -> Status | None:
    return next((status for status in kind.statuses if status.id == id), None)


def _name(kind: IssueType, id: str, *, plain: bool = False) -> str:
    status = _status(kind, id)
    name = status.name if status else id
    return name if plain else repr(name)


def _progress(kind: IssueType, id: str) -> int:
    status = _status(kind, id)
    return PROGRESS.get(status.category, 1) if status else 1
