"""A field's value as a person gives it on the command line."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

from adapters.sections import HEADING, split
from config.fields import VOCABULARIES
from config.problems import did_you_mean
from config.schema import Backlog as BacklogConfig
from sync.app.runs import Unknown
from sync.model import DONE, EXPECTED, FieldName, ItemId, Shape, Value, is_day
from sync.plain import plain

Find = Callable[[str], ItemId]
"""The item of a key; raises Unknown."""
NOTHING = frozenset({"", "—", "none"})
"""How a person says that a field is to be empty, where it holds no text."""


def vocabulary(settings: BacklogConfig, name: FieldName) -> Collection[str]:
    """The only values that the field may have; nothing where it may have any."""
    entry = settings.fields.get(name)
    return (entry.values if entry else ()) or VOCABULARIES.get(name, ())


def parse(name: FieldName, shape: Shape, text: str, known: Collection[str], find: Find) -> Value:
    """The value of the shape. Raises Unknown, naming what was expected.

    `known`: the field's only values, where it has such.
    """
    if shape is Shape.TEXT:
        return text.replace("\r\n", "\n").rstrip("\n")
    if shape is Shape.CRITERIA:
        return _criteria(name, text)
    line = text.strip()
    if shape in (Shape.SET, Shape.ITEMS):
        entries = [entry.strip() for entry in line.split(",") if entry.strip()]
        entries = [] if line.casefold() in NOTHING else entries
        return frozenset(map(find, entries)) if shape is Shape.ITEMS else frozenset(entries)
    if line.casefold() in NOTHING:
        return None if name != "title" else _bad(name, text, "a title")
    match shape:
        case Shape.NUMBER:
            return _number(name, line)
        case Shape.DATE:
            return line if is_day(line) else _bad(name, line, EXPECTED[shape])
        case Shape.ITEM:
            return find(line)
    return _line(name, line, known)


def parse_release(name: FieldName, text: str) -> Value:
    """The value of a release's field: `done` is yes or no."""
    line = text.strip()
    if name == "done":
        if line.casefold() not in ("yes", "no", "true", "false"):
            return _bad(name, text, "yes or no")
        return DONE if line.casefold() in ("yes", "true") else None
    shape = Shape.DATE if name == "due" else Shape.LINE
    if name == "name" and line.casefold() in NOTHING:
        return _bad(name, text, "a name")
    return parse(name, shape, text, (), lambda key: key)


def _criteria(name: FieldName, text: str) -> Value:
    rest, criteria = split(f"## {HEADING}\n\n{text.strip()}\n")
    if rest.strip() or (text.strip() and not criteria):
        return _bad(name, text, "a Markdown task list: `- [ ] It works`, one criterion a line")
    return criteria


def _line(name: FieldName, line: str, known: Collection[str]) -> Value:
    if "\n" in line:
        return _bad(name, line, EXPECTED[Shape.LINE])
    if known and line not in known:
        hint = did_you_mean(line, known)
        raise Unknown(f"{name}: there is no value {plain(line)!r}" + (f"; {hint}" if hint else ""))
    return line


def _number(name: FieldName, line: str) -> Value:
    try:
        number = float(line)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or (name == "estimate" and number < 0):
        return _bad(name, line, EXPECTED[Shape.NUMBER])
    return number


def _bad(name: FieldName, text: str, expected: str) -> Value:
    given = plain(text)
    given = given if len(given) <= 60 else given[:59] + "…"
    raise Unknown(f"{name}: expected {expected}, got {given!r}")
