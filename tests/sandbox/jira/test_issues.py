"""Issues by key: what Jira takes, keeps and refuses."""

from typing import Any

import pytest

from adapters.sandbox.server import Fault
from tests.sandbox.jira.conftest import SHOP, Jira, Start

UNKNOWN = "Issue does not exist or you do not have permission to see it."


def doc(*texts: dict[str, Any]) -> dict[str, Any]:
    paragraph = {"type": "paragraph", "content": list(texts)}
    return {"type": "doc", "version": 1, "content": [paragraph]}


def text(words: str, *marks: str) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "text", "text": words}
    return node | ({"marks": [{"type": mark} for mark in marks]} if marks else {})


def test_keys_follow_one_another_and_ids_rise(either: Jira) -> None:
    first, second = either.bot.create(), either.bot.create()
    other = either.bot.create(project={"key": "OPS"})
    assert (first, second, other) == ("SHOP-6", "SHOP-7", "OPS-1")
    ids = [int(either.bot.get(f"/issue/{key}")["id"]) for key in (first, second, other)]
    assert ids == sorted(set(ids))


def test_a_new_issue_has_the_first_status_the_usual_priority_and_its_reporter(
    either: Jira,
) -> None:
    fields = either.bot.issue(either.bot.create())
    assert fields["status"]["name"] == "To Do"
    assert fields["priority"]["name"] == "Medium"
    assert fields["assignee"] is None
    assert fields["created"] == fields["updated"]
    name = "accountId" if either.cloud else "name"
    assert fields["reporter"][name] == "bot"


def test_an_issue_is_found_by_id_and_by_its_key_in_any_case(either: Jira) -> None:
    by_key = either.bot.get("/issue/shop-2")
    assert either.bot.get(f"/issue/{by_key['id']}")["key"] == "SHOP-2"


def test_what_is_sent_is_trimmed_sorted_and_kept(either: Jira) -> None:
    key = either.bot.create(summary="  Pay by card ", labels=["b", "a", "B", "a"])
    fields = either.bot.issue(key)
    assert fields["summary"] == "Pay by card"
    assert fields["labels"] == ["B", "a", "b"]


def test_wiki_markup_loses_carriage_returns_and_outer_blank_lines(datacenter: Jira) -> None:
    key = datacenter.bot.create(description="\r\n \r\nh1. A\r\n\r\n* b  \r\n\r\n")
    assert datacenter.bot.issue(key)["description"] == "h1. A\n\n* b"


def test_a_seed_s_wiki_markup_is_kept_as_it_stands(start: Start) -> None:
    jira = start({"issues": [{"summary": "A", "description": "a\r\nb\r\n"}]}, "datacenter")
    assert jira.bot.issue("SHOP-1")["description"] == "a\r\nb\r\n"


def test_a_document_comes_back_joined_and_without_empty_texts(cloud: Jira) -> None:
    sent = doc(text("a", "strong"), text(""), text("b", "strong"), text("c"))
    key = cloud.bot.create(description=sent)
    kept = cloud.bot.issue(key)["description"]
    assert kept == doc(text("ab", "strong"), text("c"))


def test_tasks_are_given_local_ids(cloud: Jira) -> None:
    item = {"type": "taskItem", "attrs": {"state": "TODO"}, "content": [text("a")]}
    mine = {**item, "attrs": {"state": "DONE", "localId": "mine"}}
    tasks = {"type": "taskList", "content": [item, mine]}
    key = cloud.bot.create(description={"type": "doc", "version": 1, "content": [tasks]})
    kept = cloud.bot.issue(key)["description"]["content"][0]
    assert kept["attrs"]["localId"]
    first, second = (entry["attrs"] for entry in kept["content"])
    assert first["localId"]
    assert first["state"] == "TODO"
    assert second == {"localId": "mine", "state": "DONE"}


