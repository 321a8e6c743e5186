"""One item explained, and the history of runs."""

import json
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from sync.plan import Conflict, Finding
from sync.report import (
    EditLine,
    Explanation,
    FieldLine,
    RecordLine,
    RunLine,
    SideLine,
    explain_json,
    explain_table,
    history_table,
)

TEXT = "Why\n\nBecause\n"
EDITS = (
    EditLine(
        12,
        "2026-03-01T12:00:05.123Z",
        "jira",
        "update",
        "SHOP-7",
        "parent",
        None,
        "i2",
        "github changed it",
        "done",
    ),
    EditLine(
        12,
        "2026-03-01T12:00:06Z",
        "github",
        "create",
        None,
        None,
        None,
        None,
        "new on jira",
        "refused",
    ),
)
RUNS = (
    RunLine(
        12,
        "2026-03-01T12:00:00+00:00",
        "2026-03-01T12:01:09.6+00:00",
        "apply",
        "done",
        {"create": 1, "update": 2, "move": 0},
    ),
    RunLine(11, "2026-02-28T23:59:58Z", None, "webhook", None),
)
EXPLANATION = Explanation(
    "0abc12def345",
    "Pay by card",
    (
        RecordLine("jira", "SHOP-7", "https://acme.example/browse/SHOP-7", "2026-02-28"),
        RecordLine("files", "pay-by-card", None, "9f8e"),
    ),
    (
        FieldLine(
            "title",
            "Pay by card",
            {"jira": SideLine("Pay by card", True)},
            "any",
            "",
            "only on jira",
        ),
        FieldLine(
            "status",
            "done",
            {
                "jira": SideLine("done", True),
                "github": SideLine("todo", False),
                "files": SideLine("done", True),
            },
            "jira",
            "it changed last, in run 12",
        ),
        FieldLine(
            "description",
            TEXT,
            {"jira": SideLine(TEXT + "New\n", False)},
            "any",
            "nobody changed it since",
        ),
        FieldLine("parent", "i2", {}, "backlog", ""),
    ),
    (Conflict("0abc12def345", "title", {"jira": "Pay", "files": "Pay now"}, "Pay by card"),),
    (Finding("labels", "warning", "“Pay by card” (SHOP-7) has 2 labels."),),
    EDITS,
    {"i2": "Checkout"},
)

EXPLAINED = """\
Pay by card  item 0abc12def345

2 records
  jira   SHOP-7       https://acme.example/browse/SHOP-7
                      version 2026-02-28
  files  pay-by-card  version 9f8e

4 fields
  title        Pay by card  = jira
               only on jira
  status       done  = files, jira
               github shows  todo
               jira decides: it changed last, in run 12
  description  Why (3 lines)
               jira shows  +1 −0 lines, first “New”
               nobody changed it since
  parent       Checkout
               backlog decides

1 conflict
  title  before  Pay by card
         files   Pay now
         jira    Pay

labels: 1 warning
  A label says the same everywhere, so that all can search and count by it.
  warning  “Pay by card” (SHOP-7) has 2 labels.

2 edits
  run  at                   key     edit
  12   2026-03-01 12:00:05  SHOP-7  jira update
                                    parent  — → Checkout
                                    because github changed it
  12   2026-03-01 12:00:06  —       github create refused
                                    because new on jira
"""

HISTORY = """\
2 runs
  run  started              took     mode     outcome    changes
  12   2026-03-01 12:00:00  0:01:10  apply    done       1 create, 2 updates
  11   2026-02-28 23:59:58  —        webhook  not ended  0 changes

2 edits
  run  at                   key     edit
  12   2026-03-01 12:00:05  SHOP-7  jira update
                                    parent  — → Checkout
                                    because github changed it
  12   2026-03-01 12:00:06  —       github create refused
                                    because new on jira
"""


def test_an_explanation_tells_records_fields_and_why() -> None:
    assert explain_table(EXPLANATION, 80) == EXPLAINED


