"""How each kind of field shows its value in an issue's JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from adapters.sandbox.jira.state import Attachment, Field, Issue, Json, Label, Site, Sprint

if TYPE_CHECKING:
    from adapters.sandbox.jira.shapes import View


def _plain(view: View, field: Field, issue: Issue) -> Json:
    return issue.values.get(field.id)


def _text(view: View, field: Field, issue: Issue) -> Json:
    return view.markup(issue.values.get(field.id))


def _one(
    table: Callable[[View, Issue], Mapping[str, Label]], what: str
) -> Callable[[View, Field, Issue], Json]:
    def show(view: View, field: Field, issue: Issue) -> Json:
        id_ = issue.values.get(field.id)
        return None if id_ is None else view.label(what, table(view, issue)[id_])

    return show


def _user(view: View, field: Field, issue: Issue) -> Json:
    return view.person(issue.creator if field.id == "creator" else issue.values.get(field.id))


def _moment(view: View, field: Field, issue: Issue) -> Json:
    moments = {"created": issue.created, "updated": issue.updated}
    moment = moments.get(field.id) or issue.values.get(field.id)
    return None if moment is None else view.time(moment)


def _parent(view: View, field: Field, issue: Issue) -> Json:
    parent = view.site.issues.get(issue.values.get(field.id, ""))
    return view.reference(parent) if parent and view.site.sees(view.user, parent) else None


def _epic(view: View, field: Field, issue: Issue) -> Json:
    epic = view.site.issues.get(issue.values.get(field.id, ""))
    return epic.key if epic else None


def _children(view: View, field: Field, issue: Issue) -> Json:
    """Sub-tasks alone: what lies in an epic is not among them."""
    if view.site.types[issue.values["issuetype"]].level != 0:
        return []
    seen = (child for child in view.site.children(issue) if view.site.sees(view.user, child))
    return [view.reference(child) for child in seen]


def _links(view: View, field: Field, issue: Issue) -> Json:
    return [shown for link in issue.links if (shown := view.link(link, issue))]


def _versions(view: View, field: Field, issue: Issue) -> Json:
    known = {version.id: version for version in issue.project.versions}
    return [view.version_of(known[id_]) for id_ in issue.values.get(field.id, ())]


def _components(view: View, field: Field, issue: Issue) -> Json:
    known = {component.id: component for component in issue.project.components}
    return [view.label("component", known[id_]) for id_ in issue.values.get(field.id, ())]


def _comments(view: View, field: Field, issue: Issue) -> Json:
    total, most = len(issue.comments), view.site.quirks.comments_shown
    comments = [view.comment(comment, issue) for comment in issue.comments[:most]]
    return {"comments": comments, "maxResults": len(comments), "total": total, "startAt": 0}


def _restriction(view: View, field: Field, issue: Issue) -> Json:
    roles = issue.values.get(field.id, ())
    told = [{"value": role, "displayValue": role} for role in roles]
    return {"issuerestrictions": {"projectrole": told} if told else {}, "shouldDisplay": True}


def _options(view: View, field: Field, issue: Issue) -> Json:
    known = {option.id: option for option in field.options}
    return [view.option(known[id_]) for id_ in issue.values.get(field.id, ())] or None


def _cascade(view: View, field: Field, issue: Issue) -> Json:
    kept = issue.values.get(field.id)
    if kept is None:
        return None
    first, _, second = kept.partition("/")
    parent = next(option for option in field.options if option.id == first)
    child = next((option for option in parent.children if option.id == second), None)
    return view.option(parent) | ({"child": view.option(child)} if child else {})


def _users(view: View, field: Field, issue: Issue) -> Json:
    return [view.person(id_) for id_ in issue.values.get(field.id, ())] or None


def _version(view: View, field: Field, issue: Issue) -> Json:
    known = {version.id: version for version in issue.project.versions}
    id_ = issue.values.get(field.id)
    return None if id_ is None else view.version_of(known[id_])


def _custom_moment(view: View, field: Field, issue: Issue) -> Json:
    kept = issue.values.get(field.id)
    return None if kept is None else view.time(datetime.fromisoformat(kept))


def _attachments(view: View, field: Field, issue: Issue) -> Json:
    return [attachment_shown(view, one) for one in issue.attachments]


def attachment_shown(view: View, one: Attachment) -> dict[str, Json]:
    """On Cloud its content is at the API, else at the address that people open."""
    base, path = view.site.base, f"{one.id}/{quote(one.name, safe='')}"
    content = f"{view.api}/attachment/content/{one.id}"
    return {
        "self": f"{view.api}/attachment/{one.id}",
        "id": one.id,
        "filename": one.name,
        "author": view.person(one.author),
        "created": view.time(one.created),
        "size": len(one.content),
        "mimeType": one.type,
        "content": content if view.site.cloud else f"{base}/secure/attachment/{path}",
    }


def _sprints(view: View, field: Field, issue: Issue) -> Json:
    """A sub-task is in its parent's. Older Data Centers show texts."""
    holder = issue
    if view.site.types[issue.values["issuetype"]].level < 0:
        holder = view.site.issues.get(issue.values.get("parent", ""), issue)
    held = [view.site.sprints[id_] for id_ in holder.values.get(field.id, ())]
    if view.site.quirks.old_sprints:
        return [_sprint_text(view, one) for one in held] or None
    return [_sprint(view, one) for one in held] or None


