"""A team's own fields in a seed: their options, their contexts, and their values in issues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any

from adapters.sandbox.jira import adf, fields
from adapters.sandbox.jira.place import Place, SeedError, find_id
from adapters.sandbox.jira.state import Field, Json, Named, Option, Project, Site

FIRST_CUSTOM = 10_100


def declared(top: Place) -> list[Field]:
    """The fields of the seed, without their contexts. SeedError."""
    own = []
    for number, place in enumerate(top.list_of("fields"), FIRST_CUSTOM):
        place.only(["name", "type", "options", "types"])
        kind, custom = place.choice("type", fields.CUSTOM)
        choices = options(place.data.get("options") or (), str(number), f"{place.path}.options")
        key = f"com.atlassian.jira.plugin.system.customfieldtypes:{custom}"
        own.append(Field(f"customfield_{number}", place.needed("name"), kind, key, choices))
    return own


def options(given: Any, number: str, path: str) -> tuple[Option, ...]:
    """`[Red, {name: Blue, disabled: true, children: [Light]}]`."""
    if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
        raise SeedError(f"{path}: expected a list")
    made = []
    for at, one in enumerate(given):
        place = Place(one if isinstance(one, Mapping) else {"name": one}, f"{path}[{at}]")
        place.only(["name", "disabled", "children"])
        id_ = f"{number}{at:02d}"
        children = options(place.data.get("children") or (), id_, f"{place.path}.children")
        disabled = bool(place.data.get("disabled", False))
        made.append(Option(id_, place.needed("name"), disabled, children))
    return tuple(made)


def limit(site: Site, top: Place) -> None:
    """The contexts of a team's own fields: the types of issues that have them."""
    for number, place in enumerate(top.list_of("fields"), FIRST_CUSTOM):
        if "types" in place.data:
            held = site.fields[f"customfield_{number}"]
            path = f"{place.path}.types"
            known = [find_id(site.types.values(), name, path) for name in place.items("types")]
            site.fields[held.id] = replace(held, types=frozenset(filter(None, known)))


def value(site: Site, project: Project, field: Field, given: Json, path: str) -> Any:
    """By name, as people see it: `Red`, `[Red, Blue]`, of a cascading list `[Parent, Child]`."""
    known: Mapping[str, Iterable[Named]] = {
        "option": field.options,
        "options": field.options,
        "user": site.users.values(),
        "users": site.users.values(),
        "version": project.versions,
        "versions": project.versions,
    }
    match field.kind:
        case "text":
            return kept_markup(site, given, path)
        case "number":
            return float(given)
        case "labels":
            return tuple(sorted(given))
        case "moment":
            moment = Place({"at": given}, path).time("at")
            return moment and moment.astimezone(UTC).isoformat(timespec="milliseconds")
        case "cascade":
            return _cascade(field, given, path)
        case "options" | "users" | "versions":
            return tuple(find_id(known[field.kind], one, path) for one in given)
        case "option" | "user" | "version":
            return find_id(known[field.kind], given, path)
    return str(given)


def _cascade(field: Field, value: Json, path: str) -> str:
    first, *below = value if isinstance(value, list | tuple) else [value]
    parent = next(one for one in field.options if one.id == find_id(field.options, first, path))
    return "/".join([parent.id, *(str(find_id(parent.children, one, path)) for one in below)])


def kept_markup(site: Site, given: Json, path: str) -> Json:
    """As it stands in the seed, but that Cloud keeps documents."""
    if not given:
        return None
    if not site.cloud:
        return str(given)
    if isinstance(given, str):
        return adf.from_text(given.replace("\r\n", "\n"))
    if not adf.is_valid(given):
        raise SeedError(f"{path}: expected a text or a valid ADF document")
    return adf.kept(given)