@pytest.mark.parametrize(
    "node",
    [
        {"type": "nonsense"},
        {"type": ["paragraph"]},
        {"type": "heading", "attrs": {"level": 7}, "content": []},
        {"type": "bulletList", "content": [{"type": "paragraph"}]},
        {"type": "bulletList", "content": []},
        {"type": "paragraph", "content": [text("a", "code", "strong")]},
        {"type": "paragraph", "content": [text("a", "strong", "strong")]},
        {"type": "paragraph", "content": [{"type": "text", "text": 1}]},
        {"type": "paragraph", "content": [text("a") | {"marks": [{"type": "link"}]}]},
        {"type": "codeBlock", "content": [text("a", "strong")]},
        {"type": "taskList", "content": [{"type": "taskItem", "content": []}]},
        {"type": "table", "content": [{"type": "tableRow", "content": []}]},
    ],
)
def test_a_document_that_is_none_is_invalid_input(cloud: Jira, node: dict[str, Any]) -> None:
    sent = {"type": "doc", "version": 1, "content": [node]}
    told = cloud.bot.errors("PUT", "/issue/SHOP-2", {"fields": {"description": sent}})
    assert told == ["INVALID_INPUT"]


def test_version_3_wants_documents_and_version_2_texts(cloud: Jira) -> None:
    told = cloud.bot.errors("PUT", "/issue/SHOP-2", {"fields": {"description": "a"}})
    assert "Atlassian Document" in told["description"]
    older = cloud.person("bot@example.com:token", version="2")
    assert older.errors("PUT", "/issue/SHOP-2", {"fields": {"description": doc()}}) == {
        "description": "Operation value must be a string"
    }
    older.put("/issue/SHOP-2", {"fields": {"description": "a\nb\n\nc"}})
    assert older.issue("SHOP-2")["description"] == "a\nb\n\nc"
    kinds = [node["type"] for node in cloud.bot.issue("SHOP-2")["description"]["content"]]
    assert kinds == ["paragraph", "paragraph"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("summary", "", "You must specify a summary of the issue."),
        ("summary", None, "You must specify a summary of the issue."),
        ("summary", "x" * 256, "Summary can't exceed 255 characters."),
        ("summary", "a\nb", "The summary is invalid because it contains newline characters."),
        ("labels", ["x y"], "The label 'x y' contains spaces which is invalid."),
        ("labels", "x", "data was not an array"),
        ("priority", {"name": "Odd"}, "Priority name 'Odd' is not valid"),
        ("fixVersions", [{"name": "9"}], "Version name '9' is not valid"),
        ("fixVersions", [{"id": "9"}], "Version id '9' is not valid"),
        ("components", [{"name": "9"}], "Component name '9' is not valid"),
        ("security", {"name": "9"}, "Security level name '9' is not valid"),
        ("issuetype", {"name": "Odd"}, "The issue type selected is invalid."),
        ("customfield_10026", "3", "Operation value must be a number"),
        ("duedate", "soon", "Operation value must be a date in the format 'yyyy-MM-dd'"),
        ("nonsense", 1, "Field 'nonsense' cannot be set. It is not on the appropriate screen,"),
        ("status", {"name": "Done"}, "Field 'status' cannot be set."),
        ("resolution", {"name": "Done"}, "Field 'resolution' cannot be set."),
        ("customfield_10019", "0|i:", "Field 'customfield_10019' cannot be set."),
    ],
)
def test_a_wrong_value_is_refused_at_its_field_and_nothing_changes(
    either: Jira, field: str, value: Any, message: str
) -> None:
    before = either.bot.issue("SHOP-2")
    sent = {"fields": {"duedate": "2026-01-01", field: value}}
    told = either.bot.errors("PUT", "/issue/SHOP-2", sent)
    assert list(told) == [field]
    assert told[field].startswith(message)
    assert either.bot.issue("SHOP-2") == before


def test_a_description_has_a_limit(either: Jira) -> None:
    long = "x" * 32_768
    sent = {"fields": {"description": doc(text(long)) if either.cloud else long}}
    told = either.bot.errors("PUT", "/issue/SHOP-2", sent)
    assert "exceeds the allowed limit of 32,767 characters" in told["description"]


