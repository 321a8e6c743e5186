"""A plan as a table and as Markdown: what is said, and that nothing breaks the layout."""

import unicodedata
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len
from rich.text import Text

from sync.model import Criterion
from sync.plan import (
    Conflict,
    Edit,
    Finding,
    Pairing,
    Placement,
    Plan,
    PlanDocument,
    ReleaseConflict,
    ReleaseEdit,
)
from sync.report import plan_markdown, plan_summary, plan_table
from sync.tracker import Change

TITLES = {"i1": "Pay by card", "i3": "Show the history"}
TEXT = "Why\n\nBecause\n"
CREATE = Edit(
    "i2",
    "github",
    "create",
    None,
    {
        "title": Change(None, "Refund a payment"),
        "status": Change(None, "todo"),
        "labels": Change(frozenset(), frozenset({"ui", "pay"})),
        "description": Change("", TEXT),
        "parent": Change(None, "i1"),
    },
    "new on jira",
)
UPDATE = Edit(
    "i1",
    "github",
    "update",
    "acme/shop#12",
    {
        "status": Change("todo", "done"),
        "description": Change(TEXT, TEXT.replace("Because", "So\nthat\nit works")),
        "labels": Change(frozenset({"old"}), frozenset({"ui"})),
        "acceptance_criteria": Change((Criterion("a"),), (Criterion("a", True),)),
    },
    "jira changed it",
)
OTHER = Edit(
    "i3", "jira", "update", "SHOP-9", {"title": Change("x", "Show the history")}, "because"
)
PAIRINGS = (Pairing("i1", "jira", "SHOP-7", "title"),)
MOVES = (
    Placement("i1", "jira", "SHOP-7", None, "i3", None, "SHOP-9"),
    Placement("i3", "jira", "SHOP-9", "i1", None, "SHOP-7", None),
    Placement("i2", "github", None, "i1", "i3", None, None),
)
CONFLICTS = (
    Conflict("i3", "title", {"jira": "Show it", "github": "List it"}, "Show the history"),
    Conflict("i1", "description", {"jira": TEXT + "New\n", "github": ""}, TEXT),
)
FINDINGS = (
    Finding("labels", "error", "“Pay by card” (SHOP-7) has 2 labels.", "i1", {"jira": "SHOP-7"}),
    Finding("labels", "warning", "Another.", "i3", {"jira": "SHOP-9", "github": "acme/shop#1"}),
    Finding("tracker", "info", "Only so you know."),
)
PLAN = Plan("shop", False, (OTHER, CREATE, UPDATE), PAIRINGS, MOVES, CONFLICTS, FINDINGS)

TABLE = """\
Plan for shop

github: 1 create, 1 update
  create  —             Refund a payment
                        description Why (3 lines); status todo; labels pay, ui;
                        parent Pay by card
                        because new on jira
  update  acme/shop#12  Pay by card
                        description          +3 −1 lines
                        acceptance_criteria  1 checked
                        status               todo → done
                        labels               +ui −old
                        because jira changed it

jira: 1 update
  update  SHOP-9  Show the history
                  title  x → Show the history
                  because because

Records that show an item already: 1 pairing
  jira  SHOP-7  Pay by card  by title

Order: 3 moves
  jira    SHOP-7  Pay by card  to the top, above SHOP-9
  jira    SHOP-9  Show the history  below SHOP-7
  github  —       item i2  below Pay by card, above Show the history

To be resolved: 2 conflicts
  title        Show the history
               before  Show the history
               github  List it
               jira    Show it
  description  Pay by card
               before  Why (3 lines)
               github  —
               jira    +1 −0 lines, first “New”
               github, line 1
               - Why
               -
               - Because
               -
               jira, line 3
                 Because
               + New

labels: 1 error, 1 warning
  A label says the same everywhere, so that all can search and count by it.
  error    “Pay by card” (SHOP-7) has 2 labels.
  warning  Another.  acme/shop#1, SHOP-9

tracker: 1 for information
  Only what can be read is judged.
  info  Only so you know.

Not every tracker could be read: items with a record there are neither changed
nor judged.
1 create, 2 updates, 3 moves, 2 conflicts, 3 findings, 1 pairing
"""

