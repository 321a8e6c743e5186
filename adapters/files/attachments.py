"""Files beside the items: links to them, reading them, and copies of what is attached elsewhere.

A copy is named in its item as `[name](../attachments/ITEM/name "where it was copied from")`: it is
read as the attachment that it was copied from, and never as another one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from adapters.attachments import LARGEST, Link, file_name, free, leads_to, named
from adapters.files.folder import ATTACHMENTS, Folder
from adapters.files.front import Mistake
from sync.model import Value, as_set
from sync.tracker import Attached, Fetch, NotFound, Rejected

BESIDE = f"../{ATTACHMENTS}/"
"""What links from items to files begin with."""
STAYS = "it stays a link"


def origin(entry: str) -> str:
    """The attachment that an entry stands for, as the backlog has it."""
    link = Link.parse(entry)
    if link is None or not link.title or not link.address.startswith(BESIDE):
        return entry
    return f"[{link.label}]({link.title})"


def lacking(entries: Collection[str], copied: Collection[str]) -> list[str]:
    """The entries that lead to files of which there is no copy here."""
    return [entry for entry in entries if origin(entry) == entry and leads_to(entry, copied)]


def due(link: str, copied: Collection[str]) -> str:
    """The entry that stands for a link before its file is there, where it is to be copied."""
    found = Link.parse(link)
    if found is None or not leads_to(link, copied):
        return link
    return f'[{found.label}]({BESIDE} "{found.address}")'


@dataclass(frozen=True, slots=True)
class Shelved:
    """Entries for copies that were made, by the links that they are copies of."""

    entries: dict[str, str]
    refused: str | None = None
    """Why others stay links."""


@dataclass(frozen=True, slots=True)
class Attic:
    """The files beside the items of one folder."""

    folder: Folder
    copied: tuple[str, ...]
    """The beginnings of the addresses whose attachments are copied here."""

    def copy(self, item: str, links: Sequence[str], fetch: Fetch | None) -> Shelved:
        """Copies of the files of these links. `item` is the path of the item's file.

        Raises RetryLater where one cannot be had now, and what the disk answers.
        """
        made, refused = dict[str, str](), list[str]()
        for link in links:
            try:
                if fetch is None:
                    raise Rejected("its file is not at hand")
                made[link] = self._store(item, link, fetch(link, LARGEST))
            except Rejected as error:
                refused.append(f"{named(link)}: {error}")
        return Shelved(made, f"{'; '.join(refused)}; {STAYS}" if refused else None)

    def missing(self, value: Value, entries: Collection[str]) -> list[str]:
        """The links whose files are to be copied, and are not yet."""
        copies = {origin(entry) for entry in entries if origin(entry) != entry}
        return sorted(one for one in as_set(value) - copies if leads_to(one, self.copied))

    def _store(self, item: str, link: str, file: Attached) -> str:
        """The entry for it."""
        place = f"{ATTACHMENTS}/{PurePosixPath(item).stem}"
        name = self._put(place, file_name(file.name), file.content)
        found = Link.parse(link)
        assert found is not None  # noqa: S101 - `leads_to` has parsed it
        at = quote(f"{PurePosixPath(place).name}/{name}")
        return f'[{found.label}]({BESIDE}{at} "{found.address}")'

    def _put(self, place: str, said: str, content: bytes) -> str:
        """The name that it has there. What a run stored and did not come to name is taken; no
        other file is written over."""
        there, taken = self.folder.names(place), list[str]()
        while True:
            name = free(said, taken)
            if name in there and self._holds(f"{place}/{name}", content):
                return name
            if free(name, there) == name:
                self.folder.write(f"{place}/{name}", content, None, most=LARGEST)
                return name
            taken.append(name)

    def _holds(self, path: str, content: bytes) -> bool:
        try:
            return self.folder.read(path, most=LARGEST) == content
        except (Mistake, FileNotFoundError):
            return False

    def read(self, link: str, most: int) -> Attached:
        """The file of a link that an item has. Raises NotFound, Rejected."""
        found = Link.parse(link)
        if found is None or not found.address.startswith(BESIDE):
            raise NotFound("it is no file beside the items")
        path = unquote(found.address.removeprefix("../"))
        try:
            content = self.folder.read(path, within=ATTACHMENTS, most=most)
        except FileNotFoundError:
            raise NotFound("there is no such file beside the items") from None
        except Mistake as mistake:
            raise Rejected(mistake.message) from None
        return Attached(PurePosixPath(path).name, content)
