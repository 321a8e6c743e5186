"""Comments across trackers, through real HTTP: whose they are, where they go, and exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from adapters.sandbox.server import Fault
from adapters.text import adf_to_markdown, markdown_to_adf, markdown_to_wiki, wiki_to_markdown
from tests.acceptance.shop import Flavour, Shop, shop

BOTH = "    comments: {from: [jira, github], to: [jira, github]}"
ISSUES = [{"type": "Story", "summary": "Checkout", "priority": "Medium"}]


@pytest.fixture(params=["cloud", "datacenter"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """One story on both trackers, and comments that go both ways."""
    flavour: Flavour = request.param
    with shop(tmp_path, flavour=flavour, jira=ISSUES) as it:
        it.configure(BOTH)
        it.apply()
        it.settled()
        yield it


# What people do, and see


def on_jira(made: Shop) -> list[Any]:
    """The comments on the story there, as anyone may see them."""
    comments: list[Any] = made.jira.ask("GET", "issue/SHOP-1/comment?expand=properties")["comments"]
    return comments


def on_github(made: Shop) -> list[Any]:
    """The comments on the story there."""
    comments: list[Any] = made.github.call("GET", "/issues/1/comments?per_page=100")
    return comments


def markdown(made: Shop, comment: Any) -> str:
    body = comment["body"]
    return adf_to_markdown(body) if made.flavour == "cloud" else wiki_to_markdown(body)


def native(made: Shop, text: str) -> Any:
    return markdown_to_adf(text) if made.flavour == "cloud" else markdown_to_wiki(text)


def say_on_jira(made: Shop, text: str, **more: Any) -> str:
    body = {"body": native(made, text), **more}
    return str(made.jira.ask("POST", "issue/SHOP-1/comment", body)["id"])


def say_on_github(made: Shop, text: str) -> int:
    return int(made.github.call("POST", "/issues/1/comments", body=text)["id"])


def test_a_comment_arrives_once_with_its_author_its_time_and_a_way_back(made: Shop) -> None:
    say_on_jira(made, "It **fails** on Mondays.")
    made.apply()
    [copy] = on_github(made)
    assert copy["user"]["login"] == "bot"
    mark, line, blank, text = copy["body"].split("\n")
    assert mark.startswith("<!-- onebacklog comment jira:")
    [original] = on_jira(made)
    author, day = original["author"]["displayName"], original["created"][:10]
    assert line.startswith(f"**{author}** on [jira SHOP-1](")
    assert "/browse/SHOP-1)" in line
    assert day in line
    assert line.endswith(" UTC:")
    assert (blank, text) == ("", "It **fails** on Mondays.")
    made.settled()


def test_both_sides_talk_and_nothing_comes_back(made: Shop) -> None:
    say_on_jira(made, "From Jira.")
    say_on_github(made, "From GitHub.")
    made.apply()
    made.settled()
    assert [markdown(made, one).strip().split("\n")[-1] for one in on_jira(made)] == [
        "From Jira.",
        "From GitHub.",
    ]
    assert sorted(one["body"].split("\n")[-1] for one in on_github(made)) == [
        "From GitHub.",
        "From Jira.",
    ]
    copy = markdown(made, on_jira(made)[1])
    assert copy.startswith("**ada** on [github acme/shop#1](")
    made.apply()
    assert (len(on_jira(made)), len(on_github(made))) == (2, 2)


def test_an_edit_and_a_deletion_follow(made: Shop) -> None:
    first, second = say_on_jira(made, "One."), say_on_jira(made, "Two.")
    third = say_on_github(made, "Three.")
    made.apply()
    body = {"body": native(made, "One, corrected.")}
    made.jira.ask("PUT", f"issue/SHOP-1/comment/{first}", body)
    made.jira.ask("DELETE", f"issue/SHOP-1/comment/{second}")
    made.github.call("PATCH", f"/issues/comments/{third}", body="Three, corrected.")
    made.apply()
    made.settled()
    assert [one["body"].split("\n")[-1] for one in on_github(made)] == [
        "Three, corrected.",
        "One, corrected.",
    ]
    assert markdown(made, on_jira(made)[-1]).strip().endswith("Three, corrected.")
    made.github.call("DELETE", f"/issues/comments/{third}")
    made.apply()
    made.settled()
    assert [one["id"] for one in on_jira(made)] == [first]


def test_a_copy_that_a_person_takes_away_is_put_back(made: Shop) -> None:
    say_on_jira(made, "Stay.")
    made.apply()
    [copy] = on_github(made)
    made.github.call("DELETE", f"/issues/comments/{copy['id']}")
    made.apply()
    made.settled()
    assert [one["body"] for one in on_github(made)] == [copy["body"]]


def test_a_copy_that_a_person_changes_is_left_until_the_comment_changes(made: Shop) -> None:
    first = say_on_jira(made, "Mine.")
    made.apply()
    [copy] = on_github(made)
    changed = copy["body"].replace("Mine.", "Mine. (Seen.)")
    made.github.call("PATCH", f"/issues/comments/{copy['id']}", body=changed)
    made.apply()
    made.settled()
    assert [one["body"] for one in on_github(made)] == [changed]
    made.jira.ask("PUT", f"issue/SHOP-1/comment/{first}", {"body": native(made, "Ours.")})
    made.apply()
    made.settled()
    assert [one["body"].split("\n")[-1] for one in on_github(made)] == ["Ours."]


def test_a_copy_without_its_first_line_is_still_no_comment_of_its_own(made: Shop) -> None:
    say_on_github(made, "From GitHub.")
    made.apply()
    [copy] = on_jira(made)
    body = {"body": native(made, "From GitHub, and no word of whom.")}
    made.jira.ask("PUT", f"issue/SHOP-1/comment/{copy['id']}", body)
    made.apply()
    made.settled()
    assert len(on_github(made)) == 1


def test_a_property_that_jira_drops_is_not_needed(made: Shop) -> None:
    made.jira_stand_in.quirks.drop_properties = True
    say_on_github(made, "From GitHub.")
    made.apply()
    [copy] = on_jira(made)
    assert copy["properties"] == []
    made.settled()
    made.apply()
    assert (len(on_jira(made)), len(on_github(made))) == (1, 1)


@pytest.mark.parametrize("kind", ["lose", "truncate"])
def test_a_lost_answer_makes_no_twin(made: Shop, kind: Any) -> None:
    say_on_jira(made, "From Jira.")
    say_on_github(made, "From GitHub.")
    for path in (r"/github/.*/comments$", r"/jira/.*/comment$"):
        made.served.switches.faults.append(Fault(kind, path, "POST"))
    made.run("apply", "--yes")
    assert not made.served.switches.faults
    made.apply()
    made.settled()
    assert (len(on_jira(made)), len(on_github(made))) == (2, 2)


def test_what_not_everyone_may_read_goes_nowhere(made: Shop) -> None:
    role = {"type": "role", "value": "Developers"}
    say_on_jira(made, "For developers.", visibility=role)
    open_one = say_on_jira(made, "For all.")
    made.apply()
    made.settled()
    assert [one["body"].split("\n")[-1] for one in on_github(made)] == ["For all."]
    body = {"body": native(made, "For all."), "visibility": role}
    made.jira.ask("PUT", f"issue/SHOP-1/comment/{open_one}", body)
    made.apply()
    made.settled()
    assert on_github(made) == []


def test_a_copy_calls_nobody_and_closes_nothing(made: Shop) -> None:
    say_on_jira(made, "@bob says that this fixes #1.")
    made.apply()
    [copy] = on_github(made)
    assert "@bob" not in copy["body"]
    assert "fixes #1" not in copy["body"]
    assert "bob says that this fixes" in copy["body"].replace("\u2060", "")
    made.settled()


def test_a_comment_that_is_too_long_is_refused_alone(made: Shop) -> None:
    say_on_github(made, "x" * 40_000)
    say_on_github(made, "Short.")
    result = made.run("apply", "--yes")
    assert result.code == 1
    told = result.out + result.err
    assert "shorten the comment on github" in told
    [copy] = on_jira(made)
    assert markdown(made, copy).strip().endswith("Short.")


def test_many_comments_are_read_page_by_page(made: Shop) -> None:
    made.jira_stand_in.quirks.comments_shown = 20
    for number in range(30):
        say_on_jira(made, f"Number {number}.")
    for number in range(105):
        say_on_github(made, f"Reply {number}.")
    made.apply()
    made.settled()
    assert len(on_jira(made)) == 135
    pages = [made.github.call("GET", f"/issues/1/comments?per_page=100&page={n}") for n in (1, 2)]
    assert sum(map(len, pages)) == 135
    texts = [one["body"].split("\n")[-1] for page in pages for one in page]
    assert [text for text in texts if text.startswith("Number")] == [
        f"Number {number}." for number in range(30)
    ]


def test_a_settled_backlog_asks_for_no_comments(made: Shop) -> None:
    say_on_jira(made, "From Jira.")
    say_on_github(made, "From GitHub.")
    made.apply()
    made.served.switches.skew += 5  # by then GitHub tells what was written from what is new
    made.apply()
    made.served.log.clear()
    made.apply()
    assert [one.path for one in made.served.log if "comment" in one.path] == []
    assert not [one for one in made.served.log if one.writes]


def test_comments_come_with_a_new_record(tmp_path: Path) -> None:
    issues = [{**ISSUES[0], "comments": [{"author": "ada", "body": "Before all else."}]}]
    with shop(tmp_path, jira=issues) as made:
        made.configure(BOTH)
        made.apply()
        made.settled()
        [copy] = on_github(made)
        assert copy["body"].endswith("Before all else.")


def test_comments_on_both_sides_of_a_pair_meet(tmp_path: Path) -> None:
    jira = [{**ISSUES[0], "comments": [{"author": "ada", "body": "On Jira."}]}]
    github = [{"title": "Checkout", "comments": ["On GitHub."]}]
    with shop(tmp_path, jira=jira, github=github) as made:
        made.configure(BOTH)
        made.apply()
        made.settled()
        assert len(on_github(made)) == 2
        assert len(on_jira(made)) == 2


def test_only_what_the_settings_name_is_carried(tmp_path: Path) -> None:
    with shop(tmp_path, jira=ISSUES) as made:
        made.configure("    comments: {from: [jira], to: [github]}")
        made.apply()
        say_on_jira(made, "From Jira.")
        say_on_github(made, "From GitHub.")
        made.apply()
        made.settled()
        assert len(on_jira(made)) == 1
        assert len(on_github(made)) == 2
        made.configure()
        made.settled()


def test_a_public_repository_gets_comments_only_where_they_are_published(tmp_path: Path) -> None:
    with shop(tmp_path, jira=ISSUES, repository={"private": False}) as made:
        made.configure(BOTH, github=", publish: [title, description, status, kind, priority]")
        made.apply()
        say_on_jira(made, "Between us.")
        say_on_github(made, "To all.")
        made.apply()
        assert [one["body"] for one in on_github(made)] == ["To all."]
        assert len(on_jira(made)) == 2
        made.configure(BOTH, github=", publish: [title, description, status, comments]")
        made.apply()
        [copy] = [one for one in on_github(made) if one["user"]["login"] == "bot"]
        assert "SHOP-1" not in copy["body"]
        assert copy["body"].split("\n")[1].startswith("**ada** on jira, ")


def test_a_stranger_cannot_have_a_copy_of_a_forged_mark_changed(tmp_path: Path) -> None:
    with shop(tmp_path, jira=ISSUES, repository={"private": False}) as made:
        made.configure(BOTH, github=", publish: all")
        made.apply()
        forged = "<!-- onebacklog comment jira:99999@0123456789ab -->\nListen to me."
        answer = requests.post(
            f"{made.served.url}/github/repos/acme/shop/issues/1/comments",
            headers={"Authorization": "Bearer t-guest"},
            json={"body": forged},
            timeout=10,
        )
        assert answer.status_code == 201
        made.apply()
        made.settled()
        assert [one["body"] for one in on_github(made)] == [forged]
        assert on_jira(made) == []


def test_the_plan_says_what_is_to_be_said(made: Shop) -> None:
    id_ = say_on_jira(made, "From Jira.")
    [edit] = made.plan()["edits"]
    assert edit["tracker"] == "github"
    [comment] = edit["fields"]["comments"]["to"]
    assert (comment["id"], comment["author"], comment["text"]) == (
        f"jira:{id_}",
        "ada",
        "From Jira.",
    )
    assert edit["fields"]["comments"]["from"] == []
