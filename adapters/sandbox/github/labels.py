"""Labels of a repository, and labels on an issue. https://docs.github.com/rest/issues/labels"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from adapters.sandbox.github.answers import (
    NO_CONTENT,
    Answer,
    invalid,
    not_found,
    too_long,
    unique,
)
from adapters.sandbox.github.calls import Call, Operation
from adapters.sandbox.github.changes import change
from adapters.sandbox.github.state import Issue, Label, Repository

LONGEST_NAME = 50
LONGEST_DESCRIPTION = 100
COLOR = re.compile(r"[0-9a-fA-F]{6}")


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise invalid("Label", "name", "missing_field")
    if len(name) > LONGEST_NAME:
        raise too_long("Label", "name", LONGEST_NAME)
    return name


def labels_named(call: Call, repository: Repository, names: Sequence[str]) -> frozenset[int]:
    """The ids of these labels; a name that the repository does not know becomes a label."""
    wanted = unique(_checked_name(name) for name in names)
    return frozenset(_label_named(call, repository, name).id for name in wanted)


def _label_named(call: Call, repository: Repository, name: str) -> Label:
    return repository.label(name) or _add(call, repository, Label(next(call.state.ids), name))


def _add(call: Call, repository: Repository, label: Label) -> Label:
    repository.labels[label.id] = label
    _tell(call, repository, label, "created")
    return label


def _tell(call: Call, repository: Repository, label: Label, action: str, **parts: Any) -> None:
    call.tell(repository, "label", action, label=call.shapes.label(repository, label), **parts)


def _answer(call: Call, repository: Repository, label: Label, status: int = 200) -> Answer:
    return Answer(call.shapes.label(repository, label), status)


def list_labels(call: Call) -> Answer:
    repository = call.repository()
    labels = sorted(repository.labels.values(), key=lambda label: label.name.lower())
    shapes = call.shapes
    return call.page(labels, lambda one: shapes.label(repository, one), "/labels", repository)


def _label(call: Call, repository: Repository) -> Label:
    label = repository.label(call.path["name"])
    if not label:
        raise not_found()
    return label


def get_label(call: Call) -> Answer:
    repository = call.repository()
    return _answer(call, repository, _label(call, repository))


def _fields(call: Call) -> dict[str, Any]:
    """Colour and description, where the body says them."""
    fields: dict[str, Any] = {}
    if (color := call.text("color")) is not None:
        if not COLOR.fullmatch(color):
            raise invalid("Label", "color")
        fields["color"] = color.lower()
    if "description" in call.object():
        fields["description"] = call.text("description") or None
        if len(fields["description"] or "") > LONGEST_DESCRIPTION:
            raise too_long("Label", "description", LONGEST_DESCRIPTION)
    return fields


def create_label(call: Call) -> Answer:
    repository = call.pushable()
    name, fields = _checked_name(call.needed("name")), _fields(call)
    if repository.label(name):
        raise invalid("Label", "name", "already_exists")
    label = _add(call, repository, Label(next(call.state.ids), name, **fields))
    return _answer(call, repository, label, 201)


def update_label(call: Call) -> Answer:
    """Renames in place: issues keep the label, and do not count as updated."""
    repository = call.pushable()
    old, fields = _label(call, repository), _fields(call)
    if (new_name := call.text("new_name")) is not None:
        fields["name"] = _checked_name(new_name)
        if repository.label(fields["name"]) not in (None, old):
            raise invalid("Label", "name", "already_exists")
    new = replace(old, **fields)
    repository.labels[old.id] = new
    changes = {
        name: {"from": getattr(old, name) or ""}
        for name in ("name", "color", "description")
        if getattr(old, name) != getattr(new, name)
    }
    if changes:
        _tell(call, repository, new, "edited", changes=changes)
    return _answer(call, repository, new)


def delete_label(call: Call) -> Answer:
    """Issues lose the label without counting as updated."""
    repository = call.pushable()
    label = _label(call, repository)
    _tell(call, repository, label, "deleted")
    for issue in list(repository.issues.values()):
        if label.id in issue.labels:
            repository.put(replace(issue, labels=issue.labels - {label.id}), call.now)
    del repository.labels[label.id]
    return NO_CONTENT


def list_issue_labels(call: Call) -> Answer:
    repository, issue = call.issue()
    shapes = call.shapes
    labels = repository.labels_of(issue)
    below = f"/issues/{issue.number}/labels"
    return call.page(labels, lambda one: shapes.label(repository, one), below, repository)


def _set(call: Call, repository: Repository, issue: Issue, ids: frozenset[int]) -> Answer:
    new = change(call, repository, issue, labels=ids)
    shapes = call.shapes
    return Answer([shapes.label(repository, label) for label in repository.labels_of(new)])


def add_labels(call: Call) -> Answer:
    repository, issue = call.pushable_issue()
    ids = labels_named(call, repository, call.names("labels"))
    return _set(call, repository, issue, issue.labels | ids)


def set_labels(call: Call) -> Answer:
    repository, issue = call.pushable_issue()
    return _set(call, repository, issue, labels_named(call, repository, call.names("labels")))


def remove_label(call: Call) -> Answer:
    repository, issue = call.pushable_issue()
    label = repository.label(call.path["name"])
    if not label or label.id not in issue.labels:
        refused = not_found()
        refused.message = "Label does not exist"
        raise refused
    return _set(call, repository, issue, issue.labels - {label.id})


def remove_labels(call: Call) -> Answer:
    repository, issue = call.pushable_issue()
    change(call, repository, issue, labels=frozenset())
    return NO_CONTENT


REPO = "/repos/{owner}/{repo}"
LABEL = REPO + "/labels/{name:path}"
ON_ISSUE = REPO + "/issues/{issue_number}/labels"
PAGE = "issues/labels"

OPERATIONS = (
    Operation("GET", f"{REPO}/labels", list_labels, f"{PAGE}#list-labels-for-a-repository"),
    Operation("POST", f"{REPO}/labels", create_label, f"{PAGE}#create-a-label"),
    Operation("GET", LABEL, get_label, f"{PAGE}#get-a-label"),
    Operation("PATCH", LABEL, update_label, f"{PAGE}#update-a-label"),
    Operation("DELETE", LABEL, delete_label, f"{PAGE}#delete-a-label"),
    Operation("GET", ON_ISSUE, list_issue_labels, f"{PAGE}#list-labels-for-an-issue"),
    Operation("POST", ON_ISSUE, add_labels, f"{PAGE}#add-labels-to-an-issue"),
    Operation("PUT", ON_ISSUE, set_labels, f"{PAGE}#set-labels-for-an-issue"),
    Operation("DELETE", ON_ISSUE, remove_labels, f"{PAGE}#remove-all-labels-from-an-issue"),
    Operation(
        "DELETE", f"{ON_ISSUE}/{{name:path}}", remove_label, f"{PAGE}#remove-a-label-from-an-issue"
    ),
)
