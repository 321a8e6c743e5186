"""Lists of other issues in sections of the description. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

_LINK = re.compile(r"\[(?:\\.|[^\]\\])*\]\((?P<url>[^()\s]+)\)|<(?P<bare>[^<>\s]+)>")
_KEY = re.compile(r"(?P<key>[A-Z][A-Z0-9_]*-[1-9]\d{0,8})(?:[?#]\S*)?")


@dataclass(frozen=True, slots=True)
class Listing:
    """How entries of a list, as canonical text, name issues of one site."""

    site: str

    def key(self, entry: str) -> str | None:
        """The issue that an entry is a link to; None where it is, or says, anything else."""
        link = _LINK.fullmatch(entry.strip())
        url = (link["url"] or link["bare"]) if link else entry.strip()
        beginning = f"{self.site}/browse/"
        found = _KEY.fullmatch(url.removeprefix(beginning)) if url.startswith(beginning) else None
        return found["key"] if found else None

    def keys(self, entries: Iterable[str]) -> list[str]:
        return sorted({key for entry in entries if (key := self.key(entry))})

    def relisted(
        self, entries: Collection[str], before: Collection[str], after: Collection[str]
    ) -> tuple[str, ...]:
        """The entries, where keys were added and removed; what names no issue of ours stays."""
        removed = set(before) - set(after)
        kept = tuple(entry for entry in entries if self.key(entry) not in removed)
        added = sorted(set(after) - set(self.keys(kept)))
        return (*kept, *(f"[{key}]({self.site}/browse/{key})" for key in added))
