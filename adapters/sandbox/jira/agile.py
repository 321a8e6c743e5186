"""Jira Software: sprints of boards, and what goes into them or back to the backlog."""

from __future__ import annotations

from starlette.responses import Response

from adapters.sandbox.jira import changes, fields
from adapters.sandbox.jira.shapes import View
from adapters.sandbox.jira.showing import sprint_shown
from adapters.sandbox.jira.state import Issue, Json, Project, Site, Sprint
from adapters.sandbox.jira.web import Ask, Refused, Route, answer, nothing, page, strings

MOST_MOVED = 50
STATES = ("future", "active", "closed")


def board(ask: Ask) -> Response:
    return answer(board_shown(ask.site, board_of(ask)))


def board_shown(site: Site, project: Project) -> dict[str, Json]:
    return {
        "id": int(project.id),
        "self": f"{site.base}/rest/agile/1.0/board/{project.id}",
        "name": f"{project.key} board",
        "type": project.board,
        "location": {"projectId": int(project.id), "projectKey": project.key},
    }


def board_of(ask: Ask) -> Project:
    """Each project has one board, with the project's id."""
    project = ask.site.project(ask.path["board"])
    if project is None or project.id != ask.path["board"] or not ask.user.may("BROWSE_PROJECTS"):
        raise Refused(404, "Requested board cannot be viewed because it does not exist.")
    return project


def sprints(ask: Ask) -> Response:
    """Of one board; by `state`, which may name several."""
    project = board_of(ask)
    if project.board != "scrum":
        raise Refused(400, "The board does not support sprints")
    states = ask.names("state") or STATES
    if unknown := [state for state in states if state not in STATES]:
        raise Refused(400, f"Invalid state '{unknown[0]}'. Use one of {', '.join(STATES)}.")
    held = [one for one in ask.site.sprints.values() if one.board == project.id]
    held = sorted(
        (one for one in held if one.state in states),
        key=lambda one: (-STATES.index(one.state), one.id),
    )
    shown = page(ask, [sprint_shown(View.of(ask), one) for one in held], "values")
    return answer(shown | {"isLast": shown["startAt"] + len(shown["values"]) >= shown["total"]})


def sprint(ask: Ask) -> Response:
    return answer(sprint_shown(View.of(ask), _sprint(ask)))


def _sprint(ask: Ask) -> Sprint:
    found = ask.site.sprints.get(ask.path["sprint"])
    if found is None or not ask.user.may("BROWSE_PROJECTS"):
        raise Refused(404, f"Sprint does not exist: {ask.path['sprint']}")
    return found


def edit_sprint(ask: Ask) -> Response:
    """A part of it: its name, its state."""
    held, sent = _sprint(ask), ask.data()
    ask.require("ADMINISTER_PROJECTS")
    state = str(sent.get("state", held.state))
    if state not in STATES or abs(STATES.index(state) - STATES.index(held.state)) > 1:
        raise Refused(400, errors={"state": f"A {held.state} sprint cannot become {state}."})
    held.state, held.name = state, str(sent.get("name", held.name))
    if state == "closed":
        held.ended = held.ended or ask.site.now()
    return answer(sprint_shown(View.of(ask), held))


def create_sprint(ask: Ask) -> Response:
    sent = ask.data()
    project = ask.site.project(str(sent.get("originBoardId") or ""))
    name = str(sent.get("name") or "").strip()
    if project is None or project.board != "scrum":
        raise Refused(400, errors={"originBoardId": "The board does not support sprints"})
    if not name or len(name) > 30:
        raise Refused(400, errors={"name": "The sprint name must have 1 to 30 characters."})
    ask.require("ADMINISTER_PROJECTS")
    made = Sprint(str(ask.site.new_id()), name, "future", project.id)
    ask.site.sprints[made.id] = made
    return answer(sprint_shown(View.of(ask), made), 201)


def to_sprint(ask: Ask) -> Response:
    target, issues = _sprint(ask), _moved(ask)
    if target.state == "closed":
        raise Refused(400, "The sprint is closed. Issues can only be moved to open sprints.")
    for issue in issues:
        if ask.site.types[issue.values["issuetype"]].level < 0:
            told = "Sub-tasks cannot be moved to a sprint: they are in that of their parent"
            raise Refused(400, f"{told} ({issue.key}).")
    for issue in issues:
        _put(ask, issue, target.id)
    return nothing()


def to_backlog(ask: Ask) -> Response:
    for issue in _moved(ask):
        _put(ask, issue, None)
    return nothing()


def _moved(ask: Ask) -> list[Issue]:
    refs = strings(ask.data().get("issues"))
    if not 0 < len(refs) <= MOST_MOVED:
        raise Refused(400, f"Between 1 and {MOST_MOVED} issues can be moved at once.")
    ask.require("SCHEDULE_ISSUES", "You do not have permission to schedule issues.")
    try:
        issues = [ask.issue(ref) for ref in dict.fromkeys(refs)]
    except Refused as error:
        raise Refused(400, *error.messages) from None
    for issue in issues:
        if issue.archived:
            raise Refused(400, f"The issue {issue.key} is archived.")
    return issues


def _put(ask: Ask, issue: Issue, target: str | None) -> None:
    """Closed sprints stay: they are where the issue was."""
    held = issue.values.get(fields.SPRINT, ())
    closed = [one for one in held if ask.site.sprints[one].state == "closed"]
    new = (*closed, *([target] if target else []))
    changes.apply(ask.site, ask.user, issue, {fields.SPRINT: new or None})


BASE = "/rest/agile/1.0"
ROUTES = (
    Route("GET", BASE + "/board/{board}", board),
    Route("GET", BASE + "/board/{board}/sprint", sprints),
    Route("POST", BASE + "/sprint", create_sprint),
    Route("GET", BASE + "/sprint/{sprint}", sprint),
    Route("POST", BASE + "/sprint/{sprint}", edit_sprint),
    Route("PUT", BASE + "/sprint/{sprint}", edit_sprint),
    Route("POST", BASE + "/sprint/{sprint}/issue", to_sprint),
    Route("POST", BASE + "/backlog/issue", to_backlog),
)
