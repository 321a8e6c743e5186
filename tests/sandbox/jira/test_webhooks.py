"""Webhooks: what is sent, how it is signed, and when it is sent again."""

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.sandbox.jira.conftest import SHOP, Jira, Start
from tests.shared import shared, shared_json

HOOKS = "/rest/webhooks/1.0/webhook"
EVENTS = [
    *(f"jira:issue_{done}" for done in ("created", "updated", "deleted")),
    *(f"comment_{done}" for done in ("created", "updated", "deleted")),
    "issuelink_created",
    "issuelink_deleted",
    *(f"jira:version_{done}" for done in ("created", "updated", "released")),
]


class Ear:
    """An HTTP server that hears what is sent, and answers as it is told."""

    def __init__(self) -> None:
        self.heard: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        self.answers: list[int] = []
        ear = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.put(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(ear.answers.pop(0) if ear.answers else 202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def next(self) -> tuple[dict[str, str], dict[str, Any]]:
        headers, body = self.heard.get(timeout=5)
        return headers, json.loads(body)

    def silent(self) -> bool:
        try:
            self.heard.get(timeout=0.3)
        except queue.Empty:
            return True
        return False


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.server.shutdown()
    ear.server.server_close()


def listen(jira: Jira, ear: Ear, **more: Any) -> Any:
    sent = {"name": "test", "url": ear.url, "events": EVENTS, "secret": "sesame"}
    return jira.bot.post(HOOKS, sent | more)


def test_webhooks_are_made_listed_and_deleted(either: Jira, ear: Ear) -> None:
    made = listen(either, ear)
    assert "secret" not in made
    assert either.bot.get(HOOKS) == [made]
    path = made["self"].partition("/jira")[2]
    assert either.bot.get(path) == made
    either.bot.delete(path)
    assert either.bot.get(HOOKS) == []
    assert either.bot.refused("GET", path)[0] == 404
    either.bot.create()
    assert ear.silent()


@pytest.mark.parametrize(
    "change", [{"url": "https://example.com/hook"}, {"url": 1}, {"events": "x"}, {"events": [1]}]
)
def test_only_this_machine_is_told(either: Jira, ear: Ear, change: dict[str, Any]) -> None:
    sent = {"name": "test", "url": ear.url, "events": EVENTS} | change
    assert either.bot.refused("POST", HOOKS, sent)[0] == 400


def test_only_administrators_make_webhooks(start: Start, ear: Ear) -> None:
    jira = start({"users": {"a@example.com:b": {"permissions": ["BROWSE_PROJECTS"]}}})
    sent = {"name": "test", "url": ear.url, "events": EVENTS}
    assert jira.person("a@example.com:b").refused("POST", HOOKS, sent)[0] == 403


def test_cloud_signs_the_body_and_numbers_the_delivery(cloud: Jira, ear: Ear) -> None:
    listen(cloud, ear)
    cloud.bot.create()
    headers, body = ear.heard.get(timeout=5)
    signature = hmac.new(b"sesame", body, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature"] == f"sha256={signature}"
    assert headers["x-atlassian-webhook-identifier"]
    assert "x-atlassian-webhook-retry" not in headers


def test_data_center_signs_nothing_and_does_not_try_again(datacenter: Jira, ear: Ear) -> None:
    listen(datacenter, ear)
    ear.answers = [503]
    datacenter.bot.create()
    headers, event = ear.next()
    assert not [name for name in headers if name.startswith("x-")]
    assert event["user"]["name"] == "bot"
    assert ear.silent()


def test_cloud_sends_again_under_the_same_identifier(cloud: Jira, ear: Ear) -> None:
    listen(cloud, ear)
    ear.answers = [503, 429, 200]
    cloud.bot.create()
    heard = [ear.heard.get(timeout=5) for _ in range(3)]
    assert len({headers["x-atlassian-webhook-identifier"] for headers, _ in heard}) == 1
    assert len({body for _, body in heard}) == 1
    assert [headers.get("x-atlassian-webhook-retry") for headers, _ in heard] == [None, "1", "2"]
    ear.answers = [404]
    cloud.bot.create()
    assert ear.next()
    assert ear.silent(), "a 404 is final"


def test_a_listener_that_is_gone_delays_nobody(cloud: Jira, ear: Ear) -> None:
    cloud.standin.quirks.retries = 1
    listen(cloud, ear, url="http://127.0.0.1:9/hook")
    listen(cloud, ear)
    cloud.bot.create()
    assert ear.next()[1]["webhookEvent"] == "jira:issue_created"


def test_a_created_issue_is_told_with_its_description_as_text(either: Jira, ear: Ear) -> None:
    listen(either, ear)
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": "Words"}]}
    document = {"type": "doc", "version": 1, "content": [paragraph]}
    key = either.bot.create(description=document if either.cloud else "Words", labels=["a"])
    _, event = ear.next()
    assert event["webhookEvent"] == "jira:issue_created"
    assert event["issue"]["key"] == key
    assert event["issue"]["fields"]["description"] == "Words"
    items = {item["field"]: item["toString"] for item in event["changelog"]["items"]}
    assert {"summary": "New", "description": "Words", "labels": "a"}.items() <= items.items()


def test_an_edit_is_told_with_what_changed(either: Jira, ear: Ear) -> None:
    listen(either, ear)
    values: dict[str, Any] = {"fixVersions": [{"name": "1.0"}], "customfield_10026": 2}
    either.bot.put("/issue/SHOP-2", {"fields": values | {"summary": "Cards"}})
    _, event = ear.next()
    assert (event["webhookEvent"], event["issue_event_type_name"]) == (
        "jira:issue_updated",
        "issue_updated",
    )
    items = {item["field"]: item for item in event["changelog"]["items"]}
    assert set(items) == {"Fix Version", "Story Points", "summary"}
    assert items["summary"]["fromString"] == "Card"
    assert items["Story Points"]["fieldtype"] == "custom"
    assert items["Fix Version"]["toString"] == "1.0"
    assert ("fieldId" in items["summary"]) == either.cloud
    assert "emailAddress" not in event["user"]
    either.bot.put("/issue/SHOP-2", {"fields": {"summary": "Cards"}})
    assert ear.silent(), "nothing changed"


def test_a_transition_and_an_assignment_are_told_by_their_kind(cloud: Jira, ear: Ear) -> None:
    listen(cloud, ear)
    (first, *_) = cloud.bot.get("/issue/SHOP-2/transitions")["transitions"]
    cloud.bot.post("/issue/SHOP-2/transitions", {"transition": {"id": first["id"]}})
    cloud.bot.put("/issue/SHOP-2", {"fields": {"assignee": {"accountId": "bot"}}})
    events = [ear.next()[1] for _ in range(2)]
    assert [event["issue_event_type_name"] for event in events] == [
        "issue_generic",
        "issue_assigned",
    ]


def test_a_move_in_the_order_is_told_without_its_ends(either: Jira, ear: Ear) -> None:
    listen(either, ear)
    before = either.bot.issue("SHOP-5")["updated"]
    body = {"issues": ["SHOP-5"], "rankBeforeIssue": "SHOP-1"}
    either.bot.put("/rest/agile/1.0/issue/rank", body)
    _, event = ear.next()
    (item,) = event["changelog"]["items"]
    assert (item["field"], item["from"], item["to"]) == ("Rank", None, None)
    assert (item["fromString"], item["toString"]) == ("", "ranked higher")
    assert event["issue"]["fields"]["updated"] == before


def test_deletes_moves_comments_links_and_versions_are_told(cloud: Jira, ear: Ear) -> None:
    listen(cloud, ear)
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": "Words"}]}
    comment = {"body": {"type": "doc", "version": 1, "content": [paragraph]}}
    made = cloud.bot.post("/issue/SHOP-2/comment", comment)
    cloud.bot.put(f"/issue/SHOP-2/comment/{made['id']}", comment)
    cloud.bot.delete(f"/issue/SHOP-2/comment/{made['id']}")
    events = [ear.next()[1] for _ in range(3)]
    assert [event["webhookEvent"] for event in events] == [
        f"comment_{done}" for done in ("created", "updated", "deleted")
    ]
    assert events[0]["comment"]["body"] == "Words"
    assert "description" not in events[0]["issue"]["fields"]
    link = {
        "type": {"name": "Blocks"},
        "inwardIssue": {"key": "SHOP-3"},
        "outwardIssue": {"key": "SHOP-2"},
    }
    cloud.bot.post("/issueLink", link)
    events = [ear.next()[1] for _ in range(3)]
    assert [event["webhookEvent"] for event in events] == [
        "jira:issue_updated",
        "jira:issue_updated",
        "issuelink_created",
    ]
    ids = [int(cloud.bot.get(f"/issue/SHOP-{number}")["id"]) for number in (3, 2)]
    shown = events[2]["issueLink"]
    assert [shown["sourceIssueId"], shown["destinationIssueId"]] == ids
    version = cloud.bot.post("/version", {"name": "9", "project": "SHOP"})
    cloud.bot.put(f"/version/{version['id']}", {"description": "Nine"})
    cloud.bot.put(f"/version/{version['id']}", {"released": True})
    assert [ear.next()[1]["webhookEvent"] for _ in range(3)] == [
        f"jira:version_{done}" for done in ("created", "updated", "released")
    ]
    cloud.standin.move("SHOP-4", "OPS")
    fields = [item["field"] for item in ear.next()[1]["changelog"]["items"]]
    assert fields == ["project", "Key"]
    cloud.standin.delete("SHOP-5")
    _, event = ear.next()
    assert (event["webhookEvent"], event["issue"]["key"]) == ("jira:issue_deleted", "SHOP-5")


def test_a_webhook_hears_what_its_query_finds(cloud: Jira, ear: Ear) -> None:
    listen(cloud, ear, filters={"issue-related-events-section": "issuetype = Bug"})
    cloud.bot.create()
    cloud.bot.create(issuetype={"name": "Bug"})
    assert ear.next()[1]["issue"]["key"] == "SHOP-7"
    assert ear.silent()


def test_a_webhook_whose_query_means_nothing_hears_nothing(cloud: Jira, ear: Ear) -> None:
    listen(cloud, ear, filters={"issue-related-events-section": "nonsense"})
    cloud.bot.create()
    assert ear.silent()


def test_webhooks_outlive_a_load(cloud: Jira, ear: Ear) -> None:
    listen(cloud, ear)
    cloud.standin.load(SHOP)
    cloud.bot.create()
    assert ear.next()


EXAMPLES = {
    "cloud": {
        "jira:issue_created": "webhook-cloud-issue-created-many-fields.json",
        "jira:issue_updated": "webhook-issue-updated-rank.json",
        "jira:issue_deleted": "webhook-issue-deleted.json",
        "comment_created": "webhook-cloud-comment-created.json",
    },
    "datacenter": {
        "jira:issue_updated": "webhook-server-issue-updated-many-fields.json",
        "comment_created": "webhook-server-comment-created.json",
    },
}


def shape(value: Any) -> Any:
    """Names and types, however deep; nothing of what may be empty."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where we say what they do not say, or say otherwise."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            difference
            for name, inner in ours.items()
            if name in theirs
            for difference in differences(inner, theirs[name], f"{path}.{name}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list):
        return differences(ours[0], theirs[0], f"{path}[]") if ours and theirs else []
    return [] if ours == theirs else [f"{path}: {ours}, not {theirs}"]


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_payloads_have_the_shape_of_real_ones(start: Start, ear: Ear, flavour: str) -> None:
    shared("webhooks/jira")
    jira = start(SHOP, flavour)
    listen(jira, ear)
    body: Any = "Words"
    if jira.cloud:
        paragraph = {"type": "paragraph", "content": [{"type": "text", "text": "Words"}]}
        body = {"type": "doc", "version": 1, "content": [paragraph]}
    jira.bot.create(description=body, labels=["a"], components=[{"name": "Front"}])
    jira.bot.put("/issue/SHOP-2", {"fields": {"labels": ["b"]}})
    jira.bot.post("/issue/SHOP-2/comment", {"body": body})
    jira.standin.delete("SHOP-4")
    events = [ear.next()[1] for _ in range(4)]
    compared = 0
    for event in events:
        example = EXAMPLES[flavour].get(event["webhookEvent"])
        if example is None:
            continue
        theirs = shared_json(f"webhooks/jira/{example}")
        for payload in (event, theirs):
            fields = payload.get("issue", {}).get("fields", {})
            for name in [name for name in fields if name.startswith("customfield_")]:
                del fields[name]  # each site has its own
        assert set(event) == set(theirs)
        assert differences(shape(event), shape(theirs)) == []
        compared += 1
    assert compared == len(EXAMPLES[flavour])