MARKDOWN = """\
## Plan for shop

1 create, 2 updates, 3 moves, 2 conflicts, 3 findings, 1 pairing

Not every tracker could be read: items with a record there are neither changed nor judged.

### github: 1 create, 1 update

| action | key | item | changes | because |
| --- | --- | --- | --- | --- |
| create | — | Refund a payment | description: Why (3 lines)<br>status: todo<br>labels: pay, ui<br>\
parent: Pay by card | new on jira |
| update | `acme/shop#12` | Pay by card | description: +3 −1 lines<br>\
acceptance_criteria: 1 checked<br>status: todo → done<br>labels: +ui −old | jira changed it |

### jira: 1 update

| action | key | item | changes | because |
| --- | --- | --- | --- | --- |
| update | `SHOP-9` | Show the history | title: x → Show the history | because |

### Records that show an item already: 1 pairing

| tracker | key | item | recognised |
| --- | --- | --- | --- |
| jira | `SHOP-7` | Pay by card | by title |

### Order: 3 moves

| tracker | key | item | to |
| --- | --- | --- | --- |
| jira | `SHOP-7` | Pay by card | to the top, above SHOP-9 |
| jira | `SHOP-9` | Show the history | below SHOP-7 |
| github | — | item i2 | below Pay by card, above Show the history |

### To be resolved: 2 conflicts

| item | field | values |
| --- | --- | --- |
| Show the history | title | before: Show the history<br>github: List it<br>jira: Show it |
| Pay by card | description | before: Why (3 lines)<br>github: —<br>\
jira: +1 −0 lines, first “New”<br>github, line 1<br>- Why<br>-<br>- Because<br>-<br>\
jira, line 3<br>Because<br>+ New |

### labels: 1 error, 1 warning

A label says the same everywhere, so that all can search and count by it.

| severity | keys | finding |
| --- | --- | --- |
| error | `SHOP-7` | “Pay by card” (SHOP-7) has 2 labels. |
| warning | `acme/shop#1`, `SHOP-9` | Another. |

### tracker: 1 for information

Only what can be read is judged.

| severity | keys | finding |
| --- | --- | --- |
| info |  | Only so you know. |
"""


def test_the_table_says_what_where_and_why() -> None:
    assert plan_table(PLAN, TITLES, 80) == TABLE


def test_the_markdown_says_the_same() -> None:
    assert plan_markdown(PLAN, TITLES) == MARKDOWN


def test_color_changes_nothing_but_the_color() -> None:
    colored = plan_table(PLAN, TITLES, 80, color=True)
    assert "\x1b[32mcreate\x1b[0m" in colored
    bare = Text.from_ansi(colored).plain
    assert [line.rstrip() for line in bare.splitlines()] == TABLE.splitlines()


def test_without_a_width_it_is_a_hundred_columns_wide() -> None:
    assert plan_table(PLAN, TITLES) == plan_table(PLAN, TITLES, 100)


DONE = Plan("shop")


@pytest.mark.parametrize(
    ("plan", "summary"),
    [
        pytest.param(DONE, "0 changes", id="nothing to do"),
        pytest.param(
            replace(DONE, findings=FINDINGS[:1]), "0 changes, 1 finding", id="only findings"
        ),
        pytest.param(
            replace(DONE, moves=MOVES[:1]),
            "0 creates, 0 updates, 1 move, 0 conflicts, 0 findings",
            id="one move",
        ),
        pytest.param(
            replace(DONE, pairings=PAIRINGS),
            "0 creates, 0 updates, 0 moves, 0 conflicts, 0 findings, 1 pairing",
            id="only a pairing",
        ),
    ],
)
def test_the_last_line_sums_up(plan: Plan, summary: str) -> None:
    assert plan_summary(plan) == summary
    assert plan_table(plan, {}).splitlines()[-1] == summary
    assert summary in plan_markdown(plan, {}).splitlines()


def test_a_plan_with_nothing_to_do_is_two_lines() -> None:
    assert plan_table(DONE, {}) == "Plan for shop\n\n0 changes\n"
    assert plan_markdown(DONE, {}) == "## Plan for shop\n\n0 changes\n"


def test_a_record_with_nothing_but_a_title_is_created_without_more_ado() -> None:
    edit = Edit("i2", "github", "create", None, {"title": Change(None, "Pay")}, "new on jira")
    lines = plan_table(Plan("shop", edits=(edit,)), {}).splitlines()
    assert lines[3:5] == ["  create  —  Pay", "             because new on jira"]


