"""The links of issues to places outside of Jira: read where a person asks, one issue a request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.jira.client import JiraClient
from sync.model import Json
from sync.tracker import RecordId


def linked(client: JiraClient, ids: Sequence[RecordId]) -> dict[RecordId, frozenset[str]]:
    """The addresses that each issue is linked to; an issue that is gone is linked to none.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/
    """
    found = {}
    for id in ids:
        answer = client.call("GET", f"issue/{id}/remotelink", accept=(403, 404))
        found[id] = frozenset(_addresses(answer.body if answer.status < 400 else None))
    return found


def _addresses(body: Json) -> Iterator[str]:
    for link in body if isinstance(body, list) else ():
        target = link.get("object") if isinstance(link, dict) else None
        url = target.get("url") if isinstance(target, dict) else None
        if isinstance(url, str):
            yield url
