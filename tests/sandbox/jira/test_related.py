"""Links, remote links, versions, and what there is to ask about a site."""

from typing import Any

import pytest

from tests.sandbox.jira.conftest import Jira, Start, words

REMOTE = "/issue/SHOP-2/remotelink"


def test_the_inward_issue_blocks_the_outward_one(either: Jira) -> None:
    sent = {
        "type": {"name": "Blocks"},
        "inwardIssue": {"key": "SHOP-3"},
        "outwardIssue": {"key": "SHOP-2"},
    }
    before = either.bot.issue("SHOP-2")["updated"]
    assert either.bot.ask("POST", "/issueLink", json=sent).status_code == 201
    assert either.bot.ask("POST", "/issueLink", json=sent).status_code == 201
    (blocker,) = either.bot.issue("SHOP-3")["issuelinks"]
    (blocked,) = either.bot.issue("SHOP-2")["issuelinks"]
    assert blocker["outwardIssue"]["key"] == "SHOP-2"
    assert blocked["inwardIssue"]["key"] == "SHOP-3"
    assert blocker["type"]["outward"] == "blocks"
    assert either.bot.issue("SHOP-2")["updated"] > before
    link = either.bot.get(f"/issueLink/{blocked['id']}")
    assert (link["inwardIssue"]["key"], link["outwardIssue"]["key"]) == ("SHOP-3", "SHOP-2")
    either.bot.delete(f"/issueLink/{blocked['id']}")
    assert either.bot.issue("SHOP-3")["issuelinks"] == []
    assert either.bot.issue("SHOP-2")["issuelinks"] == []
    assert either.bot.refused("DELETE", f"/issueLink/{blocked['id']}")[0] == 404


def test_a_deleted_issue_takes_its_links_along(either: Jira) -> None:
    sent = {
        "type": {"name": "Relates"},
        "inwardIssue": {"key": "SHOP-3"},
        "outwardIssue": {"key": "SHOP-4"},
    }
    either.bot.post("/issueLink", sent)
    either.bot.delete("/issue/SHOP-4")
    assert either.bot.issue("SHOP-3")["issuelinks"] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"type": {"name": "Odd"}}, 404),
        ({"inwardIssue": {"key": "SHOP-99"}}, 404),
        ({"outwardIssue": {}}, 404),
        ({"outwardIssue": {"key": "SHOP-3"}}, 400),
    ],
)
def test_a_link_that_cannot_be_is_refused(
    either: Jira, change: dict[str, Any], status: int
) -> None:
    sent = {
        "type": {"name": "Blocks"},
        "inwardIssue": {"key": "SHOP-3"},
        "outwardIssue": {"key": "SHOP-2"},
    }
    assert either.bot.refused("POST", "/issueLink", sent | change)[0] == status


def test_a_remote_link_is_one_for_each_global_id(either: Jira) -> None:
    target = {"url": "https://example.com/1", "title": "One", "summary": "S"}
    sent = {"globalId": "a", "object": target, "relationship": "mirrors"}
    created = either.bot.ask("POST", REMOTE, json=sent)
    assert created.status_code == 201
    short = {"url": "https://example.com/2", "title": "Two"}
    updated = either.bot.ask("POST", REMOTE, json={"globalId": "a", "object": short})
    assert (updated.status_code, updated.json()["id"]) == (200, created.json()["id"])
    (link,) = either.bot.get(REMOTE)
    assert link["object"] == short
    assert "relationship" not in link
    assert either.bot.get(REMOTE, globalId="a")["id"] == link["id"]
    either.bot.delete(REMOTE, globalId="a")
    assert either.bot.get(REMOTE) == []
    other = either.bot.post(REMOTE, {"object": short})
    either.bot.delete(f"{REMOTE}/{other['id']}")
    assert either.bot.refused("DELETE", f"{REMOTE}/{other['id']}")[0] == 404


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        ({}, {"url", "title"}),
        ({"object": {"url": "https://example.com"}}, {"title"}),
        ({"object": {"url": "nonsense", "title": "A"}}, {"url"}),
        (
            {"globalId": "x" * 256, "object": {"url": "https://a.example", "title": "A"}},
            {"globalId"},
        ),
    ],
)
def test_a_remote_link_needs_an_address_and_a_title(
    either: Jira, sent: dict[str, Any], at: set[str]
) -> None:
    assert set(either.bot.errors("POST", REMOTE, sent)) == at


