"""Moving an issue to another project: a new key, the same id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from adapters.sandbox.jira import changes
from adapters.sandbox.jira.state import Issue, Json, Named, Site, User, find


def move(site: Site, user: User, issue: Issue, to_project: str) -> Issue:
    """Type, status and the like go to those of the same name, or to the first. KeyError."""
    source, target = issue.project, site.projects[to_project]
    old_key = issue.key
    site.before_write(issue)
    target.counter += 1
    issue.project, issue.number = target, target.counter
    site.keys[issue.key] = issue.id
    values = issue.values
    level = site.types[values["issuetype"]].level
    same_level = [type_ for type_ in target.types if type_.level == level] or target.types
    values["issuetype"] = _same(site.types[values["issuetype"]].name, same_level)
    values["status"] = _same(site.statuses[values["status"]].name, target.statuses)
    for name, before, after in (
        ("fixVersions", source.versions, target.versions),
        ("components", source.components, target.components),
    ):
        names = [one.name for one in before if one.id in values.get(name, ())]
        values[name] = tuple(one.id for one in after if one.name in names)
    values.pop("security", None)
    site.touch(issue)
    ends = (_item("project", source.id, source.name, target.id, target.name),)
    changes.record(site, user, issue, [*ends, _item("Key", None, old_key, None, issue.key)])
    return issue


def _same(name: str, known: Iterable[Named]) -> str:
    entries = list(known)
    return (find(entries, name) or entries[0]).id


def _item(
    field: str, from_: str | None, from_name: str, to: str | None, to_name: str
) -> Mapping[str, Json]:
    told = {"from": from_, "fromString": from_name, "to": to, "toString": to_name}
    return {"field": field, "fieldtype": "jira", **told}
