"""Nothing internal on a public side: leaks are looked for in all that the public side receives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.server import Fault
from adapters.text import markdown_to_adf
from tests.acceptance.shop import Flavour, Shop, shop

CANARY = "kestrel"
"""In every internal text, with the field's name behind it."""
FIELDS = ("description", "labels", "components", "release", "sprint", "attachments", "comments")
PROJECT = {
    "versions": [f"{CANARY}-release"],
    "components": [f"{CANARY}-components"],
    "sprints": [f"{CANARY}-sprint"],
    "levels": ["Internal"],
}
TALK = "    comments: {from: [jira], to: [github]}"


def story(**more: Any) -> dict[str, Any]:
    """A story with something internal in every field."""
    return {
        "type": "Story",
        "summary": f"{CANARY}-title",
        "description": f"{CANARY}-description",
        "priority": "Medium",
        "labels": [f"{CANARY}-labels"],
        "components": [f"{CANARY}-components"],
        "fixVersions": [f"{CANARY}-release"],
        "sprint": f"{CANARY}-sprint",
        "attachments": [{"name": f"{CANARY}-attachments.txt", "content": "x"}],
        "comments": [{"author": "ada", "body": f"{CANARY}-comments"}],
        **more,
    }


@pytest.fixture(params=["cloud", "datacenter"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    told: Flavour = request.param
    return told


@pytest.fixture
def made(flavour: Flavour, tmp_path: Path) -> Iterator[Shop]:
    """A public repository beside a Jira that is not."""
    with shop(
        tmp_path,
        flavour=flavour,
        jira=[story()],
        project=PROJECT,
        repository={"private": False},
    ) as it:
        it.configure(TALK)
        yield it


def received(made: Shop, side: str = "github") -> str:
    """All that one side was ever sent, in its addresses and in its bodies."""
    sent = [one for one in made.served.log if one.path.startswith(f"/{side}/")]
    return "\n".join(f"{one.path}?{one.query}\n{one.body.decode()}" for one in sent)


def leaked(made: Shop, side: str = "github") -> set[str]:
    """The fields of which it was sent something internal."""
    text = received(made, side)
    return {name for name in ("title", *FIELDS) if f"{CANARY}-{name}" in text}


def written(made: Shop, side: str) -> list[str]:
    return [one.path for one in made.served.writes() if one.path.startswith(f"/{side}/")]


def found(plan: Any, rule: str) -> list[Any]:
    return [one for one in plan["findings"] if one["rule"] == rule]


def description(made: Shop, text: str) -> None:
    native = markdown_to_adf(text) if made.flavour == "cloud" else text
    made.jira.ask("PUT", "issue/SHOP-1", {"fields": {"description": native}})


def restrict(made: Shop, level: str | None = "Internal", key: str = "SHOP-1") -> None:
    named = {"name": level} if level else None
    made.jira.ask("PUT", f"issue/{key}", {"fields": {"security": named}})


# What is published, field by field


def test_a_public_repository_receives_nothing_unless_the_settings_say_so(made: Shop) -> None:
    plan = made.plan()
    made.apply()
    assert written(made, "github") == []
    assert CANARY not in received(made)
    [finding] = found(plan, "publish")
    assert "under trackers.github.publish" in finding["message"]


@pytest.mark.parametrize("name", FIELDS)
def test_of_the_fields_only_those_that_are_published_are_sent(made: Shop, name: str) -> None:
    made.configure(TALK, github=f", publish: [title, {name}]")
    made.apply()
    made.settled()
    assert leaked(made) == {"title", name}
    description(made, f"{CANARY}-description, edited")
    made.apply()
    assert leaked(made) == {"title", name}
    assert ("edited" in received(made)) == (name == "description")
    assert f"{made.served.url}/jira/browse" not in received(made)  # which names its other records


def test_without_a_title_nothing_is_made(made: Shop) -> None:
    made.configure(TALK, github=f", publish: [{', '.join(FIELDS)}]")
    made.apply()
    assert CANARY not in received(made)


def test_what_is_written_in_public_goes_everywhere(made: Shop) -> None:
    made.github.call("POST", "/issues", title="Found a bug", body="It is slow.")
    made.apply()
    assert {"Found a bug", f"{CANARY}-title"} <= set(made.records("jira"))
    made.settled()


def test_an_item_of_a_private_repository_does_not_go_to_a_public_one(
    flavour: Flavour, tmp_path: Path
) -> None:
    private = [{"title": f"{CANARY}-title", "body": f"{CANARY}-description"}]
    with shop(tmp_path, flavour=flavour, github=private) as made:
        repositories = made.github_stand_in.dump()["repositories"]
        repositories["acme/site"] = {"private": False, "push": ["bot"], "issues": []}
        seed = made.github_stand_in.dump() | {"repositories": repositories}
        made.github_stand_in.load(seed)
        site = (
            f'      site: {{type: github, url: "{made.served.url}/github", creates: all,'
            " repository: acme/site, auth: {token: env/GITHUB_TOKEN}}\n"
        )
        text = made.settings.read_text(encoding="utf-8")
        made.settings.write_text(text.replace("    users:\n", f"{site}    users:\n"), "utf-8")
        made.apply()
        assert [one for one in written(made, "github") if "acme/site" in one] == []
        text = made.settings.read_text(encoding="utf-8")
        text = text.replace("repository: acme/site,", "repository: acme/site, publish: [title],")
        made.settings.write_text(text, "utf-8")
        made.apply()
        [issue] = made.github_stand_in.dump()["repositories"]["acme/site"]["issues"]
        assert issue["title"] == f"{CANARY}-title"
        assert CANARY not in issue["body"]


# Restricted items and comments


def test_a_restricted_issue_stays_off_a_public_repository_whatever_is_published(
    made: Shop,
) -> None:
    restrict(made)
    made.configure(TALK, github=", publish: all")
    assert "1 restricted item stays off it" in found(made.plan(), "publish")[0]["message"]
    made.apply()
    made.settled()
    assert CANARY not in received(made)


def test_an_issue_that_a_team_managed_project_restricts_stays_off_too(tmp_path: Path) -> None:
    with shop(tmp_path, jira=[story()], project=PROJECT, repository={"private": False}) as made:
        made.jira_stand_in.restrict("SHOP-1", "Administrators")
        made.configure(TALK, github=", publish: all")
        made.apply()
        assert CANARY not in received(made)
        made.jira_stand_in.restrict("SHOP-1")
        made.apply()
        assert leaked(made) >= {"title", "description"}


def test_what_refers_to_a_restricted_item_does_not_name_it(made: Shop) -> None:
    restrict(made)
    made.jira.ask("POST", "issue", {"fields": other(made, "Open work")})
    ends = {"inwardIssue": {"key": "SHOP-1"}, "outwardIssue": {"key": "SHOP-2"}}
    for kind in ("Blocks", "Relates"):
        made.jira.ask("POST", "issueLink", {"type": {"name": kind}, **ends})
    made.configure(TALK, github=", publish: all")
    made.apply()
    made.settled()
    assert "Open work" in received(made)
    assert CANARY not in received(made)
    assert "SHOP-1" not in received(made)


def other(made: Shop, title: str) -> dict[str, Any]:
    return {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": title}


def test_a_comment_for_some_roles_alone_never_leaves(made: Shop) -> None:
    said = f"{CANARY}-roles"
    body = markdown_to_adf(said) if made.flavour == "cloud" else said
    some = {"type": "role", "value": "Administrators"}
    made.jira.ask("POST", "issue/SHOP-1/comment", {"body": body, "visibility": some})
    made.configure(TALK, github=", publish: all")
    made.apply()
    made.settled()
    assert f"{CANARY}-comments" in received(made)
    assert said not in received(made)


def test_an_issue_that_is_restricted_after_it_was_copied_is_an_error_and_is_written_no_more(
    made: Shop,
) -> None:
    made.configure(TALK, github=", publish: all")
    made.apply()
    restrict(made)
    description(made, f"{CANARY}-description, and a secret")
    made.jira.ask("PUT", "issue/SHOP-1", {"fields": {"labels": ["secret-label"]}})
    plan = made.plan()
    [error] = found(plan, "restricted")
    assert error["severity"] == "error"
    assert "delete acme/shop#1 by hand, or lift the restriction" in error["message"]
    assert [one for one in plan["edits"] if one["tracker"] == "github"] == []
    made.apply()
    made.settled()
    assert "secret" not in received(made)
    assert made.github.call("GET", "/issues/1")["state"] == "open"
    # Lifted, it goes on where it was.
    restrict(made, None)
    made.apply()
    made.settled()
    assert "secret-label" in received(made)


def test_an_item_whose_issue_was_hidden_from_us_may_be_secret_and_stays_where_it_is(
    made: Shop,
) -> None:
    made.configure(TALK, github=", publish: all")
    made.jira.ask("POST", "issue", {"fields": other(made, "Open work")})
    made.apply()
    restrict(made)
    made.jira_stand_in.show_levels("bot", [])
    made.files.edit(
        made.records("files")[f"{CANARY}-title"].id, "description", f"{CANARY}, as told in private"
    )
    made.served.switches.skew = 86_400.0
    assert found(made.plan("--full"), "restricted") != []
    made.apply("--full")
    made.settled()
    assert "in private" not in received(made)


# Who is public


def test_a_repository_that_turned_public_is_said_and_receives_no_more(
    flavour: Flavour, tmp_path: Path
) -> None:
    with shop(tmp_path, flavour=flavour, jira=[story()], project=PROJECT) as made:
        made.apply()
        made.github_stand_in.show_to("acme/shop", "public")
        description(made, f"{CANARY}-description, and a secret")
        made.served.log.clear()
        for full in ((), ("--full",)):
            said = [
                one for one in found(made.plan(*full), "publish") if "was not" in one["message"]
            ]
            assert [one["severity"] for one in said] == ["warning"]
            made.apply(*full)
        assert "secret" not in received(made)
        assert made.github.call("GET", "/issues/1")["title"] == f"{CANARY}-title"  # it stays
        made.configure(github=", publish: all")
        made.apply()
        made.settled()
        assert "secret" in received(made)
        made.github_stand_in.show_to("acme/shop", "private")
        made.apply()
        assert found(made.plan(), "publish") == []


def test_an_internal_repository_receives_all_but_restricted_items(
    flavour: Flavour, tmp_path: Path
) -> None:
    issues = [story(), {"type": "Story", "summary": "For all of us"}]
    with shop(
        tmp_path, flavour=flavour, jira=issues, project=PROJECT, repository={"internal": True}
    ) as made:
        restrict(made)
        made.apply()
        made.settled()
        assert set(made.records("github")) == {"For all of us"}
        assert CANARY not in received(made)
        [finding] = found(made.plan(), "publish")
        assert "open to the whole company" in finding["message"]


@pytest.fixture
def open_jira(flavour: Flavour, tmp_path: Path) -> Iterator[Shop]:
    """A Jira project that everybody may read, beside a private repository."""
    private = [{"title": f"{CANARY}-title", "body": f"{CANARY}-description"}]
    with shop(tmp_path, flavour=flavour, github=private) as made:
        made.jira_stand_in.open_project("SHOP")
        yield made


def publish_on_jira(made: Shop, names: str) -> None:
    text = made.settings.read_text(encoding="utf-8")
    text = text.replace("project: SHOP,", f"project: SHOP, publish: {names},")
    made.settings.write_text(text, encoding="utf-8")


def test_a_project_that_is_open_to_everybody_is_recognised(open_jira: Shop) -> None:
    [finding] = found(open_jira.plan(), "publish")
    assert "jira is public" in finding["message"]
    open_jira.apply()
    assert written(open_jira, "jira") == []
    publish_on_jira(open_jira, "[title]")
    open_jira.apply()
    open_jira.settled()
    assert leaked(open_jira, "jira") == {"title"}
    assert "acme/shop" not in received(open_jira, "jira")


def test_nobody_is_signed_in_where_it_is_asked_who_may_read(open_jira: Shop) -> None:
    """It is asked each run: a project that is closed again is private again."""
    open_jira.apply()
    open_jira.jira_stand_in.open_project("SHOP", open=False)
    open_jira.apply()
    open_jira.settled()
    assert leaked(open_jira, "jira") == {"title", "description"}


def test_where_it_cannot_be_told_who_may_read_nobody_is_told(
    flavour: Flavour, tmp_path: Path
) -> None:
    private = [{"title": f"{CANARY}-title"}]
    with shop(tmp_path, flavour=flavour, github=private) as made:
        where = "/rest/api/2/project/SHOP$"
        skip = 0 if flavour == "cloud" else 1  # Data Center is asked at the same address by us

        def unsure() -> None:
            made.served.switches.faults.append(Fault("status", where, status=400, skip=skip))

        unsure()
        assert "could not be told" in found(made.plan(), "tracker")[0]["message"]
        unsure()
        made.apply()
        assert written(made, "jira") == []
        made.apply()
        assert leaked(made, "jira") == {"title"}


# Places that take no changes


def test_an_archived_repository_takes_no_changes_and_the_others_go_on(
    flavour: Flavour, tmp_path: Path
) -> None:
    with shop(tmp_path, flavour=flavour, jira=[story()], project=PROJECT) as made:
        made.apply()
        made.github_stand_in.archive("acme/shop")
        made.jira.edit("SHOP-1", "estimate", 5.0)
        made.jira.ask("POST", "issue", {"fields": other(made, "New")})
        made.served.log.clear()
        [problem] = found(made.plan("--full"), "tracker")
        assert "acme/shop is archived and takes no changes" in problem["message"]
        made.apply("--full")
        assert written(made, "github") == []
        assert {one.shown["title"] for one in made.records("files").values()} == {
            f"{CANARY}-title",
            "New",
        }
        assert made.records("files")[f"{CANARY}-title"].shown["estimate"] == 5
        made.settled()
        made.github_stand_in.archive("acme/shop", archived=False)
        made.apply()
        made.settled()
        assert set(made.records("github")) == {f"{CANARY}-title", "New"}


def test_an_archived_project_takes_no_changes_and_its_issues_are_not_lost(
    flavour: Flavour, tmp_path: Path
) -> None:
    with shop(tmp_path, flavour=flavour, jira=[story()], project=PROJECT) as made:
        made.apply()
        made.jira_stand_in.archive_project("SHOP")
        made.github.call("PATCH", "/issues/1", title="Renamed")
        made.served.log.clear()
        plan = made.plan("--full")
        assert "SHOP is archived and takes no changes" in found(plan, "tracker")[0]["message"]
        assert found(plan, "missing-record") == []
        made.apply("--full")
        assert written(made, "jira") == []
        assert set(made.records("files")) == {"Renamed"}
        made.settled()
        made.jira_stand_in.archive_project("SHOP", archived=False)
        made.apply()
        made.settled()
        assert set(made.records("jira")) == {"Renamed"}


def test_issues_that_are_switched_off_are_not_deleted_ones(
    flavour: Flavour, tmp_path: Path
) -> None:
    with shop(tmp_path, flavour=flavour, jira=[story()], project=PROJECT) as made:
        made.apply()
        repository = made.github_stand_in.state.repository("acme/shop")
        assert repository is not None
        repository.has_issues = False
        plan = made.plan("--full")
        assert "has its issues switched off" in found(plan, "tracker")[0]["message"]
        assert found(plan, "missing-record") == []
        made.apply("--full")
        made.settled()


def test_a_locked_issue_refuses_the_comment_and_takes_the_rest(
    flavour: Flavour, tmp_path: Path
) -> None:
    with shop(tmp_path, flavour=flavour, jira=[story(comments=[])], project=PROJECT) as made:
        made.configure(TALK)
        made.apply()
        fault = Fault("status", "/issues/1/comments$", "POST", status=403, times=9)
        made.served.switches.faults.append(fault)  # to who may write to issues, and not push
        made.github_stand_in.lock("acme/shop", 1)
        said = markdown_to_adf("Hello") if flavour == "cloud" else "Hello"
        made.jira.ask("POST", "issue/SHOP-1/comment", {"body": said})
        made.jira.edit("SHOP-1", "estimate", 5.0)
        assert made.run("apply", "--yes").code == 1
        labels = [one["name"] for one in made.github.call("GET", "/issues/1")["labels"]]
        assert "estimate:5" in labels
        [finding] = found(made.plan(), "refused")
        assert "is the issue locked" in finding["message"]
        made.settled()
