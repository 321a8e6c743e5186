"""What one Jira site holds: plain records, look-ups between them, and what search sees of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar

from adapters.sandbox.jira.quirks import Quirks
from adapters.sandbox.server import Switches

Flavour = Literal["cloud", "datacenter"]
Json = Any


class Named(Protocol):
    """Whatever people know by its name and Jira by its id."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


@dataclass(frozen=True)
class User:
    id: str
    """Cloud: the accountId. Data Center: the name."""
    name: str
    credential: str
    """What this person signs in with: a token, or `email:token`."""
    email: str | None = None
    zone: str = "UTC"
    active: bool = True
    permissions: frozenset[str] | None = None
    """None: all of them."""
    levels: frozenset[str] | None = None
    """Names of the security levels whose issues this person sees. None: all."""

    def may(self, permission: str) -> bool:
        return self.permissions is None or permission in self.permissions


@dataclass(frozen=True)
class IssueType:
    id: str
    name: str
    level: int
    """1: an epic; 0: what lies in one; -1: a sub-task."""


@dataclass(frozen=True)
class Status:
    id: str
    name: str
    category: str
    """`new`, `indeterminate` or `done`."""


@dataclass(frozen=True)
class Label:
    """A priority, a resolution, a component, a security level."""

    id: str
    name: str


@dataclass(frozen=True)
class Option:
    """An option of a list of a team's own."""

    id: str
    name: str
    disabled: bool = False
    """May it not be chosen any more? Where it was chosen, it stays."""
    children: tuple[Option, ...] = ()
    """Of a cascading list: those below it."""


@dataclass
class Sprint:
    id: str
    name: str
    state: str
    """`future`, `active` or `closed`."""
    board: str
    """The board's id, which is its project's."""
    goal: str | None = None
    started: datetime | None = None
    ends: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True)
class Attachment:
    id: str
    name: str
    author: str
    created: datetime
    content: bytes
    type: str = "application/octet-stream"
    """Its media type."""


@dataclass(frozen=True)
class LinkType:
    id: str
    name: str
    inward: str
    outward: str


@dataclass(frozen=True)
class Version:
    id: str
    name: str
    project: str
    """The project's id."""
    description: str | None = None
    released: bool = False
    archived: bool = False
    released_on: str | None = None
    """A date, `2026-01-31`."""


@dataclass(frozen=True)
class Transition:
    id: str
    name: str
    to: str
    """A status' id, as in `sources`."""
    sources: frozenset[str] | None = None
    """None: from any other status."""
    screen: tuple[str, ...] = ()
    """Ids of fields."""
    required: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    """A condition: it is hidden from issues that have no value of these fields."""
    checks: frozenset[str] = frozenset()
    """A validator: it is refused, whatever the screen says, while one of these is empty."""
    resolution: str | None = "auto"
    """A post function: `auto` follows the status' category; `keep` leaves it; else the id of the
    one that it sets, None to clear it."""

    def leads_from(self, status: str) -> bool:
        return status != self.to if self.sources is None else status in self.sources


@dataclass(frozen=True)
class Field:
    """A field of issues; `kind` says how its values are read and shown."""

    id: str
    name: str
    kind: str
    custom: str = ""
    """`schema.custom`: the field type's key, for custom fields."""
    options: tuple[Option, ...] = ()
    types: frozenset[str] | None = None
    """Its context: ids of the types of issues that have it. None: all."""


@dataclass(eq=False)
class Project:
    id: str
    key: str
    name: str
    types: list[IssueType]
    statuses: list[Status]
    priorities: list[Label]
    transitions: list[Transition]
    versions: list[Version] = field(default_factory=list)
    components: list[Label] = field(default_factory=list)
    levels: list[Label] = field(default_factory=list)
    """Security levels."""
    board: str = "scrum"
    """The type of its board: `scrum` or `kanban`."""
    screens: dict[str, frozenset[str]] = field(default_factory=dict)
    """By operation (`create`, `edit`): the ids of the fields on its screen. None: all."""
    required: frozenset[str] = frozenset()
    """Fields that must have a value, besides those that Jira itself asks for."""
    own_statuses: dict[str, frozenset[str]] = field(default_factory=dict)
    """By type: the ids of the statuses of its own workflow. Types that are not here have all."""
    counter: int = 0
    """The highest number that an issue of this project has had."""
    open: bool = False
    """May everybody browse it, without signing in?"""
    archived: bool = False

    def statuses_of(self, type_: IssueType) -> list[Status]:
        own = self.own_statuses.get(type_.id)
        return [status for status in self.statuses if own is None or status.id in own]

    def on_screen(self, operation: str, name: str) -> bool:
        return operation not in self.screens or name in self.screens[operation]


@dataclass(frozen=True)
class Link:
    id: str
    type: LinkType
    source: str
    """The id of the issue that blocks, clones, duplicates …"""
    target: str


@dataclass(frozen=True)
class RemoteLink:
    id: int
    global_id: str | None
    content: Mapping[str, Json]
    """`object`, `application` and `relationship`, as they were sent."""


@dataclass(frozen=True)
class Comment:
    id: str
    author: str
    body: Json
    """Data Center: wiki markup. Cloud: a document."""
    created: datetime
    updated: datetime
    editor: str
    visibility: Mapping[str, Json] | None = None
    properties: Mapping[str, Json] = field(default_factory=dict)
    internal: bool = False
    """Not for the customers of a service desk."""


