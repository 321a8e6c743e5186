"""What becomes of items whose record is deleted, hidden, moved, archived or out of scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.text import markdown_to_adf
from tests.acceptance.shop import PEOPLE, Flavour, Shop, shop

WHERE = "issuetype != Bug AND (labels is EMPTY OR labels not in (elsewhere))"
TITLE = "Pay by card"
OTHERS = ("Ship", "Invoice")
TEXT = "Cards of all kinds."
DAY = 86_400.0


@pytest.fixture(params=["cloud", "datacenter"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """Three stories that all trackers show, and places beside them that are in no backlog."""
    flavour: Flavour = request.param
    with shop(tmp_path, flavour=flavour) as it:
        stock(it)
        scope(it)
        it.apply()
        it.settled()
        it.served.switches.skew = DAY  # what was written long ago, no search is late for
        yield it


def stock(made: Shop) -> None:
    """Fills the trackers anew, with a second project and a second repository."""
    repository = {"private": True, "push": list(PEOPLE), "labels": ["team"]}
    made.github_stand_in.load(
        {
            "users": {f"t-{name}": name for name in PEOPLE},
            "organizations": {"acme": {}},
            "repositories": {
                "acme/shop": repository,
                "acme/stock": repository,
            },
        }
    )
    cloud = made.flavour == "cloud"
    login = "{0}@example.com:{0}-token" if cloud else "{0}-token"
    types = ["Epic", "Story", "Task", "Bug", "Sub-task"]
    made.jira_stand_in.load(
        {
            "users": {
                login.format(name): {"accountId" if cloud else "name": name} for name in PEOPLE
            },
            "projects": {
                "SHOP": {"types": types, "levels": ["Internal"]},
                "OPS": {"types": types, "levels": ["Internal"]},
            },
            "issues": [
                {"key": f"SHOP-{at}", "type": "Story", "summary": title, "priority": "Medium"}
                for at, title in enumerate((TITLE, *OTHERS), 1)
            ],
        }
    )


def scope(made: Shop, more: str = "") -> None:
    """Settings with a scope on both trackers, and more trackers below them."""
    made.configure(github=", where: {labels: [team]}")
    text = made.settings.read_text(encoding="utf-8")
    text = text.replace("project: SHOP,", f'project: SHOP, where: "{WHERE}",')
    made.settings.write_text(text.replace("    users:\n", f"{more}    users:\n"), encoding="utf-8")


# What people do


def label(made: Shop) -> None:
    made.github.call("POST", f"/issues/{number_of(made)}/labels", labels=["team"])


def unlabel(made: Shop) -> None:
    made.github.call("DELETE", f"/issues/{number_of(made)}/labels/team")


def number_of(made: Shop) -> int:
    """The story's number on GitHub, whatever scope it is in."""
    listed = made.github.call("GET", "/issues?state=all&per_page=100")
    return int(next(one["number"] for one in listed if one["title"] == TITLE))


def on_jira(made: Shop, **fields: Any) -> None:
    made.jira.ask("PUT", "issue/SHOP-1", {"fields": fields})


def hide(made: Shop) -> None:
    on_jira(made, security={"name": "Internal"})
    made.jira_stand_in.show_levels("bot", [])


def take_file(made: Shop) -> None:
    path = made.items / "pay-by-card.md"
    path.rename(made.folder / "taken.md")


def give_file(made: Shop) -> None:
    (made.folder / "taken.md").rename(made.items / "pay-by-card.md")


def move_away(made: Shop) -> None:
    made.jira_stand_in.move("SHOP-1", "OPS")


def move_back(made: Shop) -> None:
    made.jira_stand_in.move("OPS-1", "SHOP")


def transfer_away(made: Shop) -> None:
    assert made.github_stand_in.transfer("acme/shop", number_of(made), "acme/stock") == 1


def transfer_back(made: Shop) -> None:
    made.github_stand_in.transfer("acme/stock", 1, "acme/shop")


@dataclass(frozen=True)
class Row:
    tracker: str
    lose: Callable[[Shop], object]
    says: str
    """What the finding says became of it."""
    remedy: str
    back: Callable[[Shop], object] | None = None


