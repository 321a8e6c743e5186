"""Changes of canonical values → what is to be written to an issue. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from adapters.base import Carrier
from adapters.github import body, parts
from adapters.github.carriers import REFERENCES
from adapters.github.codec import GitHubCodec
from adapters.github.labels import MOST as MOST_LABEL
from adapters.github.labels import name_of, namespace_of, value_of
from adapters.github.parts import Home, relined, relisted
from adapters.github.shapes import CLOSURES, Issue
from adapters.sections import Unwritable
from adapters.sections.layout import Changes as BodyChanges
from adapters.sections.layout import Content, read, write
from sync.model import Criterion, FieldName, Json, Shape, Value
from sync.tracker import ID, Change, Record, Shown, Unmapped

MOST_TITLE = 256
"""Characters that GitHub takes in a title."""
MOST_ASSIGNEES = 10
"""… and people that it takes for one issue."""

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
    set_fields: dict[FieldName, Json] = field(default_factory=dict)
    """What the organization's fields are to say."""
    clear_fields: list[FieldName] = field(default_factory=list)
    values: dict[FieldName, Shown] = field(default_factory=dict)
    """What the Project's fields are to show."""
    milestone: dict[FieldName, str | None] = field(default_factory=dict)
    """Its title, by the field that it holds; nothing where it stays."""
    refused: dict[FieldName, str] = field(default_factory=dict)

    def refuse(self, part: str, why: str) -> None:
        """Takes a part out of the patch."""
        self.patch.pop(part, None)
        for name in [name for name, held_in in self.patched.items() if held_in == part]:
            self.refused[name] = why
            del self.patched[name]


@dataclass(frozen=True, slots=True)
class Ends:
    """What references end in."""

    repository: str
    keys: Callable[[Value], Collection[str]]
    """Items → the keys of the issues that show them."""


NOWHERE = Ends("", lambda _: ())


def compose(
    codec: GitHubCodec,
    issue: Issue,
    record: Record | None,
    changes: Mapping[FieldName, Change],
    ends: Ends = NOWHERE,
) -> Writes:
    """What brings the changes about. `issue` as it is now, `record` the same as a record.

    A new one is UNMADE, with the foot of its body, and None. References are not in it, but for
    those in sections of the body.
    """
    composer = _Composer(codec, issue, record, ends)
    for name, change in changes.items():
        composer.take(name, change)
    composer.take_standing()
    composer.take_body()
    return composer.writes


