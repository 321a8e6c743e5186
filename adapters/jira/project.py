"""What a Jira project is: types, statuses, fields, permissions, as asked when it is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from urllib.parse import quote

from adapters.jira.client import Deployment, JiraClient
from adapters.jira.linking import LinkType
from sync.model import Json
from sync.tracker import NotFound, Unavailable

PERMISSIONS = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "TRANSITION_ISSUES",
    "SCHEDULE_ISSUES",
    "LINK_ISSUES",
    "ASSIGN_ISSUES",
    "MOVE_ISSUES",
    "BULK_CHANGE",
    "ADD_COMMENTS",
    "CREATE_ATTACHMENTS",
    "ADMINISTER_PROJECTS",
)
"""https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/"""
RANK = "gh-lexo-rank"
EPIC_LINK = "gh-epic-link"
EPIC_NAME = "gh-epic-label"
POINTS = "jsw-story-points"
SPRINT = ":gh-sprint"
"""The ends of `schema.custom`: names of fields are translated, these are not."""
POINTS_NAMES = ("story points", "story point estimate")


@dataclass(frozen=True, slots=True)
class Status:
    """One status of a workflow."""

    id: str
    name: str
    category: str
    """`new`, `indeterminate` or `done`."""


@dataclass(frozen=True, slots=True)
class IssueType:
    """One type of issue in the project, and the statuses of its workflow."""

    id: str
    name: str
    subtask: bool
    level: int = 0
    """In the hierarchy: -1 a sub-task, 0 a story, 1 an epic."""
    statuses: tuple[Status, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field that Jira has, anywhere in it."""

    id: str
    name: str
    type: str = "any"
    items: str | None = None
    """What the elements of an array are."""
    custom: str = ""
    clauses: tuple[str, ...] = ()
    """What JQL calls it."""

    @property
    def paragraph(self) -> bool:
        """Does it hold a text of several lines, in Jira's markup?"""
        return self.custom.endswith(":textarea") or self.id in ("description", "environment")


@dataclass(frozen=True, slots=True)
class Project:
    """One project, as this account sees it."""

    id: str
    key: str
    site: str
    """The address that people know; `/browse/KEY` is below it."""
    cloud: bool
    types: tuple[IssueType, ...]
    fields: tuple[Field, ...]
    priorities: tuple[str, ...]
    links: tuple[LinkType, ...] = ()
    versions: tuple[str, ...] = ()
    releases: tuple[Mapping[str, Json], ...] = ()
    """The versions as Jira tells them."""
    components: tuple[str, ...] = ()
    offers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By the id of a field of options: those that may be chosen, of any type of issue. Absent:
    Jira does not tell."""
    zone: tzinfo = UTC
    """The time zone of this account: times are answered in it."""
    allowed: frozenset[str] = frozenset(PERMISSIONS)
    desk: bool = False
    """Is it a service desk, whose customers read comments?"""
    archived: bool = False
    """Then nothing in it can be changed, and no search finds it."""

    def type(self, name: str) -> IssueType | None:
        """By id, or by name in any case."""
        folded = name.casefold()
        return next((t for t in self.types if name == t.id or t.name.casefold() == folded), None)

    @property
    def statuses(self) -> tuple[Status, ...]:
        """Of all types, each name once."""
        return tuple({s.name: s for t in reversed(self.types) for s in t.statuses}.values())

    def special(self, custom: str) -> Field | None:
        """The field of Jira's own whose `schema.custom` ends so."""
        return next((f for f in self.fields if f.custom.endswith(custom)), None)

    @property
    def points(self) -> Field | None:
        """The estimate in story points: by its kind, else a number field by its usual names."""
        numbers = [f for f in self.fields if f.type == "number"]
        named = (f for name in POINTS_NAMES for f in numbers if f.name.casefold() == name)
        return next((f for f in numbers if f.custom.endswith(POINTS)), None) or next(named, None)


