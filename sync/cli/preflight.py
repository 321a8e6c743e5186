"""The commands that need no run: check, schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
from pydantic import BaseModel
from rich.console import Console
from rich.text import Text

from config.schema import Config
from sync.app.check import check as preflight
from sync.cli.actions import shown, tell
from sync.cli.common import Exit, common, open_settings, shops
from sync.cli.progress import waiting
from sync.model import ItemDocument
from sync.plain import plain
from sync.plan import PlanDocument
from sync.report.actions import annotation

SIGNS = {
    None: ("ok", "green"),
    "info": ("info", "dim"),
    "warning": ("warning", "yellow"),
    "error": ("error", "red"),
}


@click.command()
@click.argument("backlog", nargs=-1)
@common
def check(backlog: Sequence[str], config: Path, log_format: str) -> None:
    """Check settings, credentials, permissions and value maps. Writes nothing.

    One line a finding, with the remedy. Exits with 1 if there is an error.
    """
    settings = open_settings(config, log_format)
    console = Console(soft_wrap=True, highlight=False)
    failed = False
    for shop in shops(settings, config, backlog):
        with waiting(f"Checking {shop.name}"):
            lines = list(preflight(shop))
        for line in lines:
            word, style = SIGNS[line.severity]
            failed = failed or line.severity == "error"
            place = f"{shop.name}.{line.tracker}: "
            said = shown(f"{place}{plain(line.message)}")
            console.print(Text.assemble((f"{word:8}", style), said))
            if line.severity in ("error", "warning"):
                tell(annotation(line.severity, said, {"title": "onebacklog check"}))
    if failed:
        raise SystemExit(Exit.FAILED)


@click.command()
@click.argument("what", type=click.Choice(["config", "item", "plan"]))
def schema(what: str) -> None:
    """Print the JSON Schema of the settings, of an item, or of a plan."""
    models: dict[str, type[BaseModel]] = {
        "config": Config,
        "item": ItemDocument,
        "plan": PlanDocument,
    }
    model = models[what]
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(by_alias=True),
    }
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
