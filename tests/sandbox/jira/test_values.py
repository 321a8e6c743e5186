"""What is sent for fields: what Jira keeps of it, and what it refuses."""

import json
from typing import Any

import pytest

from adapters.sandbox.jira import adf
from tests.sandbox.jira.conftest import Jira, Start
from tests.shared import shared


def doc(*texts: dict[str, Any]) -> dict[str, Any]:
    paragraph = {"type": "paragraph", "content": list(texts)}
    return {"type": "doc", "version": 1, "content": [paragraph]}


def text(words: str, *marks: str) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "text", "text": words}
    return node | ({"marks": [{"type": mark} for mark in marks]} if marks else {})


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


NOT_DOCUMENTS = {
    "atlaskit-unsupported-content.json": "a node that is misspelt",
    "mdadf/001.json": "a paragraph in a paragraph",
    "adfbridge/033.json": "a text outside a paragraph",
    "marklas/043.json": "a node that issues do not have",
    "marklas/044.json": "another",
}


def test_real_documents_are_valid() -> None:
    root = shared("markup-corpus/adf")
    invalid = {
        str(path.relative_to(root))
        for path in root.rglob("*.json")
        if not adf.is_valid(json.loads(path.read_text(encoding="utf-8")))
    }
    assert invalid == set(NOT_DOCUMENTS)
