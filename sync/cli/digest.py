"""What `report --digest` does: fits its options together, shows the digest, sends it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from sync.app.digest import LAST, NotSince, digest, send, since_of
from sync.app.runs import Look, Shop
from sync.cli.common import color, now, say, width
from sync.report.digest import digest_json, digest_markdown, digest_table

FORMS = ("table", "json", "markdown")


def fitting(shops: Sequence[Shop], form: str, *, digest: bool, since: str, send: bool) -> None:
    """Ends the command, before anything is read, where its options do not go together."""
    if digest and form not in FORMS:
        raise click.UsageError(f"--digest has no format {form}; there are {', '.join(FORMS)}")
    if since != LAST and not digest and form != "html":
        raise click.UsageError("--since goes with --digest, or with --format html")
    if send and not digest:
        raise click.UsageError("--send sends the digest: give --digest too")
    for shop in shops:
        if send and not shop.settings.notify:
            raise click.UsageError(
                f"there is nobody to send it to: name addresses under backlogs.{shop.name}.notify, "
                "such as [env/SLACK_URL]"
            )
    try:
        since_of(since, now())
    except NotSince as error:
        raise click.UsageError(f"--since: {error}") from None


def rendered_digest(one: Look, form: str, since: str, *, plain: bool) -> str:
    made = digest(one, since)
    if form == "json":
        return digest_json(made)
    if form == "markdown":
        return digest_markdown(made)
    return digest_table(made, width(), color() and not plain)


def send_digest(one: Look, since: str) -> tuple[str, ...]:
    """Sends it, and says to how many; returns why others did not take it."""
    sent = send(one.shop, one, since)
    for why in sent.failures:
        say(f"failed: {one.shop.name}: {why}")
    click.echo(f"{one.shop.name}: sent to {sent.took} of {len(one.shop.settings.notify)}", err=True)
    return sent.failures
