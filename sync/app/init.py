"""Settings for a start: from a few answers, and from what the trackers hold already."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from uuid import uuid4

from jinja2 import Environment, StrictUndefined, Template

from adapters.scrub import Scrubber
from config.load import load
from config.problems import ConfigError
from config.schema import Backlog
from config.secrets import Secret, SecretError
from sync.app.build import Surroundings
from sync.app.survey import Found, Space, Words, look_around
from sync.model import FieldName
from sync.plain import plain

SURE = "the same e-mail address"
"""Why two accounts are one person beyond doubt."""
JIRA_CARRIERS = {"status": "status", "priority": "field/priority"}
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/.-]*")
"""Text that YAML takes as it stands, but for its own words."""
WORDS = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null|nan|inf)")
LONGEST = 400
"""Characters of a comment."""


@dataclass(frozen=True, slots=True)
class JiraAnswers:
    url: str
    project: str
    token: str
    """env/NAME or file/PATH, as all credentials."""
    email: str | None = None


@dataclass(frozen=True, slots=True)
class GitHubAnswers:
    repository: str
    token: str
    url: str | None = None
    project: int | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person says."""

    backlog: str
    state: str
    jira: JiraAnswers | None = None
    github: GitHubAnswers | None = None
    files: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What is proposed for one field."""

    jira: Words | None
    space: Space | None
    carrier: str | None


class Unfit(Exception):
    """Answers that no settings can be made of; one line for each."""


class Exists(Exception):
    """There are settings already."""


def init(answers: Answers, path: Path, around: Surroundings, *, force: bool = False) -> Found:
    """Writes settings of these answers, with maps proposed from trackers that can be read.

    Raises Unfit, Exists, and OSError where the folder takes no file.
    """
    if not force and path.exists():
        raise Exists(f"{path} is there already; --force writes over it")
    backlog = _fitting(render(answers, Found()), answers, path.parent)
    found = look_around(backlog, around)
    text = render(answers, found)
    _fitting(text, answers, path.parent)
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Exists(f"{path} has come to be there meanwhile") from None
    return found


def _fitting(text: str, answers: Answers, folder: Path) -> Backlog:
    """The backlog as it loads in that folder, where relative paths start from."""
    tried = folder / f".onebacklog-{uuid4().hex}.yaml"
    try:
        with tried.open("x", encoding="utf-8") as file:
            file.write(text)
        return load(tried).backlogs[answers.backlog]
    except ConfigError as error:
        problems = (f"{one.path}: {one.message}; {one.remedy}" for one in error.problems)
        raise Unfit("\n".join(dict.fromkeys(problems))) from None
    finally:
        tried.unlink(missing_ok=True)


def secrets_of(answers: Answers, around: Surroundings) -> tuple[str, ...]:
    """The credentials that the answers name, as far as they are there: for a log without them."""
    jira, github = answers.jira, answers.github
    named: tuple[str | None, ...] = (jira.token, jira.email) if jira else ()
    named += (github.token,) if github else ()
    found = []
    for text in filter(None, named):
        source, _, name = text.partition("/")
        try:
            found.append(around.fetch(Secret("env" if source == "env" else "file", name)))
        except SecretError:
            continue  # said where it is needed
    return tuple(found)


def render(answers: Answers, found: Found) -> str:
    """The settings as text; whatever trackers call things, it cannot break out of its place."""
    return _template().render(
        answers=answers,
        found=found,
        fields=dict(_entries(found)),
        sure=[one for one in found.users if one.why == SURE],
        likely=[one for one in found.users if one.why != SURE],
    )


def _entries(found: Found) -> Iterator[tuple[FieldName, Entry]]:
    for name in dict.fromkeys((*found.words, *found.spaces)):
        words = found.words.get(name)
        words = words if words and words.values else None
        space = found.spaces.get(name)
        if words or space:
            yield name, Entry(words, space, JIRA_CARRIERS.get(name))


@cache
def _template() -> Template:
    # It is YAML, no HTML: the filters below keep foreign text in its place.
    environment = Environment(  # noqa: S701 # nosec B701
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters |= {"scalar": scalar, "said": said}
    text = files("sync.app").joinpath("init.yaml.jinja").read_text(encoding="utf-8")
    return environment.from_string(text)


def scalar(text: str) -> str:
    """The text as YAML, on one line: bare where that is sure, else in double quotes."""
    if PLAIN.fullmatch(text) and not WORDS.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escape(char) for char in quoted)


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x1_0000 else f"\\U{code:08x}"


def said(text: str) -> str:
    """Foreign text as a part of a comment."""
    line = "".join(char if char.isprintable() else " " for char in plain(text))
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def looks_secret(text: str) -> bool:
    """Is that a credential itself, and not the name of where one is?"""
    return Scrubber(())(text) != text
