"""Changes an issue, and tells of each change as GitHub does: one event a label, an assignee …"""

from __future__ import annotations

from typing import Any

from adapters.sandbox.github.calls import Call
from adapters.sandbox.github.events import told
from adapters.sandbox.github.shapes import Shape
from adapters.sandbox.github.state import Issue, Repository


def change(call: Call, repository: Repository, issue: Issue, **fields: Any) -> Issue:
    """Replaces fields of an issue. What is already so is neither an update nor an event."""
    changed = {name: value for name, value in fields.items() if getattr(issue, name) != value}
    if not changed:
        return issue
    new = call.put(repository, issue, **changed)
    if not new.pull_request:  # they have events of their own
        _tell_text(call, repository, issue, new)
        _tell_state(call, repository, issue, new)
        tell_carried(call, repository, issue, new)
    return new


def _tell_text(call: Call, repository: Repository, old: Issue, new: Issue) -> None:
    changes = {
        name: {"from": getattr(old, name) or ""}
        for name in ("title", "body")
        if getattr(old, name) != getattr(new, name)
    }
    if changes:
        _tell(call, repository, new, "edited", changes=changes)


def _tell_state(call: Call, repository: Repository, old: Issue, new: Issue) -> None:
    if old.state != new.state:
        _tell(call, repository, new, "closed" if new.state == "closed" else "reopened")
    if old.locked != new.locked:
        _tell(call, repository, new, "locked" if new.locked else "unlocked")


def tell_carried(call: Call, repository: Repository, old: Issue, new: Issue) -> None:
    """Tells of labels, assignees, milestone and type that came or went."""
    shapes = call.shapes
    for label in repository.labels_of(old) + repository.labels_of(new):
        if (label.id in old.labels) != (label.id in new.labels):
            action = "labeled" if label.id in new.labels else "unlabeled"
            _tell(call, repository, new, action, label=shapes.label(repository, label))
    for login in old.assignees + new.assignees:
        if (login in old.assignees) != (login in new.assignees):
            action = "assigned" if login in new.assignees else "unassigned"
            _tell(call, repository, new, action, assignee=shapes.account(login))
    if old.milestone != new.milestone:
        for number, action in ((old.milestone, "demilestoned"), (new.milestone, "milestoned")):
            if milestone := repository.milestones.get(number or 0):
                part = shapes.milestone(repository, milestone)
                _tell(call, repository, new, action, milestone=part)
    if old.type != new.type:
        for type_ in call.state.types_of(repository):
            if type_.name in (old.type, new.type):
                action = "typed" if type_.name == new.type else "untyped"
                _tell(call, repository, new, action, type=shapes.issue_type(type_))
    _tell_fields(call, repository, old, new)


def _tell_fields(call: Call, repository: Repository, old: Issue, new: Issue) -> None:
    before, after = dict(old.fields), dict(new.fields)
    for field in call.state.fields_of(repository):
        if before.get(field.id) != after.get(field.id):
            action = "field_added" if field.id in after else "field_removed"
            part = {"id": field.id, "name": field.name, "field_type": field.type}
            _tell(call, repository, new, action, issue_field=part)


def _tell(call: Call, repository: Repository, issue: Issue, action: str, **parts: Any) -> None:
    told(call, issue, action, **parts)
    shown: Shape = call.shapes.issue(repository, issue)
    call.tell(repository, "issues", action, issue=shown, **parts)
