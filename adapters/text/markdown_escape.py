"""Escapes text so that Markdown reads it as itself: as little as will do, for people read it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it.rules_block.html_block import HTML_SEQUENCES

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
SPECIAL = re.compile(r"\\|`|\*+|_+|~+|\[|\]|<|&|!")
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
LINE_START = re.compile(
    r"(?:#{1,6}(?=[ \t]|$)|>|[-+*](?=[ \t]|$)|=+[ \t]*$|~~~|-[-\t ]*$|\*[*\t ]*$|_[_\t ]*$"
    r"|(?P<number>\d{1,9})[.)](?=[ \t]|$))"
)
DEFINITION = re.compile(r"\[(?!\^)(?:\\.|[^\[\]\\])*\]:", re.DOTALL)
DELIMITER_ROW = re.compile(r"[|:-][|:\- \t]*$")
CLOSING_HASHES = re.compile(r"(?:^|(?<=[ \t]))#+$")


@dataclass(frozen=True, slots=True)
class Around:
    """What of the whole line decides which characters need an escape."""

    brackets: bool = False
    """May an opening bracket start a link?"""
    marks: str = "*_~"
    """The signs of which there are several: one may start what another ends."""
    delimiters: str = "_"
    """The signs that do so in this paragraph."""

    @classmethod
    def of(cls, whole: str, delimiters: str) -> Around:
        """From the text of the whole paragraph, and the delimiters that it has."""
        several = [sign for sign in "*~" if len(re.findall(f"\\{sign}+", whole)) > 1]
        brackets = "](" in whole or "][" in whole
        return cls(brackets, "".join(several) + delimiters, delimiters)


def escape(content: str, around: Around, before: str, after: str, *, link: bool = False) -> str:
    """The text escaped; before and after are the characters next to it, "" for none."""

    def replaced(found: re.Match[str]) -> str:
        start, end = found.span()
        previous = content[start - 1] if start else before
        following = content[end] if end < len(content) else after
        if found[0] in "[]" and link:
            return "\\" + found[0]
        if _needs(found, previous, following, around):
            return "".join("\\" + char for char in found[0])
        return found[0]

    return SPECIAL.sub(replaced, content)


def _needs(found: re.Match[str], previous: str, following: str, around: Around) -> bool:
    blank = not previous.strip() and not following.strip()
    match found[0][0]:
        case "\\":
            return not following or following in PUNCTUATION
        case "*":
            return "*" in around.marks and not blank
        case "_":
            opens = following.strip() != "" and not previous.isalnum()
            closes = previous.strip() != "" and not following.isalnum()
            return opens or (closes and "_" in around.delimiters)
        case "~":
            return ("~" in around.marks and not blank) or "~" in (previous, following)
        case "[":
            return around.brackets
        case "]":
            return False
        case "<":
            return following.isalpha() or (following != "" and following in "/!?")
        case "&":
            return bool(ENTITY.match(found.string, found.start()))
        case "!":
            return following == "["
    return True


def escape_line_start(line: str, *, first: bool) -> str:
    """The written line, so that it starts no block. `first`: of its paragraph."""
    found = LINE_START.match(line)
    if found and found["number"]:
        end = found.end("number")
        return f"{line[:end]}\\{line[end:]}"
    if found or (not first and DELIMITER_ROW.match(line)):
        return "\\" + line
    if any(start.search(line) for start, _, interrupts in HTML_SEQUENCES if first or interrupts):
        return "&#32;" + line  # a blank that the reader strips again
    return line