class _Composer:
    """Composes the writes of one issue."""

    def __init__(self, codec: GitHubCodec, issue: Issue, record: Record | None, ends: Ends) -> None:
        self.codec, self.issue, self.ends, self.writes = codec, issue, ends, Writes()
        self.shown: Mapping[FieldName, Shown] = record.shown if record else {}
        self.key = record.key if record else "the new issue"
        self._texts: dict[FieldName, Shown] = {}
        self._listed: dict[FieldName, tuple[set[str], set[str]]] = {}
        """What is added to the list of a section, and removed from it: keys, or lines."""
        self._standing: dict[FieldName, str] = {}
        """How the issue is to stand for its status, and for its resolution."""

    def take(self, name: FieldName, change: Change) -> None:
        carriers = self.codec.carriers
        carrier = carriers.by_field.get(name)
        if carrier is None:
            why = carriers.cannot.get(name, f"nothing on GitHub carries {name}")
            self.writes.refused[name] = why
            return
        shape = carriers.shapes[name]
        try:
            if carrier.kind == "body-section" and shape in (Shape.ITEMS, Shape.SET):
                self._take_list(name, change)
            elif shape is Shape.SET:
                self._take_set(name, carrier, change)
            elif carrier.kind not in REFERENCES:
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
            case "body" | "body-section" | "checklist":
                self._texts[name] = wanted
            case "state" | "state-reason":
                self._standing[name] = wanted
            case "milestone":
                self.writes.milestone[name] = wanted
            case "label":
                self._take_label(name, carrier, self._opened(name, wanted))
            case "issue-type":
                if wanted != (self.issue.type.name if self.issue.type else None):
                    self.writes.patch["type"], self.writes.patched[name] = wanted, "type"
            case "project-field":
                self._take_value(name, wanted)
            case "issue-field":
                word = self._opened(name, wanted)
                if self._standing.get(name, "open") == "open":  # else it stays for the reopening
                    self._take_field(name, word)

    def _opened(self, name: FieldName, wanted: Shown) -> Shown:
        """The word for a field. That for a status may say that the issue is to be closed instead,
        and is none for what an open issue says without one."""
        if name != "status":
            return wanted
        closes = wanted in CLOSURES
        self._standing[name] = wanted if closes else "open"
        return None if closes or wanted == "open" else wanted

    def take_standing(self) -> None:
        """Opens or closes the issue, for its status and for its resolution at once."""
        wanted = self._standing.get("status", self.issue.standing)
        told = self._standing.get("resolution")
        if told == "duplicate" and wanted != "duplicate":
            if wanted == "open":
                del self._standing["resolution"]
                why = f"{self.key} is open, and only a closed issue is a duplicate: close it first"
                self.writes.refused["resolution"] = why
            elif wanted == "not_planned":
                wanted = "duplicate"
        elif told is not None and told != "duplicate" and wanted == "duplicate":
            wanted = self.codec.state_word("cancelled")
        if wanted == self.issue.standing:
            return
        self.writes.patched |= dict.fromkeys(self._standing, "state")
        self.writes.patch["state"] = "open" if wanted == "open" else "closed"
        if wanted != "open":
            self.writes.patch["state_reason"] = wanted

    def _take_label(self, name: FieldName, carrier: Carrier, wanted: Shown) -> None:
        """One label of the namespace and no other."""
        words = [] if wanted is None else [str(wanted)]
        held = self._held(carrier)
        kept = {word.casefold() for word in words}
        self._add_labels(name, carrier, [word for word in words if word.casefold() not in held])
        self._remove_labels(name, [own for word, own in held.items() if word not in kept])

    def _take_field(self, name: FieldName, wanted: Shown) -> None:
        """A field of the organization's; emptied by a call of its own."""
        if wanted not in (None, [], ""):
            self.writes.set_fields[name] = wanted
        elif self.shown.get(name) not in (None, []):
            self.writes.clear_fields.append(name)

    def _take_value(self, name: FieldName, wanted: Shown) -> None:
        """A field of the Project's. Its status has a word also for what needs none elsewhere."""
        word = self._opened(name, wanted)
        if name == "status" and (wanted in CLOSURES or word is None):
            word = self.codec.standing_word(wanted)
            if word is None and wanted in CLOSURES:
                return
        self.writes.values[name] = word

    def _take_list(self, name: FieldName, change: Change) -> None:
        """What a list in the body lacks, and what of it is to go; its other entries stay."""
        shown = set(self.shown.get(name) or ())
        if self.codec.carriers.shapes[name] is Shape.ITEMS:
            before, after = set(self.ends.keys(change.before)), set(self.ends.keys(change.after))
        else:
            before, after = (
                set(self.codec.encode(name, value, sorted(shown)))
                for value in (change.before, change.after)
            )
        added, removed = after - shown, (before - after) & shown
        if added or removed:
            self._listed[name] = (added, removed)

    def _take_set(self, name: FieldName, carrier: Carrier, change: Change) -> None:
        shown = self.shown.get(name) or []
        before = {word.casefold() for word in self.codec.encode(name, change.before, shown)}
        after = {word.casefold(): word for word in self.codec.encode(name, change.after, shown)}
        there = {word.casefold(): word for word in shown}
        added = [word for folded, word in after.items() if folded not in there]
        removed = sorted(there[folded] for folded in before - after.keys() if folded in there)
        if carrier.kind == "assignees":
            self._take_assignees(name, added, removed)
        elif carrier.kind == "issue-field":
            if added or removed:
                self._take_field(name, sorted({*shown, *added} - set(removed)))
        else:
            held = self._held(carrier)
            self._add_labels(name, carrier, added)
            self._remove_labels(name, [held[word.casefold()] for word in removed])

    def _take_assignees(self, name: FieldName, added: list[str], removed: list[str]) -> None:
        count = len(self.issue.logins) + len(added) - len(removed)
        if added and count > MOST_ASSIGNEES:
            self.writes.refused[name] = (
                f"{self.key} would have {count} assignees, and GitHub takes {MOST_ASSIGNEES}: "
                "take some off it"
            )
        else:
            self.writes.add_assignees, self.writes.remove_assignees = added, removed

    def _held(self, carrier: Carrier) -> dict[str, str]:
        """What the issue's labels say for this carrier, folded → the label as it is spelt."""
        labels = self.issue.label_names
        if carrier.kind == "labels":
            return {label.casefold(): label for label in labels}
        namespace = (carrier.argument or "").casefold()
        mine = [label for label in labels if namespace_of(label) == namespace]
        return {value_of(label).casefold(): label for label in mine}

    def _add_labels(self, name: FieldName, carrier: Carrier, words: Iterable[str]) -> None:
        for word in words:
            label = name_of(carrier.argument or "", word) if carrier.kind == "label" else word
            if len(label) > MOST_LABEL:
                what = f"label {label!r}"
                self.writes.refused[name] = self._too_long(what, len(label), MOST_LABEL)
            else:
                self.writes.add_labels[label] = name

    def _remove_labels(self, name: FieldName, labels: Iterable[str]) -> None:
        self.writes.remove_labels |= dict.fromkeys(labels, name)

    def take_body(self) -> None:
        """Replaces what changed in the body, and nothing else in it."""
        if not (self._texts or self._listed):
            return
        held = body.read(self.issue.body)
        carriers = self.codec.carriers
        home = Home.of(self.ends.repository, self.issue.html_url)
        layout, headings = parts.layout(carriers, home), parts.headings(carriers)
        description, criteria, sections = None, None, dict[str, Content]()
        for name, wanted in self._texts.items():
            if name in headings:
                sections[headings[name]] = _content(wanted)
            elif carriers.shapes[name] is Shape.CRITERIA:
                criteria = tuple(Criterion(*entry) for entry in wanted)
            else:
                description = wanted
        entries = read(held.text, layout).sections
        for name, (added, removed) in self._listed.items():
            heading = headings[name]
            linked = carriers.shapes[name] is Shape.ITEMS
            listed = relisted if linked else relined
            sections[heading] = listed(home, entries[heading], added, removed)
        try:
            text = write(held.text, layout, BodyChanges(description, criteria, sections))
        except Unwritable as error:
            why = f"the body of {self.key} stays as it is: {error}"
            self.writes.refused |= dict.fromkeys((*self._texts, *self._listed), why)
            return
        composed = str(replace(held, text=text))
        self.writes.patched |= dict.fromkeys((*self._texts, *self._listed), "body")
        self.writes.patch["body"] = composed
        if len(composed) > body.MOST:
            self.writes.refuse("body", self._too_long("body", len(composed), body.MOST))

    def _too_long(self, what: str, length: int, most: int) -> str:
        place = f"the {what} of {self.key}"
        return f"{place} would have {length:,} characters, and GitHub takes {most:,}: shorten it"


def remark(writes: Writes, issue: Issue, foot: str) -> None:
    """Gives the issue another foot to its body, beside whatever else is written."""
    held = body.read(str(writes.patch.get("body", issue.body or "")))
    writes.patch["body"] = str(replace(held, foot=foot))
    writes.patched[ID] = "body"


def _content(wanted: Shown) -> Content:
    """What a section is to hold."""
    if isinstance(wanted, list):
        return tuple(wanted)
    return "" if wanted is None else str(wanted)
