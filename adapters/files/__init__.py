"""A folder of backlog files: front matter and Markdown, to be reviewed in pull requests."""

from adapters.files.adapter import Files

__all__ = ["Files"]