def test_all_wrong_fields_are_told_at_once(either: Jira) -> None:
    sent = {"fields": {"summary": "a\nb", "labels": ["x y"], "duedate": "2026-01-01"}}
    assert set(either.bot.errors("PUT", "/issue/SHOP-2", sent)) == {"summary", "labels"}


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"summary": None}, "summary"),
        ({"project": {"key": "NONE"}}, "project"),
        ({"issuetype": {"name": "Odd"}}, "issuetype"),
        ({"issuetype": {"name": "Sub-task"}}, "parent"),
    ],
)
def test_a_create_without_what_it_needs_is_refused(
    either: Jira, fields: dict[str, Any], at: str
) -> None:
    usual = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "New"}
    assert at in either.bot.errors("POST", "/issue", {"fields": usual | fields})


def test_a_team_may_require_fields_and_take_others_off_the_screen(start: Start) -> None:
    screens = {"create": ["summary", "Team"], "edit": ["summary", "Team"]}
    jira = start(
        {
            "fields": [{"name": "Team", "type": "select", "options": ["Red", "Blue"]}],
            "projects": {"SHOP": {"required": ["Team"], "screens": screens}},
        }
    )
    usual = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "New"}
    told = jira.bot.errors("POST", "/issue", {"fields": usual | {"labels": ["a"]}})
    assert "It is not on the appropriate screen" in told["labels"]
    told = jira.bot.errors("POST", "/issue", {"fields": usual})
    assert told == {"customfield_10100": "Team is required."}
    key = jira.bot.create(customfield_10100={"value": "Red"})
    assert jira.bot.issue(key)["customfield_10100"]["value"] == "Red"
    told = jira.bot.errors("PUT", f"/issue/{key}", {"fields": {"customfield_10100": None}})
    assert told == {"customfield_10100": "Team is required."}


def test_labels_are_added_and_removed_singly(either: Jira) -> None:
    operations = [{"add": "new"}, {"remove": "pay"}, {"add": "other"}]
    either.bot.put("/issue/SHOP-2", {"update": {"labels": operations}})
    assert either.bot.issue("SHOP-2")["labels"] == ["new", "other"]
    told = either.bot.errors(
        "PUT", "/issue/SHOP-2", {"fields": {"labels": []}, "update": {"labels": operations}}
    )
    assert "cannot appear in both" in told["labels"]
    told = either.bot.errors("PUT", "/issue/SHOP-2", {"update": {"summary": [{"add": "a"}]}})
    assert "does not support operation 'add'" in told["summary"]


def test_fix_versions_estimates_and_levels_are_set_and_emptied(either: Jira) -> None:
    values: dict[str, Any] = {
        "fixVersions": [{"name": "2.0"}, {"name": "1.0"}],
        "components": [{"name": "front"}],
        "security": {"name": "Internal"},
        "customfield_10026": 3,
        "duedate": "2026-02-01",
    }
    either.bot.put("/issue/SHOP-2", {"fields": values})
    shown = either.bot.issue("SHOP-2")
    assert [version["name"] for version in shown["fixVersions"]] == ["1.0", "2.0"]
    assert [component["name"] for component in shown["components"]] == ["Front"]
    assert shown["security"]["name"] == "Internal"
    assert (shown["customfield_10026"], shown["duedate"]) == (3.0, "2026-02-01")
    emptied = dict.fromkeys(values) | {"fixVersions": [], "components": []}
    either.bot.put("/issue/SHOP-2", {"fields": emptied})
    shown = either.bot.issue("SHOP-2")
    assert [shown[name] for name in emptied] == [[], [], None, None, None]


def test_zero_is_an_estimate(either: Jira) -> None:
    either.bot.put("/issue/SHOP-2", {"fields": {"customfield_10026": 0}})
    assert either.bot.issue("SHOP-2")["customfield_10026"] == 0


def test_an_edit_moves_updated_and_one_without_a_change_does_not(either: Jira) -> None:
    before = either.bot.issue("SHOP-2")["updated"]
    either.bot.put("/issue/SHOP-2", {"fields": {"summary": "Card", "labels": ["pay"]}})
    assert either.bot.issue("SHOP-2")["updated"] == before
    either.bot.put("/issue/SHOP-2", {"fields": {"summary": "Cards"}})
    assert either.bot.issue("SHOP-2")["updated"] > before


