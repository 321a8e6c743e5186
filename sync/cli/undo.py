"""The command that takes a run back."""

from __future__ import annotations

import sys
from dataclasses import asdict, astuple
from pathlib import Path

import click

from sync.app.runs import Shop, carry_out, writing
from sync.app.undo import UndoLook, look_back, shop_of, values_back
from sync.cli.common import Exit, color, common, say, width
from sync.cli.progress import bar, waiting
from sync.cli.running import chosen, formats, wait
from sync.engine import Applied
from sync.plain import json_text
from sync.report import Stay, UndoReport, undo_json, undo_table


@click.command()
@click.argument("run", type=click.IntRange(min=1))
@click.option("--dry-run", is_flag=True, help="Only show what would be taken back.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Go past the guard, whose numbers are then said.")
@formats("table", "json")
@wait
@common
def undo(
    run: int,
    dry_run: bool,
    yes: bool,
    force: bool,
    form: str,
    wait: float,
    config: Path,
    log_format: str,
) -> None:
    """Take a run back: what is still as that run wrote it, and nothing else.

    What was changed since stays, and is said. It is a run of its own, and can itself be taken
    back. Exits with 3 after --dry-run if there is anything to take back, with 5 if the guard
    refuses, with 1 if something failed.
    """
    shop = shop_of(chosen(config, log_format, ()), run)
    if dry_run:
        one = _look_back(shop, run)
        for reason in one.look.refusals():
            say(f"undo would be refused: {reason}")
        click.echo(_result(one, None, form), nl=False)
        raise SystemExit(_code(one, Exit.CHANGES if one.pending else Exit.DONE))
    with writing(shop, wait) as shop:
        one = _look_back(shop, run)
        if not one.pending:
            click.echo(_result(one, None, form), nl=False)
            raise SystemExit(_code(one, Exit.DONE))
        asks = sys.stdin.isatty() and sys.stderr.isatty() and not yes
        if asks and form == "table":
            click.echo(_result(one, None, form), nl=False)
        if asks and not click.confirm("Take this back?", err=True):
            click.echo("Nothing was written.")
            raise SystemExit(Exit.FAILED)
        applied = _carry_out(one, force)
    for failure in applied.failures:
        say(f"failed: {failure.tracker}: {failure.key or failure.item or ''}: {failure.message}")
    said = _taken(applied) if asks and form == "table" else _result(one, applied, form)
    click.echo(said, nl=False)
    raise SystemExit(_code(one, Exit.FAILED if applied.failures else Exit.DONE))


def _look_back(shop: Shop, run: int) -> UndoLook:
    with waiting(f"Reading {shop.name}"):
        return look_back(shop, run)


def _carry_out(one: UndoLook, force: bool) -> Applied:
    plan = one.look.plan
    if force:
        for reason in one.look.refusals():
            say(f"forced: {reason}")
    steps = len(plan.edits) + len(plan.moves) + len(plan.releases) + len(plan.vocabulary)
    with bar("Writing", steps) as progress:
        return carry_out(one.look, force=force, progress=progress)


def _taken(applied: Applied) -> str:
    return f"Taken back as run {applied.run}.\n"


def _code(one: UndoLook, code: Exit) -> Exit:
    return Exit.FAILED if one.look.context.failures else code


def _result(one: UndoLook, applied: Applied | None, form: str) -> str:
    stays = [Stay(*astuple(kept)) for kept in one.kept]
    report = UndoReport(one.run.id, one.look.plan, values_back(one), stays)
    if form == "json":
        failed = [asdict(failure) for failure in applied.failures] if applied else []
        data = undo_json(report)
        run = applied.run if applied else None
        return json_text({**data, "run": run, "failed": failed})
    table = undo_table(report, one.look.titles, width(), color())
    return f"{table}\n{_taken(applied)}" if applied else table
