"""The types of Jira's fields: which one a field is of, and its values as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from adapters.jira.capabilities import REFUSED, FieldType
from adapters.jira.project import SPRINT, Field
from adapters.jira.words import joined, parted
from sync.model import Json

NAMES: Mapping[FieldType, str] = MappingProxyType(
    {
        "option": "value",
        "options": "value",
        "priority": "name",
        "component": "name",
        "components": "name",
        "version": "name",
        "versions": "name",
    }
)
"""What names a value that is an object."""
SINGLE: Mapping[str, FieldType] = MappingProxyType(
    {
        "number": "number",
        "date": "date",
        "datetime": "datetime",
        "option": "option",
        "option-with-child": "cascade",
        "user": "user",
        "version": "version",
        "component": "component",
        "priority": "priority",
    }
)
MANY: Mapping[str, FieldType] = MappingProxyType(
    {
        "option": "options",
        "user": "users",
        "version": "versions",
        "component": "components",
        "string": "lines",
    }
)
"""By `schema.type`, and by `schema.items` of an array.
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/"""
LISTED: frozenset[FieldType] = frozenset({"option", "options", "cascade"})
PEOPLE: frozenset[FieldType] = frozenset({"user", "users"})
MULTIPLE: frozenset[FieldType] = frozenset(
    {"options", "users", "labels", "lines", "versions", "components"}
)


def type_of(field: Field) -> FieldType:
    """By its schema alone."""
    if field.paragraph:
        return "text"
    if field.type == "array":
        if field.custom.endswith(":labels") or field.id == "labels":
            return "labels"
        sprint = field.custom.endswith(SPRINT)
        return "other" if sprint else MANY.get(field.items or "", "other")
    if field.type == "string":
        return "url" if field.custom.endswith(":url") else "line"
    return SINGLE.get(field.type, "other")


def why_not(field: Field) -> str:
    """What a field of no type of ours holds, and the remedy."""
    kind = field.items if field.type == "array" and field.items else field.type
    return REFUSED.get(kind, f"a {kind}; use a field of another type")


def read(type_: FieldType, value: Json, *, cloud: bool) -> Json:
    """One value, or one element, as it is shown: a name, a line, a number."""
    if type_ in PEOPLE:
        return login_of(value, cloud=cloud)
    if type_ == "cascade":
        child = value.get("child")
        return joined([str(value["value"]), *([str(child["value"])] if child else [])])
    if type_ in NAMES:
        return str(value[NAMES[type_]])
    return value


def write(type_: FieldType, native: Json, *, cloud: bool) -> Json:
    """What `read` has read, as it is sent; None empties the field."""
    if native is None:
        return None
    if type_ in PEOPLE:
        return {"accountId" if cloud else "name": native}
    if type_ == "cascade":
        parent, *below = parted(native)
        return {"value": parent, **({"child": {"value": below[0]}} if below else {})}
    return {NAMES[type_]: native} if type_ in NAMES else native


def login_of(person: Json, *, cloud: bool) -> str | None:
    """How an account is named."""
    return (person or {}).get("accountId" if cloud else "name")
