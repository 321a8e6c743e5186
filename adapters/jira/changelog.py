"""Who last changed each field of an issue, and when: by its changelog, asked for issue by issue.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/ (Get changelogs); Data
Center gives the whole changelog with the issue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from adapters.jira.carriers import Slot
from adapters.jira.client import JiraClient
from adapters.jira.decode import Decoder, instant
from sync.model import FieldName, Json
from sync.tracker import RecordId, Touched

PAGE = 100
"""Changes that Cloud gives at once, the oldest first."""
CALLED: Mapping[str, tuple[str, ...]] = {
    "fixVersions": ("Fix Version",),
    "components": ("Component",),
    "parent": ("IssueParentAssociation", "Parent"),
}
"""What a changelog calls fields where it does not give their id."""


def changes(
    client: JiraClient, decoder: Decoder, ids: Sequence[RecordId]
) -> dict[RecordId, dict[FieldName, Touched]]:
    """By issue and field. Of a long history the first and the newest hundred changes are read.

    An issue that is gone has no history. Fields that share the description share its changes;
    of links, attachments and comments, which are merged one by one, nobody asks.
    """
    read = _cloud if client.cloud else _datacenter
    return {id: _by_field(decoder, read(client, id)) for id in ids}


def _cloud(client: JiraClient, id: RecordId) -> list[Mapping[str, Json]]:
    page = _page(client, id, 0)
    found = list(page.get("values") or ())
    rest = int(page.get("total") or 0) - len(found)
    if page.get("isLast") is False and rest > 0:
        newest = _page(client, id, max(len(found), len(found) + rest - PAGE))
        found += newest.get("values") or ()
    return found


def _page(client: JiraClient, id: RecordId, start: int) -> Mapping[str, Json]:
    params = {"startAt": str(start), "maxResults": str(PAGE)}
    answer = client.call("GET", f"issue/{id}/changelog", params=params, accept=(403, 404))
    return {} if answer.status >= 400 else answer.mapping()


def _datacenter(client: JiraClient, id: RecordId) -> list[Mapping[str, Json]]:
    params = {"expand": "changelog", "fields": "updated"}
    answer = client.call("GET", f"issue/{id}", params=params, accept=(403, 404))
    told = {} if answer.status >= 400 else answer.mapping().get("changelog") or {}
    return list(told.get("histories") or ())


def _by_field(
    decoder: Decoder, histories: Sequence[Mapping[str, Json]]
) -> dict[FieldName, Touched]:
    found: dict[FieldName, Touched] = {}
    spaces = [slot.argument for slot in decoder.slots.values() if slot.place == "label"]
    timed = sorted(((instant(one["created"]), one) for one in histories), key=lambda it: it[0])
    for at, history in timed:
        author = history.get("author") or {}
        by = author.get("displayName") or author.get("name")
        touched = Touched(at.isoformat(timespec="milliseconds"), str(by) if by else None)
        for item in history.get("items") or ():
            found |= dict.fromkeys(_fields(decoder, spaces, item), touched)
    return found


def _fields(
    decoder: Decoder, spaces: Sequence[str], item: Mapping[str, Json]
) -> Iterator[FieldName]:
    """The fields that one entry of a changelog is about."""
    told = str(item.get("fieldId") or item.get("field") or "").casefold()
    for name, slot in decoder.slots.items():
        if told not in _names(decoder, slot):
            continue
        if slot.place not in ("label", "labels") or _relabels(slot, spaces, item):
            yield name


def _names(decoder: Decoder, slot: Slot) -> set[str]:
    """What a changelog may call Jira's field: its id, or its name, folded."""
    ids = {slot.field, slot.epic} - {None}
    names = {one.name for one in decoder.project.fields if one.id in ids and one.custom}
    return {str(name).casefold() for name in {*ids, *names, *CALLED.get(slot.field, ())}}


def _relabels(slot: Slot, spaces: Sequence[str], item: Mapping[str, Json]) -> bool:
    """Did labels change of which this field consists: those of its namespace, or all others?"""
    before, after = (set(str(item.get(key) or "").split()) for key in ("fromString", "toString"))
    return any(
        slot.argument == next((one for one in spaces if label.startswith(f"{one}:")), "")
        for label in before ^ after
    )
