"""Canonical values ↔ the options of one field of Jira. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from adapters.values import Vocabulary
from sync.model import FieldName
from sync.tracker import Unmapped

SEPARATOR = " / "
_HIDDEN = re.compile(r"\\|(?<![^ ])/|/(?![^ ])")
"""What would be taken for a separator, or for its escape."""
_PART = re.compile(r"\\(.)|( / )|(.)", re.DOTALL)


class Words:
    """What the options of one field say; names have no case and no spelling of their own here.

    An option that is not offered (a disabled one) is read all the same, and kept where it is.
    """

    def __init__(
        self,
        name: FieldName,
        offered: Sequence[str] | None,
        configured: Mapping[str, str] | None = None,
        remedy: str = "make it in Jira, or enable it where it is disabled",
    ) -> None:
        """`offered`: None where Jira does not tell, and is asked by writing."""
        self.name, self._remedy = name, remedy
        self._usual = Vocabulary(name, None, configured)
        self.configured = self._usual.configured
        self._offered = None if offered is None else tuple(dict.fromkeys(offered))

    @property
    def natives(self) -> tuple[str, ...]:
        return self._usual.natives if self._offered is None else self._offered

    def decode(self, native: str, present: object = None) -> str:
        """The canonical value of an option."""
        return self._usual.decode(native, present)

    def encode(self, value: str, shown: object = None) -> str:
        """The option to be shown: `shown` if it says the value already. Raises Unmapped."""
        if isinstance(shown, str) and self.decode(shown, value) == value:
            return shown
        if self._offered is None:
            return self._usual.encode(value)
        if choices := self.choices(value):
            return choices[0]
        offered = ", ".join(map(repr, self._offered)) or "none"
        raise Unmapped(self.name, value, f"Jira offers {offered}; {self._remedy}")

    def choices(self, value: str) -> tuple[str, ...]:
        """All options that can stand for the value, the best first."""
        wanted = self.configured.get(value)
        found = [n for n in self._offered or () if self.decode(n, value) == value]
        return tuple(sorted(found, key=lambda native: (native != wanted, native != value)))

    def missing(self) -> dict[str, str]:
        """Configured values whose option Jira does not offer: canonical → that option."""
        if self._offered is None:
            return {}
        folded = {native.casefold() for native in self._offered}
        told = self.configured.items()
        return {value: native for value, native in told if native.casefold() not in folded}


def joined(parts: Sequence[str]) -> str:
    """An option with the one below it, as one line: `Parent / Child`.

    A slash in a name that stands beside a space or at an end is written `\\/`, a backslash `\\\\`.
    """
    return SEPARATOR.join(_HIDDEN.sub(lambda found: f"\\{found[0]}", part) for part in parts)


def parted(line: str) -> list[str]:
    """The names that `joined` joined."""
    parts = [""]
    for found in _PART.finditer(line):
        if found[2]:
            parts.append("")
        else:
            parts[-1] += found[1] or found[3]
    return parts
