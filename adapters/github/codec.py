"""What an issue's parts say in canonical values, and back. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from adapters import notices
from adapters.base import Carrier, Comments
from adapters.comments import CommentCodec
from adapters.github.carriers import Carriers
from adapters.github.mentions import Speech
from adapters.github.shapes import CLOSURES
from adapters.references import JOINER, respelt
from adapters.values import KNOWN, Vocabulary
from sync.model import (
    CLOSED,
    EMPTY,
    STATUSES,
    Criterion,
    FieldName,
    Shape,
    Value,
    as_criteria,
    is_day,
)
from sync.tracker import Shown, Unmapped

STATES: Mapping[str, str] = {
    "todo": "open",
    "in_progress": "open",
    "in_review": "open",
    "done": "completed",
    "cancelled": "not_planned",
}
"""Status → the issue's state, or why it is closed."""
FOLDED = frozenset({"milestone", "label", "issue-type", "issue-field", "project-field"})
"""Carriers of names that GitHub does not tell apart by their case."""
LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9_]|-(?=[a-z0-9])){0,60}(?:\[bot\])?", re.IGNORECASE)
"""Names that may be an account's."""


@dataclass(frozen=True, slots=True)
class GitHubCodec:
    """How one repository's issues show values."""

    carriers: Carriers
    users: Mapping[str, str]
    """Canonical name of a person → login."""
    scope: frozenset[str] = frozenset()
    """Labels, folded, that every issue of the backlog has, and so say nothing about one."""
    comments: CommentCodec = field(default_factory=lambda: CommentCodec("github", Comments(), str))
    speech: Speech = field(default_factory=Speech)

    def decode(self, name: FieldName, shown: Shown, present: Value) -> Value:
        match self._carrier(name).kind:
            case "title" | "milestone":
                return self._named(name, shown)
            case "body":
                return self._read_text(shown, str(present or ""))
            case "body-section" | "checklist":
                return self._decode_section(name, shown, present)
            case "state":
                return self._status(shown, present)
            case "state-reason":
                return _reason(shown, present)
            case "labels":
                return frozenset(shown or ())
            case "comments":
                return self.comments.decode(shown, present)
            case "notice":
                return present
            case "assignees":
                people = {login.casefold(): person for person, login in self.users.items()}
                return frozenset(people.get(login.casefold(), login) for login in shown or ())
        return self._decode_word(name, shown, present)

    def encode(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        match self._carrier(name).kind:
            case "title" | "milestone":
                if not value:
                    return None
                return shown if self.shows(name, value, shown) else self._word(name, value)
            case "body":
                return self._write_text(str(value or ""), shown)
            case "body-section" | "checklist":
                return self._encode_section(name, value, shown)
            case "state":
                return self._state(value, shown)
            case "state-reason":
                return _told(value, shown)
            case "labels":
                return _spelt(filter(self.is_plain, _elements(value)), shown)
            case "comments":
                return self.comments.encode(value)
            case "notice":
                return notices.encode(value)
            case "assignees":
                logins = (self.users.get(person, person) for person in _elements(value))
                return _spelt(filter(LOGIN.fullmatch, logins), shown)
        return self._encode_word(name, value, shown)

    def shows(self, name: FieldName, value: Value, shown: Shown) -> bool:
        try:
            if self._carrier(name).kind == "comments":
                return self.comments.shows(value, shown)
            if self._carrier(name).kind == "notice":
                return notices.shows(value, shown)
            said, wanted = _plain(self.decode(name, shown, value)), _plain(value)
        except Unmapped:
            return False
        kind = self._carrier(name).kind
        if kind in FOLDED and isinstance(said, str):
            return said.casefold() == str(wanted or "").casefold()
        if kind == "body-section" and isinstance(value, frozenset):
            return self.decode(name, shown, value) == value
        return said == wanted

    def is_plain(self, label: str) -> bool:
        """Does the label carry nothing but itself?"""
        return self.carriers.field_of(label) is None and label.casefold() not in self.scope

    def _carrier(self, name: FieldName) -> Carrier:
        return self.carriers.by_field[name]

    def _shape(self, name: FieldName) -> Shape:
        return self.carriers.shapes[name]

    def _vocabulary(self, name: FieldName) -> Vocabulary:
        return Vocabulary(name, self._options(name), self._carrier(name).values)

    def _options(self, name: FieldName) -> tuple[str, ...] | None:
        """What the place offers for the field; None: it takes anything, or was not asked."""
        offer = self.carriers.offers.get(name)
        return offer.options if offer else None

    def _named(self, name: FieldName, shown: Shown) -> str | None:
        """The value of a name that is the value itself, where the settings name no other."""
        text = str(shown or "").strip()
        names = {own.casefold(): value for value, own in self._carrier(name).values.items()}
        return names.get(text.casefold(), text) or None

    def _word(self, name: FieldName, value: Value) -> str:
        """The name of a value, as the place spells it. Raises Unmapped where it is not offered."""
        word, options = self._carrier(name).values.get(str(value), str(value)), self._options(name)
        if options is None:
            return word
        spelt = {option.casefold(): option for option in options}
        if word.casefold() not in spelt:
            offered = ", ".join(map(repr, options)) or "nothing"
            remedy = f"add it there, or name one under fields.{name}.values: GitHub has {offered}"
            raise Unmapped(name, str(value), remedy)
        return spelt[word.casefold()]

    # Sections of the body: criteria, entries of a list, or text

    def _decode_section(self, name: FieldName, shown: Shown, present: Value) -> Value:
        match self._shape(name):
            case Shape.CRITERIA:
                held = {self._read(self._write(one.text)): one.text for one in as_criteria(present)}
                read = ((self._read(text), bool(done)) for text, done in shown or ())
                return tuple(Criterion(held.get(text, text), done) for text, done in read)
            case Shape.SET:
                found = (self._named(name, self._read(entry)) for entry in shown or ())
                return frozenset(filter(None, found))
            case Shape.TEXT:
                return self._read_text(shown, str(present or ""))
            case Shape.LINE:
                return self._named(name, self._read(shown or ""))
        return self._measure(name, shown)

    def _encode_section(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        match self._shape(name):
            case Shape.CRITERIA:
                old = [text for text, _ in shown or ()]
                spelt = {self._read(text): text for text in old}
                return [
                    [spelt.get(text) or self._write(text, old), done]
                    for text, done in as_criteria(value)
                ]
            case Shape.SET:
                old = list(shown or ())
                return sorted({self._write(self._word(name, one), old) for one in _elements(value)})
            case Shape.TEXT:
                return self._write_text(str(value or ""), shown)
            case Shape.LINE:
                return self._write(self._word(name, value), [shown or ""]) if value else None
        return None if value is None else _written(value)

    # Texts: harmless, and without what would be taken for the body's own foot

    def _read(self, raw: str) -> str:
        return self.speech.read(raw.replace(f"<!--{JOINER} onebacklog", "<!-- onebacklog"))

    def _write(self, text: str, shown: Iterable[str] = ()) -> str:
        return _footless(self.speech.write(text, shown))

    def _read_text(self, shown: Shown, present: str) -> str:
        """`present` where that is how it is shown."""
        said = self._read(shown or "")
        return present if said != present and said == self._read(self._write(present)) else said

    def _write_text(self, text: str, shown: Shown) -> str:
        """Lines that are shown are as they are shown."""
        raw = str(shown or "")
        return respelt(text, raw, self._read, self._write(text, [raw]))

    # Words: labels, an issue's type, and an organization's fields

    def _decode_word(self, name: FieldName, shown: Shown, present: Value) -> Value:
        shape = self._shape(name)
        if shape is Shape.SET:
            spelt = {word.casefold(): word for word in _elements(present)}
            found = (self._named(name, word) or "" for word in shown or ())
            return frozenset(spelt.get(word.casefold(), word) for word in found if word)
        if name == "status":
            return self._status(shown, present)
        if shown is None:
            return EMPTY[shape]
        if shape in (Shape.NUMBER, Shape.DATE):
            return self._measure(name, shown)
        if name in KNOWN:
            return self._vocabulary(name).decode(str(shown), present)
        return self._named(name, shown)

    def _measure(self, name: FieldName, shown: Shown) -> Value:
        """A number, or a day. Raises Unmapped."""
        number = self._shape(name) is Shape.NUMBER
        if shown in (None, ""):
            return None
        if number and isinstance(shown, int | float):
            return float(shown)
        if not number and is_day(str(shown)):
            return str(shown)
        what, such = ("a number", "5") if number else ("a day", "2026-11-24")
        carrier = self._carrier(name)
        example = f"{carrier.argument}:{such}" if carrier.kind == "label" else such
        raise Unmapped(name, str(shown), f"it is to be {what}, as in {example}")

    def _encode_word(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        if self._shape(name) is Shape.SET:
            words = {self._word(name, word).casefold(): word for word in _elements(value)}
            if len(words) < len(_elements(value)):
                twice = sorted(set(_elements(value)) - set(words.values()))
                raise Unmapped(name, twice[0], "GitHub does not tell it from another by its case")
            return _spelt((self._word(name, word) for word in _elements(value)), shown)
        if value is None or value == "":
            return None
        if self.shows(name, value, shown):
            return shown
        if self._shape(name) in (Shape.NUMBER, Shape.DATE):
            return _written(value)
        if name == "status":
            return self._status_word(str(value))
        if name in KNOWN:
            return self._vocabulary(name).encode(str(value), shown)
        return self._word(name, value)

    # The status: the state says whether an issue is closed and why; a label may say more.

    def _status(self, shown: Shown, present: Value) -> str:
        word = "open" if shown is None else str(shown)
        if word == "open" or word in CLOSURES:
            if word == "open" and self._carrier("status").kind != "state":
                return "todo"  # what no word says
            says = {status: self.state_word(status) for status in STATUSES}
            fits = [status for status in STATUSES if says[status] == word]
            if word == "duplicate" and not fits:
                fits = [status for status in STATUSES if says[status] == "not_planned"]
            if not fits:
                fits = [s for s in STATUSES if (s in CLOSED) == (word != "open")]
            return str(present) if present in fits else fits[0]
        status = self._vocabulary("status").decode(word, present)
        if status in STATUSES:
            return status
        raise Unmapped("status", word, "name it under fields.status.values")

    def _state(self, value: Value, shown: Shown) -> Shown:
        if value not in STATUSES:
            raise Unmapped("status", str(value), f"it is one of {', '.join(STATUSES)}")
        shown = shown or "open"
        return shown if self.shows("status", value, shown) else self.state_word(str(value))

    def state_word(self, status: str) -> str:
        """`open`, or why it is closed."""
        configured = self._carrier("status").values.get(status, "").casefold()
        known = configured == "open" or configured in CLOSURES
        return configured if known else STATES[status]

    def standing_word(self, standing: Shown) -> str | None:
        """What a Project's field says of an issue that stands so, where it has a word for it."""
        status = self._status(standing, None)
        try:
            return self._vocabulary("status").encode(status) if self._options("status") else None
        except Unmapped:
            return None

    def _status_word(self, status: str) -> str:
        """What a label or field says of an open issue; a closed one needs none."""
        if status not in STATUSES:
            raise Unmapped("status", status, f"it is one of {', '.join(STATUSES)}")
        if status in CLOSED:
            return self.state_word(status)
        words = self._vocabulary("status")
        if status == "todo" and not words.open and not words.choices(status):
            return "open"  # what no word says
        return words.encode(status)


def _footless(text: str) -> str:
    return text.replace("<!-- onebacklog", f"<!--{JOINER} onebacklog")


def _reason(shown: Shown, present: Value) -> str | None:
    """The resolution: GitHub tells duplicates, and only of what is cancelled."""
    if shown == "duplicate":
        return "duplicate"
    known = present if isinstance(present, str) else None
    return None if known == "duplicate" and shown != "completed" else known


def _told(value: Value, shown: Shown) -> str:
    """How the issue stands when its resolution is this."""
    standing = str(shown or "open")
    if _reason(standing, value) == (value or None):
        return standing
    return "duplicate" if value == "duplicate" else "not_planned"


def _written(value: Value) -> Shown:
    """A number or a day."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return value if isinstance(value, str) else None


def _elements(value: Value) -> Sequence[str]:
    return sorted(str(entry) for entry in value) if isinstance(value, frozenset) else ()


def _spelt(words: Iterable[str], shown: Shown) -> list[str]:
    """Each word once, as it is shown, where it is shown."""
    spelt = {word.casefold(): word for word in words}
    spelt |= {word.casefold(): word for word in shown or () if word.casefold() in spelt}
    return sorted(spelt.values())


def _plain(value: Value) -> object:
    """Without the differences that GitHub does not know, or that nobody sees."""
    if isinstance(value, frozenset):
        return {word.casefold() for word in value}
    if isinstance(value, tuple):
        return [(_plain(text), done) for text, done in as_criteria(value)]
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    return value
