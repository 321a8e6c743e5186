"""How each kind of field shows its value in an issue's JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from adapters.sandbox.jira.state import Field, Issue, Json, Label, Site

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
        "project": lambda view, field, issue: view.project(issue.project),
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
        "option": _option,
        "rank": lambda view, field, issue: rank_text(view.site, issue.rank),
    }
)