ROWS: dict[str, Row] = {
    "a deleted issue of Jira closes nothing": Row(
        "jira",
        lambda made: made.jira_stand_in.delete("SHOP-1"),
        "(hidden or deleted)",
        "if it was deleted, close the item by hand",
    ),
    "an issue of Jira that a security level hides goes on when it is shown again": Row(
        "jira",
        hide,
        "(hidden or deleted)",
        "let this credential see it again",
        lambda made: made.jira_stand_in.show_levels("bot", None),
    ),
    "an issue that moved to another project is known by its id, and so when it is back": Row(
        "jira", move_away, "/jira/browse/OPS-1)", "move it back", move_back
    ),
    "an archived issue of Jira goes on when it is restored": Row(
        "jira",
        lambda made: made.jira_stand_in.archive("SHOP-1"),
        "(archived)",
        "restore it from the archive",
        lambda made: made.jira_stand_in.archive("SHOP-1", archived=False),
    ),
    "an issue that JQL no longer finds is out of scope, and not closed": Row(
        "jira",
        lambda made: on_jira(made, labels=["elsewhere"]),
        "(out of scope)",
        "let it fit the tracker's `where` again",
        lambda made: on_jira(made, labels=[]),
    ),
    "an issue of a type that JQL leaves out is said to be of another type": Row(
        "jira",
        lambda made: on_jira(made, issuetype={"name": "Bug"}),
        "(of another type, Bug)",
        "give it a type that the tracker's `where` means",
        lambda made: on_jira(made, issuetype={"name": "Story"}),
    ),
    "a deleted issue of GitHub closes nothing": Row(
        "github",
        lambda made: made.github_stand_in.delete("acme/shop", number_of(made)),
        "(deleted)",
        "make it anew there by hand, under the same title",
    ),
    "a transferred issue is known where it went, and when it is back under a new number": Row(
        "github",
        transfer_away,
        "(moved to ",
        "make that place a tracker of this backlog",
        transfer_back,
    ),
    "an issue that was made a discussion is not a closed one": Row(
        "github",
        lambda made: made.github_stand_in.convert_to_discussion("acme/shop", number_of(made)),
        "(made a discussion at ",
        "an issue can be made from the discussion again",
    ),
    "an issue without the label of the scope stops, and goes on with the label": Row(
        "github",
        unlabel,
        "(out of scope)",
        "let it fit the tracker's `where` again",
        label,
    ),
    "a file that is gone closes nothing, and goes on when it is back": Row(
        "files", take_file, "(not seen)", "bring it back", give_file
    ),
}


def statuses(made: Shop, tracker: str) -> dict[str, Any]:
    return {title: one.shown["status"] for title, one in made.records(tracker).items()}


def missing(plan: Any) -> list[Any]:
    return [one for one in plan["findings"] if one["rule"] == "missing-record"]


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_a_record_that_is_gone(made: Shop, row: Row) -> None:
    others = [name for name in ("jira", "github", "files") if name != row.tracker]
    editor = "files" if row.tracker != "files" else "jira"
    before = {tracker: statuses(made, tracker) for tracker in others}
    made.person(row.tracker).edit(made.records(row.tracker)[TITLE].id, "description", TEXT)
    row.lose(made)
    made.served.switches.skew += 600.0  # a search knows by now
    made.person(editor).edit(made.records(editor)[TITLE].id, "priority", "high")
    # The plan says what became of it, and does nothing there.
    plan = made.plan("--full")
    [finding] = missing(plan)
    assert (finding["severity"], row.says in finding["message"]) == ("warning", True), finding
    assert row.remedy in finding["message"]
    assert list(finding["keys"]) == [row.tracker]
    assert {one["tracker"] for one in plan["edits"]} == set(others) - {editor}
    assert all("status" not in one["fields"] for one in plan["edits"])
    # Nor does the run, which goes on elsewhere; and the next ones have nothing to do.
    made.apply("--full")
    assert {tracker: statuses(made, tracker) for tracker in others} == before
    made.settled()
    assert missing(made.plan()) == missing(made.plan("--full")) == [finding]
    if row.back is None:
        return
    # When it is back, both sides' edits are merged, and nothing is made twice.
    row.back(made)
    made.apply("--full")
    made.settled()
    assert missing(made.plan("--full")) == []
    for tracker in ("jira", "github", "files"):
        records = made.records(tracker)
        assert sorted(records) == sorted([TITLE, *OTHERS])
        codec = made.person(tracker).adapter().open().codec
        assert codec.shows("description", TEXT, records[TITLE].shown["description"])
        assert codec.shows("priority", "high", records[TITLE].shown["priority"])
    assert len(made.jira_stand_in.dump()["issues"]) == 3


