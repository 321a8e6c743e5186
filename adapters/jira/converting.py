"""Making a sub-task of an issue, or an issue of a sub-task: on Cloud, by its move of many.

An edit cannot do it, and Data Center has no other way by its API. Nothing is ever made anew and
deleted for it: the issue would lose its key, its comments and its history.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adapters.jira.client import JiraClient
from adapters.jira.project import IssueType, Project
from sync.model import FieldName, Json
from sync.tracker import RecordId, Unavailable

PAUSES = (0.1, 0.3, 0.6, 1.0, 2.0, 4.0, 8.0, 8.0)
"""Seconds between the questions how far Jira is."""
WAITS = frozenset({"ENQUEUED", "RUNNING"})
NEEDED: Mapping[str, str] = {"BULK_CHANGE": "Make bulk changes", "MOVE_ISSUES": "Move issues"}


@dataclass(frozen=True, slots=True)
class Conversion:
    """What an issue is to become."""

    name: FieldName
    """The field that says so."""
    kind: IssueType
    parent: RecordId | None = None
    """A sub-task's."""


def forbidden(project: Project, was: IssueType, kind: IssueType) -> str | None:
    """Why it cannot be done here, with the remedy; None: it may be tried."""
    said = f"Jira makes no {kind.name} of a {was.name}"
    if not project.cloud:
        return f"{said} by the API of Data Center; convert it in Jira (More, Convert)"
    lacking = [f"{label!r}" for name, label in NEEDED.items() if name not in project.allowed]
    if lacking:
        permissions = "permission " if len(lacking) == 1 else "permissions "
        return (
            f"{said} by an edit; give this account the {permissions}{' and '.join(lacking)}, "
            "or convert it in Jira"
        )
    return None


@dataclass(frozen=True, slots=True)
class Converter:
    """Moves issues to other types.
    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-bulk-operations/"""

    client: JiraClient
    project: Project
    pause: Callable[[float], None] = time.sleep

    def convert(self, issue: RecordId, into: Conversion) -> str | None:
        """None, or why it is not done (by now)."""
        place = [self.project.id, into.kind.id, *([into.parent] if into.parent else [])]
        about = {
            "issueIdsOrKeys": [issue],
            "inferClassificationDefaults": True,
            "inferFieldDefaults": True,
            "inferStatusDefaults": True,
            "inferSubtaskTypeDefault": True,
        }
        body = {"sendBulkNotification": False, "targetToSourcesMapping": {",".join(place): about}}
        answer = self.client.call("POST", "bulk/issues/move", body, accept=(400, 403))
        if answer.status >= 400:
            return self._minded(answer.body)
        task = answer.mapping().get("taskId")
        if not isinstance(task, str):
            raise Unavailable(f"{answer.url} answered without a task")
        return self._wait(issue, task)

    def _wait(self, issue: RecordId, task: str) -> str | None:
        for pause in PAUSES:
            told = self.client.call("GET", f"bulk/queue/{task}").mapping()
            if told.get("status") not in WAITS:
                return self._result(issue, told)
            self.pause(pause)
        return f"Jira has not done it yet (task {task}); the next run sees how it went"

    def _result(self, issue: RecordId, told: Mapping[str, Json]) -> str | None:
        failed = told.get("failedAccessibleIssues") or {}
        if failed.get(issue):
            return self.client.refusal({"errorMessages": failed[issue]}).words[0]
        if issue in map(str, told.get("processedAccessibleIssues") or ()):
            return None
        return f"Jira gave it up: the move is {str(told.get('status')).lower()}"

    def _minded(self, body: Json) -> str:
        """Unlike elsewhere, the errors are a list."""
        errors = body.get("errors") if isinstance(body, dict) else None
        listed = errors if isinstance(errors, list) else []
        words = [str(one.get("message")) for one in listed if isinstance(one, dict)]
        return str(self.client.refusal({"errorMessages": words} if words else body))
