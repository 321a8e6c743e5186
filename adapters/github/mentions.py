"""Text from elsewhere made harmless: a copy calls nobody and closes nothing. Reversible."""

from __future__ import annotations

import re
from collections.abc import Iterable

JOINER = "\u2060"
"""A word joiner: not to be seen, and the end of what GitHub reads as a mention."""

_REFERENCE = r"(?:(?:[\w.-]+/[\w.-]+)?\#\d|GH-\d|https?://\S+/(?:issues|pull)/\d)"
_CLOSES = rf"(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?){{0}}(?=:?[ \t]+{_REFERENCE})"
# https://docs.github.com/issues/tracking-your-work-with-issues/linking-a-pull-request-to-an-issue
_LIVE = re.compile(
    rf"""
      (?P<still>
        ^[ ]{{0,3}}(?P<fence>`{{3,}}|~{{3,}})[^\n]*\n(?:.*?\n)??[ ]{{0,3}}(?P=fence)[`~]*[ \t]*$
      | (?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)
      | \bhttps?://[^\s<>]+
      )
    | (?P<mention>(?<![\w@])@[a-z0-9][\w/-]*)
    | (?P<closes>\b{_CLOSES.format("")})
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_STILLED = re.compile(
    rf"@{JOINER}(?=[a-z0-9])|\b{_CLOSES.format(JOINER)}", re.VERBOSE | re.IGNORECASE
)


def still(text: str, shown: Iterable[str] = ()) -> str:
    """The text with mentions and closing words broken, but for those that `shown` has live."""
    live = {match.group().casefold() for old in shown for match in _found(old)}

    def break_up(match: re.Match[str]) -> str:
        word = match.group()
        if match["still"] or word.casefold() in live:
            return word
        return f"@{JOINER}{word[1:]}" if match["mention"] else f"{word}{JOINER}"

    return _LIVE.sub(break_up, text)


def revive(text: str) -> str:
    """The text as it was before `still`."""
    return _STILLED.sub(lambda match: match.group().replace(JOINER, ""), text)


def _found(text: str) -> Iterable[re.Match[str]]:
    return (match for match in _LIVE.finditer(text) if not match["still"])
