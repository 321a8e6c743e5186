"""What ties issues to each other: sub-issues and dependencies.

https://docs.github.com/rest/issues/sub-issues, https://docs.github.com/rest/issues/issue-dependencies
"""

from __future__ import annotations

from typing import TypeAlias

from adapters.sandbox.github.answers import Answer, Refused, forbidden, not_found
from adapters.sandbox.github.calls import Call, Operation
from adapters.sandbox.github.events import told
from adapters.sandbox.github.state import Issue, Repository, State

MOST_SUB_ISSUES = 100
MOST_LEVELS = 8
MOST_BLOCKERS = 50

Place: TypeAlias = tuple[Repository, Issue]


def _readable(call: Call, id_: int, missing: str) -> Place:
    """The issue with an id, wherever it is, as far as the caller may see it."""
    place = call.state.find(id_)
    if not place or not place[0].readable(call.caller.login):
        raise Refused(404, missing)
    return place


def _seen(call: Call, ids: tuple[int, ...]) -> list[Place]:
    return [place for place in call.state.found(ids) if place[0].readable(call.caller.login)]


def _page(call: Call, here: Place, ids: tuple[int, ...], below: str) -> Answer:
    shapes = call.shapes
    path = f"/issues/{here[1].number}/{below}"
    return call.page(_seen(call, ids), lambda place: shapes.issue(*place), path, here[0])


def _answer(call: Call, id_: int, status: int = 200) -> Answer:
    """The issue with an id as it is now."""
    places = call.state.found([id_])
    return Answer(call.shapes.issue(*places[0]), status)


# Sub-issues


def list_sub_issues(call: Call) -> Answer:
    here = call.issue()
    return _page(call, here, here[1].sub_issues, "sub_issues")


def get_parent(call: Call) -> Answer:
    _, issue = call.issue()
    parents = _seen(call, (issue.parent,) if issue.parent else ())
    if not parents:
        raise not_found()
    return Answer(call.shapes.issue(*parents[0]))


def _cannot_add(why: str) -> Refused:
    return Refused(422, f"An error occurred while adding the sub-issue to the parent issue. {why}")


def add_sub_issue(call: Call) -> Answer:
    """Answers with the parent."""
    here = call.pushable_issue(forbidden)
    replace_parent = call.flag("replace_parent", False)
    there = _readable(call, call.id("sub_issue_id"), "The provided sub-issue does not exist")
    _check_sub_issue(call.state, here, there, replace_parent)
    former = call.state.find(there[1].parent)
    if former:
        _part(call, former, there)
        there = (there[0], there[0].issues[there[1].number])
    parent, sub = here[1], there[1]
    new_parent = call.put(*here, sub_issues=(*parent.sub_issues, sub.id))
    new_sub = call.put(there[0], sub, parent=parent.id)
    _tell_sub_issue(call, (here[0], new_parent), (there[0], new_sub), "added")
    return _answer(call, parent.id, 201)


def _check_sub_issue(state: State, here: Place, there: Place, replace_parent: bool) -> None:
    parent, sub = here[1], there[1]
    if here[0].owner != there[0].owner:
        raise _cannot_add("Sub issue must belong to the same owner as the parent issue")
    if sub.pull_request or parent.pull_request:
        raise _cannot_add("Sub issue may only be an issue")
    if sub.id in parent.sub_issues:
        raise _cannot_add(
            "Issue may not contain duplicate sub-issues and Sub issue may only have one parent"
        )
    if sub.parent is not None and not replace_parent:
        raise _cannot_add("Sub issue may only have one parent")
    above = _ancestors(state, parent)
    if sub.id == parent.id or sub.id in above:
        raise _cannot_add("Sub issue may not create a circular dependency")
    if len(parent.sub_issues) >= MOST_SUB_ISSUES:
        raise _cannot_add(f"Parent cannot have more than {MOST_SUB_ISSUES} sub-issues")
    if len(above) + 1 + _levels(state, sub) > MOST_LEVELS:
        raise _cannot_add(f"Issue cannot have more than {MOST_LEVELS} layers of sub-issues")


def _ancestors(state: State, issue: Issue) -> list[int]:
    found: list[int] = []
    while place := state.find(issue.parent):
        issue = place[1]
        found.append(issue.id)
    return found


def _levels(state: State, issue: Issue) -> int:
    """How many levels the issue and what is below it take up."""
    below = [_levels(state, sub) for _, sub in state.found(issue.sub_issues)]
    return 1 + max(below, default=0)


def remove_sub_issue(call: Call) -> Answer:
    """Answers with the parent."""
    here = call.pushable_issue(forbidden)
    there = _readable(call, call.id("sub_issue_id"), "The provided sub-issue does not exist")
    if there[1].id not in here[1].sub_issues:
        raise Refused(404, "The provided sub-issue does not exist")
    _part(call, here, there)
    return _answer(call, here[1].id)


def _part(call: Call, here: Place, there: Place) -> None:
    """Takes a sub-issue from its parent."""
    rest = tuple(id_ for id_ in here[1].sub_issues if id_ != there[1].id)
    parent = call.put(*here, sub_issues=rest)
    sub = call.put(*there, parent=None)
    _tell_sub_issue(call, (here[0], parent), (there[0], sub), "removed")


