"""An issue → a record. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.base import Carrier
from adapters.github import body
from adapters.github.carriers import Carriers, argument_of, namespace_of, ranked
from adapters.github.codec import GitHubCodec
from adapters.github.shapes import Issue
from adapters.sections import split
from sync.model import FieldName, Shape
from sync.tracker import Problem, Record, Shown


@dataclass(frozen=True, slots=True)
class Decoder:
    """Reads issues of one repository."""

    repository: str
    codec: GitHubCodec

    @property
    def carriers(self) -> Carriers:
        return self.codec.carriers

    def record(self, issue: Issue, blockers: Sequence[str] = ()) -> Record:
        """`blockers`: the keys of the issues that block it."""
        held = body.read(issue.body)
        return Record(
            id=issue.node_id,
            key=f"{self.repository}#{issue.number}",
            version=issue.version,
            shown=dict(self._shown(issue, held.text, blockers)),
            url=issue.html_url,
            held={"number": issue.number, "id": issue.id},
            mark=held.mark,
            twins=held.twins,
            updated_at=issue.updated_at,
        )

    def _shown(
        self, issue: Issue, text: str, blockers: Sequence[str]
    ) -> Iterator[tuple[FieldName, Shown]]:
        heading = self.carriers.heading()
        description, criteria = split(text, heading) if heading else (text, ())
        for name, carrier in self.carriers.by_field.items():
            match carrier.kind:
                case "title":
                    yield name, issue.title
                case "body":
                    yield name, description
                case "body-section":
                    yield name, [[criterion.text, criterion.checked] for criterion in criteria]
                case "state":
                    yield name, issue.standing
                case "labels":
                    yield name, sorted(filter(self.codec.is_plain, issue.label_names))
                case "assignees":
                    yield name, issue.logins
                case "milestone":
                    yield name, issue.milestone.title if issue.milestone else None
                case "sub-issue":
                    yield name, issue.parent
                case "dependency":
                    yield name, sorted(blockers)
                case "label":
                    yield name, self._labelled(name, carrier, issue)

    def _labelled(self, name: FieldName, carrier: Carrier, issue: Issue) -> Shown:
        words = words_of(name, carrier, issue.label_names)
        if self.carriers.shapes[name] is Shape.SET:
            return sorted(words)
        if name == "status" and (issue.standing != "open" or not words):
            return issue.standing  # a closed issue is closed, whatever its label says
        word = words[0] if words else None
        if self.carriers.shapes[name] is Shape.NUMBER and word is not None:
            return _number(word)
        return word

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
