"""What a record says of itself: that it is the record of another tracker, by key or address. Pure.

Only what can hardly mean anything else counts: a key at either end of the title, an address on a
line of its own. What a text mentions within its sentences, it may as well depend on, or follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_KEY = r"[A-Za-z0-9][\w./-]{0,140}?[#-]\d{1,10}"
_FIRST = re.compile(rf"\s*(?:[\[(]({_KEY})[\])]|({_KEY})(?::|\s[-–—|])\s)")
_LAST = re.compile(rf"[\[(]({_KEY})[\])]\s*\Z")
_LONG = 500
"""Characters of a line that says more than an address."""
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]|\"'\\]+")
_SAYS = re.compile(
    r"(?:(?:jira|github|git|issue|ticket|story|task|bug|upstream|downstream|source|original|origin"
    r"|mirror(?:ed)?|twin|tracked|tracker|tracking|synced|imported|migrated|copied|copy|link|url"
    r"|this|is|also|the|a|of|in|on|at|from|by|as|key|id)\b|[^\w\s]|\s)*",
    re.IGNORECASE,
)
"""What may stand beside an address for its line to say no more than where the record is."""


def keys_in_title(title: str) -> frozenset[str]:
    """`SHOP-12` of `[SHOP-12] Pay by card`, `SHOP-12: Pay by card`, `Pay by card (SHOP-12)`."""
    found = (_FIRST.match(title), _LAST.search(title))
    return frozenset(key for one in found if one for key in one.groups() if key)


def addresses(text: str) -> frozenset[str]:
    """All that a text of any markup names, as it stands."""
    return frozenset(_bare(found) for found in _ADDRESS.findall(text))


def own_addresses(text: str) -> Iterator[str]:
    """Of a Markdown text, the addresses on lines that say nothing else: `Jira: <https://…>`.

    A link's own words are the address, or a key: `[SHOP-12](https://…)`.
    """
    for line in text.splitlines():
        if len(line) > _LONG:
            continue
        found = {_bare(one) for one in _ADDRESS.findall(line)}
        if len(found) == 1:
            rest = re.sub(_KEY, "", _ADDRESS.sub("", line))
            if _SAYS.fullmatch(rest):
                yield from found


def _bare(address: str) -> str:
    """Without what ends a sentence rather than the address."""
    return address.rstrip("/.,;:!?*_~`")
