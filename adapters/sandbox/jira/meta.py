"""What there is to know about a site before its issues: projects, fields, names with ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC
from types import MappingProxyType

from starlette.responses import Response

from adapters.sandbox.jira.shapes import View, schema
from adapters.sandbox.jira.state import Field, Json, Label
from adapters.sandbox.jira.web import Ask, Refused, Route, answer, page

PERMISSIONS: Mapping[str, str] = MappingProxyType(
    {
        "ADMINISTER": "Administer Jira",
        "ADMINISTER_PROJECTS": "Administer Projects",
        "BROWSE_PROJECTS": "Browse Projects",
        "CREATE_ISSUES": "Create Issues",
        "EDIT_ISSUES": "Edit Issues",
        "ASSIGN_ISSUES": "Assign Issues",
        "ASSIGNABLE_USER": "Assignable User",
        "TRANSITION_ISSUES": "Transition Issues",
        "SCHEDULE_ISSUES": "Schedule Issues",
        "LINK_ISSUES": "Link Issues",
        "MOVE_ISSUES": "Move Issues",
        "DELETE_ISSUES": "Delete Issues",
        "ADD_COMMENTS": "Add Comments",
        "EDIT_ALL_COMMENTS": "Edit All Comments",
        "DELETE_ALL_COMMENTS": "Delete All Comments",
        "MODIFY_REPORTER": "Modify Reporter",
        "SET_ISSUE_SECURITY": "Set Issue Security",
        "CREATE_ATTACHMENTS": "Create Attachments",
        "DELETE_ALL_ATTACHMENTS": "Delete All Attachments",
        "BULK_CHANGE": "Make bulk changes",
    }
)
GLOBAL = frozenset({"ADMINISTER", "BULK_CHANGE"})


def server_info(ask: Ask) -> Response:
    site = ask.site
    version = "1001.0.0-SNAPSHOT" if site.cloud else "10.3.2"
    return answer(
        {
            "baseUrl": site.base,
            "version": version,
            "versionNumbers": [1001, 0, 0] if site.cloud else [10, 3, 2],
            "deploymentType": "Cloud" if site.cloud else "Server",
            "buildNumber": 100_300,
            "serverTime": View(site, replace(ask.user, zone="UTC")).time(
                site.now().astimezone(UTC)
            ),
            "serverTitle": "Jira",
        }
    )


def permissions(ask: Ask) -> Response:
    """Cloud wants to be told which; Data Center gives all."""
    names = ask.names("permissions")
    if names is None and ask.site.cloud:
        raise Refused(400, "The 'permissions' query parameter is required.")
    unknown = [name for name in names or () if name not in PERMISSIONS]
    if unknown:
        raise Refused(400, f"Unrecognized permission: {', '.join(unknown)}")
    for parameter in ("projectKey", "projectId"):
        if ask.parameter(parameter):
            ask.project(ask.parameter(parameter))
    for parameter in ("issueKey", "issueId"):
        if ask.parameter(parameter):
            ask.issue(ask.parameter(parameter))
    shown = {
        key: {
            "id": str(number),
            "key": key,
            "name": PERMISSIONS[key],
            "type": "GLOBAL" if key in GLOBAL else "PROJECT",
            "description": "",
            "havePermission": ask.user.may(key),
        }
        for number, key in enumerate(names or PERMISSIONS)
    }
    return answer({"permissions": shown})


def all_fields(ask: Ask) -> Response:
    return answer([_field(field) for field in ask.site.fields.values()])


def _field(field: Field) -> dict[str, Json]:
    number = field.id.partition("_")[2]
    names = [f"cf[{number}]", field.name] if field.custom else [field.id]
    return {
        "id": field.id,
        "key": field.id,
        "name": field.name,
        "custom": bool(field.custom),
        "orderable": True,
        "navigable": True,
        "searchable": True,
        "clauseNames": names,
        "schema": schema(field),
    }


def projects(ask: Ask) -> Response:
    return answer([View.of(ask).project(project) for project in ask.site.projects.values()])


def project(ask: Ask) -> Response:
    one, view = ask.project(ask.path["project"]), View.of(ask)
    shown = view.project(one)
    shown["issueTypes"] = [view.issue_type(type_) for type_ in one.types]
    shown["versions"] = [view.version_of(version) for version in one.versions]
    shown["components"] = [view.label("component", component) for component in one.components]
    return answer(shown)


def statuses_of(ask: Ask) -> Response:
    one, view = ask.project(ask.path["project"]), View.of(ask)
    return answer(
        [
            {
                "self": f"{view.api}/issuetype/{type_.id}",
                "id": type_.id,
                "name": type_.name,
                "subtask": type_.level < 0,
                "statuses": [view.status(status) for status in one.statuses_of(type_)],
            }
            for type_ in one.types
        ]
    )


def versions_of(ask: Ask) -> Response:
    one = ask.project(ask.path["project"])
    return answer([View.of(ask).version_of(version) for version in one.versions])


def components_of(ask: Ask) -> Response:
    one, view = ask.project(ask.path["project"]), View.of(ask)
    details = {"project": one.key, "projectId": int(one.id)}
    return answer([view.label("component", entry) | details for entry in one.components])


def levels_of(ask: Ask) -> Response:
    one, view = ask.project(ask.path["project"]), View.of(ask)
    return answer({"levels": [view.label("securitylevel", level) for level in one.levels]})


def priorities(ask: Ask) -> Response:
    return answer(_labels(ask, "priority", ask.site.priorities.values()))


def priorities_page(ask: Ask) -> Response:
    """Those of a project's scheme, where a project is named."""
    known = list(ask.site.priorities.values())
    wanted = ask.names("projectId")
    if wanted:
        schemes = [ask.project(ref).priorities for ref in wanted]
        known = [one for one in known if any(one in scheme for scheme in schemes)]
    shown = page(ask, _labels(ask, "priority", known), "values")
    return answer(shown | {"isLast": shown["startAt"] + len(shown["values"]) >= shown["total"]})


def _labels(ask: Ask, what: str, labels: Iterable[Label]) -> list[Json]:
    return [View.of(ask).label(what, label) | {"description": ""} for label in labels]


def resolutions(ask: Ask) -> Response:
    return answer(_labels(ask, "resolution", ask.site.resolutions.values()))


def issue_types(ask: Ask) -> Response:
    return answer([View.of(ask).issue_type(type_) for type_ in ask.site.types.values()])


def statuses(ask: Ask) -> Response:
    return answer([View.of(ask).status(status) for status in ask.site.statuses.values()])


def link_types(ask: Ask) -> Response:
    shown = [View.of(ask).link_type(type_) for type_ in ask.site.link_types.values()]
    return answer({"issueLinkTypes": shown})


PROJECT = "/project/{project}"
ROUTES = (
    Route("GET", "/serverInfo", server_info, public=True),
    Route("GET", "/mypermissions", permissions),
    Route("GET", "/field", all_fields),
    Route("GET", "/project", projects),
    Route("GET", PROJECT, project, public=True),
    Route("GET", PROJECT + "/statuses", statuses_of),
    Route("GET", PROJECT + "/versions", versions_of),
    Route("GET", PROJECT + "/components", components_of),
    Route("GET", PROJECT + "/securitylevel", levels_of),
    Route("GET", "/priority", priorities),
    Route("GET", "/priority/search", priorities_page, only="cloud"),
    Route("GET", "/resolution", resolutions),
    Route("GET", "/issuetype", issue_types),
    Route("GET", "/status", statuses),
    Route("GET", "/issueLinkType", link_types),
)
