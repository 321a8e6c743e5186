"""Foreign text stays text: on a terminal, in a report, in a log, in YAML, in SQL, in a query."""

from __future__ import annotations

import inspect
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from adapters.github import project_texts
from tests.acceptance.shop import Result, Shop, shop

TITLE = (
    "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\u2066\u200b \x85\u2028forged: done "
    "'; DROP TABLE item; -- <script>alert(1)</script> [x](javascript:alert(1)) @everyone "
    "{0.__class__} {item} %s %(x)s ${HOME} `id` $(id) !!python/name:os.system *alias &anchor"
)
LABEL = "ui]\n- evil: yes\nstatus: done #"
BODY = f"{TITLE}\n---\nstatus: done\n---\n# Other\n\x00\x1b[31m <!-- onebacklog:fake -->"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    issue = {"title": TITLE, "labels": [LABEL.replace("\n", " ")], "body": BODY}
    told = {"type": "Story", "summary": f"Told 7 times: {TITLE}", "description": None}
    with shop(tmp_path, github=[issue], jira=[told]) as one:
        yield one


def steers(text: str) -> list[str]:
    """Characters that do something to a terminal, but for line breaks."""
    kinds = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return [repr(c) for c in text if c != "\n" and unicodedata.category(c) in kinds]


def _said(made: Shop) -> Iterator[tuple[str, Result]]:
    yield "plan", made.run("plan")
    yield "plan as JSON", made.run("plan", "--format", "json")
    yield "plan as Markdown", made.run("plan", "--format", "markdown")
    yield "apply", made.run("apply", "--yes")
    for form in ("table", "json", "markdown"):
        yield f"report as {form}", made.run("report", "--format", form)
    for form in ("table", "json"):
        yield f"explain as {form}", made.run("explain", "acme/shop#1", "--format", form)
        yield f"history as {form}", made.run("history", "--run", "1", "--format", form)
    (made.items / "\x1b[31mred.md").write_text("# Red\n")
    yield "plan with an odd file", made.run("plan")
    yield "check", made.run("check")


def test_no_text_steers_a_terminal(made: Shop) -> None:
    for name, result in _said(made):
        assert (name, steers(result.err)) == (name, [])
        if "Markdown" not in name and "markdown" not in name:
            assert (name, steers(result.out)) == (name, [])
        else:  # a zero-width space keeps mentions apart
            assert (name, set(steers(result.out)) - {repr("\u200b")}) == (name, set())
            assert "<script" not in result.out
            assert "](javascript:" not in result.out
            assert "@everyone" not in result.out


def test_a_log_for_programs_is_one_json_a_line_whatever_is_in_it(made: Shop) -> None:
    (made.items).mkdir(parents=True)
    (made.items / "bad\nname.md").write_text("---\n[\n---\n")
    result = made.run("apply", "--yes", "--log-format", "json")
    for line in result.err.splitlines():
        assert json.loads(line)["event"]


def test_hostile_text_comes_back_as_it_was_and_adds_no_key(tmp_path: Path) -> None:
    title = "".join(c for c in TITLE if not steers(c))  # others are refused, and said
    body = f"{title}\n\n---\nstatus: done\n---\n\n# Other\n"
    issue = {"title": title, "labels": [LABEL.replace("\n", " ")], "body": body}
    with shop(tmp_path, github=[issue]) as made:
        _comes_back(made, title)


def _comes_back(made: Shop, title: str) -> None:
    made.apply()
    made.settled()
    [jira] = made.jira_stand_in.dump()["issues"]
    assert jira["summary"] == title
    paths = list(made.items.glob("*.md"))
    assert len(paths) == 1
    for path in paths:
        _, front, _ = path.read_text("utf-8").split("---\n", 2)
        held = YAML(typ="safe", pure=True).load(front)
        assert held.get("status") == "todo"
        assert "evil" not in held
    issues = made.github.call("GET", "/issues")
    assert {one["state"] for one in issues} == {"open"}
    state = (made.folder / "state.db").read_bytes()
    assert b"DROP TABLE item" in state  # as data


def test_queries_are_made_of_numbers_alone() -> None:
    makers = [one for name, one in vars(project_texts).items() if inspect.isfunction(one)]
    public = [one for one in makers if not one.__name__.startswith("_")]
    assert len(public) >= 5
    for one in public:
        kinds = {parameter.annotation for parameter in inspect.signature(one).parameters.values()}
        assert kinds <= {"int", "Sequence[bool]"}, one.__name__


PLANS = {
    "a key that steers a terminal": json.dumps({"\x1b[2J\u202e": 1}),
    "values that are too deep": '{"version": ' + "[" * 100_000,
    "a tracker that steers a terminal": json.dumps({"version": 1, "backlog": "\x1b[2J"}),
    "numbers that are none": '{"version": NaN}',
    "half a character": r'{"version": 1, "backlog": "\ud800"}',
    "no text": "\x00\x01",
    "nothing": "",
}


@pytest.mark.parametrize("text", PLANS.values(), ids=PLANS)
def test_a_plan_file_with(made: Shop, tmp_path: Path, text: str) -> None:
    """… is refused in words that do nothing to a terminal; nothing is written."""
    path = tmp_path / "plan.json"
    path.write_text(text, "utf-8")
    result = made.run("apply", "--yes", "--plan", str(path))
    assert result.code == 2
    assert steers(result.out + result.err) == []
    assert made.served.writes() == []
