"""Who is who on two trackers: what `check` proposes, and what it never guesses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.shop import Flavour, Shop, shop

SEEN = "check"
GITHUB = {
    "t-bot": "bot",
    "t-ada": {"login": "ada-l", "name": "Ada Lovelace", "email": "ada@acme.example"},
    "t-bob": {"login": "bobby", "name": "Bob"},
    "t-sam": {"login": "sam1", "name": "Sam"},
    "t-tim": {"login": "sam2", "name": "Sam"},
}
JIRA = {
    "ada": {"displayName": "A. Lovelace", "emailAddress": "Ada@acme.example"},
    "bob": {"displayName": "bob"},
    "sam": {"displayName": "Sam"},
}


@pytest.fixture(params=["cloud", "datacenter"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    flavour: Flavour = request.param
    who = "accountId" if flavour == "cloud" else "name"
    with shop(tmp_path, flavour=flavour) as made:
        made.github_stand_in.load(
            {
                "users": GITHUB,
                "organizations": {"acme": {}},
                "repositories": {
                    "acme/shop": {
                        "private": True,
                        "push": ["bot", "ada-l", "bobby", "sam1", "sam2"],
                        "issues": [{"title": "Pay by card", "assignees": ["sam1"]}],
                    }
                },
            }
        )
        token = "bot@example.com:bot-token" if flavour == "cloud" else "bot-token"
        made.jira_stand_in.load(
            {
                "users": {
                    token: {who: "bot"},
                    **{
                        f"{name}@example.com:x" if flavour == "cloud" else name: {who: name, **said}
                        for name, said in JIRA.items()
                    },
                },
                "projects": {"SHOP": {"types": ["Story"]}},
            }
        )
        text = made.settings.read_text()
        start, end = text.index("    users:"), text.index("    rules:")
        made.settings.write_text(text[:start] + text[end:])
        yield made


def proposals(made: Shop) -> list[str]:
    result = made.run("check")
    return [line for line in result.out.splitlines() if "seems to be" in line]


def test_people_are_proposed_by_address_and_by_name(made: Shop) -> None:
    assert proposals(made) == [
        "info    shop.github: Ada Lovelace seems to be ada-l on github and ada on jira (the same "
        'e-mail address): add to users: "ada-l": {github: "ada-l", jira: "ada"}',
        "info    shop.github: Bob seems to be bobby on github and bob on jira (the same name): "
        'add to users: "bobby": {github: "bobby", jira: "bob"}',
    ]


def test_a_name_that_several_people_bear_is_not_proposed(made: Shop) -> None:
    assert not [line for line in proposals(made) if "Sam" in line]


def test_what_is_proposed_can_be_pasted_and_is_then_proposed_no_more(made: Shop) -> None:
    entries = [line.partition("add to users: ")[2] for line in proposals(made)]
    users = "".join(f"      {entry}\n" for entry in entries)
    made.settings.write_text(made.settings.read_text() + f"    users:\n{users}")
    assert proposals(made) == []


def test_who_is_assigned_and_not_known_elsewhere_is_named(made: Shop) -> None:
    made.run("apply", "--yes")
    assert made.records("github")["Pay by card"].shown["assignees"] == ["sam1"]
    lines = made.run("check").out.splitlines()
    [line] = [one for one in lines if "is assigned to" in one]
    assert line.startswith("warning shop.jira: sam1 is assigned to 1 items")
    assert 'users."sam1".jira' in line
