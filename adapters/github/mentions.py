"""Mentions, references and closing words: what an issue says ↔ canonical text. Pure.

What is live on GitHub and means something elsewhere is canonical: `#12` is a link, `@login` the
person's own name. What comes from elsewhere and would be taken for something here is made harmless
by a word joiner, and comes back as it was: a copy calls nobody and closes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from adapters.references import JOINER, Scanner, respelt, stands_clear

_REFERENCE = (
    rf"(?:(?:[\w.-]+/[\w.-]+)?\#{JOINER}*\d|GH-{JOINER}*\d|https?://\S+/(?:issues|pull)/\d"
    r"|\[[^\[\]]*\]\(https?://\S+/(?:issues|pull)/\d)"
)
# https://docs.github.com/issues/tracking-your-work-with-issues/linking-a-pull-request-to-an-issue
# https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
_PATTERN = rf"""
      (?P<at>(?<![\w@])@(?P<calm>{JOINER}*)(?P<name>[a-z0-9][\w/-]*))
    | (?P<keyword>\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?))(?P<broken>{JOINER}*)
      (?=:?[ \t]+{_REFERENCE})
    | (?P<far>(?<![\w/.@-])(?P<repository>[\w.-]+/[\w.-]+)\#(?P<far_number>\d{{1,9}})(?!\w))
    | (?P<near>(?<![\w&])(?P<sign>\#|GH-)(?P<apart>{JOINER}*)(?P<number>\d{{1,9}})(?!\w))
"""
_HINT = r"@|\#|GH-|(?:close|fix|resolve)"
_LOGIN = re.compile(r"[a-z0-9](?:[\w-]*\w)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Speech:
    """How people speak of issues, and to each other, in one repository."""

    repository: str = ""
    """`acme/shop`; "" where references are not to be read."""
    web: str = "https://github.com"
    """The address that pages of repositories are below."""
    users: Mapping[str, str] = field(default_factory=dict)
    """Canonical name of a person → login."""

    def read(self, raw: str) -> str:
        """What an issue says as canonical text, line by line."""
        people = {login.casefold(): person for person, login in self.users.items()}

        def made(found: re.Match[str]) -> str:
            if found["link"]:
                return _in_label(found, self._calmed)
            if found["near"]:
                return self._near(found)
            if found["far"]:
                linked = self.repository and found["repository"].count("/") == 1
                issue = f"{found['repository']}/issues/{found['far_number']}"
                return f"[{found['far']}]({self.web}/{issue})" if linked else found["far"]
            if found["keyword"]:
                return found["keyword"] + found["broken"][1:]
            return self._person(found, people)

        return self._scanner.change(raw, made)

    def write(self, text: str, shown: Iterable[str] = ()) -> str:
        """Canonical text as an issue is to say it, line by line.

        Mentions and closing words that `shown` has live stay so.
        """
        live = {word for old in shown for word in self._live(old)}

        def made(found: re.Match[str]) -> str:
            if found["link"]:
                return self._short(found) or _in_label(found, _stilled)
            if found["near"]:
                return f"{found['sign']}{JOINER}{found['apart']}{found['number']}"
            if found["far"]:
                return found["far"]
            if found["keyword"]:
                calm = "" if found["keyword"].casefold() in live and not found["broken"] else JOINER
                return found["keyword"] + calm + found["broken"]
            return self._login(found, live)

        return self._writer.change(text, made)

    def encode(self, text: str, shown: str) -> str:
        """Canonical text as an issue is to say it; lines that `shown` has are as they are there."""
        return respelt(text, shown, self.read, self.write(text, [shown]))

    def decode(self, shown: str, present: str) -> str:
        """What an issue says; `present` where that says the same."""
        said = self.read(shown)
        return (
            present if said != present and self.read(self.write(present, [shown])) == said else said
        )

    @property
    def _scanner(self) -> Scanner:
        return Scanner(_PATTERN, _HINT)

    @property
    def _writer(self) -> Scanner:
        """The longest names first, or one would be taken for another that it begins with."""
        names = "|".join(re.escape(name) for name in sorted(self.users, key=len, reverse=True))
        people = rf"(?P<person>(?<![\w@])@(?P<own>(?-i:{names}))(?![\w/@\#-]))|" if names else ""
        return Scanner(people + _PATTERN, _HINT)

    def _person(self, found: re.Match[str], people: Mapping[str, str]) -> str:
        name, calm = found["name"], found["calm"]
        if calm:
            return f"@{calm[1:]}{name}"
        goes_on = found.string[found.end() : found.end() + 1] in ("@", "#")
        login = None if goes_on else _LOGIN.match(name)
        if login and name[login.end() :].strip("-") == "" and login[0].casefold() in people:
            return f"@{people[login[0].casefold()]}{name[login.end() :]}"
        if name in self.users and self.repository:  # another person than who is called so here
            return f"[@{name}]({self.web}/{name})"
        return found["at"]

    def _login(self, found: re.Match[str], live: set[str]) -> str:
        groups = found.groupdict()
        if groups.get("person"):
            return f"@{self.users[groups['own']]}"
        if not found["calm"] and found["at"].casefold() in live:
            return found["at"]
        return f"@{JOINER}{found['calm']}{found['name']}"

    def _near(self, found: re.Match[str]) -> str:
        if found["apart"]:
            return f"{found['sign']}{found['apart'][1:]}{found['number']}"
        before = found.string[max(found.start() - 1, 0) : found.start()]
        if not self.repository or before in ("/", "#", "@", "-", "\\", "["):
            return found["near"]
        return f"[{found['near']}]({self.web}/{self.repository}/issues/{found['number']})"

    def _short(self, found: re.Match[str]) -> str | None:
        """The reference that a link was read from."""
        label = found["label"]
        if not stands_clear(found) or found["title"] or found["image"] or label.startswith("@"):
            return None
        read = self.read(label)
        return label if read == found["link"] and read != label else None

    def _live(self, shown: str) -> list[str]:
        """The mentions and closing words, folded, that are not broken."""
        found = self._scanner.find(shown)
        words = [one["keyword"] or one["at"] for one in found if not (one["broken"] or one["calm"])]
        return [word.casefold() for word in words if word]

    @staticmethod
    def _calmed(label: str) -> str:
        return re.sub(rf"(?<![\w@])@{JOINER}(?={JOINER}*[a-z0-9])", "@", label, flags=re.IGNORECASE)


def _stilled(label: str) -> str:
    return re.sub(rf"(?<![\w@])@(?={JOINER}*[a-z0-9])", f"@{JOINER}", label, flags=re.IGNORECASE)


def _in_label(found: re.Match[str], made: Callable[[str], str]) -> str:
    """The link with another label; a picture's has no life."""
    if found["image"]:
        return found["link"]
    start = found.start("label") - found.start()
    end = found.end("label") - found.start()
    link = found["link"]
    return f"{link[:start]}{made(found['label'])}{link[end:]}"


def still(text: str, shown: Iterable[str] = ()) -> str:
    """The text with mentions, references and closing words broken, but for those of `shown`."""
    return Speech().write(text, shown)
