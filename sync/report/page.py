"""The report as one HTML page that needs nothing beside itself: for phones, screens and paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from sync.model import ItemId
from sync.plain import plain
from sync.plan import Finding, Plan
from sync.report.digest import Changes, done_words, top_lines
from sync.report.findings import SILENT, Silent, about, drift_of, silence
from sync.report.history import time
from sync.report.plan import edit_changes
from sync.report.where import Key, Keys, address, where
from sync.report.wording import Titles, called, conflict_sides, count, cut

ROOM = 200
"""Characters of a title that are shown."""
TOP = 10
"""Items at the top of the order whose age is drawn."""


@dataclass(frozen=True, slots=True)
class Row:
    """One open item at its place in the order."""

    item: ItemId
    title: str
    kind: str | None
    status: str | None
    priority: str | None
    keys: tuple[Key, ...] = ()
    days: int | None = None
    """Since any of its records was last touched, where trackers tell."""


@dataclass(frozen=True, slots=True)
class Past:
    """One run, for the charts."""

    run: int
    started: str
    findings: int
    changes: int
    """Edits and moves that it had to make: how far the trackers had drifted."""
    agreement: int | None = None
    """How many of a hundred items all trackers showed alike when it began; None: not known."""


@dataclass(frozen=True, slots=True)
class Page:
    """One backlog as the page shows it."""

    plan: Plan
    titles: Titles
    rows: Sequence[Row] = ()
    past: Sequence[Past] = ()
    """The oldest first."""
    title: str = "Report"
    keys: Keys = field(default_factory=dict)
    changes: Changes | None = None
    """None: no run has stored its findings yet."""
    silent: Sequence[Silent] = ()
    kept: str | None = None
    """Of what runs have left, from when it is; what is due now is not known then."""


def page_html(pages: Sequence[Page]) -> str:
    """A whole document. All text of trackers is escaped, and nothing is fetched or run."""
    return _template().render(
        style=style(),
        pages=[_shown(page) for page in pages],
        silent=SILENT,
        heading=" and ".join(f"{page.title} on {plain(page.plan.backlog)}" for page in pages),
    )


@cache
def style() -> str:
    """How our pages look, on phones, screens and paper, light and dark."""
    return files("sync.report").joinpath("page.css.jinja").read_text(encoding="utf-8")


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    text = files("sync.report").joinpath("page.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(text)


def _shown(page: Page) -> dict[str, object]:
    plan, graded = page.plan, Counter(one.severity for one in page.plan.findings)
    broken = Counter(one.item for one in plan.findings if one.item)
    return {
        "backlog": plain(plan.backlog),
        "complete": plan.complete,
        "tiles": [
            (graded["error"], "error" if graded["error"] == 1 else "errors", "error"),
            (graded["warning"], "warning" if graded["warning"] == 1 else "warnings", "warning"),
            *(() if page.kept else _due(plan)),
            (len(page.rows), "open items", "item"),
        ],
        "kept": page.kept,
        "changes": _changes(page),
        "rows": [(at, _row(page, row), broken[row.item]) for at, row in enumerate(page.rows, 1)],
        "rules": _by_rule(page),
        "silent": [(plain(one.rule), silence(one)) for one in page.silent],
        "conflicts": _conflicts(page),
        "edits": _edits(page),
        "drift": drift_of(plan),
        "charts": _charts(page),
        "ages": _ages(page),
    }


def _changes(page: Page) -> dict[str, object] | None:
    changes = page.changes
    if changes is None:
        return None
    top = [row.item for row in page.rows[:TOP]]
    return {
        "since": time(changes.since)[:16],
        "new": _found(page, changes.new),
        "settled": _found(page, changes.settled),
        "top": top_lines(changes, top, page.titles),
        "done": done_words(changes.done),
    }


def _due(plan: Plan) -> Iterator[tuple[int, str, str]]:
    yield len(plan.conflicts) + len(plan.release_conflicts), "in conflict", "conflict"
    yield len(plan.edits) + len(plan.moves), "changes due", "change"


def _row(page: Page, row: Row) -> dict[str, object]:
    return {
        "title": cut(row.title, ROOM) or f"item {row.item}",
        "kind": plain(row.kind or ""),
        "status": plain(row.status or "").replace("_", " "),
        "priority": plain(row.priority or ""),
        "keys": [_key(key) for key in row.keys],
    }


def _key(key: Key) -> dict[str, object]:
    return {"tracker": plain(key.tracker), "key": plain(key.key), "url": address(key)}


def _by_rule(page: Page) -> list[tuple[str, str, str, list[dict[str, object]]]]:
    found: dict[str, list[Finding]] = {}
    for one in page.plan.findings:
        found.setdefault(one.rule, []).append(one)
    return [
        (
            plain(rule),
            about(rule, page.plan.would_fix),
            count(len(those), "finding"),
            _found(page, those),
        )
        for rule, those in found.items()
    ]


def _found(page: Page, findings: Sequence[Finding]) -> list[dict[str, object]]:
    return [
        {
            "severity": one.severity,
            "message": plain(one.message),
            "fix": one.fix,
            "keys": [_key(key) for key in where(one, page.keys)],
        }
        for one in findings
    ]


def _conflicts(page: Page) -> list[tuple[str, str, list[tuple[str, str]]]]:
    return [
        (
            called(one.item, page.titles),
            plain(one.field),
            [(plain(name), words) for name, words in conflict_sides(one, page.titles)],
        )
        for one in page.plan.conflicts
    ]


def _edits(page: Page) -> list[dict[str, object]]:
    return [
        {
            "tracker": plain(one.tracker),
            "action": one.action,
            "key": plain(one.key or ""),
            "title": called(one.item, page.titles),
            "fields": edit_changes(one, page.titles),
            "because": plain(one.because),
        }
        for one in page.plan.edits
    ]


def _charts(page: Page) -> list[dict[str, object]]:
    """Findings, and changes that were due, over the runs; none before the second run."""
    if len(page.past) < 2:
        return []
    series = [
        ("Findings by run", [one.findings for one in page.past]),
        ("Changes due by run", [one.changes for one in page.past]),
    ]
    agreement = [one.agreement for one in page.past if one.agreement is not None]
    if len(agreement) == len(page.past):
        series.append(("Of a hundred items alike everywhere, by run", agreement))
    return [
        {
            "name": name,
            "points": _line(numbers),
            "first": numbers[0],
            "last": numbers[-1],
            "most": max(numbers),
            "said": f"{name}: from {numbers[0]} ({time(page.past[0].started)}) "
            f"to {numbers[-1]} ({time(page.past[-1].started)}), at most {max(numbers)}",
        }
        for name, numbers in series
    ]


def _line(numbers: Sequence[int]) -> str:
    """The points of a polyline, 300 wide and 60 high."""
    most, last = max(*numbers, 1), len(numbers) - 1
    return " ".join(
        f"{at * 300 / last:.1f},{60 - number * 56 / most:.1f}" for at, number in enumerate(numbers)
    )


def _ages(page: Page) -> list[dict[str, object]]:
    top = [row for row in page.rows[:TOP] if row.days is not None]
    most = max((row.days or 0 for row in top), default=0) or 1
    return [
        {
            "title": cut(row.title, 60),
            "days": row.days,
            "said": count(row.days or 0, "day"),
            "width": round((row.days or 0) * 100 / most),
        }
        for row in top
    ]
