"""What is wrong with a settings file: each problem with its place and its remedy."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass

from config.values import listing

Path = tuple[str | int, ...]
"""Keys and list positions, from the top of the file."""
UNKNOWN_KEY = "unknown key"
MAX_SHOWN = 60
MAX_LISTED = 24


@dataclass(frozen=True, slots=True)
class Misfit:
    """One thing that does not fit, before its line is looked up."""

    path: Path
    message: str
    """What is wrong; never what was written, which may be a credential."""
    remedy: str = ""
    line: int | None = None
    """1-based, where it is not the line of the path."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a person should mend in a settings file."""

    file: str
    line: int
    """1-based."""
    path: str
    """Dotted: `backlogs.shop.trackers.jira.url`; empty for the file as a whole."""
    message: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " + (f"{self.path}: " if self.path else "")
        return place + "; ".join(filter(None, (self.message, self.remedy)))


class ConfigError(Exception):
    """A settings file that cannot be used, with all that is wrong with it, by line."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def dotted(path: Path) -> str:
    return ".".join(_shown(part) for part in path)


def closest(given: str, known: Collection[str]) -> str | None:
    """The known word that the given one is most like, if it is like any."""
    return next(
        iter(difflib.get_close_matches(given[:MAX_SHOWN].lower(), sorted(known), n=1)), None
    )


def did_you_mean(given: str, known: Collection[str]) -> str:
    """The remedy for a word that is not known here, or "" where there is none."""
    if word := closest(given, known):
        return f"did you mean {_shown(word)}?"
    return (
        f"known here: {listing(map(_shown, sorted(known)))}" if 0 < len(known) <= MAX_LISTED else ""
    )


def _shown(part: str | int) -> str:
    """A key as it stands if it is plain, else quoted: escaped, and cut where it is long."""
    text = str(part)
    if re.fullmatch(rf"[\w/+@-]{{1,{MAX_SHOWN}}}", text):
        return text
    cut = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
    return json.dumps(cut, ensure_ascii=not cut.isprintable())