def test_an_edit_ignores_a_transition(either: Jira) -> None:
    sent = {"fields": {"summary": "A"}, "transition": {"id": "31"}}
    either.bot.put("/issue/SHOP-2", sent)
    assert either.bot.issue("SHOP-2")["status"]["name"] == "To Do"


def test_an_edit_returns_the_issue_where_asked(either: Jira) -> None:
    assert either.bot.put("/issue/SHOP-2", {"fields": {"summary": "A"}}) is None
    sent = {"fields": {"summary": "B"}}
    shown = either.bot.put("/issue/SHOP-2", sent, returnIssue="true", notifyUsers="false")
    assert shown["fields"]["summary"] == "B"


def test_times_stand_in_the_time_zone_of_who_asks(start: Start) -> None:
    users = {
        "bot@example.com:token": {"accountId": "bot"},
        "ann@example.com:pin": {"accountId": "ann", "timeZone": "America/Los_Angeles"},
    }
    issue = {"summary": "A", "created": "2026-01-02T03:04:05.678Z"}
    jira = start({"users": users, "issues": [issue]})
    assert jira.bot.issue("SHOP-1")["created"] == "2026-01-02T03:04:05.678+0000"
    ann = jira.person("ann@example.com:pin")
    assert ann.issue("SHOP-1")["created"] == "2026-01-01T19:04:05.678-0800"


def test_on_cloud_the_parent_of_a_story_is_an_epic(cloud: Jira) -> None:
    fields = cloud.bot.issue("SHOP-2")
    assert fields["parent"]["key"] == "SHOP-1"
    assert [child["key"] for child in fields["subtasks"]] == ["SHOP-5"]
    assert cloud.bot.issue("SHOP-1")["subtasks"] == []
    told = cloud.bot.errors("PUT", "/issue/SHOP-3", {"fields": {"parent": {"key": "SHOP-2"}}})
    assert "appropriate hierarchy" in told["parentId"]
    cloud.bot.put("/issue/SHOP-2", {"fields": {"parent": None}})
    assert "parent" not in cloud.bot.issue("SHOP-2")


def test_on_data_center_the_epic_is_a_field_of_its_own(datacenter: Jira) -> None:
    bot = datacenter.bot
    assert bot.issue("SHOP-2")["customfield_10014"] == "SHOP-1"
    assert "parent" not in bot.issue("SHOP-2")
    assert bot.issue("SHOP-5")["parent"]["key"] == "SHOP-2"
    told = bot.errors("PUT", "/issue/SHOP-3", {"fields": {"parent": {"key": "SHOP-1"}}})
    assert "cannot be set" in told["parent"]
    told = bot.errors("PUT", "/issue/SHOP-3", {"fields": {"customfield_10014": "SHOP-2"}})
    assert told == {"customfield_10014": "The issue 'SHOP-2' is not an epic."}
    bot.put("/issue/SHOP-3", {"fields": {"customfield_10014": "SHOP-1"}})
    assert bot.issue("SHOP-3")["customfield_10014"] == "SHOP-1"
    bot.put("/issue/SHOP-3", {"fields": {"customfield_10014": None}})
    assert bot.issue("SHOP-3")["customfield_10014"] is None


def test_on_data_center_an_epic_needs_a_name(datacenter: Jira) -> None:
    usual = {"project": {"key": "SHOP"}, "issuetype": {"name": "Epic"}, "summary": "New"}
    told = datacenter.bot.errors("POST", "/issue", {"fields": usual})
    assert told == {"customfield_10011": "Epic Name is required."}
    key = datacenter.bot.create(**usual, customfield_10011="New")
    assert datacenter.bot.issue(key)["customfield_10011"] == "New"


def test_a_sub_task_stays_in_its_parent_s_project(either: Jira) -> None:
    fields = {
        "project": {"key": "OPS"},
        "issuetype": {"name": "Sub-task"},
        "summary": "A",
        "parent": {"key": "SHOP-2"},
    }
    told = either.bot.errors("POST", "/issue", {"fields": fields})
    assert told == {"project": "Sub-tasks must be created in the same project as the parent."}


