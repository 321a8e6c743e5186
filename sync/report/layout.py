"""Tables for a terminal or a pipe, laid out by rich into a string."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

NARROW = 28
"""Columns that a key or a name takes at most before it is folded."""
WIDTH = 100
"""Columns of the output where no terminal says how many it has."""
STYLES: Mapping[str, str] = MappingProxyType(
    {
        "create": "green",
        "update": "cyan",
        "move": "blue",
        "conflict": "bold magenta",
        "error": "bold red",
        "warning": "yellow",
        "info": "dim",
        "done": "green",
        "failed": "bold red",
        "refused": "yellow",
    }
)
"""How a word of ours is set off; any other is plain."""


def rendered(parts: Iterable[RenderableType], width: int | None, color: bool) -> str:
    """The parts below each other. Pure: it asks neither the terminal nor the environment."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width or WIDTH,
        color_system="standard" if color else None,
        force_terminal=color,
        no_color=not color,
        legacy_windows=False,
        force_jupyter=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    for part in parts:
        console.print(part)
    text = out.getvalue()
    return text if color else "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def word(text: str) -> Text:
    """A word of ours, in its style."""
    return Text(text, STYLES.get(text, ""))


def heading(text: str) -> Iterator[Text]:
    yield Text("")
    yield Text(text, "bold")


def rows(cells: Iterable[Sequence[Text]], head: Sequence[str] = ()) -> Iterator[RenderableType]:
    """A table without lines, indented; the last column takes what the others leave."""
    entries = list(cells)
    if not entries:
        return
    table = Table(
        box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=bool(head), header_style="dim"
    )
    *narrow, last = head or [""] * len(entries[0])
    for title in narrow:
        table.add_column(Text(title), overflow="fold", max_width=NARROW)
    table.add_column(Text(last), overflow="fold")
    for entry in entries:
        table.add_row(*entry)
    yield Padding(table, (0, 0, 0, 2))


def block(parts: Iterable[Text | str]) -> Text:
    """One cell of several lines."""
    return Text("\n").join(Text(part) if isinstance(part, str) else part for part in parts)


def aligned(pairs: Sequence[tuple[str, str]]) -> Iterator[Text]:
    """Lines of a name and words, the words below each other."""
    room = min(max((cell_len(name) for name, _ in pairs), default=0), NARROW)
    for name, words in pairs:
        space = " " * (room - cell_len(name) + 2)
        yield Text.assemble((name, "bold"), space, words)
