"""What references are written by: keys of issues, and their ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from adapters.github.client import GitHubClient
from adapters.github.places import Directory
from sync.model import ItemId, Value
from sync.tracker import Twin

Twins: TypeAlias = Mapping[ItemId, Twin]


@dataclass(frozen=True, slots=True)
class Names:
    """The names of issues in one repository."""

    client: GitHubClient
    directory: Directory

    def keys(self, twins: Twins, value: Value) -> set[str]:
        """Of the items that this repository shows; others are left out."""
        own, key = self.client.repository, self.directory.key
        return {key(twins[item], own) for item in items_of(value) if item in twins}

    def id(self, key: str) -> int:
        """What references are written by. Asked where it is not known."""
        ids = self.directory.ids
        if key not in ids:
            ids[key] = self.client.issue(key).id
        return ids[key]

    def with_id(self, key: str, call: Callable[[int, int], None], number: int) -> None:
        call(number, self.id(key))


def items_of(value: Value) -> frozenset[ItemId]:
    """The items of a reference's value."""
    if isinstance(value, frozenset):
        return value
    return frozenset({value}) if isinstance(value, str) else frozenset()
