"""The fields of issues: which there are, which screen has them, and what a write makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from adapters.sandbox.jira import values
from adapters.sandbox.jira.state import Field, IssueType, Json, Project, Site
from adapters.sandbox.jira.values import Stored, Writing, Wrong
from adapters.sandbox.jira.web import Refused

EPIC_NAME, EPIC_LINK = "customfield_10011", "customfield_10014"
RANK, STORY_POINTS = "customfield_10019", "customfield_10026"
SPRINT = "customfield_10020"
EDITED = ("set",)
COLLECTED = ("add", "set", "remove")


@dataclass(frozen=True)
class Kind:
    type: str
    """`schema.type`."""
    read: Callable[[Writing, Field, Json], Stored] | None = None
    """From what was sent to what is kept. None: not to be written."""
    items: str | None = None
    """`schema.items`."""
    whole: bool = False
    """Is it set only as a whole, though it is an array?"""

    @property
    def operations(self) -> tuple[str, ...]:
        if self.read is None:
            return ()
        return COLLECTED if self.items and not self.whole else EDITED


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "line": Kind("string", values.read_line),
        "text": Kind("string", values.read_text),
        "number": Kind("number", values.read_number),
        "date": Kind("date", values.read_date),
        "type": Kind("issuetype", values.read_type),
        "priority": Kind("priority", values.read_priority),
        "resolution": Kind("resolution", values.read_resolution),
        "security": Kind("securitylevel", values.read_level),
        "url": Kind("string", values.read_url),
        "moment": Kind("datetime", values.read_moment),
        "option": Kind("option", values.read_option),
        "options": Kind("array", values.read_options, "option"),
        "cascade": Kind("option-with-child", values.read_cascade),
        "users": Kind("array", values.read_users, "user"),
        "version": Kind("version", values.read_version),
        "group": Kind("group"),
        "sprint": Kind("array", values.read_sprint, "json", whole=True),
        "sprint-text": Kind("array", values.read_sprint, "string", whole=True),
        "attachments": Kind("array", None, "attachment"),
        "labels": Kind("array", values.read_labels, "string"),
        "versions": Kind("array", values.read_versions, "version"),
        "components": Kind("array", values.read_components, "component"),
        "user": Kind("user", values.read_user),
        "parent": Kind("issuelink", values.read_parent),
        "epic": Kind("any", values.read_epic),
        "project": Kind("project"),
        "status": Kind("status"),
        "datetime": Kind("datetime"),
        "rank": Kind("any"),
        "links": Kind("array", None, "issuelinks"),
        "children": Kind("array", None, "issuelinks"),
        "comments": Kind("comments-page"),
        "restriction": Kind("issuerestriction"),
    }
)

SYSTEM = (
    Field("summary", "Summary", "line"),
    Field("description", "Description", "text"),
    Field("issuetype", "Issue Type", "type"),
    Field("project", "Project", "project"),
    Field("status", "Status", "status"),
    Field("priority", "Priority", "priority"),
    Field("resolution", "Resolution", "resolution"),
    Field("resolutiondate", "Resolved", "datetime"),
    Field("labels", "Labels", "labels"),
    Field("assignee", "Assignee", "user"),
    Field("reporter", "Reporter", "user"),
    Field("creator", "Creator", "user"),
    Field("parent", "Parent", "parent"),
    Field("subtasks", "Sub-tasks", "children"),
    Field("fixVersions", "Fix versions", "versions"),
    Field("versions", "Affects versions", "versions"),
    Field("components", "Components", "components"),
    Field("environment", "Environment", "text"),
    Field("attachment", "Attachment", "attachments"),
    Field("security", "Security Level", "security"),
    Field("duedate", "Due date", "date"),
    Field("issuelinks", "Linked Issues", "links"),
    Field("comment", "Comment", "comments"),
    Field("created", "Created", "datetime"),
    Field("updated", "Updated", "datetime"),
    Field("archiveddate", "Archived", "datetime"),
)
RESTRICTION = Field("issuerestriction", "Restrict to", "restriction")
"""Of Cloud's team-managed projects: the roles that alone see an issue."""
SPRINTS = Field(SPRINT, "Sprint", "sprint", "com.pyxis.greenhopper.jira:gh-sprint")
"""Of Cloud, which shows objects."""
SPRINTS_SERVER = replace(SPRINTS, kind="sprint-text")
AGILE = (
    Field(RANK, "Rank", "rank", "com.pyxis.greenhopper.jira:gh-lexo-rank"),
    Field(
        STORY_POINTS,
        "Story Points",
        "number",
        "com.atlassian.jira.plugin.system.customfieldtypes:float",
    ),
)
SERVER_EPICS = (
    Field(EPIC_NAME, "Epic Name", "line", "com.pyxis.greenhopper.jira:gh-epic-label"),
    Field(EPIC_LINK, "Epic Link", "epic", "com.pyxis.greenhopper.jira:gh-epic-link"),
)
CUSTOM: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "text": ("line", "textfield"),
        "paragraph": ("text", "textarea"),
        "number": ("number", "float"),
        "select": ("option", "select"),
        "labels": ("labels", "labels"),
        "date": ("date", "datepicker"),
        "datetime": ("moment", "datetime"),
        "url": ("url", "url"),
        "radio": ("option", "radiobuttons"),
        "multiselect": ("options", "multiselect"),
        "checkboxes": ("options", "multicheckboxes"),
        "cascading": ("cascade", "cascadingselect"),
        "user": ("user", "userpicker"),
        "users": ("users", "multiuserpicker"),
        "version": ("version", "version"),
        "versions": ("versions", "multiversion"),
        "group": ("group", "grouppicker"),
        "project": ("project", "project"),
    }
)
"""The types of a team's own fields, with their kind and the end of `schema.custom`."""
TRANSITION_ONLY = frozenset({"resolution"})
UNWRITTEN = frozenset({"creator"})


