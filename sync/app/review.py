"""The file in which a person decides on pairs: written, and read without trust."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML

from config.document import Node, read
from config.problems import dotted
from sync.model import Json, TrackerName
from sync.plain import plain

Decision: TypeAlias = Literal["?", "pair", "apart"]
Name: TypeAlias = tuple[TrackerName, str]
LARGEST = 64_000_000
"""Bytes of a file that are read."""
MOST = 2_000_000
"""Values in it."""
REMEDY = "make the file anew with `onebacklog adopt --out FILE`"
HEAD = """\
# Which records show the same item? Decide each entry, and run
#
#     onebacklog adopt --accept THIS-FILE
#
#   decision: "?"     not decided: nothing is created for these items until it is
#   decision: pair    `one` and `other` show the same item
#   decision: apart   they do not, and are never paired again
#
# Only `decision`, and the tracker and key of each record, are read; `by`, `score` (how alike the
# titles are, up to 1), `title` and `url` are for you. Entries may be removed, or added by hand.
# What is by mark, link or title is paired anyway unless you say `apart`.
"""


class BadReview(Exception):
    """A file that decides nothing; every problem on a line of its own, with place and remedy."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Record(_Part):
    tracker: Annotated[str, Field(min_length=1)]
    key: Annotated[str, Field(min_length=1)]
    title: str | None = None
    url: str | None = None


class _Entry(_Part):
    decision: Decision
    by: str | None = None
    score: float | int = 0
    one: Annotated[tuple[_Record, ...], Field(min_length=1, strict=False)]
    other: Annotated[tuple[_Record, ...], Field(min_length=1, strict=False)]


class _File(_Part):
    version: Literal[1]
    backlog: str
    pairs: Annotated[tuple[_Entry, ...], Field(strict=False)]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One entry as a person left it."""

    one: tuple[Name, ...]
    other: tuple[Name, ...]
    decision: Decision
    score: float
    place: str
    """`adopt.yaml:12`, for messages."""

    @property
    def names(self) -> tuple[Name, ...]:
        return (*self.one, *self.other)


def write_review(backlog: str, pairs: Sequence[Mapping[str, Json]]) -> str:
    """The file's text; the same pairs give the same bytes."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 4096
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    out = io.StringIO()
    yaml.dump({"version": 1, "backlog": backlog, "pairs": list(pairs)}, out)
    return HEAD + out.getvalue()


def read_review(path: Path, backlog: str) -> list[Reviewed]:
    """Raises BadReview, whatever the file holds."""
    document = _document(path)
    try:
        found = _File.model_validate(document.plain())
    except ValidationError as error:
        raise BadReview("\n".join(_problems(path, document, error))) from None
    if found.backlog != backlog:
        line = document.locate(("backlog",))[1]
        raise BadReview(f"{path}:{line}: it is of the backlog {found.backlog!r}, not {backlog}")
    return [
        Reviewed(
            tuple((it.tracker, it.key) for it in one.one),
            tuple((it.tracker, it.key) for it in one.other),
            one.decision,
            float(one.score),
            f"{path}:{document.locate(('pairs', at, 'decision'))[1]}",
        )
        for at, one in enumerate(found.pairs)
    ]


def _document(path: Path) -> Node:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        text = data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise BadReview(f"{path}: {why}; {REMEDY}") from None
    if len(data) > LARGEST:
        raise BadReview(f"{path}: over {LARGEST:,} bytes; {REMEDY}")
    document, misfits = read(text, MOST)
    if misfits:
        raise BadReview(
            "\n".join(f"{path}:{one.line or 1}: {one.message}; {one.remedy}" for one in misfits)
        )
    if document is None or not isinstance(document.value, dict):
        raise BadReview(f"{path}:1: no list of pairs; {REMEDY}")
    return document


def _problems(path: Path, document: Node, error: ValidationError) -> Iterator[str]:
    for one in error.errors(include_url=False, include_input=False):
        place, line = document.locate(tuple(one["loc"]))
        remedy = "write ?, pair or apart" if one["loc"][-1] == "decision" else REMEDY
        yield f"{path}:{line}: {plain(dotted(place))}: {one['msg']}; {remedy}"
