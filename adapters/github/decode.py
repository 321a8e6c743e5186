"""An issue → a record. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from adapters import notices
from adapters.base import Carrier
from adapters.comments import Entry
from adapters.github import body
from adapters.github.carriers import Carriers, ranked
from adapters.github.codec import GitHubCodec
from adapters.github.labels import namespace_of, value_of
from adapters.github.parts import Home, headings, layout
from adapters.github.shapes import Issue
from adapters.sections.layout import read
from sync.model import FieldName, Shape
from sync.tracker import Problem, Record, Shown

PLAIN: Mapping[str, Callable[[Issue], Shown]] = MappingProxyType(
    {
        "title": lambda issue: issue.title,
        "state": lambda issue: issue.standing,
        "state-reason": lambda issue: issue.standing,
        "assignees": lambda issue: issue.logins,
        "milestone": lambda issue: issue.milestone.title if issue.milestone else None,
        "sub-issue": lambda issue: issue.parent,
        "issue-type": lambda issue: issue.type.name if issue.type else None,
    }
)
"""Carriers that are a part of the issue, as it is."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """Reads issues of one repository."""

    repository: str
    codec: GitHubCodec

    @property
    def carriers(self) -> Carriers:
        return self.codec.carriers

    def record(
        self, issue: Issue, blockers: Sequence[str] = (), said: Sequence[Entry] = ()
    ) -> Record:
        """`blockers`: the keys of the issues that block it; `said`: its comments."""
        held = body.read(issue.body)
        return Record(
            id=issue.node_id,
            key=f"{self.repository}#{issue.number}",
            version=issue.version,
            shown=dict(self._shown(issue, held.text, blockers, said)),
            url=issue.html_url,
            held={"number": issue.number, "id": issue.id},
            mark=held.mark,
            twins=held.twins,
            updated_at=issue.updated_at,
            stranger=issue.stranger,
        )

    def _shown(
        self, issue: Issue, text: str, blockers: Sequence[str], said: Sequence[Entry]
    ) -> Iterator[tuple[FieldName, Shown]]:
        home = Home.of(self.repository, issue.html_url)
        parts = read(text, layout(self.carriers, home))
        sections = headings(self.carriers)
        for name, carrier in self.carriers.by_field.items():
            match carrier.kind:
                case "body":
                    yield name, parts.description
                case "body-section" if name in sections:
                    yield name, self._section(name, home, parts.sections[sections[name]])
                case "body-section" | "checklist":
                    yield name, [[it.text, it.checked] for it in parts.criteria]
                case "labels":
                    yield name, sorted(filter(self.codec.is_plain, issue.label_names))
                case "dependency":
                    yield name, sorted(blockers)
                case "comments":
                    yield name, self.codec.comments.shown(said)
                case "notice":
                    yield name, notices.shown(said)
                case "label":
                    yield name, self._labelled(name, carrier, issue)
                case "issue-field" if issue.issue_field_values is not None:
                    yield name, self._fielded(name, carrier, issue)
                case "project-field" if name == "status":
                    yield name, issue.standing  # what the project says, its board adds
                case kind if kind in PLAIN:
                    yield name, PLAIN[kind](issue)

    def _section(self, name: FieldName, home: Home, content: Sequence[str] | str) -> Shown:
        """What a section of the body holds, by the field's shape."""
        match self.carriers.shapes[name]:
            case Shape.ITEMS:
                return sorted({key for entry in content if (key := home.key(entry))})
            case Shape.SET:
                return sorted(set(content))
            case Shape.TEXT:
                return str(content)
        line = " ".join(str(content).split())
        number = self.carriers.shapes[name] is Shape.NUMBER
        return (_number(line) if number else line) if line else None

    def _fielded(self, name: FieldName, carrier: Carrier, issue: Issue) -> Shown:
        """What one of the organization's fields says."""
        shown = issue.field(carrier.argument or "")
        if self.carriers.shapes[name] is Shape.SET:
            return shown or []
        return self._standing(name, shown, issue)

    def _standing(self, name: FieldName, word: Shown, issue: Issue) -> Shown:
        """A closed issue is closed, whatever the word for its status says."""
        if name == "status" and (issue.standing != "open" or not word):
            return issue.standing
        return word

    def _labelled(self, name: FieldName, carrier: Carrier, issue: Issue) -> Shown:
        words = words_of(name, carrier, issue.label_names)
        if self.carriers.shapes[name] is Shape.SET:
            return sorted(words)
        word = words[0] if words else None
        if self.carriers.shapes[name] is Shape.NUMBER and word is not None:
            return _number(word)
        return self._standing(name, word, issue)

    def problems(self, issue: Issue) -> Iterator[Problem]:
        """Labels of which an issue may have only one, and has several."""
        for name, carrier in self.carriers.by_field.items():
            if carrier.kind != "label" or self.carriers.shapes[name] is Shape.SET:
                continue
            words = words_of(name, carrier, issue.label_names)
            if len(words) > 1:
                listed = ", ".join(f"{carrier.argument}:{word}" for word in words)
                key = f"{self.repository}#{issue.number}"
                text = f"{key} has several labels for its {name} ({listed}); the first counts: "
                yield Problem(f"{text}remove the others", "warning", key)


def words_of(name: FieldName, carrier: Carrier, labels: Sequence[str]) -> list[str]:
    """What the labels of the carrier's namespace say, the first in the values' order first."""
    namespace = (carrier.argument or "").casefold()
    words = [value_of(label) for label in labels if namespace_of(label) == namespace]
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
