"""A GitHub Project beside Jira: one order on both, and fields of the project, by the commands."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.shop import Shop, shop

FIELDS: Sequence[Mapping[str, Any]] = (
    {"name": "Status", "type": "single_select", "options": ["Todo", "In Progress", "Done"]},
    {"name": "Points", "type": "number"},
    {"name": "Due", "type": "date"},
)
CARRIERS = """
    fields:
      status: {github: {carrier: project-field/Status}}
      estimate: {github: {carrier: project-field/Points}}
      due: {github: {carrier: project-field/Due}}
    guard: {changes: 1, moves: 1}
"""


@contextmanager
def project_shop(folder: Path, stories: int, *, carriers: bool = False) -> Iterator[Shop]:
    """A Jira with so many stories, an empty repository, and an empty project; then one apply."""
    jira = [{"type": "Story", "summary": f"Story {n}", "estimate": 1} for n in range(stories)]
    with shop(folder, jira=jira) as made:
        project = {"owner": "acme", "number": 5, "fields": list(FIELDS)}
        made.github_stand_in.load({**made.github_stand_in.dump(), "projects": [project]})
        more = CARRIERS if carriers else "    guard: {changes: 1, moves: 1}"
        made.configure(more, github=", project: 5")
        made.apply()
        made.settled()
        yield made


def on_jira(made: Shop) -> list[str]:
    """The titles in Jira's order."""
    return [issue["summary"] for issue in made.jira_stand_in.dump()["issues"]]


def items(made: Shop) -> list[Any]:
    return list(made.github_stand_in.dump()["projects"][0]["items"])


def on_github(made: Shop) -> list[str]:
    """The titles in the project's order."""
    issues = made.github_stand_in.dump()["repositories"]["acme/shop"]["issues"]
    titles = {f"acme/shop#{issue['number']}": str(issue["title"]) for issue in issues}
    return [titles[item["issue"]] for item in items(made)]


class Ada:
    """Ada, at the project."""

    def __init__(self, made: Shop) -> None:
        self.made = made
        query = """{ organization(login: "acme") { projectV2(number: 5) { id
            fields(first: 50) { nodes { ... on ProjectV2FieldCommon { id name } } }
            items(first: 100) { nodes { id content { ... on Issue { title } } } } } } }"""
        project = self.ask(query)["organization"]["projectV2"]
        self.id = project["id"]
        self.fields = {one["name"]: one["id"] for one in project["fields"]["nodes"]}
        self.items = {one["content"]["title"]: one["id"] for one in project["items"]["nodes"]}

    def ask(self, text: str, **variables: Any) -> Any:
        url = f"{self.made.served.url}/github/graphql"
        body = {"query": text, "variables": variables}
        answer = self.made.github.session.post(url, json=body).json()
        assert "errors" not in answer
        return answer["data"]

    def move(self, title: str, after: str | None) -> None:
        text = """mutation($input: UpdateProjectV2ItemPositionInput!) {
            updateProjectV2ItemPosition(input: $input) { clientMutationId } }"""
        place = {"itemId": self.items[title], "afterId": after and self.items[after]}
        self.ask(text, input={"projectId": self.id, **place})

    def put(self, title: str, field: str, value: Mapping[str, Any]) -> None:
        text = """mutation($input: UpdateProjectV2ItemFieldValueInput!) {
            updateProjectV2ItemFieldValue(input: $input) { clientMutationId } }"""
        place = {"itemId": self.items[title], "fieldId": self.fields[field]}
        self.ask(text, input={"projectId": self.id, **place, "value": value})


def graphql(made: Shop) -> int:
    """How many documents changed the project."""
    return sum(one.path.endswith("/graphql") and one.writes for one in made.served.log)


def test_new_issues_stand_in_the_project_in_jiras_order(tmp_path: Path) -> None:
    with project_shop(tmp_path, 30) as made:
        assert on_github(made) == on_jira(made) == [f"Story {n}" for n in range(30)]
        assert graphql(made) == 2  # thirty issues added, twenty in one request


