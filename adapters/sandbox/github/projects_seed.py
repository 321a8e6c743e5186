"""Reads projects from the stand-in's seed, and writes them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field as Limits

from adapters.sandbox.github.entries import Entry, named
from adapters.sandbox.github.projects import (
    BUILT_IN,
    Field,
    Held,
    Item,
    Iteration,
    Kind,
    Option,
    Project,
    Stamp,
)
from adapters.sandbox.github.state import Issue, Repository, State


class SeedIteration(Entry):
    title: str
    start: date
    duration: Annotated[int, Limits(gt=0)] = 14
    completed: bool = False


class SeedField(Entry):
    name: Annotated[str, Limits(min_length=1)]
    type: Kind = "text"
    options: tuple[str, ...] = ()
    iterations: tuple[SeedIteration, ...] = ()


class SeedItem(Entry):
    issue: str | None = None
    draft: str | None = None
    archived: bool = False
    values: Mapping[str, str | float] = {}


class SeedProject(Entry):
    owner: str
    number: Annotated[int, Limits(gt=0)] = 1
    title: str = "Backlog"
    public: bool = False
    closed: bool = False
    write: tuple[str, ...] | None = None
    read: tuple[str, ...] = ()
    fields: tuple[Annotated[SeedField, named("name")], ...] = ()
    items: tuple[Annotated[SeedItem, named("issue")], ...] = ()


Find = Callable[[str, str], tuple[Repository, Issue]]
"""The issue of a reference `acme/shop#1`, and the place to blame: raises ValueError."""


def add_project(state: State, entry: SeedProject, place: str, now: Stamp, find: Find) -> None:
    """ValueError names the place that is wrong, and why."""
    owner = state.account(entry.owner, "Organization").login
    if state.project(owner, entry.number):
        raise ValueError(f"{place}.number: {owner} has another project {entry.number}")
    writers = None if entry.write is None else frozenset(map(state.login, entry.write))
    project = Project(
        id=next(state.ids),
        owner=owner,
        number=entry.number,
        title=entry.title,
        public=entry.public,
        closed=entry.closed,
        writers=writers,
        readers=frozenset(map(state.login, entry.read)),
    )
    made = [*(Field(next(state.ids), *one) for one in BUILT_IN.items())]
    made += [_field(next(state.ids), one) for one in entry.fields]
    project.fields = {one.id: one for one in made}
    for at, item in enumerate(entry.items):
        where = f"{place}.items[{at}]"
        if (item.issue is None) == (item.draft is None):
            raise ValueError(f"{where}: say either issue or draft")
        content = find(item.issue, f"{where}.issue")[1].id if item.issue else None
        values = dict(_value(project, *one, f"{where}.values") for one in item.values.items())
        line = Item(next(state.ids), now, now, content, item.draft or "", item.archived, values)
        if project.add(line) is not line:
            raise ValueError(f"{where}.issue: {item.issue} is in the project already")
    state.projects.append(project)


def _field(id_: int, entry: SeedField) -> Field:
    options = tuple(Option(f"{id_ * 100 + at:08x}", o) for at, o in enumerate(entry.options))
    iterations = tuple(
        Iteration(f"{id_ * 100 + at:08x}", one.title, str(one.start), one.duration, one.completed)
        for at, one in enumerate(entry.iterations)
    )
    return Field(id_, entry.name, entry.type, options, iterations)


def _value(project: Project, name: str, said: str | float, place: str) -> tuple[int, Held]:
    field = project.field_named(name)
    if field is None or field.name in BUILT_IN:
        raise ValueError(f"{place}: the project has no field {name!r}: add it to fields")
    return field.id, held(field, said, place)


def held(field: Field, said: str | float, place: str) -> Held:
    """What a field keeps of a value as people say it. ValueError where it does not take it."""
    named = {one.name: one.id for one in field.options}
    named |= {one.title: one.id for one in field.iterations}
    if field.kind in ("single_select", "iteration"):
        if said not in named:
            raise ValueError(f"{place}: {field.name} has no {said!r}")
        return named[str(said)]
    if (field.kind == "number") != isinstance(said, float):
        raise ValueError(f"{place}: {said!r} is no {field.kind}, which {field.name} holds")
    return said


def dump_projects(state: State) -> list[dict[str, Any]]:
    """As the seed says them: what is as by default is left out."""
    return [_project(state, project) for project in state.projects]


def _project(state: State, project: Project) -> dict[str, Any]:
    said: dict[str, Any] = {
        "owner": project.owner,
        "number": project.number,
        "title": project.title,
        "public": project.public,
        "closed": project.closed,
        "write": None if project.writers is None else sorted(project.writers),
        "read": sorted(project.readers),
        "fields": [_shown(one) for one in project.fields.values() if one.name not in BUILT_IN],
        "items": [line for item in project.items if (line := _item(state, project, item))],
    }
    return {name: it for name, it in said.items() if it not in (None, False, [])}


def _shown(field: Field) -> dict[str, Any]:
    said: dict[str, Any] = {"name": field.name, "type": field.kind}
    if field.options:
        said["options"] = [one.name for one in field.options]
    if field.iterations:
        said["iterations"] = [
            {
                "title": one.title,
                "start": one.start,
                "duration": one.duration,
                **({"completed": True} if one.completed else {}),
            }
            for one in field.iterations
        ]
    return said


def _item(state: State, project: Project, item: Item) -> dict[str, Any] | None:
    """None where the issue was deleted."""
    place = state.find(item.content)
    if item.content is not None and place is None:
        return None
    said: dict[str, Any] = {"draft": item.title}
    if place:
        said = {"issue": f"{place[0].full_name}#{place[1].number}"}
    if item.archived:
        said["archived"] = True
    if item.values:
        said["values"] = {
            project.fields[id_].name: spoken(project.fields[id_], value)
            for id_, value in item.values.items()
        }
    return said


def spoken(field: Field, value: Held) -> str | float:
    """A value as people say it: an option and an iteration by name."""
    named = {one.id: one.name for one in field.options}
    named |= {one.id: one.title for one in field.iterations}
    return named.get(str(value), value) if isinstance(value, str) else value
