"""Text between Markdown, Jira's wiki markup and ADF: pure, stable both ways, nothing dropped."""

from __future__ import annotations

from typing import Any

from adapters.text.adf_read import read_adf
from adapters.text.adf_write import write_adf
from adapters.text.markdown_read import read_markdown
from adapters.text.markdown_write import write_markdown
from adapters.text.tree import TextError

__all__ = [
    "TextError",
    "adf_to_markdown",
    "markdown_to_adf",
    "normal_form",
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
