"""Hooks of the stand-in GitHub: what they are told, and how each delivery is recorded."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.sandbox.github import schemas
from tests.sandbox.github.conftest import Site
from tests.shared import shared_json

SHOP = "/repos/acme/shop"
HOOKS = SHOP + "/hooks"
ISSUES = SHOP + "/issues"
ALL = ["issues", "issue_comment", "label", "milestone", "sub_issues", "issue_dependencies"]


@dataclass
class Letter:
    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = json.loads(self.body)
        return payload

    @property
    def name(self) -> str:
        """Event and action: `issues.opened`."""
        action = self.payload.get("action")
        event = self.headers["X-GitHub-Event"]
        return f"{event}.{action}" if action else event


@dataclass
class Mailbox:
    """A receiver of webhooks."""

    url: str
    letters: list[Letter] = field(default_factory=list)
    status: int = 202
    open: threading.Event = field(default_factory=threading.Event)
    """While it is not set, the receiver answers nobody."""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            box.letters.append(Letter(dict(self.headers), body))
            box.open.wait(timeout=20)
            self.send_response(box.status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    box = Mailbox(f"http://127.0.0.1:{server.server_address[1]}/hook")
    box.open.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield box
    server.shutdown()
    thread.join()
    server.server_close()


def subscribe(github: Site, box: Mailbox, path: str = HOOKS, **more: Any) -> int:
    """A hook for everything; its id. The ping is delivered, and forgotten."""
    config = {"url": box.url, "content_type": "json", "secret": "s3cret"}
    answer = github.ada.post(path, {"config": config, "events": ALL, **more})
    assert answer.status_code == 201
    assert github.stand_in.settle()
    box.letters.clear()
    return int(answer.json()["id"])


def test_a_hook_is_created_read_changed_and_deleted(github: Site, mailbox: Mailbox) -> None:
    config = {"url": mailbox.url, "content_type": "json", "secret": "s3cret"}
    created = github.ada.post(HOOKS, {"name": "web", "config": config, "events": ["issues"]})
    assert created.status_code == 201
    hook = created.json()
    one = f"{HOOKS}/{hook['id']}"
    assert hook["config"]["secret"] == "********"
    assert hook["last_response"]["status"] == "unused"
    assert [each["id"] for each in github.ada.list(HOOKS)] == [hook["id"]]
    changes = {"add_events": ["label"], "remove_events": ["issues"], "active": False}
    changed = github.ada.patch(one, changes).json()
    assert (changed["events"], changed["active"]) == (["label"], False)
    assert changed["config"] == hook["config"]
    assert github.ada.patch(f"{one}/config", {"content_type": "form"}).status_code == 200
    assert github.ada.get(f"{one}/config").json()["content_type"] == "form"
    assert github.stand_in.settle()
    assert github.ada.delete(one).status_code == 204
    assert github.ada.get(one).status_code == 404


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"config": {}}, "missing_field"),
        ({"config": {"url": "https://example.com/hook"}}, "loopback"),
        ({"config": {"url": "http://10.0.0.1/hook"}}, "loopback"),
        ({"config": {"url": "file:///etc/passwd"}}, "loopback"),
        ({"config": {"url": "http://[::"}}, "loopback"),
        ({"config": {"url": "http://localhost.example.com/"}}, "loopback"),
        ({"config": {"url": "http://127.0.0.1/", "content_type": "xml"}}, "content_type"),
        ({"config": {"url": "http://127.0.0.1/"}, "events": ["projects_v2_item"]}, "not allowed"),
        ({"config": "http://127.0.0.1/"}, "object"),
    ],
)
def test_a_wrong_hook_is_refused_and_says_why(github: Site, body: dict[str, Any], why: str) -> None:
    answer = github.ada.post(HOOKS, body)
    assert answer.status_code == 422
    assert why in answer.text
    assert github.ada.list(HOOKS) == []


def test_the_same_hook_is_not_made_twice(github: Site, mailbox: Mailbox) -> None:
    subscribe(github, mailbox)
    answer = github.ada.post(HOOKS, {"config": {"url": mailbox.url}, "events": ["label"]})
    assert "Hook already exists on this repository" in answer.text


def test_an_event_has_at_most_twenty_hooks(github: Site) -> None:
    for number in range(21):
        body = {"config": {"url": f"http://127.0.0.1:9/{number}"}, "events": ["label"]}
        answer = github.ada.post(HOOKS, body | {"active": False})
    assert answer.status_code == 422
    assert len(github.ada.list(HOOKS)) == 20


def test_hooks_take_push_access(github: Site, mailbox: Mailbox) -> None:
    hook = subscribe(github, mailbox)
    for path in (HOOKS, f"{HOOKS}/{hook}", f"{HOOKS}/{hook}/deliveries"):
        assert github.eve.get(path).status_code == 404
    assert github.eve.delete(f"{HOOKS}/{hook}").status_code == 404


def test_a_new_hook_gets_a_ping(github: Site, mailbox: Mailbox) -> None:
    config = {"url": mailbox.url, "content_type": "json"}
    hook = github.ada.post(HOOKS, {"config": config, "events": ["issues"]}).json()
    assert github.stand_in.settle()
    [ping] = mailbox.letters
    assert ping.headers["X-GitHub-Event"] == "ping"
    assert ping.payload["hook_id"] == hook["id"]
    assert "X-Hub-Signature-256" not in ping.headers
    assert github.ada.post(f"{HOOKS}/{hook['id']}/pings").status_code == 204
    assert github.stand_in.settle()
    assert len(mailbox.letters) == 2


def test_each_event_is_signed_over_the_raw_body(github: Site, mailbox: Mailbox) -> None:
    hook = subscribe(github, mailbox)
    github.eve.post(ISSUES, {"title": "Grüße \U0001f600"})
    assert github.stand_in.settle()
    [letter] = mailbox.letters
    digest = hmac.new(b"s3cret", letter.body, hashlib.sha256).hexdigest()
    assert letter.headers["X-Hub-Signature-256"] == f"sha256={digest}"
    assert letter.headers["X-GitHub-Hook-ID"] == str(hook)
    assert letter.headers["Content-Type"] == "application/json"
    assert letter.payload["issue"]["title"] == "Grüße \U0001f600"
    assert letter.payload["sender"]["login"] == "eve"
    assert letter.payload["organization"]["login"] == "acme"


def test_a_form_hook_gets_the_payload_as_a_form(github: Site, mailbox: Mailbox) -> None:
    config = {"url": mailbox.url, "secret": "s3cret"}
    github.ada.post(HOOKS, {"config": config, "events": ["issues"]})
    assert github.stand_in.settle()
    [ping] = mailbox.letters
    digest = hmac.new(b"s3cret", ping.body, hashlib.sha256).hexdigest()
    assert ping.headers["X-Hub-Signature-256"] == f"sha256={digest}"
    [payload] = parse_qs(ping.body.decode())["payload"]
    told = json.loads(payload)
    assert told["hook"]["config"]["content_type"] == "form"


# The shape of a payload against a real one. What real ones have beside: parts of GitHub Apps, and
# what only some repositories or pull requests have.
ONLY_THERE = {"installation", "custom_properties", "draft", "pull_request"}
NO_EXAMPLE = {
    *("issues.closed", "issues.typed", "issues.untyped", "milestone.edited", "milestone.opened"),
    *("issue_dependencies", "sub_issues"),
}


def assert_shaped_like_a_real_one(letter: Letter) -> None:
    """Has every part that GitHub's own example has, down to the parts' parts."""
    event = letter.name.partition(".")[0]
    if {event, letter.name} & NO_EXAMPLE:
        return
    example = shared_json(f"webhooks/github/{letter.name}.payload.json")
    assert set(example) - set(letter.payload) <= ONLY_THERE
    for name, part in example.items():
        if isinstance(part, dict) and name not in {*ONLY_THERE, "changes"}:
            assert set(part) - set(letter.payload[name]) <= ONLY_THERE


Act = Callable[[Site], Any]


def tie(github: Site) -> None:
    sub = github.ada.get(f"{ISSUES}/2").json()["id"]
    github.ada.post(f"{ISSUES}/1/sub_issues", {"sub_issue_id": sub})


def untie(github: Site) -> None:
    sub = github.ada.get(f"{ISSUES}/4").json()["id"]
    github.ada.delete(f"{ISSUES}/2/sub_issue", {"sub_issue_id": sub})


def block(github: Site) -> None:
    blocker = github.ada.get(f"{ISSUES}/4").json()["id"]
    github.ada.post(f"{ISSUES}/1/dependencies/blocked_by", {"issue_id": blocker})


def unblock(github: Site) -> None:
    blocker = github.ada.get(f"{ISSUES}/1").json()["id"]
    github.ada.delete(f"{ISSUES}/2/dependencies/blocked_by/{blocker}")


def comment(github: Site, method: str) -> None:
    [first] = github.ada.list(f"{ISSUES}/1/comments")
    body = {"body": "Changed"} if method == "PATCH" else None
    github.ada.ask(method, f"{ISSUES}/comments/{first['id']}", body)


def close_and_open(github: Site) -> None:
    for state in ("closed", "open"):
        github.ada.patch(f"{SHOP}/milestones/1", {"state": state})


def make_with_everything(github: Site) -> None:
    more = {"labels": ["ui", "new"], "assignees": ["ada"], "milestone": 1}
    github.ada.post(ISSUES, {"title": "New", **more})


EVENTS: list[tuple[Act, list[str]]] = [
    (lambda g: g.eve.post(ISSUES, {"title": "New"}), ["issues.opened"]),
    (
        make_with_everything,
        [
            *("label.created", "issues.opened", "issues.labeled", "issues.labeled"),
            *("issues.assigned", "issues.milestoned"),
        ],
    ),
    (lambda g: g.ada.patch(f"{ISSUES}/1", {"title": "t", "body": "b"}), ["issues.edited"]),
    (lambda g: g.ada.patch(f"{ISSUES}/1", {"state": "closed"}), ["issues.closed"]),
    (lambda g: g.ada.patch(f"{ISSUES}/4", {"state": "open"}), ["issues.reopened"]),
    (lambda g: g.ada.patch(f"{ISSUES}/2", {"type": "Bug"}), ["issues.typed"]),
    (lambda g: g.ada.patch(f"{ISSUES}/1", {"type": None}), ["issues.untyped"]),
    (
        lambda g: g.ada.patch(f"{ISSUES}/1", {"milestone": 2}),
        ["issues.demilestoned", "issues.milestoned"],
    ),
    (
        lambda g: g.ada.patch(f"{ISSUES}/1", {"assignees": ["ben"]}),
        ["issues.unassigned", "issues.assigned"],
    ),
    (lambda g: g.ada.patch(f"{ISSUES}/1", {"labels": ["ui"]}), ["issues.unlabeled"]),
    (lambda g: g.ada.post(f"{ISSUES}/2/labels", ["ui"]), ["issues.labeled"]),
    (lambda g: g.ada.put(f"{ISSUES}/1/lock"), ["issues.locked"]),
    (lambda g: g.ada.delete(f"{ISSUES}/4/lock"), ["issues.unlocked"]),
    (lambda g: g.stand_in.lock("acme/shop", 1), ["issues.locked"]),
    (lambda g: g.stand_in.delete("acme/shop", 2), ["issues.deleted"]),
    (lambda g: g.stand_in.transfer("acme/shop", 2, "acme/stock"), ["issues.transferred"]),
    (
        lambda g: g.stand_in.convert_to_discussion("acme/shop", 1),
        ["issues.closed", "issues.locked"],
    ),
    (lambda g: g.eve.post(f"{ISSUES}/1/comments", {"body": "b"}), ["issue_comment.created"]),
    (lambda g: comment(g, "PATCH"), ["issue_comment.edited"]),
    (lambda g: comment(g, "DELETE"), ["issue_comment.deleted"]),
    (lambda g: g.ada.post(f"{SHOP}/labels", {"name": "l"}), ["label.created"]),
    (lambda g: g.ada.patch(f"{SHOP}/labels/ui", {"new_name": "l"}), ["label.edited"]),
    (lambda g: g.ada.delete(f"{SHOP}/labels/ui"), ["label.deleted"]),
    (lambda g: g.ada.post(f"{SHOP}/milestones", {"title": "m"}), ["milestone.created"]),
    (lambda g: g.ada.patch(f"{SHOP}/milestones/1", {"title": "m"}), ["milestone.edited"]),
    (close_and_open, ["milestone.closed", "milestone.opened"]),
    (lambda g: g.ada.delete(f"{SHOP}/milestones/1"), ["milestone.deleted"]),
    (tie, ["sub_issues.sub_issue_added", "sub_issues.parent_issue_added"]),
    (untie, ["sub_issues.sub_issue_removed", "sub_issues.parent_issue_removed"]),
    (block, ["issue_dependencies.blocked_by_added", "issue_dependencies.blocking_added"]),
    (unblock, ["issue_dependencies.blocked_by_removed", "issue_dependencies.blocking_removed"]),
    (lambda g: g.ada.patch(f"{ISSUES}/3", {"title": "A pull request"}), []),
    (lambda g: g.ada.patch(f"{ISSUES}/1", {"title": "Cart loses items"}), []),
    (lambda g: g.ada.post("/repos/acme/stock/issues", {"title": "Elsewhere"}), []),
]


@pytest.mark.parametrize(
    ("act", "names"),
    EVENTS,
    ids=lambda value: "+".join(value or "-") if isinstance(value, list) else "",
)
def test_each_change_is_told_once_and_in_githubs_form(
    github: Site, mailbox: Mailbox, act: Act, names: list[str]
) -> None:
    subscribe(github, mailbox)
    act(github)
    assert github.stand_in.settle()
    assert [letter.name for letter in mailbox.letters] == names
    if schemas.available():
        for letter in mailbox.letters:
            schemas.validate_event(letter.headers["X-GitHub-Event"], letter.payload)
            assert_shaped_like_a_real_one(letter)


def test_fields_that_come_and_go_are_told(github: Site, mailbox: Mailbox) -> None:
    seed = github.stand_in.dump()
    seed["organizations"]["acme"]["issue_fields"] = [{"name": "Points", "type": "number"}]
    github.stand_in.load(seed)
    subscribe(github, mailbox)
    field = github.ada.list("/orgs/acme/issue-fields")[0]["id"]
    said = {"issue_field_values": [{"field_id": field, "value": 3}]}
    github.ada.post(f"{ISSUES}/1/issue-field-values", said)
    github.ada.post(f"{ISSUES}/1/issue-field-values", said)
    github.ada.delete(f"{ISSUES}/1/issue-field-values/{field}")
    assert github.stand_in.settle()
    assert [one.name for one in mailbox.letters] == ["issues.field_added", "issues.field_removed"]
    for letter in mailbox.letters:
        assert letter.payload["issue_field"]["name"] == "Points"
        if schemas.available():
            schemas.validate_event("issues", letter.payload)


def test_changes_say_what_was_there_before(github: Site, mailbox: Mailbox) -> None:
    subscribe(github, mailbox)
    github.ada.patch(f"{ISSUES}/1", {"title": "New", "labels": ["ui"]})
    github.ada.patch(f"{SHOP}/labels/ui", {"new_name": "front"})
    assert github.stand_in.settle()
    edited, unlabeled, renamed = (letter.payload for letter in mailbox.letters)
    assert edited["changes"] == {"title": {"from": "Cart loses items"}}
    assert edited["issue"]["title"] == "New"
    assert unlabeled["label"]["name"] == "bug"
    assert renamed["changes"] == {"name": {"from": "ui"}}


def test_a_transfer_tells_both_repositories_where_it_went_and_came_from(
    github: Site, mailbox: Mailbox
) -> None:
    subscribe(github, mailbox)
    subscribe(github, mailbox, "/repos/acme/stock/hooks")
    old = github.ada.get(f"{ISSUES}/2").json()
    github.stand_in.transfer("acme/shop", 2, "acme/stock", by="ben")
    assert github.stand_in.settle()
    left, arrived = (letter.payload for letter in mailbox.letters)
    assert (left["action"], left["repository"]["full_name"]) == ("transferred", "acme/shop")
    assert left["changes"]["new_issue"] == arrived["issue"]
    assert left["changes"]["new_repository"]["full_name"] == "acme/stock"
    assert (arrived["action"], arrived["changes"]["old_issue"]["id"]) == ("opened", old["id"])
    assert arrived["sender"]["login"] == "ben"


def test_only_active_hooks_hear_and_only_what_they_asked_for(
    github: Site, mailbox: Mailbox
) -> None:
    hook = subscribe(github, mailbox, events=["label"])
    github.ada.post(ISSUES, {"title": "t"})
    github.ada.patch(f"{HOOKS}/{hook}", {"active": False})
    github.ada.post(f"{SHOP}/labels", {"name": "quiet"})
    github.ada.patch(f"{HOOKS}/{hook}", {"active": True, "events": ["*"]})
    github.ada.post(ISSUES, {"title": "loud"})
    assert github.stand_in.settle()
    assert [letter.payload["issue"]["title"] for letter in mailbox.letters] == ["loud"]


def test_a_delivery_is_recorded_and_sent_again_under_its_guid(
    github: Site, mailbox: Mailbox
) -> None:
    hook = subscribe(github, mailbox)
    mailbox.status = 500
    github.ada.post(ISSUES, {"title": "t"})
    assert github.stand_in.settle()
    deliveries = github.ada.list(f"{HOOKS}/{hook}/deliveries")
    assert [one["event"] for one in deliveries] == ["issues", "ping"]
    first = deliveries[0]
    assert (first["status_code"], first["redelivery"], first["action"]) == (500, False, "opened")
    one = f"{HOOKS}/{hook}/deliveries/{first['id']}"
    whole = github.ada.get(one).json()
    assert whole["request"]["payload"] == mailbox.letters[0].payload
    assert whole["response"]["payload"] == "ok"
    assert github.ada.get(f"{HOOKS}/{hook}").json()["last_response"]["code"] == 500
    mailbox.status = 202
    assert github.ada.post(f"{one}/attempts").status_code == 202
    assert github.stand_in.settle()
    sent, again = mailbox.letters
    assert again.headers["X-GitHub-Delivery"] == sent.headers["X-GitHub-Delivery"]
    assert again.body == sent.body
    newest = github.ada.list(f"{HOOKS}/{hook}/deliveries")[0]
    assert (newest["redelivery"], newest["status_code"]) == (True, 202)
    assert github.ada.get(f"{HOOKS}/{hook}/deliveries/1").status_code == 404
    github.ada.patch(f"{HOOKS}/{hook}", {"active": False})
    assert github.ada.post(f"{one}/attempts").status_code == 422


def test_a_receiver_that_is_not_there_is_a_failed_delivery(github: Site, mailbox: Mailbox) -> None:
    gone = Mailbox("http://127.0.0.1:9/hook")
    hook = subscribe(github, gone)
    [ping] = github.ada.list(f"{HOOKS}/{hook}/deliveries")
    assert (ping["status_code"], ping["status"]) == (502, "failed to connect to host")


def test_a_slow_receiver_keeps_no_answer_waiting(github: Site, mailbox: Mailbox) -> None:
    subscribe(github, mailbox)
    mailbox.open.clear()
    for number in range(3):
        assert github.ada.post(ISSUES, {"title": f"{number}"}).status_code == 201
    assert not github.stand_in.settle(timeout=0.1)
    mailbox.open.set()
    assert github.stand_in.settle()
    assert len(mailbox.letters) == 3
