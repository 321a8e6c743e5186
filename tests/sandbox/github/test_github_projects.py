"""The stand-in's projects, by GraphQL as people and tools use it."""

from typing import Any

import pytest
import requests

from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.server import Switches
from tests.sandbox.github.conftest import SEED, Site

PROJECT: dict[str, Any] = {
    "owner": "acme",
    "number": 4,
    "title": "Roadmap",
    "fields": [
        {"name": "Status", "type": "single_select", "options": ["Todo", "Done"]},
        {"name": "Points", "type": "number"},
        {"name": "Due", "type": "date"},
        {"name": "Note", "type": "text"},
        {
            "name": "Sprint",
            "type": "iteration",
            "iterations": [
                {"title": "One", "start": "2026-01-05", "duration": 14, "completed": True},
                {"title": "Two", "start": "2026-01-19", "duration": 14},
            ],
        },
    ],
    "items": [
        {"issue": "acme/shop#2", "values": {"Status": "Todo", "Points": 3.0, "Sprint": "One"}},
        {"draft": "An idea"},
        {"issue": "acme/shop#3"},
        {"issue": "acme/vault#1"},
        {"issue": "acme/shop#1", "archived": True},
    ],
}
TOKENS = {
    "t-shy": {"login": "ada", "projects": "none"},
    "t-look": {"login": "ada", "projects": "read"},
}
SEEDED = {**SEED, "users": {**SEED["users"], **TOKENS}, "projects": [PROJECT]}


@pytest.fixture
def board(github: Site) -> "Board":
    github.stand_in.load(SEEDED)
    return Board(github)


