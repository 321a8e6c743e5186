"""What a change leaves behind: the issue's history, `updated`, and the events for webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from adapters.sandbox.jira import adf, fields
from adapters.sandbox.jira.shapes import View
from adapters.sandbox.jira.state import (
    Change,
    Comment,
    Field,
    Issue,
    Json,
    Link,
    Named,
    Project,
    Site,
    User,
    Version,
)
from adapters.sandbox.jira.values import Stored

Told = tuple[str | None, str | None]
SILENT = frozenset({"resolutiondate"})
"""Fields that the history does not speak of."""
SKETCHED = ("summary", "issuetype", "project", "assignee", "priority", "status")
CALLED: Mapping[str, str] = {
    "fixVersions": "Fix Version",
    "components": "Component",
    "parent": "IssueParentAssociation",
}
"""Fields that the history calls by another name."""


def apply(site: Site, user: User, issue: Issue, new: Mapping[str, Stored]) -> bool:
    """Sets the values; says whether that changed anything. If not, `updated` stays."""
    items: list[Mapping[str, Json]] = []
    for name, value in new.items():
        before = issue.values.get(name)
        if value != before and name not in SILENT:
            items += described(site, issue.project, site.fields[name], before, value)
    if not items:
        return False
    site.before_write(issue)
    for name, value in new.items():
        if value is None:
            issue.values.pop(name, None)
        else:
            issue.values[name] = value
    site.touch(issue)
    record(site, user, issue, items)
    return True


def record(site: Site, user: User, issue: Issue, items: Iterable[Mapping[str, Json]]) -> None:
    """Adds to the issue's history, and tells its listeners."""
    change = Change(str(site.new_id()), user.id, issue.updated, tuple(items))
    issue.history.append(change)
    changelog = {"id": change.id, "items": [dict(item) for item in change.items]}
    kind = {item["field"] for item in change.items}
    about = "issue_generic" if "status" in kind else "issue_updated"
    if kind == {"assignee"}:
        about = "issue_assigned"
    publish_issue(site, user, issue, ("jira:issue_updated", about), changelog)


def item(site: Site, field: Field, before: Told, after: Told) -> Mapping[str, Json]:
    return {
        "field": CALLED.get(field.id, field.name if field.custom else field.id),
        "fieldtype": "custom" if field.custom else "jira",
        **({"fieldId": field.id} if site.cloud else {}),
        "from": before[0],
        "fromString": before[1],
        "to": after[0],
        "toString": after[1],
    }


def described(
    site: Site, project: Project, field: Field, before: Stored, after: Stored
) -> list[Mapping[str, Json]]:
    """The history's items for one field; versions and components have one for each element."""

    def tell(value: Stored) -> Told:
        return told(site, project, field, value)

    if field.kind not in ("versions", "components"):
        return [item(site, field, tell(before), tell(after))]
    gone, come = set(before or ()) - set(after or ()), set(after or ()) - set(before or ())
    removed = [item(site, field, tell(one), tell(None)) for one in sorted(gone)]
    return removed + [item(site, field, tell(None), tell(one)) for one in sorted(come)]


def told(site: Site, project: Project, field: Field, value: Stored) -> Told:
    """A value in the history: its id where it has one, and its words."""
    if value is None:
        return None, None
    match field.kind:
        case "type":
            return value, site.types[value].name
        case "status":
            return value, site.statuses[value].name
        case "priority":
            return value, site.priorities[value].name
        case "resolution":
            return value, site.resolutions[value].name
        case "user":
            return value, site.users[value].name
        case "parent" | "epic":
            linked = site.issues.get(value)
            return value, linked.key if linked else None
        case "text":
            return None, adf.to_text(value) if site.cloud else value
        case "labels":
            return None, " ".join(value)
        case "number":
            return None, f"{value:g}"
        case "options" | "users" | "sprint" | "sprint-text":
            entries: dict[str, Named] = {one.id: one for one in field.options}
            entries |= {**site.users, **site.sprints}
            return ", ".join(value), ", ".join(entries[one].name for one in value)
        case "versions" | "version" | "components" | "security" | "option":
            known: list[Named] = [*project.versions, *project.components]
            known += [*project.levels, *field.options]
            return value, next((one.name for one in known if one.id == value), None)
    return None, str(value)


def publish_issue(
    site: Site, user: User, issue: Issue, name: tuple[str, str], changelog: Json = None
) -> None:
    """An event about an issue, by its name and `issue_event_type_name` ("": none).

    It shows the issue as version 2 of the API does: its description is a text.
    """
    if not site.webhooks:
        return
    view = View(site, user)
    event = stamped(site, name[0]) | ({"issue_event_type_name": name[1]} if name[1] else {})
    event |= {
        "user": without_email(view.person(user.id)),
        "issue": view.issue(issue, ["*all", "-comment"]),
    }
    if changelog is not None:
        event["changelog"] = changelog
    site.outbox.append((event, issue))


def publish_comment(site: Site, user: User, name: str, issue: Issue, comment: Comment) -> None:
    """`comment_created` and its like. They carry a few fields of the issue only, on Cloud alone."""
    if not site.webhooks:
        return
    view = View(site, user)
    event = stamped(site, name) | {"comment": view.comment(comment, issue)}
    if site.cloud:
        event["issue"] = view.issue(issue, SKETCHED)
    site.outbox.append((event, issue))


def stamped(site: Site, name: str) -> dict[str, Json]:
    return {"timestamp": int(site.now().timestamp() * 1000), "webhookEvent": name}


def publish_link(site: Site, name: str, link: Link) -> None:
    """`issuelink_created` and `issuelink_deleted`: ids alone."""
    shown = {
        "id": int(link.id),
        "sourceIssueId": int(link.source),
        "destinationIssueId": int(link.target),
        "issueLinkType": {
            "id": int(link.type.id),
            "name": link.type.name,
            "outwardName": link.type.outward,
            "inwardName": link.type.inward,
            "isSubTaskLinkType": False,
            "isSystemLinkType": False,
        },
        "sequence": None,
        "systemLink": False,
    }
    site.outbox.append((stamped(site, name) | {"issueLink": shown}, None))


def publish_version(site: Site, user: User, name: str, version: Version) -> None:
    shown = View(site, user).version_of(version)
    site.outbox.append((stamped(site, name) | {"version": shown}, None))


def without_email(person: Json) -> Json:
    return {name: value for name, value in person.items() if name != "emailAddress"}


def first_items(site: Site, issue: Issue) -> Json:
    """The changelog of a new issue, as webhooks carry it; the history does not keep it."""
    names = [name for name in issue.values if fields.KINDS[site.fields[name].kind].read]
    items: list[Mapping[str, Json]] = []
    for name in ["status", *names]:
        value = issue.values[name]
        items += described(site, issue.project, site.fields[name], None, value)
    return {"id": str(site.new_id()), "items": items}
