"""Milestones of a repository. https://docs.github.com/rest/issues/milestones"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from adapters.sandbox.github.answers import NO_CONTENT, Answer, invalid, not_found
from adapters.sandbox.github.calls import Call, Operation, time
from adapters.sandbox.github.state import Milestone, Repository, Stamp, stamp


def list_milestones(call: Call) -> Answer:
    """The open ones, unless asked otherwise; what is due first comes first, then by number."""
    repository = call.repository()
    state = call.query.get("state") or "open"
    found = [one for one in repository.milestones.values() if state in ("all", one.state)]
    found.sort(
        key=lambda one: (one.due_on or "9999", one.number),
        reverse=call.query.get("direction") == "desc",
    )
    shapes = call.shapes
    return call.page(
        found, lambda one: shapes.milestone(repository, one), "/milestones", repository
    )


def _milestone(call: Call, repository: Repository) -> Milestone:
    milestone = repository.milestones.get(call.number("milestone_number"))
    if not milestone:
        raise not_found()
    return milestone


def _answer(call: Call, repository: Repository, milestone: Milestone, status: int = 200) -> Answer:
    return Answer(call.shapes.milestone(repository, milestone), status)


def get_milestone(call: Call) -> Answer:
    repository = call.repository()
    return _answer(call, repository, _milestone(call, repository))


def _fields(call: Call, repository: Repository, old: Milestone | None) -> dict[str, Any]:
    """What the body says of a milestone."""
    fields: dict[str, Any] = {}
    body = call.object()
    if old is None or "title" in body:
        title = call.needed("title").strip()
        if not title:
            raise invalid("Milestone", "title", "missing_field")
        if any(one.title == title and one != old for one in repository.milestones.values()):
            raise invalid("Milestone", "title", "already_exists")
        fields["title"] = title
    if "description" in body:
        fields["description"] = call.text("description")
    if "due_on" in body:
        due_on = call.text("due_on")
        fields["due_on"] = _midnight(time(due_on, "Milestone", "due_on")) if due_on else None
    state = call.text("state")
    if state not in ("open", "closed", None):
        raise invalid("Milestone", "state", value=state)
    if state and (old is None or state != old.state):
        fields["closed_at"] = call.stamp if state == "closed" else None
    return fields


PACIFIC = ZoneInfo("America/Los_Angeles")


def _midnight(due_on: Stamp) -> Stamp:
    """GitHub keeps a day: the one that the time falls on by its Pacific clock, from midnight.

    https://github.com/microsoft/PowerShellForGitHub/pull/133
    """
    try:
        there = datetime.fromisoformat(due_on).astimezone(PACIFIC)
    except OverflowError:
        raise invalid("Milestone", "due_on", value=due_on) from None
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0)
    return stamp(midnight.astimezone(UTC))


def create_milestone(call: Call) -> Answer:
    repository = call.pushable()
    fields = _fields(call, repository, None)
    repository.last_milestone += 1
    milestone = Milestone(
        id=next(call.state.ids),
        number=repository.last_milestone,
        creator=call.actor,
        created_at=call.stamp,
        updated_at=call.stamp,
        **fields,
    )
    repository.milestones[milestone.number] = milestone
    _tell(call, repository, milestone, "created")
    return _answer(call, repository, milestone, 201)


def update_milestone(call: Call) -> Answer:
    repository = call.pushable()
    old = _milestone(call, repository)
    new = replace(old, updated_at=call.stamp, **_fields(call, repository, old))
    repository.milestones[new.number] = new
    changes = {
        name: {"from": getattr(old, name) or ""}
        for name in ("title", "description", "due_on")
        if getattr(old, name) != getattr(new, name)
    }
    if changes:
        _tell(call, repository, new, "edited", changes=changes)
    if old.state != new.state:
        _tell(call, repository, new, "closed" if new.state == "closed" else "opened")
    return _answer(call, repository, new)


def delete_milestone(call: Call) -> Answer:
    """Issues lose the milestone without counting as updated."""
    repository = call.pushable()
    milestone = _milestone(call, repository)
    _tell(call, repository, milestone, "deleted")
    for issue in list(repository.issues.values()):
        if issue.milestone == milestone.number:
            repository.put(replace(issue, milestone=None), call.now)
    del repository.milestones[milestone.number]
    return NO_CONTENT


def _tell(
    call: Call, repository: Repository, milestone: Milestone, action: str, **parts: Any
) -> None:
    shape = call.shapes.milestone(repository, milestone)
    call.tell(repository, "milestone", action, milestone=shape, **parts)


REPO = "/repos/{owner}/{repo}"
MILESTONE = REPO + "/milestones/{milestone_number}"
PAGE = "issues/milestones"

OPERATIONS = (
    Operation("GET", f"{REPO}/milestones", list_milestones, f"{PAGE}#list-milestones"),
    Operation("POST", f"{REPO}/milestones", create_milestone, f"{PAGE}#create-a-milestone"),
    Operation("GET", MILESTONE, get_milestone, f"{PAGE}#get-a-milestone"),
    Operation("PATCH", MILESTONE, update_milestone, f"{PAGE}#update-a-milestone"),
    Operation("DELETE", MILESTONE, delete_milestone, f"{PAGE}#delete-a-milestone"),
)
