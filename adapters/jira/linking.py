"""Links between issues: which type and which ends carry a field, and making each link once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from adapters.jira.client import Issue, JiraClient
from sync.model import FieldName
from sync.tracker import RecordId

End: TypeAlias = Literal["inward", "outward"]
"""The side of a link that another issue is on, as an issue shows it. Of a type "Blocks" the inward
one blocks, and the outward one is blocked."""
BOTH: tuple[End, End] = ("inward", "outward")

USUAL: Mapping[FieldName, End] = {"blocked_by": "inward"}
"""Where the others are, for fields that do not read as the type's name does: what blocks an issue
is its inward end. All else reads outward: this issue duplicates, clones, causes those."""
SAYING: Mapping[str, tuple[str, ...]] = {
    "blocks": ("is blocked by",),
    "duplicate": ("duplicates",),
    "relates": ("relates to",),
}
"""By the name of a usual link type, what it is known by where it was renamed: its words."""


@dataclass(frozen=True, slots=True)
class LinkType:
    """One type of link that Jira has."""

    name: str
    inward: str = ""
    """What an issue says of the others at the inward end: `is blocked by`."""
    outward: str = ""


def find_type(
    types: Sequence[LinkType], wanted: str, name: FieldName, *, symmetric: bool
) -> tuple[LinkType, tuple[End, ...]] | None:
    """The type of that name, or with those words; and the ends at which a field's others are."""
    folded = wanted.casefold()
    for one in types:
        if one.name.casefold() == folded:
            return one, _ends(one, USUAL.get(name, "outward"), symmetric=symmetric)
    # What blocks an issue is not what "blocks" says of it: there the type's name was meant.
    own = () if name in USUAL and folded in SAYING else (folded,)
    for said in (*own, *SAYING.get(folded, ())):
        for end in BOTH:
            for one in types:
                if _words(one, end) == said:
                    return one, _ends(one, end, symmetric=symmetric)
    return None


def _words(one: LinkType, end: End) -> str:
    return (one.inward if end == "inward" else one.outward).casefold()


def _ends(one: LinkType, usual: End, *, symmetric: bool) -> tuple[End, ...]:
    same = bool(one.inward) and one.inward.casefold() == one.outward.casefold()
    return BOTH if same or symmetric else (usual,)


def links(issue: Issue, type_name: str, ends: Sequence[str]) -> dict[RecordId, tuple[str, ...]]:
    """The issues at these ends of an issue's links of a type, by id, and the links' own ids."""
    found: dict[RecordId, tuple[str, ...]] = {}
    for link in issue["fields"].get("issuelinks") or ():
        if (link.get("type") or {}).get("name") == type_name:
            for end in ends:
                if f"{end}Issue" in link:
                    other = str(link[f"{end}Issue"]["id"])
                    found[other] = (*found.get(other, ()), str(link["id"]))
    return found


@dataclass(frozen=True, slots=True)
class LinkChanges:
    """What one field's links of an issue are to become."""

    type: str
    ends: tuple[str, ...]
    make: frozenset[RecordId] = frozenset()
    """Ids of issues to be linked to."""
    cut: Mapping[RecordId, tuple[str, ...]] = field(default_factory=dict)
    """Ids of links to be removed, by the issue that they lead to."""


@dataclass(slots=True)
class Linker:
    """Makes and removes links, each once however often it is asked for, and from whichever end."""

    client: JiraClient
    _made: set[tuple[str, RecordId, RecordId]] = field(default_factory=set)
    """Type, inward and outward issue of the links made so far."""

    def carry_out(self, issue: RecordId, changes: LinkChanges) -> str | None:
        """Why one or several of them were not made; None: all is as it was asked for."""
        refused = None
        for other in sorted(changes.make - {issue}, key=_number):
            link = self._ordered(issue, other, changes)
            if link in self._made:
                continue
            body = {
                "type": {"name": changes.type},
                "inwardIssue": {"id": link[1]},
                "outwardIssue": {"id": link[2]},
            }
            # 404: the other issue is gone or hidden; 413: it has as many links as it may have.
            answer = self.client.call("POST", "issueLink", body, accept=(400, 403, 404, 413))
            if answer.status >= 400:
                refused = str(self.client.refusal(answer.body))
            else:
                self._made.add(link)
        for other, ids in sorted(changes.cut.items()):
            for id in ids:
                self.client.call("DELETE", f"issueLink/{id}", accept=(404,))
            self._made.discard(self._ordered(issue, other, changes))
        return refused

    def _ordered(
        self, issue: RecordId, other: RecordId, changes: LinkChanges
    ) -> tuple[str, RecordId, RecordId]:
        """A link that reads alike from both ends always has its older issue inward: Jira itself
        ignores a link that it has already, but only in the same direction."""
        if len(changes.ends) > 1:
            inward, outward = sorted((issue, other), key=_number)
        else:
            inward, outward = (other, issue) if "inward" in changes.ends else (issue, other)
        return changes.type, inward, outward


def _number(id: RecordId) -> tuple[int, str]:
    return len(id), id
