"""An edit in Jira's text arrives in the canonical one, and changes no line there but its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.text import normal_form, wiki_to_markdown
from sync.texts import replay
from tests.shared import shared_lines
from tests.text.said import said

WORD = re.compile(r"(?m)^([A-Z][a-z]+ [a-z]+) ([a-z]{4,}) ")
EVERY = 15


def texts() -> Iterator[tuple[str, str]]:
    """Some of the descriptions of a real project, in Jira's markup."""
    for number, issue in enumerate(shared_lines("data/jira-project.jsonl.gz")):
        if not number % EVERY and (issue["description"] or "").strip():
            yield issue["key"], issue["description"]


def edits(wiki: str) -> Iterator[tuple[str, str]]:
    yield "a paragraph more", f"{wiki.rstrip()}\n\nAdded paragraph."
    if WORD.search(wiki) and "{" not in wiki:
        yield "a word", WORD.sub(r"\1 edited ", wiki, count=1)


def other_spelling(markdown: str) -> str:
    """The text with other bullets, and other signs of emphasis."""
    return re.sub(r"(?m)^( *)- ", r"\1* ", markdown).replace("**", "__")


def lines_gone(old: str, new: str) -> set[str]:
    return set(old.split("\n")) - set(new.split("\n"))


def test_an_edit_in_jira_changes_its_own_lines_of_the_canonical_text() -> None:
    wrong = []
    for name, wiki in texts():
        old = wiki_to_markdown(wiki).strip("\n")
        for spelt in (old, other_spelling(old)):
            if normal_form(spelt) != normal_form(old):
                continue  # within code, say, it would be another text
            for what, edited in edits(wiki):
                got = replay(spelt, old, wiki_to_markdown(edited).strip("\n"))
                if got is None or len(lines_gone(spelt, got)) > (what == "a word"):
                    wrong.append((name, what))
                elif said(got) - said(spelt) == said("") and edited != wiki:
                    wrong.append((name, f"{what} did not arrive"))
    assert wrong == []
