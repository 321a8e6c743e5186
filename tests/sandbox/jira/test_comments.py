"""Comments on the stand-in Jira, and their properties."""

from tests.sandbox.jira.conftest import SHOP, Jira, Start, words
from tests.sandbox.jira.test_schemas import conforms

PATH = "/issue/SHOP-2/comment"


def test_a_comment_is_written_read_edited_and_deleted(either: Jira) -> None:
    bot, path = either.bot, PATH
    before = bot.issue("SHOP-2")["updated"]
    made = bot.post(path, {"body": words(either, "One")})
    assert made["body"] == words(either, "One")
    moved = bot.issue("SHOP-2")["updated"]
    assert moved > before
    edited = bot.put(f"{path}/{made['id']}", {"body": words(either, "Two")})
    assert bot.get(f"{path}/{made['id']}") == edited
    assert edited["updated"] >= made["updated"]
    bot.post(path, {"body": words(either, "Three")})
    listed = bot.get(path)
    assert listed["total"] == 2
    bodies = [comment["body"] for comment in listed["comments"]]
    assert bodies == [words(either, "Two"), words(either, "Three")]
    assert [c["body"] for c in bot.get(path, orderBy="-created")["comments"]] == bodies[::-1]
    assert bot.issue("SHOP-2")["comment"]["comments"] == listed["comments"]
    bot.delete(f"{path}/{made['id']}")
    assert bot.get(path)["total"] == 1
    assert bot.refused("GET", f"{path}/{made['id']}")[0] == 404


def test_a_comment_must_have_a_body_and_may_be_restricted(either: Jira) -> None:
    path, role = PATH, {"type": "role", "value": "Developers"}
    assert either.bot.errors("POST", path, {"body": words(either, "")})
    wrong = words(either, "A") if not either.cloud else "A"
    made = either.bot.post(path, {"body": words(either, "A"), "visibility": role})
    assert made["visibility"] == role
    if either.cloud:
        told = either.bot.errors("POST", path, {"body": wrong})
        assert "Atlassian Document" in told["comment"]


def test_only_its_author_changes_a_comment_unless_permitted(start: Start) -> None:
    users = {
        "bot@example.com:token": {"accountId": "bot"},
        "ann@example.com:pin": {
            "accountId": "ann",
            "permissions": ["BROWSE_PROJECTS", "ADD_COMMENTS"],
        },
    }
    jira = start({**SHOP, "users": users})
    ann, path = jira.person("ann@example.com:pin"), PATH
    mine = ann.post(path, {"body": words(jira, "Mine")})
    theirs = jira.bot.post(path, {"body": words(jira, "Theirs")})
    ann.put(f"{path}/{mine['id']}", {"body": words(jira, "Still mine")})
    assert ann.refused("DELETE", f"{path}/{theirs['id']}")[0] == 403
    jira.bot.delete(f"{path}/{mine['id']}")


def test_a_comment_is_made_with_properties_which_move_nothing(either: Jira) -> None:
    bot, sent = either.bot, [{"key": "k", "value": {"a": 1}}]
    made = bot.post(PATH, {"body": words(either, "One"), "properties": sent})
    assert "properties" not in bot.get(f"{PATH}/{made['id']}")
    assert bot.get(f"{PATH}/{made['id']}", expand="properties")["properties"] == sent
    assert bot.get(PATH, expand="properties")["comments"][0]["properties"] == sent
    before, one = bot.issue("SHOP-2")["updated"], f"/comment/{made['id']}/properties"
    assert bot.ask("PUT", f"{one}/j", json=[2]).status_code == 201
    assert bot.ask("PUT", f"{one}/j", json=[3]).status_code == 200
    assert bot.get(f"{one}/j") == {"key": "j", "value": [3]}
    assert [key["key"] for key in bot.get(one)["keys"]] == ["k", "j"]
    bot.delete(f"{one}/k")
    assert bot.refused("GET", f"{one}/k")[0] == 404
    assert bot.refused("DELETE", f"{one}/k")[0] == 404
    assert bot.issue("SHOP-2")["updated"] == before


def test_an_edit_adds_properties_and_may_drop_them(either: Jira) -> None:
    bot, sent = either.bot, [{"key": "k", "value": 1}]
    made = bot.post(PATH, {"body": words(either, "One")})
    bot.put(f"{PATH}/{made['id']}", {"body": words(either, "Two"), "properties": sent})
    assert bot.get(f"{PATH}/{made['id']}", expand="properties")["properties"] == sent
    either.standin.quirks.drop_properties = True
    other = bot.post(PATH, {"body": words(either, "Three"), "properties": sent})
    assert bot.get(f"{PATH}/{other['id']}", expand="properties")["properties"] == []


def test_comments_are_asked_for_by_their_ids_on_cloud(cloud: Jira) -> None:
    one = cloud.bot.post(PATH, {"body": words(cloud, "One")})["id"]
    two = cloud.bot.post("/issue/SHOP-3/comment", {"body": words(cloud, "Two")})["id"]
    answer = cloud.bot.post("/comment/list", {"ids": [int(one), int(two), 7]}, expand="properties")
    assert [comment["id"] for comment in answer["values"]] == [one, two]
    conforms("getCommentsByIds", 200, answer)
    assert cloud.bot.refused("POST", "/comment/list", {"ids": []})[0] == 400


def test_an_issue_shows_the_first_of_many_comments(either: Jira) -> None:
    for number in range(5):
        either.bot.post(PATH, {"body": words(either, str(number))})
    either.standin.quirks.comments_shown = 2
    field = either.bot.issue("SHOP-2")["comment"]
    assert (len(field["comments"]), field["total"]) == (2, 5)
    page = either.bot.get(PATH, startAt=3, maxResults=2)
    assert [one["body"] for one in page["comments"]] == [words(either, "3"), words(either, "4")]
    assert page["total"] == 5


def test_an_internal_comment_says_so_on_cloud(start: Start) -> None:
    issue = {"key": "SHOP-2", "summary": "A", "comments": [{"body": "A", "internal": True}]}
    cloud = start({**SHOP, "issues": [issue]})
    [comment] = cloud.bot.get(PATH)["comments"]
    assert comment["jsdPublic"] is False
    cloud.bot.post(PATH, {"body": words(cloud, "B")})
    assert [one["jsdPublic"] for one in cloud.bot.get(PATH)["comments"]] == [False, True]
    [kept, _] = cloud.standin.dump()["issues"][0]["comments"]
    assert kept["internal"] is True