def test_an_issue_holds_only_so_much(either: Jira) -> None:
    either.standin.quirks.limits.update(comments=0, links=0, remote_links=0)
    target = {"object": {"url": "https://example.com", "title": "A"}}
    link = {
        "type": {"name": "Blocks"},
        "inwardIssue": {"key": "SHOP-3"},
        "outwardIssue": {"key": "SHOP-2"},
    }
    comment = {"body": words(either, "A")}
    for path, sent in (
        (REMOTE, target),
        ("/issueLink", link),
        ("/issue/SHOP-2/comment", comment),
    ):
        assert either.bot.refused("POST", path, sent)[0] == 413


def test_versions_are_made_and_released(either: Jira) -> None:
    project = either.bot.get("/project/SHOP")
    sent = {"name": "3.0", "projectId": int(project["id"]), "releaseDate": "2026-03-01"}
    made = either.bot.post("/version", sent)
    assert (made["released"], made["archived"]) == (False, False)
    edited = either.bot.put(f"/version/{made['id']}", {"released": True, "description": "Third"})
    assert (edited["name"], edited["released"]) == ("3.0", True)
    listed = either.bot.get("/project/SHOP/versions")
    assert [version["name"] for version in listed] == ["1.0", "2.0", "3.0"]
    assert either.bot.get(f"/version/{made['id']}") == listed[2]
    told = either.bot.errors("POST", "/version", {"name": "1.0", "project": "SHOP"})
    assert "already exists" in told["name"]
    assert either.bot.errors("POST", "/version", {"project": "SHOP"})
    assert either.bot.refused("PUT", "/version/99", {"name": "A"})[0] == 404


def test_a_project_tells_its_types_statuses_components_and_priorities(start: Start) -> None:
    seed = {
        "projects": {
            "SHOP": {"priorities": ["High", "Low"], "types": ["Epic", "Story"]},
            "OPS": {"statuses": {"Open": "new", "Closed": "done"}, "components": ["Net"]},
        }
    }
    jira = start(seed)
    shop, ops = jira.bot.get("/project/SHOP"), jira.bot.get("/project/OPS")
    assert [type_["name"] for type_ in shop["issueTypes"]] == ["Epic", "Story"]
    (first, *_) = jira.bot.get("/project/OPS/statuses")
    categories = {one["name"]: one["statusCategory"]["key"] for one in first["statuses"]}
    assert categories == {"Open": "new", "Closed": "done"}
    assert [one["name"] for one in jira.bot.get("/project/OPS/components")] == ["Net"]
    names = [one["name"] for one in jira.bot.get("/priority")]
    assert names == ["High", "Low", "Highest", "Medium", "Lowest"]
    found = jira.bot.get("/priority/search", projectId=shop["id"])
    assert [one["name"] for one in found["values"]] == ["High", "Low"]
    assert found["isLast"]
    assert jira.bot.get("/priority/search", projectId=ops["id"])["total"] == 5
    told = jira.bot.errors(
        "POST",
        "/issue",
        {
            "fields": {
                "project": {"key": "SHOP"},
                "issuetype": {"name": "Story"},
                "summary": "A",
                "priority": {"name": "Medium"},
            }
        },
    )
    assert told == {"priority": "Priority name 'Medium' is not valid"}
    assert [one["key"] for one in jira.bot.get("/project")] == ["SHOP", "OPS"]


def test_agile_fields_are_known_by_their_type(either: Jira) -> None:
    custom = {
        field["schema"]["custom"].rpartition(":")[2]: field["id"]
        for field in either.bot.get("/field")
        if field["custom"]
    }
    agile = {
        "gh-lexo-rank": "customfield_10019",
        "gh-sprint": "customfield_10020",
        "float": "customfield_10026",
    }
    server = {"gh-epic-link": "customfield_10014", "gh-epic-label": "customfield_10011"}
    assert custom == (agile if either.cloud else agile | server)


def test_the_create_screen_of_each_type_is_told(either: Jira) -> None:
    path = "/issue/createmeta/SHOP/issuetypes"
    types = either.bot.get(path)["issueTypes" if either.cloud else "values"]
    ids = {type_["name"]: type_["id"] for type_ in types}
    screens = {}
    for name in ("Story", "Epic", "Sub-task"):
        answer = either.bot.get(f"{path}/{ids[name]}")
        found = answer["fields" if either.cloud else "values"]
        screens[name] = {field["fieldId"]: field["required"] for field in found}
    assert screens["Story"]["summary"]
    assert not screens["Story"]["description"]
    assert screens["Sub-task"]["parent"]
    assert ("parent" in screens["Story"]) == either.cloud
    assert ("customfield_10014" in screens["Story"]) != either.cloud
    assert screens["Epic"].get("customfield_10011", False) != either.cloud
    assert either.bot.refused("GET", f"{path}/99")[0] == 400
    assert either.bot.refused("GET", path, maxResults=201)[0] == 400
    assert either.bot.refused("GET", "/issue/createmeta/NONE/issuetypes")[0] == 404


