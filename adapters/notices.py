"""The one comment on a record that says what its item breaks: known by its mark, kept in step.

It is marked as copies of comments are, with an id that no comment has; so it is never taken for a
comment of people. What a person does to it changes nothing in the backlog. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.comments import Entry, Mark, Todo
from sync.model import Comment, Value
from sync.tracker import Shown

ID = ":notice"
"""In the place of a comment's id. No tracker has a name that is empty."""


def comment_of(value: Value) -> Comment:
    """What is to be said, as a comment of nobody's."""
    return Comment(ID, "", "", str(value or ""))


def shown(entries: Iterable[Entry]) -> Shown:
    """What a record shows of the field: the notices on it, where people cannot have forged them."""
    return sorted(
        (one for one in entries if _is_notice(one)), key=lambda one: (one["at"], one["id"])
    )


def encode(value: Value) -> Shown:
    """The mark that is to be there."""
    return str(Mark.of(comment_of(value))) if value else ""


def shows(value: Value, entries: Shown) -> bool:
    return not todo(value, entries)


def todo(value: Value, entries: Shown) -> Todo:
    """What brings it up to date: the first is edited, and there is no second one."""
    said, there = comment_of(value), [one for one in entries or () if _is_notice(one)]
    if not value:
        return Todo(delete=tuple(one["id"] for one in there))
    kept, more = there[:1], there[1:]
    return Todo(
        create=() if kept else (said,),
        edit=tuple((one["id"], said) for one in kept if one["copy"] != str(Mark.of(said))),
        delete=tuple(one["id"] for one in more),
    )


def _is_notice(one: Entry) -> bool:
    mark = Mark.parse(one["copy"])
    return mark is not None and mark.id == ID and one.get("trusted", True)
