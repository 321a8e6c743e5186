"""The GitHub adapter and a Project over several calls: what is noticed, sent, refused, counted."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from adapters.base import Carrier, Setup
from adapters.github.adapter import GitHub
from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.server import Fault, Served
from sync.model import FieldName, Value
from sync.tracker import (
    Change,
    Create,
    Denied,
    Move,
    NotFound,
    Outcome,
    Record,
    RecordId,
    Rejected,
    RetryLater,
    Unavailable,
    Unmapped,
    Update,
)
from tests.adapters.test_github import SEED, served, stand_in
from tests.adapters.test_github_project import PROJECT, OnProjectFields

__all__ = ["served", "stand_in"]  # fixtures

Values = Mapping[str, Any]
GRAPHQL = "/graphql$"


class Place(OnProjectFields):
    """A repository with so many issues, all of them in the project, the first on top."""

    def __init__(self, stand_in: GitHubStandIn, served: Served, issues: int = 3) -> None:
        super().__init__(stand_in, served)
        self.seed(issues)

    def seed(self, issues: int, items: list[Any] | None = None, **project: Any) -> None:
        shop = {
            **SEED["repositories"]["acme/shop"],
            "issues": [f"Issue {number}" for number in range(1, issues + 1)],
        }
        listed = [f"acme/shop#{number}" for number in range(1, issues + 1)]
        self.stand_in.load(
            {
                **SEED,
                "users": {**SEED["users"], "t-look": {"login": "sync-bot", "projects": "read"}}
                | {"t-shy": {"login": "sync-bot", "projects": "none"}},
                "repositories": {"acme/shop": shop},
                "projects": [{**PROJECT, "items": listed if items is None else items, **project}],
            }
        )

    def open(self, project: int | None = 3, who: str = "t-bot", **carriers: Carrier) -> GitHub:
        """An adapter that was opened; by default with all carriers."""
        setup = Setup("github", carriers=carriers or self.carriers)
        url = f"{self.served.url}/github"
        adapter = GitHub(setup, repository="acme/shop", token=who, url=url, project=project)
        adapter.open()
        return adapter

    def plain(self) -> GitHub:
        """One that carries nothing in the project but the order."""
        return self.open(estimate=Carrier("label", "estimate"))

    def numbers(self) -> list[int]:
        """The project's order, as the stand-in holds it."""
        items = self.stand_in.dump()["projects"][0].get("items", [])
        return [int(item["issue"].partition("#")[2]) for item in items if "issue" in item]

    def values(self, number: int) -> Values:
        items = self.stand_in.dump()["projects"][0]["items"]
        found = next(item for item in items if item.get("issue") == f"acme/shop#{number}")
        return dict(found.get("values", {}))

    def requests(self) -> list[str]:
        return [f"{one.method} {one.path.removeprefix('/github')}" for one in self.served.log]

    def fault(self, *errors: Any, data: Any = None, **more: Any) -> None:
        """The next request of GraphQL is answered by these errors."""
        body = (
            {"data": data, "errors": list(errors)} if data is not None else {"errors": list(errors)}
        )
        self.served.switches.faults.append(
            Fault("status", GRAPHQL, "POST", status=200, body=body, **more)
        )


@pytest.fixture
def place(stand_in: GitHubStandIn, served: Served) -> Place:
    served.switches.faults.clear()
    served.switches.lag = served.switches.skew = 0
    found = Place(stand_in, served)
    served.log.clear()
    return found


def records(adapter: GitHub, since: str | None = None) -> dict[int, Record]:
    """By number."""
    return {record.held["number"]: record for record in adapter.read(since).records}


def change(
    adapter: GitHub, record: Record, name: FieldName, before: Value, after: Value
) -> Outcome:
    [outcome] = adapter.update([Update("item", record, {name: Change(before, after)})], {})
    return outcome


def moves(ids: list[RecordId]) -> list[Move]:
    """What brings these to the top, in this order."""
    return [Move(f"item{at}", id_, ids[at - 1] if at else None, None) for at, id_ in enumerate(ids)]


# Reading


