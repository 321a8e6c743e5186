"""The links of issues to places outside of Jira: made to lead people to an item's other records,
read where a person asks, one issue a request.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.jira.client import JiraClient, Refusal
from sync.model import Json
from sync.tracker import NotFound, RecordId, Rejected, Twin

GLOBAL_ID = 255
"""Characters that a globalId may have."""


def link(client: JiraClient, id: RecordId, twins: Sequence[Twin]) -> str | None:
    """Links the issue to those that have an address; why Jira would not, None where it did.

    Of one globalId there is one link, however often it is sent: it may be sent again. Raises
    TrackerErrors that concern more than the issue.
    """
    why = None
    for twin in twins:
        if twin.url:
            target = {"url": twin.url, "title": twin.key}
            body = {"globalId": twin.url[:GLOBAL_ID], "object": target}
            try:
                answer = client.write("POST", f"issue/{id}/remotelink", body, repeatable=True)
            except (Rejected, NotFound) as error:
                why = str(error)
            else:
                why = str(answer) if isinstance(answer, Refusal) else why
    return why


def linked(client: JiraClient, ids: Sequence[RecordId]) -> dict[RecordId, frozenset[str]]:
    """The addresses that each issue is linked to; an issue that is gone is linked to none."""
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
