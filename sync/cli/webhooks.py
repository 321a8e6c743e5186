"""The commands on webhooks: install, check, remove."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from pydantic_core import PydanticCustomError

from config.values import normal_url
from sync.app.hooks import Step, Trouble, installing, looking, removing
from sync.app.runs import Shop
from sync.cli.common import Exit, common, open_settings, say, shops
from sync.cli.progress import waiting
from sync.plain import plain
from sync.tracker import TrackerError

DONE = {"make": "made", "renew": "renewed", "remove": "removed", "keep": "kept"}


class Address(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions only
    """Where the server is reached from outside."""

    name = "url"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        try:
            return normal_url(str(value))
        except PydanticCustomError as error:
            self.fail(f"{error.message()}; {(error.context or {}).get('remedy')}", param, ctx)


url = click.option(
    "--url",
    type=Address(),
    envvar="ONEBACKLOG_URL",
    required=True,
    metavar="URL",
    help="Where trackers reach `serve`, such as https://sync.acme.example; also from "
    "ONEBACKLOG_URL.",
)
yes = click.option("--yes", is_flag=True, help="Do not ask.")
dry = click.option("--dry-run", is_flag=True, help="Only show what would be done.")


@click.group()
def webhooks() -> None:
    """Have the trackers tell the server of changes at once.

    Needs `webhook_secret` in the settings, and a credential that may manage webhooks. Touches
    only those that send to the server's own address.
    """


@webhooks.command("install")
@click.argument("backlog", nargs=-1)
@url
@yes
@dry
@common
def install(
    backlog: Sequence[str], url: str, yes: bool, dry_run: bool, config: Path, log_format: str
) -> None:
    """Make each tracker's webhook, or mend it, and set its secret. May be run again."""
    _carry_out(_chosen(config, log_format, backlog), url, installing, yes=yes, dry=dry_run)


@webhooks.command("remove")
@click.argument("backlog", nargs=-1)
@url
@yes
@dry
@common
def remove(
    backlog: Sequence[str], url: str, yes: bool, dry_run: bool, config: Path, log_format: str
) -> None:
    """Take down the webhooks that send to the server, and no other."""
    _carry_out(_chosen(config, log_format, backlog), url, removing, yes=yes, dry=dry_run)


@webhooks.command("check")
@click.argument("backlog", nargs=-1)
@url
@common
def check(backlog: Sequence[str], url: str, config: Path, log_format: str) -> None:
    """Show which webhooks are missing, disabled, incomplete or failing. Writes nothing.

    Exits with 1 if there is any.
    """
    steps = _looked(_chosen(config, log_format, backlog), url, looking)
    for step in steps:
        click.echo(_state(step))
    if any(isinstance(step, Trouble) or step.action != "keep" for step in steps):
        raise SystemExit(Exit.FAILED)


def _chosen(config: Path, log_format: str, names: Sequence[str]) -> list[Shop]:
    return shops(open_settings(config, log_format), config, names)


Look = Callable[[Shop, str], Iterator[Step | Trouble]]


def _looked(chosen: Sequence[Shop], url: str, look: Look) -> list[Step | Trouble]:
    with waiting("Reading webhooks"):
        return [step for shop in chosen for step in look(shop, url)]


def _state(step: Step | Trouble) -> str:
    if isinstance(step, Trouble):
        return plain(f"error    {step.place}: {step.message}")
    if step.action == "keep":
        return plain(f"ok       {step.place}")
    what = "it has none; run `onebacklog webhooks install`" if step.action == "make" else step.why
    return plain(f"error    {step.place}: {what}")


def _carry_out(chosen: Sequence[Shop], url: str, look: Look, *, yes: bool, dry: bool) -> None:
    found = _looked(chosen, url, look)
    troubles = [step for step in found if isinstance(step, Trouble)]
    steps = [step for step in found if isinstance(step, Step)]
    for trouble in troubles:
        say(plain(f"{trouble.place}: {trouble.message}"))
    due = [step for step in steps if step.action != "keep"]
    asks = due and not yes and not dry and sys.stdin.isatty() and sys.stderr.isatty()
    if dry or asks:
        for step in steps:
            click.echo(_line(step.action, step))
    if dry or (asks and not click.confirm("Do this?", err=True)):
        if not dry:
            click.echo("Nothing was done.")
        raise SystemExit(Exit.FAILED if troubles or asks else Exit.DONE)
    failures = sum(not _done(step) for step in steps)
    if not steps and not troubles:
        click.echo("There is nothing to be done.")
    if failures or troubles:
        raise SystemExit(Exit.FAILED)


def _done(step: Step) -> bool:
    try:
        step.do()
    except TrackerError as error:
        say(plain(f"{step.place}: {error}"))
        return False
    click.echo(_line(DONE[step.action], step))
    return True


def _line(word: str, step: Step) -> str:
    return plain(f"{word:8} {step.place}{f': {step.why}' if step.why else ''}")
