"""What carries fields on GitHub: types, fields, labels, states, sections; and the limits."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Carrier, Setup
from adapters.github.adapter import GitHub
from adapters.github.capabilities import CAPABILITIES, LACKS
from adapters.github.carriers import DEFAULTS
from adapters.github.labels import name_of, value_of
from adapters.github.parts import Home
from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.server import Served, Switches, serve
from config.fields import CARRIERS
from sync.model import FIELDS, FieldName, ItemId, Shape, Value
from sync.tracker import Change, Create, Facts, Outcome, Record, Twin, Unmapped, Update

FIELDS_OF_ACME = [
    {"name": "Urgency", "type": "single_select", "options": ["High", "Low"]},
    {"name": "Points", "type": "number"},
    {"name": "Area", "type": "multi_select", "options": ["Web", "Api", "Docs"]},
]
ORGANIZATION = {"issue_types": ["Bug", "User story"], "issue_fields": FIELDS_OF_ACME}
CHOSEN = {
    "kind": Carrier("issue-type"),
    "priority": Carrier("issue-field", "Urgency"),
    "estimate": Carrier("issue-field", "Points"),
    "components": Carrier("issue-field", "Area"),
}


@pytest.fixture(scope="module")
def stand_in() -> GitHubStandIn:
    return GitHubStandIn(Switches())


@pytest.fixture(scope="module")
def served(stand_in: GitHubStandIn) -> Iterator[Served]:
    with serve({"/github": stand_in.app}, stand_in.switches) as served:
        yield served


class Shop:
    """acme/shop, and Ada, who works in it."""

    def __init__(self, stand_in: GitHubStandIn, served: Served) -> None:
        self.stand_in, self.served = stand_in, served
        self.name = "acme/shop"

    def seed(self, *issues: Mapping[str, Any], name: str = "acme/shop", **more: Any) -> None:
        push = ["sync-bot", "ada", *(f"dev{n}" for n in range(11))]
        self.name = name
        self.stand_in.load(
            {
                "users": {"t-bot": "sync-bot", "t-ada": "ada"},
                "organizations": {"acme": ORGANIZATION},
                "repositories": {name: {"push": push, "issues": list(issues)}},
                **more,
            }
        )
        self.served.log.clear()

    def adapter(self, **carriers: Carrier | None) -> GitHub:
        setup = Setup("github", carriers=carriers)
        url = f"{self.served.url}/github"
        return GitHub(setup, repository=self.name, token="t-bot", url=url)

    def open(self, **carriers: Carrier | None) -> Facts:
        return self.adapter(**carriers).open()

    def ada(self, method: str, rest: str, **data: Any) -> Any:
        url = f"{self.served.url}/github/repos/{self.name}{rest}"
        headers = {"Authorization": "Bearer t-ada"}
        answer = requests.request(method, url, json=data, headers=headers, timeout=5)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def issue(self, number: int) -> Any:
        return self.ada("GET", f"/issues/{number}")

    def sent(self) -> list[str]:
        """The writes since the last time."""
        root = f"/github/repos/{self.name}"
        log = [f"{e.method} {e.path.removeprefix(root)}" for e in self.served.log if e.writes]
        self.served.log.clear()
        return log


@pytest.fixture
def shop(stand_in: GitHubStandIn, served: Served) -> Shop:
    shop = Shop(stand_in, served)
    shop.seed()
    return shop


def create(adapter: GitHub, item: ItemId = "item1", **values: Value) -> Outcome:
    (outcome,) = adapter.create([Create(item, {"title": "Pay by card", **values})], {})
    return outcome


def update(
    adapter: GitHub,
    record: Record,
    twins: Mapping[ItemId, Twin] | None = None,
    **changes: tuple[Value, Value],
) -> Outcome:
    edit = Update("item1", record, {name: Change(*both) for name, both in changes.items()})
    (outcome,) = adapter.update([edit], twins or {})
    return outcome


def read(adapter: GitHub, number: int = 1) -> Record:
    records = {record.held["number"]: record for record in adapter.read(None).records}
    return records[number]


def twin(shop: Shop, number: int) -> Twin:
    issue = shop.issue(number)
    return Twin(issue["node_id"], f"{shop.name}#{number}")


# What there is


def test_the_settings_and_the_table_know_the_same_carriers() -> None:
    built_in = {"title", "body", "labels", "comments", "notice"}
    assert CAPABILITIES.keys() - built_in == CARRIERS["github"].keys()
    for kind, argument in CARRIERS["github"].items():
        assert CAPABILITIES[kind].argument == argument


def test_each_need_says_what_to_do_where_it_is_lacking() -> None:
    needs = {need for capability in CAPABILITIES.values() for need in capability.needs}
    assert needs <= LACKS.keys()
    assert all(":" in why or ";" in why for why in LACKS.values())


def test_every_usual_carrier_holds_its_field() -> None:
    for name, carrier in DEFAULTS.items():
        capability = CAPABILITIES[carrier.kind]
        assert capability.only == name or FIELDS[name] in capability.holds


def test_what_is_not_configured_is_not_asked_for(shop: Shop) -> None:
    shop.open()
    paths = [exchange.path for exchange in shop.served.log]
    assert paths == ["/github/repos/acme/shop", "/github/repos/acme/shop/issues"]


# Issue types


def test_a_kind_that_is_no_type_is_said_with_what_is_offered(shop: Shop) -> None:
    codec = shop.open(**CHOSEN).codec
    with pytest.raises(Unmapped, match=r"'epic' has no counterpart.*'Bug', 'User story'"):
        codec.encode("kind", "epic", None)
    assert codec.encode("kind", "story", None) == "User story"
    assert codec.decode("kind", "User story", None) == "story"


def test_a_type_can_be_taken_away(shop: Shop) -> None:
    shop.seed({"title": "One", "type": "Bug"})
    adapter = shop.adapter(**CHOSEN)
    outcome = update(adapter, read(adapter), kind=("bug", None))
    assert outcome.refused == {}
    assert outcome.record is not None
    assert outcome.record.shown["kind"] is None
    assert shop.issue(1)["type"] is None


def test_a_new_issue_is_of_its_type_in_the_one_call_that_makes_it(shop: Shop) -> None:
    outcome = create(
        shop.adapter(**CHOSEN), kind="bug", priority="high", components=frozenset({"Web", "Api"})
    )
    assert (outcome.error, outcome.refused) == (None, {})
    assert shop.sent() == ["POST /issues"]
    assert shop.issue(1)["type"]["name"] == "Bug"
    values = {it["issue_field_name"]: it["value"] for it in shop.issue(1)["issue_field_values"]}
    assert values == {"Urgency": "High", "Area": "Api, Web"}


@pytest.mark.parametrize("name", ["kind", "estimate"])
def test_a_users_repository_has_neither_types_nor_fields(shop: Shop, name: FieldName) -> None:
    shop.seed(name="ada/shop")
    facts = shop.open(**CHOSEN)
    assert name not in facts.fields
    assert "ada/shop belongs to a user, and only organizations have" in facts.cannot[name]
    assert f"carry {name} by label/{name}" in facts.cannot[name]


@pytest.mark.parametrize(
    ("version", "lost"),
    [
        ("3.18", {"kind": "types", "estimate": "fields", "parent": "sub-issue", "blocked_by": "d"}),
        ("3.19", {"kind": "types", "estimate": "fields", "parent": "sub-issue"}),
    ],
)
def test_what_an_enterprise_server_has_not_is_said_with_its_version(
    shop: Shop, version: str, lost: Mapping[FieldName, str]
) -> None:
    shop.seed({"title": "One"}, enterprise=version)
    facts = shop.open(kind=CHOSEN["kind"], estimate=CHOSEN["estimate"])
    assert facts.cannot.keys() - {"due", "order"} == lost.keys()
    for name, word in lost.items():
        assert facts.cannot[name].startswith(f"GHES {version} has no ")
        assert word in facts.cannot[name]
    (record,) = shop.adapter().read(None).records
    assert record.shown["parent"] is None


# Issue fields


def test_setting_one_field_leaves_the_others_as_they_are(shop: Shop) -> None:
    shop.seed({"title": "One", "fields": {"Urgency": "High", "Points": 3, "Area": ["Web"]}})
    adapter = shop.adapter(estimate=CHOSEN["estimate"])
    outcome = update(adapter, read(adapter), estimate=(3.0, 0.5))
    assert (outcome.error, outcome.refused) == (None, {})
    values = {it["issue_field_name"]: it["value"] for it in shop.issue(1)["issue_field_values"]}
    assert values == {"Urgency": "High", "Points": 0.5, "Area": "Web"}


def test_emptying_one_field_leaves_the_others_as_they_are(shop: Shop) -> None:
    shop.seed({"title": "One", "fields": {"Urgency": "High", "Points": 3, "Area": ["Web"]}})
    adapter = shop.adapter(**CHOSEN)
    outcome = update(
        adapter, read(adapter), estimate=(3.0, None), components=(frozenset({"Web"}), frozenset())
    )
    assert (outcome.error, outcome.refused) == (None, {})
    values = {it["issue_field_name"]: it["value"] for it in shop.issue(1)["issue_field_values"]}
    assert values == {"Urgency": "High"}
    assert all(line.startswith("DELETE") for line in shop.sent())


def test_an_option_that_a_person_chose_meanwhile_stays(shop: Shop) -> None:
    shop.seed({"title": "One", "fields": {"Area": ["Web"]}})
    adapter = shop.adapter(**CHOSEN)
    record = read(adapter)
    [field] = shop.issue(1)["issue_field_values"]
    said = [{"field_id": field["issue_field_id"], "value": ["Web", "Docs"]}]
    shop.ada("POST", "/issues/1/issue-field-values", issue_field_values=said)
    outcome = update(adapter, record, components=(frozenset({"Web"}), frozenset({"Api"})))
    assert outcome.record is not None
    assert outcome.record.shown["components"] == ["Api", "Docs"]


@pytest.mark.parametrize("option", ["Mobile", "web,Docs"])
def test_an_option_that_there_is_not_is_refused_with_what_is_offered(
    shop: Shop, option: str
) -> None:
    adapter = shop.adapter(**CHOSEN)
    outcome = create(adapter, components=frozenset({"Web", option}), estimate=2.0)
    assert outcome.error is None
    assert list(outcome.refused) == ["components"]
    assert "'Web', 'Api', 'Docs'" in outcome.refused["components"]
    assert shop.issue(1)["issue_field_values"][0]["value"] == 2


@pytest.mark.parametrize(
    ("name", "field", "words"),
    [
        ("estimate", "Size", "acme has no issue field 'Size', but 'Area', 'Points', 'Urgency'"),
        ("estimate", "Urgency", "is of the type single_select, and estimate needs number"),
        ("due", "Points", "is of the type number, and due needs date: make one, or carry due by"),
        ("sprint", "Area", "needs text or single_select"),
    ],
)
def test_a_field_that_does_not_fit_is_said_when_opened(
    shop: Shop, name: FieldName, field: str, words: str
) -> None:
    facts = shop.open(**{name: Carrier("issue-field", field)})
    assert words in facts.cannot[name]
    assert name not in facts.fields


def test_a_status_in_a_field_opens_and_closes_too(shop: Shop) -> None:
    stages = {"name": "Stage", "type": "single_select", "options": ["In progress", "In review"]}
    shop.seed({"title": "One"}, organizations={"acme": {"issue_fields": [stages]}})
    adapter = shop.adapter(status=Carrier("issue-field", "Stage"))
    record = read(adapter)
    for old, new, shown in (
        ("todo", "in_progress", "In progress"),
        ("in_progress", "done", "completed"),
        ("done", "in_review", "In review"),
        ("in_review", "todo", "open"),
    ):
        outcome = update(adapter, record, status=(old, new))
        assert (outcome.error, outcome.refused) == (None, {})
        assert outcome.record is not None
        record = outcome.record
        assert record.shown["status"] == shown
        assert adapter.open().codec.decode("status", shown, old) == new


# Labels


@given(st.text(min_size=1).filter(lambda text: text.strip()))
def test_any_value_comes_back_from_its_label(value: str) -> None:
    assert value_of(name_of("area", value).strip()) == value


@pytest.mark.parametrize(
    "value", ["Back office", "a: b", "x, y", "50% off", "%41", "1/2", "ÄÖ", "a  b", "#1", "🚀"]
)
def test_a_value_is_written_to_a_label_as_it_is_and_read_again(shop: Shop, value: str) -> None:
    values = {"sprint": value, "components": frozenset({value, "Web"})}
    outcome = create(shop.adapter(), **values)
    assert (outcome.error, outcome.refused) == (None, {})
    (record,) = shop.adapter().read(None).records
    assert record.shown["sprint"] == value
    assert record.shown["components"] == sorted([value, "Web"])
    labels = {label["name"] for label in shop.issue(1)["labels"]}
    assert "component:Web" in labels
    outcome = update(shop.adapter(), record, sprint=(value, None))
    assert outcome.refused == {}
    assert outcome.record is not None
    assert outcome.record.shown["sprint"] is None


def test_a_label_that_people_spell_otherwise_is_the_same_value(shop: Shop) -> None:
    shop.seed({"title": "One", "labels": ["Component: back office"]})
    adapter = shop.adapter()
    record, codec = read(adapter), adapter.open().codec
    mine = frozenset({"Back office"})
    assert codec.shows("components", mine, record.shown["components"])
    assert codec.decode("components", record.shown["components"], mine) == mine
    shop.sent()
    outcome = update(adapter, record, components=(mine, mine | {"Web"}))
    assert outcome.refused == {}
    assert shop.sent() == ["POST /labels", "POST /issues/1/labels"]
    outcome = update(adapter, read(adapter), components=(mine, frozenset()))
    assert [label["name"] for label in shop.issue(1)["labels"]] == ["component:Web"]


def test_values_that_differ_by_case_alone_are_refused_and_not_merged(shop: Shop) -> None:
    outcome = create(shop.adapter(), components=frozenset({"Web", "web"}))
    assert "does not tell it from another by its case" in outcome.refused["components"]


def test_a_value_that_is_too_long_for_a_label_is_refused_with_the_place(shop: Shop) -> None:
    outcome = create(shop.adapter(), sprint="x" * 50, components=frozenset({"Web", "y" * 41}))
    assert "would have 57 characters, and GitHub takes 50" in outcome.refused["sprint"]
    assert "of the new issue" in outcome.refused["sprint"]
    assert "component:yyy" in outcome.refused["components"]


@pytest.mark.parametrize(("label", "why"), [("due:soon", "a day"), ("due:2026-02-30", "a day")])
def test_a_label_that_is_no_day_is_unmapped(shop: Shop, label: str, why: str) -> None:
    shop.seed({"title": "One", "labels": [label]})
    adapter = shop.adapter(due=Carrier("label", "due"))
    with pytest.raises(Unmapped, match=f"it is to be {why}, as in due:2026-11-24"):
        adapter.open().codec.decode("due", read(adapter).shown["due"], None)


# State and resolution


def test_a_cancelled_duplicate_is_closed_as_one_of_what_it_duplicates(shop: Shop) -> None:
    shop.seed({"title": "First"})
    values: dict[FieldName, Value] = {
        "title": "Second",
        "status": "cancelled",
        "resolution": "duplicate",
        "duplicates": frozenset({"item1"}),
    }
    adapter = shop.adapter()
    (outcome,) = adapter.create([Create("item2", values)], {"item1": twin(shop, 1)})
    assert (outcome.error, outcome.refused) == (None, {})
    assert shop.issue(2)["state_reason"] == "duplicate"
    assert shop.issue(2)["body"].startswith("## Duplicates\n\n- #1\n")
    repository = shop.stand_in.state.repository("acme/shop")
    assert repository is not None
    assert repository.issues[2].duplicate_of == repository.issues[1].id


@pytest.mark.parametrize(
    ("reason", "status", "resolution"),
    [
        ("duplicate", "cancelled", "duplicate"),
        ("not_planned", "cancelled", "cannot_reproduce"),
        ("completed", "done", "cannot_reproduce"),
    ],
)
def test_what_a_person_closes_says_status_and_resolution(
    shop: Shop, reason: str, status: str, resolution: str
) -> None:
    shop.seed({"title": "One", "state": "closed", "state_reason": reason})
    adapter = shop.adapter()
    record, codec = read(adapter), adapter.open().codec
    assert codec.decode("status", record.shown["status"], "todo") == status
    shown = record.shown["resolution"]
    assert codec.decode("resolution", shown, "cannot_reproduce") == resolution


def test_what_is_open_again_is_no_duplicate_any_more(shop: Shop) -> None:
    shop.seed({"title": "One", "state": "closed", "state_reason": "duplicate"})
    adapter = shop.adapter()
    record = read(adapter)
    shop.ada("PATCH", "/issues/1", state="open")
    codec, now = adapter.open().codec, read(adapter)
    assert codec.decode("resolution", record.shown["resolution"], None) == "duplicate"
    assert codec.decode("resolution", now.shown["resolution"], "duplicate") is None
    assert codec.decode("resolution", now.shown["resolution"], "wont_fix") == "wont_fix"


def test_an_open_issue_cannot_be_a_duplicate(shop: Shop) -> None:
    shop.seed({"title": "One"})
    adapter = shop.adapter()
    outcome = update(adapter, read(adapter), resolution=(None, "duplicate"), title=("One", "Two"))
    assert list(outcome.refused) == ["resolution"]
    assert "acme/shop#1 is open" in outcome.refused["resolution"]
    assert (shop.issue(1)["state"], shop.issue(1)["title"]) == ("open", "Two")


def test_what_is_done_stays_done_whatever_its_resolution(shop: Shop) -> None:
    outcome = create(shop.adapter(), status="done", resolution="duplicate")
    assert (outcome.error, outcome.refused) == (None, {})
    assert shop.issue(1)["state_reason"] == "completed"
    assert outcome.record is not None
    codec = shop.open().codec
    assert codec.shows("resolution", "duplicate", outcome.record.shown["resolution"])
    assert codec.shows("status", "done", outcome.record.shown["status"])


def test_a_duplicate_that_is_none_any_more_is_still_cancelled(shop: Shop) -> None:
    shop.seed({"title": "One", "state": "closed", "state_reason": "duplicate"})
    adapter = shop.adapter()
    outcome = update(adapter, read(adapter), resolution=("duplicate", None))
    assert (outcome.error, outcome.refused) == (None, {})
    assert (shop.issue(1)["state"], shop.issue(1)["state_reason"]) == ("closed", "not_planned")


def test_what_we_closed_ourselves_is_not_read_again(shop: Shop) -> None:
    shop.seed({"title": "One"})
    adapter = shop.adapter()
    record = read(adapter)
    assert update(adapter, record, status=("todo", "done")).refused == {}
    assert create(adapter, status="cancelled").refused == {}
    assert shop.adapter().read(adapter.cursor()).records == ()


# Parents and blockers


def test_a_new_parent_takes_the_place_of_the_old_one(shop: Shop) -> None:
    shop.seed({"title": "Old"}, {"title": "New"}, {"title": "Child", "parent": 1})
    adapter = shop.adapter()
    twins = {"old": twin(shop, 1), "new": twin(shop, 2)}
    outcome = update(adapter, read(adapter, 3), twins, parent=("old", "new"))
    assert (outcome.error, outcome.refused) == (None, {})
    assert shop.sent() == ["POST /issues/2/sub_issues"]
    assert outcome.record is not None
    assert outcome.record.shown["parent"] == "acme/shop#2"


def test_more_children_than_github_takes_are_refused_with_the_place(shop: Shop) -> None:
    children = [{"title": f"Child {n}", "parent": 1} for n in range(100)]
    shop.seed({"title": "Epic"}, *children, {"title": "One more", "labels": ["ux"]})
    adapter = shop.adapter()
    outcome = update(
        adapter,
        read(adapter, 102),
        {"epic": twin(shop, 1)},
        parent=(None, "epic"),
        labels=(frozenset({"ux"}), frozenset()),
    )
    assert outcome.error is None
    assert list(outcome.refused) == ["parent"]
    assert "acme/shop#102 cannot go below acme/shop#1" in outcome.refused["parent"]
    assert "100 sub-issues" in outcome.refused["parent"]
    assert shop.issue(102)["labels"] == []


def test_more_levels_than_github_takes_are_refused_with_the_place(shop: Shop) -> None:
    chain = [{"title": "Top"}, *({"title": f"Level {n}", "parent": n} for n in range(1, 8))]
    shop.seed(*chain, {"title": "One deeper"})
    adapter = shop.adapter()
    outcome = update(adapter, read(adapter, 9), {"up": twin(shop, 8)}, parent=(None, "up"))
    assert "acme/shop#9 cannot go below acme/shop#8" in outcome.refused["parent"]
    assert "8 levels" in outcome.refused["parent"]


# Sections


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ("#12", "acme/shop#12"),
        ("GH-12", "acme/shop#12"),
        ("ACME/Shop#12", "acme/shop#12"),
        ("acme/stock#3", "acme/stock#3"),
        ("https://github.com/acme/stock/issues/3", "acme/stock#3"),
        ("https://github.com/acme/shop/issues/3#issuecomment-1", "acme/shop#3"),
        ("<https://github.com/acme/shop/issues/3>", "acme/shop#3"),
        ("[the cart](https://github.com/acme/shop/issues/3)", "acme/shop#3"),
        ("https://elsewhere.example/acme/shop/issues/3", None),
        ("https://github.com/acme/shop/pull/3", None),
        ("#12 and more", None),
        ("#0", None),
        ("SHOP-7", None),
    ],
)
def test_an_entry_names_an_issue_in_any_form_that_github_knows(entry: str, key: str | None) -> None:
    home = Home.of("acme/shop", "https://github.com/acme/shop/issues/1")
    assert home.key(entry) == key


def test_what_people_wrote_into_a_section_stays(shop: Shop) -> None:
    body = (
        "Text.\n\n## Related\n\n* GH-1\n* SHOP-7, on the other side\n* see the wiki\n\n## More\n\nx"
    )
    shop.seed({"title": "One"}, {"title": "Two"}, {"title": "Three", "body": body})
    adapter = shop.adapter()
    record = read(adapter, 3)
    assert record.shown["relates_to"] == ["acme/shop#1"]
    twins = {"item1": twin(shop, 1), "item2": twin(shop, 2)}
    both = frozenset({"item1", "item2"})
    outcome = update(adapter, record, twins, relates_to=(frozenset({"item1"}), both))
    assert (outcome.error, outcome.refused) == (None, {})
    for line in ("* GH-1", "* SHOP-7, on the other side", "* see the wiki", "* #2", "## More"):
        assert line in shop.issue(3)["body"].splitlines()
    assert outcome.record is not None
    outcome = update(adapter, outcome.record, twins, relates_to=(both, frozenset()))
    assert outcome.record is not None
    assert outcome.record.shown["relates_to"] == []
    for line in ("* SHOP-7, on the other side", "* see the wiki", "## More"):
        assert line in shop.issue(3)["body"].splitlines()


def test_a_reference_to_an_issue_that_is_not_ours_is_never_taken_out(shop: Shop) -> None:
    body = "## Related\n\n- #1\n- acme/stock#4"
    shop.seed({"title": "One"}, {"title": "Two", "body": body})
    adapter = shop.adapter()
    record = read(adapter, 2)
    assert record.shown["relates_to"] == ["acme/shop#1", "acme/stock#4"]
    twins = {"item1": twin(shop, 1)}
    outcome = update(adapter, record, twins, relates_to=(frozenset({"item1"}), frozenset()))
    assert outcome.record is not None
    assert outcome.record.shown["relates_to"] == ["acme/stock#4"]


def test_a_section_holds_any_shape_and_is_no_part_of_the_description(shop: Shop) -> None:
    shapes = {"team": Shape.LINE, "cost": Shape.NUMBER, "start": Shape.DATE, "note": Shape.TEXT}
    values: dict[FieldName, Value] = {
        "team": "Checkout",
        "cost": 2.5,
        "start": "2026-11-24",
        "note": "Some *text*.\n\n- one\n- two",
    }
    carriers = {name: Carrier("body-section", name.title()) for name in shapes}
    setup = Setup("github", schema={**FIELDS, **shapes}, carriers=carriers)
    url = f"{shop.served.url}/github"
    adapter = GitHub(setup, repository="acme/shop", token="t-bot", url=url)
    outcome = create(adapter, description="Ours.", **values)
    assert (outcome.error, outcome.refused) == (None, {})
    record, codec = read(adapter), adapter.open().codec
    assert record.shown["description"] == "Ours."
    for name, value in values.items():
        assert codec.decode(name, record.shown[name], None) == value
    outcome = update(adapter, record, cost=(2.5, None), note=(values["note"], ""))
    assert outcome.refused == {}
    text = shop.issue(1)["body"]
    assert text.startswith("Ours.\n\n## ")
    assert "## Team\n\nCheckout\n" in text
    assert "Cost" not in text
    assert "Note" not in text


# People


def test_more_people_than_github_takes_are_refused_with_the_place(shop: Shop) -> None:
    ten = [f"dev{n}" for n in range(10)]
    shop.seed({"title": "One", "assignees": ten})
    adapter = shop.adapter()
    eleven = frozenset([*ten, "ada"])
    outcome = update(adapter, read(adapter), assignees=(frozenset(ten), eleven))
    why = "acme/shop#1 would have 11 assignees, and GitHub takes 10"
    assert why in outcome.refused["assignees"]
    assert len(shop.issue(1)["assignees"]) == 10
    swapped = frozenset([*ten[1:], "ada"])
    outcome = update(adapter, read(adapter), assignees=(frozenset(ten), swapped))
    assert (outcome.error, outcome.refused) == (None, {})
    assert sorted(a["login"] for a in shop.issue(1)["assignees"]) == sorted(swapped)


def test_people_who_are_not_mapped_stay_assigned(shop: Shop) -> None:
    shop.seed({"title": "One", "assignees": ["dev1"]})
    adapter = shop.adapter()
    wanted = frozenset({"dev1", "Ada Lovelace", "ada"})
    outcome = update(adapter, read(adapter), assignees=(frozenset({"dev1"}), wanted))
    assert (outcome.error, outcome.refused) == (None, {})
    assert sorted(a["login"] for a in shop.issue(1)["assignees"]) == ["ada", "dev1"]


def test_a_body_that_would_not_be_read_again_stays_as_it_is(shop: Shop) -> None:
    body = "## Notes\n# Due\n## Notes\n# A"
    shop.seed({"title": "One", "body": body})
    within = {"priority": "Due", "sprint": "Notes"}
    carriers = {name: Carrier("body-section", heading) for name, heading in within.items()}
    adapter = shop.adapter(**carriers)
    [record] = adapter.read(None).records
    outcome = update(adapter, record, description=("# A", ""), sprint=(None, "Seven"))
    assert shop.issue(1)["body"] == body
    assert outcome.refused.keys() == {"description", "sprint"}
    assert "the body of acme/shop#1 stays as it is" in outcome.refused["sprint"]
    assert "give each section one heading" in outcome.refused["sprint"]
