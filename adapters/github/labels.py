"""A field's value ↔ the name of the label that carries it, reversibly. Pure.

`component:Back office` is read as "Back office", however people space it: `Component: Back office`.
GitHub trims names, and minds neither case nor what else stands in them; what it would trim, or
what would break a line, is written in per cents.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

MOST = 50
"""Characters that GitHub takes in a label's name."""
_UNSAFE = re.compile(r"\A\s+|\s+\Z|[\x00-\x1f\x7f-\x9f\u2028\u2029]|%(?=[0-9A-F]{2})")
_ESCAPED = re.compile(r"(?:%[0-9A-F]{2})+")


def name_of(namespace: str, value: str) -> str:
    """The label's name."""
    return f"{namespace}:{_UNSAFE.sub(_escape, value)}"


def namespace_of(label: str) -> str | None:
    """`priority` of "Priority: high"; None where the label has no namespace."""
    namespace, colon, value = label.partition(":")
    return namespace.strip().casefold() if colon and value.strip() else None


def value_of(label: str) -> str:
    """`high` of "priority: high"."""
    return _ESCAPED.sub(_unescape, label.partition(":")[2].strip())


def _escape(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode())


def _unescape(match: re.Match[str]) -> str:
    """What is no text in UTF-8 was never escaped."""
    try:
        return unquote_to_bytes(match.group()).decode()
    except UnicodeDecodeError:
        return match.group()
