"""Files attached to issues of the stand-in."""

from __future__ import annotations

from typing import Any

import requests

from tests.sandbox.jira.conftest import Jira
from tests.sandbox.jira.test_schemas import conforms

TOKEN = {"X-Atlassian-Token": "no-check"}


def upload(site: Jira, *files: tuple[str, bytes], headers: Any = TOKEN) -> requests.Response:
    sent = [("file", (name, content, "text/plain")) for name, content in files]
    return site.bot.ask("POST", "/issue/SHOP-2/attachments", files=sent, headers=headers)


def test_what_is_attached_is_shown_and_read_back(either: Jira) -> None:
    before = either.bot.issue("SHOP-2")["updated"]
    response = upload(either, ("a b.txt", b"one\r\n\x00"), ("ü.txt", b"two"))
    assert response.status_code == 200
    assert [one["filename"] for one in response.json()] == ["a b.txt", "ü.txt"]
    held = either.bot.issue("SHOP-2")
    assert held["attachment"] == response.json()
    assert held["updated"] != before
    first = held["attachment"][0]
    assert (first["size"], first["mimeType"]) == (6, "text/plain")
    content = either.bot.session.get(first["content"], headers=dict(either.bot.headers), timeout=10)
    assert content.content == b"one\r\n\x00"
    public = f"{either.served.url}/jira/secure/attachment/{first['id']}/a%20b.txt"
    assert requests.get(public, headers=dict(either.bot.headers), timeout=10).text[:3] == "one"
    assert either.bot.get(f"/attachment/{first['id']}")["filename"] == "a b.txt"


def test_its_answers_conform(cloud: Jira) -> None:
    conforms("getIssue", 200, cloud.bot.get("/issue/SHOP-2"))
    upload(cloud, ("a.txt", b"one"))
    conforms("getIssue", 200, cloud.bot.get("/issue/SHOP-2"))


def test_an_upload_says_that_it_is_no_forgery(either: Jira) -> None:
    assert upload(either, ("a.txt", b"one"), headers={}).status_code == 403
    assert either.bot.issue("SHOP-2")["attachment"] == []


def test_limits_are_told_and_kept(either: Jira) -> None:
    either.standin.quirks.largest = 3
    assert either.bot.get("/attachment/meta") == {"enabled": True, "uploadLimit": 3}
    assert upload(either, ("a.txt", b"four")).status_code == 413
    assert upload(either, ("a.txt", b"one")).status_code == 200
    either.standin.quirks.attachments = False
    assert either.bot.get("/attachment/meta") == {"enabled": False}
    assert upload(either, ("a.txt", b"one")).status_code == 403


def test_what_is_no_form_with_a_file_is_refused(either: Jira) -> None:
    response = either.bot.ask("POST", "/issue/SHOP-2/attachments", json={"a": 1}, headers=TOKEN)
    assert response.status_code == 415
    assert (
        either.bot.ask(
            "POST", "/issue/SHOP-2/attachments", files=[("other", ("a", b"b"))], headers=TOKEN
        ).status_code
        == 400
    )


def test_an_attachment_is_deleted(either: Jira) -> None:
    [one] = upload(either, ("a.txt", b"one")).json()
    either.bot.delete(f"/attachment/{one['id']}")
    assert either.bot.issue("SHOP-2")["attachment"] == []
    assert either.bot.refused("GET", f"/attachment/{one['id']}")[0] == 404