def reprioritize_sub_issue(call: Call) -> Answer:
    """Moves a sub-issue right behind or before another. No event tells of it."""
    repository, issue = call.pushable_issue(forbidden)
    moving = call.id("sub_issue_id")
    sides = [side for side in ("after_id", "before_id") if call.object().get(side) is not None]
    if len(sides) != 1:
        raise Refused(422, "Either after_id or before_id should be specified")
    anchor = call.id(sides[0])
    rest = [id_ for id_ in issue.sub_issues if id_ != moving]
    if moving not in issue.sub_issues or anchor not in rest:
        raise Refused(422, "The provided sub-issues are not sub-issues of this issue")
    at = rest.index(anchor) + (sides[0] == "after_id")
    call.put(repository, issue, sub_issues=(*rest[:at], moving, *rest[at:]))
    return _answer(call, issue.id)


def _tell_sub_issue(call: Call, here: Place, there: Place, what: str) -> None:
    """Both repositories hear of it, each from its own side."""
    told(call, there[1], f"parent_issue_{what}")
    shapes = call.shapes
    parts = {
        "parent_issue_id": here[1].id,
        "parent_issue": shapes.issue(*here),
        "sub_issue_id": there[1].id,
        "sub_issue": shapes.issue(*there),
    }
    sub_repository = shapes.repository(there[0], None)
    call.tell(here[0], "sub_issues", f"sub_issue_{what}", **parts, sub_issue_repo=sub_repository)
    parent_repository = shapes.repository(here[0], None)
    call.tell(
        there[0], "sub_issues", f"parent_issue_{what}", **parts, parent_issue_repo=parent_repository
    )


# Dependencies


def list_blocked_by(call: Call) -> Answer:
    here = call.issue()
    return _page(call, here, here[1].blocked_by, "dependencies/blocked_by")


def list_blocking(call: Call) -> Answer:
    here = call.issue()
    return _page(call, here, here[1].blocking, "dependencies/blocking")


def add_blocked_by(call: Call) -> Answer:
    """Answers with the blocked issue."""
    here = call.pushable_issue(forbidden)
    there = _readable(call, call.id("issue_id"), "The provided issue does not exist")
    blocked, blocking = here[1], there[1]
    why = None
    if blocking.pull_request:
        why = "Target issue may only be an issue"
    elif blocking.id == blocked.id:
        why = "Target issue may not be the source issue"
    elif blocking.id in blocked.blocked_by:
        why = "Target issue has already been taken"
    elif len(blocked.blocked_by) >= MOST_BLOCKERS:
        why = f"Source issue may have at most {MOST_BLOCKERS} blockers"
    if why:
        raise Refused(
            422,
            "An error occurred while adding the blocking issue to the issue. "
            f"Validation failed: {why}",
        )
    blocked = call.put(*here, blocked_by=(*blocked.blocked_by, blocking.id))
    blocking = call.put(*there, blocking=(*blocking.blocking, blocked.id))
    _tell_dependency(call, (here[0], blocked), (there[0], blocking), "added")
    return _answer(call, blocked.id, 201)


def remove_blocked_by(call: Call) -> Answer:
    """Answers with the issue that was blocked; also where it was not."""
    here = call.pushable_issue(forbidden)
    there = _readable(call, call.number("issue_id"), "The provided issue does not exist")
    blocked, blocking = here[1], there[1]
    if blocking.id in blocked.blocked_by:
        rest = tuple(id_ for id_ in blocked.blocked_by if id_ != blocking.id)
        new_blocked = call.put(*here, blocked_by=rest)
        rest = tuple(id_ for id_ in blocking.blocking if id_ != blocked.id)
        new_blocking = call.put(*there, blocking=rest)
        _tell_dependency(call, (here[0], new_blocked), (there[0], new_blocking), "removed")
    return _answer(call, blocked.id)


def _tell_dependency(call: Call, here: Place, there: Place, what: str) -> None:
    """Both repositories hear of it, each from its own side."""
    shapes = call.shapes
    parts = {
        "blocked_issue_id": here[1].id,
        "blocked_issue": shapes.issue(*here),
        "blocking_issue_id": there[1].id,
        "blocking_issue": shapes.issue(*there),
    }
    blocking_repository = shapes.repository(there[0], None)
    call.tell(
        here[0],
        "issue_dependencies",
        f"blocked_by_{what}",
        **parts,
        blocking_issue_repo=blocking_repository,
    )
    blocked_repository = shapes.repository(here[0], None)
    call.tell(
        there[0],
        "issue_dependencies",
        f"blocking_{what}",
        **parts,
        blocked_issue_repo=blocked_repository,
    )


ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}"
SUB_ISSUES = "issues/sub-issues"
DEPENDENCIES = "issues/issue-dependencies"
BLOCKED_BY = ISSUE + "/dependencies/blocked_by"

OPERATIONS = (
    Operation("GET", f"{ISSUE}/sub_issues", list_sub_issues, f"{SUB_ISSUES}#list-sub-issues"),
    Operation("POST", f"{ISSUE}/sub_issues", add_sub_issue, f"{SUB_ISSUES}#add-sub-issue"),
    Operation("DELETE", f"{ISSUE}/sub_issue", remove_sub_issue, f"{SUB_ISSUES}#remove-sub-issue"),
    Operation("GET", f"{ISSUE}/parent", get_parent, f"{SUB_ISSUES}#get-parent-issue"),
    Operation(
        "PATCH",
        f"{ISSUE}/sub_issues/priority",
        reprioritize_sub_issue,
        f"{SUB_ISSUES}#reprioritize-sub-issue",
    ),
    Operation("GET", BLOCKED_BY, list_blocked_by, DEPENDENCIES),
    Operation("POST", BLOCKED_BY, add_blocked_by, DEPENDENCIES),
    Operation("DELETE", f"{BLOCKED_BY}/{{issue_id}}", remove_blocked_by, DEPENDENCIES),
    Operation("GET", f"{ISSUE}/dependencies/blocking", list_blocking, DEPENDENCIES),
)
