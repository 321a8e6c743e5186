"""The page on webhooks names the events that are understood, and no others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.deliveries import DIGESTS
from adapters.github.listen import EVENTS as OF_GITHUB
from adapters.jira.listen import EVENTS as OF_JIRA

PAGE = (Path(__file__).parents[1] / "docs" / "webhooks.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("tracker", "events"), [("GitHub", OF_GITHUB), ("Jira", OF_JIRA)], ids=["GitHub", "Jira"]
)
def test_the_page_lists_the_events_that_are_understood(
    tracker: str, events: Mapping[str, object]
) -> None:
    section = PAGE.split(f"\n## What {tracker} tells\n", 1)[1].split("\n## ", 1)[0]
    listed = re.findall(r"^\| `([\w:]+)` \|", section, re.MULTILINE)
    assert sorted(listed) == sorted(events)


def test_the_page_names_the_methods_of_signing_that_are_believed() -> None:
    assert f"{', '.join(DIGESTS[:-1])} or {DIGESTS[-1]}" in PAGE
