"""Canonical values ↔ the names that a tracker has for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sync.model import KINDS, PRIORITIES, STATUSES, FieldName
from sync.tracker import Unmapped


def _aliases(**words: str) -> Mapping[str, str]:
    """Slug → canonical value, from each value's usual other names."""
    return MappingProxyType(
        {word: value for value, names in words.items() for word in names.split()}
    )


ALIASES: Mapping[FieldName, Mapping[str, str]] = MappingProxyType(
    {
        "kind": _aliases(subtask="sub-task sub-item", story="user-story", bug="defect fault"),
        "priority": _aliases(
            highest="blocker critical urgent p0",
            high="major important p1",
            medium="normal moderate p2",
            low="minor p3",
            lowest="trivial p4",
        ),
        "status": _aliases(
            todo="to_do open new backlog reopened selected_for_development",
            in_progress="doing wip started in_development",
            in_review="review code_review in_code_review peer_review under_review "
            "ready_for_review qa in_qa testing in_test in_testing",
            done="closed resolved complete completed fixed finished released",
            cancelled="canceled wont_do wont_fix not_planned rejected declined duplicate "
            "abandoned obsolete invalid discarded",
        ),
    }
)
"""By field: slugs of the names usual in trackers → canonical value."""
KNOWN: Mapping[FieldName, Sequence[str]] = MappingProxyType(
    {"kind": KINDS, "priority": PRIORITIES, "status": STATUSES}
)


def slug(name: str, separator: str = "-") -> str:
    """In lower case, words joined: "New Feature" → `new-feature`, "Won't Do" → `wont-do`.

    A name without any letter or digit stays as it is.
    """
    words = re.findall(r"[^\W_]+", name.replace("'", "").replace("’", "").casefold())
    return separator.join(words) or name.strip()


def usual(name: FieldName, native: str) -> str:
    """The canonical value that a tracker's own name most likely means; else its slug."""
    word = slug(native, "_" if name == "status" else "-")
    return word if word in KNOWN.get(name, ()) else ALIASES.get(name, {}).get(word, word)


class Vocabulary:
    """What the names of one field on one tracker say.

    In this order: the configured values, then the names that are a canonical value, then the usual
    other names (`Critical`), then the group of the name, then the slug of the name itself: an
    unknown type "Improvement" is the kind `improvement`, and is written as "Improvement" again.
    """

    def __init__(
        self,
        name: FieldName,
        natives: Sequence[str] | None,
        configured: Mapping[str, str] | None = None,
        groups: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`natives` in the tracker's order; None: it takes any name, and a field without usual
        values has them as they are. `configured` is canonical → native; `groups` is native → the
        canonical values of its group, the usual one first."""
        self.name = name
        self.configured = dict(configured or {})
        self.open = natives is None
        known = natives if natives is not None else tuple(self.configured.values())
        self.natives = tuple(dict.fromkeys(known))
        self._groups = groups or {}
        says = {native: self._meanings(native) for native in self.natives}
        said = {value for meanings in says.values() for value in meanings[:1]}
        said |= set(self.configured)
        self._says = {
            native: meanings + self._silent(native, meanings, said)
            for native, meanings in says.items()
        }

    def decode(self, native: str, present: object = None) -> str:
        """The canonical value of a name; `present` where the name can stand for that too."""
        meanings = self._says.get(self._spelt(native) or "") or self._meanings(native)
        return present if isinstance(present, str) and present in meanings else meanings[0]

    def encode(self, value: str, shown: object = None) -> str:
        """The name to be shown: `shown` if it says the value already. Raises Unmapped."""
        choices = self.choices(value)
        if isinstance(shown, str) and self._spelt(shown) in choices:
            return shown
        if choices:
            return choices[0]
        if self.open:
            return value
        offered = ", ".join(repr(native) for native in self.natives) or "no value"
        remedy = f"name one for it under fields.{self.name}.values; the tracker has {offered}"
        raise Unmapped(self.name, value, remedy)

    def choices(self, value: str) -> tuple[str, ...]:
        """All names that can stand for the value, the best first."""
        wanted = self._spelt(self.configured.get(value))
        found = [native for native, meanings in self._says.items() if value in meanings]
        return tuple(sorted(found, key=lambda native: self._distance(native, value, wanted)))

    def missing(self) -> dict[str, str]:
        """Configured values whose name the tracker does not have: canonical → that name."""
        return {v: name for v, name in self.configured.items() if self._spelt(name) is None}

    def _meanings(self, native: str) -> tuple[str, ...]:
        folded = native.casefold()
        told = tuple(v for v, name in self.configured.items() if name.casefold() == folded)
        if told:
            return told
        group = tuple(self._groups.get(native, ()))
        if self.open and self.name not in KNOWN:
            return (native,)
        value = usual(self.name, native)
        exact = value in KNOWN.get(self.name, ()) and slug(value) == slug(native)
        return (value,) if exact or not group or value in group else group

    def _silent(self, native: str, meanings: tuple[str, ...], said: set[str]) -> tuple[str, ...]:
        """The values of its group that no name says: the usual name of the group stands for them.

        So "Done" stands for `cancelled` too where a tracker has no other name for that.
        """
        group = tuple(self._groups.get(native, ()))
        usual_one = meanings[:1] == group[:1]
        return tuple(v for v in group if v not in said and v not in meanings) if usual_one else ()

    def _spelt(self, native: str | None) -> str | None:
        """The tracker's own spelling of a name, None where it has no such name."""
        if native is None or native in self.natives:
            return native
        folded = native.casefold()
        return next((own for own in self.natives if own.casefold() == folded), None)

    def _distance(self, native: str, value: str, wanted: str | None) -> int:
        if native == wanted:
            return 0
        if self._says[native][0] != value:
            return 3
        return 1 if slug(native) == slug(value) else 2
