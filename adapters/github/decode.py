"""An issue's JSON → a record. Pure.

Facts about the JSON: https://docs.github.com/rest/issues/issues
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from adapters.base import Carrier
from adapters.github import body
from adapters.github.carriers import Carriers, argument_of, namespace_of, ranked
from adapters.github.codec import CLOSURES, GitHubCodec
from adapters.sections import split
from sync.model import FieldName, Json, Shape
from sync.tracker import Problem, Record, Shown, Unavailable

Issue: TypeAlias = Mapping[str, Json]
"""One issue as GitHub shows it."""
_API_ISSUE = re.compile(r"/repos/([^/]+/[^/]+)/issues/(\d+)$")
_CONTENT = ("title", "body", "state", "state_reason", "parent_issue_url")


@dataclass(frozen=True, slots=True)
class Decoder:
    """Reads issues of one repository."""

    repository: str
    codec: GitHubCodec

    @property
    def carriers(self) -> Carriers:
        return self.codec.carriers

    def record(self, issue: Issue, blockers: Sequence[str] = ()) -> Record:
        """`blockers`: the keys of the issues that block it. Raises Unavailable on odd JSON."""
        try:
            return self._record(issue, blockers)
        except (KeyError, TypeError, AttributeError, ValueError):
            pass
        number = issue.get("number") if isinstance(issue, Mapping) else None
        raise Unavailable(f"{self.repository} answered issue {number} in an unknown form")

    def _record(self, issue: Issue, blockers: Sequence[str]) -> Record:
        held = body.read(issue["body"])
        return Record(
            id=issue["node_id"],
            key=f"{self.repository}#{issue['number']:d}",
            version=version_of(issue),
            shown=dict(self._shown(issue, held.text, blockers)),
            url=issue["html_url"],
            held={"number": issue["number"], "id": issue["id"]},
            mark=held.mark,
            twins=held.twins,
            updated_at=issue["updated_at"],
        )

    def _shown(
        self, issue: Issue, text: str, blockers: Sequence[str]
    ) -> Iterator[tuple[FieldName, Shown]]:
        heading = self.carriers.heading()
        description, criteria = split(text, heading) if heading else (text, ())
        labels = label_names(issue)
        for name, carrier in self.carriers.by_field.items():
            match carrier.kind:
                case "title":
                    yield name, issue["title"]
                case "body":
                    yield name, description
                case "body-section":
                    yield name, [[criterion.text, criterion.checked] for criterion in criteria]
                case "state":
                    yield name, state_of(issue)
                case "labels":
                    yield name, sorted(filter(self.codec.is_plain, labels))
                case "assignees":
                    yield name, sorted(person["login"] for person in issue["assignees"])
                case "milestone":
                    yield name, (issue["milestone"] or {}).get("title")
                case "sub-issue":
                    yield name, parent_of(issue)
                case "dependency":
                    yield name, sorted(blockers)
                case "label":
                    yield name, self._labelled(name, carrier, issue)

    def _labelled(self, name: FieldName, carrier: Carrier, issue: Issue) -> Shown:
        words = words_of(name, carrier, label_names(issue))
        if self.carriers.shapes[name] is Shape.SET:
            return sorted(words)
        state = state_of(issue)
        if name == "status" and (state != "open" or not words):
            return state  # a closed issue is closed, whatever its label says
        word = words[0] if words else None
        if self.carriers.shapes[name] is Shape.NUMBER and word is not None:
            return _number(word)
        return word

    def problems(self, issue: Issue) -> Iterator[Problem]:
        """Labels of which an issue may have only one, and has several."""
        for name, carrier in self.carriers.by_field.items():
            if carrier.kind != "label" or self.carriers.shapes[name] is Shape.SET:
                continue
            words = words_of(name, carrier, label_names(issue))
            if len(words) > 1:
                listed = ", ".join(f"{carrier.argument}:{word}" for word in words)
                key = f"{self.repository}#{issue['number']}"
                text = f"{key} has several labels for its {name} ({listed}); the first counts: "
                yield Problem(f"{text}remove the others", "warning", key)


def label_names(issue: Issue) -> list[str]:
    return [label["name"] for label in issue["labels"]]


def words_of(name: FieldName, carrier: Carrier, labels: Sequence[str]) -> list[str]:
    """What the labels of the carrier's namespace say, the first in the values' order first."""
    namespace = (carrier.argument or "").casefold()
    words = [argument_of(label) for label in labels if namespace_of(label) == namespace]
    order = {word: place for place, word in enumerate(ranked(name, carrier))}
    return sorted(words, key=lambda word: (order.get(word.casefold(), len(order)), word))


def _number(word: str) -> int | float | str:
    """A label's number; its text where it is none."""
    try:
        number = float(word)
    except ValueError:
        return word
    if not math.isfinite(number):
        return word
    return int(number) if number.is_integer() else number


def state_of(issue: Issue) -> str:
    """`open`, or why it is closed."""
    if issue["state"] == "open":
        return "open"
    reason = issue.get("state_reason")
    return reason if reason in CLOSURES else "completed"


def parent_of(issue: Issue) -> str | None:
    """The parent's key."""
    url = issue.get("parent_issue_url")
    found = _API_ISSUE.search(url) if url else None
    return f"{found[1]}#{found[2]}" if found else None


def key_of(issue: Issue) -> str:
    """`acme/shop#12`, by the repository that the issue itself names."""
    found = _API_ISSUE.search(f"{issue['repository_url']}/issues/{issue['number']}")
    return f"{found[1]}#{found[2]}" if found else str(issue["html_url"])


def blocker_count(issue: Issue) -> int:
    """How many issues block it, closed ones too."""
    summary = issue.get("issue_dependencies_summary") or {}
    return int(summary.get("total_blocked_by", summary.get("blocked_by", 0)))


def version_of(issue: Issue) -> str:
    """When it was last changed; and a hash, as that is in whole seconds."""
    content = [issue.get(name) for name in _CONTENT]
    content += [sorted(label_names(issue)), blocker_count(issue)]
    content += [sorted(person["login"] for person in issue["assignees"])]
    content += [(issue["milestone"] or {}).get("title")]
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    return f"{issue['updated_at']}-{digest[:12]}"
