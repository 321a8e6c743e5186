"""Values and changes in a few safe words, the same in tables and in Markdown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from sync.model import COMMENTS, FIELDS, FieldName, ItemId, Json, Shape
from sync.plain import plain
from sync.plan import Conflict
from sync.report.comments import comments_change, comments_words

Titles: TypeAlias = Mapping[ItemId, str]
"""The items' titles, untrusted; an item that is not in it is called by its id."""

NOTHING = "—"
ROOM = 60
"""Characters of a title, or of a value among others, that are shown."""
LONG = 120
"""Characters of one line from which on it is counted, as a text of several lines is."""


def cut(text: str, room: int = ROOM) -> str:
    """The text in one line, and no longer than `room` characters."""
    line = plain(text)
    return line if len(line) <= room else line[: room - 1].rstrip() + "…"


def called(item: ItemId, titles: Titles) -> str:
    """What an item is called: its title, or without one its id."""
    return cut(titles.get(item, "")) or f"item {plain(item)}"


def count(number: int, noun: str) -> str:
    """`1 update`, `2 updates`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def field_rank(name: FieldName) -> tuple[int, str]:
    """Built-in fields in the model's order, then the team's own by name."""
    return (list(FIELDS).index(name) if name in FIELDS else len(FIELDS), name)


def value_words(name: FieldName, value: Json, titles: Titles, room: int = ROOM) -> str:
    """One field's value as `dump` gives it: `todo`, `ui, pay`, `3 criteria, 1 checked`."""
    if name == COMMENTS:
        return comments_words(value) or NOTHING
    if isinstance(value, str):
        return _text_words(name, value, titles, room) or NOTHING
    if isinstance(value, list):
        entries = _entries(value)
        if any(entry.checked is not None for entry in entries):
            checked = sum(bool(entry.checked) for entry in entries)
            noun = "criterion" if len(entries) == 1 else "criteria"
            return f"{len(entries)} {noun}, {checked} checked"
        texts = (_text_words(name, entry.text, titles, room) for entry in entries)
        return cut(", ".join(sorted(texts)), room) or NOTHING
    return NOTHING if value is None else cut(json.dumps(value, ensure_ascii=False), room)


def change_words(name: FieldName, before: Json, after: Json, titles: Titles) -> str:
    """One field's change: `todo → done`, `+ui −old`, `+3 −1 lines`, `+1 −0 criteria, 2 checked`."""
    if name == COMMENTS:
        return comments_change(before, after, cut) or NOTHING
    if isinstance(before, list) or isinstance(after, list):
        old, new = _entries(before), _entries(after)
        if any(entry.checked is not None for entry in (*old, *new)):
            return _criteria_change(old, new)
        return _set_change(name, old, new, titles)
    if _is_long(before) or _is_long(after):
        added, removed = _difference(_lines(before), _lines(after))
        return f"+{len(added)} −{len(removed)} lines"
    old_words = value_words(name, before, titles, LONG)
    return f"{old_words} → {value_words(name, after, titles, LONG)}"


def side_words(name: FieldName, base: Json, side: Json, titles: Titles) -> str:
    """One side of a conflict: its value, or how a long text differs and its first new line."""
    if not _is_long(side):
        return value_words(name, side, titles, LONG)
    added, _ = _difference(_lines(base), _lines(side))
    first = next(filter(None, map(cut, added)), "")
    words = change_words(name, base, side, titles)
    return f"{words}, first “{first}”" if first else words


def conflict_sides(conflict: Conflict, titles: Titles) -> list[tuple[str, str]]:
    """Tracker and its value, by tracker, after what was there `before`."""
    name, base = conflict.field, conflict.base
    sides = sorted(conflict.sides.items())
    return [
        ("before", value_words(name, base, titles, LONG)),
        *((tracker, side_words(name, base, side, titles)) for tracker, side in sides),
    ]


class _Entry(NamedTuple):
    """One element of a set, or, with a box, one criterion."""

    text: str
    checked: bool | None = None


def _entries(value: Json) -> list[_Entry]:
    return [_entry(entry) for entry in value] if isinstance(value, list) else []


def _entry(data: Json) -> _Entry:
    match data:
        case str(text):
            return _Entry(text)
        case {"text": str(text), "checked": bool(checked)} | [str(text), bool(checked)]:
            return _Entry(text, checked)
        case _:
            return _Entry(json.dumps(data, ensure_ascii=False))


def _text_words(name: FieldName, text: str, titles: Titles, room: int) -> str:
    if FIELDS.get(name) in (Shape.ITEM, Shape.ITEMS):
        return called(text, titles)
    lines = text.strip().splitlines()
    if len(lines) > 1:
        return f"{cut(lines[0], ROOM)} ({len(lines)} lines)"
    return cut(text, room)


def _set_change(
    name: FieldName, before: Sequence[_Entry], after: Sequence[_Entry], titles: Titles
) -> str:
    def words(sign: str, entries: set[_Entry]) -> Iterator[str]:
        for entry in sorted(entries):
            yield sign + _text_words(name, entry.text, titles, ROOM)

    old, new = set(before), set(after)
    return " ".join((*words("+", new - old), *words("−", old - new))) or NOTHING


def _criteria_change(before: Sequence[_Entry], after: Sequence[_Entry]) -> str:
    old, new = dict(before), dict(after)
    added, removed = _difference([text for text, _ in before], [text for text, _ in after])
    stayed = [text for text in new if text in old]
    parts = {
        f"+{len(added)} −{len(removed)} criteria": added or removed,
        f"{_ticked(old, new, stayed)} checked": _ticked(old, new, stayed),
        f"{_ticked(new, old, stayed)} unchecked": _ticked(new, old, stayed),
        "reordered": stayed != [text for text in old if text in new],
    }
    return ", ".join(words for words, holds in parts.items() if holds) or NOTHING


def _ticked(
    before: Mapping[str, bool | None], after: Mapping[str, bool | None], texts: Sequence[str]
) -> int:
    return sum(bool(after[text]) and not before[text] for text in texts)


def _is_long(value: Json) -> bool:
    return isinstance(value, str) and ("\n" in value.strip() or len(value) > LONG)


def _lines(value: Json) -> list[str]:
    return value.splitlines() if isinstance(value, str) else []


def _difference(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines added and removed, in their order. A line that only moved is neither."""
    extra, gone = Counter(after) - Counter(before), Counter(before) - Counter(after)
    return list(_taken(after, extra)), list(_taken(before, gone))


def _taken(lines: Sequence[str], number: Counter[str]) -> Iterator[str]:
    for line in lines:
        if number[line]:
            number[line] -= 1
            yield line
