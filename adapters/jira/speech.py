"""Mentions and keys of issues: what a text in Jira says ↔ canonical text. Pure.

Jira makes a link of each key of its own. In canonical text it is one: it leads there from
everywhere. People go by their own names there, where the settings name them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from adapters.jira.markup import Block, Markup
from adapters.references import JOINER, Scanner, stands_clear
from adapters.text.links import MENTION
from sync.model import Json

_NOBODY = r"(?!)"
_MARKUP = re.compile(r"([\\\[\]*_`<&~])")


@dataclass(frozen=True, slots=True)
class Speech:
    """How people speak of issues, and to each other, in one project."""

    project: str = ""
    """The project's key; "" where keys are not to be read."""
    site: str = ""
    """The address that people open Jira by."""
    users: Mapping[str, str] = field(default_factory=dict)
    """Canonical name of a person → what mentions name them by: accountId or user name."""
    cloud: bool = False
    """There, a key in a document is no link by itself, and mentions have words of their own."""

    def read(self, markdown: str) -> str:
        """A text of Jira's as canonical text, line by line."""
        people = {own: person for person, own in self.users.items()}

        def made(found: re.Match[str]) -> str:
            if found["key"]:
                return f"[{found['key']}]({self._address(found['key'])})"
            if found["person"]:  # words: not the person whom this would be elsewhere
                return f"@{JOINER}{found['calm']}{found['person']}"
            person = people.get(unquote(found["url"].removeprefix(MENTION)))
            mentions = found["url"].startswith(MENTION) and not found["image"]
            clear = mentions and re.match(r"[\w@/#[-]", _after(found)) is None
            clear = clear and re.match(r"[\w@)\]]", _before(found)) is None
            return f"@{person}" if person and clear else found.group()

        return self._scanner.change(markdown, made)

    def write(self, text: str) -> str:
        """Canonical text in words of Jira's, line by line."""

        def made(found: re.Match[str]) -> str:
            if found["key"]:
                return found["key"]
            if found["person"] and found["calm"]:
                return f"@{found['calm'][1:]}{found['person']}"
            if found["person"]:
                own = self.users[found["person"]]
                label = _MARKUP.sub(r"\\\1", found["person"] if self.cloud else own)
                return f"[@{label}]({MENTION}{quote(own)})"
            key, plain = found["label"], not found["image"] and not found["title"]
            plain = plain and not self.cloud and self._is_key(key) and stands_clear(found)
            return key if plain and found["url"] == self._address(key) else found.group()

        return self._scanner.change(text, made)

    @property
    def mentionable(self) -> frozenset[str]:
        """Whom canonical text may call."""
        return frozenset(self.users.values())

    @property
    def _scanner(self) -> Scanner:
        names = sorted(map(re.escape, self.users), key=len, reverse=True)
        people = "|".join(names) or _NOBODY
        key = rf"{re.escape(self.project)}-[1-9]\d{{0,8}}" if self.project else _NOBODY
        return Scanner(
            rf"(?P<at>(?<![\w@])@(?P<calm>{JOINER}*)(?P<person>(?-i:{people}))(?![\w@/\#-]))"
            rf"|(?P<key>(?<![\w/\[-])(?-i:{key})(?![\w-]))",
            rf"@|\]\(|{re.escape(self.project)}-\d" if self.project else r"@|\]\(",
        )

    def _is_key(self, label: str) -> bool:
        return re.fullmatch(rf"{re.escape(self.project)}-[1-9]\d{{0,8}}", label) is not None

    def _address(self, key: str) -> str:
        return f"{self.site}/browse/{key}"


def _before(found: re.Match[str]) -> str:
    return found.string[max(found.start() - 1, 0) : found.start()]


def _after(found: re.Match[str]) -> str:
    return found.string[found.end() : found.end() + 1]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A markup whose texts in Markdown are canonical."""

    markup: Markup
    speech: Speech

    def to_markdown(self, blocks: Sequence[Block]) -> str:
        return self.speech.read(self.markup.to_markdown(blocks))

    def from_markdown(self, markdown: str) -> list[Block]:
        return self.markup.from_markdown(self.speech.write(markdown))

    def hushed(self, blocks: Sequence[Block], known: frozenset[str]) -> list[Block]:
        return self.markup.hushed(blocks, known | self.speech.mentionable)

    def mentioned(self, blocks: Sequence[Block]) -> frozenset[str]:
        return self.markup.mentioned(blocks)

    def blocks(self, native: Json) -> list[Block]:
        return self.markup.blocks(native)

    def native(self, blocks: Sequence[Block]) -> Json:
        return self.markup.native(blocks)

    def heading(self, block: Block) -> tuple[int, str] | None:
        return self.markup.heading(block)

    def opened(self, block: Block, names: frozenset[str]) -> list[Block]:
        return self.markup.opened(block, names)

    def closes(self, block: Block) -> bool:
        return self.markup.closes(block)

    def is_list(self, block: Block) -> bool:
        return self.markup.is_list(block)

    def is_blank(self, block: Block) -> bool:
        return self.markup.is_blank(block)

    def ended(self, block: Block) -> Block:
        return self.markup.ended(block)

    def dump(self, blocks: Sequence[Block]) -> str:
        return self.markup.dump(blocks)

    def load(self, raw: str) -> list[Block]:
        return self.markup.load(raw)

    def rewritten(
        self, own: Sequence[Block], old: Sequence[Block], new: Sequence[Block]
    ) -> Iterator[list[Block]]:
        return self.markup.rewritten(own, old, new)

    def mended(self, own: Block, old: Block, new: Block) -> Block:
        return self.markup.mended(own, old, new)
