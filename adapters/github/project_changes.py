"""Changes of a project: issues added, moved, and given values, many in one request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from adapters.github import project_texts as texts
from adapters.github.graphql import CHANGES
from adapters.github.project import ProjectField
from adapters.github.project_board import Board, Line
from adapters.nested import part
from sync.model import FieldName, Json
from sync.tracker import (
    Denied,
    Move,
    Outcome,
    RecordId,
    Rejected,
    RetryLater,
    Shown,
    TrackerError,
    Unavailable,
)

STOPS = (Denied, RetryLater, Unavailable)
"""After these nothing more is sent by the same call."""
GIVEN = {
    "text": "text",
    "number": "number",
    "date": "date",
    "single_select": "singleSelectOptionId",
    "iteration": "iterationId",
}
"""Type of a field → how a value of it is given."""
MOST_TEXT = 1_024
"""Characters that a text field takes."""
Errors: TypeAlias = dict[RecordId, TrackerError]
T = TypeVar("T")


def add(board: Board, ids: Sequence[RecordId]) -> Errors:
    """Puts issues into the project, at its end; what is there already stays. What went wrong."""
    errors: Errors = {}
    for some in _chunks(ids):
        variables = {f"content{at}": id_ for at, id_ in enumerate(some)}
        try:
            reply = board.api.change(
                texts.add(len(some)), {"project": board.project.id, **variables}
            )
        except TrackerError as error:
            return errors | dict.fromkeys(ids[ids.index(some[0]) :], error)
        for at, id_ in enumerate(some):
            item = part(reply.data, f"m{at}", "item")
            if failed := reply.error_of(f"m{at}"):
                errors[id_] = failed
            elif isinstance(part(item, "id"), str):
                board.put(id_, Line(item["id"], id_, archived=bool(item.get("isArchived"))))
            else:
                errors[id_] = Unavailable(f"it is not known whether {id_} is in the project now")
    return errors


def move(board: Board, moves: Sequence[Move]) -> Iterator[Outcome]:
    """One outcome for each, in their order. Issues that are not in the project yet are added."""
    if board.lines is None:
        board.read()
    missing = [one.record for one in moves if one.record not in board.by_issue]
    errors = add(board, list(dict.fromkeys(missing)))
    down = next((error for error in errors.values() if isinstance(error, STOPS)), None)
    for some in _chunks(moves):
        if down is None:
            failed = _place(board, [one for one in some if one.record not in errors])
            errors |= failed
            down = next((error for error in failed.values() if isinstance(error, STOPS)), None)
            yield from (Outcome(one.item, error=errors.get(one.record)) for one in some)
        else:
            yield from (Outcome(one.item, error=errors.get(one.record, down)) for one in some)


def _place(board: Board, moves: Sequence[Move]) -> Errors:
    """Places issues that are in the project. What is in the archive has no place to be seen:
    GitHub does not move it, and what is to stand below it goes below what stands above it."""
    errors: Errors = {}
    variables: dict[str, Json] = {}
    sent: list[RecordId] = []
    for one in moves:
        line = board.by_issue[one.record]
        if one.after is not None and one.after not in board.by_issue:
            errors[one.record] = Rejected("the issue above it is not in the project")
            continue
        board.place(one.record, one.after)
        if not line.archived:
            above = board.above(one.record)
            variables |= {f"item{len(sent)}": line.item, f"after{len(sent)}": above}
            sent.append(one.record)
    if not sent:
        return errors
    try:
        reply = board.api.change(texts.move(len(sent)), {"project": board.project.id, **variables})
    except TrackerError as error:
        return errors | dict.fromkeys(sent, error)
    for at, record in enumerate(sent):
        if failed := reply.error_of(f"m{at}"):
            errors[record] = failed
    return errors


@dataclass(frozen=True, slots=True)
class Values:
    """What fields of one issue are to show in the project."""

    issue: RecordId
    wanted: Mapping[FieldName, Shown]


def set_values(board: Board, values: Values) -> dict[FieldName, str]:
    """Sets them, and adds the issue where it is not there yet; the fields that were refused.

    Raises TrackerErrors of the request as a whole.
    """
    line = board.line(values.issue)
    now = line.shown if line else {}
    wanted = {name: it for name, it in values.wanted.items() if now.get(name) != it}
    if line is None and any(shown is not None for shown in wanted.values()):
        if error := add(board, [values.issue]).get(values.issue):
            if isinstance(error, Denied):
                return dict.fromkeys(wanted, str(error))
            raise error
        line = board.line(values.issue)
    if line is None or not wanted:
        return {}
    if line.archived:
        why = f"it is in the archive of the project {board.project.number}: restore it there"
        return dict.fromkeys(wanted, why)
    return _set(board, replace(line, issue=values.issue), wanted)


def _set(board: Board, line: Line, wanted: Mapping[FieldName, Shown]) -> dict[FieldName, str]:
    refused: dict[FieldName, str] = {}
    sets: list[FieldName] = []
    variables: dict[str, Json] = {"project": board.project.id, "item": line.item}
    for name, shown in wanted.items():
        field = board.fields[name]
        try:
            value = None if shown is None else _given(field, shown)
        except ValueError as error:
            refused[name] = str(error)
            continue
        variables[f"field{len(sets)}"] = field.id
        if value is not None:
            variables[f"value{len(sets)}"] = value
        sets.append(name)
    if sets:
        gives = [wanted[name] is not None for name in sets]
        reply = board.api.change(texts.set_values(gives), variables)
        for at, name in enumerate(sets):
            if failed := reply.error_of(f"m{at}"):
                refused[name] = str(failed)
        board.look_up([line.issue or ""])  # what a mutation answers of values may be incomplete
    return refused


def _given(field: ProjectField, shown: Shown) -> Json:
    """A value as GraphQL takes it. ValueError with the remedy where the field does not."""
    key = GIVEN[field.type]
    text = f"{shown:g}" if isinstance(shown, float) else str(shown)
    if field.type in ("single_select", "iteration"):
        id_ = field.choice(text)
        if id_ is None:
            offered = ", ".join(map(repr, field.choices)) or "nothing"
            raise ValueError(
                f"{field.name} has no {text!r}: add it there, or choose one of {offered}"
            )
        return {key: id_}
    if field.type == "text" and len(text) > MOST_TEXT:
        raise ValueError(
            f"{field.name} would have {len(text):,} characters, and GitHub takes {MOST_TEXT:,}: "
            "shorten it"
        )
    return {key: float(shown) if field.type == "number" else text}


def _chunks(entries: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(entries), CHANGES):
        yield entries[start : start + CHANGES]