def test_asking_what_became_of_issues_costs_as_many_requests_as_are_missing(made: Shop) -> None:
    """A read that misses nothing asks for nothing more, however much there is."""

    def asked(*words: str) -> int:
        made.served.log.clear()
        made.plan("--full")
        return sum(any(word in one.path for word in words) for one in made.served.log)

    whole = asked("/issues", "bulkfetch", "/search", "/issue/", "/graphql")
    transfer_away(made)
    made.jira_stand_in.delete("SHOP-2")
    some = asked("/issues", "bulkfetch", "/search", "/issue/", "/graphql")
    assert whole < some <= whole + 6


# Places that are all in the backlog

COMMENTS = "    comments: {from: [jira, ops, github, stock], to: [jira, ops, github, stock]}\n"


@pytest.fixture
def wide(made: Shop) -> Shop:
    """Two projects and two repositories, all in one backlog."""
    auth = "{email: env/JIRA_EMAIL, token: env/JIRA_TOKEN}"
    auth = auth if made.flavour == "cloud" else "{token: env/JIRA_TOKEN}"
    more = (
        f'      ops: {{type: jira, url: "{made.served.url}/jira", project: OPS, creates: none,'
        f" auth: {auth}}}\n"
        f'      stock: {{type: github, url: "{made.served.url}/github", creates: none,'
        " repository: acme/stock, auth: {token: env/GITHUB_TOKEN}}\n"
    )
    scope(made, more)
    text = made.settings.read_text(encoding="utf-8")
    made.settings.write_text(text + COMMENTS, encoding="utf-8")
    made.apply("--full")
    made.settled()
    return made


def issues_of(made: Shop, repository: str) -> list[str]:
    state = made.github_stand_in.dump()["repositories"][repository]
    return sorted(one["title"] for one in state.get("issues", []))


def keys_on_jira(made: Shop) -> dict[str, str]:
    return {one["summary"]: one["key"] for one in made.jira_stand_in.dump()["issues"]}


@pytest.mark.parametrize("full", [(), ("--full",)], ids=["changes alone", "a whole read"])
def test_an_issue_that_moves_between_two_projects_of_the_backlog_is_followed(
    wide: Shop, full: tuple[str, ...]
) -> None:
    on_jira(wide, description=None)
    wide.jira.edit("SHOP-1", "estimate", 5.0)
    move_away(wide)
    wide.files.edit(wide.records("files")[TITLE].id, "priority", "high")
    plan = wide.plan(*full)
    assert [one for one in plan["edits"] if one["action"] == "create"] == []
    assert [(one["tracker"], one["key"]) for one in plan["pairings"]] == [("ops", "OPS-1")]
    assert missing(plan) == []
    wide.apply(*full)
    wide.settled()
    assert keys_on_jira(wide) == {TITLE: "OPS-1", "Ship": "SHOP-2", "Invoice": "SHOP-3"}
    issue = wide.jira.ask("GET", "issue/OPS-1")["fields"]
    assert issue["priority"]["name"] == "High"
    assert "estimate:5" in [
        one["name"] for one in wide.github.call("GET", f"/issues/{number_of(wide)}")["labels"]
    ]
    # And back again: edits made there in between are taken.
    wide.jira.ask("PUT", "issue/OPS-1", {"fields": {"duedate": "2027-01-31"}})
    move_back(wide)
    wide.apply(*full)
    wide.settled()
    assert keys_on_jira(wide)[TITLE] == "SHOP-4"
    assert wide.records("files")[TITLE].shown["due"] == "2027-01-31"
    assert missing(wide.plan("--full")) == []


