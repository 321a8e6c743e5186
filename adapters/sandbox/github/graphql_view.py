"""What the stand-in holds, as GraphQL's types: each a mapping whose callables are resolvers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from adapters.sandbox.github.events import edited, events_of, parts_of
from adapters.sandbox.github.projects import BUILT_IN, Field, Held, Item, Project, Refusal
from adapters.sandbox.github.shapes import node_id
from adapters.sandbox.github.state import Account, Event, Issue, Level, Repository, State

Node: TypeAlias = dict[str, Any]
MOST = 100
FIELD_TYPES = {
    "single_select": "ProjectV2SingleSelectField",
    "iteration": "ProjectV2IterationField",
}
FIELD_PREFIXES = {"single_select": "PVTSSF", "iteration": "PVTIF"}
VALUE_TYPES = {
    "single_select": "ProjectV2ItemFieldSingleSelectValue",
    "iteration": "ProjectV2ItemFieldIterationValue",
    "number": "ProjectV2ItemFieldNumberValue",
    "date": "ProjectV2ItemFieldDateValue",
    "text": "ProjectV2ItemFieldTextValue",
}

T = TypeVar("T")


def parse_id(text: str) -> tuple[str, int]:
    """The prefix and number of a node's id. Refusal where it is none."""
    prefix, mark, rest = text.partition("_kwDO")
    try:
        number = int.from_bytes(base64.urlsafe_b64decode(rest)) if mark else 0
    except (binascii.Error, ValueError):
        number = 0
    if number and node_id(prefix, number) == text:
        return prefix, number
    raise no_node(text)


def no_node(text: str) -> Refusal:
    return Refusal("NOT_FOUND", f"Could not resolve to a node with the global id of '{text}'")


