"""A project from a seed: its types, statuses, workflow and the rest, or what its issues use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.sandbox.jira import fields
from adapters.sandbox.jira.place import Place, SeedError, find_id
from adapters.sandbox.jira.state import (
    IssueType,
    Label,
    Project,
    Site,
    Sprint,
    Status,
    Transition,
    Version,
    find,
)

TYPES = ("Epic", "Story", "Task", "Bug", "Sub-task")
SUB_TASKS = frozenset({"sub-task", "subtask", "technical task"})
STATUSES: Mapping[str, str] = {"To Do": "new", "In Progress": "indeterminate", "Done": "done"}
PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
DONE = frozenset({"done", "closed", "resolved", "cancelled", "rejected", "released"})
NEW = frozenset({"to do", "todo", "open", "reopened", "new", "backlog"})
CATEGORIES = ("new", "indeterminate", "done")
SPRINT_STATES = ("future", "active", "closed")
FIRST_ID = 10_000
# fmt: off
KNOWN = (
    "name", "types", "statuses", "workflow", "priorities", "versions", "components", "levels",
    "screens", "required", "id", "board", "sprints", "open", "archived",
)
KNOWN_OF_STEPS = (
    "name", "from", "to", "fields", "required", "if", "checks", "resolution", "id",
)
# fmt: on


def make_project(site: Site, key: str, place: Place, issues: Sequence[Place]) -> Project:
    place.only(KNOWN)

    def used(name: str) -> list[str]:
        """In the order in which the issues name them."""
        found = [text for issue in issues for text in _texts(issue.data.get(name))]
        return list(dict.fromkeys(found))

    types = [_type(site, one) for one in place.items("types") or [*TYPES, *used("type")]]
    statuses = _statuses(site, place, used("status"))
    names = place.items("priorities") or [*PRIORITIES, *used("priority")]
    id_ = place.text("id") or str(FIRST_ID + len(site.projects))
    project = Project(
        id=id_,
        key=key,
        name=place.text("name") or key,
        types=_unique(types),
        statuses=statuses,
        priorities=_unique([_priority(site, str(name)) for name in names]),
        transitions=_workflow(site, place, statuses),
        components=_labels(site, place.items("components") or used("components")),
        levels=_labels(site, place.items("levels") or used("security")),
        board=place.choice("board", {"scrum": "scrum", "kanban": "kanban"})
        if "board" in place.data
        else "scrum",
        required=_field_ids(site, place.items("required"), f"{place.path}.required"),
        open=bool(place.data.get("open", False)),
        archived=bool(place.data.get("archived", False)),
    )
    project.own_statuses = _own_statuses(place, project)
    for version in place.items("versions") or used("fixVersions"):
        project.versions.append(_version(site, id_, version))
    for sprint in place.items("sprints") or used("sprint"):
        _add_sprint(site, id_, sprint, f"{place.path}.sprints")
    for operation, names in (place.data.get("screens") or {}).items():
        if operation not in ("create", "edit"):
            raise SeedError(f"{place.path}.screens: expected create or edit, got {operation!r}")
        path = f"{place.path}.screens.{operation}"
        project.screens[operation] = _field_ids(site, names, path)
    return project


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _unique(entries: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(entries))


def _type(site: Site, given: Any) -> IssueType:
    named = given if isinstance(given, Mapping) else {"name": given}
    name = str(named.get("name"))
    known = find(site.types.values(), name)
    if known:
        return known
    level = -1 if name.casefold() in SUB_TASKS else 1 if name.casefold() == "epic" else 0
    type_ = IssueType(str(FIRST_ID + len(site.types)), name, int(named.get("level", level)))
    site.types[type_.id] = type_
    return type_


def _statuses(site: Site, place: Place, used: Iterable[str]) -> list[Status]:
    declared = place.data.get("statuses")
    if declared is None:
        wanted = dict(STATUSES) | {name: _guess(name) for name in used if name not in STATUSES}
    elif isinstance(declared, Mapping):
        wanted = {str(name): str(category) for name, category in declared.items()}
    else:
        raise SeedError(f"{place.path}.statuses: expected names with categories: To Do: new")
    statuses = []
    for name, category in wanted.items():
        if category not in CATEGORIES:
            told = f"expected one of {', '.join(CATEGORIES)}, got {category!r}"
            raise SeedError(f"{place.path}.statuses.{name}: {told}")
        known = find(site.statuses.values(), name)
        status = known or Status(str(FIRST_ID + len(site.statuses)), name, category)
        site.statuses[status.id] = status
        statuses.append(status)
    return _unique(statuses)


def _guess(name: str) -> str:
    folded = name.casefold()
    return "done" if folded in DONE else "new" if folded in NEW else "indeterminate"


def _priority(site: Site, name: str) -> Label:
    known = find(site.priorities.values(), name)
    if known:
        return known
    label = Label(str(len(site.priorities) + 1), name)
    site.priorities[label.id] = label
    return label


def _labels(site: Site, names: Iterable[Any]) -> list[Label]:
    return [Label(str(site.new_id()), str(name)) for name in names]


def _version(site: Site, project: str, given: Any) -> Version:
    named = given if isinstance(given, Mapping) else {"name": given}
    return Version(
        id=str(site.new_id()),
        name=str(named.get("name")),
        project=project,
        description=named.get("description"),
        released=bool(named.get("released", False)),
        archived=bool(named.get("archived", False)),
        released_on=None if named.get("releaseDate") is None else str(named["releaseDate"]),
    )


def _add_sprint(site: Site, board: str, given: Any, path: str) -> None:
    place = Place(given if isinstance(given, Mapping) else {"name": given}, path)
    place.only(["name", "state", "goal", "startDate", "endDate", "completeDate", "id"])
    state = place.text("state") or "future"
    if state not in SPRINT_STATES:
        raise SeedError(f"{path}: expected one of {', '.join(SPRINT_STATES)}, got {state!r}")
    sprint = Sprint(
        id=place.text("id") or str(site.new_id()),
        name=place.needed("name"),
        state=state,
        board=board,
        goal=place.text("goal"),
        started=place.time("startDate"),
        ends=place.time("endDate"),
        ended=place.time("completeDate"),
    )
    site.sprints[sprint.id] = sprint


def _workflow(site: Site, place: Place, statuses: Sequence[Status]) -> list[Transition]:
    if "workflow" not in place.data:
        return [
            Transition(str(number * 10 + 11), status.name, status.id)
            for number, status in enumerate(statuses)
        ]
    transitions = []
    for number, step in enumerate(place.list_of("workflow")):
        step.only(KNOWN_OF_STEPS)
        sources = step.data.get("from", "*")
        path = f"{step.path}.from"
        known = [find_id(statuses, name, path) for name in _texts(sources) if name != "*"]
        to = step.named("to", statuses)
        if to is None:
            raise SeedError(f"{step.path}: to is missing")
        required = _field_ids(site, step.items("required"), f"{step.path}.required")
        screen = _field_ids(site, step.items("fields"), f"{step.path}.fields") | required
        transitions.append(
            Transition(
                id=step.text("id") or str(number * 10 + 11),
                name=step.text("name") or site.statuses[to].name,
                to=to,
                sources=None if sources == "*" else frozenset(filter(None, known)),
                screen=tuple(name for name in site.fields if name in screen),
                required=required,
                needs=_field_ids(site, step.items("if"), f"{step.path}.if"),
                checks=_field_ids(site, step.items("checks"), f"{step.path}.checks"),
                resolution=_post_function(site, step),
            )
        )
    return transitions


def _post_function(site: Site, step: Place) -> str | None:
    said = "auto" if "resolution" not in step.data else step.text("resolution")
    if said in ("auto", "keep", None):
        return said
    return step.named("resolution", site.resolutions.values())


def _own_statuses(place: Place, project: Project) -> dict[str, frozenset[str]]:
    """Of the types that have a workflow of their own."""
    own: dict[str, frozenset[str]] = {}
    for number, given in enumerate(place.items("types")):
        if isinstance(given, Mapping) and given.get("statuses"):
            path = f"{place.path}.types[{number}].statuses"
            ids = [find_id(project.statuses, name, path) for name in _texts(given["statuses"])]
            type_ = find(project.types, str(given.get("name")))
            own |= {type_.id: frozenset(filter(None, ids))} if type_ else {}
    return own


def _field_ids(site: Site, names: Iterable[Any], path: str) -> frozenset[str]:
    """By id or name; `estimate` is what seeds call Story Points."""
    called = (fields.STORY_POINTS if name == "estimate" else name for name in names)
    ids = (find_id(site.fields.values(), name, path) for name in called)
    return frozenset(filter(None, ids))
