"""A GitHub Project: what it is, which fields it has, and which carriers those make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from adapters.base import Carrier
from adapters.github import project_texts as texts
from adapters.github.carriers import Carriers, Offer, instead_of
from adapters.github.graphql import GraphQL
from adapters.nested import part, parts
from sync.model import FieldName, Json, Shape
from sync.tracker import Denied, NotFound, TrackerError, Unavailable

HOLDS: Mapping[str, tuple[Shape, ...]] = MappingProxyType(
    {
        "single_select": (Shape.LINE, Shape.NUMBER),
        "iteration": (Shape.LINE,),
        "text": (Shape.LINE, Shape.NUMBER, Shape.DATE),
        "number": (Shape.NUMBER,),
        "date": (Shape.DATE,),
    }
)
"""The types of a project's fields → what they can hold."""
OUTSIDE = (
    "GitHub keeps no order of issues outside of a Project; name the Project that has it, by its "
    "number under `project`"
)


@dataclass(frozen=True, slots=True)
class ProjectField:
    """One field of a project."""

    id: str
    name: str
    type: str
    """`text`, `number`, `date`, `single_select`, `iteration`; or one that the issue itself has."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """Of a select its options, of iterations their titles, the completed last → their ids."""

    def choice(self, name: str) -> str | None:
        """Its id, however the name is spelt."""
        known = {spelt.casefold(): id_ for spelt, id_ in reversed(list(self.choices.items()))}
        return self.choices.get(name) or known.get(name.casefold())


@dataclass(frozen=True, slots=True)
class Project:
    """As it was when it was opened."""

    id: str
    title: str
    number: int
    fields: Mapping[str, ProjectField]
    """By name, folded."""


def find(api: GraphQL, owner: str, number: int) -> Project | str:
    """The project of an organization or user; or why it cannot be used, with the remedy.

    Raises a TrackerError where it is not known.
    """
    reply = api.ask(texts.FIND, {"owner": owner, "number": number})
    found = part(reply.data, "repositoryOwner", "projectV2")
    if not isinstance(found, dict):
        return _absent(owner, number, reply.error_of("repositoryOwner"))
    if not found.get("viewerCanUpdate"):
        return (
            f"the token may not change the project {number} of {owner}: give it the permission "
            f"Projects: write (a classic one: the scope project), and its account Write there"
        )
    if found.get("closed"):
        return f"the project {number} of {owner} is closed: reopen it, or name another"
    fields = {one.name.casefold(): one for one in map(_field, parts(found, "fields", "nodes"))}
    return Project(str(found.get("id")), str(found.get("title") or ""), number, fields)


def listed(api: GraphQL, owner: str) -> Mapping[int, str]:
    """The titles of the open projects of an organization or user, by number; those that the token
    may read, fifty at most."""
    nodes = parts(
        api.ask(texts.LIST, {"owner": owner}).data, "repositoryOwner", "projectsV2", "nodes"
    )
    return {
        one["number"]: str(one.get("title") or "")
        for one in nodes
        if isinstance(one.get("number"), int) and not one.get("closed")
    }


def _absent(owner: str, number: int, error: TrackerError | None) -> str:
    """Why there is none. What says nothing about the project is raised."""
    name = f"the project {number} of {owner}"
    if isinstance(error, Denied):
        return (
            f"the token may not read {name}: give it the permission Projects: write "
            "(a classic one: the scope project)"
        )
    if isinstance(error, Unavailable):
        raise error
    if error is None or isinstance(error, NotFound):
        return (
            f"{name} is not there, or the token may not see it: name the number in its address "
            "under `project`, or give the token the permission Projects: write"
        )
    return f"the server knows no Projects as {name} would be one; it says: {error}"


def _field(node: Mapping[str, Json]) -> ProjectField:
    listed = [
        *((one.get("name"), one.get("id")) for one in parts(node, "options")),
        *((one.get("title"), one.get("id")) for one in parts(node, "configuration", "iterations")),
        *(
            (one.get("title"), one.get("id"))
            for one in parts(node, "configuration", "completedIterations")
        ),
    ]
    choices: dict[str, str] = {}
    for name, id_ in listed:  # of two iterations of one title the running one counts
        choices.setdefault(str(name), str(id_))
    type_ = str(node.get("dataType") or "").lower()
    return ProjectField(str(node.get("id")), str(node.get("name") or ""), type_, choices)


def carried(project: Project, carriers: Carriers) -> Mapping[FieldName, ProjectField]:
    """The project's fields that carry fields."""
    wanted = carriers.all_of("project-field").items()
    return {
        name: found
        for name, carrier in wanted
        if (found := project.fields.get((carrier.argument or "").casefold()))
    }


def offers(found: Project | str | None, carriers: Carriers) -> Mapping[FieldName, Offer | str]:
    """What the project offers to each field that it is to carry; or why it cannot."""
    wanted = carriers.all_of("project-field").items()
    return {name: _offer(found, name, it, carriers.shapes[name]) for name, it in wanted}


def _offer(
    found: Project | str | None, name: FieldName, carrier: Carrier, shape: Shape
) -> Offer | str:
    instead = instead_of(name, carrier)
    if found is None:
        return f"no Project is named: name its number under `project`, or {instead}"
    if isinstance(found, str):
        return f"{found}; or {instead}"
    own = found.fields.get((carrier.argument or "").casefold())
    if own is None:
        has = ", ".join(repr(one.name) for one in found.fields.values() if one.type in HOLDS)
        place = f"the project {found.number}"
        return f"{place} has no field {carrier.argument!r}, but {has}: add it, or {instead}"
    if shape not in HOLDS.get(own.type, ()):
        fits = " or ".join(type_ for type_, shapes in HOLDS.items() if shape in shapes)
        return (
            f"the field {own.name!r} of the project {found.number} is of the type {own.type}, and "
            f"{name} needs {fits or 'what no field of a project holds'}: {instead}"
        )
    options = tuple(own.choices) if own.type in ("single_select", "iteration") else None
    return Offer(type=own.type, options=options)
