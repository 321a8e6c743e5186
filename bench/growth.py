"""How time grows with size, each against a tenth of it in the same run: 10 is linear, 100 a square.

Best of three each, CPU time of this process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Switches
from adapters.text import adf_to_markdown, markdown_to_adf, markdown_to_wiki, wiki_to_markdown
from sync.model import Item
from sync.order import merge_order, steps
from sync.rules import View, judge

PROSE = "lorem **ipsum** _dolor_ `sit` [amet](https://e.com)\n\n- [ ] one\n- [x] two\n\n"


def order(count: int) -> None:
    items = [str(number) for number in range(count)]
    shuffled = Random(7).sample(items, count)
    steps(items, shuffled)
    merge_order(items, [(items, shuffled), (items, items[::-1])])


def text(count: int) -> None:
    """`count` characters, there and back, in both markups."""
    markdown = PROSE * (count // len(PROSE))
    adf_to_markdown(markdown_to_adf(markdown))
    wiki_to_markdown(markdown_to_wiki(markdown))


def rules(count: int) -> None:
    random = Random(7)
    items = {
        f"i{at}": Item(
            f"i{at}",
            {
                "title": f"Item {at}",
                "priority": random.choice(("high", "low")),
                "blocked_by": frozenset({f"i{at - 1}"}),
            },
        )
        for at in range(count)
    }
    shown = {"jira": tuple(random.sample(list(items), count))}
    judge(View(items, tuple(items), {}, shown, datetime(2026, 1, 1, tzinfo=UTC)), {})


def stand_ins(count: int) -> None:
    """Loading so many issues into each."""
    GitHubStandIn(Switches()).load(
        {"repositories": {"acme/shop": {"issues": [{"title": f"{n}"} for n in range(count)]}}}
    )
    JiraStandIn(Switches()).load({"issues": [{"summary": f"{n}"} for n in range(count)]})


CASES: tuple[tuple[Callable[[int], None], int], ...] = (
    (order, 20_000),
    (text, 100_000),
    (rules, 10_000),
    (stand_ins, 2_000),
)


def seconds(work: Callable[[int], None], size: int) -> float:
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        work(size)
        best = min(best, time.process_time() - began)
    return best


def main() -> None:
    for work, size in CASES:
        small, large = seconds(work, size // 10), seconds(work, size)
        print(f"{work.__name__}: {size} in {large:.3f} s, {large / small:.1f} times a tenth of it")
