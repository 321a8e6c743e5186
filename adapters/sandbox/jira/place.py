"""A place in plain data: reads what stands there, and names itself where that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from adapters.sandbox.jira.state import Issue, Json, Named, Site, find

T = TypeVar("T")


class SeedError(ValueError):
    """What is wrong with a seed, where, and what may stand there."""


@dataclass(frozen=True)
class Place:
    data: Mapping[str, Any]
    path: str

    @property
    def _prefix(self) -> str:
        return "" if self.path == "seed" else f"{self.path}."

    def only(self, names: Iterable[str]) -> None:
        known = list(names)
        for name in self.data:
            if name not in known:
                told = f"there is no {name!r} here; there are: {', '.join(known)}"
                raise SeedError(f"{self.path}: {told}")

    def entries(self, name: str) -> list[tuple[str, Place]]:
        """Of a mapping, in its order."""
        given = self.data.get(name) or {}
        if not isinstance(given, Mapping):
            raise SeedError(f"{self._prefix}{name}: expected names with what they stand for")
        return [(str(key), self._place(value, f"{name}.{key}")) for key, value in given.items()]

    def list_of(self, name: str) -> list[Place]:
        """Of a list of mappings."""
        return [self._place(value, f"{name}[{at}]") for at, value in enumerate(self.items(name))]

    def items(self, name: str) -> list[Any]:
        given = self.data.get(name) or []
        if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
            raise SeedError(f"{self._prefix}{name}: expected a list")
        return list(given)

    def _place(self, value: Any, path: str) -> Place:
        if value is not None and not isinstance(value, Mapping):
            raise SeedError(f"{self._prefix}{path}: expected names with values, got {value!r}")
        return Place(value or {}, self._prefix + path)

    def text(self, name: str) -> str | None:
        value = self.data.get(name)
        return None if value is None else str(value)

    def needed(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise SeedError(f"{self.path}: {name} is missing")
        return value

    def number(self, name: str) -> float | None:
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SeedError(f"{self._prefix}{name}: expected a number, got {value!r}")
        return float(value)

    def time(self, name: str) -> datetime | None:
        value = self.text(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            told = f"expected a time such as 2026-01-31T12:00:00Z, got {value!r}"
            raise SeedError(f"{self._prefix}{name}: {told}") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def choice(self, name: str, table: Mapping[str, T]) -> T:
        value = self.text(name)
        if value is None or value not in table:
            told = f"there is no {value!r}; there are: {', '.join(table)}"
            raise SeedError(f"{self._prefix}{name}: {told}")
        return table[value]

    def named(self, name: str, known: Iterable[Named]) -> str | None:
        """The id of the entry with that name; None where nothing is said."""
        return find_id(known, self.data.get(name), self._prefix + name)

    def all_named(self, name: str, known: Iterable[Named]) -> tuple[str, ...]:
        entries = list(known)
        ids = {find_id(entries, value, self._prefix + name) for value in self.items(name)}
        return tuple(sorted((id_ for id_ in ids if id_), key=int))

    def user(self, site: Site, name: str) -> str | None:
        id_ = self.text(name)
        if id_ is not None and id_ not in site.users:
            told = f"there is no user {id_!r}; there are: {', '.join(site.users)}"
            raise SeedError(f"{self._prefix}{name}: {told}")
        return id_

    def issue(self, site: Site, name: str) -> Issue:
        ref = self.needed(name)
        issue = site.issue(ref)
        if issue is None:
            raise SeedError(f"{self._prefix}{name}: there is no issue {ref!r}")
        return issue


def find_id(known: Iterable[Named], name: Json, path: str) -> str | None:
    """None for None. SeedError where there is none of that name."""
    if name is None:
        return None
    entries = list(known)
    entry = find(entries, str(name))
    if entry is None:
        names = ", ".join(one.name for one in entries) or "none"
        raise SeedError(f"{path}: there is no {name!r}; there are: {names}")
    return entry.id
