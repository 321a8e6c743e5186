"""The commands on a backlog: plan, apply, report, explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from sync.app import explain as explaining
from sync.app.conflicts import touches
from sync.app.digest import LAST
from sync.app.pages import keys_of, page, silent_rules
from sync.app.places import places
from sync.app.runs import Fitted, Look, writing
from sync.app.saved import fit, read_plan
from sync.cli.actions import annotate, in_actions, summarize
from sync.cli.common import Exit, color, common, say, width
from sync.cli.digest import fitting, rendered_digest, send_digest
from sync.cli.running import (
    carried_out,
    chosen,
    exit_code,
    formats,
    full,
    look_at,
    only_one,
    rendered_plan,
    result_of,
    show,
    wait,
)
from sync.report import (
    Report,
    explain_json,
    explain_table,
    findings_json,
    findings_junit,
    findings_markdown,
    findings_sarif,
    findings_table,
    page_html,
    plan_summary,
)

backlogs = click.argument("backlog", nargs=-1)


@click.command()
@backlogs
@click.option("--item", metavar="KEY", help="Only this item, by any of its keys.")
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan to this file.")
@formats("table", "json", "markdown", "html")
@full
@common
def plan(
    backlog: Sequence[str],
    item: str | None,
    out: Path | None,
    form: str,
    full: bool,
    config: Path,
    log_format: str,
) -> None:
    """Show what apply would do. Writes nothing.

    Exits with 3 if there are changes or conflicts, with 0 if there is nothing to do.
    """
    looks = [look_at(shop, full, item) for shop in chosen(config, log_format, backlog)]
    if out and len(looks) != 1:
        raise click.UsageError("--out saves the plan of one backlog: name it")
    for one in looks:
        if out:
            _write(out, one.plan.to_text())
        for reason in one.refusals():
            say(f"apply would be refused: {reason}")
    if form == "html":
        show([page_html([page(one, "Plan") for one in looks])], form)
    else:
        show([rendered_plan(one, form) for one in looks], form)
    annotate(looks)
    if in_actions():
        summarize([rendered_plan(one, "markdown") for one in looks])
    if any(one.context.failures for one in looks):
        raise SystemExit(Exit.FAILED)
    if any(one.plan.pending for one in looks):
        raise SystemExit(Exit.CHANGES)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None


@click.command()
@backlogs
@click.option(
    "--plan",
    "saved",
    type=click.Path(path_type=Path),
    help="Apply this saved plan, where it still fits.",
)
@click.option("--item", metavar="KEY", help="Only this item, by any of its keys.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--retry", is_flag=True, help="Try now what failed and waits, or is not tried again.")
@click.option("--force", is_flag=True, help="Apply past the guard, whose numbers are then said.")
@formats("table", "json")
@full
@wait
@common
def apply(
    backlog: Sequence[str],
    saved: Path | None,
    item: str | None,
    yes: bool,
    retry: bool,
    force: bool,
    form: str,
    full: bool,
    wait: float,
    config: Path,
    log_format: str,
) -> None:
    """Make the trackers consistent: do what plan shows.

    Asks on a terminal unless --yes. Exits with 5 if the guard refuses, with 6 if edits of a saved
    plan no longer fit, with 1 if something failed; what did not fail is done and recorded.
    """
    if saved and item:
        raise click.UsageError("--plan and --item do not go together: save the plan of the item")
    document = read_plan(saved) if saved else None
    if document and backlog and list(backlog) != [document.backlog]:
        raise click.UsageError(f"{saved} is a plan for {document.backlog}")
    names = [document.backlog] if document else backlog
    codes, results = [], []
    for one_of in chosen(config, log_format, names):
        with writing(one_of, wait) as shop:
            one = Fitted(look_at(shop, full, item, retry=retry))
            if document:
                one = fit(one.look, document)
            applied = carried_out(one, yes, force, form)
        codes.append(exit_code(one, applied))
        results.append(result_of(one, applied, form))
    show(results, form)
    raise SystemExit(max(codes, default=Exit.DONE))


@click.command()
@backlogs
@formats("table", "json", "markdown", "html", "junit", "sarif")
@click.option("--output", type=click.Path(path_type=Path), help="Write it to this file instead.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="Exit with 4 if there is such a finding, or a graver one.",
)
@click.option("--digest", is_flag=True, help="Only what has changed, in a few lines.")
@click.option(
    "--since",
    default=LAST,
    show_default=True,
    metavar="TIME",
    help="Changed since when: 36h, 1d, 2w, a day, or the last digest that was sent (if none, 1w).",
)
@click.option("--send", is_flag=True, help="With --digest: also send it to all under `notify`.")
@full
@common
def report(
    backlog: Sequence[str],
    form: str,
    output: Path | None,
    fail_on: str,
    digest: bool,
    since: str,
    send: bool,
    full: bool,
    config: Path,
    log_format: str,
) -> None:
    """Show what breaks the rules, and how far the trackers have drifted. Writes to no tracker."""
    shops = chosen(config, log_format, backlog)
    fitting(shops, form, digest=digest, since=since, send=send)
    looks = [look_at(shop, full) for shop in shops]
    if digest:
        texts = [rendered_digest(one, form, since, plain=output is not None) for one in looks]
    else:
        texts = _rendered_reports(looks, form, since, plain=output is not None)
    annotate(looks)
    if in_actions():
        markdown = rendered_digest if digest else _rendered_report
        summarize([markdown(one, "markdown", since, plain=True) for one in looks])
    failed = [why for one in looks if send for why in send_digest(one, since)]
    if output:
        _write(output, "\n".join(texts))
    else:
        show(texts, form)
    if failed or any(one.context.failures for one in looks):
        raise SystemExit(Exit.FAILED)
    grave = {"error": {"error"}, "warning": {"error", "warning"}, "never": set()}[fail_on]
    if any(finding.severity in grave for one in looks for finding in one.plan.findings):
        raise SystemExit(Exit.FINDINGS)


def _rendered_reports(looks: Sequence[Look], form: str, since: str, *, plain: bool) -> list[str]:
    """One text a backlog, or one of all where the format has room for several."""
    match form:
        case "html":
            return [page_html([page(one, "Report", since) for one in looks])]
        case "junit":
            return [findings_junit([_linked(one) for one in looks])]
        case "sarif":
            here = Path.cwd()
            found = {one.shop.name: places(one.shop, here) for one in looks}
            return [findings_sarif([_linked(one) for one in looks], found)]
    return [_rendered_report(one, form, since, plain=plain) for one in looks]


def _linked(one: Look) -> Report:
    """With all that needs no request."""
    return Report(one.plan, one.titles, keys=keys_of(one), silent=silent_rules(one))


def _rendered_report(one: Look, form: str, _: str, *, plain: bool) -> str:
    plan = one.plan
    said = replace(_linked(one), touches=touches(one))
    if form == "json":
        return findings_json(said)
    if form == "markdown":
        return findings_markdown(said)
    table = findings_table(said, width(), color() and not plain)
    return f"{table}\n{plan_summary(plan)}\n" if plan_summary(plan) not in table else table


@click.command()
@click.argument("key")
@click.argument("backlog", required=False)
@formats("table", "json")
@common
def explain(key: str, backlog: str | None, form: str, config: Path, log_format: str) -> None:
    """Show one item, by any of its keys: where it is, what differs, who wins and why."""
    shop = only_one(config, log_format, backlog)
    explanation = explaining.explain(look_at(shop, False), key)
    if form == "json":
        click.echo(explain_json(explanation), nl=False)
    else:
        click.echo(explain_table(explanation, width(), color()), nl=False)