@dataclass(frozen=True)
class View:
    """Everything as one account sees it."""

    state: State
    login: str
    projects: Level
    """What the token may do to projects."""
    base: str
    now: datetime

    # Accounts and repositories

    def owner(self, _: Any, login: str) -> Node | None:
        account = self.state.accounts.get(login.lower())
        return self.account(account) if account else None

    def user(self, _: Any, login: str) -> Node | None:
        return self._account_of(login, "User")

    def organization(self, _: Any, login: str) -> Node | None:
        return self._account_of(login, "Organization")

    def _account_of(self, login: str, type_: str) -> Node:
        account = self.state.accounts.get(login.lower())
        if account and account.type == type_:
            return self.account(account)
        said = "a User" if type_ == "User" else "an Organization"
        raise Refusal("NOT_FOUND", f"Could not resolve to {said} with the login of '{login}'.")

    def account(self, account: Account) -> Node:
        kind = account.type
        return {
            "__typename": kind,
            "id": node_id("U" if kind == "User" else "O", account.id),
            "login": account.login,
            "url": f"{self.base}/{account.login}",
            "projectV2": lambda _, number: self.project(account.login, number),
            "projectsV2": lambda _, **page: self.projects_of(account.login, page),
            "repository": lambda _, name, **__: self.repository(_, account.login, name),
        }

    def repository(self, _: Any, owner: str, name: str, **__: Any) -> Node:
        found = self.state.repository(f"{owner}/{name}")
        if found and found.readable(self.login):
            return self.repository_node(found)
        said = f"'{owner}/{name}'"
        raise Refusal("NOT_FOUND", f"Could not resolve to a Repository with the name {said}.")

    def repository_node(self, repository: Repository) -> Node:
        def issue(_: Any, number: int) -> Node:
            found = repository.issues.get(number)
            if found and not found.pull_request:
                return self.issue(repository, found)
            said = f"the number of {number}"
            raise Refusal("NOT_FOUND", f"Could not resolve to an Issue with {said}.")

        return {
            "__typename": "Repository",
            "id": node_id("R", repository.id),
            "name": repository.name,
            "nameWithOwner": repository.full_name,
            "isPrivate": repository.private,
            "url": f"{self.base}/{repository.full_name}",
            "owner": lambda _: self.account(self.state.account(repository.owner)),
            "issue": issue,
        }

    def issue(self, repository: Repository, issue: Issue) -> Node:
        kind = "PullRequest" if issue.pull_request else "Issue"
        path = "pull" if issue.pull_request else "issues"
        edit = edited(self.state, issue)
        return {
            "__typename": kind,
            "id": node_id("PR" if issue.pull_request else "I", issue.id),
            "number": issue.number,
            "title": issue.title,
            "updatedAt": issue.updated_at,
            "url": f"{self.base}/{repository.full_name}/{path}/{issue.number}",
            "repository": lambda _: self.repository_node(repository),
            "projectItems": lambda _, **page: self._items_of(issue, **page),
            "timelineItems": lambda _, itemTypes=None, **page: self._events(
                f"{self.base}/{repository.full_name}", issue, itemTypes or (), page
            ),
            "lastEditedAt": edit.at if edit else None,
            "editor": self.actor(edit.actor) if edit else None,
        }

    def _events(
        self, url: str, issue: Issue, types: Sequence[str], page: Mapping[str, Any]
    ) -> Node:
        def node(one: Event) -> Node:
            return {**parts_of(one, issue, url), "actor": self.actor(one.actor)}

        told = events_of(self.state, issue, types)
        return connection(told, lambda one: one.id, node, "timelineItems", page)

    def actor(self, login: str) -> Node:
        return self.account(self.state.account(login))

    def _items_of(self, issue: Issue, includeArchived: bool = True, **page: Any) -> Node:
        found = [
            (project, item)
            for project in self.state.projects
            if self.may_read(project) and (item := project.of(issue.id))
            if includeArchived or not item.archived
        ]
        key = "projectItems"
        return connection(found, lambda one: one[1].id, lambda one: self.item(*one), key, page)

    # Projects

    def may_write(self, project: Project) -> bool:
        if project.writers is not None:
            return self.login in project.writers
        owned = [one for one in self.state.repositories.values() if one.owner == project.owner]
        return self.login == project.owner or any(one.pushable(self.login) for one in owned)

    def may_read(self, project: Project) -> bool:
        reads = project.public or self.login in project.readers or self.may_write(project)
        return reads and self.projects != "none"

    def project(self, owner: str, number: int) -> Node:
        if self.projects == "none":
            raise Refusal("FORBIDDEN", "Resource not accessible by personal access token")
        found = self.state.project(owner, number)
        if found and self.may_read(found):
            return self.project_node(found)
        said = f"the number {number}"
        raise Refusal("NOT_FOUND", f"Could not resolve to a ProjectV2 with {said}.")

    def projects_of(self, owner: str, page: Mapping[str, Any]) -> Node:
        """Those that may be read, the newest first."""
        if self.projects == "none":
            raise Refusal("FORBIDDEN", "Resource not accessible by personal access token")
        own = (one for one in self.state.projects if one.owner.lower() == owner.lower())
        found = sorted(filter(self.may_read, own), key=lambda one: -one.number)
        return connection(found, lambda one: one.id, self.project_node, "projectsV2", page)

    def project_node(self, project: Project) -> Node:
        fields = list(project.fields.values())

        def items(_: Any, orderBy: Mapping[str, str], **page: Any) -> Node:
            down = orderBy["direction"] == "DESC"
            seen = self.items(project)[::-1] if down else self.items(project)
            return connection(seen, _id, lambda one: self.item(project, one), "items", page)

        def field(_: Any, name: str) -> Node | None:
            found = project.field_named(name)
            return self.field(project, found) if found else None

        account = self.state.account(project.owner)
        place = "orgs" if account.type == "Organization" else "users"
        return {
            "__typename": "ProjectV2",
            "id": node_id("PVT", project.id),
            "number": project.number,
            "title": project.title,
            "public": project.public,
            "closed": project.closed,
            "viewerCanUpdate": self.projects == "write" and self.may_write(project),
            "owner": lambda _: self.account(account),
            "url": f"{self.base}/{place}/{project.owner}/projects/{project.number}",
            "field": field,
            "fields": lambda _, orderBy=None, **page: connection(
                fields, _id, lambda one: self.field(project, one), "fields", page
            ),
            "items": items,
        }

    def items(self, project: Project) -> list[Item]:
        """Those whose issue was not deleted."""
        return [one for one in project.items if one.content is None or self.state.find(one.content)]

    def field(self, project: Project, field: Field) -> Node:
        def iterations(completed: bool) -> list[Node]:
            return [
                {"id": i.id, "title": i.title, "startDate": i.start, "duration": i.duration}
                for i in field.iterations
                if i.completed == completed
            ]

        def options(_: Any, names: Sequence[str] | None = None) -> list[Node]:
            wanted = [one for one in field.options if names is None or one.name in names]
            return [
                {"id": o.id, "name": o.name, "color": o.color, "description": o.description}
                for o in wanted
            ]

        return {
            "__typename": FIELD_TYPES.get(field.kind, "ProjectV2Field"),
            "id": field_id(field),
            "name": field.name,
            "dataType": field.data_type,
            "project": lambda _: self.project_node(project),
            "options": options,
            "configuration": {
                "iterations": iterations(False),
                "completedIterations": iterations(True),
            },
        }

    def item(self, project: Project, item: Item) -> Node:
        place = self.state.find(item.content)
        hidden = place is not None and not place[0].readable(self.login)
        kind = "DRAFT_ISSUE"
        if place:
            kind = "PULL_REQUEST" if place[1].pull_request else "ISSUE"

        def content(_: Any) -> Node | None:
            if place:
                return None if hidden else self.issue(*place)
            return {
                "__typename": "DraftIssue",
                "id": node_id("DI", item.id),
                "title": item.title,
                "body": "",
                "createdAt": item.created_at,
                "updatedAt": item.updated_at,
            }

        def by_name(_: Any, name: str) -> Node | None:
            field = project.field_named(name)
            return self.value(project, item, field) if field else None

        def values(_: Any, **page: Any) -> Node:
            fields = list(project.fields.values())
            shown = [one for one in fields if self.value(project, item, one) is not None]
            page.pop("orderBy", None)
            return connection(
                shown, _id, lambda one: self.value(project, item, one), "fieldValues", page
            )

        return {
            "__typename": "ProjectV2Item",
            "id": node_id("PVTI", item.id),
            "type": "REDACTED" if hidden else kind,
            "isArchived": item.archived,
            "createdAt": item.created_at,
            "updatedAt": item.updated_at,
            "project": lambda _: self.project_node(project),
            "content": content,
            "fieldValueByName": by_name,
            "fieldValues": values,
        }

    def value(self, project: Project, item: Item, field: Field) -> Node | None:
        held = self._title(item) if field.kind == "TITLE" else item.values.get(field.id)
        if held is None or (field.name in BUILT_IN and field.kind != "TITLE"):
            return None
        return {
            "__typename": VALUE_TYPES.get(field.kind, "ProjectV2ItemFieldTextValue"),
            "id": node_id("PVTFV", item.id),
            "field": lambda _: self.field(project, field),
            "item": lambda _: self.item(project, item),
            **_parts(field, held),
        }

    def _title(self, item: Item) -> str | None:
        place = self.state.find(item.content)
        if not place:
            return item.title
        return place[1].title if place[0].readable(self.login) else None

    # By id

    def node(self, _: Any, id: str) -> Node:
        prefix, number = parse_id(id)
        match prefix:
            case "I" | "PR":
                place = self.state.find(number)
                if place and place[0].readable(self.login):
                    return self.issue(*place)
            case "PVT":
                return self.project_node(self.project_by(id))
            case "PVTI":
                for project in filter(self.may_read, self.state.projects):
                    for item in self.items(project):
                        if item.id == number:
                            return self.item(project, item)
            case "R":
                for repository in self.state.repositories.values():
                    if repository.id == number and repository.readable(self.login):
                        return self.repository_node(repository)
        raise no_node(id)

    def nodes(self, info: Any, ids: Sequence[str]) -> list[Node | Refusal]:
        """One that is not there is an error of its own, and null."""

        def one(id_: str) -> Node | Refusal:
            try:
                return self.node(info, id_)
            except Refusal as refusal:
                return refusal

        return [one(id_) for id_ in ids]

    def project_by(self, id_: str) -> Project:
        prefix, number = parse_id(id_)
        if self.projects == "none":
            raise Refusal("FORBIDDEN", "Resource not accessible by personal access token")
        for project in self.state.projects:
            if prefix == "PVT" and project.id == number and self.may_read(project):
                return project
        raise no_node(id_)


