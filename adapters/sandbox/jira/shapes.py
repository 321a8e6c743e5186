"""What is shown: the JSON of issues and of all that they name, as one person sees it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from types import MappingProxyType
from zoneinfo import ZoneInfo

from adapters.sandbox.jira import adf, fields, showing
from adapters.sandbox.jira.state import (
    Change,
    Comment,
    Field,
    Issue,
    IssueType,
    Json,
    Label,
    Link,
    LinkType,
    Option,
    Project,
    Site,
    Status,
    Transition,
    User,
    Version,
)
from adapters.sandbox.jira.web import Ask

CATEGORIES: Mapping[str, tuple[int, str, str]] = MappingProxyType(
    {
        "new": (2, "To Do", "blue-gray"),
        "indeterminate": (4, "In Progress", "yellow"),
        "done": (3, "Done", "green"),
    }
)
"""Of statuses, by key: id, name and colour."""
HIDDEN = frozenset({"comment"})
"""Fields that `*navigable` leaves out."""


def zone(user: User) -> tzinfo:
    return UTC if user.zone == "UTC" else ZoneInfo(user.zone)


@dataclass(frozen=True)
class View:
    """A site as one person sees it through one version of the API."""

    site: Site
    user: User
    version: str = "2"

    @classmethod
    def of(cls, ask: Ask) -> View:
        return cls(ask.site, ask.user, ask.version)

    @cached_property
    def api(self) -> str:
        return f"{self.site.base}/rest/api/{self.version}"

    @cached_property
    def zone(self) -> tzinfo:
        return zone(self.user)

    def time(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def markup(self, kept: Json) -> Json:
        """A text or a comment: a document only in version 3 of Cloud."""
        if self.version == "3" or not self.site.cloud:
            return kept
        return adf.to_text(kept) if kept else None

    def person(self, id_: str | None) -> dict[str, Json] | None:
        if id_ is None:
            return None
        user = self.site.users[id_]
        avatars = {
            f"{n}x{n}": f"{self.site.base}/secure/useravatar?size={n}" for n in (16, 24, 32, 48)
        }
        shown = {"avatarUrls": avatars, "displayName": user.name, "active": user.active}
        shown["timeZone"] = user.zone
        if user.email:
            shown["emailAddress"] = user.email
        if self.site.cloud:
            self_ = {"self": f"{self.api}/user?accountId={id_}", "accountId": id_}
            return self_ | {"accountType": "atlassian"} | shown
        key = {"name": id_, "key": key_of(user)}
        return {"self": f"{self.api}/user?username={id_}"} | key | shown

    def issue_type(self, type_: IssueType) -> dict[str, Json]:
        shown = {
            "self": f"{self.api}/issuetype/{type_.id}",
            "id": type_.id,
            "description": "",
            "iconUrl": f"{self.site.base}/images/icons/issuetypes/{type_.id}.svg",
            "name": type_.name,
            "subtask": type_.level < 0,
        }
        return shown | {"hierarchyLevel": type_.level} if self.site.cloud else shown

    def status(self, status: Status) -> dict[str, Json]:
        number, name, colour = CATEGORIES[status.category]
        return {
            "self": f"{self.api}/status/{status.id}",
            "description": "",
            "iconUrl": f"{self.site.base}/images/icons/statuses/generic.png",
            "name": status.name,
            "id": status.id,
            "statusCategory": {
                "self": f"{self.api}/statuscategory/{number}",
                "id": number,
                "key": status.category,
                "colorName": colour,
                "name": name,
            },
        }

    def label(self, what: str, label: Label) -> dict[str, Json]:
        """A priority, a resolution, a component, a security level."""
        shown = {"self": f"{self.api}/{what}/{label.id}", "id": label.id, "name": label.name}
        if what == "priority":
            shown["iconUrl"] = f"{self.site.base}/images/icons/priorities/{label.id}.svg"
        return shown

    def option(self, option: Option) -> dict[str, Json]:
        """Data Center tells of each whether it is disabled."""
        self_ = f"{self.api}/customFieldOption/{option.id}"
        shown = {"self": self_, "value": option.name, "id": option.id}
        return shown if self.site.cloud else shown | {"disabled": option.disabled}

    def version_of(self, version: Version) -> dict[str, Json]:
        """A release."""
        shown = {
            "self": f"{self.api}/version/{version.id}",
            "id": version.id,
            "name": version.name,
            "archived": version.archived,
            "released": version.released,
            "projectId": int(version.project),
            "description": version.description,
            "releaseDate": version.released_on,
        }
        return {name: value for name, value in shown.items() if value is not None}

    def project(self, project: Project) -> dict[str, Json]:
        icon = f"{self.site.base}/secure/projectavatar"
        shown: dict[str, Json] = {
            "self": f"{self.api}/project/{project.id}",
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "software",
            "avatarUrls": {f"{n}x{n}": f"{icon}?size={n}" for n in (16, 24, 32, 48)},
            **({"archived": True} if project.archived else {}),
        }
        return shown | {"simplified": False} if self.site.cloud else shown

    def link_type(self, type_: LinkType) -> dict[str, Json]:
        return {
            "id": type_.id,
            "name": type_.name,
            "inward": type_.inward,
            "outward": type_.outward,
            "self": f"{self.api}/issueLinkType/{type_.id}",
        }

    def link(self, link: Link, of: Issue) -> dict[str, Json] | None:
        """As one of its two issues shows it; None where the other is not to be seen."""
        outward = link.source == of.id
        other = self.site.issues.get(link.target if outward else link.source)
        if other is None or not self.site.sees(self.user, other):
            return None
        return {
            "id": link.id,
            "self": f"{self.api}/issueLink/{link.id}",
            "type": self.link_type(link.type),
            "outwardIssue" if outward else "inwardIssue": self.reference(other),
        }

    def reference(self, issue: Issue) -> dict[str, Json]:
        """An issue as others show it: a few fields."""
        names = ("summary", "status", "priority", "issuetype")
        shown = {name: self.field(self.site.fields[name], issue) for name in names}
        self_ = f"{self.api}/issue/{issue.id}"
        return {"id": issue.id, "key": issue.key, "self": self_, "fields": shown}

    def comment(self, comment: Comment, issue: Issue, expand: str = "") -> dict[str, Json]:
        shown: dict[str, Json] = {
            "self": f"{self.api}/issue/{issue.id}/comment/{comment.id}",
            "id": comment.id,
            "author": self.person(comment.author),
            "body": self.markup(comment.body),
            "updateAuthor": self.person(comment.editor),
            "created": self.time(comment.created),
            "updated": self.time(comment.updated),
        }
        if comment.visibility:
            shown["visibility"] = dict(comment.visibility)
        if self.site.cloud:
            shown["jsdPublic"] = not comment.internal
        if "properties" in expand.split(","):
            shown["properties"] = [
                {"key": key, "value": value} for key, value in comment.properties.items()
            ]
        return shown

    def change(self, change: Change) -> dict[str, Json]:
        return {
            "id": change.id,
            "author": self.person(change.author),
            "created": self.time(change.created),
            "items": [dict(item) for item in change.items],
        }

    def field(self, field: Field, issue: Issue) -> Json:
        return showing.SHOW[field.kind](self, field, issue)

    def issue(
        self,
        issue: Issue,
        names: Sequence[str] | None = None,
        properties: Collection[str] = (),
        expand: str = "",
    ) -> dict[str, Json]:
        """`names` as the parameter `fields` gives them; None for all."""
        shown: dict[str, Json] = {
            "expand": "names,schema,transitions,editmeta,changelog",
            "id": issue.id,
            "self": f"{self.api}/issue/{issue.id}",
            "key": issue.key,
            "fields": self._fields(issue, names),
        }
        if properties:
            wanted = issue.properties if "*all" in properties else properties
            have = {key: issue.properties[key] for key in wanted if key in issue.properties}
            shown["properties"] = have
        if "changelog" in expand:
            changes = [self.change(change) for change in reversed(issue.history)]
            total = len(changes)
            counts = {"startAt": 0, "maxResults": total, "total": total}
            shown["changelog"] = counts | {"histories": changes}
        if "names" in expand:
            shown["names"] = {field.id: field.name for field in chosen(self.site, names)}
        return shown

    def _fields(self, issue: Issue, names: Sequence[str] | None) -> dict[str, Json]:
        """Those that the issue's type has; `parent` only where there is one."""
        type_ = self.site.types[issue.values["issuetype"]]
        shown = {
            field.id: self.field(field, issue)
            for field in chosen(self.site, names)
            if fields.applies(self.site, field, type_)
        }
        if shown.get("parent") is None:
            shown.pop("parent", None)
        return shown

    def transition(self, transition: Transition) -> dict[str, Json]:
        return {
            "id": transition.id,
            "name": transition.name,
            "to": self.status(self.site.statuses[transition.to]),
            "hasScreen": bool(transition.screen),
            "isGlobal": transition.sources is None,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
        }


def key_of(user: User) -> str:
    """Data Center's second name of a person, which never changes."""
    return f"JIRAUSER{sum(map(ord, user.id)) + 10_000}"


def chosen(site: Site, names: Sequence[str] | None) -> list[Field]:
    """What `*all`, `*navigable`, names, and names with a minus choose. Unknown ones: nothing."""
    everything = list(site.fields.values())
    if names is None:
        return everything
    dropped = {name[1:] for name in names if name.startswith("-")}
    wanted = {name for name in names if not name.startswith("-")} or {"*navigable"}
    if "*all" in wanted:
        wanted = {field.id for field in everything}
    elif "*navigable" in wanted:
        wanted |= {field.id for field in everything} - HIDDEN
    return [field for field in everything if field.id in wanted - dropped]


def schema(field: Field) -> dict[str, Json]:
    kind = fields.KINDS[field.kind]
    shown: dict[str, Json] = {"type": kind.type}
    if kind.items:
        shown["items"] = kind.items
    if field.custom:
        return shown | {"custom": field.custom, "customId": int(field.id.partition("_")[2])}
    return shown | {"system": field.id}
