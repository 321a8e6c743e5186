"""Reads the stand-in's state from plain data that is easy to write by hand, and writes it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from adapters.sandbox.github.answers import digits
from adapters.sandbox.github.entries import Entry, named
from adapters.sandbox.github.fields_seed import (
    SeedField,
    build_fields,
    build_values,
    dump_fields,
    dump_values,
)
from adapters.sandbox.github.projects_seed import SeedProject, add_project, dump_projects
from adapters.sandbox.github.state import (
    Comment,
    Issue,
    IssueType,
    Label,
    Level,
    Milestone,
    Repository,
    Stamp,
    State,
    Token,
    stamp,
)


class SeedToken(Entry):
    login: str
    issues: Level = "write"
    hooks: Level = "write"
    projects: Level = "write"
    name: str | None = None
    email: str | None = None


class SeedOrganization(Entry):
    issue_types: tuple[str, ...] = ()
    issue_fields: tuple[Annotated[SeedField, named("name")], ...] = ()
    owners: tuple[str, ...] = ()


class SeedLabel(Entry):
    name: Annotated[str, Field(min_length=1, max_length=50)]
    color: Annotated[str, Field(pattern="^[0-9a-fA-F]{6}$")] = "ededed"
    description: Annotated[str, Field(max_length=100)] | None = None


class SeedMilestone(Entry):
    title: str
    description: str | None = None
    due_on: datetime | None = None
    state: Literal["open", "closed"] = "open"


class SeedComment(Entry):
    body: str
    user: str | None = None
    created_at: datetime | None = None


class SeedIssue(Entry):
    title: Annotated[str, Field(min_length=1, max_length=256)]
    number: Annotated[int, Field(gt=0)] | None = None
    body: str | None = None
    user: str | None = None
    state: Literal["open", "closed"] = "open"
    state_reason: Literal["completed", "not_planned", "duplicate", "reopened"] | None = None
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    milestone: str | None = None
    type: str | None = None
    fields: Mapping[str, str | float | tuple[str, ...]] = {}
    pull_request: bool = False
    locked: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    parent: int | str | None = None
    blocked_by: tuple[int | str, ...] = ()
    comments: tuple[Annotated[SeedComment, named("body")], ...] = ()


class SeedRepository(Entry):
    private: bool = False
    internal: bool = False
    archived: bool = False
    has_issues: bool = True
    push: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    labels: tuple[Annotated[SeedLabel, named("name")], ...] = ()
    milestones: tuple[Annotated[SeedMilestone, named("title")], ...] = ()
    issues: tuple[Annotated[SeedIssue, named("title")], ...] = ()


FullName = Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]


class Seed(Entry):
    users: Mapping[str, Annotated[SeedToken, named("login")]] = {}
    organizations: Mapping[str, SeedOrganization] = {}
    repositories: Mapping[FullName, SeedRepository] = {}
    projects: tuple[SeedProject, ...] = ()
    enterprise: Annotated[str, Field(pattern=r"^\d+\.\d+$")] | None = None


def build(data: Mapping[str, Any], now: datetime) -> State:
    """The state that the data describe. ValueError names every place of wrong form, with the
    reason, or the first place that refers to what is not there."""
    try:
        seed = Seed.model_validate(data)
    except ValidationError as error:
        places = [f"{_place(e['loc'])}: {e['msg']}" for e in error.errors()]
        raise ValueError("the GitHub seed has mistakes:\n" + "\n".join(places)) from None
    state = State()
    for token, user in seed.users.items():
        login = state.account(user.login).login
        profile = replace(state.account(login), name=user.name, email=user.email)
        state.accounts[login.lower()] = profile
        state.tokens[token] = Token(login, user.issues, user.hooks, user.projects)
    for login, organization in seed.organizations.items():
        state.account(login, "Organization")
        types = (IssueType(next(state.ids), name) for name in organization.issue_types)
        state.types[login.lower()] = tuple(types)
        state.fields[login.lower()] = build_fields(state, organization.issue_fields)
        state.owners[login.lower()] = frozenset(organization.owners)
    for name, entry in seed.repositories.items():
        _Builder(state, name, entry, stamp(now)).build()
    for name, entry in seed.repositories.items():
        _tie(state, name, entry)
    for at, project in enumerate(seed.projects):
        add_project(state, project, f"projects[{at}]", stamp(now), partial(_anywhere, state))
    state.version = seed.enterprise  # at last: issues may have what it does not show
    return state


def _place(location: Iterable[int | str]) -> str:
    """`repositories.acme/shop.issues[2].title`"""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).removeprefix(".").removesuffix(".[key]")


def _time(time: datetime | None, default: Stamp) -> Stamp:
    if time is None:
        return default
    return stamp(time if time.tzinfo else time.replace(tzinfo=UTC))


class _Builder:
    """Builds one repository, all but what ties its issues to others."""

    def __init__(self, state: State, name: str, entry: SeedRepository, now: Stamp) -> None:
        self.state, self.entry, self.now = state, entry, now
        owner, self.name = name.split("/")
        account = state.account(owner, "Organization")
        owned = {account.login} if account.type == "User" else set()
        self.pushers = frozenset(owned | {state.account(login).login for login in entry.push})
        self.author = min(self.pushers, default=account.login)
        self.repository = Repository(
            next(state.ids),
            account.login,
            self.name,
            now,
            entry.private or entry.internal,
            entry.has_issues,
            self.pushers,
            frozenset(state.account(login).login for login in entry.read),
            internal=entry.internal,
            archived=entry.archived,
        )

    def build(self) -> None:
        repository = self.repository
        for label in self.entry.labels:
            self._add_label(label.name, label.color.lower(), label.description)
        for milestone in self.entry.milestones:
            self._add_milestone(milestone)
        for at, issue in enumerate(self.entry.issues):
            self._add_issue(issue, f"repositories.{repository.full_name}.issues[{at}]")
        self.state.repositories[repository.full_name.lower()] = repository

    def _add_label(self, name: str, color: str = "ededed", text: str | None = None) -> Label:
        label = Label(next(self.state.ids), name, color, text)
        self.repository.labels[label.id] = label
        return label

    def _add_milestone(self, entry: SeedMilestone) -> None:
        self.repository.last_milestone += 1
        milestone = Milestone(
            id=next(self.state.ids),
            number=self.repository.last_milestone,
            title=entry.title,
            creator=self.author,
            created_at=self.now,
            updated_at=self.now,
            description=entry.description,
            due_on=_time(entry.due_on, "") or None,
            closed_at=self.now if entry.state == "closed" else None,
        )
        self.repository.milestones[milestone.number] = milestone

    def _add_issue(self, entry: SeedIssue, place: str) -> None:
        repository = self.repository
        number = entry.number or repository.last_issue + 1
        if number <= repository.last_issue:
            raise ValueError(f"{place}.number: {number} is not above {repository.last_issue}")
        repository.last_issue = number
        created = _time(entry.created_at, self.now)
        updated = _time(entry.updated_at, created)
        author = self.state.account(entry.user or self.author).login
        closed = entry.state == "closed"
        reason = entry.state_reason or ("completed" if closed and not entry.pull_request else None)
        issue = Issue(
            id=next(self.state.ids),
            number=number,
            title=entry.title,
            author=author,
            created_at=created,
            updated_at=updated,
            body=entry.body,
            state=entry.state,
            state_reason=reason,
            closed_at=updated if closed else None,
            closed_by=author if closed else None,
            labels=frozenset(self._label(name).id for name in entry.labels),
            assignees=tuple(self._assignee(login, place) for login in entry.assignees),
            milestone=self._milestone(entry.milestone, place),
            type=self._type(entry.type, place),
            fields=build_values(self.state, repository, entry.fields, place),
            pull_request=entry.pull_request,
            locked=entry.locked,
            comments=len(entry.comments),
        )
        self.state.add(repository, issue)
        for comment in entry.comments:
            self._add_comment(issue, comment)

    def _add_comment(self, issue: Issue, entry: SeedComment) -> None:
        at = _time(entry.created_at, issue.updated_at)
        author = self.state.account(entry.user or issue.author).login
        id_ = next(self.state.ids)
        self.repository.comments[id_] = Comment(id_, issue.number, author, entry.body, at, at)

    def _label(self, name: str) -> Label:
        return self.repository.label(name) or self._add_label(name)

    def _assignee(self, login: str, place: str) -> str:
        login = self.state.login(login)
        if login not in self.pushers:
            raise ValueError(f"{place}.assignees: {login} is not assignable: add them to push")
        return login

    def _milestone(self, title: str | None, place: str) -> int | None:
        for milestone in self.repository.milestones.values():
            if milestone.title == title:
                return milestone.number
        if title is None:
            return None
        raise ValueError(f"{place}.milestone: there is no milestone {title!r}: add it")

    def _type(self, name: str | None, place: str) -> str | None:
        if name is None or name in [one.name for one in self.state.types_of(self.repository)]:
            return name
        raise ValueError(f"{place}.type: add {name!r} to the issue_types of the organization")


def _tie(state: State, name: str, entry: SeedRepository) -> None:
    """Ties the issues of one repository to their parents and blockers, wherever these are."""
    repository = state.repositories[name.lower()]
    for at, (issue, said) in enumerate(zip(list(repository.issues), entry.issues, strict=True)):
        place = f"repositories.{name}.issues[{at}]"
        if said.parent is not None:
            parent = _find(state, repository, said.parent, f"{place}.parent")
            me = repository.issues[issue]
            parent[0].put(replace(parent[1], sub_issues=(*parent[1].sub_issues, me.id)))
            repository.put(replace(repository.issues[issue], parent=parent[1].id))
        for reference in said.blocked_by:
            blocker = _find(state, repository, reference, f"{place}.blocked_by")
            me = repository.issues[issue]
            blocker[0].put(replace(blocker[1], blocking=(*blocker[1].blocking, me.id)))
            me = repository.issues[issue]
            repository.put(replace(me, blocked_by=(*me.blocked_by, blocker[1].id)))


def _find(
    state: State, here: Repository, reference: int | str, place: str
) -> tuple[Repository, Issue]:
    """`3` is an issue of the same repository, `acme/other#3` one of another."""
    name, _, number = str(reference).rpartition("#")
    repository = state.repository(name) if name else here
    issue = repository.issues.get(digits(number) or 0) if repository else None
    if not repository or not issue:
        raise ValueError(f"{place}: there is no issue {reference}")
    return repository, issue


def _anywhere(state: State, reference: str, place: str) -> tuple[Repository, Issue]:
    """As `_find`, of a reference that names its repository."""
    repository = state.repository(reference.rpartition("#")[0])
    if repository is None:
        raise ValueError(f"{place}: there is no issue {reference}")
    return _find(state, repository, reference, place)


def dump(state: State) -> dict[str, Any]:
    """The state as a seed: what is empty or as by default is left out; numbers are said."""
    users = {token: _user(state, held) for token, held in state.tokens.items()}
    organizations = {
        state.login(login): {
            "issue_types": [type_.name for type_ in types],
            **({"issue_fields": dump_fields(it)} if (it := state.fields.get(login)) else {}),
            **({"owners": sorted(owners)} if (owners := state.owners.get(login)) else {}),
        }
        for login, types in state.types.items()
    }
    repositories = {one.full_name: _repository(state, one) for one in state.repositories.values()}
    seed: dict[str, Any] = {
        "users": users,
        "organizations": organizations,
        "repositories": repositories,
        "projects": dump_projects(state),
        "enterprise": state.version,
    }
    return {name: entry for name, entry in seed.items() if entry}


def _user(state: State, token: Token) -> str | dict[str, Any]:
    levels = {"issues": token.issues, "hooks": token.hooks, "projects": token.projects}
    account = state.account(token.login)
    profile = {"name": account.name, "email": account.email}
    if set(levels.values()) == {"write"}:
        levels = {}
    elif token.projects == "write":
        del levels["projects"]
    said = {**levels, **{key: text for key, text in profile.items() if text}}
    return {"login": token.login, **said} if said else token.login


def _repository(state: State, repository: Repository) -> dict[str, Any]:
    labels = sorted(repository.labels.values(), key=lambda label: label.name.lower())
    return _said(
        SeedRepository,
        private=repository.private,
        internal=repository.internal,
        archived=repository.archived,
        has_issues=repository.has_issues,
        push=sorted(repository.pushers),
        read=sorted(repository.readers),
        labels=[
            _said(SeedLabel, name=one.name, color=one.color, description=one.description)
            for one in labels
        ],
        milestones=[
            _said(
                SeedMilestone,
                title=one.title,
                description=one.description,
                due_on=one.due_on,
                state=one.state,
            )
            for one in repository.milestones.values()
        ],
        issues=[_issue(state, repository, issue) for issue in repository.issues.values()],
    )


def _issue(state: State, repository: Repository, issue: Issue) -> dict[str, Any]:
    milestone = repository.milestones.get(issue.milestone or 0)
    parents = _references(state, repository, (issue.parent,) if issue.parent else ())
    return _said(
        SeedIssue,
        number=issue.number,
        title=issue.title,
        body=issue.body,
        user=issue.author,
        state=issue.state,
        state_reason=issue.state_reason,
        labels=[label.name for label in repository.labels_of(issue)],
        assignees=list(issue.assignees),
        milestone=milestone.title if milestone else None,
        type=issue.type,
        fields=dump_values(state, repository, issue),
        pull_request=issue.pull_request,
        locked=issue.locked,
        created_at=issue.created_at,
        updated_at=issue.updated_at,
        parent=parents[0] if parents else None,
        blocked_by=_references(state, repository, issue.blocked_by),
        comments=[
            {"body": comment.body, "user": comment.author, "created_at": comment.created_at}
            for comment in repository.comments_of(issue)
        ],
    )


def _references(state: State, here: Repository, ids: tuple[int, ...]) -> list[int | str]:
    return [
        issue.number if repository is here else f"{repository.full_name}#{issue.number}"
        for repository, issue in state.found(ids)
    ]


def _said(entry: type[Entry], **values: Any) -> dict[str, Any]:
    """What differs from the entry's defaults."""
    defaults = {name: field.default for name, field in entry.model_fields.items()}
    return {
        name: value
        for name, value in values.items()
        if (tuple(value) if isinstance(value, list) else value) != defaults[name]
    }
