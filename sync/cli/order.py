"""The command that shows the backlog's order, and moves an item in it."""

from __future__ import annotations

from pathlib import Path

import click

from sync.app import order as ordering
from sync.app.runs import Fitted, Look, writing
from sync.cli.common import color, common, open_settings, shops, width
from sync.cli.running import carried_out, exit_code, formats, full, look_at, result_of, show, wait
from sync.report.order import order_json, order_table


@click.command()
@click.argument("what", required=False, metavar="[BACKLOG | KEY]")
@click.option("--top", is_flag=True, help="Move KEY to the top.")
@click.option("--bottom", is_flag=True, help="Move KEY to the bottom.")
@click.option("--above", metavar="KEY2", help="Move KEY right above that item.")
@click.option("--below", metavar="KEY2", help="Move KEY right below that item.")
@click.option("--backlog", "name", metavar="BACKLOG", help="Whose KEY it is, if there are several.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Write past the guard, whose numbers are then said.")
@formats("table", "json")
@full
@wait
@common
def order(
    what: str | None,
    top: bool,
    bottom: bool,
    above: str | None,
    below: str | None,
    name: str | None,
    yes: bool,
    force: bool,
    form: str,
    full: bool,
    wait: float,
    config: Path,
    log_format: str,
) -> None:
    """Show the order of the backlog, or move one item in it, on all trackers at once.

    Moves that people made on the trackers since the last run are carried out as well: the order
    is one. Nothing but the order is written.
    """
    ways = sum([top, bottom, above is not None, below is not None])
    if ways > 1:
        raise click.UsageError("give one of --top, --bottom, --above and --below")
    found = shops(open_settings(config, log_format), config, [name] if name else [])
    if not ways:
        chosen = [one for one in found if what in (None, one.name)]
        if not chosen:
            there = ", ".join(one.name for one in found)
            raise click.UsageError(
                f"no backlog {what!r} in {config}; there are: {there}. To move an item, say where: "
                "--top, --bottom, --above KEY2 or --below KEY2"
            )
        show([_rendered(look_at(one, full), form) for one in chosen], form)
        return
    if what is None:
        raise click.UsageError("name what is to be moved: KEY")
    if len(found) > 1:
        raise click.UsageError(f"name one with --backlog: {', '.join(one.name for one in found)}")
    with writing(found[0], wait) as shop:
        one = look_at(shop, full)
        moved = ordering.move(one, what, above or below, above=top or above is not None)
        fitted = Fitted(moved)
        applied = carried_out(fitted, yes, force, form)
    show([result_of(fitted, applied, form)], form)
    raise SystemExit(exit_code(fitted, applied))


def _rendered(one: Look, form: str) -> str:
    places = ordering.places(one)
    if form == "json":
        return order_json(one.shop.name, places)
    return order_table(one.shop.name, places, width(), color())
