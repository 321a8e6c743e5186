"""The commands that start the stand-in trackers: demo, sandbox."""

from __future__ import annotations

import re
import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import click

from adapters.sandbox.server import KINDS, Fault, Switches
from sync.app.demo import EMAIL, TOKEN, SeedError, furnish, read_seed, stand_ins
from sync.cli.backlog import apply, plan, report
from sync.cli.common import Exit


@click.command()
@click.option("--keep", is_flag=True, help="Leave the stand-ins running, and the settings there.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("onebacklog-demo"),
    show_default=True,
    help="Where --keep puts the settings and the backlog's files.",
)
def demo(keep: bool, folder: Path) -> None:
    """Show it all on built-in trackers: plan, apply, plan again, report.

    Starts stand-ins of GitHub and Jira on loopback, filled with a drifted backlog, and speaks to
    them through real HTTP.
    """
    with ExitStack() as stack:
        served = stack.enter_context(stand_ins(read_seed(None)))
        if not keep:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onebacklog-")))
        settings = furnish(folder, served.url)
        click.echo("Two trackers and a folder of files, each with a part of one shop's backlog.")
        steps: tuple[tuple[click.Command, tuple[str, ...]], ...] = (
            (plan, ()),
            (apply, ("--yes",)),
            (plan, ()),
            (report, ("--fail-on", "never")),
        )
        codes = [_run(command, options, settings) for command, options in steps]
        if codes != [Exit.CHANGES, Exit.DONE, Exit.DONE, Exit.DONE]:
            raise click.ClickException(f"the demo did not end as it should: {codes}")
        click.echo(f"\nDone, with {len(served.log)} requests. The second plan: 0 changes")
        if keep:
            click.echo(f"\nTry it: onebacklog explain SHOP-2 --config {settings}")
            _stay(served.url)


def _run(command: click.Command, options: tuple[str, ...], settings: Path) -> int:
    """One command as a user would give it; its exit code."""
    click.echo(click.style(f"\n$ onebacklog {' '.join([str(command.name), *options])}", bold=True))
    try:
        command.main([*options, "--config", str(settings)], standalone_mode=False)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


NUMBERS = ("times", "skip", "status", "after")
"""What a fault is given that is a number."""
FAULTS = "\b\nFaults:\n" + "\n".join(f"  {kind:<10} {what}" for kind, what in KINDS.items())


@click.command(epilog=FAULTS)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: a free one.")
@click.option(
    "--jira",
    type=click.Choice(["cloud", "datacenter"]),
    default="cloud",
    show_default=True,
    help="Which Jira the stand-in behaves as.",
)
@click.option("--seed", type=click.Path(path_type=Path), help="What they hold: YAML or JSON.")
@click.option("--latency", type=click.FloatRange(min=0), default=0, metavar="MS")
@click.option(
    "--lag",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="How far searches lag behind writes.",
)
@click.option(
    "--clock",
    multiple=True,
    metavar="TRACKER=SECONDS",
    help="How far the clock of github or jira is ahead; below 0, behind. Can be given again.",
)
@click.option(
    "--faults",
    multiple=True,
    metavar="KIND[,KEY=VALUE…]",
    help="What goes wrong, below; with method=, path= and says= (regular expressions, for the "
    "address and the body), times=, skip=, status=, after= (seconds). Can be given again.",
)
def sandbox(
    port: int,
    jira: Literal["cloud", "datacenter"],
    seed: Path | None,
    latency: float,
    lag: float,
    clock: tuple[str, ...],
    faults: tuple[str, ...],
) -> None:
    """Serve stand-ins of GitHub and Jira on loopback, until interrupted."""
    clocks = dict(map(_clock, clock))
    switches = Switches(latency / 1000, lag, [_fault(text) for text in faults], clocks=clocks)
    try:
        with stand_ins(read_seed(seed), jira, switches, port) as served:
            _stay(served.url)
    except (SeedError, OSError) as error:
        raise click.UsageError(str(error)) from None


def _clock(text: str) -> tuple[str, float]:
    found = re.fullmatch(r"(github|jira)=([+-]?\d{1,9})", text, re.ASCII)
    if not found:
        raise click.UsageError(f"--clock {text}: give github or jira, =, and a number of seconds")
    return found[1], float(found[2])


def _fault(text: str) -> Fault:
    kind, *rest = text.split(",")
    values: dict[str, Any] = {}
    for part in rest:
        key, separator, value = part.partition("=")
        if key not in ("method", "path", "says", *NUMBERS) or not separator:
            raise click.UsageError(f"--faults {text}: cannot read {part!r}")
        number = key in NUMBERS
        if number and not value.isdigit():
            raise click.UsageError(f"--faults {text}: {key} takes a number")
        values[key] = int(value) if number else value
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise click.UsageError(f"--faults {text}: no such kind {kind!r}; there are {known}")
    return Fault(kind, **values)  # type: ignore[arg-type]  # checked just above


def _stay(url: str) -> None:
    click.echo(f"GitHub: {url}/github  token {TOKEN}")
    click.echo(f"Jira:   {url}/jira  {EMAIL} with token {TOKEN}")
    click.echo("Interrupt to stop.", err=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        signal.pause()
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