def test_a_value_that_changed_is_noticed_though_the_issue_was_not_updated(place: Place) -> None:
    adapter = place.open()
    before = adapter.read(None)
    place.put(before.records[1].id, "Points", 8.0)
    assert place.issue(before.records[1].id)["updated_at"] == before.records[1].updated_at
    later = place.open()
    place.served.log.clear()
    snapshot = later.read(before.cursor)
    [record] = snapshot.records
    assert (record.id, record.shown["estimate"]) == (before.records[1].id, 8)
    assert record.version != before.records[1].version
    assert place.requests().count("GET /repos/acme/shop/issues/2") == 1
    assert place.open().read(snapshot.cursor).records == ()


def test_a_value_that_was_emptied_or_taken_out_is_noticed(place: Place) -> None:
    ids = [record.id for record in place.open().read(None).records]
    for id_ in ids[:2]:
        place.put(id_, "Points", 8.0)
    cursor = place.open().read(None).cursor
    place.put(ids[0], "Points", None)
    text = """mutation($input: DeleteProjectV2ItemInput!) { deleteProjectV2Item(input: $input) {
        deletedItemId } }"""
    place.graphql(text, input={"projectId": place.project[0], "itemId": place.item(ids[1])})
    snapshot = place.open().read(cursor)
    assert {record.id: record.shown["estimate"] for record in snapshot.records} == dict.fromkeys(
        ids[:2]
    )
    assert snapshot.order == (ids[0], ids[2])
    assert place.open().read(snapshot.cursor).records == ()


def test_many_changed_values_are_read_from_the_list(place: Place) -> None:
    place.seed(120)
    cursor = place.open().read(None).cursor
    items = [
        {"issue": f"acme/shop#{number}", "values": {"Points": 1.0}} for number in range(1, 121)
    ]
    state = place.stand_in.dump()
    state["projects"][0]["items"] = items
    place.stand_in.load(state)
    adapter = place.open()
    place.served.log.clear()
    snapshot = adapter.read(cursor)
    assert {record.shown["estimate"] for record in snapshot.records} == {1}
    assert len(snapshot.records) == 120
    assert len(place.served.log) <= 2 + 2 + 3  # pages of the project, of the list, of changes


def test_a_read_costs_one_request_for_100_items_more_and_no_other(place: Place) -> None:
    def cost(issues: int) -> int:
        place.seed(issues)
        cursor = place.open().read(None).cursor
        adapter = place.open()
        place.served.log.clear()
        assert len(adapter.read(cursor).order or ()) == issues
        return len(place.served.log)

    assert cost(250) - cost(50) == 2


def test_a_cursor_without_the_project_brings_what_has_values(place: Place) -> None:
    ids = [record.id for record in place.open().read(None).records]
    place.put(ids[0], "Points", 3.0)
    snapshot = place.open().read(None)
    assert snapshot.cursor is not None
    old = {name: it for name, it in json.loads(snapshot.cursor).items() if name != "project"}
    assert [one.id for one in place.open().read(json.dumps(old)).records] == [ids[0]]


def test_what_we_write_is_not_read_again(place: Place) -> None:
    adapter = place.open()
    record = records(adapter)[1]
    outcome = change(adapter, record, "estimate", None, 5.0)
    assert outcome.record is not None
    assert outcome.record.shown["estimate"] == 5
    assert place.open().read(adapter.cursor()).records == ()


def test_an_issue_out_of_scope_is_not_brought_by_its_values(place: Place) -> None:
    url = f"{place.served.url}/github"
    setup = Setup("github", carriers=place.carriers)

    def scoped() -> GitHub:
        where = {"labels": ["ours"]}
        return GitHub(setup, repository="acme/shop", token="t-bot", url=url, project=3, where=where)

    [one, two, _] = [record.id for record in place.open().read(None).records]
    place.call("POST", "/issues/1/labels", labels=["ours"])
    cursor = scoped().read(None).cursor
    place.put(one, "Points", 1.0)
    place.put(two, "Points", 2.0)
    snapshot = scoped().read(cursor)
    assert [record.id for record in snapshot.records] == [one]
    assert scoped().read(snapshot.cursor).records == ()


