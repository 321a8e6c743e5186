"""`explain` says of each field which way its edits go, and who wins: nobody has to guess whether it
is a sync or a copy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.shop import Shop, shop

STORY = {
    "type": "Story",
    "summary": "Pay",
    "priority": "Medium",
    "labels": ["ui"],
    "estimate": 3,
    "duedate": "2027-01-01",
}
FLOWS = {
    "without settings, every field goes both ways": (
        "",
        "status",
        "both ways: files, github, jira; where sides differ, a person decides",
    ),
    "what one tracker cannot show goes between the others": (
        "",
        "due",
        "both ways: files, jira; where sides differ, a person decides",
    ),
    "a field that belongs to a tracker comes from it": (
        "    fields: {status: {authority: jira}}",
        "status",
        "from jira to files, github; what others change is put back",
    ),
    "a field that belongs to the backlog comes from it": (
        "    fields: {status: {authority: backlog}}",
        "status",
        "from the backlog to files, github, jira; what others change is put back",
    ),
    "the preferred tracker wins": (
        "    conflicts: [github, jira]",
        "title",
        "both ways: files, github, jira; where sides differ, github, then jira decides",
    ),
    "the preference of one field": (
        "    conflicts: {prefer: [github], fields: {title: hold}}",
        "title",
        "both ways: files, github, jira; where sides differ, a person decides",
    ),
    "a field that one tracker alone shows stays there": (
        "    fields: {estimate: {github: {carrier: none}, files: {carrier: none}}}",
        "estimate",
        "only on jira",
    ),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop(tmp_path_factory.mktemp("shop"), jira=[STORY]) as one:
        one.apply()
        yield one


@pytest.mark.parametrize(("settings", "name", "flow"), FLOWS.values(), ids=FLOWS)
def test_explain_says_who_wins_each_field_and_which_way_its_edits_go(
    made: Shop, settings: str, name: str, flow: str
) -> None:
    made.configure(settings)
    fields = made.run("explain", "SHOP-1", "--format", "json").json["fields"]
    [line] = [one for one in fields if one["name"] == name]
    assert line["flow"] == flow
    assert flow in " ".join(made.run("explain", "SHOP-1").out.split())


def test_what_a_public_repository_does_not_receive_only_comes_from_it(tmp_path: Path) -> None:
    with shop(tmp_path, jira=[STORY], repository={"private": False}) as made:
        made.configure(github=", publish: [title, status]")
        made.apply()
        fields = made.run("explain", "SHOP-1", "--format", "json").json["fields"]
        flows = {one["name"]: one["flow"] for one in fields}
        assert flows["status"].startswith("both ways: files, github, jira;")
        assert flows["labels"].startswith("from files, github, jira to files, jira;")
