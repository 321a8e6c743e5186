"""Foreign text made fit to be shown: on one line, cut, and without a credential."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote, quote_plus

EXCERPT = 200
"""Characters of a foreign text that a message holds."""
SHORTEST = 4
"""Characters that a secret has at least; what is shorter would blank out ordinary words."""


class Scrubber:
    """Takes these secrets out of texts, however they are encoded, and what looks like one."""

    PATTERNS = (
        re.compile(r"(?i)\b(bearer|basic|token)\s+(?=\S*\d)[\w.~+/=-]{8,}"),
        re.compile(r"(?i)\b((?:access_|api_)?token|key|secret|password|jwt|sig)=[^&\s\"']+"),
        re.compile(r"\b(gh[opsur]_|github_pat_|ATATT)[\w=+/-]{8,}"),
    )

    def __init__(self, secrets: Sequence[str]) -> None:
        known = [secret for secret in secrets if len(secret) >= SHORTEST]
        pairs = [f"{user}:{password}" for user in known for password in known]
        forms = {form for secret in known for form in _forms(secret)}
        forms |= {form for pair in pairs for form in _base64(pair)}
        self._forms = sorted(forms, key=len, reverse=True)
        self._longest = len(self._forms[0]) if self._forms else 0

    def __call__(self, text: str, most: int = EXCERPT) -> str:
        """At most `most` characters of the text, on one line, without anything secret."""
        room = 20 * most + self._longest  # before the search, for speed; after it, to the length
        cut = len(text) > room
        text = text[:room]
        for form in self._forms:
            text = text.replace(form, "***")
        if cut:  # at its end may stand the beginning of a secret
            text = text[: max(0, len(text) - self._longest)]
        for pattern in self.PATTERNS:
            text = pattern.sub(r"\1 ***", text)
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return line if len(line) <= most else line[: most - 1] + "…"


def _forms(secret: str) -> Iterator[str]:
    """As it stands, in an address, in a header, in JSON, in a Python message, in HTML."""
    addressed = (quote(secret, safe=""), quote(secret), quote_plus(secret))
    yield from (secret, *addressed, *_base64(secret))
    yield from (re.sub("%..", lambda found: found[0].lower(), text) for text in addressed)
    yield from (json.dumps(secret)[1:-1], repr(secret)[1:-1], html.escape(secret))


def _base64(text: str) -> Iterator[str]:
    """In both alphabets, with and without the signs at its end, which not everybody writes."""
    data = text.encode()
    for coded in (base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()):
        yield from (coded, coded.rstrip("="))
