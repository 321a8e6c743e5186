"""Issues by id or key: get, create, edit, delete, singly and in bulk; their properties."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import Response

from adapters.sandbox.jira import changes, fields, rank, workflow
from adapters.sandbox.jira.shapes import View
from adapters.sandbox.jira.state import Issue, IssueType, Json, Link, Project, Site, User
from adapters.sandbox.jira.values import Stored, Writing, pick
from adapters.sandbox.jira.web import Ask, Refused, Route, answer, nothing, strings

MOST_CREATED = 50
MOST_FETCHED = 100
LONGEST_PROPERTY = 32_768


def get(ask: Ask) -> Response:
    return answer(_shown(ask, ask.issue()))


def _shown(ask: Ask, issue: Issue) -> Json:
    properties = ask.names("properties") or ()
    return View.of(ask).issue(issue, ask.names("fields"), properties, ask.parameter("expand"))


def bulk_fetch(ask: Ask) -> Response:
    sent = ask.data()
    refs = sent.get("issueIdsOrKeys")
    if not isinstance(refs, list) or not 0 < len(refs) <= MOST_FETCHED:
        raise Refused(400, f"Between 1 and {MOST_FETCHED} issue ids or keys must be given.")
    found: dict[str, Issue] = {}
    errors = []
    for ref in map(str, refs):
        try:
            issue = ask.issue(ref)
            found[issue.id] = issue
        except Refused as error:
            errors.append({"id": ref, "errorMessage": error.messages[0]})
    view, names = View.of(ask), strings(sent.get("fields")) or ["*navigable"]
    properties, expand = strings(sent.get("properties")), ",".join(strings(sent.get("expand")))
    ordered = sorted(found.values(), key=lambda issue: int(issue.id))
    issues = [view.issue(issue, names, properties, expand) for issue in ordered]
    return answer({"issues": issues, "issueErrors": errors})


def create(ask: Ask) -> Response:
    return answer(created(ask, ask.data()), 201)


def create_bulk(ask: Ask) -> Response:
    updates = ask.data().get("issueUpdates")
    if not isinstance(updates, list) or not 0 < len(updates) <= MOST_CREATED:
        raise Refused(400, f"Between 1 and {MOST_CREATED} issues must be given.")
    issues, errors = [], []
    for number, sent in enumerate(updates):
        try:
            issues.append(created(ask, sent if isinstance(sent, dict) else {}))
        except Refused as error:
            failure = {"status": error.status, "elementErrors": error.body()}
            errors.append(failure | {"failedElementNumber": number})
    return answer({"issues": issues, "errors": errors}, 201 if issues else 400)


def created(ask: Ask, sent: Mapping[str, Json]) -> dict[str, Json]:
    """Makes the issue that `{fields, update, properties, transition}` describe."""
    given, update = _parts(sent)
    project, type_ = _place(ask, given)
    properties = sent_properties(sent)
    writing = Writing(ask, project, type_)
    settable = fields.screen(ask.site, project, type_, "create")
    told = {name: value for name, value in given.items() if name not in ("project", "issuetype")}
    new = fields.written(writing, settable, told, update)
    values = {name: value for name, value in new.items() if value is not None}
    if values.get("summary") in ask.site.quirks.refused:
        raise Refused(400, errors={"summary": "This summary is not allowed."})
    absent = [
        field
        for field in settable
        if fields.is_required(project, type_, field)
        and field.id not in values
        and field.id != "issuetype"
    ]
    if absent:
        raise Refused(400, errors={field.id: fields.missing(field) for field in absent})
    issue = added(ask.site, ask.user, project, values | {"issuetype": type_.id})
    if not ask.site.quirks.drop_properties:
        issue.properties.update(properties)
    changelog = changes.first_items(ask.site, issue)
    changes.publish_issue(
        ask.site, ask.user, issue, ("jira:issue_created", "issue_created"), changelog
    )
    shown = {"id": issue.id, "key": issue.key, "self": f"{View.of(ask).api}/issue/{issue.id}"}
    if isinstance(sent.get("transition"), dict):
        shown["transition"] = workflow.tried(ask, issue, sent["transition"])
    return shown


def _parts(sent: Mapping[str, Json]) -> tuple[dict[str, Json], dict[str, Json]]:
    given, update = sent.get("fields") or {}, sent.get("update") or {}
    if not isinstance(given, dict) or not isinstance(update, dict):
        raise Refused(400, "Invalid request payload. 'fields' and 'update' must be objects.")
    return given, update


def _place(ask: Ask, given: Mapping[str, Json]) -> tuple[Project, IssueType]:
    """Where a new issue goes, and what it becomes."""
    sent = given.get("project")
    ref = str(sent.get("id") or sent.get("key") or "") if isinstance(sent, dict) else ""
    project = ask.site.project(ref)
    if project is None or not ask.user.may("BROWSE_PROJECTS"):
        raise Refused(400, errors={"project": "valid project is required"})
    if not ask.user.may("CREATE_ISSUES"):
        told = "You do not have permission to create issues in this project."
        raise Refused(400, errors={"project": told})
    type_ = pick(project.types, given.get("issuetype"))
    if type_ is None:
        raise Refused(400, errors={"issuetype": "Specify a valid issue type"})
    return project, type_


def sent_properties(sent: Mapping[str, Json]) -> dict[str, Json]:
    given = sent.get("properties") or []
    if not isinstance(given, list) or not all(
        isinstance(one, dict) and isinstance(one.get("key"), str) for one in given
    ):
        raise Refused(400, "'properties' must be a list of {key, value}.")
    for one in given:
        check_property(one.get("value"))
    return {one["key"]: one.get("value") for one in given}


def check_property(value: Json) -> None:
    if len(json.dumps(value)) > LONGEST_PROPERTY:
        told = f"The property value is too long: at most {LONGEST_PROPERTY} characters."
        raise Refused(400, told)


def added(site: Site, user: User, project: Project, values: dict[str, Stored]) -> Issue:
    """A new issue, at the foot of the order, in the first status."""
    project.counter += 1
    now = site.now()
    statuses = project.statuses_of(site.types[values["issuetype"]])
    defaults = {"status": statuses[0].id, "reporter": user.id}
    usual = next((one for one in project.priorities if one.name == "Medium"), None)
    if usual:
        defaults["priority"] = usual.id
    issue = Issue(
        id=str(site.new_id()),
        project=project,
        number=project.counter,
        rank=rank.foot(site),
        values=defaults | values,
        creator=user.id,
        created=now,
        updated=now,
    )
    site.before_write(issue, new=True)
    site.issues[issue.id] = issue
    site.keys[issue.key] = issue.id
    return issue


def edit(ask: Ask) -> Response:
    """`transition` is ignored here, as Jira ignores it."""
    issue, sent = ask.issue(), ask.data()
    editable(ask, issue)
    given, update = _parts(sent)
    properties = sent_properties(sent)
    type_ = ask.site.types[issue.values["issuetype"]]
    writing = Writing(ask, issue.project, type_, issue)
    settable = fields.screen(ask.site, issue.project, type_, "edit")
    new = fields.written(writing, settable, given, update)
    emptied = [
        field
        for field in settable
        if field.id in new
        and new[field.id] is None
        and fields.is_required(issue.project, type_, field)
    ]
    if emptied:
        raise Refused(400, errors={field.id: fields.missing(field) for field in emptied})
    if "resolution" in new:
        since = issue.values.get("resolutiondate") or ask.site.now()
        new["resolutiondate"] = since if new["resolution"] else None
    changes.apply(ask.site, ask.user, issue, new)
    issue.properties.update(properties)
    return answer(_shown(ask, issue)) if ask.flag("returnIssue") else nothing()


def editable(ask: Ask, issue: Issue) -> None:
    ask.require("EDIT_ISSUES", "You do not have permission to edit issues in this project.")
    if issue.archived or issue.project.archived:
        raise Refused(403, f"The issue {issue.key} is archived. Restore it to edit it.")


def remove(ask: Ask) -> Response:
    issue = ask.issue()
    ask.require("DELETE_ISSUES", "You do not have permission to delete issues in this project.")
    below = [
        child
        for child in ask.site.children(issue)
        if ask.site.types[child.values["issuetype"]].level < 0
    ]
    if below and not ask.flag("deleteSubtasks"):
        told = f"The issue '{issue.key}' has subtasks. You must specify the 'deleteSubtasks'"
        raise Refused(400, f"{told} parameter to delete this issue and all its subtasks.")
    for one in [*below, issue]:
        deleted(ask.site, ask.user, one)
    return nothing()


def deleted(site: Site, user: User, issue: Issue) -> None:
    """Takes the issue away, with its links; its key is not given again."""
    site.before_write(issue)
    for link in list(issue.links):
        unlink(site, link)
    for child in site.issues.values():
        for name in ("parent", fields.EPIC_LINK):
            if child.values.get(name) == issue.id:
                site.before_write(child)
                del child.values[name]
    changes.publish_issue(site, user, issue, ("jira:issue_deleted", ""))
    del site.issues[issue.id]


def unlink(site: Site, link: Link) -> None:
    for id_ in (link.source, link.target):
        issue = site.issues[id_]
        site.before_write(issue)
        issue.links.remove(link)


def get_property(ask: Ask) -> Response:
    issue, key = ask.issue(), ask.path["key"]
    if key not in issue.properties:
        raise Refused(404, f"The property with key '{key}' does not exist.")
    return answer({"key": key, "value": issue.properties[key]})


def property_keys(ask: Ask) -> Response:
    issue = ask.issue()
    base = f"{View.of(ask).api}/issue/{issue.id}/properties"
    return answer({"keys": [{"key": key, "self": f"{base}/{key}"} for key in issue.properties]})


def put_property(ask: Ask) -> Response:
    """Does not move `updated`."""
    issue, key = ask.issue(), ask.path["key"]
    editable(ask, issue)
    if len(key) > 255:
        raise Refused(400, "The property key is too long: at most 255 characters.")
    check_property(ask.body)
    status = 200 if key in issue.properties else 201
    issue.properties[key] = ask.body
    return Response(status_code=status)


def delete_property(ask: Ask) -> Response:
    issue, key = ask.issue(), ask.path["key"]
    editable(ask, issue)
    if key not in issue.properties:
        raise Refused(404, f"The property with key '{key}' does not exist.")
    del issue.properties[key]
    return nothing()


def changelog(ask: Ask) -> Response:
    """The oldest change first."""
    issue, view = ask.issue(), View.of(ask)
    start, size = ask.number("startAt", 0), min(ask.number("maxResults", 100), 100)
    part = issue.history[start : start + size]
    return answer(
        {
            "self": f"{view.api}/issue/{issue.id}/changelog",
            "startAt": start,
            "maxResults": size,
            "total": len(issue.history),
            "isLast": start + size >= len(issue.history),
            "values": [view.change(change) for change in part],
        }
    )


ISSUE = "/issue/{issue}"
PROPERTY = ISSUE + "/properties/{key}"
ROUTES = (
    Route("POST", "/issue", create),
    Route("POST", "/issue/bulk", create_bulk),
    Route("POST", "/issue/bulkfetch", bulk_fetch, reads=True, only="cloud"),
    Route("GET", ISSUE, get),
    Route("PUT", ISSUE, edit),
    Route("DELETE", ISSUE, remove),
    Route("GET", ISSUE + "/changelog", changelog, only="cloud"),
    Route("GET", ISSUE + "/properties", property_keys),
    Route("GET", PROPERTY, get_property),
    Route("PUT", PROPERTY, put_property),
    Route("DELETE", PROPERTY, delete_property),
)
