"""The converters on real texts and on the specifications' examples: stable, and nothing lost.

No document is known to fail; those of SPELLED_OTHERWISE only look as if they did.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from adapters.text import (
    adf_to_markdown,
    markdown_to_adf,
    markdown_to_wiki,
    normal_form,
    wiki_to_markdown,
)
from tests.shared import shared, shared_lines
from tests.text.adf_rules import violations
from tests.text.said import said

NAMED = ("h1", "h2", "h3", "h4", "h5", "h6", "amp", "quot", "ndash")
Convert = Callable[[Any], Any]
PAIRS: tuple[tuple[Convert, Convert], ...] = (
    (markdown_to_wiki, wiki_to_markdown),
    (markdown_to_adf, adf_to_markdown),
)
SPELLED_OTHERWISE = ("0320", "0330")
"""Escapes in a language's name: kept, but not letter by letter."""


def corpus(kind: str) -> Iterator[tuple[str, str]]:
    root = shared(f"markup-corpus/{kind}")
    for path in sorted(root.rglob("*.*")):
        if path.is_file():
            text = path.read_bytes().decode(errors="replace")
            yield str(path.relative_to(root)), text


def adf_corpus() -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, json.loads(text)) for name, text in corpus("adf"))


def moving(documents: Iterable[tuple[str, Any]], there: Convert, back: Convert) -> list[str]:
    """The documents that a second round trip still changes."""
    names: list[str] = []
    for name, document in documents:
        first = there(document)
        second = back(first)
        third = there(second)
        if (first, second) != (third, back(third)):
            names.append(name)
    return names


def losing(documents: Iterable[tuple[str, str]], there: Convert, back: Convert) -> list[str]:
    """The Markdown documents of which a part is gone after a round trip."""
    return [name for name, text in documents if said(text) - said(back(there(text)))]


def issues() -> Iterator[tuple[str, str]]:
    for issue in shared_lines("data/jira-project.jsonl.gz"):
        yield issue["key"], issue["description"] or ""
        for comment in issue["comments"]:
            yield f"{issue['key']} {comment['id']}", comment["body"] or ""


def items() -> list[tuple[str, str]]:
    return [(item["id"], item["body"]) for item in shared_lines("data/backlog-items.jsonl.gz")]


def test_markdown_is_stable_after_one_round_trip() -> None:
    documents = list(corpus("markdown"))
    assert len(documents) > 900
    assert [moving(documents, there, back) for there, back in PAIRS] == [[], []]


def test_nothing_of_the_markdown_is_lost() -> None:
    documents = list(corpus("markdown"))
    known = {f"gfm-spec/{number}.md" for number in SPELLED_OTHERWISE}
    assert [set(losing(documents, there, back)) - known for there, back in PAIRS] == [set(), set()]


def test_wiki_markup_is_stable_after_one_round_trip() -> None:
    assert moving(corpus("wiki"), wiki_to_markdown, markdown_to_wiki) == []


def test_adf_is_stable_after_one_round_trip() -> None:
    assert moving(adf_corpus(), adf_to_markdown, markdown_to_adf) == []


def test_the_normal_form_of_a_normal_form_is_itself() -> None:
    texts = [normal_form(text) for _, text in corpus("markdown")]
    assert [text for text in texts if normal_form(text) != text] == []


def test_jira_takes_the_adf_written() -> None:
    broken = {name: violations(markdown_to_adf(text)) for name, text in corpus("markdown")}
    assert {name: rules for name, rules in broken.items() if rules} == {}


def test_adf_that_was_valid_stays_valid() -> None:
    valid = [(name, document) for name, document in adf_corpus() if not violations(document)]
    assert len(valid) > 240
    broken = [name for name, x in valid if violations(markdown_to_adf(adf_to_markdown(x)))]
    assert broken == []


def test_real_backlog_items_are_stable_and_whole() -> None:
    documents = items()
    for there, back in PAIRS:
        assert moving(documents, there, back) == []
        assert losing(documents, there, back) == []


def test_real_issues_of_jira_are_stable() -> None:
    documents = list(issues())[::12]
    assert moving(documents, wiki_to_markdown, markdown_to_wiki) == []


MACRO_WORDS = {"code", "noformat", "quote", "panel", "color", "lang", "title", "bq", *NAMED}
"""Words of the markup itself, that Markdown says by signs."""


def test_no_word_of_real_issues_and_comments_is_lost() -> None:
    """Every letter and digit of the source: addresses, code, tables, names of people and files."""
    lost: dict[str, set[str]] = {}
    for name, wiki in list(issues())[::8]:
        twice = re.sub(r"\[(https?://[^|\]\s]+)\|\1\]", r"\1", wiki)  # one address, said once
        gone = words(twice) - words(wiki_to_markdown(wiki))
        if left := set(gone) - MACRO_WORDS:
            lost[name] = left
    assert lost == {}


def words(source: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W_]+", source.lower()))


def test_real_issues_of_jira_are_stable_and_whole_when_they_go_on_to_adf() -> None:
    documents = [(name, wiki_to_markdown(text)) for name, text in list(issues())[::25]]
    assert moving(documents, markdown_to_adf, adf_to_markdown) == []
    assert losing(documents, markdown_to_adf, adf_to_markdown) == []
