"""The folder on disk: which files there are, read with care and written at one stroke."""

from __future__ import annotations

import os
import re
import secrets
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.files.document import LIMIT
from adapters.files.front import Mistake
from adapters.values import slug
from sync.tracker import Denied, Rejected, Stale, Unavailable

ITEMS, ORDER = "items", "ORDER.md"
_RESERVED = {"con", "prn", "aux", "nul", "readme"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)
}
"""Names that mean something else to Windows, or to people."""


class Folder:
    """Paths are relative and use `/`: `items/pay-by-card.md`. Raises TrackerError."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def exists(self) -> bool:
        return (self.root / ITEMS).is_dir()

    def paths(self) -> list[str]:
        """Of all files that may be items."""
        with _answering(ITEMS):
            if not self.exists():
                return []
            self._inside(self.root / ITEMS)
            names = [entry.name for entry in os.scandir(self.root / ITEMS)]
        return sorted(f"{ITEMS}/{name}" for name in names if _is_item(name))

    def read(self, path: str) -> bytes:
        """Raises Mistake for what is no proper file, FileNotFoundError for none."""
        if not path.isprintable():
            raise Mistake("its name has characters that cannot be shown; rename the file")
        try:
            real = self._inside(self.root / path)
            status = real.stat()
            if not stat.S_ISREG(status.st_mode):
                raise Mistake("this is no file; move it out of the folder")
            if status.st_size > LIMIT:
                raise Mistake(f"the file is over {LIMIT} bytes; shorten it")
            return real.read_bytes()
        except FileNotFoundError:
            if (self.root / path).is_symlink():
                raise Mistake("this is a link to nowhere; remove it") from None
            raise
        except OSError as error:
            raise Mistake(f"it cannot be read ({error.strerror}); mend its permissions") from error

    def write(self, path: str, data: bytes, before: bytes | None) -> None:
        """Puts the file in the place of what was `before` (None: of nothing). Raises Stale."""
        if len(data) > LIMIT:
            raise Rejected(f"{path} would be over {LIMIT} bytes, and could not be read again")
        with _answering(path):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            target = self._inside(self.root / path)
            mode = stat.S_IMODE(target.stat().st_mode) if before is not None else None
            scratch = target.with_name(f".{secrets.token_hex(4)}.tmp")
            try:
                _store(scratch, data, mode)
                if (target.read_bytes() if target.exists() else None) != before:
                    raise Stale(f"{path} was changed meanwhile; it is read again")
                scratch.replace(target)
            finally:
                scratch.unlink(missing_ok=True)
            _sync(target.parent)

    def fresh(self, title: str) -> str:
        """A path for a new item, that no other has, in any case or composition."""
        taken = {_folded(Path(path).stem) for path in self.paths()} | _RESERVED
        name = file_name(title)
        number = 1
        while _folded(name if number == 1 else f"{name}-{number}") in taken:
            number += 1
        return f"{ITEMS}/{name if number == 1 else f'{name}-{number}'}.md"

    def _inside(self, path: Path) -> Path:
        """The true path. Raises Mistake where it is not in the folder."""
        try:
            real, root = path.resolve(), self.root.resolve()
        except RuntimeError as error:  # a circle of links, to Python 3.12
            raise Mistake("this is a link to itself; remove it") from error
        if not real.is_relative_to(root):
            raise Mistake("this is a link that leaves the folder; put the file itself here")
        return real


def file_name(title: str) -> str:
    """The slug of a title: letters and digits of any script, at most 60, words joined by `-`."""
    name = unicodedata.normalize("NFC", slug(title))
    words = re.sub(r"[\W_]+", "-", name).strip("-")
    return words[:60].rstrip("-") or "item"


def _is_item(name: str) -> bool:
    return name.endswith(".md") and not name.startswith(".") and name.casefold() != "readme.md"


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _store(path: Path, data: bytes, mode: int | None) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        path.chmod(mode)


def _sync(folder: Path) -> None:
    """Makes the new name last, where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _answering(path: str) -> Iterator[None]:
    """Says what the disk answers in a tracker's words."""
    try:
        yield
    except Mistake as mistake:
        raise Denied(f"{path}: {mistake.message}") from mistake
    except PermissionError as error:
        raise Denied(f"{path}: permission denied; give the right to write there") from error
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror or 'the disk failed'}") from error