def test_other_items_have_no_place_in_the_order_and_keep_it_in_the_project(place: Place) -> None:
    place.seed(
        3,
        ["acme/shop#3", {"draft": "An idea"}, "acme/shop#1", {"issue": "acme/shop#2"}],
    )
    adapter = place.plain()
    ids = {number: record.id for number, record in records(adapter).items()}
    assert adapter.order() == (ids[3], ids[1], ids[2])
    assert [o.error for o in adapter.move([Move("item", ids[2], ids[3], ids[1])])] == [None]
    items = place.stand_in.dump()["projects"][0]["items"]
    assert items == [
        {"issue": "acme/shop#3"},
        {"issue": "acme/shop#2"},
        {"draft": "An idea"},
        {"issue": "acme/shop#1"},
    ]


def test_a_hidden_item_does_not_keep_the_others_from_being_read(place: Place) -> None:
    state = place.stand_in.dump()
    state["repositories"]["acme/vault"] = {"private": True, "push": ["eve"], "issues": ["Secret"]}
    state["projects"][0]["items"].insert(1, "acme/vault#1")
    place.stand_in.load(state)
    assert len(place.plain().read(None).order or ()) == 3


def test_partial_data_is_taken_as_far_as_it_goes(place: Place) -> None:
    issue = place.open().read(None).records[0]
    content = {
        "__typename": "Issue",
        "id": issue.id,
        "number": 1,
        "repository": {"nameWithOwner": "acme/shop"},
    }
    nodes = [
        None,
        {"id": "PVTI_1", "isArchived": False, "content": None},
        {"id": "PVTI_2", "isArchived": False, "content": content},
    ]
    page = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": nodes}
    saml = {
        "type": "FORBIDDEN",
        "path": ["node", "items", "nodes", 1, "content"],
        "message": "SAML",
    }
    adapter = place.plain()
    place.fault(saml, data={"node": {"items": page}})
    assert adapter.order() == (issue.id,)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"type": "NOT_FOUND", "path": ["node"], "message": "m"}, NotFound),
        ({"type": "FORBIDDEN", "path": ["node"], "message": "m"}, Denied),
        ({"type": "SOMETHING", "path": ["node"], "message": "m"}, Rejected),
        ({"message": "Something went wrong while executing your query."}, Unavailable),
        ("odd", Unavailable),
    ],
)
def test_a_page_that_is_not_there_is_an_error_by_its_type(
    place: Place, error: Any, kind: type[Exception]
) -> None:
    adapter = place.plain()
    place.fault(error, data={"node": None})
    with pytest.raises(kind):
        adapter.read(None)


@pytest.mark.parametrize(
    "body",
    [{}, {"data": None}, {"data": []}, {"data": {"node": 1}}, {"data": {"node": {"items": []}}}],
)
def test_nonsense_is_no_answer(place: Place, body: Any) -> None:
    adapter = place.plain()
    place.served.switches.faults.append(Fault("status", GRAPHQL, "POST", status=200, body=body))
    with pytest.raises(Unavailable):
        adapter.order()


# Limits and lost answers


def test_a_limit_that_is_told_in_a_200_is_waited_for(place: Place) -> None:
    adapter = place.plain()
    place.fault({"type": "RATE_LIMITED", "message": "m"}, headers={"retry-after": "0"}, times=2)
    assert len(adapter.order() or ()) == 3


def test_a_limit_that_lasts_too_long_is_for_later(place: Place) -> None:
    adapter = place.plain()
    place.fault({"type": "RATE_LIMITED", "message": "m"}, headers={"retry-after": "3600"})
    with pytest.raises(RetryLater) as raised:
        adapter.order()
    assert raised.value.after == 3600


def test_an_exhausted_budget_says_when_it_is_renewed(place: Place) -> None:
    adapter = place.plain()
    place.stand_in.points.budget = 0
    try:
        with pytest.raises(RetryLater) as raised:
            adapter.order()
    finally:
        place.stand_in.points.budget = 5_000
    assert raised.value.after is not None
    assert 3000 < raised.value.after <= 3602


