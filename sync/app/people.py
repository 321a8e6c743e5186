"""Who is who: proposals for the settings' `users`, from what trackers say of their people. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from sync.model import Item, TrackerName
from sync.tracker import Person

Census = Mapping[TrackerName, Sequence[Person]]
"""The people of each tracker that told them."""
Users = Mapping[TrackerName, Mapping[str, str]]
"""By tracker: canonical name of a person → that tracker's own."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One person whom two trackers call differently."""

    person: str
    """What the backlog would call them."""
    names: Mapping[TrackerName, str]
    title: str
    why: str

    def __str__(self) -> str:
        names = ", ".join(f"{tracker}: {json.dumps(name)}" for tracker, name in self.names.items())
        entry = f"{json.dumps(self.person)}: {{{names}}}"
        who = " and ".join(f"{name} on {tracker}" for tracker, name in self.names.items())
        return f"{self.title} seems to be {who} ({self.why}): add to users: {entry}"


def propose(census: Census, users: Users, types: Mapping[TrackerName, str]) -> Iterator[Proposal]:
    """People that nobody mapped and that two trackers seem to share, under different names."""
    for one, other in combinations(sorted(census, key=lambda name: types[name]), 2):
        left, right = _unmapped(census[one], users[one]), _unmapped(census[other], users[other])
        taken: set[str] = set()
        for person in left:
            for why, match in _alike(person, left, right):
                if match.name not in taken:
                    taken.add(match.name)
                    if match.name != person.name:
                        names = {one: person.name, other: match.name}
                        title = person.title or match.title or person.name
                        yield Proposal(person.name, names, title, why)
                    break


def _unmapped(people: Sequence[Person], users: Mapping[str, str]) -> list[Person]:
    return [person for person in people if person.name not in users.values()]


def _alike(
    person: Person, own: Sequence[Person], others: Sequence[Person]
) -> Iterator[tuple[str, Person]]:
    """Who may be the same person, the surest first. A name that two people bear says nothing."""
    titles = Counter(one.title.casefold() for one in (*own, *others) if one.title)
    emails = {one.email.casefold(): one for one in others if one.email}
    if person.email and person.email.casefold() in emails:
        yield "the same e-mail address", emails[person.email.casefold()]
    for other in others:
        if other.name.casefold() == person.name.casefold():
            yield "the same login", other
    for other in others:
        title = person.title.casefold()
        if title and title == other.title.casefold() and titles[title] == 2:
            yield "the same name", other


def strangers(
    tracker: TrackerName, people: Sequence[Person], users: Mapping[str, str], items: Sequence[Item]
) -> Iterator[str]:
    """People that items are assigned to and that this tracker does not know."""
    known = {person.name.casefold() for person in people}
    assigned = Counter(person for item in items for person in item.assignees)
    for person, count in sorted(assigned.items()):
        if users.get(person, person).casefold() not in known:
            yield (
                f"{person} is assigned to {count} items and is not among the people who can be "
                f"assigned here, where these items stay as they are: say who that is under "
                f"users.{json.dumps(person)}.{tracker}"
            )
