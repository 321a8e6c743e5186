"""Comments across trackers: which are a tracker's own, which are copies, and what is to be done.

A tracker shows its comments as a sorted list of entries. A copy bears a mark that names the
comment it was made from and what that said; who has the mark is never taken for a comment of its
own. What a person does to a copy changes nothing elsewhere. Pure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias
from urllib.parse import quote, unquote

from adapters.base import Comments
from adapters.text import TextError, normal_form
from sync.model import COMMENTS, Comment, Json, TrackerName, Value, as_comments
from sync.tracker import Shown, Twin, Unmapped

Entry: TypeAlias = Mapping[str, Json]
"""One comment as a tracker shows it: what `own` or `copy` made."""
NOBODY = "ghost"
"""Who wrote what was written by an account that is no more."""
_MARK = re.compile(r"(?P<id>[^\s@]{1,200})@(?P<digest>[0-9a-f]{12})")
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+!|~&])")


class Mark(NamedTuple):
    """What a copy says that it is a copy of."""

    id: str
    """The comment's."""
    digest: str
    """Of its text, when it was copied."""

    @classmethod
    def of(cls, comment: Comment) -> Mark:
        return cls(comment.id, hashlib.sha256(comment.text.encode()).hexdigest()[:12])

    @classmethod
    def parse(cls, text: Json) -> Mark | None:
        found = _MARK.fullmatch(text) if isinstance(text, str) else None
        return cls(unquote(found["id"]), found["digest"]) if found else None

    def __str__(self) -> str:
        """Without a character that any markup, or an address, would read as something else."""
        return f"{quote(self.id, safe=':')}@{self.digest}"

    @property
    def tracker(self) -> TrackerName:
        return self.id.partition(":")[0]


def own(id: str, author: str | None, at: datetime, text: str | None) -> Entry:
    """A comment that people wrote there; `text` is raw markup, None where it cannot be read."""
    author = " ".join((author or "").split()) or NOBODY
    return {"id": id, "author": author, "at": _utc(at), "text": text, "copy": None}


def copy(id: str, at: datetime, mark: Mark, *, trusted: bool = True) -> Entry:
    """A copy. Who could have forged it is not `trusted`: it is neither changed nor deleted."""
    said = {"id": id, "at": _utc(at), "copy": str(mark)}
    return said if trusted else {**said, "trusted": False}


def _utc(at: datetime) -> str:
    """In milliseconds, so that times of all trackers sort."""
    moment = at.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Todo:
    """What brings a record's copies up to date."""

    create: tuple[Comment, ...] = ()
    edit: tuple[tuple[str, Comment], ...] = ()
    """Own id of a copy → what it is to say."""
    delete: tuple[str, ...] = ()
    """Own ids of copies."""

    def __bool__(self) -> bool:
        return bool(self.create or self.edit or self.delete)


