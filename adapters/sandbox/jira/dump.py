"""A site as plain data, in the form that `seed` reads; what is empty is left out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from adapters.sandbox.jira import fields, rank
from adapters.sandbox.jira.state import (
    Field,
    Issue,
    IssueType,
    Option,
    Project,
    Site,
    Transition,
    User,
)

Data = dict[str, Any]


def dumped(site: Site) -> Data:
    custom = {key: name for name, (_, key) in fields.CUSTOM.items()}
    own = [field for field in site.fields.values() if _is_own(site, field)]
    return {
        "users": {user.credential: _user(site, user) for user in site.users.values()},
        "fields": [
            _full(
                name=field.name,
                type=custom[field.custom.rpartition(":")[2]],
                options=[_option(option) for option in field.options],
                types=[site.types[id_].name for id_ in sorted(field.types or ())],
            )
            for field in own
        ],
        "link_types": [
            {"name": one.name, "inward": one.inward, "outward": one.outward}
            for one in site.link_types.values()
        ],
        "resolutions": [one.name for one in site.resolutions.values()],
        "projects": {key: _project(site, project) for key, project in site.projects.items()},
        "issues": [_issue(site, issue) for issue in rank.ordered(site)],
    }


def _option(option: Option) -> Any:
    if not option.disabled and not option.children:
        return option.name
    children = [_option(child) for child in option.children]
    return _full(name=option.name, disabled=option.disabled or None, children=children)


def _is_own(site: Site, field: Field) -> bool:
    given = {one.id for one in (*fields.AGILE, fields.SPRINTS, *fields.SERVER_EPICS)}
    return bool(field.custom) and field.id not in given


def _full(**values: Any) -> Data:
    return {name: value for name, value in values.items() if value not in (None, [], (), {})}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _user(site: Site, user: User) -> Data:
    shown = _full(
        displayName=user.name, emailAddress=user.email, timeZone=user.zone, active=user.active
    )
    shown["accountId" if site.cloud else "name"] = user.id
    if user.permissions is not None:
        shown["permissions"] = sorted(user.permissions)
    if user.levels is not None:
        shown["levels"] = sorted(user.levels)
    return shown


def _project(site: Site, project: Project) -> Data:
    versions = [
        _full(
            name=version.name,
            description=version.description,
            released=version.released,
            archived=version.archived,
            releaseDate=version.released_on,
        )
        for version in project.versions
    ]
    return _full(
        id=project.id,
        name=project.name,
        types=[_type(project, type_) for type_ in project.types],
        statuses={status.name: status.category for status in project.statuses},
        workflow=[_transition(site, transition) for transition in project.transitions],
        priorities=[priority.name for priority in project.priorities],
        versions=versions,
        components=[component.name for component in project.components],
        levels=[level.name for level in project.levels],
        board=None if project.board == "scrum" else project.board,
        sprints=[
            _full(
                id=sprint.id,
                name=sprint.name,
                state=sprint.state,
                goal=sprint.goal,
                startDate=_time(sprint.started) if sprint.started else None,
                endDate=_time(sprint.ends) if sprint.ends else None,
                completeDate=_time(sprint.ended) if sprint.ended else None,
            )
            for sprint in site.sprints.values()
            if sprint.board == project.id
        ],
        screens={name: sorted(ids) for name, ids in project.screens.items()},
        required=sorted(project.required),
        open=project.open or None,
        archived=project.archived or None,
    )


def _type(project: Project, type_: IssueType) -> Data:
    own = project.own_statuses.get(type_.id, ())
    statuses = [status.name for status in project.statuses if status.id in own]
    return {"name": type_.name, "level": type_.level} | ({"statuses": statuses} if own else {})


def _transition(site: Site, transition: Transition) -> Data:
    sources = transition.sources
    names = [
        name
        for name, status in ((s.name, s) for s in site.statuses.values())
        if sources is not None and status.id in sources
    ]
    resolution = transition.resolution
    if resolution in site.resolutions:
        resolution = site.resolutions[resolution].name
    return _full(
        id=transition.id,
        name=transition.name,
        to=site.statuses[transition.to].name,
        fields=list(transition.screen),
        required=sorted(transition.required),
        checks=sorted(transition.checks),
        **{"if": sorted(transition.needs)},
    ) | {"from": "*" if sources is None else names, "resolution": resolution}


def _issue(site: Site, issue: Issue) -> Data:
    values = issue.values
    parent = site.issues.get(values.get("parent") or values.get(fields.EPIC_LINK) or "")
    versions = {version.id: version.name for version in issue.project.versions}
    components = {one.id: one.name for one in issue.project.components}
    levels = {one.id: one.name for one in issue.project.levels}
    names = {id_: one.name for id_, one in [*site.priorities.items()]}
    resolution = site.resolutions.get(values.get("resolution", ""))
    shown = _full(
        id=issue.id,
        key=issue.key,
        type=site.types[values["issuetype"]].name,
        summary=values["summary"],
        description=values.get("description"),
        status=site.statuses[values["status"]].name,
        resolution=resolution.name if resolution else None,
        labels=list(values.get("labels", ())),
        assignee=values.get("assignee"),
        reporter=values.get("reporter"),
        parent=parent.key if parent else None,
        links=[
            {"type": link.type.name, "outward": site.issues[link.target].key}
            for link in issue.links
            if link.source == issue.id
        ],
        fixVersions=[versions[id_] for id_ in values.get("fixVersions", ())],
        components=[components[id_] for id_ in values.get("components", ())],
        versions=[versions[id_] for id_ in values.get("versions", ())],
        environment=values.get("environment"),
        estimate=values.get(fields.STORY_POINTS),
        sprint=[site.sprints[id_].name for id_ in values.get(fields.SPRINT, ())],
        security=levels.get(values.get("security", "")),
        duedate=values.get("duedate"),
        created=_time(issue.created),
        updated=_time(issue.updated),
        properties=dict(issue.properties),
        fields=_own_values(site, issue),
    )
    return shown | {"priority": names.get(values.get("priority", ""))} | _attached(issue)


def _attached(issue: Issue) -> Data:
    comments = [
        _full(
            id=comment.id,
            author=comment.author,
            body=comment.body,
            created=_time(comment.created),
            updated=_time(comment.updated),
            visibility=comment.visibility,
            properties=dict(comment.properties) or None,
            internal=comment.internal or None,
        )
        for comment in issue.comments
    ]
    files = [
        _full(
            id=one.id,
            name=one.name,
            content=one.content.decode(errors="replace"),
            author=one.author,
            created=_time(one.created),
            type=one.type,
        )
        for one in issue.attachments
    ]
    remote = [_full(globalId=one.global_id, **one.content) for one in issue.remote_links]
    return _full(
        comments=comments, attachments=files, remote_links=remote, archived=issue.archived or None
    )


def _own_values(site: Site, issue: Issue) -> Data:
    held = [field for field in site.fields.values() if _is_own(site, field)]
    values = issue.values
    return {
        field.name: _own(issue, field, values[field.id]) for field in held if field.id in values
    }


def _own(issue: Issue, field: Field, value: Any) -> Any:
    names = {option.id: option.name for option in field.options}
    names |= {child.id: child.name for option in field.options for child in option.children}
    match field.kind:
        case "cascade":
            return [names[id_] for id_ in value.split("/")]
        case "version" | "versions":
            names = {version.id: version.name for version in issue.project.versions}
    if isinstance(value, tuple):
        return [names.get(one, one) for one in value]
    return names.get(value, value) if isinstance(value, str) else value
