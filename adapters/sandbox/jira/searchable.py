"""The fields that JQL knows on one site: their values, their operators, their order."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from adapters.sandbox.jira import adf
from adapters.sandbox.jira.jql import JqlError, Operand
from adapters.sandbox.jira.shapes import CATEGORIES, zone
from adapters.sandbox.jira.state import Field, Issue, Named, Site, User, find

LAST = 10**15
"""Where empty values sort."""

SAMENESS = frozenset({"=", "!=", "in", "not in", "is", "is not"})
COMPARED = SAMENESS | {"<", ">", "<=", ">="}
CONTAINED = frozenset({"~", "!~", "is", "is not"})


class UnknownValue(Exception):
    """The value is none of the field's."""


@dataclass(frozen=True)
class Searchable:
    """A field as JQL sees it."""

    read: Callable[[Issue], Collection[Any]]
    """The issue's values, in a form to compare; none where it is empty."""
    resolve: Callable[[Operand], Iterable[Any]]
    """What a written value stands for, in that form. UnknownValue, JqlError."""
    operators: frozenset[str] = SAMENESS
    order: Callable[[Issue], tuple[int, ...]] | None = None
    descending: bool = False
    """Is that the order where none is said?"""


ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "issuekey": "key",
        "issue": "key",
        "type": "issuetype",
        "createddate": "created",
        "updateddate": "updated",
        "resolved": "resolutiondate",
        "due": "duedate",
        "fixversion": "fixversions",
        "component": "components",
        "level": "security",
        "text": "summary",
    }
)


def _key(site: Site, user: User) -> Searchable:
    def resolve(operand: Operand) -> Iterable[tuple[str, int]]:
        issue = site.issue(operand.text)
        if issue is None or not site.sees(user, issue):
            raise UnknownValue
        return [(issue.project.key, issue.number)]

    def order(issue: Issue) -> tuple[int, ...]:
        return int(issue.project.id), issue.number

    return Searchable(
        lambda issue: [(issue.project.key, issue.number)],
        resolve,
        COMPARED - {"is", "is not"},
        order,
        True,
    )


def _id(site: Site, user: User) -> Searchable:
    def resolve(operand: Operand) -> Iterable[int]:
        issue = site.issue(operand.text)
        if issue is None or not site.sees(user, issue):
            raise UnknownValue
        return [int(issue.id)]

    return Searchable(
        lambda issue: [int(issue.id)], resolve, COMPARED, lambda issue: (int(issue.id),)
    )


def _project(site: Site, user: User) -> Searchable:
    def resolve(operand: Operand) -> Iterable[str]:
        project = site.project(operand.text.upper()) or find(site.projects.values(), operand.text)
        if project is None or not user.may("BROWSE_PROJECTS"):
            raise UnknownValue
        return [project.id]

    return Searchable(
        lambda issue: [issue.project.id], resolve, order=lambda issue: (int(issue.project.id),)
    )


def _listed(
    name: str, table: str, *, best_last: bool = False
) -> Callable[[Site, User], Searchable]:
    """A field whose values stand in one of the site's tables, sorted as they stand there."""

    def make(site: Site, user: User) -> Searchable:
        entries = getattr(site, table)
        places = {id_: number for number, id_ in enumerate(entries)}

        def resolve(operand: Operand) -> Iterable[str]:
            entry = find(entries.values(), operand.text)
            if entry is None:
                raise UnknownValue
            return [entry.id]

        def order(issue: Issue) -> tuple[int, ...]:
            place = places.get(issue.values.get(name), LAST)
            return (-place if best_last else place,)

        return Searchable(_reader(name), resolve, SAMENESS, order, best_last)

    return make


def _category(site: Site, user: User) -> Searchable:
    def resolve(operand: Operand) -> Iterable[str]:
        wanted = operand.text.casefold()
        for key, (number, name, _) in CATEGORIES.items():
            if wanted in (key, str(number), name.casefold()):
                return [key]
        raise UnknownValue

    return Searchable(lambda issue: [site.statuses[issue.values["status"]].category], resolve)


