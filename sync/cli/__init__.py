"""The command line: results on stdout, the story on stderr, outcomes as exit codes."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import click
from opentelemetry import trace

STAYING = ("serve", "worker", "sandbox")
"""Commands that end when they are told to: their runs are traced one by one."""
COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "adopt": ("adopt", "Pair what the trackers already hold, before they are synced."),
        "apply": ("backlog", "Make the trackers consistent: do what plan shows."),
        "check": ("preflight", "Check settings, credentials, permissions and value maps."),
        "demo": ("shop", "Show it all on built-in trackers: plan, apply, plan, report."),
        "explain": ("backlog", "Show one item: where it is, what differs, and who wins."),
        "history": ("history", "Show the runs, and what they wrote."),
        "init": ("init", "Write settings to start from."),
        "order": ("order", "Show the order of the backlog, or move an item in it."),
        "plan": ("backlog", "Show what apply would do."),
        "report": ("backlog", "Show what breaks the rules, and how far the trackers have drifted."),
        "resolve": ("resolve", "Show what sides changed differently, or decide it."),
        "sandbox": ("shop", "Serve stand-ins of GitHub and Jira on loopback."),
        "schema": ("preflight", "Print the JSON Schema of the settings, of an item, or of a plan."),
        "serve": ("serve", "Keep the backlogs consistent: on webhooks and by schedule."),
        "state": ("state", "Copy, check, put back or make anew what is remembered between runs."),
        "undo": ("undo", "Take a run back."),
        "webhooks": ("webhooks", "Have the trackers tell the server of changes at once."),
        "worker": ("serve", "More hands for the PostgreSQL that `serve` works on."),
    }
)
"""The module of each, and its line in the help. A command is imported when it is called: most of
what others need is slow to import."""


class Commands(click.Group):
    """Those of COMMANDS."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            module = import_module(f"sync.cli.{COMMANDS[cmd_name][0]}")
            self.add_command(getattr(module, cmd_name))
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="onebacklog")
@click.pass_context
def main(context: click.Context) -> None:
    """One product backlog, consistent over Jira, GitHub Issues and a folder of files.

    \b
    Exit codes: 0 done · 1 something failed · 2 usage or settings
                3 plan: there are changes or conflicts · 4 report: findings
                5 refused by the guard · 6 the saved plan is stale
    """
    command = context.invoked_subcommand
    if command and command not in STAYING:
        context.with_resource(trace.get_tracer("onebacklog").start_as_current_span(command))
