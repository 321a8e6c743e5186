"""Addresses: which are safe to link, how they are spelled, and where a bare one stands in text."""

from __future__ import annotations

import re
from urllib.parse import quote

MENTION = "jira-user:"
"""In Markdown, the scheme of a link that is a mention; the user's id follows."""
ATTACHMENT = "jira-attachment:"
"""In Markdown, the scheme of a link or picture that is a file attached to the issue."""
UNSAFE = re.compile(r"^(?:javascript|vbscript|data):", re.IGNORECASE)
"""Schemes whose links run something. Their text stays, the link does not."""
AWKWARD = re.compile(r"[\x00-\x20\x7f-\xa0<>|\[\]{}\\^\"`\u1680\u2000-\u200b\u2028-\u202f\u3000]")
BARE = re.compile(r"(?<![\w/])https?://[^\s<>|\[\]{}\\^\"`\x00-\x1f]+")


def is_safe(url: str) -> bool:
    return not UNSAFE.match("".join(url.split()))


def tidy_url(url: str) -> str:
    """The address with the characters percent-encoded that Markdown or wiki markup would read.

    Tabs and line ends go, as browsers drop them.
    """
    return AWKWARD.sub(lambda found: quote(found[0]), re.sub(r"[\t\r\n]", "", url.strip()))


def find_bare(text: str, start: int = 0) -> tuple[int, int] | None:
    """The next bare address in the text, as its start and end."""
    found = BARE.search(text, start)
    while found:
        end = _trimmed(text, found.start(), found.end())
        if end > found.start() + len("https://"):
            return found.start(), end
        found = BARE.search(text, found.end())
    return None


def _trimmed(text: str, start: int, end: int) -> int:
    """Where the address ends without the punctuation of the sentence around it."""
    surplus = text.count(")", start, end) - text.count("(", start, end)
    while end > start:
        last = text[end - 1]
        if last == ")" and surplus > 0:
            surplus -= 1
        elif last not in "?!.,:;*_~'&":
            break
        end -= 1
    return end