def _person(name: str) -> Callable[[Site, User], Searchable]:
    def make(site: Site, user: User) -> Searchable:
        def resolve(operand: Operand) -> Iterable[str]:
            if operand.function:
                return [_function(operand, {"currentuser": user.id})]
            for known in site.users.values():
                if operand.text in (known.id, known.email, known.name):
                    return [known.id]
            raise UnknownValue

        if name == "creator":
            return Searchable(lambda issue: [issue.creator], resolve)
        return Searchable(_reader(name), resolve)

    return make


def _labels(name: str) -> Callable[[Site, User], Searchable]:
    """In any case, and never unknown."""
    return lambda site, user: Searchable(
        lambda issue: [label.casefold() for label in issue.values.get(name, ())],
        lambda operand: [operand.text.casefold()],
    )


def _parent(name: str) -> Callable[[Site, User], Searchable]:
    def make(site: Site, user: User) -> Searchable:
        def resolve(operand: Operand) -> Iterable[str]:
            issue = site.issue(operand.text)
            if issue is None or not site.sees(user, issue):
                raise UnknownValue
            return [issue.id]

        return Searchable(_reader(name), resolve)

    return make


def _of_project(name: str, table: str) -> Callable[[Site, User], Searchable]:
    """Versions, components, security levels: each project has its own."""

    def make(site: Site, user: User) -> Searchable:
        def resolve(operand: Operand) -> Iterable[str]:
            known = (
                find(getattr(project, table), operand.text) for project in site.projects.values()
            )
            ids = [entry.id for entry in known if entry]
            if not ids:
                raise UnknownValue
            return ids

        return Searchable(_reader(name), resolve)

    return make


def _moment(name: str) -> Callable[[Site, User], Searchable]:
    def make(site: Site, user: User) -> Searchable:
        def read(issue: Issue) -> Collection[int]:
            moment = {"created": issue.created, "updated": issue.updated}.get(name)
            moment = moment or issue.values.get(name)
            if isinstance(moment, str):  # a day, or a time of a team's own field
                moment = datetime.fromisoformat(moment)
                moment = moment if moment.tzinfo else moment.replace(tzinfo=zone(user))
            return [int(moment.timestamp() * 1000)] if moment else []

        def resolve(operand: Operand) -> Iterable[int]:
            return [_instant(operand, name, site.now(), user)]

        def order(issue: Issue) -> tuple[int, ...]:
            return tuple(read(issue)) or (LAST,)

        return Searchable(read, resolve, COMPARED, order, True)

    return make


def _instant(operand: Operand, name: str, now: datetime, user: User) -> int:
    """Milliseconds since 1970.

    An unquoted number is just that. A time has minutes and is in the user's time zone.
    """
    text = operand.text
    if operand.function:
        return int(_function(operand, {"now": int(now.timestamp() * 1000)}))
    if not operand.quoted and text.isascii() and text.isdigit():
        return int(text)
    if re.fullmatch(r"[+-]?\d+[wdhm](\s+\d+[wdhm])*", text):
        units = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
        parts = re.findall(r"(\d+)([wdhm])", text)
        with suppress(OverflowError):
            spans = (timedelta(**{units[unit]: int(count)}) for count, unit in parts)
            span = sum(spans, timedelta())
            return int((now - span if text[0] == "-" else now + span).timestamp() * 1000)
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            local = datetime.strptime(text.replace("/", "-"), form)  # noqa: DTZ007 # has its zone below
        except ValueError:
            continue
        return int(local.replace(tzinfo=zone(user)).timestamp() * 1000)
    raise JqlError(
        f"Date value '{text}' for field '{name}' is invalid. Valid formats include:"
        " 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format"
        " e.g. '-5d', '4w 2d'."
    )


