"""Answers whose lists come in another order each time, where their API promises none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from random import Random
from typing import Any

LISTS = frozenset(
    {
        *("labels", "components", "fixVersions", "versions", "issuelinks", "subtasks"),
        *("assignees", "attachment", "transitions", "issueErrors", "errors", "statuses"),
    }
)
"""What an issue, or an answer, has several of: its order means nothing."""
WHOLE = re.compile(
    r"/(labels|milestones|assignees|blocked_by|blocking|remotelink|versions|field|issue-types)$"
)
"""Addresses that answer a list without an order."""
MADE = re.compile(r"/issue/bulk$")
"""Jira does not say that it names what it made in the order in which that was asked for."""


def shuffled(body: bytes, path: str, random: Random) -> bytes:
    """The same answer, said in another order. What is no JSON stays."""
    try:
        said = json.loads(body)
    except ValueError:
        return body
    wanted = LISTS | ({"issues"} if MADE.search(path) else frozenset())
    for found in _lists(said, wanted):
        random.shuffle(found)
    if isinstance(said, list) and WHOLE.search(path):
        random.shuffle(said)
    return json.dumps(said, ensure_ascii=False).encode()


def _lists(said: Any, names: frozenset[str]) -> Iterator[list[Any]]:
    """Lists by these names, however deep."""
    if isinstance(said, list):
        for one in said:
            yield from _lists(one, names)
    elif isinstance(said, dict):
        for name, value in said.items():
            if name in names and isinstance(value, list):
                yield value
            yield from _lists(value, names)
