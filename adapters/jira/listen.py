"""Jira's webhooks, Cloud and Data Center: which issues to read again.

https://developer.atlassian.com/cloud/jira/platform/webhooks/
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

from adapters.deliveries import delivery_id, is_one_of, is_signed, payload_of, record_id
from adapters.nested import part, parts
from sync.events import Event, Forged, Garbled
from sync.model import Json

Payload: TypeAlias = Mapping[str, Json]
WHOLE = Event("", whole=True)
_OF_COMMENT = re.compile(r"/issue/([0-9]+)/comment/")


class JiraListener:
    """Hears the webhooks of one site, and heeds those of one project."""

    def __init__(self, *, project: str, secrets: Sequence[str]) -> None:
        """`secrets`: each is good, so that one can be put in the other's place."""
        self._project = project
        self._secrets = tuple(secrets)

    def hear(
        self, headers: Mapping[str, str], body: bytes, token: str | None = None
    ) -> Event | None:
        """Data Center neither signs nor numbers: there the token says who sent it, and the body,
        which holds the time, what it is."""
        signature = headers.get("x-hub-signature")
        if signature is not None:
            good = is_signed(body, signature, self._secrets)
        else:
            good = token is not None and is_one_of(token, self._secrets)
        if not good:
            raise Forged
        said = headers.get("x-atlassian-webhook-identifier")
        delivery = hashlib.sha256(body).hexdigest() if said is None else delivery_id(said)
        payload = payload_of(body)
        name = payload.get("webhookEvent")
        if not isinstance(name, str):
            raise Garbled("expected the event's name at webhookEvent")
        found = EVENTS[name](self._project, payload) if name in EVENTS else None
        return replace(found, delivery=delivery) if found else None


def _issue(project: str, payload: Payload) -> Event | None:
    """One that moved counts on either side."""
    items = parts(payload, "changelog", "items")
    keys = [part(payload, "issue", "key")]
    keys += [
        one.get(end) for one in items if _names(one, "Key") for end in ("fromString", "toString")
    ]
    moved = len(keys) == 1 and any(_names(one, "project") for one in items)
    if not moved and not _is_ours(project, payload, keys):
        return None
    issue = record_id(part(payload, "issue", "id"), "issue.id")
    return Event("", frozenset([issue]), order=any(map(_may_be_rank, items)))


def _names(item: Payload, name: str) -> bool:
    return name in (item.get("field"), item.get("fieldId"))


def _may_be_rank(item: Payload) -> bool:
    """Is it a change of the order? Its name is translated, and it has no values, just a text;
    so has the first value of some other fields: then the order is read in vain."""
    values = [item.get(name) for name in ("from", "to", "fromString")]
    return _names(item, "Rank") or (item.get("fieldtype") == "custom" and not any(values))


def _is_ours(project: str, payload: Payload, keys: Sequence[Json]) -> bool:
    """Where nothing says whose it is, it may be ours: reading it will tell."""
    said = part(payload, "issue", "fields", "project", "key")
    known = [key.rpartition("-")[0] for key in keys if isinstance(key, str)]
    known += [said] if isinstance(said, str) else []
    return project in known or not known


def _comment(project: str, payload: Payload) -> Event | None:
    """Data Center says of the issue only what is in the comment's address."""
    if part(payload, "issue", "id") is not None:
        return _issue(project, payload)
    found = _OF_COMMENT.search(str(part(payload, "comment", "self")))
    if not found:
        raise Garbled("expected the issue's id at issue.id, or in comment.self")
    return Event("", frozenset([record_id(found[1], "comment.self")]))


def _link(_: str, payload: Payload) -> Event:
    """Which projects the two are of, it does not say."""
    ends = ("sourceIssueId", "destinationIssueId")
    return Event(
        "", frozenset(record_id(part(payload, "issueLink", e), f"issueLink.{e}") for e in ends)
    )


def _of_project(project: str, payload: Payload) -> Event | None:
    return WHOLE if part(payload, "project", "key") == project else None


def _of_site(_: str, __: Payload) -> Event:
    """Of versions and sprints it is not said, by a name that the settings have, whose they are."""
    return WHOLE


def _user(_: str, payload: Payload) -> Event | None:
    """On Cloud people go by an id that does not change; on Data Center by their name."""
    return None if part(payload, "user", "accountId") else WHOLE


EVENTS: Mapping[str, Callable[[str, Payload], Event | None]] = MappingProxyType(
    {
        "jira:issue_created": _issue,
        "jira:issue_updated": _issue,
        "jira:issue_deleted": _issue,
        "comment_created": _comment,
        "comment_updated": _comment,
        "comment_deleted": _comment,
        "issuelink_created": _link,
        "issuelink_deleted": _link,
        "jira:version_created": _of_site,
        "jira:version_updated": _of_site,
        "jira:version_released": _of_site,
        "jira:version_unreleased": _of_site,
        "jira:version_deleted": _of_site,
        "sprint_updated": _of_site,
        "sprint_deleted": _of_site,
        "sprint_started": _of_site,
        "sprint_closed": _of_site,
        "project_updated": _of_project,
        "project_deleted": _of_project,
        "project_soft_deleted": _of_project,
        "project_restored_deleted": _of_project,
        "project_archived": _of_project,
        "project_restored_archived": _of_project,
        "user_updated": _user,
    }
)
"""What is understood; all others are about nothing of the backlog: new sprints, which no issue
is in yet; boards, which are asked when an issue goes into a sprint; properties, worklogs."""