def test_people_are_named_by_account_id_or_by_name(either: Jira) -> None:
    name, other = ("accountId", "name") if either.cloud else ("name", "accountId")
    either.bot.put("/issue/SHOP-2", {"fields": {"assignee": {name: "bot"}}})
    assert either.bot.issue("SHOP-2")["assignee"][name] == "bot"
    for value in ({other: "bot"}, {name: "nobody"}, {}):
        told = either.bot.errors("PUT", "/issue/SHOP-2", {"fields": {"assignee": value}})
        assert list(told) == ["assignee"]
    either.bot.put("/issue/SHOP-2", {"fields": {"assignee": None}})
    assert either.bot.issue("SHOP-2")["assignee"] is None


def test_a_bulk_create_makes_what_it_can_and_tells_the_rest(either: Jira) -> None:
    good = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "A"}
    bad = {**good, "summary": "a\nb"}
    sent = {"issueUpdates": [{"fields": good}, {"fields": bad}, {"fields": good}]}
    response = either.bot.ask("POST", "/issue/bulk", json=sent)
    assert response.status_code == 201
    answer = response.json()
    assert [issue["key"] for issue in answer["issues"]] == ["SHOP-6", "SHOP-7"]
    (error,) = answer["errors"]
    assert (error["failedElementNumber"], error["status"]) == (1, 400)
    assert list(error["elementErrors"]["errors"]) == ["summary"]
    status, told = either.bot.refused("POST", "/issue/bulk", {"issueUpdates": [{"fields": bad}]})
    assert (status, told["issues"], len(told["errors"])) == (400, [], 1)
    many = {"issueUpdates": [{"fields": good}] * 51}
    assert either.bot.refused("POST", "/issue/bulk", many)[0] == 400


def test_a_create_may_carry_properties_and_a_transition(either: Jira) -> None:
    fields = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "A"}
    properties = [{"key": "onebacklog", "value": {"item": "abc"}}]
    sent = {"fields": fields, "properties": properties, "transition": {"id": "31"}}
    made = either.bot.post("/issue", sent)
    assert made["transition"]["status"] == 200
    shown = either.bot.get(f"/issue/{made['key']}", properties="onebacklog,other")
    assert shown["properties"] == {"onebacklog": {"item": "abc"}}
    assert shown["fields"]["status"]["name"] == "Done"


def test_properties_may_be_dropped_without_a_word(either: Jira) -> None:
    either.standin.quirks.drop_properties = True
    fields = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "A"}
    sent = {"fields": fields, "properties": [{"key": "onebacklog", "value": 1}]}
    key = either.bot.post("/issue", sent)["key"]
    assert either.bot.get(f"/issue/{key}/properties") == {"keys": []}


def test_properties_are_put_got_and_deleted_without_moving_updated(either: Jira) -> None:
    before = either.bot.issue("SHOP-2")["updated"]
    path = "/issue/SHOP-2/properties/a.key"
    assert either.bot.ask("PUT", path, json={"x": 1}).status_code == 201
    assert either.bot.ask("PUT", path, json={"x": 2}).status_code == 200
    assert either.bot.get(path) == {"key": "a.key", "value": {"x": 2}}
    either.bot.delete(path)
    assert either.bot.refused("GET", path)[0] == 404
    assert either.bot.refused("DELETE", path)[0] == 404
    assert either.bot.issue("SHOP-2")["updated"] == before
    status, _ = either.bot.refused("PUT", path, "x" * 32_768)
    assert status == 400


def test_bulk_fetch_gives_ascending_ids_follows_moves_and_lists_errors(cloud: Jira) -> None:
    new_key = cloud.standin.move("SHOP-3", "OPS")
    sent = {
        "issueIdsOrKeys": ["SHOP-4", "SHOP-3", "SHOP-99", "shop-2", "SHOP-2"],
        "fields": ["summary"],
        "properties": ["p"],
    }
    answer = cloud.bot.post("/issue/bulkfetch", sent)
    assert [issue["key"] for issue in answer["issues"]] == ["SHOP-2", new_key, "SHOP-4"]
    assert answer["issueErrors"] == [{"id": "SHOP-99", "errorMessage": UNKNOWN}]
    assert answer["issues"][0]["fields"] == {"summary": "Card"}
    many = {"issueIdsOrKeys": [str(number) for number in range(101)]}
    assert cloud.bot.refused("POST", "/issue/bulkfetch", many)[0] == 400
    assert not cloud.served.writes()