class Board:
    """One project, and what is asked of it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        found = self.ask('{ organization(login: "acme") { projectV2(number: 4) { id } } }')
        self.id = found["data"]["organization"]["projectV2"]["id"]

    def ask(self, text: str, who: str = "t-ada", **variables: Any) -> Any:
        answer = requests.post(
            f"{self.site.served.url}/github/graphql",
            json={"query": text, "variables": variables},
            headers={"Authorization": f"Bearer {who}"},
            timeout=10,
        )
        assert answer.status_code == 200
        return answer.json()

    def do(self, name: str, gives: str = "clientMutationId", who: str = "t-ada", **put: Any) -> Any:
        kind = name[0].upper() + name[1:]
        text = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ {gives} }} }}"
        return self.ask(text, who, input={"projectId": self.id, **put})

    def items(self, who: str = "t-ada") -> list[Any]:
        text = """query($id: ID!) { node(id: $id) { ... on ProjectV2 { items(first: 100) { nodes {
            id type isArchived updatedAt content { __typename
              ... on Issue { number } ... on PullRequest { number } ... on DraftIssue { title } }
            status: fieldValueByName(name: "status") { ... on ProjectV2ItemFieldSingleSelectValue {
              name } } } } } } }"""
        found: list[Any] = self.ask(text, who, id=self.id)["data"]["node"]["items"]["nodes"]
        return found

    def field(self, name: str) -> Any:
        text = """query($id: ID!, $name: String!) { node(id: $id) { ... on ProjectV2 {
            field(name: $name) { ... on ProjectV2FieldCommon { id dataType }
              ... on ProjectV2SingleSelectField { options { id name } }
              ... on ProjectV2IterationField { configuration { iterations { id title }
                completedIterations { id title } } } } } } }"""
        return self.ask(text, id=self.id, name=name)["data"]["node"]["field"]

    def issue(self, number: int, repository: str = "acme/shop") -> Any:
        return self.site.ada.get(f"/repos/{repository}/issues/{number}").json()


def error(answer: Any) -> Any:
    [one] = answer["errors"]
    return one


def test_items_come_in_their_position_whatever_they_are(board: Board) -> None:
    items = board.items()
    assert [item["type"] for item in items] == [
        "ISSUE",
        "DRAFT_ISSUE",
        "PULL_REQUEST",
        "ISSUE",
        "ISSUE",
    ]
    assert [item["isArchived"] for item in items] == [False] * 4 + [True]
    assert items[0]["content"] == {"__typename": "Issue", "number": 2}
    assert items[1]["content"] == {"__typename": "DraftIssue", "title": "An idea"}
    assert items[0]["status"] == {"name": "Todo"}


def test_what_one_may_not_see_is_redacted(board: Board) -> None:
    board.site.stand_in.load({**SEEDED, "projects": [{**PROJECT, "public": True}]})
    board = Board(board.site)
    items = board.items("t-eve")
    assert [(item["type"], item["content"] is None) for item in items][2:4] == [
        ("PULL_REQUEST", False),
        ("REDACTED", True),
    ]


def test_pages_follow_each_other_by_cursors(board: Board) -> None:
    text = """query($id: ID!, $first: Int, $after: String) { node(id: $id) { ... on ProjectV2 {
        items(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
        nodes { id } } } } }"""
    seen: list[str] = []
    after = None
    for _ in range(3):
        page = board.ask(text, id=board.id, first=2, after=after)["data"]["node"]["items"]
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        assert page["totalCount"] == 5
    assert not page["pageInfo"]["hasNextPage"]
    assert seen == [item["id"] for item in board.items()]
    wrong = board.ask(text, id=board.id, first=2, after="nonsense")
    assert error(wrong)["type"] == "INVALID_CURSOR_ARGUMENTS"


@pytest.mark.parametrize(
    ("first", "type_"),
    [(None, "MISSING_PAGINATION_BOUNDARIES"), (101, "EXCESSIVE_PAGINATION")],
)
def test_a_pages_size_is_needed_and_limited(board: Board, first: int | None, type_: str) -> None:
    text = """query($id: ID!, $first: Int) { node(id: $id) { ... on ProjectV2 {
        items(first: $first) { totalCount } } } }"""
    assert error(board.ask(text, id=board.id, first=first))["type"] == type_


def test_an_item_goes_below_another_or_to_the_top(board: Board) -> None:
    ids = [item["id"] for item in board.items()]
    board.do("updateProjectV2ItemPosition", itemId=ids[3], afterId=ids[0])
    assert [item["id"] for item in board.items()] == [ids[0], ids[3], ids[1], ids[2], ids[4]]
    board.do("updateProjectV2ItemPosition", itemId=ids[2])
    board.do("updateProjectV2ItemPosition", itemId=ids[1], afterId=None)
    assert [item["id"] for item in board.items()][:3] == [ids[1], ids[2], ids[0]]


def test_a_move_takes_effect_though_its_items_were_asked_for_without_a_size(board: Board) -> None:
    ids = [item["id"] for item in board.items()]
    answer = board.do("updateProjectV2ItemPosition", "items { totalCount }", itemId=ids[3])
    assert answer["data"] == {"updateProjectV2ItemPosition": {"items": None}}
    assert error(answer)["type"] == "MISSING_PAGINATION_BOUNDARIES"
    assert error(answer)["path"] == ["updateProjectV2ItemPosition", "items"]
    assert board.items()[0]["id"] == ids[3]


def test_neither_moves_nor_values_are_an_update_of_the_issue(board: Board) -> None:
    before = board.issue(2)
    board.site.switches.skew = 3600
    item = board.items()[0]["id"]
    board.do("updateProjectV2ItemPosition", itemId=item, afterId=board.items()[2]["id"])
    field = board.field("Points")["id"]
    board.do("updateProjectV2ItemFieldValue", itemId=item, fieldId=field, value={"number": 8})
    assert board.issue(2) == before


def test_adding_twice_gives_the_same_item(board: Board) -> None:
    issue = board.issue(4)["node_id"]
    first = board.do("addProjectV2ItemById", "item { id }", contentId=issue)
    assert board.do("addProjectV2ItemById", "item { id }", contentId=issue) == first
    assert board.items()[-1]["content"]["number"] == 4
    assert len(board.items()) == 6


def test_values_of_each_type_are_set_and_cleared(board: Board) -> None:
    item = board.items()[0]["id"]
    done = next(o["id"] for o in board.field("Status")["options"] if o["name"] == "Done")
    made = board.field("Sprint")["configuration"]
    [one], [two] = made["completedIterations"], made["iterations"]
    assert (one["title"], two["title"]) == ("One", "Two")
    values = {
        "Status": {"singleSelectOptionId": done},
        "Points": {"number": 0.5},
        "Due": {"date": "2026-11-24"},
        "Note": {"text": "Ask Ben"},
        "Sprint": {"iterationId": two["id"]},
    }
    for name, value in values.items():
        field = board.field(name)["id"]
        answer = board.do("updateProjectV2ItemFieldValue", itemId=item, fieldId=field, value=value)
        assert "errors" not in answer
    [shown, *_] = board.site.stand_in.dump()["projects"][0]["items"]
    assert shown["values"] == {
        "Status": "Done",
        "Points": 0.5,
        "Due": "2026-11-24",
        "Note": "Ask Ben",
        "Sprint": "Two",
    }
    for name in values:
        board.do("clearProjectV2ItemFieldValue", itemId=item, fieldId=board.field(name)["id"])
    assert board.site.stand_in.dump()["projects"][0]["items"][0] == {"issue": "acme/shop#2"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Status", {"singleSelectOptionId": "none"}),
        ("Sprint", {"iterationId": "none"}),
        ("Points", {"text": "3"}),
        ("Due", {"date": "tomorrow"}),
        ("Note", {"text": "x" * 1025}),
        ("Note", {}),
        ("Title", {"text": "x"}),
        ("Assignees", {"text": "ada"}),
    ],
)
def test_a_value_that_does_not_fit_is_refused(board: Board, name: str, value: Any) -> None:
    before = board.site.stand_in.dump()
    answer = board.do(
        "updateProjectV2ItemFieldValue",
        itemId=board.items()[0]["id"],
        fieldId=board.field(name)["id"],
        value=value,
    )
    assert error(answer)["type"] == "UNPROCESSABLE"
    assert board.site.stand_in.dump() == before


def test_an_item_is_updated_only_where_its_value_changes(board: Board) -> None:
    board.site.switches.skew = 3600
    item, field = board.items()[0], board.field("Points")["id"]
    put = {"itemId": item["id"], "fieldId": field}
    board.do("updateProjectV2ItemFieldValue", **put, value={"number": 3})
    assert board.items()[0] == item
    board.do("updateProjectV2ItemFieldValue", **put, value={"number": 5})
    assert board.items()[0]["updatedAt"] > item["updatedAt"]


def test_what_is_archived_is_neither_moved_nor_filled_in(board: Board) -> None:
    item = board.items()[-1]["id"]
    moved = board.do("updateProjectV2ItemPosition", itemId=item)
    field = board.field("Points")["id"]
    filled = board.do(
        "updateProjectV2ItemFieldValue", itemId=item, fieldId=field, value={"number": 1}
    )
    for answer in (moved, filled):
        assert "archived" in error(answer)["message"]
    board.do("unarchiveProjectV2Item", itemId=item)
    assert "errors" not in board.do("updateProjectV2ItemPosition", itemId=item)
    board.do("archiveProjectV2Item", itemId=item)
    assert board.items()[0]["isArchived"]


def test_drafts_are_added_and_items_taken_out(board: Board) -> None:
    board.do("addProjectV2DraftIssue", "projectItem { id }", title="Later")
    item = board.items()[0]["id"]
    answer = board.do("deleteProjectV2Item", "deletedItemId", itemId=item)
    assert answer["data"]["deleteProjectV2Item"] == {"deletedItemId": item}
    shown = board.site.stand_in.dump()["projects"][0]["items"]
    assert (shown[0], shown[-1]) == ({"draft": "An idea"}, {"draft": "Later"})
    assert error(board.do("deleteProjectV2Item", itemId=item))["type"] == "NOT_FOUND"


def test_an_issue_knows_its_items(board: Board) -> None:
    text = """query($id: ID!, $archived: Boolean) { node(id: $id) { ... on Issue { projectItems(
        first: 5, includeArchived: $archived) { nodes { project { number } fieldValues(first: 9) {
        nodes { __typename } } } } } } }"""
    issue = board.issue(1)["node_id"]
    answer = board.ask(text, id=issue, archived=True)["data"]["node"]["projectItems"]["nodes"]
    values = {"nodes": [{"__typename": "ProjectV2ItemFieldTextValue"}]}  # its title
    assert answer == [{"project": {"number": 4}, "fieldValues": values}]
    assert board.ask(text, id=issue, archived=False)["data"]["node"]["projectItems"]["nodes"] == []


def test_the_mutations_of_a_document_run_in_their_order_each_for_itself(board: Board) -> None:
    ids = [item["id"] for item in board.items()]
    text = """mutation($p: ID!, $a: ID!, $b: ID!, $no: ID!) {
        one: updateProjectV2ItemPosition(input: {projectId: $p, itemId: $b}) { clientMutationId }
        bad: updateProjectV2ItemPosition(input: {projectId: $p, itemId: $no}) { clientMutationId }
        two: updateProjectV2ItemPosition(input: {projectId: $p, itemId: $a, afterId: $b}) {
          clientMutationId } }"""
    answer = board.ask(text, p=board.id, a=ids[2], b=ids[3], no="PVTI_none")
    assert answer["data"]["bad"] is None
    assert error(answer)["path"] == ["bad"]
    assert [item["id"] for item in board.items()][:3] == [ids[3], ids[2], ids[0]]


@pytest.mark.parametrize("token", ["t-eve", "t-shy"])
def test_a_private_project_is_not_for_everyone(board: Board, token: str) -> None:
    query = '{ organization(login: "acme") { projectV2(number: 4) { id } } }'
    answer = board.ask(query, token)
    assert answer["data"] == {"organization": {"projectV2": None}}
    assert error(answer)["type"] == ("NOT_FOUND" if token == "t-eve" else "FORBIDDEN")


@pytest.mark.parametrize("token", ["t-eve", "t-look"])
def test_who_may_only_read_changes_nothing(board: Board, token: str) -> None:
    board.site.stand_in.load({**SEEDED, "projects": [{**PROJECT, "public": True}]})
    board = Board(board.site)
    query = '{ organization(login: "acme") { projectV2(number: 4) { viewerCanUpdate } } }'
    may = board.ask(query, token)["data"]["organization"]["projectV2"]
    assert may == {"viewerCanUpdate": False}
    item = board.items()[3]["id"]
    assert error(board.do("updateProjectV2ItemPosition", who=token, itemId=item))["type"] == (
        "FORBIDDEN"
    )
    assert board.items()[3]["id"] == item


def test_an_item_follows_its_issue_and_goes_with_it(board: Board) -> None:
    board.site.stand_in.transfer("acme/shop", 2, "acme/stock")
    board.site.stand_in.delete("acme/shop", 1)
    shown = board.site.stand_in.dump()["projects"][0]["items"]
    assert shown[0]["issue"] == "acme/stock#1"
    assert len(shown) == len(board.items()) == 4


def test_a_dump_of_projects_loads_to_the_same_dump() -> None:
    first, second = GitHubStandIn(Switches()), GitHubStandIn(Switches())
    first.load(SEEDED)
    assert first.dump()["projects"] == [PROJECT]
    assert first.dump()["users"]["t-look"]["projects"] == "read"
    second.load(first.dump())
    assert second.dump() == first.dump()


@pytest.mark.parametrize(
    ("projects", "place"),
    [
        ([PROJECT, PROJECT], "projects[1].number: acme has another project 4"),
        ([{**PROJECT, "items": ["acme/shop#9"]}], "projects[0].items[0].issue: there is no issue"),
        ([{**PROJECT, "items": ["nowhere#1"]}], "projects[0].items[0].issue: there is no issue"),
        ([{**PROJECT, "items": ["acme/shop#1", "acme/shop#1"]}], "projects[0].items[1].issue"),
        ([{**PROJECT, "items": [{}]}], "projects[0].items[0]: say either issue or draft"),
        (
            [{**PROJECT, "items": [{"draft": "x", "values": {"Size": "S"}}]}],
            "projects[0].items[0].values: the project has no field 'Size'",
        ),
        (
            [{**PROJECT, "items": [{"draft": "x", "values": {"Status": "Doing"}}]}],
            "projects[0].items[0].values: Status has no 'Doing'",
        ),
        (
            [{**PROJECT, "items": [{"draft": "x", "values": {"Points": "many"}}]}],
            "projects[0].items[0].values: 'many' is no number",
        ),
        ([{"owner": "acme", "fields": [{"name": "X", "type": "money"}]}], "projects[0].fields[0]"),
    ],
)
def test_a_mistake_in_a_project_is_named_with_its_place(projects: Any, place: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the text is compared below
        GitHubStandIn(Switches()).load({**SEED, "projects": projects})
    assert place in str(raised.value)
