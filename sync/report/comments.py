"""Comments in a few safe words: how many there are, and whose are new, reworded or gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sync.model import Json

Cut = Callable[[str], str]
"""Makes a text fit to be shown in a line."""


def comments_words(value: Json) -> str:
    """`1 comment`, `2 comments`, or nothing."""
    number = len(value) if isinstance(value, list) else 0
    return f"{number} comment{'s' if number > 1 else ''}" if number else ""


def comments_change(before: Json, after: Json, cut: Cut) -> str:
    """`+Ada “Looks good” ~Bob “Or not” −Ada “Hm”`."""
    old, new = _by_id(before), _by_id(after)
    return " ".join(_parts(old, new, cut))


def _by_id(value: Json) -> Mapping[str, Mapping[str, Json]]:
    entries = value if isinstance(value, list) else []
    return {str(one.get("id")): one for one in entries if isinstance(one, Mapping)}


def _parts(
    old: Mapping[str, Mapping[str, Json]], new: Mapping[str, Mapping[str, Json]], cut: Cut
) -> Iterator[str]:
    for id, one in new.items():
        if old.get(id) != one:
            yield f"{'~' if id in old else '+'}{_said(one, cut)}"
    for id, one in old.items():
        if id not in new:
            yield f"−{_said(one, cut)}"


def _said(one: Mapping[str, Json], cut: Cut) -> str:
    lines = str(one.get("text") or "").splitlines()
    first = next((line for line in lines if line.strip()), "")
    return f"{cut(str(one.get('author') or 'somebody'))} “{cut(first)}”"
