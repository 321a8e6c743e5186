"""The timeline of an issue: who did what to it, and when.

https://docs.github.com/graphql/reference/objects#issue
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from adapters.sandbox.github.calls import Call
from adapters.sandbox.github.shapes import node_id
from adapters.sandbox.github.state import Event, Issue, State

CONVERTED = "ConvertedToDiscussionEvent"
KINDS = {
    "closed": "ClosedEvent",
    "reopened": "ReopenedEvent",
    "labeled": "LabeledEvent",
    "unlabeled": "UnlabeledEvent",
    "assigned": "AssignedEvent",
    "unassigned": "UnassignedEvent",
    "milestoned": "MilestonedEvent",
    "demilestoned": "DemilestonedEvent",
    "converted_to_discussion": CONVERTED,
    "parent_issue_added": "ParentIssueAddedEvent",
    "parent_issue_removed": "ParentIssueRemovedEvent",
}
"""By what webhooks call it."""
EDITED = "Edited"


def note(call: Call, issue: Issue, kind: str, *about: str) -> None:
    """Adds to the issue's timeline what the caller did just now."""
    event = Event(next(call.state.ids), kind, call.actor, call.stamp, about)
    call.state.events.setdefault(issue.id, []).append(event)


def told(call: Call, issue: Issue, action: str, **parts: Any) -> None:
    """Notes what a webhook tells, where timelines tell it too. `parts` as the payload has them."""
    changes = parts.get("changes", {})
    if "title" in changes:
        note(call, issue, "RenamedTitleEvent", changes["title"]["from"], issue.title)
    if "body" in changes:
        note(call, issue, EDITED)
    if action in KINDS:
        names = (("label", "name"), ("assignee", "login"), ("milestone", "title"))
        note(call, issue, KINDS[action], *(parts[it][key] for it, key in names if it in parts))


def edited(state: State, issue: Issue) -> Event | None:
    """The last edit of its body; None where it is as it was first written."""
    found = (one for one in reversed(state.events.get(issue.id, [])) if one.kind == EDITED)
    return next(found, None)


def events_of(state: State, issue: Issue, types: Collection[str]) -> list[Event]:
    """Those of these types (`LABELED_EVENT` …); all where none is named."""
    found = [one for one in state.events.get(issue.id, []) if one.kind != EDITED]
    return [one for one in found if not types or type_of(one.kind) in types]


def type_of(kind: str) -> str:
    """`LABELED_EVENT` of `LabeledEvent`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind).upper()


def parts_of(event: Event, issue: Issue, repository: str) -> dict[str, Any]:
    """What a node of it has beside its actor. `repository`: its address."""
    told: dict[str, Any] = {
        "__typename": event.kind,
        "id": node_id("".join(re.findall("[A-Z]", event.kind)), event.id),
        "createdAt": event.at,
    }
    match event.kind, event.about:
        case "LabeledEvent" | "UnlabeledEvent", (name,):
            told["label"] = {"id": node_id("LA", event.id), "name": name}
        case "MilestonedEvent" | "DemilestonedEvent", (title,):
            told["milestoneTitle"] = title
        case ("ConvertedToDiscussionEvent", _):
            number = issue.discussion
            place = {"number": number, "url": f"{repository}/discussions/{number}"}
            told["discussion"] = {"id": node_id("D", issue.id), "title": issue.title, **place}
        case "RenamedTitleEvent", (before, after):
            told |= {"previousTitle": before, "currentTitle": after}
    return told
