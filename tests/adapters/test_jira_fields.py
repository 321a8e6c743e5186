"""Fields of every type of Jira's, on Cloud and on Data Center: written, read, emptied, refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import strategies as st

from adapters.base import Carrier, Setup
from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Switches, serve
from adapters.text import markdown_to_adf, markdown_to_wiki
from sync.model import EMPTY, FIELDS, Criterion, FieldName, Schema, Shape, Value
from sync.tracker import Create, Record, Unmapped
from tests.adapters.test_jira import EDITED, SEED, Flavour, JiraTracker, seed
from tests.adapters.test_jira_flows import Site, changed, made, record
from tests.contract import AdapterContract, Tracker

TEAM: tuple[Mapping[str, Any], ...] = (
    {"name": "Customer", "type": "text"},
    {"name": "Homepage", "type": "url"},
    {"name": "Notes", "type": "paragraph"},
    {"name": "Risk", "type": "number"},
    {"name": "Launch", "type": "date"},
    {"name": "Meeting", "type": "datetime"},
    {
        "name": "Team",
        "type": "select",
        "options": ["Red", "Deep Blue", {"name": "Old", "disabled": True}],
    },
    {"name": "Size", "type": "radio", "options": ["S", "M"]},
    {
        "name": "Markets",
        "type": "multiselect",
        "options": ["DE", "FR", "IT", {"name": "GDR", "disabled": True}],
    },
    {"name": "Channels", "type": "checkboxes", "options": ["Web", "App"]},
    {
        "name": "Area",
        "type": "cascading",
        "options": [
            {"name": "Web", "children": ["Shop", {"name": "Gone", "disabled": True}]},
            {"name": "A / B", "children": ["C"]},
        ],
    },
    {"name": "Reviewer", "type": "user"},
    {"name": "Watchers", "type": "users"},
    {"name": "Areas", "type": "labels"},
    {"name": "Found in", "type": "version"},
    {"name": "Seen in", "type": "versions"},
    {"name": "Admins", "type": "group"},
    {"name": "Place", "type": "project"},
    {"name": "Bugs only", "type": "text", "types": ["Bug"]},
)
Two = tuple[Shape, Value, Value]
ALL: Mapping[str, Two] = {
    "customer": (Shape.LINE, "ACME / Corp", "Other"),
    "homepage": (Shape.LINE, "https://acme.example/a", "https://acme.example/b"),
    "notes": (Shape.TEXT, "Some **text**.", "Other *text*.\n\n- one"),
    "risk": (Shape.NUMBER, 2.0, 0.0),
    "launch": (Shape.DATE, "2026-11-24", "2027-01-01"),
    "meeting": (Shape.DATE, "2026-11-24", "2027-07-01"),
    "team": (Shape.LINE, "Red", "Deep Blue"),
    "size": (Shape.LINE, "S", "M"),
    "markets": (Shape.SET, frozenset({"DE", "FR"}), frozenset({"FR", "IT"})),
    "channels": (Shape.SET, frozenset({"Web"}), frozenset({"Web", "App"})),
    "area": (Shape.LINE, "Web / Shop", "A \\/ B / C"),
    "reviewer": (Shape.LINE, "ada", "bob"),
    "watchers": (Shape.SET, frozenset({"ada", "bob"}), frozenset({"bob"})),
    "areas": (Shape.SET, frozenset({"a b", "A b"}), frozenset({"a_b", "A b"})),
    "found_in": (Shape.LINE, "1.0", "2.0"),
    "seen_in": (Shape.SET, frozenset({"1.0"}), frozenset({"1.0", "2.0"})),
    "affects": (Shape.SET, frozenset({"1.0"}), frozenset({"2.0"})),
    "environment": (Shape.TEXT, "Linux", "Linux, *or* another"),
}
"""By field: its shape, and two values."""
NAMES = {"found_in": "Found in", "seen_in": "Seen in", "affects": "versions"}


def team(**options: Any) -> Setup:
    schema: Schema = {**FIELDS, **{name: shape for name, (shape, _, _) in ALL.items()}}
    carriers = {name: Carrier("field", NAMES.get(name, name)) for name in ALL}
    users = {"ada": "ada", "bob": "bob"}
    return Setup("jira", schema=schema, carriers=carriers, **{"users": users, **options})


Start = Callable[..., Site]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def started(
            flavour: Flavour, project: Mapping[str, Any] | None = None, **data: Any
        ) -> Site:
            switches = Switches()
            standin = JiraStandIn(switches, flavour)
            held = {**SEED, "versions": ["1.0", "2.0"], **(project or {})}
            given = {"fields": [*TEAM], "projects": {"SHOP": held}, **data}
            standin.load(seed(flavour) | given)
            served = stack.enter_context(serve({"/jira": standin.app}, switches))
            return Site(standin, served, flavour)

        yield started


@pytest.fixture(params=["cloud", "datacenter"])
def site(request: pytest.FixtureRequest, start: Start) -> Site:
    return start(request.param)


def test_a_field_of_every_type_is_written_read_changed_and_emptied(site: Site) -> None:
    setup = team()
    codec = site.adapter(setup).open().codec

    def says(shown: Record, name: FieldName, value: Value) -> bool:
        if ALL[name][0] is Shape.TEXT:
            return codec.shows(name, value, shown.shown[name])
        empty = EMPTY[ALL[name][0]]
        return codec.decode(name, shown.shown[name], empty) == value

    outcome = made(site, setup, **{name: old for name, (_, old, _) in ALL.items()})
    assert outcome.refused == {}
    assert [name for name, (_, old, _) in ALL.items() if not says(record(outcome), name, old)] == []
    both = {name: (old, new) for name, (_, old, new) in ALL.items()}
    outcome = changed(site, record(outcome), setup, **both)
    assert outcome.refused == {}
    assert [name for name, (_, _, new) in ALL.items() if not says(record(outcome), name, new)] == []
    [read] = site.adapter(setup).read(None).records
    assert read.shown == record(outcome).shown
    gone = {name: (new, EMPTY[shape]) for name, (shape, _, new) in ALL.items()}
    outcome = changed(site, record(outcome), setup, **gone)
    assert outcome.refused == {}
    left = {name: record(outcome).shown[name] for name in ALL}
    assert {name: shown for name, shown in left.items() if shown not in (None, [], "")} == {}


def test_writing_options_asks_no_more_for_more_issues(site: Site) -> None:
    setup = team()
    asked = []
    for item in ("item1", "item2"):
        begun = len(site.served.log)
        adapter = site.adapter(setup)
        adapter.open()
        asked.append(len(site.served.log) - begun)
        list(adapter.create([Create(item, {"title": "A title", "team": "Red"})], {}))
    assert asked[0] == asked[1]
    begun = len(site.served.log)
    site.adapter().open()
    assert not [path for _, path in site.sent(begun) if "createmeta" in path or "myself" in path]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("team", "Green", "Jira offers 'Red', 'Deep Blue'; make it in Jira, or enable it"),
        ("team", "Old", "or enable it where it is disabled"),
        ("markets", frozenset({"DE", "GDR"}), "Jira offers 'DE', 'FR', 'IT'"),
        ("area", "Web / Gone", "'Web / Shop'"),
        ("found_in", "9.9", "make the version in SHOP"),
        ("components", frozenset({"Kitchen"}), "make the component in SHOP, for none is made here"),
        ("reviewer", "zoe", "under users"),
    ],
)
def test_what_jira_does_not_offer_is_refused_with_what_it_does(
    start: Start, name: FieldName, value: Value, told: str
) -> None:
    site = start("cloud")
    codec = site.adapter(team()).open().codec
    with pytest.raises(Unmapped) as caught:
        codec.encode(name, value, None)
    assert told in str(caught.value)
    outcome = made(site, team(), risk=1.0, **{name: value})
    assert list(outcome.refused) == [name]
    assert record(outcome).shown["risk"] == 1


def test_a_disabled_option_that_is_there_is_read_and_stays(start: Start) -> None:
    fields = {"Team": "Old", "Markets": ["DE", "GDR"], "Area": ["Web", "Gone"]}
    for flavour in ("cloud", "datacenter"):
        site = start(flavour, issues=[{"key": "SHOP-1", "summary": "x", "fields": fields}])
        [held] = site.adapter(team()).read(None).records
        assert held.shown["team"] == "Old"
        assert held.shown["area"] == "Web / Gone"
        codec = site.adapter(team()).open().codec
        assert codec.encode("team", "Old", "Old") == "Old"
        markets = (frozenset({"DE", "GDR"}), frozenset({"FR", "GDR"}))
        outcome = changed(site, held, team(), markets=markets)
        assert outcome.refused == {}
        assert record(outcome).shown["markets"] == ["FR", "GDR"]


def test_an_address_that_is_none_is_refused_alone(site: Site) -> None:
    outcome = made(site, team(), homepage="no address", risk=1.0)
    assert "is the field 'Homepage' on the screen" in outcome.refused["homepage"]
    assert record(outcome).shown["risk"] == 1


def test_a_field_that_an_issue_s_type_has_not_is_refused_by_name(site: Site) -> None:
    schema: Schema = {**FIELDS, "only": Shape.LINE}
    setup = Setup("jira", schema=schema, carriers={"only": Carrier("field", "Bugs only")})
    outcome = made(site, setup, kind="story", only="x")
    assert "is the field 'Bugs only' on the screen" in outcome.refused["only"]
    [other] = site.adapter(setup).create(
        [Create("item2", {"title": "A bug", "kind": "bug", "only": "x"})], {}
    )
    assert other.refused == {}
    assert record(other).shown["only"] == "x"


@pytest.mark.parametrize(
    ("shape", "field", "told"),
    [
        (Shape.LINE, "Admins", "groups of Jira's accounts"),
        (Shape.LINE, "Place", "a project of Jira"),
        (Shape.NUMBER, "Team", "holds one of a list of options, which is no number"),
        (Shape.LINE, "Markets", "holds some of a list of options, which is no line"),
        (Shape.SET, "Launch", "holds a day, which is no set"),
        (Shape.DATE, "Customer", "holds a line of text, which is no date"),
        (Shape.LINE, "Nothing", "Jira has no field 'Nothing'"),
        (Shape.LINE, "Sprnt", "did you mean 'Sprint'?"),
    ],
)
def test_a_field_that_cannot_hold_it_is_said_with_the_remedy(
    start: Start, shape: Shape, field: str, told: str
) -> None:
    setup = Setup("jira", schema={**FIELDS, "x": shape}, carriers={"x": Carrier("field", field)})
    facts = start("cloud").adapter(setup).open()
    assert told in facts.cannot["x"]
    assert "x" not in facts.fields


def test_the_time_of_day_stays_where_the_day_is_the_same(start: Start) -> None:
    fields = {"Meeting": "2026-11-24T23:30:00Z"}
    for flavour in ("cloud", "datacenter"):
        users = seed(flavour)["users"]
        users[next(iter(users))]["timeZone"] = "Europe/Berlin"
        issues = [{"key": "SHOP-1", "summary": "x", "fields": fields}]
        site = start(flavour, users=users, issues=issues)
        [held] = site.adapter(team()).read(None).records
        codec = site.adapter(team()).open().codec
        assert held.shown["meeting"] == "2026-11-25T00:30:00.000+0100"
        assert codec.decode("meeting", held.shown["meeting"], None) == "2026-11-25"
        assert codec.encode("meeting", "2026-11-25", held.shown["meeting"]) == held.shown["meeting"]
        outcome = changed(site, held, team(), meeting=("2026-11-25", "2026-07-01"))
        assert record(outcome).shown["meeting"] == "2026-07-01T00:30:00.000+0200"


def test_people_without_an_account_are_kept_where_they_are(start: Start) -> None:
    fields = {"Reviewer": "ada", "Watchers": ["ada", "bob"]}
    site = start("cloud", issues=[{"key": "SHOP-1", "summary": "x", "fields": fields}])
    setup = team(users={"bob": "bob"})
    [held] = site.adapter(setup).read(None).records
    watchers = (frozenset({"bob"}), frozenset({"zoe"}))
    outcome = changed(site, held, setup, reviewer=(None, "bob"), watchers=watchers)
    assert record(outcome).shown["watchers"] == ["ada"]
    assert record(outcome).shown["reviewer"] == "ada"


def test_who_may_not_be_assigned_is_named_with_the_remedy(site: Site, start: Start) -> None:
    users = seed(site.flavour)["users"]
    for one in users.values():
        if "bob" in one.values():
            one["permissions"] = ["BROWSE_PROJECTS"]
    site = start(site.flavour, users=users)
    setup = Setup("jira", users={"bob": "bob"})
    outcome = made(site, setup, assignees=frozenset({"bob"}), estimate=3.0)
    assert "may bob be assigned issues in SHOP?" in outcome.refused["assignees"]
    assert "'Assignable user'" in outcome.refused["assignees"]
    assert record(outcome).shown["estimate"] == 3


def test_people_are_named_by_their_keys_too_on_data_center(start: Start) -> None:
    site = start("datacenter")
    key = site.adapter()._client.call("GET", "user", params={"username": "ada"}).body["key"]
    setup = Setup("jira", users={"Ada": key})
    outcome = made(site, setup, assignees=frozenset({"Ada"}))
    assert record(outcome).shown["assignees"] == ["ada"]
    codec = site.adapter(setup).open().codec
    assert codec.decode("assignees", ["ada"], frozenset()) == {"Ada"}


def test_attachments_are_shown_as_links_and_left_alone(start: Start) -> None:
    files = [{"name": "a [1].txt", "content": "A text.", "author": "ada", "id": "10500"}]
    for flavour in ("cloud", "datacenter"):
        site = start(flavour, issues=[{"key": "SHOP-1", "summary": "x", "attachments": files}])
        [held] = site.adapter().read(None).records
        [link] = held.shown["attachments"]
        assert link.startswith("[a \\[1\\].txt](http")
        assert link.endswith("/jira/secure/attachment/10500/a%20%5B1%5D.txt)")
        codec = site.adapter().open().codec
        elsewhere = "[spec](https://github.com/acme/spec)"
        both = frozenset({link, elsewhere})
        assert codec.decode("attachments", [link], frozenset({elsewhere})) == both
        assert codec.encode("attachments", both, [link]) == [link]
        assert codec.shows("attachments", both, [link])
        outcome = changed(site, held, attachments=(frozenset({link}), both))
        assert (outcome.error, outcome.refused) == (None, {})


CRITERIA = (Criterion("The card is charged"), Criterion("A *receipt* is sent", True))


def test_criteria_in_a_field_of_their_own_leave_its_other_text_alone(site: Site) -> None:
    setup = Setup("jira", carriers={"acceptance_criteria": Carrier("field", "Notes")})
    outcome = made(site, setup, description="A text.", acceptance_criteria=CRITERIA)
    codec = site.adapter(setup).open().codec
    shown = record(outcome).shown
    assert codec.decode("acceptance_criteria", shown["acceptance_criteria"], CRITERIA) == CRITERIA
    assert codec.shows("description", "A text.", shown["description"])
    issue = site.issue("SHOP-1")
    assert "receipt" in str(issue["fields"]["Notes"])
    assert "receipt" not in str(issue["description"])
    new = (CRITERIA[0]._replace(checked=True), *CRITERIA[1:], Criterion("A refund"))
    outcome = changed(site, record(outcome), setup, acceptance_criteria=(CRITERIA, new))
    assert outcome.refused == {}
    shown = record(outcome).shown
    assert codec.decode("acceptance_criteria", shown["acceptance_criteria"], new) == new
    outcome = changed(site, record(outcome), setup, acceptance_criteria=(new, ()))
    assert record(outcome).shown["acceptance_criteria"] == []
    assert "Notes" not in site.issue("SHOP-1").get("fields", {})


def test_text_around_criteria_in_a_field_of_their_own_stays(start: Start) -> None:
    notes = "Talked over with ACME.\n\n* one\n\nh1. Later\n\nMore."
    issues = [{"key": "SHOP-1", "summary": "x", "fields": {"Notes": notes}}]
    site = start("datacenter", issues=issues)
    setup = Setup("jira", carriers={"acceptance_criteria": Carrier("field", "Notes")})
    [held] = site.adapter(setup).read(None).records
    assert held.shown["acceptance_criteria"] == [["one", False]]
    new = (Criterion("one"), Criterion("two"))
    outcome = changed(site, held, setup, acceptance_criteria=((Criterion("one"),), new))
    assert outcome.refused == {}
    assert site.issue("SHOP-1")["fields"]["Notes"] == notes.replace("* one", "* one\n* two")


# The contract, with other carriers than the usual ones


class OtherTracker(JiraTracker):
    """One whose team carries its backlog in fields of its own, and in labels."""

    schema: Schema = MappingProxyType(
        {**FIELDS, "team": Shape.LINE, "markets": Shape.SET, "reviewer": Shape.LINE}
    )
    fields = frozenset(schema)
    carriers: Mapping[FieldName, Carrier] = {
        "priority": Carrier("field", "Severity", {"high": "Major"}),
        "estimate": Carrier("field", "Effort"),
        "due": Carrier("field", "Meeting"),
        "sprint": Carrier("label", "sprint"),
        "components": Carrier("label", "part of"),
        "release": Carrier("field", "Found in"),
        "acceptance_criteria": Carrier("field", "Notes"),
        "assignees": Carrier("field", "Watchers"),
        "team": Carrier("field", "Area"),
        "markets": Carrier("field", "Markets"),
        "reviewer": Carrier("field", "Reviewer"),
    }
    samples: Mapping[FieldName, tuple[Value, Value]] = {
        **JiraTracker.samples,
        "assignees": (frozenset({"ada", "bob"}), frozenset({"bob"})),
        "team": ("Web / Shop", "A \\/ B / C"),
        "markets": (frozenset({"DE", "FR"}), frozenset({"FR"})),
        "reviewer": ("ada", "bob"),
    }

    def setup(self) -> Setup:
        users = {"ada": "ada", "bob": "bob"}
        return Setup("jira", schema=self.schema, carriers=self.carriers, users=users)

    def edit(self, record: str, name: FieldName, value: Value) -> None:
        ids = {one["name"]: one["id"] for one in self.ask("GET", "field")}
        if name in ("sprint", "components"):
            spaces = {"sprint": "sprint", "components": "part%20of"}
            held = self.ask("GET", f"issue/{record}")["fields"]["labels"]
            gone = [one for one in held if not one.startswith(f"{spaces[name]}:")]
            new = sorted(value) if isinstance(value, frozenset) else [str(value)]
            spelt = [f"{spaces[name]}:{one.replace(' ', '%20')}" for one in new]
            self._set(record, {"labels": gone + spelt})
        elif name == "acceptance_criteria" and isinstance(value, tuple):
            text = "\n".join(f"- [{'x' if c.checked else ' '}] {c.text}" for c in value)
            native = markdown_to_adf(text) if self.cloud else markdown_to_wiki(text)
            self._set(record, {ids["Notes"]: native})
        elif name in self.carriers:
            self._set(record, {ids[str(self.carriers[name].argument)]: self._value(name, value)})
        elif name == "labels" and isinstance(value, frozenset):
            held = self.ask("GET", f"issue/{record}")["fields"]["labels"]
            self._set(record, {"labels": sorted(value | {one for one in held if ":" in one})})
        else:
            super().edit(record, name, value)

    def add(self, values: Mapping[FieldName, Value]) -> str:
        criteria = values.get("acceptance_criteria")
        rest = {name: value for name, value in values.items() if name != "acceptance_criteria"}
        id = super().add(rest)
        if criteria:
            self.edit(id, "acceptance_criteria", criteria)
        return id

    def refuse(self) -> tuple[FieldName, Value]:
        return "priority", "whatever"

    def _value(self, name: FieldName, value: Value) -> Any:
        who = "accountId" if self.cloud else "name"
        match name:
            case "priority":
                return {"value": {"high": "Major", "low": "Low"}[str(value)]}
            case "release":
                return {"name": value}
            case "due":
                return f"{value}T09:00:00.000+0000"
            case "reviewer":
                return {who: value}
            case "assignees" if isinstance(value, frozenset):
                return [{who: one} for one in sorted(value)]
            case "markets" if isinstance(value, frozenset):
                return [{"value": one} for one in sorted(value)]
            case "team":
                first, second = {"Web / Shop": ("Web", "Shop")}.get(str(value), ("A / B", "C"))
                return {"value": first, "child": {"value": second}}
        return value


class TestOtherCarriers(AdapterContract):
    @pytest.fixture(params=["cloud", "datacenter"])
    def tracker(self, request: pytest.FixtureRequest, start: Start) -> Tracker:
        own = [
            *TEAM,
            {"name": "Severity", "type": "select", "options": ["Major", "Low"]},
            {"name": "Effort", "type": "number"},
        ]
        edited = [*EDITED, *(str(one["name"]) for one in own)]
        edited += ["Epic Link"] if request.param == "datacenter" else []
        site = start(request.param, {"screens": {"edit": edited}}, fields=own)
        return OtherTracker(site.served, request.param)

    @pytest.fixture
    def carried(self, tracker: Tracker, request: pytest.FixtureRequest) -> FieldName:
        assert isinstance(tracker, JiraTracker)
        tracker.closed = request.param == "resolution"
        return self.need(tracker, request.param)

    @pytest.mark.parametrize("carried", ["team", "markets", "reviewer"], indirect=True)
    def test_an_update_changes_a_team_s_own_field_and_no_other(
        self, tracker: Tracker, carried: FieldName
    ) -> None:
        self.test_an_update_changes_its_field_and_no_other(tracker, carried)

    def values(self, tracker: Tracker, name: FieldName) -> st.SearchStrategy[Value]:
        if name == "resolution":
            return st.sampled_from([*tracker.samples[name], None])
        return super().values(tracker, name)