@pytest.mark.parametrize("kind", ["lose", "drop", "truncate"])
def test_a_move_whose_answer_is_lost_is_sent_again(place: Place, kind: Any) -> None:
    adapter = place.plain()
    ids = [record.id for record in adapter.read(None).records]
    place.served.switches.faults.append(Fault(kind, GRAPHQL, "POST"))
    assert [o.error for o in adapter.move([Move("item", ids[2], None, ids[0])])] == [None]
    assert place.numbers() == [3, 1, 2]


# Moving


def test_45_moves_go_in_three_requests(place: Place) -> None:
    place.seed(60)
    adapter = place.plain()
    ids = [record.id for record in adapter.read(None).records]
    wanted = list(reversed(ids))[:45]
    place.served.log.clear()
    outcomes = list(adapter.move(moves(wanted)))
    assert [outcome.error for outcome in outcomes] == [None] * 45
    assert [outcome.item for outcome in outcomes] == [f"item{at}" for at in range(45)]
    assert place.requests() == ["POST /graphql"] * 3
    assert place.numbers() == [*range(60, 15, -1), *range(1, 16)]


def test_issues_that_are_not_in_the_project_are_added_and_placed(place: Place) -> None:
    place.seed(5, ["acme/shop#5"])
    adapter = place.plain()
    ids = {number: record.id for number, record in records(adapter).items()}
    wanted = [ids[2], ids[1], ids[5], ids[4]]
    todo = [Move("a", ids[2], None, ids[5]), Move("b", ids[1], ids[2], ids[5])]
    todo.append(Move("c", ids[4], ids[5], None))
    place.served.log.clear()
    assert [outcome.error for outcome in adapter.move(todo)] == [None] * 3
    assert place.requests() == ["POST /graphql"] * 2
    assert adapter.order() == tuple(wanted)


def test_one_move_that_fails_is_an_outcome_of_its_own(place: Place) -> None:
    adapter = place.plain()
    ids = [record.id for record in adapter.read(None).records]
    item = place.item(ids[1])
    text = """mutation($input: ArchiveProjectV2ItemInput!) { archiveProjectV2Item(input: $input) {
        item { id } } }"""
    place.graphql(text, input={"projectId": place.project[0], "itemId": item})
    outcomes = list(adapter.move([Move("x", ids[1], None, None), Move("y", ids[2], None, None)]))
    assert [type(outcome.error) for outcome in outcomes] == [Rejected, type(None)]
    assert "archived" in str(outcomes[0].error)
    assert place.numbers() == [3, 1, 2]


def test_what_stops_the_tracker_stops_all_further_moves(place: Place) -> None:
    place.seed(30)
    adapter = place.plain()
    ids = [record.id for record in adapter.read(None).records]
    place.served.log.clear()
    place.served.switches.faults.append(Fault("status", GRAPHQL, "POST", times=9, status=401))
    outcomes = list(adapter.move(moves(ids[:1:-1])))
    assert {type(outcome.error) for outcome in outcomes} == {Denied}
    assert len(outcomes) == 28
    assert place.requests() == ["POST /graphql"]


def test_the_archived_keep_their_place_and_are_not_moved(place: Place) -> None:
    place.seed(4, ["acme/shop#1", {"issue": "acme/shop#2", "archived": True}, "acme/shop#3"])
    adapter = place.plain()
    ids = {number: record.id for number, record in records(adapter).items()}
    assert adapter.order() == (ids[1], ids[2], ids[3])
    place.served.log.clear()
    assert [o.error for o in adapter.move([Move("x", ids[2], None, ids[1])])] == [None]
    assert place.requests() == []
    # Below an archived one means below what is to be seen above it.
    assert [o.error for o in adapter.move([Move("y", ids[3], ids[2], ids[1])])] == [None]
    assert place.numbers() == [3, 1, 2]


def test_a_new_issue_is_put_into_the_project_many_in_one_request(place: Place) -> None:
    adapter = place.plain()
    adapter.read(None)
    place.served.log.clear()
    creates = [Create(f"item{at}", {"title": f"New {at}"}) for at in range(12)]
    made = [outcome.record for outcome in adapter.create(creates, {})]
    assert place.requests().count("POST /graphql") == 1
    order = adapter.order() or ()
    assert order[3:] == tuple(record.id for record in made if record)
    assert len(order) == 15