@dataclass(frozen=True, slots=True)
class CommentCodec:
    """One tracker's comments, as the codec of that tracker reads and writes them."""

    tracker: TrackerName
    comments: Comments
    to_markdown: Callable[[str], str]
    """Raw markup → Markdown. May raise TextError."""

    def shown(self, entries: Iterable[Entry]) -> Shown:
        """What a record shows of them: no more than the settings have a use for."""
        kept = [one for one in entries if self._is_own(one) or self._mark(one)]
        return sorted(kept, key=lambda one: (one["at"], one["id"]))

    def decode(self, shown: Shown, present: Value) -> tuple[Comment, ...]:
        """A copy is read as the present comment that it is a copy of. Raises Unmapped."""
        held = {one.id: one for one in as_comments(present)}
        own = [self._read(one, held) for one in shown or () if self._is_own(one)]
        marks = {mark.id: one for one in shown or () if (mark := self._mark(one))}
        copies = [held.get(id) or Comment(id, NOBODY, one["at"], "") for id, one in marks.items()]
        return tuple(sorted([*own, *copies], key=lambda one: (one.at, one.id)))

    def encode(self, value: Value) -> Shown:
        """The marks of the copies that the tracker is to hold."""
        return sorted(list(Mark.of(one)) for one in self._foreign(value))

    def shows(self, value: Value, shown: Shown) -> bool:
        """Are all copies there, of what the comments say now, and are its own comments these?"""
        if self.todo(value, shown):
            return False
        held = {one.id: one for one in as_comments(value)}
        own = [self._read(one, held) for one in shown or () if self._is_own(one)]
        said = [one for one in held.values() if one.tracker == self.tracker]
        return not self.comments.read or sorted(own) == sorted(said)

    def todo(self, value: Value, shown: Shown) -> Todo:
        """A copy that a person changed is left as it is until the comment itself changes."""
        if not self.comments.write:
            return Todo()
        wanted = {one.id: one for one in self._foreign(value)}
        edit: list[tuple[str, Comment]] = []
        delete: list[str] = []
        done: set[str] = set()
        marks = [(one, mark) for one in shown or () if (mark := self._mark(one))]
        for one, mark in marks:
            if not one.get("trusted", True):
                continue
            if mark.id not in wanted or mark.id in done:
                delete.append(one["id"])
            elif mark != Mark.of(wanted[mark.id]):
                edit.append((one["id"], wanted[mark.id]))
            done.add(mark.id)
        there = {mark.id for _, mark in marks}
        create = tuple(one for id, one in wanted.items() if id not in there)
        return Todo(create, tuple(edit), tuple(delete))

    def undisturbed(self, held: Shown, shown: Shown) -> Shown:
        """The copies as they are shown, and beside them the tracker's own comments as they were.

        For the answer to a write: what people commented meanwhile was not read before it, and is
        to be found by the next read.
        """
        own = [one for one in held or () if one["copy"] is None]
        return self.shown([*own, *(one for one in shown or () if one["copy"] is not None)])

    def _foreign(self, value: Value) -> list[Comment]:
        """The comments of which this tracker is to hold copies, the oldest first."""
        if not self.comments.write:
            return []
        return sorted(
            (one for one in as_comments(value) if self._is_source(one.tracker)),
            key=lambda one: (one.at, one.id),
        )

    def _is_source(self, tracker: TrackerName) -> bool:
        sources = self.comments.sources
        known = bool(tracker) and (sources is None or tracker in sources)
        return known and tracker != self.tracker

    def _is_own(self, one: Entry) -> bool:
        return self.comments.read and one["copy"] is None

    def _mark(self, one: Entry) -> Mark | None:
        """Of a copy that is ours to keep. Others' copies, of trackers unknown here, are theirs."""
        mark = Mark.parse(one["copy"])
        ours = mark is not None and self.comments.write and self._is_source(mark.tracker)
        return mark if ours else None

    def _read(self, one: Entry, held: Mapping[str, Comment]) -> Comment:
        id = f"{self.tracker}:{one['id']}"
        remedy = f"comment {one['id']} is too large or too deep to be read; shorten it there"
        if one["text"] is None:
            raise Unmapped("comments", "…", remedy)
        try:
            text = self.to_markdown(one["text"]).strip("\n")
            if id in held and _same(text, held[id].text):
                text = held[id].text
        except TextError:
            raise Unmapped("comments", f"{one['text'][:40]}…", remedy) from None
        return Comment(id, one["author"], one["at"], text)


def commented(held: Mapping[str, Shown], shown: Mapping[str, Shown]) -> bool:
    """Did people comment, between two times that a record was read?"""
    before, after = (
        [one for one in record.get(COMMENTS) or () if one["copy"] is None]
        for record in (held, shown)
    )
    return before != after


NOWHERE = (
    "the settings carry no comments from here or to here; name the tracker under comments.from, "
    "or comments.to"
)
"""Why a tracker does not carry the field."""


def headline(
    comment: Comment, where: Twin | None, anchor: str = "", *, instead: Twin | None = None
) -> str:
    """The first line of a copy, in Markdown: who said it, where, and when.

    `where`: the record that it was written on, if that may be named; the line links to it.
    `anchor` is put behind the address, after a `#`; so that it has a place, there is `instead`.
    """
    key = f" {where.key}" if where else ""
    place = _escaped(f"{comment.tracker}{key}")
    target = where if where is not None and _is_web(where) else instead
    if target is not None and _is_web(target):
        address = quote(str(target.url).partition("#")[0], safe=":/?@!$&*+,;=%~")
        place = f"[{place}]({address}{f'#{anchor}' if anchor else ''})"
    at = comment.at[:16].replace("T", " ")
    return f"**{_escaped(comment.author)}** on {place}, {at} UTC:"


def _is_web(twin: Twin) -> bool:
    return (twin.url or "").startswith(("https://", "http://"))


def origin(comment: Comment, elsewhere: Sequence[Twin]) -> Twin | None:
    """The record that the comment was written on, of those that may be named."""
    return next((twin for twin in elsewhere if twin.tracker == comment.tracker), None)


def too_long(comment: Comment, place: str, length: int, most: int) -> str:
    """Why there is no copy."""
    return (
        f"the copy of comment {comment.id} on {place} would have {length:,} characters, of which "
        f"{most:,} are taken: shorten the comment on {comment.tracker}"
    )


def _same(one: str, other: str) -> bool:
    return one == other or normal_form(one) == normal_form(other)


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
