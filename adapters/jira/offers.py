"""What Jira lets people choose, as asked when a project is opened: options, and this account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote

from adapters.base import Setup
from adapters.jira.carriers import Slot
from adapters.jira.client import JiraClient
from adapters.jira.days import zone_of
from adapters.jira.kinds import LISTED
from adapters.jira.project import Project
from adapters.jira.words import joined
from sync.model import Json
from sync.tracker import NotFound

PAGE = 200
KEY = "JIRAUSER"
"""Keys of Data Center's accounts begin so; older ones are names themselves."""


def completed(client: JiraClient, project: Project, slots: Iterable[Slot]) -> Project:
    """The project with what its slots need to know besides. No request where they need nothing."""
    held = list(slots)
    listed = {slot.field for slot in held if slot.type in LISTED}
    if listed:
        project = replace(project, offers=_offers(client, project, listed))
    if any(slot.type == "datetime" for slot in held):
        told = client.get("myself")
        project = replace(project, zone=zone_of((told or {}).get("timeZone")))
    return project


def named(client: JiraClient, setup: Setup) -> Setup:
    """The settings with names in the place of keys, by which Data Center may also tell people."""
    keys = [login for login in setup.users.values() if login.startswith(KEY)]
    names = {key: _name(client, key) for key in keys} if not client.cloud else {}
    return replace(setup, users={who: names.get(at, at) for who, at in setup.users.items()})


def _name(client: JiraClient, key: str) -> str:
    try:
        told = client.get("user", key=key)
    except NotFound:
        return key
    return str((told or {}).get("name") or key)


def _offers(
    client: JiraClient, project: Project, wanted: set[str]
) -> Mapping[str, tuple[str, ...]]:
    """Of each field on the screens that make issues, whatever may be chosen there."""
    found: dict[str, dict[str, None]] = {}
    for type_ in project.types:
        path = f"issue/createmeta/{quote(project.key, safe='')}/issuetypes/{type_.id}"
        for entry in _listed(client, path):
            name = str(entry.get("fieldId") or entry.get("key"))
            if name in wanted and isinstance(entry.get("allowedValues"), list):
                options = (line for one in entry["allowedValues"] for line in _lines(one))
                found.setdefault(name, {}).update(dict.fromkeys(options))
    return {name: tuple(options) for name, options in found.items()}


def _listed(client: JiraClient, path: str) -> Iterator[Mapping[str, Json]]:
    start = 0
    while True:
        try:
            told = client.get(path, startAt=str(start), maxResults=str(PAGE))
        except NotFound:  # who may not make issues is not told
            return
        told = told if isinstance(told, dict) else {}
        entries = told.get("fields") or told.get("values") or ()
        yield from entries
        start += len(entries)
        if not entries or start >= int(told.get("total") or 0):
            return


def _lines(option: Mapping[str, Json]) -> Iterator[str]:
    """An option, and those below it, where they are not disabled."""
    if option.get("disabled"):
        return
    name = str(option.get("value"))
    below = [str(one["value"]) for one in option.get("children") or () if not one.get("disabled")]
    yield joined([name]) if "children" in option else name
    yield from (joined([name, child]) for child in below)
