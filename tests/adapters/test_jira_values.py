"""How Jira's values are spelt: labels, options one below another, times, people, sprints, files."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.jira import attached, capabilities, kinds, sprints
from adapters.jira.accounts import Accounts
from adapters.jira.days import day_of, moment_on, zone_of
from adapters.jira.labels import spelt, unspelt, written
from adapters.jira.project import Field
from adapters.jira.words import Words, joined, parted
from sync.model import Shape
from sync.tracker import Unmapped

ODD = st.text(st.sampled_from("% 0aA\t\u00a0\u3000_25/\\→"), max_size=12)


@pytest.mark.parametrize(
    ("label", "native"),
    [
        ("ux", "ux"),
        ("needs design", "needs%20design"),
        ("needs_design", "needs_design"),
        ("Needs Design", "Needs%20Design"),
        ("100%", "100%"),
        ("100%20", "100%2520"),
        ("a\u3000b", "a%E3%80%80b"),
        ("area:back office", "area:back%20office"),
    ],
)
def test_a_label_is_spelt_without_spaces(label: str, native: str) -> None:
    assert spelt(label) == native
    assert unspelt(native) == label


@given(st.text() | ODD)
def test_every_label_is_read_back_exactly(label: str) -> None:
    assert unspelt(spelt(label)) == label
    assert not any(character.isspace() for character in spelt(label))


@given(ODD, ODD)
def test_two_labels_are_two_spellings(one: str, other: str) -> None:
    assert (spelt(one) == spelt(other)) == (one == other)


def test_a_label_keeps_the_spelling_that_a_person_gave_it() -> None:
    assert written(frozenset({"100%25", "a b"}), ["100%25", "gone"]) == {"100%25", "a%20b"}


PART = ODD.map(str.strip).filter(bool)


@given(st.lists(PART, min_size=1, max_size=2))
def test_options_one_below_another_are_read_back_exactly(parts: list[str]) -> None:
    parts = [" ".join(part.split()) for part in parts]
    assert parted(joined(parts)) == parts


def test_a_slash_of_a_name_s_own_is_no_separator() -> None:
    assert joined(["Web", "Shop"]) == "Web / Shop"
    assert joined(["TCP/IP", "UDP"]) == "TCP/IP / UDP"
    assert joined(["A / B", "C"]) == "A \\/ B / C"


def test_a_time_stays_on_its_day_and_keeps_its_hour_on_another() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    shown = "2026-03-27T23:30:00.000+0100"
    assert day_of(shown, berlin) == "2026-03-27"
    assert day_of(shown, ZoneInfo("Asia/Tokyo")) == "2026-03-28"
    assert moment_on("2026-03-27", shown, berlin) == shown
    assert moment_on("2026-03-30", shown, berlin) == "2026-03-30T23:30:00.000+0200"
    assert moment_on("2026-03-30", None, berlin) == "2026-03-30T12:00:00.000+0200"


def test_an_unknown_time_zone_is_utc() -> None:
    assert zone_of("Mars/Olympus") is UTC
    assert zone_of(None) is UTC


def test_what_is_not_offered_is_refused_with_what_is() -> None:
    words = Words("team", ["Red", "Deep Blue"], {"blue": "Deep Blue"})
    assert words.encode("blue") == "Deep Blue"
    assert words.decode("Deep Blue") == "blue"
    with pytest.raises(Unmapped, match=r"'Red', 'Deep Blue'; make it in Jira, or enable it"):
        words.encode("Green")


def test_an_option_that_is_no_longer_offered_is_read_and_kept() -> None:
    words = Words("team", ["Red"])
    assert words.decode("Old") == "Old"
    assert words.encode("Old", "Old") == "Old"


def test_options_say_the_usual_values_of_a_known_field() -> None:
    words = Words("priority", ["Blocker", "Minor"])
    assert words.encode("highest") == "Blocker"
    assert words.decode("Minor") == "low"


def test_one_person_of_jira_s_is_kept_where_nobody_knows_them() -> None:
    people = Accounts({"ada": "id-1", "bob": "id-2"}, identity=False)
    assert people.read_one("id-1", "bob") == "ada"
    assert people.read_one("stranger", "bob") == "bob"
    assert people.read_one(None, "bob") is None
    assert people.read_one(None, "zoe") == "zoe"
    assert people.write_one("reviewer", "ada", "stranger") == "stranger"
    assert people.write_one("reviewer", None, "id-1") is None
    with pytest.raises(Unmapped, match="under users"):
        people.write_one("reviewer", "zoe", "id-1")


def test_several_people_keep_those_without_an_account_on_both_sides() -> None:
    people = Accounts({"ada": "id-1", "bob": "id-2"}, identity=False)
    held = frozenset({"bob", "zoe"})
    assert people.read_all(["id-1", "stranger"], held) == {"ada", "zoe"}
    assert people.write_all(held, ["id-1", "stranger"]) == ["id-2", "stranger"]


OLD = "com.atlassian.greenhopper.service.sprint.Sprint@1f2e[{}]"


@pytest.mark.parametrize("name", ["Sprint 7", "A, B", "x]=y", "state=CLOSED", "a,b=c"])
def test_the_sprints_of_older_servers_are_read(name: str) -> None:
    told = f"id=7,rapidViewId=2,state=ACTIVE,name={name},startDate=<null>,goal=a, b=c"
    found = sprints.sprint_of(OLD.format(told))
    assert found == sprints.Sprint(7, name, "active")


@pytest.mark.parametrize("told", [None, 5, "Sprint 7", {"id": 7}, {"id": "x", "name": "y"}, "[]"])
def test_what_is_no_sprint_is_passed_over(told: object) -> None:
    assert sprints.sprint_of(told) is None


def test_the_current_sprint_is_the_last_that_is_not_closed_else_the_last() -> None:
    one, two, three = (
        {"id": n, "name": f"S{n}", "state": state}
        for n, state in ((1, "closed"), (2, "active"), (3, "closed"))
    )
    assert sprints.show([one, two, three]) == "S2"
    assert sprints.show([one, three]) == {"name": "S3", "closed": True}
    assert sprints.show(None) is None


def test_a_closed_sprint_stays_where_none_is_wanted() -> None:
    closed = {"name": "S1", "closed": True}
    assert sprints.wanted(None, closed) == closed
    assert sprints.wanted("S1", closed) == closed
    assert sprints.wanted("S2", closed) == "S2"
    assert sprints.wanted(None, "S1") is None


def test_attachments_are_links_that_stay_links() -> None:
    told = [{"id": "10", "filename": "a [1] (2).pdf"}, {"id": "9", "filename": "ü.png"}]
    site = "https://jira.acme.example"
    shown = attached.show(told, site, attached.Ledger())
    assert shown == [
        f"[a \\[1\\] (2).pdf]({site}/secure/attachment/10/a%20%5B1%5D%20%282%29.pdf)",
        f"[ü.png]({site}/secure/attachment/9/%C3%BC.png)",
    ]
    elsewhere = "[spec](https://github.com/acme/spec)"
    gone = f"[old]({site}/secure/attachment/8/old)"
    links = attached.Links(site)
    assert links.read(shown, frozenset({elsewhere, gone})) == {elsewhere, *shown}


CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes:"


@pytest.mark.parametrize(
    ("field", "type_"),
    [
        (Field("customfield_1", "A", "string", None, f"{CUSTOM}textfield"), "line"),
        (Field("customfield_1", "A", "string", None, f"{CUSTOM}url"), "url"),
        (Field("customfield_1", "A", "string", None, f"{CUSTOM}textarea"), "text"),
        (Field("environment", "A", "string"), "text"),
        (Field("customfield_1", "A", "array", "option", f"{CUSTOM}multicheckboxes"), "options"),
        (Field("customfield_1", "A", "option", None, f"{CUSTOM}radiobuttons"), "option"),
        (Field("customfield_1", "A", "array", "string", f"{CUSTOM}labels"), "labels"),
        (Field("customfield_1", "A", "array", "json", "x:gh-sprint"), "other"),
        (Field("customfield_1", "A", "group", None, f"{CUSTOM}grouppicker"), "other"),
    ],
)
def test_a_field_is_known_by_its_schema(field: Field, type_: str) -> None:
    assert kinds.type_of(field) == type_


def test_what_holds_nothing_of_the_backlog_says_why_and_what_to_use() -> None:
    for able in capabilities.CAPABILITIES:
        assert able.holds
        assert able.shapes or able.loss, able
    assert "select list" in kinds.why_not(Field("x", "X", "array", "group"))
    assert "another type" in kinds.why_not(Field("x", "X", "sd-approvals"))


def test_every_shape_but_comments_has_a_carrier() -> None:
    held = {shape for able in capabilities.CAPABILITIES for shape in able.shapes}
    assert held == set(Shape) - {Shape.COMMENTS}
