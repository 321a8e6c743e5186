"""What Enterprise Servers have not, of what github.com has, by their version.

As far as GitHub's own descriptions of 3.17, 3.18 and 3.19 say.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NEVER = (99, 0)
"""Not in any version so far."""
SINCE: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "/issue-types": NEVER,
        "/issue-fields": NEVER,
        "/issue-field-values": NEVER,
        "/sub_issue": NEVER,
        "/sub_issues": NEVER,
        "/parent": NEVER,
        "/dependencies/": (3, 19),
    }
)
"""Part of a path → the first version that has it."""
PARTS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "type": NEVER,
        "issue_field_values": NEVER,
        "sub_issues_summary": NEVER,
        "parent_issue_url": NEVER,
        "issue_dependencies_summary": (3, 19),
    }
)
"""Part of an issue → the first version that shows it."""


def has(version: str | None, path: str) -> bool:
    """Does a server of this version have the operation? github.com, None, has them all."""
    return all(_reached(version, since) for part, since in SINCE.items() if _in(part, path))


def shows(version: str | None, part: str) -> bool:
    """Does it show this part of an issue?"""
    return _reached(version, PARTS.get(part, (0, 0)))


def _in(part: str, path: str) -> bool:
    return part in path if part.endswith("/") else f"{part}/" in f"{path}/"


def _reached(version: str | None, since: tuple[int, int]) -> bool:
    if version is None:
        return True
    major, _, minor = version.partition(".")
    return (int(major), int(minor)) >= since
