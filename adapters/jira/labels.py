"""Labels as Jira takes them: without spaces, and read back exactly. Pure.

Jira refuses a label with a space in it, and keeps case. So white space is written as URLs write it
(`needs design` ↔ `needs%20design`), and a `%` only where it would be read as such a spelling
(`100%20` ↔ `100%2520`, but `100%` stays `100%`). Labels that people gave in Jira stay as they are:
`needs_design` is just that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from urllib.parse import quote, unquote

LONGEST = 255
"""Characters of one label. https://support.atlassian.com/jira/kb/"""
_SPACES = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_HEX = "[0-9A-Fa-f]{2}"
_ESCAPED = re.compile(rf"\s|%(?={_HEX})")
_SPELT = re.compile("|".join([*(quote(space) for space in _SPACES), rf"%25(?={_HEX})"]))


def spelt(label: str) -> str:
    """The label as Jira is given it."""
    return _ESCAPED.sub(lambda found: quote(found[0]), label)


def unspelt(native: str) -> str:
    """The label that a spelling says: `unspelt(spelt(label)) == label`."""
    return _SPELT.sub(lambda found: unquote(found[0]), native)


def written(labels: Collection[str], shown: Iterable[str]) -> set[str]:
    """The spellings of labels: what is shown of them as it is, though it be another spelling."""
    held = {native for native in shown if unspelt(native) in labels}
    said = {unspelt(native) for native in held}
    return held | {spelt(label) for label in labels if label not in said}