@pytest.mark.parametrize(
    ("edit", "title"),
    [
        pytest.param(replace(CREATE, fields={}), "item i2", id="created without a title"),
        pytest.param(replace(OTHER, item="i9"), "item i9", id="an item that nobody knows"),
        pytest.param(CREATE, "Refund a payment", id="created with a title"),
    ],
)
def test_what_an_edit_calls_its_item(edit: Edit, title: str) -> None:
    line = plan_table(Plan("shop", edits=(edit,)), TITLES).splitlines()[3]
    assert line.endswith(f"  {title}")


PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HOSTILE = st.text(alphabet="ab |`*<@#[]/\\\n\r\t\x1b\x07\u202e\u2028支🎉e\u0301") | st.text()


@st.composite
def hostile_plans(draw: st.DrawFn) -> tuple[Plan, dict[str, str]]:
    """A plan in which every text is somebody else's."""

    def text() -> str:
        return draw(HOSTILE)

    criteria = tuple(Criterion(text()) for _ in range(draw(st.integers(0, 2))))
    fields = {
        text(): Change(draw(st.none() | HOSTILE), draw(st.none() | HOSTILE)),
        "labels": Change(draw(st.frozensets(HOSTILE)), draw(st.frozensets(HOSTILE))),
        "acceptance_criteria": Change((), criteria),
        "description": Change(text(), text()),
    }
    plan = Plan(
        text(),
        draw(st.booleans()),
        (
            Edit("i", "here", "create", None, fields, text()),
            Edit("j", "there", "update", text(), fields, text()),
        ),
        (Pairing("i", text(), text(), "mark"),),
        (Placement("j", text(), text(), None, None, text(), text()),),
        (Conflict("i", "title", {text(): text(), text(): [text()]}, text()),),
        (Finding(text(), "error", text(), "i", {text(): text()}),),
    )
    return plan, {"i": text(), "j": text()}


@settings(deadline=None)
@given(hostile_plans(), st.integers(20, 130))
def test_hostile_text_never_breaks_the_table(case: tuple[Plan, dict[str, str]], width: int) -> None:
    text = plan_table(*case, width)
    assert max(map(cell_len, text.split("\n"))) <= width
    steering = {"Cc", "Cs", "Zl", "Zp"}
    assert {unicodedata.category(char) for char in text.replace("\n", "")}.isdisjoint(steering)
    assert " ".join(text.split()).endswith(plan_summary(case[0]))


@settings(deadline=None)
@given(hostile_plans())
def test_hostile_text_never_breaks_the_markdown(case: tuple[Plan, dict[str, str]]) -> None:
    tokens = PARSER.parse(plan_markdown(*case))
    number = Counter(token.type for token in tokens)
    assert number["heading_open"] == 7  # the plan, two trackers, four sections
    assert number["tr_open"] == 12  # six tables of a head and an entry
    assert number["th_open"] == number["td_open"] == 5 + 5 + 4 + 4 + 3 + 3
    within = [token for block in tokens for token in block.children or []]
    assert {token.type for token in within} <= {
        "text",
        "text_special",
        "code_inline",
        "html_inline",
    }
    assert {token.content for token in within if token.type == "html_inline"} <= {"<br>"}


def test_releases_stand_beside_the_items_in_every_format() -> None:
    plan = Plan(
        "shop",
        releases=(
            ReleaseEdit(
                "1.0", "github", "update", {"due": (None, "2026-05-01"), "done": (False, True)}, "x"
            ),
            ReleaseEdit("2.0", "jira", "create", {"name": (None, "2.0")}, "y"),
        ),
        release_conflicts=(ReleaseConflict("1.0", "name", {"jira": "a", "github": "b"}, "1.0"),),
    )
    for text in (plan_table(plan, {}, 200), plan_markdown(plan, {})):
        assert "due — → 2026-05-01, done no → yes, because x" in text
        assert "name 2.0, because y" in text
        assert "github: b, jira: a" in text
        assert "Releases: 2 edits" in text
        assert "Releases to be resolved: 1 conflict" in text
    assert plan_summary(plan) == (
        "0 creates, 0 updates, 0 moves, 1 conflict, 0 findings, 2 releases"
    )
    assert PlanDocument.model_validate_json(plan.to_text()).releases[0].fields["due"].after
