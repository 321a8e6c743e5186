"""Nothing in the folder of files makes a run read, write or wait for what is not in it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from adapters.files.document import LIMIT
from adapters.files.folder import Folder
from adapters.files.front import Mistake, parse
from sync.tracker import Denied, Stale, TrackerError
from tests.adapters.test_files import InFiles

SECRET = b"# Secret\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "backlog/items").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a.md").write_bytes(SECRET)
    return Folder(tmp_path / "backlog")


@contextmanager
def swapping(*states: Callable[[], None]) -> Iterator[None]:
    """Brings one state after the other about, as fast as it can, while the block runs."""
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            for state in states:
                state()

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _read(folder: Folder, path: str) -> bytes | str:
    try:
        return folder.read(path)
    except (Mistake, FileNotFoundError) as error:
        return type(error).__name__


def test_a_file_that_becomes_a_link_while_it_is_read_leads_nowhere(folder: Folder) -> None:
    place, scratch = folder.root / "items/a.md", folder.root / "scratch"

    def link() -> None:
        scratch.symlink_to(folder.root.parent / "outside/a.md")
        scratch.replace(place)

    def file() -> None:
        scratch.write_bytes(b"# Open\n")
        scratch.replace(place)

    file()
    with swapping(link, file):
        found = {_read(folder, "items/a.md") for _ in range(3_000)}
    assert b"# Open\n" in found
    assert found <= {b"# Open\n", "Mistake", "FileNotFoundError"}


def test_a_folder_that_becomes_a_link_while_a_file_is_written_leads_nowhere(
    folder: Folder,
) -> None:
    items, aside = folder.root / "items", folder.root / "aside"
    (items / "a.md").write_bytes(b"# 0\n")

    def link() -> None:
        with suppress(OSError):  # a run that found no folder may just have made one
            items.rename(aside)
            items.symlink_to(folder.root.parent / "outside")

    def real() -> None:
        with suppress(OSError):
            items.unlink()
        with suppress(OSError):
            aside.rename(items)

    with swapping(link, real):
        for number in range(300):
            held = _read(folder, "items/a.md")
            before = held if isinstance(held, bytes) else b""
            with suppress(TrackerError):
                folder.write("items/a.md", b"# %d\n" % number, before)
    assert {path.name for path in (folder.root.parent / "outside").iterdir()} == {"a.md"}
    assert (folder.root.parent / "outside/a.md").read_bytes() == SECRET


def test_no_folder_is_made_behind_a_link_that_leaves(folder: Folder) -> None:
    (folder.root / "attachments").symlink_to(folder.root.parent / "outside")
    with pytest.raises(Denied, match="leaves the folder"):
        folder.write("attachments/item/a.png", b"x", None)
    assert [path.name for path in (folder.root.parent / "outside").iterdir()] == ["a.md"]


@pytest.mark.parametrize("path", ["../outside/a.md", "items/../../outside/a.md", "items/\x00.md"])
def test_a_path_that_leaves_is_neither_read_nor_written(folder: Folder, path: str) -> None:
    with pytest.raises(Mistake):
        folder.read(path)
    with pytest.raises((Denied, ValueError)):
        folder.write(path, b"ours", SECRET)
    assert (folder.root.parent / "outside/a.md").read_bytes() == SECRET


def test_nobody_waits_for_a_pipe_or_a_device(folder: Folder) -> None:
    os.mkfifo(folder.root / "items/pipe.md")
    (folder.root / "items/zero.md").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        with pytest.raises(Mistake):
            folder.read(f"items/{name}.md")
        with pytest.raises(Denied):
            folder.write(f"items/{name}.md", b"# Ours\n", b"")


def test_a_file_that_grows_while_it_is_read_is_read_to_the_limit_only(folder: Folder) -> None:
    (folder.root / "items/a.md").write_bytes(b"x" * (LIMIT + 1))
    with pytest.raises(Mistake, match="shorten"):
        folder.read("items/a.md")


def test_a_new_file_takes_no_others_place(folder: Folder) -> None:
    (folder.root / "items/a.md").write_bytes(b"# Theirs\n")
    with pytest.raises(Stale):
        folder.write("items/a.md", b"# Ours\n", None)
    folder.write("items/b.md", b"# Ours\n", None)
    files = {path.name: path.read_bytes() for path in (folder.root / "items").iterdir()}
    assert files == {"a.md": b"# Theirs\n", "b.md": b"# Ours\n"}


FULL = """
import resource, sys
from pathlib import Path
from adapters.files.folder import Folder
from sync.tracker import Unavailable

resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    Folder(Path(sys.argv[1])).write("items/a.md", b"x" * 100_000, b"# Before\\n")
except Unavailable as error:
    print(error)
"""


def test_a_disk_that_fails_within_a_write_leaves_the_file_as_it_was(folder: Folder) -> None:
    (folder.root / "items/a.md").write_bytes(b"# Before\n")
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(folder.root)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("items/a.md: ")
    files = {path.name: path.read_bytes() for path in (folder.root / "items").iterdir()}
    assert files == {"a.md": b"# Before\n"}


def _bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    return "\n".join(lines) + "\n"


BOMBS = {
    "aliases that repeat each other": _bomb(9),
    "an alias that holds itself": "a: &a [*a]\n",
    "a mapping that holds itself": "a: &a {b: *a}\n",
    "lists in lists": f"a: {'[' * 5_000}{']' * 5_000}\n",
    "mappings in mappings": f"a: {'{a: ' * 5_000}\n",
    "keys that are keys of keys": "? " * 5_000 + "\n",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_front_matter_that_blows_up_is_a_mistake_and_others_are_read(
    tmp_path: Path, bomb: str
) -> None:
    tracker = InFiles(tmp_path)
    tracker.write("items/bomb.md", f"---\n{bomb}---\n# Bomb\n")
    tracker.write("items/good.md", "# Good\n")
    snapshot = tracker.adapter().read(None)
    assert [record.shown["title"] for record in snapshot.records] == ["Good"]
    assert [problem.key for problem in snapshot.problems] == ["items/bomb.md"]
    assert not snapshot.complete


def test_a_few_aliases_are_no_bomb_and_a_tag_makes_no_object() -> None:
    front = parse("a: &a [x, y]\nb: *a\nstatus: !!python/object/apply:os.system [id]\nkind: bug\n")
    assert front.texts("b") == ["x", "y"]
    assert front.with_values({"kind": "task"}, "\n").text("kind") == "task"
    with pytest.raises(Mistake, match="one value"):
        front.text("status")
