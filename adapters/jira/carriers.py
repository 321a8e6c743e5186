"""Where each field of the backlog lives in an issue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, TypeAlias

from adapters.base import Carrier, Setup
from adapters.comments import NOWHERE
from adapters.jira.capabilities import CARRIERS, FIELD_TYPES, FieldType
from adapters.jira.kinds import MULTIPLE, type_of, why_not
from adapters.jira.labels import spelt
from adapters.jira.linking import End, find_type
from adapters.jira.project import EPIC_LINK, SPRINT, Field, Project
from adapters.sections.headings import folded
from sync.model import COMMENTS, SYMMETRIC, FieldName, Shape

Place: TypeAlias = Literal[
    "summary",
    "text",
    "criteria",
    "type",
    "status",
    "assignee",
    "parent",
    "link",
    "versions",
    "value",
    "labels",
    "label",
    "checks",
    "sprint",
    "attachments",
    "resolution",
    "comments",
    "notice",
    "section",
]
"""`value`: a field's own; `label`: the labels of one namespace; `labels`: all others; `checks`:
criteria in a field of their own; `section`: in the description, as the criteria may be."""

HEADING = "Acceptance criteria"
DEFAULTS: Mapping[FieldName, str] = {
    "title": "summary",
    "description": "description",
    "acceptance_criteria": f"body-section/{HEADING}",
    "kind": "issuetype",
    "status": "status",
    "priority": "field/priority",
    "labels": "labels",
    "assignees": "assignee",
    "estimate": "estimate",
    "parent": "parent",
    "blocked_by": "link/Blocks",
    "release": "fix-version",
    "sprint": "sprint",
    "components": "components",
    "due": "field/duedate",
    "attachments": "attachments",
    "resolution": "resolution",
    "relates_to": "link/Relates",
    "duplicates": "link/Duplicate",
    "comments": "comments",
    "notice": "notice",
}
FIXED: Mapping[str, tuple[Place, str, Shape]] = {
    "summary": ("summary", "summary", Shape.LINE),
    "description": ("text", "description", Shape.TEXT),
    "body-section": ("criteria", "description", Shape.CRITERIA),
    "issuetype": ("type", "issuetype", Shape.LINE),
    "status": ("status", "status", Shape.LINE),
    "labels": ("labels", "labels", Shape.SET),
    "assignee": ("assignee", "assignee", Shape.SET),
    "parent": ("parent", "parent", Shape.ITEM),
    "fix-version": ("versions", "fixVersions", Shape.LINE),
    "components": ("value", "components", Shape.SET),
    "attachments": ("attachments", "attachment", Shape.SET),
    "comments": ("comments", "comment", Shape.COMMENTS),
    "notice": ("notice", "comment", Shape.TEXT),
    "resolution": ("resolution", "resolution", Shape.LINE),
}
"""What these carriers come to: the place, Jira's field, the shape that it holds."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one field lives."""

    place: Place
    field: str
    """The id of Jira's field."""
    shape: Shape
    label: str
    """What people call the field, for messages."""
    argument: str = ""
    """The heading, the labels' namespace, or the name of the link type."""
    type: FieldType = "other"
    """Of a value: what it is, and so its form."""
    ends: tuple[End, ...] = ()
    """For a link: where the issues are that it names."""
    epic: str | None = None
    """For the parent on Data Center: the field that links an issue to its epic."""

    @property
    def array(self) -> bool:
        """Is the value a list of elements, added and removed singly?"""
        return self.type in MULTIPLE


class Unfit(Exception):
    """A carrier that cannot hold the field here; the text is the reason with its remedy."""


def locate(setup: Setup, project: Project) -> tuple[dict[FieldName, Slot], dict[FieldName, str]]:
    """Each field's slot; and for the fields without one the reason, with the remedy."""
    slots: dict[FieldName, Slot] = {}
    cannot: dict[FieldName, str] = {}
    for name, shape in setup.schema.items():
        if name == COMMENTS and not (setup.comments.read or setup.comments.write):
            cannot[name] = NOWHERE
            continue
        carrier = setup.carriers.get(name, _default(name))
        if carrier is None:
            cannot[name] = "the settings give it no carrier here"
            continue
        try:
            slot = _slot(name, carrier, shape, project)
            _part(slot, slots)
            if slot.place == "notice" and project.desk:
                raise Unfit(f"{project.key} is a service desk, whose customers read comments")
            if slot.place != "comments" or setup.comments.write:
                _permit(name, slot, project)
        except Unfit as unfit:
            cannot[name] = f"{unfit}"
        else:
            slots[name] = slot
    return slots, cannot


def _part(slot: Slot, others: Mapping[FieldName, Slot]) -> None:
    """Raises Unfit where another field has the same part of the description already."""
    if slot.place in ("section", "criteria"):
        for name, other in others.items():
            same = folded(other.argument) == folded(slot.argument)
            if other.place in ("section", "criteria") and same:
                raise Unfit(f"the section {slot.argument!r} holds {name}; name another heading")


def values_of(setup: Setup, name: FieldName) -> Mapping[str, str]:
    """The configured names of a field's values: canonical → Jira's."""
    carrier = setup.carriers.get(name)
    return (carrier.values if carrier else {}) or setup.values.get(name, {})


def _default(name: FieldName) -> Carrier | None:
    return Carrier.parse(DEFAULTS[name]) if name in DEFAULTS else None


