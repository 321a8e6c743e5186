"""What the stand-in holds: accounts, repositories, and what is in them. No HTTP, no JSON."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Literal, TypeAlias

from adapters.sandbox.github.projects import Project

Level: TypeAlias = Literal["none", "read", "write"]
Stamp: TypeAlias = str
"""Whole seconds, in UTC: `2026-11-24T09:30:00Z`. Sorts as time does."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)
FIRST_ID = 3_000_000_001  # past 32 bits, as github.com's ids of issues are by now
VERSIONS_KEPT = 32


def stamp(time: datetime) -> Stamp:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    login: str
    type: Literal["User", "Organization"]
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A fine-grained personal access token: whose it is, and what it was given."""

    login: str
    issues: Level = "write"
    hooks: Level = "write"
    projects: Level = "write"


@dataclass(frozen=True, slots=True)
class IssueType:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Option:
    """One of those of a select field."""

    id: int
    name: str


FieldType: TypeAlias = Literal["text", "date", "single_select", "multi_select", "number"]
FieldValue: TypeAlias = str | float | tuple[str, ...]
"""A text, a day, an option's name; a number; the names of options."""


@dataclass(frozen=True, slots=True)
class IssueField:
    """A field that an organization has for its issues."""

    id: int
    name: str
    type: FieldType
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Milestone:
    id: int
    number: int
    title: str
    creator: str
    created_at: Stamp
    updated_at: Stamp
    description: str | None = None
    due_on: Stamp | None = None
    closed_at: Stamp | None = None

    @property
    def state(self) -> str:
        return "closed" if self.closed_at else "open"


@dataclass(frozen=True, slots=True)
class Comment:
    id: int
    issue: int
    """The issue's number in the comment's repository."""
    author: str
    body: str
    created_at: Stamp
    updated_at: Stamp


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue, or a pull request as the issues API shows it. References to issues are by id."""

    id: int
    number: int
    title: str
    author: str
    created_at: Stamp
    updated_at: Stamp
    body: str | None = None
    state: str = "open"
    state_reason: str | None = None
    closed_at: Stamp | None = None
    closed_by: str | None = None
    labels: frozenset[int] = frozenset()
    assignees: tuple[str, ...] = ()
    milestone: int | None = None
    type: str | None = None
    pull_request: bool = False
    locked: bool = False
    lock_reason: str | None = None
    comments: int = 0
    parent: int | None = None
    sub_issues: tuple[int, ...] = ()
    """In their priority, highest first."""
    blocked_by: tuple[int, ...] = ()
    blocking: tuple[int, ...] = ()
    fields: tuple[tuple[int, FieldValue], ...] = ()
    """By the field's id, in the order in which they were set."""
    duplicate_of: int | None = None
    """The id of the issue that it was said to be a duplicate of."""
    discussion: int | None = None
    """The number of the discussion that it was made."""


@dataclass(frozen=True, slots=True)
class Hook:
    id: int
    url: str
    events: tuple[str, ...]
    created_at: Stamp
    updated_at: Stamp
    secret: str | None = None
    content_type: str = "form"
    active: bool = True
    last_code: int | None = None
    last_status: str = "unused"

    def wants(self, event: str) -> bool:
        return self.active and not {event, "*"}.isdisjoint(self.events)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to tell a hook of one event."""

    id: int
    guid: str
    event: str
    action: str | None
    payload: str
    delivered_at: Stamp
    redelivery: bool
    duration: float
    """In seconds."""
    status_code: int
    """502 where nothing answered."""
    status: str
    request_headers: Mapping[str, str]
    response_headers: Mapping[str, str]
    response: str


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody did to an issue, as its timeline tells it."""

    id: int
    kind: str
    """Its type in GraphQL, such as `LabeledEvent`; `Edited` of the body, which is none there."""
    actor: str
    at: Stamp
    about: tuple[str, ...] = ()
    """The label's, assignee's or milestone's name; the title before and after."""


