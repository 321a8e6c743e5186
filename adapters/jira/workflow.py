"""Bringing an issue to a status, over as many transitions as its workflow takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adapters.jira.client import JiraClient, Refusal
from adapters.jira.project import IssueType, Status
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
    resolutions: tuple[tuple[str, str], ...] = ()
    """Id and name of those that its screen asks for and cannot do without."""
    wants: tuple[str, ...] = ()
    """Other fields that its screen cannot do without, and that are not ours to fill."""

    def fields(self, value: str) -> dict[str, Json]:
        """What its screen is to be filled with on the way to a canonical status."""
        if not self.resolutions:
            return {}
        fitting = [id for id, name in self.resolutions if usual("status", name) == value]
        return {"resolution": {"id": (fitting or [self.resolutions[0][0]])[0]}}


@dataclass(slots=True)
class Way:
    """The way of one issue so far."""

    issue: str
    kind: IssueType
    value: str
    """The canonical status that it is to come to."""
    targets: Sequence[str]
    """Ids of the statuses that say so, the best first."""
    at: str
    seen: set[str] = field(default_factory=set)
    shut: set[tuple[str, str]] = field(default_factory=set)
    """Hops, from and to, that did not work for this issue."""
    fresh: set[str] = field(default_factory=set)
    """Statuses in which this very issue was asked what it offers."""
    told: list[str] = field(default_factory=list)


class Workflows:
    """What the workflows of a project offer, learnt while issues go through them."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._offers: dict[tuple[str, str], tuple[Hop, ...]] = {}

    def bring(
        self, issue: str, kind: IssueType, at: str, value: str, names: Sequence[str]
    ) -> str | None:
        """Takes an issue from the status `at` to one of `names`; None, or why it is not there.

        An issue for which no way is found is taken back to where it was, where there is a way back.
        """
        ids = {status.name: status.id for status in kind.statuses}
        targets = [ids[name] for name in names if name in ids]
        if not targets:
            offered = ", ".join(repr(status.name) for status in kind.statuses)
            return f"the workflow of {kind.name} has no status for {value}; it has {offered}"
        way = Way(issue, kind, value, targets, at, {at})
        if at in targets or self._go(way, explore=True):
            return None
        stuck = _name(kind, way.at)
        if way.at != at:
            way.targets = [at]
            self._go(way, explore=False)
        reason = f"no way from {_name(kind, at)} to {' or '.join(map(repr, names))} was found"
        return "; ".join([f"{reason}, tried up to {stuck}", *dict.fromkeys(way.told)])

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
        body: dict[str, Json] = {"transition": {"id": hop.id}}
        if fields := hop.fields(way.value):
            body["fields"] = fields
        answer = self._client.write("POST", f"issue/{way.issue}/transitions", body)
        if not isinstance(answer, Refusal):
            way.at = hop.to
            way.seen.add(hop.to)
        elif way.at in way.fresh:
            way.shut.add((way.at, hop.to))
            way.told.append(f"Jira refused {hop.name!r}: {answer}")
        else:
            self._ask(way)  # what others were offered, this one may not be

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
        offers = self._offers.get((way.kind.id, at), ())
        return [hop for hop in offers if not hop.wants and (at, hop.to) not in way.shut]

    def _ask(self, way: Way) -> None:
        params = {"expand": "transitions.fields"}
        answer = self._client.call("GET", f"issue/{way.issue}/transitions", params=params)
        offered = answer.mapping().get("transitions")
        if not isinstance(offered, list):
            raise Unavailable(f"{answer.url} answered without transitions")
        hops = tuple(_hop(entry) for entry in offered if entry.get("isAvailable", True))
        self._offers[way.kind.id, way.at] = hops
        way.fresh.add(way.at)
        way.told += [
            f"{hop.name!r} asks for {', '.join(hop.wants)}, which only a person can fill"
            for hop in hops
            if hop.wants
        ]


def _hop(entry: Mapping[str, Json]) -> Hop:
    screen = {
        str(id): about
        for id, about in (entry.get("fields") or {}).items()
        if about.get("required") and not about.get("hasDefaultValue")
    }
    allowed = screen.pop("resolution", {}).get("allowedValues") or ()
    return Hop(
        id=str(entry["id"]),
        name=str(entry.get("name")),
        to=str(entry["to"]["id"]),
        resolutions=tuple((str(one["id"]), str(one.get("name"))) for one in allowed),
        wants=tuple(str(about.get("name") or id) for id, about in screen.items()),
    )


def _status(kind: IssueType, id: str) -> Status | None:
    return next((status for status in kind.statuses if status.id == id), None)


def _name(kind: IssueType, id: str) -> str:
    status = _status(kind, id)
    return repr(status.name if status else id)


def _progress(kind: IssueType, id: str) -> int:
    status = _status(kind, id)
    return PROGRESS.get(status.category, 1) if status else 1
