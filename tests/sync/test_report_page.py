"""The HTML page: what it shows, and that nothing of trackers' text has any power in it."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from sync.plan import Conflict, Edit, Finding, Placement, Plan
from sync.report import Key, Page, Past, Row, Silent, page_html
from sync.tracker import Change

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% raw %}",
    "\u202egnitset\u2066 \x1b[31m",
    "👩‍👩‍👧‍👦 شراء بالبطاقة",
    "x" * 300,
]
KEYS = (
    Key("github", "acme/shop#1", "https://github.example/1"),
    Key("files", "items/a.md", "items/a.md"),
)
PLAN = Plan(
    "shop",
    edits=(
        Edit(
            "a",
            "github",
            "update",
            "acme/shop#1",
            {"title": Change("Pay", "Paying")},
            "jira changed it",
        ),
    ),
    moves=(Placement("a", "jira", "SHOP-1", None, None, None, None),),
    conflicts=(Conflict("a", "priority", {"jira": "high", "github": "low"}, None),),
    findings=(
        Finding("labels", "error", "“Pay” has a label.", "a", {"github": "acme/shop#1"}, fix=True),
        Finding("labels", "warning", "The label is spelt twice."),
    ),
)
ROWS = (
    Row("a", "Pay", "story", "in_progress", "high", KEYS, 12),
    Row("b", "Ship", None, None, None),
)
PAST = (Past(1, "2026-03-01T12:00:00+00:00", 9, 30), Past(2, "2026-03-02T12:00:00+00:00", 4, 0))
PAGE = Page(PLAN, {"a": "Pay", "b": "Ship"}, ROWS, PAST, "Report", {"a": KEYS})


class Reader(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self.open = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" not in self.open:
            self.words += data.split()

    @property
    def said(self):
        return " ".join(self.words)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def test_it_shows_the_order_the_findings_the_drift_and_the_conflicts():
    page = Reader(page_html([PAGE]))
    for words in (
        "Backlog shop",
        "1 error 1 warning 1 in conflict 2 changes due 2 open items",
        "“Pay” has a label. Mended by the next apply.",
        "Pay priority before — github low jira high",
        "github 0 1 0 jira 0 0 1",
        "Pay → Paying",
        "1 Pay story in progress high acme/shop#1 items/a.md 1",
        "Findings by run: 9 → 4",
        "Pay 12 days",
    ):
        assert words in page.said


def test_keys_are_links_where_they_can_be_followed():
    links = Reader(page_html([PAGE])).all("a")
    assert {one["href"] for one in links} == {"https://github.example/1"}


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "items/a.md", "//evil.example"]
)
def test_an_address_that_is_none_is_no_link(url):
    row = replace(ROWS[0], keys=(Key("jira", "SHOP-1", url),))
    assert Reader(page_html([replace(PAGE, rows=[row], keys={})])).all("a") == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(text):
    usual = Reader(page_html([PAGE])).tags
    finding = replace(PLAN.findings[0], message=text, rule="labels")
    conflict = replace(PLAN.conflicts[0], sides={"jira": text, "github": "low"})
    edit = replace(PLAN.edits[0], fields={"title": Change("Pay", text)}, because=text)
    plan = replace(PLAN, findings=(finding, PLAN.findings[1]), conflicts=(conflict,), edits=(edit,))
    rows = (replace(ROWS[0], title=text, status=text, kind=text, priority=text), ROWS[1])
    page = Reader(page_html([replace(PAGE, plan=plan, rows=rows, titles={"a": text})]))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in usual]
    assert not {"\u202e", "\u2066", "\x1b"} & set(page.said)


def test_it_needs_nothing_beside_itself_and_runs_nothing():
    text = page_html([PAGE])
    page = Reader(text)
    assert not any(
        name in ("script", "link", "img", "iframe", "object", "form") for name, _ in page.tags
    )
    assert not any(attr.startswith("on") for _, attrs in page.tags for attr in attrs)
    assert "default-src 'none'" in text
    assert "@import" not in text


def test_a_backlog_in_order_says_so():
    page = Reader(page_html([Page(Plan("shop"), {})]))
    assert "What breaks which rule Nothing does." in page.said
    assert "All trackers show the same." in page.said
    assert "There are no open items." in page.said
    assert page.all("svg") == []


def test_a_plan_that_is_not_complete_says_so():
    assert "Not every tracker could be read" in page_html([Page(Plan("shop", complete=False), {})])


def test_several_backlogs_stand_in_one_document():
    page = Reader(page_html([PAGE, Page(Plan("app"), {}, title="Report")]))
    assert len(page.all("h1")) == 2
    assert len(page.all("html")) == 1


def test_a_chart_of_equal_numbers_is_flat():
    past = [replace(one, findings=0, changes=0) for one in PAST]
    lines = Reader(page_html([replace(PAGE, past=past)])).all("polyline")
    assert [one["points"] for one in lines] == ["0.0,60.0 300.0,60.0"] * 2


def test_it_says_what_a_rule_would_do_and_which_matched_nothing():
    plan = replace(PLAN, would_fix={"labels": 2})
    silent = (Silent("<b>small</b>", "2026-01-02T12:00:00+00:00"),)
    page = Reader(page_html([replace(PAGE, plan=plan, silent=silent)]))
    assert "It would change 2 items with `fix`." in page.said
    assert "Rules that nothing matched for 30 days" in page.said
    assert "<b>small</b> 2026-01-02, since when it is judged as it is now" in page.said
    assert "Rules that nothing matched" not in Reader(page_html([PAGE])).said
