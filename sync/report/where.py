"""Where to look at a finding: what each tracker calls its item, and the address there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import quote, urlsplit

from sync.model import ItemId, TrackerName
from sync.plan import Finding
from sync.report.markdown import code

_KEPT = "/:?#[]@!$&'*+,;=%~"
"""What an address keeps as it is; all else that is no letter or digit of ASCII is written by its
bytes, so that nothing in it can end a link, a cell or an attribute."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a tracker calls an item."""

    tracker: TrackerName
    key: str
    url: str | None = None
    """Where people read it; None: nowhere that can be linked."""


Keys: TypeAlias = Mapping[ItemId, tuple[Key, ...]]
"""Of every item, by tracker."""
NO_KEYS: Keys = MappingProxyType({})


def where(finding: Finding, keys: Keys) -> tuple[Key, ...]:
    known = {key.tracker: key for key in keys.get(finding.item or "", ())}
    return tuple(known.get(name, Key(name, key)) for name, key in sorted(finding.keys.items()))


def address(key: Key) -> str | None:
    """The key's address where it is one of the web; what is no character of one is escaped."""
    if key.url is None or not key.url.startswith(("https://", "http://")):
        return None
    return quote(key.url, safe=_KEPT)


def link(key: Key) -> str:
    """In Markdown. A comment on GitHub that links to an issue leaves a mention on that issue; by
    `redirect.github.com` it does not (docs.github.com, "Autolinked references and URLs")."""
    to = address(key)
    if to is None:
        return code(key.key)
    if urlsplit(to).hostname == "github.com":
        to = to.replace("github.com", "redirect.github.com", 1)
    return f"[{code(key.key)}](<{to.replace('&', '&amp;')}>)"