def _sprint(view: View, one: Sprint) -> dict[str, Json]:
    shown = sprint_shown(view, one)
    board = shown.pop("originBoardId")
    del shown["self"]
    return shown | ({"boardId": board} if view.site.cloud else {"rapidViewId": board})


def _sprint_text(view: View, one: Sprint) -> str:
    times = [view.time(moment) if moment else "<null>" for moment in _times(one)]
    return (
        f"com.atlassian.greenhopper.service.sprint.Sprint@{int(one.id):x}[id={one.id},"
        f"rapidViewId={one.board},state={one.state.upper()},name={one.name},startDate={times[0]},"
        f"endDate={times[1]},completeDate={times[2]},sequence={one.id},goal={one.goal or ''}]"
    )


def sprint_shown(view: View, one: Sprint) -> dict[str, Json]:
    """As Jira Software's own API shows it."""
    started, ends, ended = (view.time(moment) if moment else None for moment in _times(one))
    shown = {
        "id": int(one.id),
        "self": f"{view.site.base}/rest/agile/1.0/sprint/{one.id}",
        "state": one.state,
        "name": one.name,
        "startDate": started,
        "endDate": ends,
        "completeDate": ended,
        "originBoardId": int(one.board),
        "goal": one.goal or "",
    }
    return {name: value for name, value in shown.items() if value is not None}


def _times(one: Sprint) -> tuple[datetime | None, datetime | None, datetime | None]:
    return one.started, one.ends, one.ended


def _option(view: View, field: Field, issue: Issue) -> Json:
    known = {option.id: option for option in field.options}
    id_ = issue.values.get(field.id)
    return None if id_ is None else view.option(known[id_])


def rank_text(site: Site, rank: int) -> str:
    """As LexoRank looks: `0|i0000r:`."""
    digits = ""
    for _ in range(6):
        rank, digit = divmod(rank, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return f"{site.bucket}|{digits}:"


SHOW: Mapping[str, Callable[[View, Field, Issue], Json]] = MappingProxyType(
    {
        "line": _plain,
        "number": _plain,
        "date": _plain,
        "text": _text,
        "labels": lambda view, field, issue: list(issue.values.get(field.id, ())),
        "type": lambda view, field, issue: view.issue_type(view.site.types[issue.values[field.id]]),
        "status": lambda view, field, issue: view.status(
            view.site.statuses[issue.values[field.id]]
        ),
        "project": lambda view, field, issue: None if field.custom else view.project(issue.project),
        "priority": _one(lambda view, issue: view.site.priorities, "priority"),
        "resolution": _one(lambda view, issue: view.site.resolutions, "resolution"),
        "security": _one(
            lambda view, issue: {level.id: level for level in issue.project.levels}, "securitylevel"
        ),
        "user": _user,
        "datetime": _moment,
        "parent": _parent,
        "epic": _epic,
        "children": _children,
        "links": _links,
        "versions": _versions,
        "components": _components,
        "comments": _comments,
        "restriction": _restriction,
        "option": _option,
        "url": _plain,
        "moment": _custom_moment,
        "options": _options,
        "cascade": _cascade,
        "users": _users,
        "version": _version,
        "group": lambda view, field, issue: None,
        "sprint": _sprints,
        "sprint-text": _sprints,
        "attachments": _attachments,
        "rank": lambda view, field, issue: rank_text(view.site, issue.rank),
    }
)
