"""Makes docs/carriers.md from what the round trip of every field shows.

    python -m tests.acceptance.carriers_page

writes it anew; a test holds it to what the code does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Switches, serve
from adapters.scrub import Scrubber
from sync.cli.log import set_up_log
from sync.model import FIELDS, FieldName
from tests.acceptance import round_trip
from tests.acceptance.round_trip import Place, Row

PAGE = Path(__file__).parents[2] / "docs" / "carriers.md"
FLAVOURS = ("github", "enterprise", "cloud", "datacenter", "files")
INTRO = """# What carries which field

This page is made by `tests/acceptance/carriers_page.py`: every field is written by every carrier
that takes it, to the built-in trackers, over HTTP; then changed, then emptied; and after each write
read again by an adapter that knows nothing yet. "Equal" are the fields that came back as they were
written, each time. A team's own fields stand for their type: `team_line`, `team_number` and so on.

What a tracker cannot hold is said once in each plan and report (`capability`), and never read as a
removal. `onebacklog check` says what the very tracker can and cannot hold.
"""


@contextmanager
def place(flavour: str) -> Iterator[Place]:
    """A place of the flavour, up as long as the block runs."""
    switches = Switches()
    if flavour == "files":
        with tempfile.TemporaryDirectory() as folder:
            yield round_trip.files(Path(folder))
    elif flavour in ("github", "enterprise"):
        github = GitHubStandIn(switches)
        version = round_trip.ENTERPRISE if flavour == "enterprise" else None
        github.load({**round_trip.GITHUB_SEED, **({"enterprise": version} if version else {})})
        with serve({"/github": github.app}, switches) as served:
            yield round_trip.github(served, version)
    else:
        cloud = flavour == "cloud"
        jira = JiraStandIn(switches, "cloud" if cloud else "datacenter")
        jira.load(round_trip.jira_seed(cloud=cloud))
        with serve({"/jira": jira.app}, switches) as served:
            yield round_trip.jira(served, cloud=cloud)


def part(title: str, rows: Sequence[Row]) -> str:
    """The page's part on one place: a line for each carrier."""
    by_carrier: dict[str, list[Row]] = {}
    for row in rows:
        by_carrier.setdefault(row.carrier, []).append(row)
    lines = ["| carrier | equal | otherwise | limits |", "| --- | --- | --- | --- |"]
    lines += [_line(carrier, of_one) for carrier, of_one in by_carrier.items()]
    return f"## {title}\n\n" + "\n".join(lines) + "\n"


def _line(carrier: str, rows: Sequence[Row]) -> str:
    equal = ", ".join(row.field for row in rows if row.result == "equal")
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.result != "equal":
            reasons.setdefault(row.result, []).append(row.field)
    others = "; ".join(f"{', '.join(names)} {why}" for why, names in reasons.items())
    cells = (f"`{carrier}`", equal or "none", others or "", rows[0].loss)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def usual(places: Mapping[str, Mapping[FieldName, str]]) -> str:
    """Each field's carrier where the settings name none."""
    lines = [
        f"| field | {' | '.join(places)} |",
        f"| --- |{' --- |' * len(places)}",
        *(
            f"| {name} | "
            + " | ".join(f"`{one[name]}`" if name in one else "none" for one in places.values())
            + " |"
            for name in FIELDS
        ),
    ]
    return "## Without settings\n\n" + "\n".join(lines) + "\n"


def parts_of(page: str) -> dict[str, str]:
    """A page's parts by their titles."""
    parts = page.split("\n## ")[1:]
    return {one.partition("\n")[0]: f"## {one.strip()}\n" for one in parts}


def main() -> None:
    set_up_log("console", Scrubber([]))
    made = []
    carriers: dict[str, Mapping[FieldName, str]] = {}
    for flavour in FLAVOURS:
        with place(flavour) as one:
            made.append(part(one.title, tuple(round_trip.rows(one))))
            if one.usual:
                carriers[one.title] = one.usual
    PAGE.write_text("\n".join([INTRO, usual(carriers), *made]), encoding="utf-8")


if __name__ == "__main__":
    main()
