"""Cloud's bulk move: issues to another type or parent, in a task that is asked for until done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import JSONResponse, Response

from adapters.sandbox.jira import changes, fields
from adapters.sandbox.jira.state import Issue, IssueType, Json, Project, Site, Task, User
from adapters.sandbox.jira.web import Ask, Refused, Route, answer

INFERRED = (
    "inferClassificationDefaults",
    "inferFieldDefaults",
    "inferStatusDefaults",
    "inferSubtaskTypeDefault",
)
MOST = 1000


@dataclass(frozen=True)
class Target:
    """Where some issues are to go."""

    project: Project
    type: IssueType
    parent: Issue | None
    issues: tuple[Issue, ...]


class Invalid(Exception):
    """What is wrong with a request as a whole."""


@dataclass
class Moved:
    """How a move went, by the issues' ids."""

    done: list[int] = field(default_factory=list)
    failed: dict[str, list[str]] = field(default_factory=dict)


def submit(ask: Ask) -> Response:
    """The task only: nothing has moved by then."""
    if not ask.user.may("BULK_CHANGE"):
        return _wrong("You do not have the global permission to make bulk changes.", 403)
    try:
        targets = [_target(ask, *one) for one in _mapping(ask).items()]
    except Invalid as error:
        return _wrong(str(error), 400)
    site, user = ask.site, ask.user

    def carry_out() -> Moved:
        moved = Moved()
        for target in targets:
            for issue in target.issues:
                _move(site, user, issue, target, moved)
        return moved

    id_ = str(site.new_id())
    count = sum(len(target.issues) for target in targets)
    site.tasks[id_] = Task(id_, ask.user.id, site.now(), count, carry_out, site.quirks.task_polls)
    return answer({"taskId": id_}, 201)


def _wrong(message: str, status: int) -> Response:
    return JSONResponse({"errors": [{"message": message}]}, status)


def _mapping(ask: Ask) -> Mapping[str, Json]:
    given = ask.data().get("targetToSourcesMapping")
    if not isinstance(given, dict) or not given:
        raise Invalid("targetToSourcesMapping must name a target and its issues")
    return given


def _target(ask: Ask, key: str, about: Json) -> Target:
    """From `PROJECT,TYPE` or `PROJECT,TYPE,PARENT`."""
    if not isinstance(about, dict) or any(not isinstance(about.get(n), bool) for n in INFERRED):
        raise Invalid(f"{', '.join(INFERRED)} must be given")
    place, _, rest = key.partition(",")
    type_id, _, parent_ref = rest.partition(",")
    project = ask.site.project(place)
    type_ = next((one for one in project.types if one.id == type_id), None) if project else None
    if project is None or type_ is None:
        raise Invalid("The destination project or issue type is not valid")
    parent = ask.site.issue(parent_ref) if parent_ref else None
    if (parent_ref and parent is None) or (type_.level < 0 and parent is None):
        raise Invalid("The destination parent is not valid")
    refs = about.get("issueIdsOrKeys")
    found = [ask.site.issue(str(ref)) for ref in refs] if isinstance(refs, list) else []
    issues = [issue for issue in found if issue and ask.site.sees(ask.user, issue)]
    if not issues or len(issues) != len(found) or len(issues) > MOST:
        raise Invalid("Some of the issues in the issueIdsOrKeys are not valid")
    return Target(project, type_, parent, tuple(issues))


def _move(site: Site, user: User, issue: Issue, target: Target, moved: Moved) -> None:
    why = _refused(site, user, issue, target)
    if why:
        moved.failed[issue.id] = [why]
        return
    statuses = target.project.statuses_of(target.type)
    new: dict[str, Json] = {"issuetype": target.type.id}
    if issue.values["status"] not in {status.id for status in statuses}:
        new["status"] = statuses[0].id
    if target.parent is not None:
        new["parent"] = target.parent.id
    elif (above := site.issues.get(issue.values.get("parent", ""))) is not None:
        level = site.types[above.values["issuetype"]].level
        new["parent"] = above.id if level == target.type.level + 1 else None
    changes.apply(site, user, issue, new)
    moved.done.append(int(issue.id))


def _refused(site: Site, user: User, issue: Issue, target: Target) -> str | None:
    if not (user.may("MOVE_ISSUES") and user.may("CREATE_ISSUES")):
        return "You do not have permission to move this issue."
    if issue.id not in site.issues or issue.archived:
        return "The issue does not exist or is archived."
    if target.project is not issue.project:
        return "This stand-in moves issues within their project only."
    if target.type.level < 0 and site.children(issue):
        return "An issue with sub-tasks cannot become a sub-task."
    parent = target.parent
    if parent is not None:
        level = site.types[parent.values["issuetype"]].level
        if parent is issue or level != target.type.level + 1 or parent.id not in site.issues:
            return "Given parent work item does not belong to appropriate hierarchy."
    lacking = [
        site.fields[name].name
        for name in sorted(target.project.required)
        if fields.applies(site, site.fields[name], target.type) and name not in issue.values
    ]
    return f"{', '.join(lacking)} is required." if lacking else None


def progress(ask: Ask) -> Response:
    """Asking is what moves the task on: the stand-in has no worker."""
    task = ask.site.tasks.get(ask.path["task"])
    if task is None:
        raise Refused(400, "The task associated with this taskId is not a bulk operation task")
    moment = int(task.created.timestamp() * 1000)
    shown: dict[str, Json] = {
        "taskId": task.id,
        "submittedBy": {"accountId": task.user},
        "created": moment,
        "started": moment,
        "updated": int(ask.site.now().timestamp() * 1000),
        "totalIssueCount": task.count,
        "invalidOrInaccessibleIssueCount": 0,
    }
    if task.polls > 0:
        task.polls -= 1
        return answer(shown | {"status": "RUNNING", "progressPercent": 0})
    if task.moved is None:
        task.moved = task.carry_out()
    shown |= {"status": "COMPLETE", "progressPercent": 100}
    shown["processedAccessibleIssues"] = task.moved.done
    return answer(shown | {"failedAccessibleIssues": task.moved.failed})


ROUTES = (
    Route("POST", "/bulk/issues/move", submit, only="cloud"),
    Route("GET", "/bulk/queue/{task}", progress, only="cloud"),
)
