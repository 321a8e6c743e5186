"""In GitHub Actions: findings as annotations, and the step's summary. Anywhere else, nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from sync.app.places import places
from sync.app.runs import Look
from sync.report.actions import SUMMARY_BYTES, annotated, fitted, harmless


def in_actions() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"


def shown(text: str, form: str = "table") -> str:
    """The text as it may be written: in Actions, nothing in it is a command."""
    return harmless(text, form) if in_actions() else text


def annotate(looks: Sequence[Look]) -> None:
    """On stderr, which a runner reads too: the result on stdout stays what it is."""
    if not in_actions():
        return
    root = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
    for one in looks:
        for line in annotated(one.plan.findings, places(one.shop, root)):
            click.echo(line, err=True)


def tell(line: str) -> None:
    """One annotation that is made already."""
    if in_actions():
        click.echo(line, err=True)


def summarize(texts: Sequence[str]) -> None:
    """Adds Markdown to the step's summary, as far as there is room."""
    named = os.environ.get("GITHUB_STEP_SUMMARY")
    if not in_actions() or not named:
        return
    path = Path(named)
    try:
        taken = path.stat().st_size if path.exists() else 0
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(fitted("\n".join(texts) + "\n", SUMMARY_BYTES - taken))
    except OSError as error:
        raise click.ClickException(f"the step's summary, {path}: {error.strerror}") from None
