"""The commands there are: those of a group are imported when they are asked for."""

from __future__ import annotations

import click


def commands_of(group: click.Group) -> dict[str, click.Command]:
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    assert None not in found.values()
    return {name: command for name, command in found.items() if command is not None}
