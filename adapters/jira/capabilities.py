"""What holds a field in Jira, and in which shapes: data, for reasons and for the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from sync.model import Shape

FieldType: TypeAlias = Literal[
    "line",
    "url",
    "text",
    "number",
    "date",
    "datetime",
    "option",
    "cascade",
    "options",
    "user",
    "users",
    "labels",
    "lines",
    "version",
    "versions",
    "component",
    "components",
    "priority",
    "other",
]
"""What a value of one of Jira's fields is."""


@dataclass(frozen=True, slots=True)
class Capability:
    """What one carrier, or one type of Jira's fields, can do."""

    carrier: str
    """As the settings name it: `sprint`, `field/NAME-OR-ID`."""
    holds: str
    """What people call what is there: `a select list`."""
    shapes: tuple[Shape, ...]
    """What it holds of the backlog; none: nothing, and `loss` is the reason."""
    needs: str = ""
    """What must be so in Jira, or in the settings."""
    loss: str = ""
    """What does not come through, or only otherwise spelt."""


FIELD = "field/NAME-OR-ID"
LISTED = "the options must be there in Jira, and be enabled"
MAPPED = "people are mapped under users"
UNMAPPED = "people without an account here, and accounts that are nobody's, are kept as they are"


def _field(holds: str, *shapes: Shape, needs: str = "", loss: str = "") -> Capability:
    return Capability(FIELD, holds, shapes, needs=needs, loss=loss)


FIELD_TYPES: Mapping[FieldType, Capability] = MappingProxyType(
    {
        "line": _field("a line of text", Shape.LINE, loss="at most 255 characters"),
        "url": _field("an address", Shape.LINE, needs="Jira takes whole addresses only"),
        "text": _field(
            "paragraphs", Shape.TEXT, Shape.CRITERIA, loss="as for the description's text"
        ),
        "number": _field("a number", Shape.NUMBER),
        "date": _field("a day", Shape.DATE),
        "datetime": _field(
            "a day with a time",
            Shape.DATE,
            loss="the day is that of the account's time zone; the time of day stays, noon if new",
        ),
        "option": _field("one of a list of options", Shape.LINE, needs=LISTED),
        "cascade": _field(
            "an option, and one below it",
            Shape.LINE,
            needs=LISTED,
            loss="as 'Parent / Child'; where a name has such a slash itself, it is written '\\/'",
        ),
        "options": _field("some of a list of options", Shape.SET, needs=LISTED),
        "user": _field("a person", Shape.LINE, Shape.SET, needs=MAPPED, loss=UNMAPPED),
        "users": _field("people", Shape.SET, needs=MAPPED, loss=UNMAPPED),
        "labels": _field("labels", Shape.SET, loss="white space is spelt '%20'"),
        "lines": _field("lines of text", Shape.SET),
        "version": _field("a version", Shape.LINE, needs="the version must be there"),
        "versions": _field("versions", Shape.SET, needs="the versions must be there"),
        "component": _field("a component", Shape.LINE, needs="the component must be there"),
        "components": _field("components", Shape.SET, needs="the components must be there"),
        "priority": _field("a priority", Shape.LINE, needs="one of the project's priorities"),
        "other": _field("something of its own kind", loss="choose a field of another type"),
    }
)
"""By the type of a field, as its schema says it: its name may be translated."""

REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "group": "groups of Jira's accounts, which are its permissions' and not the backlog's; "
        "use a select list, or people",
        "project": "a project of Jira, which is a place and no value; use a select list",
        "issuelinks": "links; use link/TYPE",
        "issuelink": "another issue; use parent, or link/TYPE",
        "attachment": "files; use attachments",
        "comments-page": "comments; they are carried by the setting comments",
        "resolution": "a resolution, which only transitions change; use resolution",
        "securitylevel": "who may see the issue, which no tracker decides for another; "
        "choose another field",
        "timetracking": "hours of work, which Jira computes; use a number field",
        "any": "a value of an app's own; use a field of one of Jira's own types",
    }
)
"""By `schema.type`, or `schema.items`: what the field holds, and what to use in its place."""