@pytest.mark.parametrize("full", [(), ("--full",)], ids=["changes alone", "a whole read"])
def test_an_issue_that_is_transferred_within_the_backlog_is_followed_and_has_no_twin(
    wide: Shop, full: tuple[str, ...]
) -> None:
    text = f"{TEXT} As people edit it."
    wide.github.edit(wide.records("github")[TITLE].id, "description", text)
    transfer_away(wide)
    wide.files.edit(wide.records("files")[TITLE].id, "priority", "high")
    wide.apply(*full)
    wide.settled()
    assert issues_of(wide, "acme/shop") == sorted(OTHERS)
    assert issues_of(wide, "acme/stock") == [TITLE]
    assert len(wide.jira_stand_in.dump()["issues"]) == 3
    assert wide.records("files")[TITLE].shown["description"].strip() == text
    [issue] = wide.github_stand_in.dump()["repositories"]["acme/stock"]["issues"]
    assert "priority:high" in issue["labels"]
    transfer_back(wide)
    wide.apply(*full)
    wide.settled()
    assert issues_of(wide, "acme/shop") == sorted([TITLE, *OTHERS])
    assert issues_of(wide, "acme/stock") == []
    assert len(wide.jira_stand_in.dump()["issues"]) == 3
    assert missing(wide.plan("--full")) == []


def test_an_issue_that_went_there_and_back_between_two_runs_has_no_twin(wide: Shop) -> None:
    transfer_away(wide)
    transfer_back(wide)
    wide.apply()
    wide.settled()
    assert issues_of(wide, "acme/shop") == sorted([TITLE, *OTHERS])
    assert len(wide.jira_stand_in.dump()["issues"]) == 3


def test_comments_of_an_issue_that_moved_are_not_copied_again(wide: Shop) -> None:
    body = "Please mind the fees."
    wide.jira.ask("POST", "issue/SHOP-1/comment", {"body": native(wide, body)})
    wide.apply()
    copies = f"/issues/{number_of(wide)}/comments"
    assert len(wide.github.call("GET", copies)) == 1
    move_away(wide)
    wide.apply()
    wide.settled()
    [copy] = wide.github.call("GET", copies)
    assert body in copy["body"]
    assert len(wide.jira.ask("GET", "issue/OPS-1/comment")["comments"]) == 1


def native(made: Shop, text: str) -> Any:
    return markdown_to_adf(text) if made.flavour == "cloud" else text


def test_an_issue_that_was_deleted_since_it_was_read_stops_its_own_item_alone(made: Shop) -> None:
    """What is written goes by what is there now, and a ghost is not written to for ever."""
    made.github_stand_in.delete("acme/shop", number_of(made))
    for title in (TITLE, "Ship"):
        made.files.edit(made.records("files")[title].id, "priority", "high")
    result = made.run("apply", "--yes", "--format", "json")
    assert result.code == 1
    [failed] = result.json["failed"]
    assert (failed["tracker"], "(deleted)" in failed["message"]) == ("github", True)
    assert made.records("github")["Ship"].shown["priority"] == "high"
    made.apply("--full")
    made.served.log.clear()
    made.apply()
    made.settled()
    assert made.served.writes() == []
    assert [list(one["keys"]) for one in missing(made.plan())] == [["github"]]


def test_jira_s_order_shows_at_once_that_an_issue_is_gone(made: Shop) -> None:
    """It lists all issues in each run: nothing is written to a ghost even once."""
    made.jira_stand_in.delete("SHOP-1")
    for title in (TITLE, "Ship"):
        made.files.edit(made.records("files")[title].id, "priority", "high")
    made.apply()
    assert [one["keys"] for one in missing(made.plan())] == [{"jira": "SHOP-1"}]
    assert made.records("jira")["Ship"].shown["priority"] == "High"
    assert {one.shown["priority"] for one in made.records("github").values()} >= {"high"}
    made.settled()
