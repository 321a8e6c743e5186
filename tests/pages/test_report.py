"""The HTML report, looked at in Chromium: on phones and desktops, light and dark, and on paper."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from sync.plan import Conflict, Edit, Finding, Placement, Plan
from sync.report import Key, Page, Past, Row, page_html
from sync.report.digest import Changes, Done
from sync.tracker import Change
from tests.pages.conftest import opened

SCRIPT = "<script>window.ran = true; alert(1)</script>"
HOSTILE = (
    SCRIPT,
    "\"><img src=x onerror='window.ran = true; alert(2)'><svg onload=alert(3)>",
    "\u202eשלום gnitset\u2066 שراء بالبطاقة",
    "👩‍👩‍👧‍👦🏳️‍🌈 " * 10,
    "x" * 300,
    "<style>body { display: none }</style><link rel=stylesheet href=https://evil.example/a.css>",
    "{{ 7 * 7 }}{% raw %}",
)
RULES = ("acceptance-criteria", "hygiene", "labels", "priority-order")


def keys(at: int) -> tuple[Key, ...]:
    return (
        Key("jira", f"SHOP-{at}", f"https://acme.example/browse/SHOP-{at}"),
        Key("github", f"acme/a-shop-with-a-rather-long-name#{at}", f"https://github.example/{at}"),
        Key("files", f"items/an-item-with-a-long-name-{at}.md"),
    )


def report(titles: tuple[str, ...]) -> Page:
    """A backlog in which there is something of everything, under these titles."""
    named = {f"i{at}": title for at, title in enumerate(titles)}
    findings = [
        Finding(
            RULES[at % len(RULES)],
            ("error", "warning", "info")[at % 3],
            f"“{title}” (SHOP-{at}) has no acceptance criteria: write at least 1.",
            item,
            {"jira": f"SHOP-{at}", "files": f"items/an-item-with-a-long-name-{at}.md"},
            fix=at % 2 == 0,
        )
        for at, (item, title) in enumerate(named.items())
    ]
    plan = Plan(
        "shop",
        complete=False,
        edits=tuple(
            Edit(item, "jira", "update", "SHOP-1", {"title": Change("Pay", title)}, title)
            for item, title in named.items()
        ),
        moves=(Placement("i0", "jira", "SHOP-1", None, None, None, None),),
        conflicts=tuple(
            Conflict(item, "title", {"jira": title, "github": "low"}, title)
            for item, title in named.items()
        ),
        findings=tuple(findings),
    )
    rows = [
        Row(item, title, "story", "in_progress", "high", keys(at), 300 - at)
        for at, (item, title) in enumerate(named.items())
    ]
    past = [Past(at, f"2026-03-{at:02}T12:00:00+00:00", 9 - at, 30, 90 + at) for at in range(1, 6)]
    before = ("i1", "i0", "gone")
    changes = Changes(
        past[0].started, tuple(findings[:2]), tuple(findings[2:4]), before, Done(5, 1, 2, 3, 4)
    )
    known = {item: keys(at) for at, item in enumerate(named)}
    return Page(plan, named, rows, past, "Report", known, changes)


USUAL = report(
    tuple(f"Pay by card, in the way that customers no. {at} asked for" for at in range(12))
)


def written(folder: Path, *pages: Page) -> Path:
    path = folder / "report.html"
    path.write_text(page_html(pages), encoding="utf-8")
    return path


def looks(test: Any) -> Any:
    test = pytest.mark.parametrize("scheme", ["light", "dark"])(test)
    return pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desktop"])(test)


@looks
def test_it_has_headings_tables_and_charts_and_nobody_must_scroll_sideways(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    path = written(tmp_path, USUAL, replace(USUAL, plan=Plan("app"), rows=(), past=()))
    with opened(browser, path, width=width, scheme=scheme) as seen:
        page = seen.page
        assert page.locator("h1").all_inner_texts() == ["Backlog shop", "Backlog app"]
        assert page.locator("section:first-of-type h2").all_inner_texts() == [
            "Over time",
            "What changed since 2026-03-01 12:00 UTC",
            "What breaks which rule",
            "Conflicts",
            "Drift",
            "The order",
        ]
        charts = page.locator("svg[role=img]")
        assert charts.count() == 3
        assert all(chart.is_visible() for chart in charts.all())
        assert page.locator("table").count() == page.locator("table > caption").count() >= 10
        # A row of the order: its title can be read, and its keys can be followed.
        row = page.locator("tr", has=page.locator("th[scope=row]", has_text="no. 3")).last
        assert row.is_visible()
        assert row.locator("a").count() == 2
        page.locator("summary").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.title") == "Report on shop and Report on app"
        assert (seen.asked, seen.dialogs, seen.errors) == ([], [], [])


@looks
def test_nobody_is_kept_from_reading_it(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    with opened(browser, written(tmp_path, USUAL), width=width, scheme=scheme) as seen:
        seen.page.locator("summary").first.click()
        found = Axe().run(seen.page)
        assert found.violations_count == 0, found.generate_report()


@looks
def test_hostile_titles_are_shown_and_do_nothing(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    path = written(tmp_path, report(HOSTILE))
    with opened(browser, path, width=width, scheme=scheme) as seen:
        page = seen.page
        page.locator("summary").first.click()
        shown = page.locator("body").inner_text()
        assert SCRIPT in shown
        assert "{{ 7 * 7 }}{% raw %}" in shown
        assert page.evaluate("window.ran") is None
        assert page.locator("script, img, link, svg:not([role=img])").count() == 0
        assert page.locator("h1").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert (seen.asked, seen.dialogs, seen.errors) == ([], [], [])
        # What turns the writing direction stays within the title: it is not there any more.
        row = page.locator("tr", has_text="gnitset").last
        assert "\u202e" not in row.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_it_is_dark_on_light(browser: Browser, tmp_path: Path, scheme: str) -> None:
    with opened(browser, written(tmp_path, USUAL), scheme=scheme) as seen:
        page = seen.page
        page.emulate_media(media="print")
        color = page.evaluate("getComputedStyle(document.body).color")
        assert sum(map(int, color[4:-1].split(","))) < 200
        assert page.pdf(format="A4").startswith(b"%PDF")