CARRIERS: Mapping[str, Capability] = MappingProxyType(
    {
        "summary": Capability("summary", "the summary", (Shape.LINE,), loss="255 characters"),
        "description": Capability("description", "the description", (Shape.TEXT,)),
        "body-section": Capability(
            "body-section/HEADING",
            "a section of the description",
            (
                Shape.CRITERIA,
                Shape.ITEMS,
                Shape.TEXT,
                Shape.LINE,
                Shape.NUMBER,
                Shape.DATE,
                Shape.SET,
            ),
            loss="values are read as text with markup; a section with more in it is description",
        ),
        "checklist": Capability(
            "checklist",
            "the first checklist of the description",
            (Shape.CRITERIA,),
            loss="a description with a checklist of its own above it is not taken",
        ),
        "issuetype": Capability(
            "issuetype",
            "the issue type",
            (Shape.LINE,),
            needs="to make a sub-task of an issue, or the other way round: on Cloud the "
            "permissions 'Make bulk changes' and 'Move issues'; on Data Center it is done by hand",
        ),
        "status": Capability(
            "status", "the status", (Shape.LINE,), needs="transitions that lead there"
        ),
        "resolution": Capability(
            "resolution",
            "the resolution",
            (Shape.LINE,),
            needs="the field Resolution on the screen of the transition, or on the edit screen",
            loss="what is open has none; a status that is all there is for what is closed is done "
            "or cancelled by its resolution",
        ),
        "labels": Capability(
            "labels", "labels", (Shape.SET,), loss="white space is spelt '%20'; 255 characters"
        ),
        "label": Capability(
            "label/NS",
            "the labels NS:value",
            (Shape.LINE, Shape.SET, Shape.NUMBER, Shape.DATE),
            loss="white space is spelt '%20'; 255 characters",
        ),
        "assignee": Capability(
            "assignee",
            "the assignee",
            (Shape.SET,),
            needs=f"{MAPPED}, and may be assigned issues",
            loss=f"Jira shows one person of several; {UNMAPPED}",
        ),
        "parent": Capability(
            "parent",
            "the parent",
            (Shape.ITEM,),
            loss="on Data Center sub-tasks are moved by hand",
        ),
        "link": Capability(
            "link/TYPE",
            "links of one type, by its name or by its words for either end",
            (Shape.ITEMS,),
            loss="links to issues outside of the backlog stay as they are",
        ),
        "fix-version": Capability(
            "fix-version",
            "the fix versions",
            (Shape.LINE,),
            needs="a version that is missing is made, where the account administers the project",
            loss="the first is carried; others stay as they are",
        ),
        "estimate": Capability(
            "estimate", "story points", (Shape.NUMBER,), needs="a field for story points"
        ),
        "components": Capability(
            "components",
            "the components",
            (Shape.SET,),
            needs="the components must be there; none is made",
        ),
        "sprint": Capability(
            "sprint",
            "the sprint",
            (Shape.LINE,),
            needs="Jira Software, a Scrum board, and a sprint that is not closed; none is made",
            loss="the sprint that is not closed, else the last; an issue stays in closed ones",
        ),
        "attachments": Capability(
            "attachments",
            "the attachments",
            (Shape.SET,),
            loss="what is elsewhere is not shown, but for files that are copied here",
        ),
        "field": Capability(FIELD, "one of Jira's fields", (), loss="by the field's type"),
    }
)
"""By the kind of carrier."""

CAPABILITIES: tuple[Capability, ...] = (
    *(one for kind, one in CARRIERS.items() if kind != "field"),
    *FIELD_TYPES.values(),
    *(Capability(FIELD, kind, (), loss=f"holds {why}") for kind, why in REFUSED.items()),
)
"""All of them, as the documentation shows them."""