def test_an_issue_that_cannot_be_added_now_is_made_all_the_same(place: Place) -> None:
    adapter = place.plain()
    adapter.read(None)
    place.fault({"type": "UNPROCESSABLE", "message": "m", "path": ["m0"]}, data={"m0": None})
    [outcome] = adapter.create([Create("item", {"title": "New"})], {})
    assert outcome.record is not None
    assert outcome.error is None
    assert len(adapter.order() or ()) == 3
    [moved] = adapter.move([Move("item", outcome.record.id, None, None)])
    assert moved.error is None
    assert place.numbers() == [4, 1, 2, 3]


# Values


def test_an_unknown_option_is_refused_with_those_that_are_offered(place: Place) -> None:
    adapter = place.open()
    record = records(adapter)[1]
    outcome = change(adapter, record, "sprint", None, "Sprint 99")
    assert outcome.error is None
    assert "'Sprint 7'" in outcome.refused["sprint"]
    assert "'Sprint 8'" in outcome.refused["sprint"]
    assert place.values(1) == {}


def test_check_says_that_a_mapped_value_is_no_option(place: Place) -> None:
    carrier = Carrier("project-field", "Priority", {"high": "Urgent"})
    adapter = place.open(priority=carrier)
    with pytest.raises(Unmapped, match="'P-High', 'Medium', 'Low'"):
        adapter.open().codec.encode("priority", "high", None)


def test_an_option_that_went_meanwhile_is_refused_and_the_other_fields_are_set(
    place: Place,
) -> None:
    adapter = place.open()
    record = records(adapter)[1]
    state = place.stand_in.dump()
    [sprint] = [field for field in state["projects"][0]["fields"] if field["name"] == "Sprint"]
    board = adapter._board
    assert board is not None
    field = replace(board.fields["sprint"], choices={"Sprint 7": "gone", "Sprint 8": "gone"})
    board.fields = {**board.fields, "sprint": field}
    changes = {"sprint": Change(None, "Sprint 8"), "estimate": Change(None, 2.0)}
    [outcome] = adapter.update([Update("item", record, changes)], {})
    assert sprint["iterations"]
    assert list(outcome.refused) == ["sprint"]
    assert place.values(1) == {"Points": 2.0}


def test_what_a_person_chose_meanwhile_is_not_written_over(place: Place) -> None:
    adapter = place.open()
    record = records(adapter)[1]
    place.put(record.id, "Points", 8.0)
    outcome = change(adapter, record, "estimate", None, 5.0)
    assert "estimate" in str(outcome.error)
    assert outcome.record is not None
    assert outcome.record.shown["estimate"] == 8
    assert place.values(1) == {"Points": 8.0}


def test_closing_an_issue_sets_its_status_in_the_project_too(place: Place) -> None:
    adapter = place.open()
    record = records(adapter)[1]
    outcome = change(adapter, record, "status", "todo", "done")
    assert (outcome.error, dict(outcome.refused)) == (None, {})
    assert place.values(1) == {"Status": "Done"}
    assert place.issue(record.id)["state"] == "closed"
    assert outcome.record is not None
    again = change(adapter, outcome.record, "status", "done", "in_progress")
    assert (again.error, dict(again.refused)) == (None, {})
    assert place.values(1) == {"Status": "In Progress"}
    assert place.issue(record.id)["state"] == "open"


def test_a_status_without_an_option_for_done_leaves_the_project_as_it_is(place: Place) -> None:
    fields = [{"name": "Status", "type": "single_select", "options": ["Todo", "In Progress"]}]
    items = [{"issue": "acme/shop#1", "values": {"Status": "Todo"}}]
    place.seed(1, items, fields=fields)
    adapter = place.open(status=Carrier("project-field", "Status"))
    outcome = change(adapter, records(adapter)[1], "status", "todo", "done")
    assert (outcome.error, dict(outcome.refused)) == (None, {})
    assert place.values(1) == {"Status": "Todo"}
    assert outcome.record is not None
    assert outcome.record.shown["status"] == "completed"


