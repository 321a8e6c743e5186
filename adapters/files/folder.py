"""The folder on disk: which files there are, read with care and written at one stroke."""

from __future__ import annotations

import os
import re
import secrets
import stat
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from adapters.files.document import LIMIT
from adapters.files.front import Mistake
from adapters.values import slug
from sync.tracker import Denied, Rejected, Stale, Unavailable

ITEMS, ORDER, ATTACHMENTS = "items", "ORDER.md", "attachments"
_RESERVED = {"con", "prn", "aux", "nul", "readme"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)
}
"""Names that mean something else to Windows, or to people."""
_SCRATCH = re.compile(r"\.[0-9a-f]{8}\.tmp")
"""Names of files that are being written, and of what is left where that was cut short."""
LEFT_AFTER = 3600.0
"""Seconds. A write takes less than one; what is older is nobody's any more."""
_HELD = os.open in os.supports_dir_fd


def _flags(*names: str) -> int:
    """Those of `open` that the system has."""
    return sum(getattr(os, f"O_{name}", 0) for name in names)


_FOLDER = _flags("RDONLY", "DIRECTORY", "NOFOLLOW")
_FILE = _flags("RDONLY", "NOFOLLOW", "NONBLOCK", "BINARY")
_NEW = _flags("WRONLY", "CREAT", "EXCL", "BINARY")


