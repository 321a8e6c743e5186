"""Where the files of a backlog show what findings are about: for programs that mark lines."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from config.trackers import FilesSettings
from sync.app.runs import Shop
from sync.plan import Finding
from sync.report.machine import Place, PlaceOf

TITLE = r"# "
LINES: Mapping[str, str] = MappingProxyType(
    {
        "labels": r"labels\s*:",
        "priority-order": r"priority\s*:",
        "acceptance-criteria": r"##\s+acceptance criteria",
    }
)
"""What the line begins with that a rule is about; of others, the title."""
MOST = 1_000_000
"""Characters of a file that are looked at."""


def places(shop: Shop, root: Path) -> PlaceOf:
    """By finding; paths start from `root`, lines are those that the file has now."""
    folders = {
        name: Path(settings.path)
        for name, settings in shop.settings.trackers.items()
        if isinstance(settings, FilesSettings)
    }

    @cache
    def read(path: Path) -> tuple[str, ...]:
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                return tuple(file.read(MOST).splitlines())
        except OSError:
            return ()

    def place(finding: Finding) -> Place | None:
        for tracker, key in sorted(finding.keys.items()):
            if tracker in folders:
                path = folders[tracker] / key
                line = _line(read(path), finding.rule)
                return Place(Path(os.path.relpath(path, root)).as_posix(), line)
        return None

    return place


def _line(lines: tuple[str, ...], rule: str) -> int:
    """Counted from 1: the line that the rule is about, or the title's, or the first."""
    for start in (LINES.get(rule, TITLE), TITLE):
        for at, line in enumerate(lines, 1):
            if re.match(start, line, re.IGNORECASE):
                return at
    return 1