def test_a_moved_issue_keeps_its_id_and_answers_to_its_old_key(either: Jira) -> None:
    id_ = either.bot.get("/issue/SHOP-3")["id"]
    assert either.standin.move("SHOP-3", "OPS") == "OPS-1"
    for ref in ("SHOP-3", "OPS-1", id_):
        shown = either.bot.get(f"/issue/{ref}")
        assert (shown["id"], shown["key"]) == (id_, "OPS-1")
    assert either.bot.create() == "SHOP-6"


def test_a_deleted_issue_is_gone_and_its_key_is_not_given_again(either: Jira) -> None:
    status, told = either.bot.refused("DELETE", "/issue/SHOP-2")
    assert status == 400
    assert "deleteSubtasks" in told["errorMessages"][0]
    either.bot.delete("/issue/SHOP-2", deleteSubtasks="true")
    for key in ("SHOP-2", "SHOP-5"):
        assert either.bot.refused("GET", f"/issue/{key}") == (
            404,
            {"errorMessages": [UNKNOWN], "errors": {}},
        )
    either.standin.delete("SHOP-1")
    assert either.bot.create() == "SHOP-6"


def test_an_archived_issue_is_read_only(either: Jira) -> None:
    either.standin.archive("SHOP-3")
    assert either.bot.issue("SHOP-3")["summary"] == "Cash"
    status, _ = either.bot.refused("PUT", "/issue/SHOP-3", {"fields": {"summary": "A"}})
    assert status == 403
    either.standin.archive("SHOP-3", archived=False)
    either.bot.put("/issue/SHOP-3", {"fields": {"summary": "A"}})


def test_a_security_level_hides_an_issue_from_people_without_it(start: Start) -> None:
    users = {
        "bot@example.com:token": {"accountId": "bot"},
        "ann@example.com:pin": {"accountId": "ann", "levels": []},
    }
    jira = start({**SHOP, "users": users})
    ann = jira.person("ann@example.com:pin")
    assert ann.issue("SHOP-3")["summary"] == "Cash"
    jira.bot.put("/issue/SHOP-3", {"fields": {"security": {"name": "Internal"}}})
    assert ann.refused("GET", "/issue/SHOP-3")[0] == 404
    query = {"jql": "project = SHOP", "fields": ["key"]}
    keys = [issue["key"] for issue in ann.post("/search/jql", query)["issues"]]
    assert "SHOP-3" not in keys
    assert len(keys) == 4


def test_permissions_are_asked_and_kept(start: Start) -> None:
    users = {
        "bot@example.com:token": {"accountId": "bot"},
        "ann@example.com:pin": {"accountId": "ann", "permissions": ["BROWSE_PROJECTS"]},
        "eve@example.com:pin": {"accountId": "eve", "permissions": []},
    }
    jira = start({**SHOP, "users": users})
    ann, eve = jira.person("ann@example.com:pin"), jira.person("eve@example.com:pin")
    mine = ann.get("/mypermissions", permissions="EDIT_ISSUES,BROWSE_PROJECTS")["permissions"]
    assert [mine[key]["havePermission"] for key in mine] == [False, True]
    fields = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "A"}
    assert "project" in ann.errors("POST", "/issue", {"fields": fields})
    assert ann.refused("PUT", "/issue/SHOP-2", {"fields": {}})[0] == 403
    assert ann.refused("DELETE", "/issue/SHOP-4")[0] == 403
    assert ann.get("/issue/SHOP-2/transitions")["transitions"] == []
    told = jira.bot.errors("PUT", "/issue/SHOP-2", {"fields": {"assignee": {"accountId": "ann"}}})
    assert told == {"assignee": "User 'ann' cannot be assigned issues."}
    assert eve.refused("GET", "/issue/SHOP-2")[0] == 404
    assert eve.refused("GET", "/project/SHOP")[0] == 404


