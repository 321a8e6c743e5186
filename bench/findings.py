"""What the rules say of two real backlogs: findings by rule, and samples for a person to judge.

    python -m bench.findings [--sample 30]

Every check of every rule is on, nothing is written. Days count from the last change in the data.
Needs the optional data (see tests/shared.py).
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from adapters.sandbox.server import Served
from adapters.scrub import Scrubber
from bench.real import jira_seed, lines, settings, standing, write_items
from config.load import load
from sync.app.build import Surroundings
from sync.app.runs import Look, Shop, look
from sync.cli.log import set_up_log
from sync.plan import Finding

RULES = """
    rules:
      priority-order: {limits: {highest: 20}}
      acceptance-criteria: {kinds: [story, task], ready: 10}
      labels:
        vocabulary: {%s}
        aliases: {%s}
        forbidden: [defect]
        implied: {kind: {bug: bug}}
      hygiene: {checks: [stale, owner, estimate, story, due, release, children, duplicates]}
      custom:
        described:
          expect: 'size(item.description) > 0'
          message: "has no description: say what is to be done."
"""
COMMON = 10
"""A label on so many items counts as agreed upon."""


JIRA, FILES = "jira-project.jsonl.gz", "backlog-items.jsonl.gz"
ALIASES = {JIRA: {"views": "view"}, FILES: {"web": "web-ui", "gui": "ui"}}
EMPTY_JIRA = {
    "users": {"demo-token": {"name": "bot"}},
    "projects": {"BACK": {"types": ["Task", "Story", "Bug", {"name": "Sub-task", "level": -1}]}},
}


def findings(data: str) -> Iterator[tuple[Look, Finding]]:
    """What a report on the Jira archive, or on the folder of files, would say."""
    jira, project = (jira_seed(), "ALOY") if data == JIRA else (EMPTY_JIRA, "BACK")
    last = max(at for entry in lines(data) if (at := entry["updated"]) != "None")
    now = datetime.fromisoformat(last).astimezone(UTC)
    with tempfile.TemporaryDirectory() as name, standing(jira, "datacenter") as served:
        folder = Path(name)
        if data == FILES:
            write_items(folder / "backlog")
        seen = look(Shop("real", *_loaded(folder, served, project, data), lambda: now))
    yield from ((seen, finding) for finding in seen.plan.findings)


def _loaded(folder: Path, served: Served, project: str, data: str) -> tuple[Any, str, Surroundings]:
    path = settings(folder, served.url, project, "datacenter")
    used = Counter(label.casefold() for entry in lines(data) for label in entry["labels"])
    agreed = sorted(one for one in used if used[one] >= COMMON and one not in ALIASES[data])
    vocabulary = ", ".join(f"{one}: null" for one in agreed)
    aliases = ", ".join(f"{old}: {new}" for old, new in ALIASES[data].items())
    said = RULES % (vocabulary, aliases)
    path.write_text(path.read_text(encoding="utf-8") + said, encoding="utf-8")
    config = load(path)
    return config.backlogs["real"], config.state, Surroundings({}, folder)


def said(finding: Finding) -> str:
    """The finding's sentence without what names this item: what was checked."""
    bare = re.sub(r"“[^”]*”( \([^)]*\))?", "…", finding.message)
    return re.sub(r"\d+", "N", bare)[:90]


def tell(name: str, found: list[tuple[Look, Finding]], sample: int) -> None:
    rules = defaultdict(list)
    for seen, finding in found:
        rules[finding.rule].append((seen, finding))
    print(f"\n# {name}: {len(found)} findings")
    for rule, of in sorted(rules.items()):
        print(f"\n## {rule}: {len(of)}")
        for shape, count in Counter(said(finding) for _, finding in of).most_common(12):
            print(f"{count:6} {shape}")
        for seen, finding in Random(1).sample(of, min(sample, len(of))):
            print(f"- {finding.severity}: {finding.message}\n    {_facts(seen, finding)}")


def _facts(seen: Look, finding: Finding) -> str:
    """What a person needs to judge it by."""
    item = seen.items.get(finding.item or "")
    if item is None:
        return "(the backlog)"
    kept = ("kind", "status", "priority", "labels", "parent", "acceptance_criteria")
    values = {name: item.values[name] for name in kept if name in item.values}
    return f"{values} {str(item.values.get('description', ''))[:160]!r}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=0)
    sample = parser.parse_args().sample
    set_up_log("console", Scrubber([]))
    for data in (JIRA, FILES):
        tell(data, list(findings(data)), sample)


if __name__ == "__main__":
    main()