def field_id(field: Field) -> str:
    return node_id(FIELD_PREFIXES.get(field.kind, "PVTF"), field.id)


def _id(one: Item | Field) -> int:
    return one.id


def _parts(field: Field, held: Held) -> Node:
    if option := field.option(held):
        return {"name": option.name, "optionId": option.id}
    if it := field.iteration(held):
        return {
            "title": it.title,
            "iterationId": it.id,
            "startDate": it.start,
            "duration": it.duration,
        }
    return {"number" if field.kind == "number" else field.kind.lower(): held, "text": held}


def connection(
    entries: Sequence[T],
    id_of: Callable[[T], int],
    shape: Callable[[T], Node | None],
    name: str,
    page: Mapping[str, Any],
) -> Node:
    """One page, as `first`/`after` or `last`/`before` ask for it; a cursor is an entry's id."""
    first, last = page.get("first"), page.get("last")
    size = first if first is not None else last
    if size is None:
        said = f"You must provide a `first` or `last` value to properly paginate the `{name}`"
        raise Refusal("MISSING_PAGINATION_BOUNDARIES", f"{said} connection.")
    limit = "first" if first is not None else "last"
    if size > MOST:
        said = f"Requesting {size} records on the `{name}` connection exceeds the `{limit}`"
        raise Refusal("EXCESSIVE_PAGINATION", f"{said} limit of {MOST} records.")
    if size < 0:
        raise Refusal("INVALID_CURSOR_ARGUMENTS", f"`{limit}` cannot be negative.")
    places = {cursor(id_of(entry)): at for at, entry in enumerate(entries)}
    for key in ("after", "before"):
        if page.get(key) and page[key] not in places:
            said = f"`{page[key]}` does not appear to be a valid cursor."
            raise Refusal("INVALID_CURSOR_ARGUMENTS", said)
    start = places[page["after"]] + 1 if page.get("after") else 0
    end = places[page["before"]] if page.get("before") else len(entries)
    if first is not None:
        end = min(end, start + first)
    else:
        start = max(start, end - size)
    shown = entries[start:end]
    return {
        "totalCount": len(entries),
        "nodes": [shape(entry) for entry in shown],
        "pageInfo": {
            "hasNextPage": end < len(entries),
            "hasPreviousPage": start > 0,
            "startCursor": cursor(id_of(shown[0])) if shown else None,
            "endCursor": cursor(id_of(shown[-1])) if shown else None,
        },
    }


def cursor(id_: int) -> str:
    return base64.urlsafe_b64encode(f"cursor:{id_}".encode()).decode()