@pytest.mark.parametrize("header", ["", "Basic !", "Basic Ym90OndvbmdnCg==", "Bearer nonsense"])
def test_who_is_not_signed_in_is_told_so_as_json(either: Jira, header: str) -> None:
    stranger = either.bot
    stranger.headers = {"Authorization": header} if header else {}
    status, told = stranger.refused("GET", "/myself")
    assert status == 401
    assert told["errorMessages"] == ["Client must be authenticated to access this resource."]


def test_anybody_may_ask_what_the_server_is(either: Jira) -> None:
    stranger = either.bot
    stranger.headers = {}
    info = stranger.get("/serverInfo")
    assert info["deploymentType"] == ("Cloud" if either.cloud else "Server")
    assert info["baseUrl"] == either.served.url + "/jira"


def test_a_body_must_be_json_that_can_be_read(either: Jira) -> None:
    broken = either.bot.ask(
        "POST", "/issue", data="{", headers={"Content-Type": "application/json"}
    )
    assert broken.status_code == 400
    deep = either.bot.ask(
        "POST", "/issue", data="[" * 100_000, headers={"Content-Type": "application/json"}
    )
    assert deep.status_code == 400
    other = either.bot.ask("POST", "/issue", data="a=b", headers={"Content-Type": "text/plain"})
    assert other.status_code == 415
    large = either.bot.ask("PUT", "/issue/SHOP-2", json={"fields": {"summary": "x" * 10**7 * 2}})
    assert large.status_code == 413
    assert either.bot.ask("POST", "/issue", json=[]).status_code == 400


def test_limits_and_conflicts_are_answered_as_set(either: Jira) -> None:
    headers = {"Retry-After": "7", "RateLimit-Reason": "jira-burst-based"}
    body = {"errorMessages": ["Rate limit exceeded."], "errors": {}}
    faults = [
        Fault("status", path="/issue/SHOP-2", status=429, headers=headers, body=body),
        Fault("status", path="/issue/SHOP-2", status=409, body=body),
        Fault("status", path="/issue/SHOP-2", status=503, headers={"Retry-After": "1"}),
    ]
    either.served.switches.faults += faults
    limited = either.bot.ask("PUT", "/issue/SHOP-2", json={"fields": {"summary": "A"}})
    assert limited.status_code == 429
    assert limited.headers["Retry-After"] == "7"
    assert limited.headers["RateLimit-Reason"] == "jira-burst-based"
    statuses = [either.bot.ask("GET", "/issue/SHOP-2").status_code for _ in range(3)]
    assert statuses == [409, 503, 200]
    assert either.bot.issue("SHOP-2")["summary"] == "Card"


def test_an_unknown_path_is_not_found_as_json(either: Jira) -> None:
    assert either.bot.refused("GET", "/nonsense")[0] == 404
    assert either.bot.refused("PATCH", "/issue/SHOP-2")[0] == 405


def test_fields_are_chosen_by_name_by_star_and_by_minus(either: Jira) -> None:
    def names(fields: str) -> set[str]:
        return set(either.bot.get("/issue/SHOP-3", fields=fields)["fields"])

    assert names("summary,nonsense") == {"summary"}
    assert "comment" in names("*all")
    assert "comment" not in names("*navigable")
    assert names("*all,-comment,-summary") == names("*all") - {"comment", "summary"}
    assert names("-summary") == names("*navigable") - {"summary"}


def test_the_history_tells_who_changed_what(cloud: Jira) -> None:
    cloud.bot.put("/issue/SHOP-2", {"fields": {"summary": "Cards", "priority": {"name": "Low"}}})
    (change,) = cloud.bot.get("/issue/SHOP-2/changelog")["values"]
    items = {item["fieldId"]: (item["fromString"], item["toString"]) for item in change["items"]}
    assert items == {"summary": ("Card", "Cards"), "priority": ("Medium", "Low")}
    assert change["author"]["accountId"] == "bot"
    expanded = cloud.bot.get("/issue/SHOP-2", expand="changelog")["changelog"]
    assert expanded["histories"] == [change]
