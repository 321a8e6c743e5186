"""An organization's own fields in the seed, and what issues have in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from adapters.sandbox.github.entries import Entry
from adapters.sandbox.github.state import (
    FieldType,
    FieldValue,
    Issue,
    IssueField,
    Option,
    Repository,
    State,
)


class SeedField(Entry):
    name: str
    type: FieldType = "text"
    options: tuple[str, ...] = ()


def build_fields(state: State, fields: Iterable[SeedField]) -> tuple[IssueField, ...]:
    return tuple(
        IssueField(
            next(state.ids),
            field.name,
            field.type,
            tuple(Option(next(state.ids), name) for name in field.options),
        )
        for field in fields
    )


def build_values(
    state: State, repository: Repository, values: Mapping[str, FieldValue], place: str
) -> tuple[tuple[int, FieldValue], ...]:
    """By the names of fields. ValueError where the organization has no such field, or option."""
    known = {field.name: field for field in state.fields.get(repository.owner.lower(), ())}
    for name, value in values.items():
        field = known.get(name)
        if field is None:
            raise ValueError(f"{place}.fields.{name}: add it to the organization's issue_fields")
        options = {option.name for option in field.options}
        many = isinstance(value, tuple)
        chosen = set(value) if isinstance(value, tuple) else {value}
        known_ones = chosen <= options or not field.type.endswith("select")
        if many != (field.type == "multi_select") or not known_ones:
            raise ValueError(f"{place}.fields.{name}: {value!r} is no value of such a field")
    return tuple((known[name].id, value) for name, value in values.items())


def dump_fields(fields: Iterable[IssueField]) -> list[dict[str, Any]]:
    dumped = []
    for field in fields:
        entry: dict[str, Any] = {"name": field.name, "type": field.type}
        if field.options:
            entry["options"] = [option.name for option in field.options]
        dumped.append(entry)
    return dumped


def dump_values(state: State, repository: Repository, issue: Issue) -> dict[str, FieldValue]:
    names = {field.id: field.name for field in state.fields.get(repository.owner.lower(), ())}
    return {names[id_]: value for id_, value in issue.fields if id_ in names}
