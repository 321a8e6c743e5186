"""How the values sent for fields are read.

They are kept by field id: texts as wiki markup (Data Center) or a document (Cloud), whatever has
an id as that id, sets as sorted tuples. Empty values are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from adapters.sandbox.jira import adf
from adapters.sandbox.jira.state import (
    Field,
    Issue,
    IssueType,
    Json,
    N,
    Option,
    Project,
    Site,
    User,
)
from adapters.sandbox.jira.web import Ask, Refused

LONGEST_TEXT = 32_767
LONGEST_LINE = 255

Stored = Any


class Wrong(Exception):
    """What was sent for a field is not a value of it; `at` names another field to blame."""

    def __init__(self, message: str, at: str | None = None) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True)
class Writing:
    """What is being written, and by whom."""

    ask: Ask
    project: Project
    type: IssueType
    issue: Issue | None = None
    """None where it is being created."""

    @property
    def site(self) -> Site:
        return self.ask.site


def read_line(_: Writing, field: Field, sent: Json) -> Stored:
    if not isinstance(sent, str):
        raise Wrong("Operation value must be a string")
    line = sent.strip()
    if "\n" in line or "\r" in line:
        raise Wrong(f"The {field.name.lower()} is invalid because it contains newline characters.")
    if len(line) > LONGEST_LINE:
        raise Wrong(f"{field.name} can't exceed {LONGEST_LINE} characters.")
    return line


def read_text(writing: Writing, _: Field, sent: Json) -> Stored:
    return markup(writing.ask, sent)


def markup(ask: Ask, sent: Json) -> Stored:
    """A text or comment as it is kept; None for an empty one."""
    if ask.version == "2":
        if not isinstance(sent, str):
            raise Wrong("Operation value must be a string")
        text = trimmed(sent)
        kept: Stored = (adf.from_text(text) if ask.site.cloud else text) or None
    else:
        if not isinstance(sent, dict):
            told = (
                "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
            )
            raise Wrong(told)
        if not adf.is_valid(sent):
            raise Refused(400, "INVALID_INPUT")
        kept = adf.kept(sent)
        text = adf.to_text(kept)
    if len(text) > LONGEST_TEXT:
        limit = f"{LONGEST_TEXT:,}"
        told = f"The entered text is too long. It exceeds the allowed limit of {limit} characters."
        raise Wrong(told)
    return kept


def trimmed(text: str) -> str:
    """With line feeds alone, and no blank lines at either end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    filled = [number for number, line in enumerate(lines) if line.strip()]
    return "\n".join(lines[filled[0] : filled[-1] + 1]).rstrip() if filled else ""


def read_number(_: Writing, field: Field, sent: Json) -> Stored:
    if isinstance(sent, bool) or not isinstance(sent, int | float):
        raise Wrong("Operation value must be a number")
    return float(sent)


def read_date(_: Writing, field: Field, sent: Json) -> Stored:
    try:
        return date.fromisoformat(sent).isoformat()
    except (TypeError, ValueError):
        raise Wrong("Operation value must be a date in the format 'yyyy-MM-dd'") from None


def read_type(writing: Writing, _: Field, sent: Json) -> Stored:
    chosen = pick(writing.project.types, sent)
    if chosen is None or (writing.issue and not _interchangeable(writing, chosen)):
        raise Wrong("The issue type selected is invalid.")
    return chosen.id


def _interchangeable(writing: Writing, chosen: IssueType) -> bool:
    """An edit makes no sub-task of an issue, and leads to no other workflow."""
    statuses = writing.project.statuses_of
    same_side = (chosen.level < 0) == (writing.type.level < 0)
    return same_side and statuses(chosen) == statuses(writing.type)


def read_priority(writing: Writing, _: Field, sent: Json) -> Stored:
    return _one(writing.project.priorities, "Priority", sent)


def read_resolution(writing: Writing, _: Field, sent: Json) -> Stored:
    return _one(writing.site.resolutions.values(), "Resolution", sent)


def read_level(writing: Writing, _: Field, sent: Json) -> Stored:
    return _one(writing.project.levels, "Security level", sent)


def read_url(_: Writing, field: Field, sent: Json) -> Stored:
    if not isinstance(sent, str):
        raise Wrong("Operation value must be a string")
    if sent and not re.fullmatch(r"(?:https?|ftp|file)://\S+|mailto:\S+", sent.strip()):
        raise Wrong("Not a valid URL")
    return sent.strip()


def read_moment(_: Writing, field: Field, sent: Json) -> Stored:
    """A time with its offset. Refused without: whose time zone would it be in?"""
    try:
        moment = datetime.fromisoformat(sent)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        told = "Operation value must be a string in the format 'yyyy-MM-dd'T'HH:mm:ss.SSSZ'"
        raise Wrong(told)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def read_option(writing: Writing, field: Field, sent: Json) -> Stored:
    return _option(writing, field, field.options, sent).id


def read_options(writing: Writing, field: Field, sent: Json) -> Stored:
    chosen = (_option(writing, field, field.options, one) for one in _list(sent))
    return tuple(sorted({one.id for one in chosen}, key=int))


def read_cascade(writing: Writing, field: Field, sent: Json) -> Stored:
    """An option, and one below it: their ids with a slash."""
    parent = _option(writing, field, field.options, sent)
    below = sent.get("child") if isinstance(sent, dict) else None
    if below is None:
        return parent.id
    return f"{parent.id}/{_option(writing, field, parent.children, below).id}"


