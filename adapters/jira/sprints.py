"""Sprints: which one an issue is in, and bringing issues into one, as many as a call takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.jira.client import AGILE, JiraClient, Refusal
from sync.model import Json, Value
from sync.tracker import NotFound, Rejected, Shown, TrackerError, Unavailable

BATCH = 50
"""Issues of one call. https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/"""
PAGE = 50
CLOSED = "closed"
_TEXT = re.compile(r"Sprint@[^\[]*\[(.*)\]\s*$", re.DOTALL)
_PART = re.compile(r"(?:^|,)(\w+)=")
_KNOWN = frozenset(
    {"id", "rapidViewId", "state", "name", "startDate", "endDate", "completeDate"}
    | {"activatedDate", "sequence", "goal", "synced", "autoStartStop"}
    | {"incompleteIssuesDestinationId"}
)


@dataclass(frozen=True, slots=True)
class Sprint:
    """One sprint, as an issue or a board names it."""

    id: int
    name: str
    state: str
    """`future`, `active` or `closed`."""

    @property
    def closed(self) -> bool:
        return self.state == CLOSED


def sprint_of(told: Json) -> Sprint | None:
    """An object; or, of older Data Centers, `…Sprint@1f[id=1,state=ACTIVE,name=Sprint 1,goal=]`.

    A name may hold anything, also what looks like the next part.
    """
    if isinstance(told, str):
        told = _parts(told)
    if not isinstance(told, Mapping) or "name" not in told:
        return None
    try:
        return Sprint(int(told["id"]), str(told["name"]), str(told.get("state")).lower())
    except (KeyError, TypeError, ValueError):
        return None


def _parts(text: str) -> dict[str, Any]:
    found = _TEXT.search(text)
    if found is None:
        return {}
    inside = found[1]
    names = [part for part in _PART.finditer(inside) if part[1] in _KNOWN]
    ends = [part.start() for part in names[1:]] + [len(inside)]
    parts: dict[str, Any] = {}
    for part, end in zip(names, ends, strict=True):
        parts.setdefault(part[1], inside[part.end() : end])
    return parts


def current(told: Json) -> Sprint | None:
    """Of all that an issue is and was in: the last that is not closed, else the last."""
    sprints = [sprint for one in told or () if (sprint := sprint_of(one))]
    return next((s for s in reversed(sprints) if not s.closed), next(reversed(sprints), None))


def show(told: Json) -> Shown:
    """Its name; with a word where it is closed, for an issue does not leave a closed one."""
    sprint = current(told)
    if sprint is None:
        return None
    return {"name": sprint.name, "closed": True} if sprint.closed else sprint.name


def name_of(shown: Shown) -> str | None:
    name = shown.get("name") if isinstance(shown, Mapping) else shown
    return str(name) if name else None


def wanted(value: Value, shown: Shown) -> Shown:
    """What is to be shown of a value: a closed sprint stays where none is wanted."""
    if value == name_of(shown) or (value is None and isinstance(shown, Mapping)):
        return shown
    return value if isinstance(value, str) else None


@dataclass(slots=True)
class Sprints:
    """The sprints of one board, asked for when the first issue is brought into one."""

    client: JiraClient
    project: str
    board: int | None = None
    """None: the project's first Scrum board."""
    _open: dict[str, Sprint] = field(default_factory=dict)
    _closed: set[str] | None = None
    _asked: bool = False

    def bring(self, moves: Mapping[str, str | None]) -> dict[str, TrackerError]:
        """Brings issues, by id, to the sprint of a name, or to the backlog; what went wrong."""
        errors: dict[str, TrackerError] = {}
        for name in dict.fromkeys(moves.values()):
            ids = [id for id, wanted in moves.items() if wanted == name]
            try:
                path = self._path(name)
            except TrackerError as error:
                errors |= dict.fromkeys(ids, error)
                continue
            for start in range(0, len(ids), BATCH):
                errors |= self._send(path, ids[start : start + BATCH])
        return errors

    def _send(self, path: str, ids: Sequence[str]) -> dict[str, TrackerError]:
        try:
            answer = self.client.write("POST", path, {"issues": list(ids)})
        except (NotFound, Rejected) as error:
            answer = Refusal({}, (str(error),))
        except TrackerError as error:
            return dict.fromkeys(ids, error)
        if not isinstance(answer, Refusal):
            return {}
        if len(ids) == 1:
            return {ids[0]: Rejected(str(answer))}
        errors: dict[str, TrackerError] = {}
        for id in ids:  # one of them is to blame, and it is not said which
            errors |= self._send(path, [id])
        return errors

    def _path(self, name: str | None) -> str:
        if name is None:
            return f"{AGILE}backlog/issue"
        if not self._asked:
            self._ask()
        if name in self._open:
            return f"{AGILE}sprint/{self._open[name].id}/issue"
        offered = ", ".join(map(repr, self._open)) or "none"
        if name in self._past():
            raise Rejected(
                f"the sprint {name!r} is closed, and takes no issues; reopen it, or choose one of "
                f"those that are not: {offered}"
            )
        raise Rejected(
            f"board {self.board} has no sprint {name!r}, and none is made here: make it in Jira; "
            f"not closed are {offered}"
        )

    def _ask(self) -> None:
        self.board = self.board or self._first_board()
        for sprint in self._listed("active,future"):
            self._open.setdefault(sprint.name, sprint)
        self._asked = True

    def _past(self) -> set[str]:
        if self._closed is None:
            self._closed = {sprint.name for sprint in self._listed(CLOSED)}
        return self._closed

    def _first_board(self) -> int:
        told = self.client.get(f"{AGILE}board", projectKeyOrId=self.project, type="scrum")
        boards = told.get("values") if isinstance(told, dict) else None
        if not boards:
            raise Rejected(
                f"{self.project} has no Scrum board, and so no sprints; make one in Jira, or name "
                "another by `board`"
            )
        return int(boards[0]["id"])

    def _listed(self, state: str) -> Iterator[Sprint]:
        """In the board's order."""
        path, start = f"{AGILE}board/{self.board}/sprint", 0
        while True:
            page = {"state": state, "startAt": str(start), "maxResults": str(PAGE)}
            told = self.client.get(path, **page)
            values = told.get("values") if isinstance(told, dict) else None
            if not isinstance(values, list):
                raise Unavailable(f"{path} answered without a list of sprints")
            yield from (sprint for one in values if (sprint := sprint_of(one)))
            start += len(values)
            if not values or told.get("isLast", True):
                return
