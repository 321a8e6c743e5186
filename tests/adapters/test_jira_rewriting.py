"""A small edit in Markdown changes its own lines in Jira's text, and no other by a byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import count
from typing import Any

import pytest

from adapters.jira.document import compose, cut, same_text
from adapters.jira.markup import Adf, Wiki
from adapters.text import markdown_to_adf, wiki_to_markdown
from adapters.text.rewrite import rewrite_lines, rewrite_node
from tests.shared import shared_lines

WORD = re.compile(r"(?<![\w/<&\[(`.:@%#=\\-])[A-Za-z]{4,}(?![\w/>\])`.:@%;=-])")
FENCE = re.compile(r"\s*(?:>\s*)*(?:(?:[-*]|\d+\.)\s+)*(?:```|~~~)")


def texts(every: int) -> Iterator[tuple[str, str]]:
    """Each so many'th description, and comment, of a real project."""
    number = count()
    for issue in shared_lines("data/jira-project.jsonl.gz"):
        bodies = [(issue["key"], issue["description"])]
        bodies += [(f"{issue['key']} {one['id']}", one["body"]) for one in issue["comments"]]
        for name, body in bodies:
            if (body or "").strip() and not next(number) % every:
                yield name, body


def edits(markdown: str) -> Iterator[tuple[str, str, int]]:
    """Sorts of small edits, the text after each, and how many lines may be others."""
    yield "a paragraph more", f"{markdown}\n\nAdded paragraph.", 0
    lines = markdown.split("\n")
    words: list[int] = []
    in_code = False
    for at, line in enumerate(lines):
        if FENCE.match(line):
            in_code = not in_code
        elif not in_code and WORD.search(line) and not re.search(r"[<|\[`]|https?:", line):
            words.append(at)
    if words:
        at = words[len(words) // 2]
        edited = WORD.sub("edited", lines[at], count=1)
        yield "a word", "\n".join([*lines[:at], edited, *lines[at + 1 :]]), 1
    for at, line in enumerate(lines):
        if re.match(r"\s*- \[ \] ", line):
            ticked = line.replace("[ ]", "[x]", 1)
            yield "a tick", "\n".join([*lines[:at], ticked, *lines[at + 1 :]]), 1


def gone(old: str, new: str) -> list[str]:
    """The lines of the old text that the new one has no more."""
    before, after = old.split("\n"), new.split("\n")
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    codes = matcher.get_opcodes()
    return [line for tag, a, b, _, _ in codes if tag != "equal" for line in before[a:b]]


def too_much(name: str, raw: str) -> list[str]:
    """The edits that took more lines of this text than their own, or that did not arrive."""
    markup, wrong = Wiki(), []
    held = cut(markup, raw, "")
    markdown = markup.to_markdown(held.rest).strip("\n")
    for what, wanted, allowed in edits(markdown):
        written = compose(held, "", description=wanted)
        if not same_text(markup.to_markdown(markup.blocks(written)), wanted):
            wrong.append(f"{name}: {what} did not arrive")
        if len(gone(raw.rstrip(), written)) > allowed:
            wrong.append(f"{name}: {what} changed other lines")
    return wrong


def test_an_edit_of_a_real_text_changes_no_other_line_of_it() -> None:
    assert [wrong for name, raw in texts(every=29) for wrong in too_much(name, raw)] == []


def boxes(raw: str) -> str:
    """The text with tasks in the place of its bullets."""
    return re.sub(r"^(\*+) (?!\[[ x]\])", r"\1 [ ] ", raw, flags=re.MULTILINE)


def test_a_tick_in_a_real_text_changes_its_own_line_alone() -> None:
    ticked = [(name, boxes(raw)) for name, raw in texts(every=1) if re.search(r"^\* \w", raw, re.M)]
    assert len(ticked) > 150
    wrong = [wrong for name, raw in ticked[::6] for wrong in too_much(name, raw)]
    assert wrong == []


def as_kept(node: Any, ids: Iterator[int]) -> Any:
    """The node as Jira keeps it: with ids of its own, and with its marks in another order."""
    kept = dict(node)
    if node["type"] != "text":
        kept["attrs"] = {**(node.get("attrs") or {}), "localId": f"id-{next(ids)}"}
    if "marks" in node:
        kept["marks"] = node["marks"][::-1]
    if "content" in node:
        kept["content"] = [as_kept(each, ids) for each in node["content"]]
    return kept


def leaves(node: Any) -> Iterator[str]:
    for child in node.get("content") or ():
        yield from leaves(child)
    if not node.get("content"):
        yield repr(node)


def test_an_edit_changes_no_other_node_of_a_document() -> None:
    markup, wrong = Adf(), []
    for name, raw in texts(every=29):
        document = as_kept(markdown_to_adf(wiki_to_markdown(raw)), count(1))
        held = cut(markup, document, "")
        for what, wanted, _ in edits(markup.to_markdown(held.rest).strip("\n")):
            written = compose(held, "", description=wanted)
            before, after = list(leaves(document)), list(leaves(written))
            lost = [leaf for leaf in before if leaf not in set(after)]
            if len(lost) > (what != "a paragraph more"):
                wrong.append(f"{name}: {what}")
    assert wrong == []


KEPT = {
    "a line changes, its neighbours stay as they were": (
        "{code:lang=x}\na\n{code}\n\nb  \nc",
        "{code:x}\na\n{code}\n\nb\nc",
        "{code:x}\na\n{code}\n\nb\nd",
        "{code:lang=x}\na\n{code}\n\nb  \nd",
    ),
    "a word changes in a line that is spelled another way": (
        "see [http://e.com|http://e.com] now",
        "see http://e.com now",
        "see http://e.com then",
        "see [http://e.com|http://e.com] then",
    ),
    "a word changes within a macro that is written another way": (
        "a\n{quote}\nb c\n{quote}",
        "a\n\nbq. b c",
        "a\n\nbq. b d",
        "a\n{quote}\nb d\n{quote}",
    ),
    "new lines end as the others do": ("a\r\nb", "a\nb", "a\nx\nb", "a\r\nx\r\nb"),
    "blank lines alone are no landmarks": (
        "a\n{code}\n\nb\n\n{code}\n",
        "a\n\n{noformat}\n\nb\n\n{noformat}\n",
        "a\n\n{noformat}\n\nc\n\n{noformat}\n",
        "a\n{code}\n\nc\n\n{code}\n",
    ),
    "a removed line takes its spelling along": ("a\n*b* \nc", "a\n*b*\nc", "a\nc", "a\nc"),
    "nothing changes": ("a \n\n\n b", "a\n\nb", "a\n\nb", "a \n\n\n b"),
}


@pytest.mark.parametrize(("own", "old", "new", "expected"), KEPT.values(), ids=KEPT)
def test_lines_stay_as_they_were_where_nothing_changed(
    own: str, old: str, new: str, expected: str
) -> None:
    assert rewrite_lines(own, old, new) == expected


def test_words_of_a_macro_do_not_become_one_where_a_brace_stood_bare() -> None:
    held = cut(Wiki(), "x {a: y and {toc} here", "")
    written = compose(held, "", description="x {html} y and {toc} here")
    assert written == "x \\{html} y and {toc} here"
    assert compose(held, "", description="x {a: y and {toc} there") == "x {a: y and {toc} there"


def test_blank_lines_come_along_where_they_are_needed() -> None:
    own, old, new = "h1. a\nb", "h1. a\n\nb", "h1. a\n\nx\n\nb"
    assert rewrite_lines(own, old, new, apart=True) == "h1. a\n\nx\n\nb"


def test_a_ticked_task_keeps_the_ids_of_all_the_others() -> None:
    old = markdown_to_adf("- [ ] a\n- [ ] b\n")["content"][0]
    new = markdown_to_adf("- [ ] a\n- [x] b\n")["content"][0]
    own = as_kept(old, count(7))
    ticked = rewrite_node(own, old, new)
    assert ticked["content"][0] == own["content"][0]
    assert ticked["content"][1]["attrs"] == {"state": "DONE", "localId": "id-9"}
    assert ticked["attrs"] == own["attrs"]


def test_a_long_text_of_one_line_over_and_over_takes_no_time_to_speak_of() -> None:
    own = "a \nb\n" * 8_000
    assert rewrite_lines(own, "a\nb\n" * 8_000, "a\nb\n" * 8_000 + "c").count("c") == 1
