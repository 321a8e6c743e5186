"""Text between Markdown, Jira's wiki markup and ADF: pure, stable both ways, nothing dropped."""

from __future__ import annotations

from typing import Any

from adapters.text.adf_read import read_adf
from adapters.text.adf_write import write_adf
from adapters.text.markdown_read import read_markdown
from adapters.text.markdown_write import write_markdown
from adapters.text.tree import TextError
from adapters.text.wiki_read import read_wiki
from adapters.text.wiki_write import write_wiki

__all__ = [
    "TextError",
    "adf_to_markdown",
    "markdown_to_adf",
    "markdown_to_wiki",
    "normal_form",
    "wiki_to_markdown",
]


def markdown_to_adf(markdown: str) -> dict[str, Any]:
    """GitHub-flavoured Markdown as an ADF document (Jira Cloud, REST v3). Raises TextError."""
    return write_adf(read_markdown(markdown))


def adf_to_markdown(adf: dict[str, Any]) -> str:
    """An ADF document as GitHub-flavoured Markdown. Raises TextError."""
    return write_markdown(read_adf(adf))


def normal_form(markdown: str) -> str:
    """The text as this package writes it: equal for texts that say the same. Raises TextError."""
    return write_markdown(read_markdown(markdown))


def markdown_to_wiki(markdown: str) -> str:
    """GitHub-flavoured Markdown as Jira wiki markup (Data Center, REST v2). Raises TextError."""
    return write_wiki(read_markdown(markdown))


def wiki_to_markdown(wiki: str) -> str:
    """Jira wiki markup as GitHub-flavoured Markdown. Raises TextError."""
    return write_markdown(read_wiki(wiki))
