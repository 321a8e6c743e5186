"""Attachments as Markdown links, and what copies of them are called. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

LARGEST = 25_000_000
"""Bytes of a file that is copied: it is held in memory as a whole."""
LONGEST = 200
"""Bytes of a copy's name, without the number that it may get; file systems take 255."""
COPYABLE = "attachments"
"""The field whose files are copied."""
_LINK = re.compile(
    r"\[(?P<label>(?:\\.|[^\\\[\]])*)\]"
    r"\((?:<(?P<angled>[^<>\n]+)>|(?P<plain>(?:[^\s()<>\"]|\([^\s()<>\"]*\))+))"
    r'(?:\s+"(?P<title>[^"\\\n]*)")?\)'
)
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
"""Names that mean something else to Windows."""


@dataclass(frozen=True, slots=True)
class Link:
    """`[label](address "title")`, each as it is written."""

    label: str
    address: str
    title: str | None = None

    @classmethod
    def parse(cls, text: str) -> Link | None:
        """None where the text is anything else than one link."""
        found = _LINK.fullmatch(text.strip())
        if found is None:
            return None
        return cls(found["label"], found["angled"] or found["plain"], found["title"])

    @property
    def words(self) -> str:
        """The label as people read it."""
        return re.sub(r"\\(.)", r"\1", self.label)


def leads_to(text: str, beginnings: Collection[str]) -> bool:
    """Is this a link to one of the places that attachments are copied from?"""
    link = Link.parse(text) if beginnings else None
    return link is not None and link.address.startswith(tuple(beginnings))


def fingerprint(link: str) -> str:
    """What a copy is known by to be one of this link's file."""
    return hashlib.sha256(link.encode()).hexdigest()[:16]


def named(link: str) -> str:
    """What messages call the file of a link: its label, or the link as it is."""
    found = Link.parse(link)
    return (found.words if found else link)[:80]


def file_name(said: str) -> str:
    """A name that any system takes, and that leads nowhere: `../a:b?.pdf` is `a_b_.pdf`."""
    text = unicodedata.normalize("NFC", said).replace("\\", "/").rpartition("/")[2]
    text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(re.sub(r'[:*?"<>|]', "_", text).split()).strip(". ")
    stem, dot, ending = text.rpartition(".")
    if dot and len(ending.encode()) <= 16:
        text = f"{_cut(stem, LONGEST - 17)}.{ending}"
    else:
        text = _cut(text, LONGEST)
    return f"_{text}" if not text or _RESERVED.fullmatch(text) else text


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore").rstrip(". ")


def free(name: str, taken: Collection[str]) -> str:
    """The name, or with a number before its ending where it is taken: `a-2.pdf`."""
    used = {folded(one) for one in taken}
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, f".{ending}") if dot and stem else (name, "")
    number, tried = 1, name
    while folded(tried) in used:
        number += 1
        tried = f"{stem}-{number}{ending}"
    return tried


def folded(name: str) -> str:
    """As names are compared: systems differ in case and composition."""
    return unicodedata.normalize("NFC", name).casefold()


def too_large(name: str, size: int, most: int) -> str:
    """Why a file is not copied."""
    return f"{name} has {size:,} bytes, and {most:,} are the most that are copied"
