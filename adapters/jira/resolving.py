"""What a resolution says: that an issue is done, or cancelled, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from adapters.values import slug
from sync.model import CLOSED, Value
from sync.tracker import Shown

Meaning: TypeAlias = Literal["done", "cancelled"]


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_DONE = _words(
    "done fixed complete completed resolved closed finished implemented delivered released"
)
_PLAIN = _words("wont_do wont_fix wontfix will_not_fix cancelled canceled not_planned")
"""These say nothing that the status `cancelled` does not say itself."""
_CANCELLED = _PLAIN | _words(
    "duplicate cannot_reproduce declined rejected incomplete invalid not_a_bug not_a_problem",
    "obsolete abandoned out_of_date outdated withdrawn by_design works_as_designed works_for_me",
    "insufficient_information not_applicable not_enough_information suspended",
)
_ALIASES = {
    "duplicated": "duplicate",
    "cant_reproduce": "cannot_reproduce",
    "not_reproducible": "cannot_reproduce",
    "unreproducible": "cannot_reproduce",
}


@dataclass(frozen=True, slots=True)
class Resolutions:
    """How a Jira's resolutions read, by what they are usually called and by the settings."""

    configured: Mapping[str, str] = field(default_factory=dict)
    """The backlog's `resolution` → Jira's name for it."""
    plain: Mapping[str, str] = field(default_factory=dict)
    """Status → the name of the resolution that says no more than that."""

    @classmethod
    def told(
        cls, configured: Mapping[str, str], transitions: Mapping[str, Mapping[str, str]]
    ) -> Resolutions:
        """From the settings of the field, and of what to fill in on the screens of transitions."""
        plain = {
            status: said
            for status, fields in transitions.items()
            for name, said in fields.items()
            if name.casefold() == "resolution" and status in CLOSED
        }
        return cls(configured, plain)

    def meaning(self, name: str | None) -> Meaning | None:
        """The status that it gives to what is closed so; None where nobody knows."""
        if name is None:
            return None
        plain = _called(name, self.plain)
        word = plain or _word(_called(name, self.configured) or name)
        if word in _DONE:
            return "done"
        return "cancelled" if word in _CANCELLED else None

    def value(self, name: str | None) -> str | None:
        """The backlog's `resolution`: what the status does not say itself."""
        if name is None or _called(name, self.plain):
            return None
        if told := _called(name, self.configured):
            return told
        word = _word(name)
        return None if word in _DONE | _PLAIN else word

    def says(self, value: str | None, name: str | None) -> bool:
        """Is it shown by that resolution?"""
        if value is None or name is None:
            return self.value(name) == value
        return value in (self.value(name), _word(name)) or name.casefold() == value.casefold()

    def decode(self, shown: Shown, present: Value) -> Value:
        name = str(shown) if shown else None
        said = isinstance(present, str) and self.says(present, name)
        return present if said else self.value(name)

    def encode(self, value: Value, shown: Shown) -> Shown:
        said = str(value) if value else None
        if self.says(said, str(shown) if shown else None):
            return shown
        return self.write(said) if said else None

    def write(self, value: str) -> str:
        """What Jira most likely calls it."""
        usual = value.replace("_", " ").title()
        return self.configured.get(value) or (usual if _word(usual) == value else value)

    def plainly(self, status: str) -> str:
        """What most likely says no more than the status."""
        return self.plain.get(status) or ("Won't Do" if status == "cancelled" else "Done")

    def choose(self, value: str | None, status: str, offered: Sequence[str]) -> str | None:
        """Which of those that are offered says it; for no value, says the status alone."""
        wanted = (self.write(value) if value else self.plainly(status)).casefold()
        exact = [name for name in offered if name.casefold() == wanted]
        if value:
            fitting = [name for name in offered if self.says(value, name)]
        else:
            meant = "cancelled" if status == "cancelled" else "done"
            fitting = [
                name for name in offered if self.value(name) is None and self.meaning(name) == meant
            ]
        return next(iter([*exact, *fitting]), None)


def _word(name: str) -> str:
    word = slug(name, "_")
    return _ALIASES.get(word, word)


def _called(name: str, names: Mapping[str, str]) -> str | None:
    """What the name stands for in a map of names."""
    folded = name.casefold()
    return next((value for value, one in names.items() if one.casefold() == folded), None)
