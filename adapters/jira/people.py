"""The people who can be assigned to a project's issues."""

from __future__ import annotations

from adapters.jira.client import JiraClient
from sync.model import Json
from sync.tracker import Person, Unavailable

PAGE = 1000
"""So many are listed at most, in one request: user endpoints have a tight limit of their own."""


def people(client: JiraClient, project: str) -> tuple[Person, ...]:
    """By accountId on Cloud, by user name on Data Center; addresses may be hidden.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/
    """
    listed = client.get("user/assignable/search", project=project, maxResults=str(PAGE))
    if not isinstance(listed, list):
        raise Unavailable("Jira answered its people without a list")
    return tuple(_person(one, client.cloud) for one in listed if isinstance(one, dict))


def _person(shown: dict[str, Json], cloud: bool) -> Person:
    name = shown.get("accountId" if cloud else "name")
    return Person(str(name), str(shown.get("displayName") or ""), shown.get("emailAddress") or None)
