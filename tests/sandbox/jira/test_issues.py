"""Issues by key: what Jira takes, keeps and refuses."""

import pytest

from tests.sandbox.jira.conftest import Jira, Start

UNKNOWN = "Issue does not exist or you do not have permission to see it."


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


def test_only_issues_that_are_there_are_moved_deleted_and_archived(cloud: Jira) -> None:
    standin = cloud.standin
    for change in (standin.delete, standin.archive):
        with pytest.raises(KeyError, match="SHOP-99"):
            change("SHOP-99")
    with pytest.raises(KeyError, match="NONE"):
        standin.move("SHOP-3", "NONE")
    assert cloud.bot.get("/issue/SHOP-3")["key"] == "SHOP-3"


def test_an_archived_issue_is_read_only(either: Jira) -> None:
    either.standin.archive("SHOP-3")
    assert either.bot.issue("SHOP-3")["summary"] == "Cash"
    status, _ = either.bot.refused("PUT", "/issue/SHOP-3", {"fields": {"summary": "A"}})
    assert status == 403
    either.standin.archive("SHOP-3", archived=False)
    either.bot.put("/issue/SHOP-3", {"fields": {"summary": "A"}})


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
