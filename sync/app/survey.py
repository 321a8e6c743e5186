"""What the trackers hold, as far as settings name it: read once, to propose value maps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.github.client import GitHubClient
from adapters.github.labels import namespace_of, value_of
from adapters.github.project import listed
from adapters.jira.client import JiraClient
from adapters.jira.codec import GROUPS
from adapters.jira.project import Project, survey
from adapters.values import KNOWN, Vocabulary, usual
from config.schema import Backlog
from config.secrets import SecretError
from config.trackers import GitHubSettings, JiraSettings
from sync.app.build import Surroundings, adapter
from sync.app.people import Proposal, propose
from sync.model import FieldName, TrackerName
from sync.tracker import Person, TrackerError

LINE = re.compile(r"\S(?:.*\S)?")
"""As the settings take names: on one line, without spaces around."""
CARRIED = ("kind", "priority")
"""Fields that GitHub carries by labels of their name, unless another namespace has their values."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the names of one field on Jira say."""

    values: Mapping[str, str]
    """Canonical → Jira's own, where one means it."""
    others: Sequence[str] = ()
    """Jira's names that stand for no value of their own."""


@dataclass(frozen=True, slots=True)
class Space:
    """Labels of one namespace on GitHub that hold a field's values."""

    name: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """What was read of all trackers, and what was not, and why."""

    words: Mapping[FieldName, Words] = field(default_factory=dict)
    spaces: Mapping[FieldName, Space] = field(default_factory=dict)
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """GitHub's labels with a namespace: namespace → values."""
    releases: Mapping[TrackerName, Sequence[str]] = field(default_factory=dict)
    projects: Mapping[int, str] = field(default_factory=dict)
    """GitHub's Projects of the repository's owner: number → title."""
    criteria: Sequence[str] = ()
    """Jira's fields that look like acceptance criteria."""
    users: Sequence[Proposal] = ()
    public: bool = False
    """May everybody read the repository?"""
    unread: Mapping[TrackerName, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Notes:
    """What is gathered, tracker by tracker."""

    project: Project | None = None
    spaces: dict[FieldName, Space] = field(default_factory=dict)
    labels: dict[str, list[str]] = field(default_factory=dict)
    releases: dict[TrackerName, Sequence[str]] = field(default_factory=dict)
    projects: Mapping[int, str] = field(default_factory=dict)
    people: dict[TrackerName, Sequence[Person]] = field(default_factory=dict)
    public: bool = False
    unread: dict[TrackerName, str] = field(default_factory=dict)


def look_around(backlog: Backlog, around: Surroundings) -> Found:
    """Reads every tracker whose credential is there. Writes nothing, and raises nothing."""
    notes = _Notes()
    for name, settings in backlog.trackers.items():
        try:
            if isinstance(settings, JiraSettings):
                notes.project = _jira(name, settings, around)
                notes.releases[name] = notes.project.versions
            elif isinstance(settings, GitHubSettings):
                _github(name, settings, around, notes)
            else:
                continue
            one = adapter(backlog, name, around)
            one.open()
            notes.people[name] = one.people()
        except (SecretError, TrackerError) as error:
            notes.unread[name] = str(error)
    types = {name: backlog.trackers[name].type for name in notes.people}
    project = notes.project
    proposed = propose(notes.people, {name: {} for name in notes.people}, types)
    return Found(
        words=dict(_words(project)) if project else {},
        spaces=notes.spaces,
        labels=notes.labels,
        releases=notes.releases,
        projects=notes.projects,
        criteria=_criteria(project) if project else (),
        users=tuple(one for one in proposed if all(map(_holds, (one.person, *one.names.values())))),
        public=notes.public,
        unread=notes.unread,
    )


def _jira(name: TrackerName, settings: JiraSettings, around: Surroundings) -> Project:
    email = settings.auth.email
    client = JiraClient(
        name=name,
        url=settings.url,
        email=around.fetch(email) if email else None,
        token=around.fetch(settings.auth.token),
    )
    return survey(client, settings.project, settings.url, settings.deployment)


def _github(
    name: TrackerName, settings: GitHubSettings, around: Surroundings, notes: _Notes
) -> None:
    token = around.fetch(settings.auth.token)
    client = GitHubClient(name=name, repository=settings.repository, url=settings.url, token=token)
    repository = client.get_repository()
    notes.public = repository.public
    for label in client.labels():
        if space := namespace_of(label.name):
            notes.labels.setdefault(space, []).append(value_of(label.name))
    notes.spaces |= dict(_spaces(notes.labels))
    notes.releases[name] = tuple(one.title for one in client.milestones())
    notes.projects = listed(client.graphql, repository.organization)


def _words(project: Project) -> Iterator[tuple[FieldName, Words]]:
    groups = {one.name: GROUPS.get(one.category, ()) for one in project.statuses}
    yield "status", _said(Vocabulary("status", list(groups), None, groups))
    yield "priority", _said(Vocabulary("priority", project.priorities))
    yield "kind", _said(Vocabulary("kind", [one.name for one in project.types]))


def _said(words: Vocabulary) -> Words:
    """Each value's best name, and names that are the best of none."""
    best = {value: words.choices(value)[:1] for value in KNOWN[words.name]}
    chosen = {
        value: native
        for value, choices in best.items()
        for native in choices
        if words.decode(native) == value and _holds(native)
    }
    return Words(chosen, tuple(one for one in words.natives if one not in chosen.values()))


def _spaces(labels: Mapping[str, Sequence[str]]) -> Iterator[tuple[FieldName, Space]]:
    """Namespaces all of whose labels mean values of a field that has no namespace of its name."""
    for name in CARRIED:
        if name in labels:
            continue
        for space, values in sorted(labels.items()):
            meant = {usual(name, value): value for value in values}
            known = set(meant) <= set(KNOWN[name]) and all(map(_holds, (space, *values)))
            if known and len(meant) == len(values) > 1:
                yield name, Space(space, meant)
                break


def _criteria(project: Project) -> tuple[str, ...]:
    return tuple(
        one.name for one in project.fields if one.paragraph and "criteria" in one.name.casefold()
    )


def _holds(text: str) -> bool:
    """Can the settings hold that name?"""
    return LINE.fullmatch(text) is not None
