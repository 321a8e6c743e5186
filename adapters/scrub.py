"""Foreign text made fit to be shown: on one line, cut, and without a credential."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from urllib.parse import quote

EXCERPT = 200
"""Characters of a foreign text that a message holds."""
SHORTEST = 4
"""Characters that a secret has at least; what is shorter would blank out ordinary words."""


class Scrubber:
    """Takes these secrets out of texts, however they are encoded, and what looks like one."""

    PATTERNS = (
        re.compile(r"(?i)\b(bearer|basic|token)\s+(?=\S*\d)[\w.~+/=-]{8,}"),
        re.compile(r"(?i)\b((?:access_|api_)?token|key|secret|password|jwt|sig)=[^&\s\"']+"),
    )

    def __init__(self, secrets: Sequence[str]) -> None:
        known = [secret for secret in secrets if len(secret) >= SHORTEST]
        forms = {form for secret in known for form in _forms(secret)}
        forms |= {_base64(f"{user}:{password}") for user in known for password in known}
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str, most: int = EXCERPT) -> str:
        """At most `most` characters of the text, on one line, without anything secret."""
        text = text[: 20 * most]  # before the search, for speed; after it, to the length
        for form in self._forms:
            text = text.replace(form, "***")
        for pattern in self.PATTERNS:
            text = pattern.sub(r"\1 ***", text)
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return line if len(line) <= most else line[: most - 1] + "…"


def _forms(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), _base64(secret)}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