def test_an_item_that_no_tracker_shows_yet() -> None:
    text = explain_table(Explanation("i9", ""), 80)
    assert text == "(without a title)  item i9\n\n0 records\n\n0 fields\n"


def test_the_json_of_an_explanation_holds_all_of_it() -> None:
    data = json.loads(explain_json(EXPLANATION))
    assert (data["version"], data["item"], data["title"]) == (1, "0abc12def345", "Pay by card")
    assert data["records"][1] == {
        "tracker": "files",
        "key": "pay-by-card",
        "url": None,
        "version": "9f8e",
    }
    assert data["fields"][1] == {
        "name": "status",
        "value": "done",
        "by_tracker": {
            "jira": {"value": "done", "in_sync": True},
            "github": {"value": "todo", "in_sync": False},
            "files": {"value": "done", "in_sync": True},
        },
        "authority": "jira",
        "why": "it changed last, in run 12",
        "flow": "",
    }
    assert data["conflicts"] == [
        {"field": "title", "sides": {"jira": "Pay", "files": "Pay now"}, "base": "Pay by card"}
    ]
    assert [finding["rule"] for finding in data["findings"]] == ["labels"]
    assert [edit["outcome"] for edit in data["last_edits"]] == ["done", "refused"]


def test_history_lists_runs_and_their_edits() -> None:
    assert history_table(RUNS, EDITS, {"i2": "Checkout"}, 80) == HISTORY


@pytest.mark.parametrize(
    ("runs", "edits", "first"),
    [
        pytest.param((), (), "Nothing has been applied yet.", id="nothing yet"),
        pytest.param(RUNS[:1], (), "1 run", id="runs alone"),
        pytest.param((), EDITS[:1], "", id="edits alone"),
    ],
)
def test_history_in_parts(
    runs: tuple[RunLine, ...], edits: tuple[EditLine, ...], first: str
) -> None:
    text = history_table(runs, edits, {}, 80)
    assert text.splitlines()[0] == first
    assert ("edit" in text) == bool(edits)


HOSTILE = st.text(alphabet="ab |`*<@#[]/\\\n\r\t\x1b\x07\u202e\u2028支🎉e\u0301") | st.text()


@settings(deadline=None)
@given(st.lists(HOSTILE, min_size=12, max_size=12), st.integers(20, 130))
def test_hostile_text_never_breaks_the_layout(texts: list[str], width: int) -> None:
    a, b, c, d, e, f, g, h, i, j, k, x = texts
    edit = EditLine(1, "2026-03-01T12:00:06Z", a, b, c, d, e, f, g, h)
    explanation = replace(
        EXPLANATION,
        title=x,
        records=(RecordLine(a, b, c, d),),
        fields=(FieldLine(e, f, {g: SideLine(h, False), i: SideLine(j, True)}, k, x),),
        conflicts=(Conflict(a, b, {c: d}, e),),
        last_edits=(edit,),
    )
    run = replace(RUNS[0], mode=i, outcome=j, counts={k: 2})
    for text in (explain_table(explanation, width), history_table([run], [edit], {}, width)):
        assert max(map(cell_len, text.split("\n"))) <= width
        steering = {"Cc", "Cs", "Zl", "Zp"}
        assert {unicodedata.category(char) for char in text.replace("\n", "")}.isdisjoint(steering)


def test_moves_are_told_by_the_neighbours_and_old_ones_by_none() -> None:
    was, now = {"after": None, "before": "i2"}, {"after": "i2", "before": None}
    move = replace(EDITS[0], action="move", field=None, before=was, after=now, because="order")
    text = history_table([], [move, replace(move, before=None, after="i2")], {"i2": "Pay"}, 80)
    lines = [line.strip() for line in text.splitlines()]
    assert [line.split(None, 1)[1] for line in lines if line.startswith(("from", "to"))] == [
        "the top, above Pay",
        "below Pay",
        "—",
        "—",
    ]
