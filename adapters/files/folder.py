"""The folder on disk: which files are items, reading them bounded, writing them whole or not."""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path

from adapters.files.document import LIMIT
from adapters.files.front import Mistake

ITEMS, ORDER = "items", "ORDER.md"
_RESERVED = frozenset({"con", "prn", "aux", "nul", "order", "readme"})


class Folder:
    """One backlog's folder. Never reads or writes outside of it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def listed(self) -> Iterator[str]:
        """The items' files, `items/NAME.md`, by name."""
        items = self.path / ITEMS
        if items.is_dir():
            for name in sorted(entry.name for entry in items.iterdir()):
                if name.endswith(".md") and not name.startswith("."):
                    yield f"{ITEMS}/{name}"

    def read(self, key: str) -> bytes | None:
        """The file's bytes; None where there is none. Raises Mistake, OSError."""
        path = self._inside(key)
        if not path.exists():
            return None
        if not path.is_file():
            raise Mistake("this is no file; move it out of the folder")
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
        if len(data) > LIMIT:
            raise Mistake(f"over {LIMIT} bytes; shorten it, or move it out of the folder")
        return data

    def write(self, key: str, data: bytes) -> None:
        """The whole file or nothing: written beside it, then put in its place."""
        path = self._inside(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".onebacklog-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(mode)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def free_key(self, title: str, taken: Collection[str]) -> str:
        """A file name made from the title, that no file has yet."""
        stem, number = slug(title), 1
        while True:
            key = f"{ITEMS}/{stem}{'' if number == 1 else f'-{number}'}.md"
            if key not in taken and not os.path.lexists(self.path / key):
                return key
            number += 1

    def _inside(self, key: str) -> Path:
        path = self.path / key
        if not path.resolve().is_relative_to(self.path.resolve()):
            raise Mistake("this link leaves the folder; put the file itself there")
        return path


def slug(title: str) -> str:
    """At most 60 letters and digits in lower case, words joined by `-`."""
    text = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:60].strip("-")
    return f"{stem or 'item'}-item" if stem in _RESERVED or not stem else stem