@dataclass
class Repository:
    """One repository. Its issues are replaced whole, through `put`, never changed."""

    id: int
    owner: str
    name: str
    created_at: Stamp
    private: bool = False
    has_issues: bool = True
    pushers: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()
    """Logins; who may push may also read. A public repository is read by everyone."""
    labels: dict[int, Label] = field(default_factory=dict)
    milestones: dict[int, Milestone] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    hooks: dict[int, Hook] = field(default_factory=dict)
    deliveries: dict[int, list[Delivery]] = field(default_factory=dict)
    """By hook, oldest first."""
    moved: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Transferred issues: number → the repository's full name and the number there."""
    deleted: set[int] = field(default_factory=set)
    internal: bool = False
    """Is it private to the enterprise, and not to its own people?"""
    archived: bool = False
    last_issue: int = 0
    last_milestone: int = 0
    counts: Counter[tuple[int | None, str]] = field(default_factory=Counter)
    """How many issues there are, by milestone and state."""
    versions: dict[int, deque[tuple[datetime, Issue]]] = field(default_factory=dict)
    """What each issue was and since when, for reads that lag."""

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def visibility(self) -> str:
        hidden = "internal" if self.internal else "private"
        return hidden if self.private else "public"

    def pushable(self, login: str | None) -> bool:
        return login in self.pushers

    def readable(self, login: str | None) -> bool:
        return not self.private or login in self.pushers or login in self.readers

    def put(self, issue: Issue, at: datetime = LONG_AGO) -> None:
        old = self.issues.get(issue.number)
        if old:
            self.counts[old.milestone, old.state] -= 1
        self.counts[issue.milestone, issue.state] += 1
        self.issues[issue.number] = issue
        versions = self.versions.setdefault(issue.number, deque(maxlen=VERSIONS_KEPT))
        versions.append((at, issue))

    def drop(self, number: int) -> Issue:
        issue = self.issues.pop(number)
        self.counts[issue.milestone, issue.state] -= 1
        self.versions.pop(number)
        for comment in [c for c in self.comments.values() if c.issue == number]:
            del self.comments[comment.id]
        return issue

    def as_of(self, time: datetime) -> Iterator[Issue]:
        """The issues as a read that has seen no write after `time` shows them."""
        for versions in self.versions.values():
            seen = next((issue for at, issue in reversed(versions) if at <= time), None)
            if seen:
                yield seen

    def count(self, state: str) -> int:
        return sum(n for (_, found), n in self.counts.items() if found == state)

    def label(self, name: str) -> Label | None:
        wanted = name.lower()
        return next((known for known in self.labels.values() if known.name.lower() == wanted), None)

    def labels_of(self, issue: Issue) -> list[Label]:
        """As GitHub lists them: by name."""
        found = [self.labels[id_] for id_ in issue.labels if id_ in self.labels]
        return sorted(found, key=lambda label: label.name.lower())

    def comments_of(self, issue: Issue) -> list[Comment]:
        return [comment for comment in self.comments.values() if comment.issue == issue.number]


@dataclass
class State:
    """Everything that the stand-in holds."""

    tokens: dict[str, Token] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    """By login in lower case; so are `types` by organization and `repositories` by full name."""
    types: dict[str, tuple[IssueType, ...]] = field(default_factory=dict)
    fields: dict[str, tuple[IssueField, ...]] = field(default_factory=dict)
    """By organization, in lower case."""
    owners: dict[str, frozenset[str]] = field(default_factory=dict)
    """Logins, by organization: who manages its hooks."""
    hooks: dict[str, dict[int, Hook]] = field(default_factory=dict)
    """Those of organizations."""
    version: str | None = None
    """An Enterprise Server's, such as `3.18`; None for github.com."""
    repositories: dict[str, Repository] = field(default_factory=dict)
    places: dict[int, tuple[Repository, int]] = field(default_factory=dict)
    """Where the issue with an id is: its repository and number."""
    projects: list[Project] = field(default_factory=list)
    events: dict[int, list[Event]] = field(default_factory=dict)
    """By the issue's id, the oldest first."""
    ids: Iterator[int] = field(default_factory=lambda: count(FIRST_ID))
    """One sequence for everything, as ids say nothing about numbers."""

    def account(self, login: str, type_: Literal["User", "Organization"] = "User") -> Account:
        """The account of that name; made where there is none yet."""
        known = self.accounts.get(login.lower())
        if not known:
            known = Account(next(self.ids), login, type_)
            self.accounts[login.lower()] = known
        return known

    def login(self, login: str) -> str:
        """A login in its own spelling, however it was written."""
        known = self.accounts.get(login.lower())
        return known.login if known else login

    def repository(self, full_name: str) -> Repository | None:
        return self.repositories.get(full_name.lower())

    def project(self, owner: str, number: int) -> Project | None:
        named = (one for one in self.projects if one.owner.lower() == owner.lower())
        return next((one for one in named if one.number == number), None)

    def types_of(self, repository: Repository) -> tuple[IssueType, ...]:
        return () if self.version else self.types.get(repository.owner.lower(), ())

    def fields_of(self, repository: Repository) -> tuple[IssueField, ...]:
        return () if self.version else self.fields.get(repository.owner.lower(), ())

    def add(self, repository: Repository, issue: Issue, at: datetime = LONG_AGO) -> None:
        repository.put(issue, at)
        self.places[issue.id] = (repository, issue.number)

    def find(self, id_: object) -> tuple[Repository, Issue] | None:
        """The issue with that id; None where there is none (any more)."""
        place = self.places.get(id_) if isinstance(id_, int) else None
        return (place[0], place[0].issues[place[1]]) if place else None

    def found(self, ids: Iterable[int]) -> list[tuple[Repository, Issue]]:
        return [place for place in map(self.find, ids) if place]
