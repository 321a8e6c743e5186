"""Attachments as links to where they are, and those among them that are copies. Pure.

An attachment that was copied here from elsewhere stands for the one that it was copied from, and
is never one of this issue's own: the issue's property says which these are, by the link that the
backlog has of each.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from adapters.attachments import fingerprint, folded, leads_to
from sync.model import Json

AT = "/secure/attachment/"
PROPERTY = "onebacklog-attachments"
"""The entity property that says which of an issue's attachments are copies."""
_COPY = re.compile(r' "copy ([0-9a-f]{16})"\)$')


@dataclass(frozen=True, slots=True)
class Begun:
    """An upload that was to be made; its answer may never have come."""

    name: str
    size: int
    above: int
    """The highest id that an attachment of the issue had by then."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What an issue's property says of its attachments."""

    copies: Mapping[str, str] = field(default_factory=dict)
    """Id of the attachment → fingerprint of the link that it is a copy of."""
    begun: Mapping[str, Begun] = field(default_factory=dict)
    """By fingerprint."""

    @classmethod
    def of(cls, issue: Mapping[str, Json]) -> Ledger:
        """Empty where there is none, or none that we wrote."""
        held = (issue.get("properties") or {}).get(PROPERTY)
        held = held if isinstance(held, dict) else {}
        copies, begun = held.get("copies"), held.get("begun")
        return cls(
            {str(id): str(mark) for id, mark in copies.items()} if isinstance(copies, dict) else {},
            dict(_begun(begun)) if isinstance(begun, dict) else {},
        )

    def dump(self) -> Json:
        begun = {mark: [one.name, one.size, one.above] for mark, one in self.begun.items()}
        return {"copies": dict(self.copies), "begun": begun}

    def settled(self, told: Json) -> Ledger:
        """With the ids of uploads whose answer never came, and without what is not there."""
        there = {str(one["id"]): one for one in told or ()}
        copies = {id: mark for id, mark in self.copies.items() if id in there}
        begun = dict(self.begun)
        for mark, one in self.begun.items():
            found = (id for id in sorted(there, key=int) if id not in copies)
            id = next((id for id in found if _fits(there[id], one)), None)
            if id is not None:
                copies[id] = mark
                del begun[mark]
        return Ledger(copies, begun)

    def with_begun(self, link: str, begun: Begun) -> Ledger:
        return replace(self, begun={**self.begun, fingerprint(link): begun})

    def with_copy(self, link: str, id: str) -> Ledger:
        mark = fingerprint(link)
        begun = {one: held for one, held in self.begun.items() if one != mark}
        return Ledger({**self.copies, id: mark}, begun)


def _begun(held: Mapping[str, Json]) -> Iterator[tuple[str, Begun]]:
    for mark, said in held.items():
        match said:
            case [str(name), int(size), int(above)]:
                yield mark, Begun(name, size, above)


def _fits(one: Mapping[str, Json], begun: Begun) -> bool:
    same = folded(str(one["filename"])) == folded(begun.name) and one.get("size") == begun.size
    return same and int(one["id"]) > begun.above


def show(told: Json, site: str, ledger: Ledger) -> list[str]:
    """`[name](address)` of each, sorted; of a copy `[name](address "copy FINGERPRINT")`. The
    address is the one that people open."""
    copies = ledger.settled(told).copies
    return sorted(_link(one, site, copies.get(str(one["id"]))) for one in told or ())


def _link(one: Json, site: str, copy: str | None) -> str:
    name = str(one["filename"])
    words = "".join(f"\\{c}" if c in "\\[]" else c for c in " ".join(name.split()))
    said = f' "copy {copy}"' if copy else ""
    return f"[{words}]({address(one, site)}{said})"


def address(one: Json, site: str) -> str:
    """Where people open it."""
    return f"{site}{AT}{one['id']}/{quote(str(one['filename']), safe='')}"


@dataclass(frozen=True, slots=True)
class Links:
    """What one site's attachments mean to the backlog."""

    site: str
    copied: tuple[str, ...] = ()
    """The beginnings of the addresses whose attachments are copied here."""

    def read(self, shown: Iterable[str], held: frozenset[str]) -> frozenset[str]:
        """What is shown, and of what is `held` that which is copied here, or never shown here."""
        own, copies = _parted(shown)
        elsewhere = {
            link
            for link in held - own
            if fingerprint(link) in copies
            or (f"]({self.site}{AT}" not in link and not leads_to(link, self.copied))
        }
        return own | elsewhere

    def write(self, value: frozenset[str], shown: Sequence[str]) -> list[str]:
        """What is shown, for nothing is deleted here, and the links of what lacks its copy."""
        return [*shown, *self.missing(value, shown)]

    def missing(self, value: frozenset[str], shown: Iterable[str]) -> list[str]:
        own, copies = _parted(shown)
        lacking = (link for link in value - own if fingerprint(link) not in copies)
        return sorted(link for link in lacking if leads_to(link, self.copied))


def _parted(shown: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The issue's own attachments, and the fingerprints of those that are copies."""
    found = {link: _COPY.search(link) for link in shown}
    own = frozenset(link for link, copy in found.items() if copy is None)
    return own, frozenset(copy[1] for copy in found.values() if copy)


def undisturbed(before: Collection[str], shown: Sequence[str]) -> list[str]:
    """What is shown, without what people attached since."""
    return [link for link in shown if link in before or _COPY.search(link)]
