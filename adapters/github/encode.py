"""Changes of canonical values → what is to be written to an issue. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from adapters.base import Carrier
from adapters.github import body
from adapters.github.carriers import argument_of, namespace_of
from adapters.github.codec import GitHubCodec
from adapters.github.shapes import CLOSURES, Issue
from adapters.sections import join
from sync.model import Criterion, FieldName, Json, Shape
from sync.tracker import Change, Record, Shown, Unmapped

MOST_TITLE = 256
"""Characters that GitHub takes in a title."""
MOST_LABEL = 50
"""… and in a label's name."""

UNMADE = Issue(
    node_id="",
    id=0,
    number=0,
    title="",
    state="open",
    repository_url="",
    html_url="",
    created_at="",
    updated_at="",
)
"""What an issue is before it is made."""


@dataclass(slots=True)
class Writes:
    """What is to be written to one issue, call by call. Filled while it is composed."""

    patch: dict[str, Json] = field(default_factory=dict)
    """The issue's own parts, as GitHub names them; but for its milestone."""
    patched: dict[FieldName, str] = field(default_factory=dict)
    """Fields → the part of the issue that holds them."""
    add_labels: dict[str, FieldName] = field(default_factory=dict)
    remove_labels: dict[str, FieldName] = field(default_factory=dict)
    add_assignees: list[str] = field(default_factory=list)
    remove_assignees: list[str] = field(default_factory=list)
    milestone: dict[FieldName, str | None] = field(default_factory=dict)
    """Its title, by the field that it holds; nothing where it stays."""
    refused: dict[FieldName, str] = field(default_factory=dict)

    def refuse(self, part: str, why: str) -> None:
        """Takes a part out of the patch."""
        self.patch.pop(part, None)
        for name in [name for name, held_in in self.patched.items() if held_in == part]:
            self.refused[name] = why
            del self.patched[name]


def compose(
    codec: GitHubCodec,
    issue: Issue,
    record: Record | None,
    changes: Mapping[FieldName, Change],
) -> Writes:
    """What brings the changes about. `issue` as it is now, `record` the same as a record.

    A new one is UNMADE, with the foot of its body, and None. References are not in it.
    """
    composer = _Composer(codec, issue, record)
    for name, change in changes.items():
        composer.take(name, change)
    composer.take_body()
    return composer.writes