def test_numbers_and_days_are_read_from_texts_and_options(place: Place) -> None:
    fields = [
        {"name": "Size", "type": "single_select", "options": ["1", "2", "huge"]},
        {"name": "Note", "type": "text"},
    ]
    items = [
        {"issue": "acme/shop#1", "values": {"Size": "2", "Note": "2026-11-24"}},
        {"issue": "acme/shop#2", "values": {"Size": "huge", "Note": "soon"}},
    ]
    place.seed(2, items, fields=fields)
    adapter = place.open(
        estimate=Carrier("project-field", "Size"), due=Carrier("project-field", "Note")
    )
    codec, found = adapter.open().codec, records(adapter)
    assert codec.decode("estimate", found[1].shown["estimate"], None) == 2.0
    assert codec.decode("due", found[1].shown["due"], None) == "2026-11-24"
    for name in ("estimate", "due"):
        with pytest.raises(Unmapped):
            codec.decode(name, found[2].shown[name], None)
    outcome = change(adapter, found[1], "estimate", 2.0, 1.0)
    assert (outcome.error, dict(outcome.refused)) == (None, {})
    assert place.values(1)["Size"] == "1"
    refused = change(adapter, found[1], "due", "2026-11-24", None)
    assert refused.refused == {}
    assert place.values(1) == {"Size": "1"}
    other = change(
        adapter,
        records(place.open(estimate=Carrier("project-field", "Size")))[1],
        "estimate",
        1.0,
        7.0,
    )
    assert "choose one of '1', '2', 'huge'" in other.refused["estimate"]


def test_a_value_is_refused_where_the_item_is_in_the_archive(place: Place) -> None:
    place.seed(1, [{"issue": "acme/shop#1", "archived": True}])
    adapter = place.open()
    outcome = change(adapter, records(adapter)[1], "estimate", None, 5.0)
    assert "archive" in outcome.refused["estimate"]
    assert place.values(1) == {}


def test_an_issue_that_gets_a_value_is_added_for_it(place: Place) -> None:
    place.seed(2, ["acme/shop#1"])
    adapter = place.open()
    outcome = change(adapter, records(adapter)[2], "estimate", None, 5.0)
    assert (outcome.error, dict(outcome.refused)) == (None, {})
    assert place.values(2) == {"Points": 5.0}
    emptied = change(adapter, records(place.open())[1], "due", "2026-11-24", None)
    assert (emptied.error, dict(emptied.refused)) == (None, {})


def test_values_that_may_not_be_written_are_refused_and_the_rest_is_done(place: Place) -> None:
    adapter = place.open()
    record = records(adapter)[1]
    state = place.stand_in.dump()
    state["projects"][0]["write"] = ["ada"]
    state["projects"][0]["public"] = True
    issue_ids = {record.id for record in adapter.read(None).records}
    place.stand_in.state.projects[0].writers = frozenset({"ada"})
    place.stand_in.state.projects[0].public = True
    changes = {"estimate": Change(None, 5.0), "title": Change("Issue 1", "Better")}
    [outcome] = adapter.update([Update("item", record, changes)], {})
    assert outcome.error is None
    assert "correct permissions" in outcome.refused["estimate"]
    assert place.issue(record.id)["title"] == "Better"
    assert record.id in issue_ids


# What is there


def test_a_persons_project_orders_a_persons_repository(place: Place) -> None:
    place.stand_in.load(
        {
            "users": {"t-ada": "ada"},
            "repositories": {"ada/home": {"push": ["ada"], "issues": ["A", "B"]}},
            "projects": [{"owner": "ada", "number": 1, "items": ["ada/home#2", "ada/home#1"]}],
        }
    )
    url = f"{place.served.url}/github"
    adapter = GitHub(Setup("github"), repository="ada/home", token="t-ada", url=url, project=1)
    assert adapter.open().order
    snapshot = adapter.read(None)
    titles = {record.id: record.shown["title"] for record in snapshot.records}
    assert [titles[id_] for id_ in snapshot.order or ()] == ["B", "A"]