class Folder:
    """Paths are relative and use `/`: `items/pay-by-card.md`. Raises TrackerError."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._swept: set[Path] = set()

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

    def contents(self) -> Iterator[tuple[str, bytes | Mistake]]:
        """What is in each of `paths`, but for those that are deleted meanwhile."""
        paths = self.paths()
        if not paths:
            return
        with _answering(ITEMS), self._at(self._inside(self.root / ITEMS) / ORDER) as (_, folder):
            for path in paths:
                try:
                    yield path, self._content(path, folder)
                except FileNotFoundError:
                    continue
                except Mistake as mistake:
                    yield path, mistake

    def _content(self, path: str, folder: int | None) -> bytes:
        """As `read`, from the folder that is held open; what is more than a plain file there takes
        the long way."""
        if folder is not None and path.isprintable():
            with suppress(OSError):
                return _read(path.removeprefix(f"{ITEMS}/"), folder)
        return self.read(path)

    def names(self, path: str) -> list[str]:
        """Of all that is in a folder; none where there is no such folder."""
        with _answering(path):
            real = self._inside(self.root / path)
            return sorted(entry.name for entry in os.scandir(real)) if real.is_dir() else []

    def read(self, path: str, *, within: str = "", most: int = LIMIT) -> bytes:
        """Raises Mistake for what is no proper file, FileNotFoundError for none."""
        if not path.isprintable():
            raise Mistake("its name has characters that cannot be shown; rename the file")
        try:
            with self._at(self._inside(self.root / path, within)) as (name, folder):
                return _read(name, folder, most)
        except FileNotFoundError:
            if (self.root / path).is_symlink():
                raise Mistake("this is a link to nowhere; remove it") from None
            raise
        except OSError as error:
            raise Mistake(f"it cannot be read ({error.strerror}); mend its permissions") from error

    def written(self, path: str) -> str:
        """When the file was last written, as the disk tells; ISO 8601 in UTC."""
        with _answering(path), self._at(self._inside(self.root / path)) as (name, folder):
            seconds = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")

    def write(self, path: str, data: bytes, before: bytes | None, *, most: int = LIMIT) -> None:
        """Puts the file in the place of what was `before` (None: of nothing). Raises Stale."""
        if len(data) > most:
            raise Rejected(f"{path} would be over {most} bytes, and could not be read again")
        with _answering(path):
            real = self._inside(self.root / path)
            real.parent.mkdir(parents=True, exist_ok=True)
            with self._at(real) as (name, folder):
                if real.parent not in self._swept:
                    _sweep(real.parent, folder)
                    self._swept.add(real.parent)
                scratch = str(Path(name).with_name(f".{secrets.token_hex(4)}.tmp"))
                try:
                    mode = _mode(name, folder) if before is not None else None
                    _store(scratch, data, mode, folder)
                    if _held(name, folder) != before:
                        raise Stale(f"{path} was changed meanwhile; it is read again")
                    _put(scratch, name, folder, new=before is None)
                except FileExistsError:
                    raise Stale(f"{path} was made meanwhile; it is read again") from None
                finally:
                    with suppress(FileNotFoundError):
                        os.unlink(scratch, dir_fd=folder)
                if folder is not None:
                    os.fsync(folder)  # makes the new name last

    def fresh(self, title: str) -> str:
        """A path for a new item, that no other has, in any case or composition."""
        taken = {_folded(Path(path).stem) for path in self.paths()} | _RESERVED
        name = file_name(title)
        number = 1
        while _folded(name if number == 1 else f"{name}-{number}") in taken:
            number += 1
        return f"{ITEMS}/{name if number == 1 else f'{name}-{number}'}.md"

    @contextmanager
    def _at(self, real: Path) -> Iterator[tuple[str, int | None]]:
        """The file's name, and the folder that it is in, held open: each step to there is one
        without a link, and nobody can put another in its place until the block ends.

        Where the system has no such thing: its whole path, and None.
        """
        if not _HELD:
            yield str(real), None
            return
        root = self.root.resolve()
        handle = os.open(root, _FOLDER)
        try:
            for step in real.parent.relative_to(root).parts:
                inner = os.open(step, _FOLDER, dir_fd=handle)
                os.close(handle)
                handle = inner
            yield real.name, handle
        finally:
            os.close(handle)

    def _inside(self, path: Path, within: str = "") -> Path:
        """The true path. Raises Mistake where it is not in the folder, or that part of it."""
        try:
            real, root = path.resolve(), self.root.resolve() / within
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


def _read(name: str, folder: int | None, most: int = LIMIT) -> bytes:
    """Raises Mistake for what is no proper file; a pipe is not waited for."""
    handle = os.open(name, _FILE, dir_fd=folder)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Mistake("this is no file; move it out of the folder")
        data = file.read(most + 1)
    if len(data) > most:
        raise Mistake(f"the file is over {most} bytes; shorten it")
    return data


def _held(name: str, folder: int | None) -> bytes | None:
    try:
        return _read(name, folder)
    except FileNotFoundError:
        return None


def _mode(name: str, folder: int | None) -> int:
    return stat.S_IMODE(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)


def _store(name: str, data: bytes, mode: int | None, folder: int | None) -> None:
    handle = os.open(name, _NEW, 0o666 if mode is None else mode, dir_fd=folder)
    with os.fdopen(handle, "wb") as file:
        if mode is not None and hasattr(os, "fchmod"):
            os.fchmod(handle, mode)  # what the umask took away
        file.write(data)
        file.flush()
        os.fsync(handle)


def _sweep(real: Path, folder: int | None) -> None:
    """Removes what a run that was killed left in a folder: by our names, and old, alone."""
    with os.scandir(real if folder is None else folder) as entries:
        left = [entry for entry in entries if _SCRATCH.fullmatch(entry.name)]
    for entry in left:
        with suppress(FileNotFoundError):  # another run was faster
            known = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(known.st_mode) and time.time() - known.st_mtime > LEFT_AFTER:
                os.unlink(entry.path if folder is None else entry.name, dir_fd=folder)


def _put(scratch: str, name: str, folder: int | None, *, new: bool) -> None:
    """Gives the file its name; a new one never takes another's. Raises FileExistsError."""
    if new:
        try:
            os.link(scratch, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            raise
        except (OSError, NotImplementedError):  # not every file system has a second name for a file
            pass
        else:
            return
    os.replace(scratch, name, src_dir_fd=folder, dst_dir_fd=folder)


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
