"""The command line: results on stdout, the story on stderr, outcomes as exit codes."""

from __future__ import annotations

import click
from opentelemetry import trace

from sync.cli.adopt import adopt
from sync.cli.backlog import apply, explain, plan, report
from sync.cli.history import history
from sync.cli.init import init
from sync.cli.order import order
from sync.cli.preflight import check, schema
from sync.cli.resolve import resolve
from sync.cli.serve import serve, worker
from sync.cli.shop import demo, sandbox
from sync.cli.state import state
from sync.cli.undo import undo
from sync.cli.webhooks import webhooks

STAYING = ("serve", "worker", "sandbox")
"""Commands that end when they are told to: their runs are traced one by one."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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


for _command in (
    *(demo, sandbox, init, check, plan, apply, report, explain, history, schema, state),
    *(adopt, resolve, order, undo, webhooks, serve, worker),
):
    main.add_command(_command)
