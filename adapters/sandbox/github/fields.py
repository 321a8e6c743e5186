"""An organization's own fields, and what its issues have in them.

https://docs.github.com/rest/orgs/issue-fields, https://docs.github.com/rest/issues/issue-field-values
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from adapters.sandbox.github.answers import (
    NO_CONTENT,
    Answer,
    forbidden,
    invalid,
    malformed,
    not_found,
)
from adapters.sandbox.github.calls import Call, Operation
from adapters.sandbox.github.changes import change
from adapters.sandbox.github.state import FieldValue, Issue, IssueField, Repository

MOST_VALUES = 25
NAME = "issue_field_values"


def list_fields(call: Call) -> Answer:
    """Where an organization has none, the address is not there either."""
    fields = call.state.fields.get(call.path["org"].lower(), ())
    if not fields:
        raise not_found()
    return Answer([call.shapes.issue_field(field) for field in fields])


def list_values(call: Call) -> Answer:
    repository, issue = call.issue()
    values = call.shapes.field_values(repository, issue)
    return call.page(values, dict, f"/issues/{issue.number}/issue-field-values", repository)


def add_values(call: Call) -> Answer:
    """Sets these values. An empty list clears all that there are."""
    repository, issue = call.pushable_issue(forbidden)
    new = values_said(call, repository)
    return _set(call, repository, issue, {**dict(issue.fields), **new} if new else {})


def set_values(call: Call) -> Answer:
    """Sets these values, and clears all others."""
    repository, issue = call.pushable_issue(forbidden)
    return _set(call, repository, issue, values_said(call, repository))


def delete_value(call: Call) -> Answer:
    repository, issue = call.pushable_issue(forbidden)
    wanted = call.number("issue_field_id")
    kept = {id_: value for id_, value in issue.fields if id_ != wanted}
    if len(kept) == len(issue.fields):
        raise not_found()
    _set(call, repository, issue, kept)
    return NO_CONTENT


def _set(
    call: Call, repository: Repository, issue: Issue, values: Mapping[int, FieldValue]
) -> Answer:
    issue = change(call, repository, issue, fields=tuple(values.items()))
    return Answer(call.shapes.field_values(repository, issue))


def values_said(call: Call, repository: Repository) -> dict[int, FieldValue]:
    """What the body says of fields, by their ids; also in the body of an issue."""
    said = call.object().get(NAME, [])
    if not isinstance(said, list) or len(said) > MOST_VALUES:
        raise malformed(f"For 'properties/{NAME}', it is no array of up to {MOST_VALUES} items.")
    fields = {field.id: field for field in call.state.fields_of(repository)}
    found: dict[int, FieldValue] = {}
    for entry in said:
        if not isinstance(entry, dict) or not {"field_id", "value"} <= entry.keys():
            raise malformed(f"For 'properties/{NAME}/items', field_id and value are required.")
        field = fields.get(entry["field_id"]) if isinstance(entry["field_id"], int) else None
        if field is None:
            raise invalid("IssueFieldValue", "field_id", value=str(entry["field_id"]))
        found[field.id] = _value(field, entry["value"])
    return found


def _value(field: IssueField, value: Any) -> FieldValue:
    """As the field holds it."""
    names = {option.name.lower(): option.name for option in field.options}
    match field.type:
        case "text" if isinstance(value, str) and value:
            return value
        case "number" if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        case "date" if isinstance(value, str) and _is_day(value):
            return value
        case "single_select" if isinstance(value, str) and value.lower() in names:
            return names[value.lower()]
        case "multi_select" if isinstance(value, list) and value and _are_names(value, names):
            return tuple(names[name.lower()] for name in value)
    raise invalid("IssueFieldValue", "value", value=str(value), message=f"{field.name}: {value!r}")


def _are_names(value: list[Any], names: Mapping[str, str]) -> bool:
    return all(isinstance(name, str) and name.lower() in names for name in value)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


VALUES = "/repos/{owner}/{repo}/issues/{issue_number}/issue-field-values"
PAGE = "issues/issue-field-values"

OPERATIONS = (
    Operation("GET", "/orgs/{org}/issue-fields", list_fields, "orgs/issue-fields", "nothing"),
    Operation("GET", VALUES, list_values, PAGE),
    Operation("POST", VALUES, add_values, PAGE),
    Operation("PUT", VALUES, set_values, PAGE),
    Operation("DELETE", f"{VALUES}/{{issue_field_id}}", delete_value, PAGE),
)