def test_a_move_in_the_project_moves_the_issue_in_jira(tmp_path: Path) -> None:
    with project_shop(tmp_path, 12) as made:
        Ada(made).move("Story 9", "Story 2")
        moves = {move["tracker"]: move["key"] for move in made.plan()["moves"]}
        assert moves == {"jira": "SHOP-10", "files": "items/story-9.md"}
        made.served.log.clear()
        made.apply()
        assert on_jira(made) == on_github(made)
        assert on_jira(made)[:5] == ["Story 0", "Story 1", "Story 2", "Story 9", "Story 3"]
        assert graphql(made) == 0
        made.settled()


def test_moves_in_jira_are_the_fewest_moves_in_the_project_in_one_request(tmp_path: Path) -> None:
    with project_shop(tmp_path, 40) as made:
        records = made.records("jira")
        for title, below in (("Story 30", "Story 3"), ("Story 31", "Story 30"), ("Story 0", None)):
            body = {"issues": [records[title].id]}
            body |= (
                {"rankAfterIssue": records[below].id}
                if below
                else {"rankAfterIssue": records["Story 39"].id}
            )
            made.jira.ask("PUT", "agile:issue/rank", body)
        moves = Counter(move["tracker"] for move in made.plan()["moves"])
        assert moves == {"github": 3, "files": 3}
        made.served.log.clear()
        made.apply()
        assert graphql(made) == 1
        assert on_github(made) == on_jira(made)
        assert on_github(made)[-1] == "Story 0"
        made.settled()


def test_moves_on_both_sides_meet(tmp_path: Path) -> None:
    with project_shop(tmp_path, 10) as made:
        Ada(made).move("Story 9", None)
        records = made.records("jira")
        body = {"issues": [records["Story 1"].id], "rankAfterIssue": records["Story 8"].id}
        made.jira.ask("PUT", "agile:issue/rank", body)
        made.apply()
        assert on_jira(made) == on_github(made)
        assert on_jira(made)[0] == "Story 9"
        assert on_jira(made)[-1] == "Story 1"
        made.settled()


def test_a_field_of_the_project_arrives_in_jira_though_the_issue_was_not_updated(
    tmp_path: Path,
) -> None:
    with project_shop(tmp_path, 8, carriers=True) as made:
        assert items(made)[3]["values"] == {"Status": "Todo", "Points": 1.0}
        Ada(made).put("Story 3", "Points", {"number": 8})
        Ada(made).put("Story 3", "Due", {"date": "2026-12-24"})
        made.served.log.clear()
        made.apply()
        shown = made.records("jira")["Story 3"].shown
        assert (shown["estimate"], shown["due"]) == (8, "2026-12-24")
        assert len([one for one in made.served.log if one.path.startswith("/github")]) <= 8
        made.settled()


def test_an_edit_in_jira_arrives_in_the_projects_fields(tmp_path: Path) -> None:
    with project_shop(tmp_path, 3, carriers=True) as made:
        records = made.records("jira")
        made.jira.edit(records["Story 1"].id, "estimate", 5.0)
        made.jira.edit(records["Story 2"].id, "status", "done")
        made.apply()
        assert items(made)[1]["values"] == {"Status": "Todo", "Points": 5.0}
        assert items(made)[2]["values"] == {"Status": "Done", "Points": 1.0}
        issues = made.github_stand_in.dump()["repositories"]["acme/shop"]["issues"]
        assert issues[2]["state"] == "closed"
        made.settled()


def test_check_says_what_the_project_carries(tmp_path: Path) -> None:
    with project_shop(tmp_path, 1, carriers=True) as made:
        said = " ".join(made.run("check").out.split())
        assert said.count("and the order") == len(("jira", "github", "files"))
        made.configure(CARRIERS, github=", project: 6")
        said = " ".join(made.run("check").out.split())
        assert "the project 6 of acme is not there" in said


@pytest.mark.parametrize("carriers", [False, True])
def test_a_run_without_changes_costs_a_page_of_the_project_for_100_issues_more(
    tmp_path: Path, carriers: bool
) -> None:
    def cost(stories: int) -> Counter[str]:
        folder = tmp_path / str(stories)
        folder.mkdir()
        with project_shop(folder, stories, carriers=carriers) as made:
            made.run("apply", "--yes")
            made.served.log.clear()
            assert made.run("apply", "--yes").code == 0
            assert made.served.writes() == []
            return Counter(
                f"{one.method} {one.path}" for one in made.served.log if "/jira" not in one.path
            )

    few, many = cost(80), cost(280)
    assert many - few == Counter({"POST /github/graphql": 2})
    assert few.total() <= 8
