"""What all rules cost: CPU seconds to judge and mend a backlog, and peak memory beyond it.

    python -m bench.rules

10,000 items and ten times as many, every check on, each rule with `fix` where it mends, scores
kept, and a rule of the team's own. Reading is not counted: the backlog is there already.
"""

from __future__ import annotations

import resource
import sys
import time
import tracemalloc
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random

from sync.model import FIELDS, Criterion, Item, Shape
from sync.rules import (
    AcceptanceCriteria,
    Chosen,
    Custom,
    Hygiene,
    Labels,
    PriorityOrder,
    RuleSettings,
    View,
    enforce,
)
from sync.rules.hygiene import CHECKS
from sync.score import Score

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SIZE = 10_000
AREAS = ("basket", "search", "login", "stock", "returns", "vouchers", "invoice", "delivery")
VERBS = ("Show", "Export", "Fix", "Speed up", "Remove", "Allow", "Translate", "Test")
SCHEMA = (*FIELDS.items(), ("value", Shape.NUMBER))
RULES: Mapping[str, Chosen] = {
    "priority-order": RuleSettings(
        "fix",
        options=PriorityOrder(
            limits={"highest": 50},
            default="medium",
            frozen=["running"],
            score=Score("value-effort", keep=True),
        ),
    ),
    "acceptance-criteria": RuleSettings("label", options=AcceptanceCriteria(ready=20)),
    "labels": RuleSettings(
        "fix",
        options=Labels(
            ["bug", *(f"area:{area}" for area in AREAS)],
            namespaces={"area": "exactly-one"},
            aliases={"defect": "bug"},
            forbidden=["misc"],
            implied={"kind": {"bug": "bug"}},
        ),
    ),
    "hygiene": RuleSettings(options=Hygiene(CHECKS)),
    "custom": (
        RuleSettings(
            options=Custom(
                "owned",
                'item.priority != "highest" || size(item.assignees) > 0',
                "has nobody: assign somebody.",
                SCHEMA,
            )
        ),
    ),
}


def backlog(count: int) -> View:
    """As backlogs are: near enough in order, some of everything wrong, half of it closed."""
    random = Random(7)
    items = {f"i{at}": _item(at, count, random) for at in range(count)}
    order = sorted(items, key=lambda id_: _place(items[id_], random))
    return View(
        items,
        tuple(order),
        {id_: {"jira": f"SHOP-{id_[1:]}", "github": f"acme/shop#{id_[1:]}"} for id_ in items},
        {"jira": tuple(order), "github": tuple(order[::-1])},
        NOW,
        touched={id_: NOW - timedelta(days=random.randrange(200)) for id_ in items},
        releases={"1.0": ("2026-02-01", False), "2.0": ("2026-08-01", False)},
    )


def _item(at: int, count: int, random: Random) -> Item:
    area = random.choice(AREAS)
    said = f"{random.choice(VERBS)} the {area} of {random.randrange(count)} {random.choice(AREAS)}"
    values = {
        "title": said,
        "description": "lorem ipsum " * 20,
        "kind": random.choice(("story", "story", "bug", "task")),
        "status": random.choice(("todo", "todo", "in_progress", "done")),
        "priority": random.choice((None, "highest", "high", "medium", "low")),
        "labels": frozenset(random.sample(("defect", "misc", "odd", f"area:{area}"), 2)),
        "acceptance_criteria": tuple(
            Criterion(f"It shows {n}") for n in range(random.randrange(4))
        ),
        "estimate": random.choice((None, 1.0, 2.0, 5.0)),
        "value": random.choice((None, 1.0, 2.0, 5.0)),
        "parent": f"i{at // 10}" if at else None,
        "blocked_by": frozenset({f"i{random.randrange(count)}"} if random.random() < 0.05 else ()),
        "release": random.choice((None, "1.0", "2.0")),
        "due": random.choice((None, "2026-02-01", "2026-09-01")),
        "sprint": "running" if random.random() < 0.005 else None,
    }
    return Item(f"i{at}", {name: value for name, value in values.items() if value})


def _place(item: Item, random: Random) -> float:
    """By priority, but for one in twenty."""
    rank = ("highest", "high", "medium", "low").index(item.priority or "medium")
    return random.random() * 4 if random.random() < 0.05 else rank + random.random()


def measure(count: int) -> tuple[float, float, int]:
    """CPU seconds, peak of memory beyond the backlog in MB, number of findings."""
    view = backlog(count)
    began = time.process_time()
    found = enforce(view, RULES, (), lambda item, name: True)
    seconds = time.process_time() - began
    number = len(found.findings)
    del found
    tracemalloc.start()
    enforce(view, RULES, (), lambda item, name: True)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return seconds, peak, number


def main() -> None:
    measure(100)  # imports, and what is made once
    small, large = measure(SIZE), measure(SIZE * 10)
    for count, (seconds, peak, number) in ((SIZE, small), (SIZE * 10, large)):
        print(f"rules: {count} items, {number} findings in {seconds:.2f} s CPU, {peak:.0f} MB")
    print(f"  ten times the items: {large[0] / small[0]:.1f} times the time, ", end="")
    print(f"{large[1] / small[1]:.1f} times the memory")
    print(f"  the process held {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    sys.exit(main())