def test_the_edit_screen_of_an_issue_is_told(either: Jira) -> None:
    fields = either.bot.get("/issue/SHOP-2/editmeta")["fields"]
    assert fields["labels"]["operations"] == ["add", "set", "remove"]
    names = [value["name"] for value in fields["priority"]["allowedValues"]]
    assert names == ["Highest", "High", "Medium", "Low", "Lowest"]
    assert "status" not in fields
    either.standin.archive("SHOP-2")
    assert either.bot.get("/issue/SHOP-2/editmeta") == {"fields": {}}


def test_people_are_found_by_how_they_begin(start: Start) -> None:
    people: dict[str, dict[str, Any]] = {
        "bot": {"displayName": "Bot"},
        "ann": {"displayName": "Ann Lee", "emailAddress": "lee@example.com"},
        "eve": {"displayName": "Eve", "permissions": ["BROWSE_PROJECTS"]},
        "old": {"displayName": "Anna", "active": False},
    }
    for flavour in ("cloud", "datacenter"):
        name = "accountId" if flavour == "cloud" else "name"
        query = "query" if flavour == "cloud" else "username"
        users = {
            f"{id_}@example.com:token" if flavour == "cloud" else f"{id_}-token": {
                name: id_,
                **details,
            }
            for id_, details in people.items()
        }
        jira = start({"users": users, "issues": [{"summary": "A"}]}, flavour)
        bot = jira.person(next(iter(users)))

        def found(bot: Any = bot, name: str = name, **parameters: str) -> list[str]:
            return [user[name] for user in bot.get("/user/search", **parameters)]

        assert found(**{query: "lee"}) == ["ann"]
        assert found(**{query: "an"}) == ["ann"]
        assert bot.refused("GET", "/user/search")[0] == 400
        assert bot.refused("GET", "/user/assignable/search", **{query: "a"})[0] == 400
        by_issue = {"issueKey": "SHOP-1", query: "ann"}
        assert [user[name] for user in bot.get("/user/assignable/search", **by_issue)] == ["ann"]
        assignable = bot.get("/user/assignable/search", project="SHOP", **{query: ""})
        assert [user[name] for user in assignable] == ["bot", "ann"]
        parameter = "accountId" if flavour == "cloud" else "username"
        assert bot.get("/user", **{parameter: "ann"})["displayName"] == "Ann Lee"
        assert bot.refused("GET", "/user", **{parameter: "none"})[0] == 404
        assert ("emailAddress" in bot.get("/user", **{parameter: "eve"})) is False
        if flavour == "cloud":
            assert found(accountId="ann") == ["ann"]
            assert found(query="ann@") == []


def test_permissions_are_named_where_they_are_asked_for(cloud: Jira, datacenter: Jira) -> None:
    assert cloud.bot.refused("GET", "/mypermissions")[0] == 400
    assert cloud.bot.refused("GET", "/mypermissions", permissions="NONSENSE")[0] == 400
    query = {"permissions": "EDIT_ISSUES", "projectKey": "NONE"}
    status, told = cloud.bot.refused("GET", "/mypermissions", **query)
    assert (status, told["errorMessages"]) == (404, ["No project could be found with key 'NONE'."])
    everything = datacenter.bot.get("/mypermissions", projectKey="SHOP")["permissions"]
    assert everything["SCHEDULE_ISSUES"]["havePermission"]


@pytest.mark.parametrize(
    "path", ["/resolution", "/status", "/issuetype", "/project/SHOP/components"]
)
def test_names_are_listed_with_their_ids(either: Jira, path: str) -> None:
    listed = either.bot.get(path)
    assert listed
    assert all(entry["id"] and entry["name"] and entry["self"] for entry in listed)


def test_link_types_and_levels_are_listed(either: Jira) -> None:
    types = either.bot.get("/issueLinkType")["issueLinkTypes"]
    assert {"name": "Blocks", "inward": "is blocked by", "outward": "blocks"}.items() <= types[
        0
    ].items()
    levels = either.bot.get("/project/SHOP/securitylevel")["levels"]
    assert [level["name"] for level in levels] == ["Internal"]