class _Composer:
    """Composes the writes of one issue."""

    def __init__(self, codec: GitHubCodec, issue: Issue, record: Record | None) -> None:
        self.codec, self.issue, self.writes = codec, issue, Writes()
        self.shown: Mapping[FieldName, Shown] = record.shown if record else {}
        self.key = record.key if record else "the new issue"
        self._texts: dict[str, tuple[FieldName, Shown]] = {}

    def take(self, name: FieldName, change: Change) -> None:
        carriers = self.codec.carriers
        carrier = carriers.by_field.get(name)
        if carrier is None:
            why = carriers.cannot.get(name, f"nothing on GitHub carries {name}")
            self.writes.refused[name] = why
            return
        try:
            if carrier.kind in ("labels", "assignees") or carriers.shapes[name] is Shape.SET:
                self._take_set(name, carrier, change)
            elif carrier.kind not in ("sub-issue", "dependency"):
                wanted = self.codec.encode(name, change.after, self.shown.get(name))
                self._take_one(name, carrier, wanted)
        except Unmapped as error:
            self.writes.refused[name] = str(error)

    def _take_one(self, name: FieldName, carrier: Carrier, wanted: Shown) -> None:
        match carrier.kind:
            case "title":
                self.writes.patch["title"], self.writes.patched[name] = wanted, "title"
                if not wanted:
                    self.writes.refuse("title", f"{self.key} needs a title: give it one")
                elif len(wanted) > MOST_TITLE:
                    self.writes.refuse("title", self._too_long("title", len(wanted), MOST_TITLE))
            case "body" | "body-section":
                self._texts[carrier.kind] = (name, wanted)
            case "state":
                self._take_state(name, wanted)
            case "milestone":
                self.writes.milestone[name] = wanted
            case "label":
                self._take_label(name, carrier, wanted)

    def _take_state(self, name: FieldName, wanted: Shown) -> None:
        if wanted == self.issue.standing:
            return
        self.writes.patched[name] = "state"
        self.writes.patch["state"] = "open" if wanted == "open" else "closed"
        if wanted != "open":
            self.writes.patch["state_reason"] = wanted

    def _take_label(self, name: FieldName, carrier: Carrier, wanted: Shown) -> None:
        """One label of the namespace and no other; a status may close the issue instead."""
        words = [] if wanted is None else [str(wanted)]
        if name == "status":
            closes = wanted in CLOSURES
            self._take_state(name, wanted if closes else "open")
            words = [] if closes or wanted == "open" else words
        held = self._held(carrier)
        kept = {word.casefold() for word in words}
        self._add_labels(name, carrier, [word for word in words if word.casefold() not in held])
        self._remove_labels(name, [own for word, own in held.items() if word not in kept])

    def _take_set(self, name: FieldName, carrier: Carrier, change: Change) -> None:
        shown = self.shown.get(name) or []
        before = {word.casefold() for word in self.codec.encode(name, change.before, shown)}
        after = {word.casefold(): word for word in self.codec.encode(name, change.after, shown)}
        there = {word.casefold(): word for word in shown}
        added = [word for folded, word in after.items() if folded not in there]
        removed = sorted(there[folded] for folded in before - after.keys() if folded in there)
        if carrier.kind == "assignees":
            self.writes.add_assignees, self.writes.remove_assignees = added, removed
            return
        held = self._held(carrier)
        self._add_labels(name, carrier, added)
        self._remove_labels(name, [held[word.casefold()] for word in removed])

    def _held(self, carrier: Carrier) -> dict[str, str]:
        """What the issue's labels say for this carrier, folded → the label as it is spelt."""
        labels = self.issue.label_names
        if carrier.kind == "labels":
            return {label.casefold(): label for label in labels}
        namespace = (carrier.argument or "").casefold()
        mine = [label for label in labels if namespace_of(label) == namespace]
        return {argument_of(label).casefold(): label for label in mine}

    def _add_labels(self, name: FieldName, carrier: Carrier, words: Iterable[str]) -> None:
        for word in words:
            label = f"{carrier.argument}:{word}" if carrier.kind == "label" else word
            if len(label) > MOST_LABEL:
                what = f"label {label!r}"
                self.writes.refused[name] = self._too_long(what, len(label), MOST_LABEL)
            else:
                self.writes.add_labels[label] = name

    def _remove_labels(self, name: FieldName, labels: Iterable[str]) -> None:
        self.writes.remove_labels |= dict.fromkeys(labels, name)

    def take_body(self) -> None:
        """Replaces what changed in the body, and nothing else in it."""
        if not self._texts:
            return
        held = body.read(self.issue.body)
        _, description = self._texts.get("body", ("", None))
        _, listed = self._texts.get("body-section", ("", None))
        heading = self.codec.carriers.heading()
        text = description or ""
        if heading:
            criteria = None if listed is None else tuple(Criterion(*entry) for entry in listed)
            text = join(held.text, heading, description=description, criteria=criteria)
        composed = str(replace(held, text=text))
        self.writes.patched |= {name: "body" for name, _ in self._texts.values()}
        self.writes.patch["body"] = composed
        if len(composed) > body.MOST:
            self.writes.refuse("body", self._too_long("body", len(composed), body.MOST))

    def _too_long(self, what: str, length: int, most: int) -> str:
        place = f"the {what} of {self.key}"
        return f"{place} would have {length:,} characters, and GitHub takes {most:,}: shorten it"