def applies(site: Site, field: Field, type_: IssueType) -> bool:
    """Does an issue of this type have the field?"""
    if field.types is not None and type_.id not in field.types:
        return False
    match field.kind:
        case "parent":
            return type_.level < 1 if site.cloud else type_.level < 0
        case "epic":
            return type_.level == 0
    return field.id != EPIC_NAME or type_.level == 1


def screen(site: Site, project: Project, type_: IssueType, operation: str) -> list[Field]:
    """The fields that can be set in a `create` or an `edit`."""

    def has(field: Field) -> bool:
        if KINDS[field.kind].read is None or field.id in UNWRITTEN:
            return False
        if field.id in TRANSITION_ONLY and field.id not in project.screens.get(operation, ()):
            return False  # it is there only where somebody put it
        if field.kind == "security" and not project.levels:
            return False
        if field.kind == "parent" and operation == "edit" and not site.cloud:
            return False  # a sub-task is moved by hand there
        needed = operation == "create" and field.id in ("summary", "issuetype")
        return needed or project.on_screen(operation, field.id)

    return [field for field in site.fields.values() if has(field) and applies(site, field, type_)]


def is_required(project: Project, type_: IssueType, field: Field) -> bool:
    return (
        field.id in {"summary", "issuetype"} | project.required
        or (field.id == "parent" and type_.level < 0)
        or (field.id == EPIC_NAME and type_.level == 1)
    )


def missing(field: Field) -> str:
    if field.id == "summary":
        return "You must specify a summary of the issue."
    if field.id == "parent":
        return "Issue type is a sub-task but parent issue key or id not specified."
    return f"{field.name} is required."


def written(
    writing: Writing,
    settable: Iterable[Field],
    sent: Mapping[str, Json],
    update: Mapping[str, Json],
) -> dict[str, Stored]:
    """The new values by field id, None for emptied ones. Refused: each field with its reason."""
    fields = {field.id: field for field in settable}
    new: dict[str, Stored] = {}
    errors: dict[str, str] = {}
    for name in [*sent, *(name for name in update if name not in sent)]:
        try:
            if name not in fields:
                told = "It is not on the appropriate screen, or unknown."
                raise Wrong(f"Field '{name}' cannot be set. {told}")
            if name in sent and name in update:
                raise Wrong(f"Field '{name}' cannot appear in both 'fields' and 'update'")
            operations = [{"set": sent[name]}] if name in sent else update[name]
            new[name] = _operated(writing, fields[name], operations)
        except Wrong as error:
            errors[error.at or name] = str(error)
    if errors:
        raise Refused(400, errors=errors)
    return new


def _operated(writing: Writing, field: Field, operations: Json) -> Stored:
    kind = KINDS[field.kind]
    value = writing.issue.values.get(field.id) if writing.issue else None
    if not isinstance(operations, list) or not all(
        isinstance(operation, dict) and len(operation) == 1 for operation in operations
    ):
        raise Wrong("data was not an array")
    for operation in operations:
        ((verb, sent),) = operation.items()
        if verb not in kind.operations or kind.read is None:
            raise Wrong(f"Field '{field.id}' does not support operation '{verb}'")
        if verb == "set":
            value = None if sent is None else kind.read(writing, field, sent)
        else:
            element = kind.read(writing, field, [sent])
            others = set(value or ()) - set(element)
            value = tuple(sorted(others | set(element) if verb == "add" else others))
    return value or (value if value == 0.0 and field.kind == "number" else None)
