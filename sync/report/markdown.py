"""Markdown tables that survive what trackers hold: markup, pipes, mentions, references."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sync.plain import plain

BREAK = "<br>"
"""A line break within a cell."""
SPECIAL = re.compile(r"[\\`*{}\[\]<>&|~$]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown, HTML or a table takes for itself (`_` not within a word). As references to
characters they stand for text only (CommonMark, "Entity and numeric character references")."""
LINKING = re.compile(
    r"(?<=@)(?=\w)|(?<=#)(?=\d)|(?<=\bGH-)(?=\d)|(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE
)
"""Where GitHub finds a mention, a reference or an address, in rendered text too."""
APART = "\u200b"
"""A zero-width space: nothing to be seen, but nobody is pinged and nothing is linked."""


def safe(text: str) -> str:
    """The text to be read as it stands, in one line: no markup, no mention, no reference."""
    apart = LINKING.sub(APART, plain(text))
    return SPECIAL.sub(lambda found: f"&#{ord(found[0])};", apart)


def code(key: str) -> str:
    """A key that can be copied: in code nothing is linked. One with markup in it is only safe."""
    line = plain(key)
    return safe(line) if re.search(r"[`|\\]|^$", line) else f"`{line}`"


def table(head: Sequence[str], entries: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table, after an empty one; none without entries. The cells are Markdown."""
    lines = [f"| {' | '.join(entry)} |" for entry in entries]
    return ["", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines] if lines else []


def headed(level: int, text: str) -> list[str]:
    """The lines of a heading, after an empty one; `text` is untrusted."""
    return ["", f"{'#' * level} {safe(text)}"]
