"""Versions of projects: what issues are fixed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from starlette.responses import Response

from adapters.sandbox.jira import changes
from adapters.sandbox.jira.shapes import View
from adapters.sandbox.jira.state import Json, Project, Version
from adapters.sandbox.jira.web import Ask, Refused, Route, answer, whole


def create_version(ask: Ask) -> Response:
    sent = ask.data()
    one = ask.project(str(sent.get("projectId") or sent.get("project") or ""))
    ask.require("ADMINISTER_PROJECTS")
    version = _described(Version(str(ask.site.new_id()), "", one.id), sent)
    _check_name(one, version)
    one.versions.append(version)
    changes.publish_version(ask.site, ask.user, "jira:version_created", version)
    return answer(View.of(ask).version_of(version) | {"project": one.key}, 201)


def edit_version(ask: Ask) -> Response:
    one, version = _version(ask)
    ask.require("ADMINISTER_PROJECTS")
    edited = _described(version, ask.data())
    _check_name(one, edited)
    one.versions[one.versions.index(version)] = edited
    released = edited.released and not version.released
    name = "jira:version_released" if released else "jira:version_updated"
    changes.publish_version(ask.site, ask.user, name, edited)
    return answer(View.of(ask).version_of(edited))


def get_version(ask: Ask) -> Response:
    return answer(View.of(ask).version_of(_version(ask)[1]))


def _version(ask: Ask) -> tuple[Project, Version]:
    for one in ask.site.projects.values():
        for version in one.versions:
            if version.id == ask.path["id"] and ask.user.may("BROWSE_PROJECTS"):
                return one, version
    raise Refused(404, f"Could not find version for id '{whole(ask.path['id'], 'id')}'")


def _described(version: Version, sent: Mapping[str, Json]) -> Version:
    if not isinstance(sent.get("description") or "", str):
        raise Refused(400, errors={"description": "Operation value must be a string"})
    try:
        date.fromisoformat(sent.get("releaseDate") or "2026-01-01")
    except (TypeError, ValueError):
        raise Refused(400, errors={"releaseDate": "Invalid date. Use 'yyyy-MM-dd'."}) from None
    return replace(
        version,
        name=str(sent.get("name", version.name)).strip(),
        description=sent.get("description", version.description),
        released=bool(sent.get("released", version.released)),
        archived=bool(sent.get("archived", version.archived)),
        released_on=sent.get("releaseDate", version.released_on),
    )


def _check_name(one: Project, version: Version) -> None:
    if not version.name:
        raise Refused(400, errors={"name": "You must specify a valid version name"})
    if any(other.name == version.name and other.id != version.id for other in one.versions):
        told = "A version with this name already exists in this project."
        raise Refused(400, errors={"name": told})


ROUTES = (
    Route("POST", "/version", create_version),
    Route("GET", "/version/{id}", get_version),
    Route("PUT", "/version/{id}", edit_version),
)