def _slot(name: FieldName, carrier: Carrier, shape: Shape, project: Project) -> Slot:
    argument = carrier.argument or ""
    match carrier.kind:
        case "checklist":
            _check("checklist", shape)
            return Slot("criteria", "description", shape, "description")
        case "body-section" if shape is not Shape.CRITERIA:
            return _section(argument, shape)
        case kind if kind in FIXED:
            return _fixed(FIXED[kind], shape, argument, project)
        case "label" if argument:
            _check("label", shape)
            return Slot("label", "labels", shape, f"label {argument}", spelt(argument))
        case "link":
            return _link(name, argument or "Blocks", shape, project)
        case "estimate" if project.points:
            return _value(project.points, shape)
        case "estimate":
            raise Unfit("Jira has no field for story points; name one as field/NAME-OR-ID")
        case "sprint":
            return _sprint(shape, project)
        case "field" if argument:
            return _named(_find(argument, project), shape, project)
    known = ", ".join(one.carrier for one in CARRIERS.values())
    raise Unfit(f"Jira has no carrier {carrier.kind!r}; it has {known}")


def _check(kind: str, shape: Shape) -> None:
    """Raises Unfit where a carrier does not hold the shape."""
    able = CARRIERS[kind]
    if shape not in able.shapes:
        held = " or ".join(f"a {one.value}" for one in able.shapes)
        raise Unfit(f"{able.holds} hold {held} and no {shape.value}; choose another carrier")


def _fixed(fixed: tuple[Place, str, Shape], shape: Shape, argument: str, project: Project) -> Slot:
    place, field, holds = fixed
    if shape is not holds:
        raise Unfit(f"{field} holds a {holds.value} and no {shape.value}; choose another carrier")
    if place == "criteria":
        return Slot(place, field, shape, field, argument or HEADING)
    epic = project.special(EPIC_LINK) if place == "parent" and not project.cloud else None
    type_: FieldType = "components" if field == "components" else "other"
    return Slot(place, field, shape, field, type=type_, epic=epic.id if epic else None)


def _section(heading: str, shape: Shape) -> Slot:
    _check("body-section", shape)
    if not heading.strip():
        raise Unfit("a section needs a heading; name one as body-section/HEADING")
    return Slot("section", "description", shape, f"section {heading}", heading)


def _link(name: FieldName, argument: str, shape: Shape, project: Project) -> Slot:
    if shape is not Shape.ITEMS:
        raise Unfit(f"links cannot hold a {shape.value}; choose another carrier")
    found = find_type(project.links, argument, name, symmetric=name in SYMMETRIC)
    if found is None:
        offered = ", ".join(sorted(one.name for one in project.links)) or "none"
        raise Unfit(f"Jira has no link type {argument!r}; name one as link/TYPE, it has {offered}")
    type_, ends = found
    return Slot("link", "issuelinks", shape, f"link {type_.name}", type_.name, ends=ends)


def _find(wanted: str, project: Project) -> Field:
    by_id = {field.id: field for field in project.fields}
    if wanted in by_id:
        return by_id[wanted]
    found = [field for field in project.fields if field.name.casefold() == wanted.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(field.id for field in found)
        raise Unfit(f"Jira has several fields named {wanted!r}; name one by its id: {ids}")
    near = get_close_matches(wanted, [field.name for field in project.fields], 1)
    hint = f"did you mean {near[0]!r}?" if near else "name it as Jira does, or by its id"
    raise Unfit(f"Jira has no field {wanted!r}; {hint}")


def _named(field: Field, shape: Shape, project: Project) -> Slot:
    """A field of Jira's own goes as its carrier does."""
    if field.custom.endswith(SPRINT):
        return _sprint(shape, project)
    known = next((kind for kind, (_, id, _) in FIXED.items() if id == field.id), None)
    return _fixed(FIXED[known], shape, "", project) if known else _value(field, shape)


def _value(field: Field, shape: Shape) -> Slot:
    type_ = type_of(field)
    able = FIELD_TYPES[type_]
    if not able.shapes:
        raise Unfit(f"Jira's field {field.name!r} holds {why_not(field)}")
    if shape not in able.shapes:
        raise Unfit(
            f"Jira's field {field.name!r} holds {able.holds}, which is no {shape.value}; "
            "name another field"
        )
    if type_ == "text":
        return Slot("text" if shape is Shape.TEXT else "checks", field.id, shape, field.name)
    place: Place = "assignee" if type_ == "user" and shape is Shape.SET else "value"
    return Slot(place, field.id, shape, field.name, type=type_)


def _sprint(shape: Shape, project: Project) -> Slot:
    field = project.special(SPRINT)
    if field is None:
        raise Unfit("Jira has no sprints; install or enable Jira Software")
    _check("sprint", shape)
    return Slot("sprint", field.id, shape, field.name)


def _permit(name: FieldName, slot: Slot, project: Project) -> None:
    """Raises Unfit where this account may not write what lives there."""
    needed = {
        "status": ("TRANSITION_ISSUES", "Transition issues"),
        "resolution": ("TRANSITION_ISSUES", "Transition issues"),
        "link": ("LINK_ISSUES", "Link issues"),
        "comments": ("ADD_COMMENTS", "Add comments"),
        "notice": ("ADD_COMMENTS", "Add comments"),
        "sprint": ("SCHEDULE_ISSUES", "Schedule issues"),
    }.get(slot.place, ("EDIT_ISSUES", "Edit issues"))
    if slot.field == "assignee":
        needed = ("ASSIGN_ISSUES", "Assign issues")
    if needed[0] not in project.allowed:
        raise Unfit(
            f"this account may not change {name} in {project.key}; "
            f"give it the permission {needed[1]!r}"
        )
