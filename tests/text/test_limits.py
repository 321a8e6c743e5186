"""What is too large or too deep is refused by name; what is long is converted in linear time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from adapters.text import (
    TextError,
    adf_to_markdown,
    markdown_to_adf,
    markdown_to_wiki,
    normal_form,
    wiki_to_markdown,
)
from adapters.text.tree import MAX_CHARACTERS

Convert = Callable[[str], Any]
PAIRS: tuple[tuple[Convert, Callable[[Any], str]], ...] = (
    (markdown_to_adf, adf_to_markdown),
    (markdown_to_wiki, wiki_to_markdown),
)
FROM_MARKDOWN: tuple[Convert, ...] = (markdown_to_adf, markdown_to_wiki, normal_form)


def nested(kind: str, depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "paragraph", "content": [{"type": "text", "text": "x"}]}
    for _ in range(depth):
        inner = {"type": kind, "content": [inner]}
    return {"version": 1, "type": "doc", "content": [inner]}


@pytest.mark.parametrize("convert", FROM_MARKDOWN)
@pytest.mark.parametrize(
    "markdown",
    [
        pytest.param(">" * 10_000 + " x", id="10,000 quotes in one another"),
        pytest.param("- " * 10_000 + "x", id="10,000 lists in one another in one line"),
        pytest.param("\n".join("  " * n + "- a" for n in range(300)), id="300 lists, line by line"),
    ],
)
def test_markdown_nested_too_deep_is_refused_with_its_line(convert: Convert, markdown: str) -> None:
    with pytest.raises(TextError, match=r"deeper than 100 levels in line \d+"):
        convert(markdown)


def test_wiki_markup_nested_too_deep_is_refused() -> None:
    with pytest.raises(TextError, match="deeper than 100 levels at doc/0"):
        wiki_to_markdown("*" * 10_000 + " x")


@pytest.mark.parametrize("kind", ["blockquote", "bulletList", "future"])
def test_adf_nested_too_deep_is_refused_with_its_place(kind: str) -> None:
    with pytest.raises(TextError, match="deeper than 100 levels at doc/0"):
        adf_to_markdown(nested(kind, 10_000))


def test_what_is_just_not_too_deep_is_converted_whole() -> None:
    lists = "\n".join("  " * n + f"- item{n}" for n in range(45))
    for there, back in PAIRS:
        assert back(there(lists)) == lists + "\n"
    quotes = adf_to_markdown(nested("blockquote", 90))
    assert quotes == "> " * 90 + "x\n"
    assert adf_to_markdown(markdown_to_adf(quotes)) == quotes


@pytest.mark.parametrize("convert", [*FROM_MARKDOWN, wiki_to_markdown])
def test_a_text_that_is_too_long_is_refused_with_its_length(convert: Convert) -> None:
    with pytest.raises(TextError, match=r"2,000,001 characters, more than 2,000,000"):
        convert("a" * (MAX_CHARACTERS + 1))


def test_a_document_that_is_too_large_is_refused() -> None:
    text = {"type": "text", "text": "a" * (MAX_CHARACTERS // 2)}
    paragraph = {"type": "paragraph", "content": [text]}
    with pytest.raises(TextError, match="too large, at doc/"):
        adf_to_markdown({"version": 1, "type": "doc", "content": [paragraph] * 7})


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "not an ADF document"),
        ([], "not an ADF document"),
        ({"type": "paragraph"}, "not an ADF document"),
        ({"type": "doc", "content": ["x"]}, "not an ADF node at doc/0: it has no type"),
        ({"type": "doc", "content": [{"type": "text"}]}, "a text node without text at doc/0"),
        ({"type": "doc", "content": {"type": "text"}}, "content is not a list at doc"),
        (
            {"type": "doc", "content": [{"type": "x", "attrs": 1}]},
            "attrs is not an object at doc/0",
        ),
    ],
)
def test_what_is_no_document_is_refused_with_the_place(document: Any, said: str) -> None:
    with pytest.raises(TextError, match=said):
        adf_to_markdown(document)


MEGABYTE = 1_000_000
LONG = {
    "one paragraph": ("lorem ipsum dolor sit amet ", (*FROM_MARKDOWN, wiki_to_markdown)),
    "paragraphs with marks": (
        "lorem **ipsum** _dolor_ `sit` [amet](https://e.com) consetetur sadipscing elitr\n\n",
        FROM_MARKDOWN,
    ),
    "wiki markup with marks": (
        "lorem *ipsum* _dolor_ {{sit}} [amet|https://e.com] consetetur sadipscing elitr\n\n",
        (wiki_to_markdown,),
    ),
}


@pytest.mark.no_cover
@pytest.mark.parametrize(("part", "converts"), LONG.values(), ids=LONG)
def test_a_hundred_kilobytes_take_no_time_that_anybody_notices(
    part: str, converts: tuple[Convert, ...]
) -> None:
    text = part * (100_000 // len(part))
    for convert in converts:
        started = time.process_time()
        convert(text)
        assert time.process_time() - started < 2  # 0.6 s at most


def test_a_megabyte_is_converted_whole() -> None:
    text = "lorem ipsum dolor sit amet\n\n" * (MEGABYTE // 28)
    assert wiki_to_markdown(markdown_to_wiki(text)) == text[:-1]


HARD = {
    "opening brackets": "[",
    "openings of links": "[a](",
    "openings of pictures": "![a](b ",
    "marks that never end": "*a _b ~~c ",
    "code that never ends": "`a ``b ",
    "comments that never end": "<!--",
    "tags that never end": "<a ",
    "wiki code that never ends": "{{a ",
    "macros that never end": "{code:x} {quote:y} {panel:z} ",
    "macros in one another": "{quote}{panel}",
    "colours that never end": "{color:red}",
    "wiki links that never end": "[a|",
    "exclamation marks": "!a.b ",
    "bars": "|a",
    "backslashes": "\\",
    "carried marks that never end": "<span data-adf-mark='{&quot;type&quot;:&quot;x&quot;}'>",
    "details that never end": "<details>\n\n",
}


@pytest.mark.no_cover
@pytest.mark.parametrize("part", HARD.values(), ids=HARD)
def test_hard_text_does_not_take_time_as_the_square_of_its_length(part: str) -> None:
    text = part * (20_000 // len(part))
    for convert in (*FROM_MARKDOWN, wiki_to_markdown):
        started = time.process_time()
        convert(text)
        assert time.process_time() - started < 5
