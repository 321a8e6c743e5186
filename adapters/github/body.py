"""The foot of an issue's body: the mark, and the way to the item's records elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from sync.model import ItemId
from sync.tracker import Twin

MOST = 65_536
"""Characters that GitHub takes in a body."""
_FOOT = re.compile(
    r"(?P<gap>(?:\r?\n){0,2})"
    r"(?:<!-- onebacklog-twins -->\r?\n<sub>(?P<twins>[^\r\n]*)</sub>\r?\n)?"
    r"<!-- onebacklog:(?P<mark>[0-9a-z]{1,64}) -->"
)
_TWIN = re.compile(
    r"\[(?P<key>(?:\\.|[^\]\\])*)\]\((?P<url>[^()\s]*)\)|(?P<bare>(?:\\.|[^\s·\\])+)"
)
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+!|~@·-])")


@dataclass(frozen=True, slots=True)
class Body:
    """An issue's body, with its foot apart."""

    text: str
    """What people wrote, as they wrote it."""
    foot: str = ""
    mark: ItemId | None = None
    twins: frozenset[str] = frozenset()
    """Keys and addresses."""

    def __str__(self) -> str:
        return f"{self.text}\n\n{self.foot}" if self.text and self.foot else self.text + self.foot


def read(raw: str | None) -> Body:
    """The body taken apart; of several feet the last one counts."""
    raw = raw or ""
    found = None
    for match in _FOOT.finditer(raw):
        found = match
    if found is None:
        return Body(raw)
    below = raw[found.end() :]
    # What somebody wrote below the foot stays; the foot goes to the end when it is next written.
    text = raw[: found.start()] + (found["gap"] + below.lstrip("\r\n") if below.strip() else "")
    foot = found.group()[len(found["gap"]) :]
    return Body(text, foot, found["mark"], frozenset(_twins(found["twins"] or "")))


def foot(mark: ItemId, twins: Sequence[Twin]) -> str:
    """The mark, below a line that links the twins."""
    links = " · ".join(map(_link, sorted(twins, key=lambda twin: twin.key)))
    line = f"<!-- onebacklog-twins -->\n<sub>{links}</sub>\n" if links else ""
    return f"{line}<!-- onebacklog:{mark} -->"


def _link(twin: Twin) -> str:
    key = _MARKUP.sub(r"\\\1", " ".join(twin.key.split()))
    web = twin.url is not None and twin.url.startswith(("https://", "http://"))
    # What would end the link or the line is written in per cents.
    return f"[{key}]({quote(twin.url or '', safe=':/?#[]@!$&*+,;=%~')})" if web else key


def _twins(line: str) -> Sequence[str]:
    found: list[str] = []
    for match in _TWIN.finditer(line):
        key = re.sub(r"\\(.)", r"\1", match["key"] or match["bare"] or "")
        found += [key, match["url"] or ""]
    return [part for part in found if part]
