"""The command that decides conflicts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from sync.app import resolve as resolving
from sync.app.conflicts import conflicts_json, touches
from sync.app.resolve import Dispute
from sync.app.runs import Fitted, Look, writing
from sync.cli.common import color, common, open_settings, say, shops, width
from sync.cli.running import carried_out, exit_code, formats, full, look_at, result_of, show, wait
from sync.report.conflicts import conflicts_table


@click.command()
@click.argument("what", nargs=-1, metavar="[BACKLOG | KEY [FIELD]]")
@click.option("--take", metavar="TRACKER", help="This tracker's side stands; or `backlog`.")
@click.option("--value", help="Another value stands.")
@click.option("--value-file", type=click.Path(path_type=Path), help="The same, from a file or `-`.")
@click.option("--all", "every", is_flag=True, help="All conflicts in which TRACKER is a side.")
@click.option("--backlog", "name", metavar="BACKLOG", help="Whose KEY it is, if there are several.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Write past the guard, whose numbers are then said.")
@formats("table", "json")
@full
@wait
@common
def resolve(
    what: Sequence[str],
    take: str | None,
    value: str | None,
    value_file: Path | None,
    every: bool,
    name: str | None,
    yes: bool,
    force: bool,
    form: str,
    full: bool,
    wait: float,
    config: Path,
    log_format: str,
) -> None:
    """Show what sides changed differently, or decide it and write that at once.

    KEY is any of an item's keys, or "release NAME". Without FIELD, all conflicts of KEY are meant.
    Sets are given as a,b,c; criteria as a Markdown task list. Of texts, only the lines in conflict
    are decided by --take: what else the sides changed is merged. Exits with 2 if there is no such
    conflict (any more); nothing is written then.
    """
    given = [one for one in (take, value, value_file) if one is not None]
    if len(given) > 1 or (every and take is None):
        raise click.UsageError("give one of --take, --value and --value-file; with --all, --take")
    found = shops(open_settings(config, log_format), config, [name] if name else [])
    if len(what) == 1 and (every or not given):
        named = [one for one in found if one.name == what[0]]
        found, what = (named, ()) if named else (found, what)
    if len(what) > (0 if every else 2):
        raise click.UsageError("name a backlog with --all, and KEY [FIELD] without it")
    key, field = (*what, None, None)[:2]
    if not given:
        show([_listed(look_at(one, full), key, field, form) for one in found], form)
        return
    if key is None and not every:
        raise click.UsageError("name what is to be decided: KEY [FIELD]")
    if len(found) > 1:
        raise click.UsageError(f"name one with --backlog: {', '.join(one.name for one in found)}")
    text = value if value_file is None else _read(value_file)
    with writing(found[0], wait) as shop:
        one = look_at(shop, full)
        disputes = _all_with(one, take) if key is None else resolving.disputes(one, key, field)
        if not disputes:
            click.echo(_rendered(one, [], form), nl=False)
            return
        choices = (
            resolving.give(one, disputes, text)
            if text is not None
            else resolving.take(one, disputes, take or "")
        )
        fitted = Fitted(resolving.resolved(one, choices))
        applied = carried_out(fitted, yes, force, form)
    show([result_of(fitted, applied, form)], form)
    raise SystemExit(exit_code(fitted, applied))


def _listed(one: Look, key: str | None, field: str | None, form: str) -> str:
    everything = resolving.all_disputes(one)
    return _rendered(one, everything if key is None else resolving.disputes(one, key, field), form)


def _rendered(look: Look, disputes: Sequence[Dispute], form: str) -> str:
    one = resolving.only(look, disputes)
    if form == "json":
        return conflicts_json(one)
    hints = list(resolving.hints(one, disputes))
    return conflicts_table(one.plan, one.titles, touches(one), hints, width(), color())


def _all_with(one: Look, side: str | None) -> Sequence[Dispute]:
    """All in which it is a side; the others are said. Raises Unknown where it is a side of none."""
    everything = resolving.all_disputes(one)
    chosen = [dispute for dispute in everything if resolving.is_side(dispute, side or "")]
    if everything and not chosen:
        resolving.take(one, everything, side or "")
    for hint in resolving.hints(one, [left for left in everything if left not in chosen]):
        say(f"left, for {side} is none of its sides: {hint}")
    return chosen


def _read(path: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise click.UsageError(f"{path} is no text in UTF-8") from None
