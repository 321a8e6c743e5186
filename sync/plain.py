"""Foreign text made harmless where people read it: no control characters, nothing hidden."""

from __future__ import annotations

import json
import re
import unicodedata

from sync.model import Json

JOINERS = "\u200c\u200d"  # format characters that spelling needs: Persian, Indic scripts, emoji
STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of what steers a terminal, turns the writing direction or hides text."""


def plain(text: str) -> str:
    """The text in one line, without characters that steer a terminal or hide others."""
    if text.isprintable() and "  " not in text:  # nearly every text: nothing to be taken out
        return text.strip()
    kept = "".join(
        char for char in text if char in JOINERS or unicodedata.category(char) not in ("Cf", "Cs")
    )
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", kept).strip()


def json_text(data: Json) -> str:
    """JSON for people and programs: sorted, and what steers a terminal written as an escape."""
    text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return "".join(
        json.dumps(char)[1:-1] if unicodedata.category(char) in STEERING and char != "\n" else char
        for char in text
    )