def _option(writing: Writing, field: Field, known: Iterable[Option], sent: Json) -> Option:
    """By id or value. A disabled one stays where it is, and is not given anew."""
    by = "id" if isinstance(sent, dict) and "id" in sent else "value"
    given = sent.get(by) if isinstance(sent, dict) else sent
    chosen = pick(known, {"id": given} if by == "id" else {"name": given})
    now = writing.issue.values.get(field.id) if writing.issue else None
    held = set(now) if isinstance(now, tuple) else set(str(now or "").split("/"))
    if chosen is None or (chosen.disabled and chosen.id not in held):
        raise Wrong(f"Option {by} '{given}' is not valid")
    return chosen


def read_users(writing: Writing, field: Field, sent: Json) -> Stored:
    people = (_person(writing.site, one) for one in _list(sent))
    return tuple(sorted({person.id for person in people if person}))


def read_version(writing: Writing, _: Field, sent: Json) -> Stored:
    return _one(writing.project.versions, "Version", sent)


def read_sprint(writing: Writing, field: Field, sent: Json) -> Stored:
    """The id of a sprint that is not closed; the closed ones that the issue was in stay."""
    found = writing.site.sprints.get(str(sent))
    if isinstance(sent, bool) or not isinstance(sent, int) or found is None:
        raise Wrong("Number value expected as the Sprint id.")
    held = writing.issue.values.get(field.id, ()) if writing.issue else ()
    if found.state == "closed" and found.id not in held:
        raise Wrong("The sprint is closed. Issues can only be moved to open sprints.")
    closed = [one for one in held if writing.site.sprints[one].state == "closed"]
    return tuple(dict.fromkeys([*closed, found.id]))


def read_labels(_: Writing, field: Field, sent: Json) -> Stored:
    labels = _list(sent)
    for label in labels:
        if not isinstance(label, str):
            raise Wrong("string expected at index 0")
        if re.search(r"\s", label):
            raise Wrong(f"The label '{label}' contains spaces which is invalid.")
        if len(label) > LONGEST_LINE:
            raise Wrong(f"The label '{label}' exceeds the maximum length of 255 characters.")
    return tuple(sorted({label for label in labels if label}))


def read_versions(writing: Writing, _: Field, sent: Json) -> Stored:
    known = writing.project.versions
    return tuple(sorted({_one(known, "Version", one) for one in _list(sent)}, key=int))


def read_components(writing: Writing, _: Field, sent: Json) -> Stored:
    known = writing.project.components
    return tuple(sorted({_one(known, "Component", one) for one in _list(sent)}, key=int))


def read_user(writing: Writing, field: Field, sent: Json) -> Stored:
    person = _person(writing.site, sent)
    if person is None:
        return None
    if field.id == "assignee":
        if not writing.ask.user.may("ASSIGN_ISSUES"):
            raise Wrong("You do not have permission to assign issues.")
        if not person.active or not person.may("ASSIGNABLE_USER"):
            raise Wrong(f"User '{person.id}' cannot be assigned issues.")
    return person.id


def _person(site: Site, sent: Json) -> User | None:
    """Cloud names people by accountId alone; `-1` lets the project decide: nobody."""
    if not isinstance(sent, dict):
        raise Wrong("data was not an object")
    names = ("accountId", "id") if site.cloud else ("name", "key")
    given = next((sent[name] for name in names if name in sent), None)
    if given in (None, "", "-1"):
        if not sent.keys() & set(names):
            raise Wrong(f"expected '{names[0]}' to name the user")
        return None
    if not isinstance(given, str) or given not in site.users:
        raise Wrong(f"User '{given}' does not exist.")
    return site.users[given]


def read_parent(writing: Writing, _: Field, sent: Json) -> Stored:
    if not isinstance(sent, dict):
        raise Wrong("data was not an object")
    ref = str(sent.get("id") or sent.get("key") or "")
    parent = writing.site.issue(ref)
    if parent is None or not writing.site.sees(writing.ask.user, parent):
        raise Wrong(f"Could not find issue by id or key: {ref}")
    if writing.site.types[parent.values["issuetype"]].level != writing.type.level + 1:
        told = "Given parent work item does not belong to appropriate hierarchy."
        raise Wrong(told, at="parentId")  # as Jira calls it here
    if writing.type.level < 0 and parent.project is not writing.project:
        raise Wrong("Sub-tasks must be created in the same project as the parent.", at="project")
    return parent.id


def read_epic(writing: Writing, field: Field, sent: Json) -> Stored:
    """The Epic Link of Data Center: an epic's key."""
    epic = writing.site.issue(sent) if isinstance(sent, str) else None
    if epic is None or not writing.site.sees(writing.ask.user, epic):
        raise Wrong(f"The issue '{sent}' does not exist or you do not have permission to see it.")
    if writing.site.types[epic.values["issuetype"]].level != 1:
        raise Wrong(f"The issue '{epic.key}' is not an epic.")
    return epic.id


def _one(known: Iterable[N], what: str, sent: Json) -> str:
    chosen = pick(known, sent)
    if chosen is None:
        name = "id" if isinstance(sent, dict) and "id" in sent else "name"
        given = sent.get(name) if isinstance(sent, dict) else sent
        raise Wrong(f"{what} {name} '{given}' is not valid")
    return chosen.id


def pick(known: Iterable[N], sent: Json) -> N | None:
    """The entry that `{"id": …}` or `{"name": …}` stands for."""
    if not isinstance(sent, dict):
        return None
    if "id" in sent:
        return next((one for one in known if one.id == str(sent["id"])), None)
    return next(
        (one for one in known if one.name.casefold() == str(sent.get("name")).casefold()), None
    )


def _list(sent: Json) -> list[Json]:
    if not isinstance(sent, list):
        raise Wrong("data was not an array")
    return sent
