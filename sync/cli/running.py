"""What the commands on a backlog share: options, reading, showing, and writing what was shown."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from sync.app.conflicts import touches
from sync.app.pages import keys_of
from sync.app.runs import Fitted, Look, Shop, carry_out, look
from sync.cli.actions import shown
from sync.cli.common import Exit, color, open_settings, say, shops, width
from sync.cli.progress import bar, waiting
from sync.engine import Applied
from sync.plan import Plan
from sync.report import plan_markdown, plan_table
from sync.report.wording import count

full = click.option(
    "--full",
    is_flag=True,
    help="Read every record again, not only what changed since the last run.",
)
wait = click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for another process that is writing.",
)


def formats(*names: str) -> Callable[..., Callable[..., object]]:
    return click.option(
        "--format", "form", type=click.Choice(names), default=names[0], show_default=True
    )


def chosen(config: Path, log_format: str, names: Sequence[str]) -> list[Shop]:
    return shops(open_settings(config, log_format), config, names)


def only_one(config: Path, log_format: str, name: str | None) -> Shop:
    """The backlog of that name, or the only one that there is."""
    found = chosen(config, log_format, [name] if name else [])
    if len(found) > 1:
        raise click.UsageError(f"name the backlog: {', '.join(shop.name for shop in found)}")
    return found[0]


def look_at(shop: Shop, full: bool, item: str | None = None, *, retry: bool = False) -> Look:
    with waiting(f"Reading {shop.name}"):
        found = look(shop, full=full, retry=retry)
    return found.only(item) if item else found


def rendered_plan(one: Look, form: str) -> str:
    if form == "json":
        return one.plan.to_text()
    if form == "markdown":
        return plan_markdown(one.plan, one.titles, touches(one), keys_of(one))
    return plan_table(one.plan, one.titles, width(), color(), touches(one))


def show(texts: Sequence[str], form: str) -> None:
    """One result as it is; several as one document of the same format."""
    if form == "json" and len(texts) > 1:
        documents = [json.loads(text) for text in texts]
        texts = [json.dumps(documents, indent=2, sort_keys=True, ensure_ascii=False)]
    for text in texts:
        click.echo(shown(text, form), nl=not text.endswith("\n"))


def carried_out(one: Fitted, yes: bool, force: bool, form: str) -> Applied | None:
    """None where a person said no."""
    plan, reasons = one.look.plan, one.look.refusals()
    for sentence in one.stale:
        say(f"stale: {sentence}")
    if reasons and force:
        for reason in reasons:
            say(f"forced: {reason}")
    wanted = plan.pending or one.look.decision.decided
    if sys.stdin.isatty() and sys.stderr.isatty() and not yes and wanted:
        if form == "table":
            click.echo(rendered_plan(one.look, form), nl=False)
        if not click.confirm("Apply this?", err=True):
            return None
    steps = len(plan.edits) + len(plan.moves) + len(plan.releases) + len(plan.vocabulary)
    with bar("Writing", steps) as progress:
        return carry_out(one.look, force=force, progress=progress)


def exit_code(one: Fitted, applied: Applied | None) -> Exit:
    if applied is None or applied.failures or one.look.context.failures:
        return Exit.FAILED
    return Exit.STALE if one.stale else Exit.DONE


def result_of(one: Fitted, applied: Applied | None, form: str) -> str:
    plan = one.look.plan
    if applied is None:
        return "Nothing was written.\n"
    for failure in applied.failures:
        say(f"failed: {failure.tracker}: {failure.key or failure.item or ''}: {failure.message}")
    if form == "json":
        data = {
            "version": 1,
            "backlog": plan.backlog,
            "run": applied.run,
            "created": applied.created,
            "updated": applied.updated,
            "moved": applied.moved,
            "released": applied.released,
            "defined": applied.defined,
            "conflicts": plan.summary["conflict"],
            "stale": list(one.stale),
            "failed": [
                {"tracker": f.tracker, "item": f.item, "key": f.key, "message": f.message}
                for f in applied.failures
            ],
        }
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    return _sentence(plan, applied)


def _sentence(plan: Plan, applied: Applied) -> str:
    done = f"{applied.created} created, {applied.updated} updated, {applied.moved} moved"
    more = [count(applied.released, "release")] if applied.released else []
    more += [count(applied.defined, "label")] if applied.defined else []
    more += [f"{len(applied.failures)} failed"] if applied.failures else []
    conflicts = plan.summary["conflict"]
    more += [f"{conflicts} in conflict"] if conflicts else []
    return f"{plan.backlog}: {', '.join([done, *more])} (run {applied.run})\n"
