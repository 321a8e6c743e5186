"""The commands that care for the state database: state backup, verify, restore, rebuild."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from sync.app.state import Rebuilt, rebuild
from sync.cli.common import Exit, common, now, open_settings, say, shops
from sync.cli.progress import waiting
from sync.plain import plain
from sync.report.wording import count
from sync.state import hold
from sync.state.care import backup, restore
from sync.state.database import on_file, path_of
from sync.state.errors import called
from sync.state.verify import verify

SHOWN = 20
"""So many creations are listed; `plan` shows all."""

wait = click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for another process that is writing.",
)


@click.group()
def state() -> None:
    """Copy, check, put back or make anew what is remembered between runs."""


@state.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Overwrite the file.")
@common
def backup_command(file: Path, force: bool, config: Path, log_format: str) -> None:
    """Copy the state to FILE, as it is at one moment, also while a run writes it."""
    url = open_settings(config, log_format).state
    _be_file(url, "copy it with", "pg_dump", "--format=custom", f"--file={file}", url)
    path = path_of(url)
    backup(path, file, force=force)
    click.echo(f"{file}: a copy of {path}")


@state.command("verify")
@common
def verify_command(config: Path, log_format: str) -> None:
    """Check the state: the file, its tables, and that what they hold fits together.

    One line a problem, with the remedy. Exits with 1 if there is any. Changes nothing.
    """
    settings = open_settings(config, log_format)
    name = called(make_url(settings.state))
    schemas = {name: one.schema_of_fields() for name, one in settings.backlogs.items()}
    flaws = verify(settings.state, schemas)
    for flaw in flaws:
        click.echo(f"error    {plain(flaw.message)}; {flaw.remedy}")
    if flaws:
        raise SystemExit(Exit.FAILED)
    click.echo(f"ok       {name} is sound")


@state.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@wait
@common
def restore_command(file: Path, wait: float, config: Path, log_format: str) -> None:
    """Put a backup in the place of the state, which is kept under another name."""
    url = open_settings(config, log_format).state
    instead = ("pg_restore", "--clean", "--if-exists", f"--dbname={url}", str(file))
    _be_file(url, "end every onebacklog that uses it, and put the copy back with", *instead)
    with hold(url, wait):
        kept = restore(path_of(url), file, now())
    click.echo(f"{path_of(url)} is now as {file}")
    if kept:
        click.echo(f"What was there is {kept}")


@state.command("rebuild")
@click.argument("backlog", nargs=-1)
@click.option("--force", is_flag=True, help="Also where the state is sound.")
@wait
@common
def rebuild_command(
    backlog: Sequence[str], force: bool, wait: float, config: Path, log_format: str
) -> None:
    """Make the state anew from the trackers, where the database was lost or is broken.

    Ties records to items by the marks that they carry, by links and by titles. Writes to no
    tracker: what differs is in the next plan, or a conflict. The old database is kept.
    """
    settings = open_settings(config, log_format)
    chosen = shops(settings, config, backlog)
    every = {shop.name for shop in chosen} == set(settings.backlogs)
    with hold(settings.state, wait), waiting("Reading"):
        found = rebuild(chosen, every=every, force=force)
    for one in found:
        _tell(one)
    if found[0].kept:
        click.echo(f"The old database is {found[0].kept}")
    say("look at `onebacklog plan` before you apply it")


def _be_file(url: str, remedy: str, *command: str) -> None:
    """Ends the command where PostgreSQL keeps the state: its own programs copy it."""
    if not on_file(url):
        raise click.UsageError(f"{called(make_url(url))}: {remedy} `{shlex.join(command)}`")


def _tell(one: Rebuilt) -> None:
    plan, name = one.look.plan, one.look.shop.name
    links = ", ".join(
        f"{count(len(one.backlog.links.get(tracker, {})), 'record')} on {tracker}"
        for tracker in one.look.adapters
    )
    click.echo(f"{name}: {count(len(one.backlog.items), 'item')}; {links}")
    updates = [edit for edit in plan.edits if edit.action == "update"]
    fields = sum(len(edit.fields) for edit in updates)
    conflicts = plan.summary["conflict"]
    click.echo(f"  {count(conflicts, 'field')} undecided: in conflict until a person decides")
    click.echo(f"  {count(fields, 'field')} to be changed in {count(len(updates), 'record')}")
    creates = [edit for edit in plan.edits if edit.action == "create"]
    click.echo(f"  {count(len(creates), 'record')} to be created:")
    for edit in creates[:SHOWN]:
        lost = one.lost(edit)
        why = f"it was {', '.join(lost)}, which is no longer shown" if lost else ""
        why = why or "new there, or deleted there before"
        click.echo(f"    {edit.tracker}: {plain(one.look.titles[edit.item])} ({plain(why)})")
    if len(creates) > SHOWN:
        click.echo(f"    and {len(creates) - SHOWN} more")
