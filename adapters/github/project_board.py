"""Where issues stand in a project, and what its fields say of them: read, and remembered."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from adapters.github import project_texts as texts
from adapters.github.carriers import Carriers
from adapters.github.graphql import GraphQL, Reply
from adapters.github.project import Project, ProjectField, carried
from adapters.nested import part, parts
from sync.model import FieldName, Json, Shape
from sync.tracker import Cursor, Record, RecordId, Shown, Unavailable

VALUES: Mapping[str, str] = {
    "ProjectV2ItemFieldSingleSelectValue": "name",
    "ProjectV2ItemFieldIterationValue": "title",
    "ProjectV2ItemFieldNumberValue": "number",
    "ProjectV2ItemFieldDateValue": "date",
    "ProjectV2ItemFieldTextValue": "text",
}
"""Type of a value → the part of it that is shown."""
SEEN = "project"
"""The cursor's part that is ours."""


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the project."""

    item: str
    """Its own id, not the issue's."""
    issue: RecordId | None = None
    """None where it is no issue of this repository."""
    number: int = 0
    """The issue's."""
    archived: bool = False
    shown: Mapping[FieldName, Shown] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Of what is shown; empty where nothing is."""
        said = {name: shown for name, shown in self.shown.items() if shown is not None}
        if not said:
            return ""
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


@dataclass
class Board:
    """One project, as far as it was read in this run."""

    api: GraphQL
    project: Project
    repository: str
    fields: Mapping[FieldName, ProjectField] = field(default_factory=dict)
    """Those that carry fields."""
    numbers: frozenset[FieldName] = frozenset()
    """Those of them that hold numbers, be it in words."""
    lines: list[Line] | None = None
    """All items in position order; None where they were not read."""
    by_issue: dict[RecordId, Line] = field(default_factory=dict)
    """The issues' among them."""
    looked_up: dict[RecordId, Line | None] = field(default_factory=dict)
    """Single issues that were asked for since; None: not in the project."""
    seen: dict[RecordId, str] = field(default_factory=dict)
    """Digests as of the records that were handed on; of the empty ones none."""

    @classmethod
    def of(cls, api: GraphQL, project: Project, repository: str, carriers: Carriers) -> Board:
        fields = carried(project, carriers)
        numbers = frozenset(name for name in fields if carriers.shapes[name] is Shape.NUMBER)
        return cls(api, project, repository, fields, numbers)

    def knows(self, id_: RecordId) -> bool:
        """Is the issue known to be in the project?"""
        return id_ in self.by_issue or self.looked_up.get(id_) is not None

    # The order

    def read(self) -> None:
        """All pages. Their number is what grows with the backlog, and nothing else does."""
        lines: dict[str, Line] = {}
        after: str | None = None
        while True:
            variables = {"project": self.project.id, "after": after, **self._names()}
            page = self._items(self.api.ask(texts.items(len(self.fields)), variables))
            for line in map(self._line, parts(page, "nodes")):
                lines.setdefault(line.item, line)  # it may have been moved between two pages
            after = part(page, "pageInfo", "endCursor")
            if not part(page, "pageInfo", "hasNextPage") or not after:
                break
        self.lines, self.looked_up = list(lines.values()), {}
        self.by_issue = {line.issue: line for line in self.lines if line.issue is not None}

    def _items(self, reply: Reply) -> Mapping[str, Json]:
        """The page. That single nodes are hidden does not matter; that it lacks all does."""
        found = part(reply.data, "node", "items")
        if isinstance(found, dict):
            return found
        raise reply.error_of("node") or Unavailable(
            f"the project {self.project.number} was not read: GraphQL answered in an unknown form"
        )

    def _names(self) -> dict[str, str]:
        return {f"f{at}": one.name for at, one in enumerate(self.fields.values())}

    def _line(self, node: Mapping[str, Json]) -> Line:
        line = Line(str(node.get("id")), archived=bool(node.get("isArchived")))
        id_, number = part(node, "content", "id"), part(node, "content", "number")
        place = str(part(node, "content", "repository", "nameWithOwner") or "")
        known = isinstance(id_, str) and isinstance(number, int)
        issue = known and part(node, "content", "__typename") == "Issue"
        if not issue or place.casefold() != self.repository.casefold():
            return line
        shown = {name: self._shown(name, node.get(f"f{at}")) for at, name in enumerate(self.fields)}
        return replace(line, issue=id_, number=number, shown=shown)

    def _shown(self, name: FieldName, value: Json) -> Shown:
        """What a field's value shows."""
        shown = part(value, VALUES.get(str(part(value, "__typename")), ""))
        if name in self.numbers and isinstance(shown, str):
            shown = _number(shown)
        if isinstance(shown, float) and shown.is_integer():
            return int(shown)
        return None if shown == "" else shown

    def order(self) -> tuple[RecordId, ...]:
        """The issues of this repository, top first; those in the archive keep their place."""
        return tuple(line.issue for line in self.lines or () if line.issue is not None)

    def put(self, issue: RecordId, line: Line) -> None:
        """The issue was added, at the end."""
        self.looked_up[issue] = line
        if self.lines is not None and issue not in self.by_issue:
            self.lines.append(line)
            self.by_issue[issue] = line

    def place(self, issue: RecordId, after: RecordId | None) -> None:
        """The issue is being moved; both are in the project, and all was read."""
        lines, line = self.lines or [], self.by_issue[issue]
        lines.remove(line)
        lines.insert(0 if after is None else lines.index(self.by_issue[after]) + 1, line)

    def above(self, issue: RecordId) -> str | None:
        """The item right above the issue that is not in the archive; None at the top."""
        lines = self.lines or []
        at = lines.index(self.by_issue[issue])
        return next((line.item for line in reversed(lines[:at]) if not line.archived), None)

    # Single issues

    def line(self, id_: RecordId) -> Line | None:
        """Where the issue stands, asked for where it is not known."""
        if id_ not in self.looked_up:
            if self.lines is None:
                self.look_up([id_])
            else:
                return self.by_issue.get(id_)
        return self.looked_up[id_]

    def look_up(self, ids: Sequence[RecordId]) -> None:
        """Asks for them anew."""
        for start in range(0, len(ids), texts.LOOKUP):
            some = list(dict.fromkeys(ids[start : start + texts.LOOKUP]))
            reply = self.api.ask(texts.issues(len(self.fields)), {"ids": some, **self._names()})
            if "nodes" not in reply.data and (error := reply.error_of()):
                raise error
            self.looked_up |= dict.fromkeys(some)
            for node in parts(reply.data, "nodes"):
                if "id" in node:
                    self.looked_up[str(node["id"])] = self._own(node)

    def _own(self, issue: Mapping[str, Json]) -> Line | None:
        """The one of the issue's items that is in this project."""
        nodes = parts(issue, "projectItems", "nodes")
        mine = (node for node in nodes if part(node, "project", "id") == self.project.id)
        return next(map(self._line, mine), None)

    # Records

    def dress(self, record: Record) -> Record:
        """The record with what the project's fields say. Its version tells of them, as they are
        no part of what GitHub calls an update of the issue."""
        if not self.fields:
            return record
        line = self.line(record.id) or Line("")
        own = {name: line.shown.get(name) for name in self.fields}
        if record.shown.get("status", "open") != "open" or own.get("status") is None:
            own.pop("status", None)  # a closed issue is closed, whatever the project says of it
        version = f"{record.version}+{line.digest}" if line.digest else record.version
        return replace(record, version=version, shown={**record.shown, **own})

    def note(self, record: Record) -> None:
        """The record was handed on."""
        self.seen.pop(record.id, None)
        _, mark, digest = record.version.partition("+")
        if mark:
            self.seen[record.id] = digest

    def remember(self, cursor: Cursor | None) -> None:
        """What an earlier run had seen."""
        try:
            held = json.loads(cursor or "{}").get(SEEN) or {}
            self.seen = {str(id_): str(digest) for id_, digest in held.items()}
        except (ValueError, AttributeError):
            self.seen = {}

    def changed(self) -> list[RecordId]:
        """Issues of which the project says something else than when they were handed on."""
        now = {id_: line.digest for id_, line in self.by_issue.items() if line.digest}
        return sorted(i for i in now.keys() | self.seen.keys() if now.get(i) != self.seen.get(i))

    def handed_on(self) -> None:
        """All that was read is known from now on."""
        self.seen = {id_: line.digest for id_, line in self.by_issue.items() if line.digest}

    def into(self, cursor: Cursor | None) -> Cursor | None:
        """The cursor, with what was seen."""
        if cursor is None or not self.seen:
            return cursor
        return json.dumps({**json.loads(cursor), SEEN: self.seen}, sort_keys=True)


def _number(text: str) -> float | str:
    """A word's number; the word where it is none."""
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text
