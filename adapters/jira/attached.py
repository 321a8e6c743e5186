"""Attachments as links to where they are. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from sync.model import Json

AT = "/secure/attachment/"


def show(told: Json, site: str) -> list[str]:
    """`[name](address)` of each, sorted. The address is the one that people open."""
    return sorted(_link(one, site) for one in told or ())


def _link(one: Json, site: str) -> str:
    name = str(one["filename"])
    words = "".join(f"\\{c}" if c in "\\[]" else c for c in " ".join(name.split()))
    return f"[{words}]({address(one, site)})"


def address(one: Json, site: str) -> str:
    """Where people open it."""
    return f"{site}{AT}{one['id']}/{quote(str(one['filename']), safe='')}"


def read(shown: Iterable[str], held: frozenset[str], site: str) -> frozenset[str]:
    """What is shown, and what is elsewhere: that is never shown here."""
    return frozenset(shown) | {link for link in held if f"]({site}{AT}" not in link}
