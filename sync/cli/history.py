"""The command that shows the journal."""

from __future__ import annotations

from pathlib import Path

import click

from sync.app.history import Wanted
from sync.app.history import history as look_up
from sync.cli.common import color, common, width
from sync.cli.running import chosen, formats
from sync.report import failing_table, history_json, history_table


@click.command()
@click.argument("backlog", required=False)
@click.option("--run", type=int, help="What this run wrote.")
@click.option("--item", metavar="KEY", help="What was written of this item, by any of its keys.")
@click.option("--failed", is_flag=True, help="Edits that failed, and when they are tried again.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
@formats("table", "json")
@common
def history(
    backlog: str | None,
    run: int | None,
    item: str | None,
    failed: bool,
    limit: int,
    form: str,
    config: Path,
    log_format: str,
) -> None:
    """Show the runs; or all that one run, or that all runs wrote of one item; or what fails.

    Each entry says what was there before and after, why, and what became of it.
    """
    shops = chosen(config, log_format, [backlog] if backlog else [])
    found = look_up(shops, Wanted(run, item, failed, limit))
    if form == "json":
        failing = found.failing if failed else None
        click.echo(history_json(found.runs, found.edits, failing), nl=False)
    elif failed:
        click.echo(failing_table(found.failing, found.titles, width(), color()), nl=False)
    else:
        table = history_table(found.runs, found.edits, found.titles, width(), color())
        click.echo(table, nl=False)