def _function(operand: Operand, known: Mapping[str, Any]) -> Any:
    if operand.text.lower() not in known:
        raise JqlError(f"Unable to find JQL function '{operand.text}()'.")
    return known[operand.text.lower()]


def _text(name: str) -> Callable[[Site, User], Searchable]:
    def make(site: Site, user: User) -> Searchable:
        def read(issue: Issue) -> Collection[str]:
            kept = issue.values.get(name)
            text = adf.to_text(kept) if isinstance(kept, dict) else str(kept or "")
            return [text.casefold()] if text else []

        return Searchable(read, lambda operand: [operand.text.casefold()], CONTAINED)

    return make


def _number(name: str) -> Callable[[Site, User], Searchable]:
    def resolve(operand: Operand) -> Iterable[float]:
        try:
            return [float(operand.text)]
        except ValueError:
            raise UnknownValue from None

    return lambda site, user: Searchable(_reader(name), resolve, COMPARED)


def _reader(name: str) -> Callable[[Issue], Collection[Any]]:
    def read(issue: Issue) -> Collection[Any]:
        value = issue.values.get(name)
        return value if isinstance(value, tuple) else () if value is None else (value,)

    return read


def _rank(site: Site, user: User) -> Searchable:
    """Good for sorting alone."""
    return Searchable(
        lambda issue: (), lambda operand: (), frozenset(), lambda issue: (issue.rank,)
    )


def _custom(site: Site, user: User, one: Field) -> Searchable:
    by_kind: Mapping[str, Callable[[Site, User], Searchable]] = {
        "rank": _rank,
        "number": _number(one.id),
        "epic": _parent(one.id),
        "labels": _labels(one.id),
        "date": _moment(one.id),
        "moment": _moment(one.id),
        "user": _person(one.id),
        "users": _person(one.id),
        "version": _of_project(one.id, "versions"),
        "versions": _of_project(one.id, "versions"),
    }
    if one.kind in ("option", "options"):
        return _named(one.id, one.options)
    if one.kind in ("sprint", "sprint-text"):
        return _named(one.id, site.sprints.values())
    return by_kind.get(one.kind, _text(one.id))(site, user)


def _named(name: str, known: Iterable[Named]) -> Searchable:
    """By name in any case, or by id."""
    entries = list(known)

    def resolve(operand: Operand) -> Iterable[str]:
        found = find(entries, operand.text)
        if found is None:
            raise UnknownValue
        return [found.id]

    return Searchable(_reader(name), resolve)


SEARCHABLE: Mapping[str, Callable[[Site, User], Searchable]] = MappingProxyType(
    {
        "key": _key,
        "id": _id,
        "project": _project,
        "status": _listed("status", "statuses"),
        "statuscategory": _category,
        "issuetype": _listed("issuetype", "types"),
        "priority": _listed("priority", "priorities", best_last=True),
        "resolution": _listed("resolution", "resolutions"),
        "labels": _labels("labels"),
        "assignee": _person("assignee"),
        "reporter": _person("reporter"),
        "creator": _person("creator"),
        "parent": _parent("parent"),
        "fixversions": _of_project("fixVersions", "versions"),
        "components": _of_project("components", "components"),
        "security": _of_project("security", "levels"),
        "created": _moment("created"),
        "updated": _moment("updated"),
        "resolutiondate": _moment("resolutiondate"),
        "duedate": _moment("duedate"),
        "summary": _text("summary"),
        "description": _text("description"),
        "rank": _rank,
    }
)


def lookup(site: Site, user: User, name: str) -> Searchable:
    """By any of the field's names, in any case. JqlError."""
    folded = name.lower()
    known = SEARCHABLE.get(ALIASES.get(folded, folded))
    if known:
        return known(site, user)
    for one in site.fields.values():
        if one.custom and folded in (one.name.lower(), f"cf[{one.id.partition('_')[2]}]"):
            return _custom(site, user, one)
    told = f"Field '{name}' does not exist or you do not have permission to view it."
    raise JqlError(told)
