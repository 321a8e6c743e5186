"""The command that pairs what trackers already hold, as a person decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from sync.app import adopt as adopting
from sync.app.deciding import Contradiction, decided
from sync.app.review import BadReview, Reviewed, read_review, write_review
from sync.app.runs import Look, Shop, writing
from sync.cli.common import Exit, common, say
from sync.cli.progress import waiting
from sync.cli.running import formats, only_one, rendered_plan, wait
from sync.report.wording import count


@click.command()
@click.argument("backlog", required=False)
@click.option("--out", type=click.Path(path_type=Path), help="Write a file to decide in.")
@click.option(
    "--accept", type=click.Path(path_type=Path), help="Remember what was decided in this file."
)
@click.option(
    "--all-above",
    type=click.FloatRange(0, 1),
    metavar="SCORE",
    help="With --accept: undecided pairs that are this alike are pairs, where they are clear.",
)
@click.option("--split", metavar="KEY", help="This record shows another item than the rest do.")
@click.option("--from", "tracker", metavar="TRACKER", help="With --split: the record there.")
@formats("table", "json", "markdown")
@wait
@common
def adopt(
    backlog: str | None,
    out: Path | None,
    accept: Path | None,
    all_above: float | None,
    split: str | None,
    tracker: str | None,
    form: str,
    wait: float,
    config: Path,
    log_format: str,
) -> None:
    """Pair what the trackers already hold: show what would be paired, and decide what may be.

    Reads all trackers whole, and writes to none. What is alike but not sure to be the same is
    created nowhere until it is decided: with --out, in the file, with --accept. What was paired
    wrongly is split again: the record that KEY names becomes an item of its own.
    """
    if sum(one is not None for one in (out, accept, split)) > 1:
        raise click.UsageError("give one of --out, --accept and --split")
    if (all_above is not None and accept is None) or (tracker is not None and split is None):
        raise click.UsageError("--all-above goes with --accept, and --from with --split")
    shop = only_one(config, log_format, backlog)
    if split is not None:
        with writing(shop, wait) as shop:
            _say_split(*adopting.split(shop, split, tracker))
        return
    if accept is not None:
        with _undecided():
            reviewed = read_review(accept, shop.name)  # first: a file that is none makes no state
        with writing(shop, wait) as shop:
            _accept(shop, reviewed, all_above)
        return
    seen = _survey(shop)
    if out is not None:
        _write(out, seen)
    click.echo(rendered_plan(_pairs_alone(seen), form), nl=False)
    if seen.context.failures:
        raise SystemExit(Exit.FAILED)


def _survey(shop: Shop) -> Look:
    with waiting(f"Reading {shop.name}"):
        seen = adopting.survey(shop)
    for name, why in seen.context.failures.items():
        say(f"{name} could not be read: {why}")
    return seen


def _pairs_alone(seen: Look) -> Look:
    plan = replace(
        seen.plan,
        edits=(),
        moves=(),
        conflicts=(),
        findings=(),
        releases=(),
        release_conflicts=(),
        vocabulary=(),
    )
    return replace(seen, decision=replace(seen.decision, plan=plan))


def _write(path: Path, seen: Look) -> None:
    text = write_review(seen.shop.name, adopting.for_review(seen))
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None


@contextmanager
def _undecided() -> Iterator[None]:
    """What is wrong with a review ends the command, which then decides nothing."""
    try:
        yield
    except (BadReview, Contradiction) as error:
        click.echo(str(error), err=True)  # one line a problem, as compilers do
        say("nothing was decided")
        raise SystemExit(Exit.USAGE) from None


def _accept(shop: Shop, reviewed: Sequence[Reviewed], least: float | None) -> None:
    seen = _survey(shop)
    if seen.context.failures:
        say("nothing was decided: a pair is judged by all trackers")
        raise SystemExit(Exit.FAILED)
    with _undecided():
        if least is not None:
            reviewed = adopting.promoted(seen, reviewed, least)
        what = decided(seen, reviewed)
    adopting.accept(shop, seen, what)
    number = {one: sum(it.decision == one for it in reviewed) for one in ("pair", "apart", "?")}
    click.echo(
        f"{shop.name}: {count(number['pair'], 'pair')}, {number['apart']} apart, "
        f"{number['?']} undecided; `onebacklog plan` shows what follows"
    )


def _say_split(key: str, others: list[str]) -> None:
    click.echo(
        f"{key} is an item of its own from the next run on; {', '.join(others)} go on without it. "
        "Each keeps what it shows: what the pairing wrote is in `onebacklog history`, and "
        "`onebacklog undo RUN` takes it back where it still is so"
    )