@dataclass(frozen=True)
class Change:
    """One entry of an issue's history."""

    id: str
    author: str
    created: datetime
    items: tuple[Mapping[str, Json], ...]


@dataclass(eq=False)
class Issue:
    id: str
    project: Project
    number: int
    rank: int
    values: dict[str, Any]
    """By field id, as `fields` keeps them. What is not here is empty."""
    creator: str
    created: datetime
    updated: datetime
    properties: dict[str, Json] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    remote_links: list[RemoteLink] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    history: list[Change] = field(default_factory=list)
    archived: bool = False

    @property
    def key(self) -> str:
        return f"{self.project.key}-{self.number}"

    def copy(self) -> Issue:
        """As it is now, unmoved by later changes."""
        return replace(
            self,
            values=dict(self.values),
            properties=dict(self.properties),
            links=list(self.links),
            remote_links=list(self.remote_links),
            comments=list(self.comments),
            attachments=list(self.attachments),
            history=list(self.history),
        )


class Outcome(Protocol):
    """How a bulk operation went, by the issues' ids."""

    done: list[int]
    failed: dict[str, list[str]]


@dataclass(eq=False)
class Task:
    """A bulk operation that was submitted."""

    id: str
    user: str
    created: datetime
    count: int
    carry_out: Callable[[], Outcome]
    polls: int
    """How often it will still say that it is running."""
    moved: Outcome | None = None
    """None: nothing was done yet."""


@dataclass(frozen=True)
class Webhook:
    id: int
    name: str
    url: str
    events: tuple[str, ...]
    jql: str = ""
    secret: str | None = None
    enabled: bool = True


@dataclass
class Site:
    """One Jira: everything in it."""

    flavour: Flavour
    switches: Switches
    quirks: Quirks
    base: str = "http://127.0.0.1/jira"
    """Where people find it."""
    users: dict[str, User] = field(default_factory=dict)
    types: dict[str, IssueType] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)
    priorities: dict[str, Label] = field(default_factory=dict)
    resolutions: dict[str, Label] = field(default_factory=dict)
    link_types: dict[str, LinkType] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    """By key; all others by id."""
    sprints: dict[str, Sprint] = field(default_factory=dict)
    issues: dict[str, Issue] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    """Every key that an issue has or had, to its id."""
    webhooks: dict[int, Webhook] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    outbox: list[tuple[dict[str, Json], Issue | None]] = field(default_factory=list)
    """Events not sent yet, each with the issue that it is about."""
    _last_id: int = 10_000
    _bucket: int = 0
    _versions: dict[str, list[tuple[float, Issue | None]]] = field(default_factory=dict)
    """By issue: how it was before each write that search does not see yet."""

    @property
    def cloud(self) -> bool:
        return self.flavour == "cloud"

    def new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def reserve(self, number: int) -> None:
        """Gives no id up to this one from now on."""
        self._last_id = max(self._last_id, number)

    def now(self) -> datetime:
        """To the millisecond, as Jira keeps times."""
        now = self.switches.now("jira")
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def issue(self, ref: str) -> Issue | None:
        """By id or key, also by a key that it once had; in any case."""
        return self.issues.get(ref) or self.issues.get(self.keys.get(ref.upper(), ""))

    def project(self, ref: str) -> Project | None:
        """By key or id."""
        by_id = (project for project in self.projects.values() if project.id == ref)
        return self.projects.get(ref) or next(by_id, None)

    def sees(self, user: User, issue: Issue) -> bool:
        level = issue.values.get("security")
        if not user.may("BROWSE_PROJECTS"):
            return False
        if level is None or user.levels is None:
            return True
        return any(
            known.id == level and known.name in user.levels for known in issue.project.levels
        )

    def children(self, issue: Issue) -> list[Issue]:
        return [child for child in self.issues.values() if child.values.get("parent") == issue.id]

    def touch(self, issue: Issue) -> None:
        """Moves `updated`, always forward."""
        issue.updated = max(self.now(), issue.updated + timedelta(milliseconds=1))

    def before_write(self, issue: Issue, *, new: bool = False) -> None:
        """To be called before every change of an issue that search shows."""
        if self.switches.lag > 0:
            version = None if new else issue.copy()
            self._versions.setdefault(issue.id, []).append((time.monotonic(), version))

    def indexed(self, fresh: Collection[str] = ()) -> list[Issue]:
        """The issues as search sees them: late by the lag, but for the ids in `fresh`."""
        horizon = time.monotonic() - self.switches.lag
        view = dict(self.issues)
        for id_, versions in list(self._versions.items()):
            versions[:] = [version for version in versions if version[0] > horizon]
            if not versions:
                del self._versions[id_]
            elif id_ not in fresh:
                oldest = versions[0][1]
                if oldest is None:
                    view.pop(id_, None)
                else:
                    view[id_] = oldest
        return [one for one in view.values() if not (one.archived or one.project.archived)]

    @property
    def bucket(self) -> int:
        """Which of its three sets of rank values Jira uses at present."""
        return self._bucket

    def next_bucket(self) -> None:
        self._bucket = (self._bucket + 1) % 3


def find(entries: Iterable[N], ref: str) -> N | None:
    """By id, else by name in any case."""
    known = list(entries)
    folded = ref.casefold()
    by_id = (entry for entry in known if entry.id == ref)
    by_name = (entry for entry in known if entry.name.casefold() == folded)
    return next(by_id, None) or next(by_name, None)