@pytest.mark.parametrize(
    ("number", "who", "seed", "said"),
    [
        (None, "t-bot", {}, "name the Project that has it, by its number under `project`"),
        (9, "t-bot", {}, "the project 9 of acme is not there"),
        (3, "t-shy", {}, "may not read the project 3 of acme"),
        (3, "t-look", {}, "may not change the project 3 of acme"),
        (3, "t-bot", {"write": ["ada"]}, "the project 3 of acme is not there"),
        (3, "t-bot", {"write": ["ada"], "public": True}, "may not change the project 3 of acme"),
        (3, "t-bot", {"closed": True}, "is closed: reopen it"),
    ],
)
def test_without_a_project_to_write_to_there_is_no_order_and_all_else_goes_on(
    place: Place, number: int | None, who: str, seed: Values, said: str
) -> None:
    place.seed(2, **seed)
    adapter = place.open(number, who)
    facts = adapter.open()
    assert not facts.order
    assert said in facts.cannot["order"]
    assert said in facts.cannot["estimate"] or number is None
    assert "carry estimate by" in facts.cannot["estimate"]
    snapshot = adapter.read(None)
    assert (len(snapshot.records), snapshot.order, adapter.order()) == (2, None, None)
    outcome = change(adapter, snapshot.records[0], "title", "Issue 1", "Better")
    assert outcome.error is None
    [moved] = adapter.move([Move("item", snapshot.records[0].id, None, None)])
    assert isinstance(moved.error, Rejected)


def test_a_server_that_knows_no_projects_says_so(place: Place) -> None:
    place.fault({"message": "Field doesn't exist", "extensions": {"code": "undefinedField"}})
    adapter = GitHub(
        Setup("github"),
        repository="acme/shop",
        token="t-bot",
        url=f"{place.served.url}/github",
        project=3,
    )
    assert "knows no Projects" in adapter.open().cannot["order"]


def test_a_field_of_an_unknown_form_is_passed_over(place: Place) -> None:
    fields = {"nodes": [None, {}, {"id": "x", "name": "Odd", "options": [1], "configuration": 2}]}
    found = {"id": "PVT_1", "viewerCanUpdate": True, "fields": fields}
    place.fault(data={"repositoryOwner": {"projectV2": found}})
    facts = GitHub(
        Setup("github"),
        repository="acme/shop",
        token="t-bot",
        url=f"{place.served.url}/github",
        project=3,
    ).open()
    assert facts.order


def test_a_classic_token_without_the_scope_is_told_so(place: Place) -> None:
    error = {"type": "INSUFFICIENT_SCOPES", "path": ["repositoryOwner"], "message": "m"}
    place.fault(error, data={"repositoryOwner": None})
    adapter = GitHub(
        Setup("github"),
        repository="acme/shop",
        token="t-bot",
        url=f"{place.served.url}/github",
        project=3,
    )
    assert "the scope project" in adapter.open().cannot["order"]


@pytest.mark.parametrize(
    ("name", "field", "said"),
    [
        ("estimate", "Size", "has no field 'Size', but 'Status', 'Priority', 'Points'"),
        ("estimate", "Due", "is of the type date, and estimate needs"),
        ("due", "Status", "is of the type single_select, and due needs text or date"),
        ("sprint", "Labels", "is of the type labels"),
        ("labels", "Target", "cannot carry labels"),
        ("components", "Target", "cannot carry components"),
        ("description", "Target", "cannot carry description"),
    ],
)
def test_a_field_that_does_not_fit_is_said_with_the_remedy(
    place: Place, name: FieldName, field: str, said: str
) -> None:
    facts = place.open(**{name: Carrier("project-field", field)}).open()
    assert said in facts.cannot[name]
    assert name not in facts.fields
    assert facts.order


def test_the_token_is_in_no_message_of_graphql(place: Place) -> None:
    adapter = place.plain()
    place.fault({"type": "FORBIDDEN", "path": ["node"], "message": "token t-bot of you"}, data={})
    with pytest.raises(Denied) as raised:
        adapter.order()
    assert "t-bot" not in str(raised.value)
