"""What the GitHub adapter costs, survives and refuses, against the stand-in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from adapters.base import Carrier, Setup
from adapters.github.adapter import GitHub
from adapters.github.mentions import JOINER
from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.server import Fault, Served, Switches, serve
from sync.model import Criterion, FieldName, ItemId, Value
from sync.tracker import (
    Change,
    Create,
    Denied,
    Gone,
    Intent,
    Move,
    NotFound,
    Outcome,
    Record,
    Rejected,
    Stale,
    Twin,
    Unavailable,
    Update,
)

LONG_AGO = "2026-01-01T10:00:00Z"


@pytest.fixture(scope="module")
def stand_in() -> GitHubStandIn:
    return GitHubStandIn(Switches())


@pytest.fixture(scope="module")
def served(stand_in: GitHubStandIn) -> Iterator[Served]:
    with serve({"/github": stand_in.app}, stand_in.switches) as served:
        yield served


@dataclass
class Place:
    """One repository, acme/shop, and who works in it."""

    stand_in: GitHubStandIn
    served: Served

    def seed(self, *issues: Mapping[str, Any], **repository: Any) -> None:
        dated = [{"created_at": LONG_AGO, **issue} for issue in issues]
        shop = {"push": ["sync-bot", "ada"], "issues": dated, **repository}
        self.stand_in.load(
            {
                "users": {"t-bot": "sync-bot", "t-ada": "ada", "t-eve": "eve"},
                "organizations": {"acme": {}},
                "repositories": {"acme/shop": shop, "acme/stock": {"push": ["sync-bot", "ada"]}},
            }
        )

    def adapter(self, token: str = "t-bot", **options: Any) -> GitHub:  # noqa: S107 - a made-up one
        setup = options.pop("setup", Setup("github"))
        url = f"{self.served.url}/github"
        return GitHub(setup, repository="acme/shop", token=token, url=url, **options)

    def ada(self, method: str, path: str, **data: Any) -> Any:
        url = f"{self.served.url}/github/repos/acme/{path}"
        headers = {"Authorization": "Bearer t-ada"}
        answer = requests.request(method, url, json=data, headers=headers, timeout=5)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def fail(self, kind: Any, path: str, method: str, **more: Any) -> None:
        self.served.switches.faults.append(Fault(kind, path, method, **more))

    def sent(self, method: str = "") -> list[str]:
        """The requests since the last time, as `GET /issues/1`."""
        log = [
            f"{e.method} {e.path.removeprefix('/github/repos/acme/shop')}" for e in self.served.log
        ]
        self.served.log.clear()
        return [line for line in log if line.startswith(method)]


@pytest.fixture
def place(stand_in: GitHubStandIn, served: Served) -> Iterator[Place]:
    place = Place(stand_in, served)
    place.seed()
    served.log.clear()
    yield place
    served.switches.faults.clear()
    served.switches.skew = 0


def create(adapter: GitHub, item: ItemId = "item1", **values: Value) -> Outcome:
    (outcome,) = adapter.create([Create(item, {"title": "Pay by card", **values})], {})
    return outcome


def update(adapter: GitHub, record: Record, **changes: tuple[Value, Value]) -> Outcome:
    edit = Update("item1", record, {name: Change(*both) for name, both in changes.items()})
    (outcome,) = adapter.update([edit], {})
    return outcome


def keys(records: Any) -> list[str]:
    return sorted(record.key for record in records)


# What it costs


def test_a_run_in_which_nothing_changed_costs_one_request_beside_its_milestones(
    place: Place,
) -> None:
    place.seed(*({"title": f"Issue {n}"} for n in range(250)))
    adapter = place.adapter()
    first = adapter.read(None)
    assert (len(first.records), first.complete, len(place.sent())) == (250, True, 4)
    second = place.adapter().read(first.cursor)
    assert (second.records, second.complete, len(place.sent())) == ((), False, 2)


def test_right_after_a_run_that_wrote_all_it_costs_one_more(place: Place) -> None:
    adapter = place.adapter()
    adapter.read(None)
    made = [create(adapter, f"item{n}").record for n in range(130)]
    assert None not in made
    cursor = adapter.cursor()
    place.sent()
    second = place.adapter().read(cursor)
    assert (second.records, len(place.sent())) == ((), 3)
    third = place.adapter().read(second.cursor)
    assert (third.records, len(place.sent())) == ((), 3)


def test_what_people_changed_meanwhile_is_found_below_what_was_written(place: Place) -> None:
    place.seed({"title": "Theirs"})
    adapter = place.adapter()
    adapter.read(None)
    place.ada("PATCH", "shop/issues/1", title="Changed by Ada")
    for n in range(130):
        create(adapter, f"item{n}")
    cursor = adapter.cursor()
    place.served.switches.skew = 120  # the next run, two minutes later
    late = place.adapter().read(cursor)
    assert keys(late.records) == ["acme/shop#1"]
    place.sent()
    assert place.adapter().read(late.cursor).records == ()
    assert place.sent() == ["GET /issues", "GET /milestones"]


def test_an_edit_within_the_second_of_our_own_write_is_found(place: Place) -> None:
    adapter = place.adapter()
    adapter.read(None)
    record = create(adapter).record
    place.ada("PATCH", "shop/issues/1", title="Changed by Ada")
    (found,) = place.adapter().read(adapter.cursor()).records
    assert record is not None
    assert found.shown["title"] == "Changed by Ada"


def test_what_somebody_else_changed_while_we_wrote_is_read_again(place: Place) -> None:
    place.seed({"title": "Theirs"})
    adapter = place.adapter()
    (record,) = adapter.read(None).records
    place.ada("PATCH", "shop/issues/1", body="By Ada")
    outcome = update(adapter, record, title=("Theirs", "Ours"))
    assert outcome.record is not None
    assert outcome.record.shown["description"] == "By Ada"
    assert keys(place.adapter().read(adapter.cursor()).records) == ["acme/shop#1"]


def test_pull_requests_are_no_records(place: Place) -> None:
    place.seed({"title": "One"}, {"title": "A change", "pull_request": True})
    adapter = place.adapter()
    assert keys(adapter.read(None).records) == ["acme/shop#1"]
    assert adapter.newest() == "2"


def test_only_issues_that_something_blocks_cost_a_request_more(place: Place) -> None:
    place.seed(
        {"title": "One", "state": "closed"}, {"title": "Two", "blocked_by": [1], "parent": 1}
    )
    one, two = place.adapter().read(None).records
    assert (one.shown["blocked_by"], two.shown["blocked_by"]) == ([], ["acme/shop#1"])
    assert (one.shown["parent"], two.shown["parent"]) == (None, "acme/shop#1")
    assert place.sent() == [
        "GET /issues",
        "GET /issues/2/dependencies/blocked_by",
        "GET /milestones",
    ]


# Scope


def test_the_scope_is_for_what_is_not_linked_yet(place: Place) -> None:
    place.seed(
        {"title": "In", "labels": ["Team"]},
        {"title": "Other team"},
        {"title": "Done", "labels": ["team"], "state": "closed"},
        labels=["team"],
    )
    where = {"labels": ["team"], "state": "open"}
    adapter = place.adapter(where=where)
    assert adapter.open().problems == ()
    first = adapter.read(None)
    assert keys(first.records) == ["acme/shop#1"]
    assert first.records[0].shown["labels"] == []
    place.ada("PATCH", "shop/issues/1", state="closed")
    place.ada("PATCH", "shop/issues/2", title="Still another team")
    later = place.adapter(where=where)
    later.remember([Twin(first.records[0].id, first.records[0].key)])
    assert keys(later.read(first.cursor).records) == ["acme/shop#1"]


def test_a_new_issue_is_made_within_the_scope(place: Place) -> None:
    adapter = place.adapter(where={"labels": ["team"]})
    assert "no label 'team'" in adapter.open().problems[0].message
    assert create(adapter, labels=frozenset({"ux"})).refused == {}
    assert keys(place.adapter(where={"labels": ["team"]}).read(None).records) == ["acme/shop#1"]


# What a tracker is


def test_opening_says_what_the_token_may_not_do(place: Place) -> None:
    facts = place.adapter("t-eve").open()
    assert facts.public
    lost = {"kind", "priority", "labels", "assignees", "estimate", "release"}
    lost |= {"sprint", "components"}
    assert facts.cannot.keys() == lost | {"due", "order"}
    assert not lost & facts.fields
    assert "no push access to acme/shop" in facts.cannot["labels"]


def test_opening_says_that_issues_are_switched_off(place: Place) -> None:
    place.seed(has_issues=False, private=True)
    facts = place.adapter().open()
    assert (facts.public, facts.order) == (False, False)
    assert [problem.severity for problem in facts.problems] == ["error"]


@pytest.mark.parametrize(
    ("token", "repository", "error"),
    [("wrong", "acme/shop", Denied), ("t-eve", "acme/no", NotFound)],
)
def test_opening_what_cannot_be_read_is_an_error(
    place: Place, token: str, repository: str, error: type[Exception]
) -> None:
    url = f"{place.served.url}/github"
    with pytest.raises(error) as caught:
        GitHub(Setup("github"), repository=repository, token=token, url=url).open()
    assert "wrong" not in str(caught.value)


# What is gone


def test_what_is_gone_is_said_as_what_it_is(place: Place) -> None:
    place.seed(*({"title": f"Issue {n}"} for n in range(3)))
    adapter = place.adapter()
    one, two, three = adapter.read(None).records
    place.stand_in.transfer("acme/shop", 1, "acme/stock")
    place.stand_in.delete("acme/shop", 2)
    found = adapter.get([one.id, two.id, three.id, "I_unknown"])
    assert found.records == (three,)
    assert found.gone == {
        one.id: Gone("moved", f"{place.served.url}/github/acme/stock/issues/1"),
        two.id: Gone("deleted"),
        "I_unknown": Gone("hidden"),
    }


def test_a_write_does_not_follow_an_issue_into_another_repository(place: Place) -> None:
    place.seed({"title": "Theirs"})
    adapter = place.adapter()
    (record,) = adapter.read(None).records
    place.stand_in.transfer("acme/shop", 1, "acme/stock")
    outcome = update(adapter, record, title=("Theirs", "Ours"))
    assert isinstance(outcome.error, NotFound)
    assert "moved to " in str(outcome.error)
    assert place.ada("GET", "stock/issues/1")["title"] == "Theirs"


# Creating


def test_a_new_issue_costs_one_call_where_its_places_are_there(place: Place) -> None:
    place.seed(labels=["kind:bug"], milestones=[{"title": "V1", "state": "closed"}])
    adapter = place.adapter()
    outcome = create(adapter, kind="bug", release="v1", description="Text")
    assert (outcome.error, outcome.refused) == (None, {})
    assert place.sent() == ["GET /labels", "GET /milestones", "POST /issues"]
    create(adapter, "item2", kind="bug", release="v1")
    assert place.sent() == ["POST /issues"]


def test_missing_labels_are_made_once_and_look_like_their_field(place: Place) -> None:
    adapter = place.adapter()
    for n in range(2):
        create(adapter, f"item{n}", priority="high", labels=frozenset({"ux"}))
    assert place.sent("POST /labels") == ["POST /labels"] * 2
    labels = {label["name"]: label for label in place.ada("GET", "shop/labels")}
    assert labels["priority:high"]["color"] == "d93f0b"
    assert labels["priority:high"]["description"] == "priority: high"
    assert labels["ux"]["color"] == "ededed"


def test_an_item_that_is_done_is_made_and_closed(place: Place) -> None:
    outcome = create(place.adapter(), status="cancelled")
    assert outcome.record is not None
    assert outcome.record.shown["status"] == "not_planned"
    assert place.sent() == ["POST /issues", "PATCH /issues/1"]


def test_the_foot_names_the_mark_and_the_twins(place: Place) -> None:
    twin = Twin("7", "SHOP-7", "https://acme.atlassian.net/browse/SHOP-7")
    values = {"title": "x", "description": "Text", "acceptance_criteria": (Criterion("one"),)}
    (outcome,) = place.adapter().create([Create("item1", values, elsewhere=(twin,))], {})
    raw = place.ada("GET", "shop/issues/1")["body"]
    assert raw == (
        "Text\n\n## Acceptance criteria\n\n- [ ] one\n\n<!-- onebacklog-twins -->\n"
        "<sub>[SHOP\\-7](https://acme.atlassian.net/browse/SHOP-7)</sub>\n<!-- onebacklog:item1 -->"
    )
    assert outcome.record is not None
    assert outcome.record.mark == "item1"
    assert outcome.record.twins == {"SHOP-7", "https://acme.atlassian.net/browse/SHOP-7"}
    assert outcome.record.shown["description"] == "Text"


def test_an_issue_of_ours_is_led_to_its_twins_afterwards_and_a_person_s_is_not(
    place: Place,
) -> None:
    twin = Twin("7", "SHOP-7", "https://acme.atlassian.net/browse/SHOP-7")
    made = create(place.adapter(), description="Text").record
    assert made is not None
    (outcome,) = place.adapter().update([Update("item1", made, {}, (twin,))], {})
    assert outcome.record is not None
    assert outcome.record.twins == {"SHOP-7", twin.url}
    assert (outcome.record.mark, outcome.record.shown) == ("item1", made.shown)
    place.ada("PATCH", "shop/issues/1", body="Text without a foot")
    (outcome,) = place.adapter().update([Update("item1", outcome.record, {}, (twin,))], {})
    assert place.ada("GET", "shop/issues/1")["body"] == "Text without a foot"


def test_a_copy_calls_nobody(place: Place) -> None:
    outcome = create(place.adapter(), description="ask @ada, fixes #1")
    raw = place.ada("GET", "shop/issues/1")["body"]
    assert f"ask @{JOINER}ada, fixes{JOINER} #{JOINER}1" in raw
    assert outcome.refused == {}


def test_a_lost_answer_is_looked_for_at_once(place: Place) -> None:
    place.fail("lose", "/issues$", "POST")
    adapter = place.adapter()
    outcome = create(adapter)
    assert outcome.error is None
    assert outcome.record is not None
    assert outcome.record.mark == "item1"
    assert len(adapter.read(None).records) == 1


def test_a_create_that_never_arrived_is_not_repeated_by_itself(place: Place) -> None:
    place.fail("drop", "/issues$", "POST")
    first, second = place.adapter().create(
        [Create("item1", {"title": "One"}), Create("item2", {"title": "Two"})], {}
    )
    assert isinstance(first.error, Unavailable)
    assert second.error is None
    assert place.sent("POST") == ["POST /issues", "POST /issues"]


@pytest.mark.parametrize("newest", [None, "1"])
def test_what_an_earlier_try_made_is_found_and_completed(place: Place, newest: str | None) -> None:
    place.seed({"title": "Old"})
    place.fail("status", "/issues/2$", "PATCH", status=403)
    tried_at = "2026-11-24T00:00:00Z"
    halfway = create(place.adapter(), status="done")
    assert isinstance(halfway.error, Denied)
    for n in range(105):
        place.ada("POST", "shop/issues", title=f"Later {n}")
    again = Create("item1", {"title": "Renamed", "status": "done"}, Intent(tried_at, newest))
    (outcome,) = place.adapter().create([again], {})
    assert (outcome.error, outcome.refused) == (None, {})
    assert outcome.record is not None
    assert outcome.record.key == "acme/shop#2"
    # The title may be a person's by now: it is left for the merge.
    assert (outcome.record.shown["title"], outcome.record.shown["status"]) == (
        "Pay by card",
        "completed",
    )


@pytest.mark.parametrize("intent", [Intent("2026-11-24T00:00:00Z"), Intent(LONG_AGO, "150")])
def test_no_more_is_looked_through_than_the_try_can_have_made(place: Place, intent: Intent) -> None:
    place.seed(*({"title": f"Old {n}"} for n in range(250)))
    create_ = Create("item1", {"title": "x"}, intent)
    (outcome,) = place.adapter().create([create_], {})
    assert outcome.record is not None
    assert outcome.record.key == "acme/shop#251"
    assert len(place.sent("GET")) == (1 if intent.newest is None else 2)


def test_what_an_issue_can_do_without_is_refused_and_the_rest_is_made(place: Place) -> None:
    error = {"resource": "Issue", "field": "assignees", "code": "invalid"}
    body = {"message": "Validation Failed", "errors": [error]}
    place.fail("status", "/issues$", "POST", status=422, body=body)
    outcome = create(place.adapter(), assignees=frozenset({"ada"}))
    assert outcome.error is None
    assert "assignees: invalid" in outcome.refused["assignees"]
    assert outcome.record is not None


def test_an_item_that_github_refuses_is_an_error_of_its_own(place: Place) -> None:
    body = {"message": "Validation Failed", "errors": [{"field": "body", "code": "custom"}]}
    place.fail("status", "/issues$", "POST", status=422, body=body)
    creates = [
        Create("item1", {"title": "x"}),
        Create("item2", {}),
        Create("item3", {"title": "y"}),
    ]
    one, two, three = place.adapter().create(creates, {})
    assert isinstance(one.error, Rejected)
    assert one.error.name == "description"
    assert isinstance(two.error, Rejected)
    assert two.error.name == "title"
    assert three.error is None


def test_a_text_that_is_too_long_is_left_out_and_said(place: Place) -> None:
    outcome = create(place.adapter(), description="x" * 70_000)
    assert outcome.error is None
    assert "the new issue" in outcome.refused["description"]
    assert outcome.record is not None
    assert outcome.record.mark == "item1"


def test_what_others_refer_to_is_made_before_them(place: Place) -> None:
    creates = [
        Create(
            "child", {"title": "c", "parent": "epic", "blocked_by": frozenset({"first", "far"})}
        ),
        Create("epic", {"title": "e"}),
        Create("first", {"title": "f"}),
    ]
    outcomes = {outcome.item: outcome for outcome in place.adapter().create(creates, {})}
    child, epic, first = (outcomes[item].record for item in ("child", "epic", "first"))
    assert child is not None
    assert epic is not None
    assert first is not None
    assert (child.shown["parent"], child.shown["blocked_by"]) == (epic.key, [first.key])
    assert outcomes["child"].refused == {}


def test_what_refers_to_each_other_is_tied_by_the_next_run(place: Place) -> None:
    creates = [
        Create("one", {"title": "1", "blocked_by": frozenset({"two"})}),
        Create("two", {"title": "2", "parent": "one"}),
    ]
    one, two = place.adapter().create(creates, {})
    assert "run again" in one.refused["blocked_by"]
    assert two.refused == {}


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_refused_stops_the_rest(place: Place, status: int) -> None:
    place.fail("status", "/issues$", "POST", status=status)
    creates = [Create(f"item{n}", {"title": "x"}) for n in range(3)]
    outcomes = list(place.adapter().create(creates, {}))
    assert [type(outcome.error) for outcome in outcomes] == [Denied] * 3
    assert place.sent() == ["POST /issues"]


# Updating


@pytest.fixture
def held(place: Place) -> Record:
    place.seed(
        {
            "title": "Theirs",
            "body": "Text",
            "labels": ["priority:low", "Kind:Bug", "ux"],
            "assignees": ["ada"],
            "milestone": "v1",
        },
        labels=["priority:low", "Kind:Bug", "ux"],
        milestones=["v1"],
    )
    (record,) = place.adapter().read(None).records
    place.sent()
    return record


def test_text_and_state_are_one_call(place: Place, held: Record) -> None:
    outcome = update(
        place.adapter(),
        held,
        title=("Theirs", "Ours"),
        description=("Text", "Other"),
        status=("todo", "done"),
        release=("v1", None),
    )
    assert (outcome.error, outcome.refused) == (None, {})
    assert place.sent() == ["GET /issues/1", "PATCH /issues/1"]


def test_labels_are_added_and_removed_singly(place: Place, held: Record) -> None:
    place.ada("POST", "shop/issues/1/labels", labels=["by-ada"])
    place.sent()
    outcome = update(
        place.adapter(),
        held,
        priority=("low", "high"),
        labels=(frozenset({"ux"}), frozenset({"legal"})),
    )
    assert (outcome.error, outcome.refused) == (None, {})
    assert outcome.record is not None
    assert outcome.record.shown["labels"] == ["by-ada", "legal"]
    assert place.sent("POST") == ["POST /labels", "POST /labels", "POST /issues/1/labels"]


def test_nothing_is_written_where_it_is_shown_already(place: Place, held: Record) -> None:
    outcome = update(place.adapter(), held, kind=("story", "bug"), status=("todo", "in_review"))
    assert (outcome.error, outcome.refused, outcome.record) == (None, {}, held)
    assert place.sent() == ["GET /issues/1"]


def test_another_reason_for_closing_is_given_over_reopening(place: Place, held: Record) -> None:
    done = update(place.adapter(), held, status=("todo", "done")).record
    assert done is not None
    cancelled = update(place.adapter(), done, status=("done", "cancelled"))
    assert cancelled.refused == {}
    assert cancelled.record is not None
    assert cancelled.record.shown["status"] == "not_planned"


def test_what_changed_meanwhile_is_stale_and_is_not_written(place: Place, held: Record) -> None:
    place.ada("PATCH", "shop/issues/1", title="Changed by Ada")
    outcome = update(place.adapter(), held, title=("Theirs", "Ours"), priority=("low", "high"))
    assert isinstance(outcome.error, Stale)
    assert "(title)" in str(outcome.error)
    assert place.sent("P") == ["PATCH /issues/1"]  # Ada's


def test_a_write_that_breaks_off_is_read_back(place: Place, held: Record) -> None:
    place.fail("status", "/issues/1/labels$", "POST", status=403)
    outcome = update(place.adapter(), held, title=("Theirs", "Ours"), priority=("low", "high"))
    assert isinstance(outcome.error, Denied)
    assert outcome.record is not None
    assert outcome.record.shown["title"] == "Ours"
    assert outcome.record.shown["priority"] == "low"


def test_a_lost_answer_to_a_write_that_took_effect_is_no_error(place: Place, held: Record) -> None:
    place.fail("lose", "/issues/1$", "PATCH")
    outcome = update(place.adapter(), held, title=("Theirs", "Ours"))
    assert outcome.error is None
    assert outcome.record is not None
    assert outcome.record.shown["title"] == "Ours"
    assert place.sent("PATCH") == ["PATCH /issues/1"]


def test_a_write_that_never_arrived_is_an_error_with_the_record(place: Place, held: Record) -> None:
    place.fail("drop", "/issues/1$", "PATCH")
    outcome = update(place.adapter(), held, title=("Theirs", "Ours"))
    assert isinstance(outcome.error, Unavailable)
    assert outcome.record == held


def test_someone_who_cannot_be_assigned_is_said(place: Place, held: Record) -> None:
    people = (frozenset({"ada"}), frozenset({"ada", "eve"}))
    outcome = update(place.adapter(), held, assignees=people)
    assert outcome.error is None
    assert "left out eve: only people with access to acme/shop" in outcome.refused["assignees"]


def test_a_refused_call_refuses_its_fields_and_no_others(place: Place, held: Record) -> None:
    place.fail("status", "/issues/1$", "PATCH", status=422, body={"message": "Validation Failed"})
    outcome = update(place.adapter(), held, title=("Theirs", "Ours"), priority=("low", "high"))
    assert outcome.error is None
    assert list(outcome.refused) == ["title"]
    assert outcome.record is not None
    assert outcome.record.shown["priority"] == "high"


def test_what_cannot_be_made_is_refused_alone(place: Place, held: Record) -> None:
    for path in ("/shop/labels$", "/milestones$"):
        place.fail("status", path, "POST", status=422, body={"message": "Validation Failed"})
    outcome = update(
        place.adapter(),
        held,
        title=("Theirs", "Ours"),
        release=("v1", "v2"),
        priority=("low", "high"),
    )
    assert outcome.error is None
    assert outcome.refused.keys() == {"release", "priority"}
    assert outcome.record is not None
    assert outcome.record.shown["title"] == "Ours"


def test_what_somebody_else_just_made_is_taken(place: Place) -> None:
    adapter = place.adapter()
    create(adapter, release="v1", labels=frozenset({"ux"}))
    place.ada("POST", "shop/milestones", title="v2")
    place.ada("POST", "shop/labels", name="Legal", color="ffffff")
    outcome = create(adapter, "item2", release="v2", labels=frozenset({"legal"}))
    assert (outcome.error, outcome.refused) == (None, {})
    assert outcome.record is not None
    assert outcome.record.shown["release"] == "v2"
    assert outcome.record.shown["labels"] == ["Legal"]


def test_where_it_cannot_be_read_back_the_last_answer_counts(place: Place, held: Record) -> None:
    place.fail("status", "/issues/1$", "GET", status=403, skip=1)
    outcome = update(place.adapter(), held, title=("Theirs", "Ours"), priority=("low", "high"))
    assert isinstance(outcome.error, Denied)
    assert outcome.record is not None
    assert (outcome.record.shown["title"], outcome.record.shown["priority"]) == ("Ours", "low")


def test_a_new_issue_is_known_though_it_cannot_be_read_back(place: Place) -> None:
    place.seed({"title": "Blocks"})
    (blocker,) = place.adapter().read(None).records
    values = {"title": "x", "blocked_by": frozenset({"item1"})}
    place.fail("status", "/issues/2/dependencies/blocked_by$", "GET", status=403)
    twins = {"item1": Twin(blocker.id, blocker.key)}
    (outcome,) = place.adapter().create([Create("item2", values)], twins)
    assert isinstance(outcome.error, Denied)
    assert outcome.record is not None
    assert outcome.record.mark == "item2"


def test_nothing_is_said_of_an_issue_that_could_not_be_written_nor_read(
    place: Place, held: Record
) -> None:
    place.fail("drop", "/issues/1$", "PATCH")
    place.fail("status", "/issues/1$", "GET", status=403, skip=1)
    outcome = update(place.adapter(), held, title=("Theirs", "Ours"))
    assert isinstance(outcome.error, Unavailable)
    assert outcome.record is None


def test_a_silent_drop_is_refused_with_a_remedy(place: Place, held: Record) -> None:
    unchanged = place.ada("GET", "shop/issues/1")
    place.fail("status", "/issues/1$", "PATCH", status=200, body=unchanged)
    place.fail("status", "/issues/1/labels/ux$", "DELETE", status=200, body=[])
    title = update(place.adapter(), held, title=("Theirs", "Ours"))
    assert "accepted it without a word, and does not show it" in title.refused["title"]
    labels = update(place.adapter(), held, labels=(frozenset({"ux"}), frozenset()))
    assert "kept ux" in labels.refused["labels"]


def test_a_parent_that_was_not_taken_is_refused(place: Place) -> None:
    place.seed({"title": "Parent"}, {"title": "Child"})
    adapter = place.adapter()
    parent, child = adapter.read(None).records
    place.fail("status", "/sub_issues$", "POST", status=201, body={})
    edit = Update("child", child, {"parent": Change(None, "parent")})
    (outcome,) = adapter.update([edit], {"parent": Twin(parent.id, parent.key)})
    assert "shows None as its parent" in outcome.refused["parent"]


def test_a_token_that_is_refused_stops_the_updates(place: Place, held: Record) -> None:
    place.fail("status", "/issues/1$", "GET", status=401)
    edit = Update("item1", held, {"title": Change("Theirs", "Ours")})
    outcomes = list(place.adapter().update([edit, edit], {}))
    assert [type(outcome.error) for outcome in outcomes] == [Denied] * 2
    assert place.sent() == ["GET /issues/1"]


def test_github_keeps_no_order(place: Place) -> None:
    adapter = place.adapter()
    (outcome,) = adapter.move([Move("item1", "I_1", None, None)])
    assert isinstance(outcome.error, Rejected)
    assert adapter.order() is None
    assert adapter.requests == 0


def test_the_parent_and_blockers_of_others_stay(place: Place) -> None:
    place.seed(
        {"title": "One"},
        {"title": "Two"},
        {"title": "Three", "blocked_by": [1], "parent": 1},
    )
    adapter = place.adapter()
    one, two, three = adapter.read(None).records
    twins = {"two": Twin(two.id, two.key), "one": Twin(one.id, one.key)}
    changes: dict[FieldName, Change] = {"blocked_by": Change(frozenset(), frozenset({"two"}))}
    (outcome,) = adapter.update([Update("three", three, changes)], twins)
    assert outcome.refused == {}
    assert outcome.record is not None
    assert outcome.record.shown["blocked_by"] == ["acme/shop#1", "acme/shop#2"]
    assert outcome.record.shown["parent"] == "acme/shop#1"


def test_a_status_by_label_opens_and_closes_too(place: Place, held: Record) -> None:
    setup = Setup("github", carriers={"status": Carrier("label", "status")})
    going = update(place.adapter(setup=setup), held, status=("todo", "in_progress")).record
    assert going is not None
    assert going.shown["status"] == "in_progress"
    done = update(place.adapter(setup=setup), going, status=("in_progress", "done"))
    assert done.refused == {}
    issue = place.ada("GET", "shop/issues/1")
    assert issue["state"] == "closed"
    assert "status:in_progress" not in {label["name"] for label in issue["labels"]}