def survey(client: JiraClient, key: str, site: str, told: Deployment | None) -> Project:
    """Asks for a project: as many requests for a large one as for a small one.

    `told`: the deployment that the settings say, for a server that does not tell; `site`: the
    address that they give.
    """
    client.settle("datacenter")  # all Jiras answer this in v2
    try:
        server = _mapping(client.get("serverInfo"), "serverInfo")
    except NotFound:
        if told is None:
            raise
        server = {"deploymentType": told.title()}
    client.settle("cloud" if server.get("deploymentType") == "Cloud" else "datacenter")
    path = f"project/{quote(key, safe='')}"
    try:
        about = _mapping(client.get(path), path)
    except NotFound as error:
        message = f"{error} (does project {key} exist, and may this account browse it?)"
        raise NotFound(message) from None
    releases = _entries(client.get(f"{path}/versions"))
    return Project(
        id=str(about.get("id")),
        key=str(about.get("key") or key),
        site=str(server.get("baseUrl") or site).rstrip("/"),
        cloud=client.cloud,
        types=_types(about, _entries(client.get(f"{path}/statuses"))),
        fields=tuple(_field(entry) for entry in _entries(client.get("field"))),
        priorities=tuple(str(entry["name"]) for entry in _entries(client.get("priority"))),
        links=_links(client),
        versions=tuple(str(entry["name"]) for entry in releases),
        releases=tuple(releases),
        components=tuple(str(one["name"]) for one in about.get("components") or ()),
        allowed=_allowed(client, key),
        desk=about.get("projectTypeKey") == "service_desk",
        archived=about.get("archived") is True,
    )


def _types(about: Mapping[str, Json], told: Sequence[Mapping[str, Json]]) -> tuple[IssueType, ...]:
    levels = {
        str(entry.get("id")): entry.get("hierarchyLevel")
        for entry in about.get("issueTypes") or ()
        if isinstance(entry, dict)
    }
    return tuple(_type(entry, levels.get(str(entry.get("id")))) for entry in told)


def _type(entry: Mapping[str, Json], level: Json) -> IssueType:
    subtask = bool(entry.get("subtask"))
    name = str(entry.get("name"))
    if not isinstance(level, int):  # Data Center tells none
        level = -1 if subtask else int(name.casefold() == "epic")
    statuses = tuple(
        Status(str(s["id"]), str(s["name"]), str((s.get("statusCategory") or {}).get("key")))
        for s in entry.get("statuses") or ()
    )
    return IssueType(str(entry["id"]), name, subtask, level, statuses)


def _field(entry: Mapping[str, Json]) -> Field:
    schema = entry.get("schema") or {}
    return Field(
        id=str(entry["id"]),
        name=str(entry.get("name")),
        type=str(schema.get("type") or "any"),
        items=schema.get("items"),
        custom=str(schema.get("custom") or ""),
        clauses=tuple(map(str, entry.get("clauseNames") or ())),
    )


def _links(client: JiraClient) -> tuple[LinkType, ...]:
    told = _mapping(client.get("issueLinkType"), "issueLinkType").get("issueLinkTypes") or ()
    return tuple(
        LinkType(str(one["name"]), str(one.get("inward") or ""), str(one.get("outward") or ""))
        for one in told
    )


def _allowed(client: JiraClient, key: str) -> frozenset[str]:
    told = client.get("mypermissions", projectKey=key, permissions=",".join(PERMISSIONS))
    permissions = _mapping(told, "mypermissions").get("permissions") or {}
    return frozenset(
        name for name in PERMISSIONS if (permissions.get(name) or {}).get("havePermission")
    )


def _mapping(told: Json, what: str) -> Mapping[str, Json]:
    if isinstance(told, dict):
        return told
    raise Unavailable(f"Jira answered {what} with {type(told).__name__} where an object was due")


def _entries(told: Json) -> Sequence[Mapping[str, Json]]:
    if isinstance(told, list) and all(isinstance(entry, dict) for entry in told):
        return told
    raise Unavailable("Jira answered with something else where a list of objects was due")
