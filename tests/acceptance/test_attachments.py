"""Files attached in Jira: shown elsewhere by their addresses, and kept by their names in Jira."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.shop import Flavour, Shop, shop

FILES = [
    {"name": "shot.png", "content": "old", "created": "2026-01-01T00:00:00.000Z"},
    {"name": "shot.png", "content": "new", "created": "2026-01-02T00:00:00.000Z"},
    {"name": "spec (2).pdf", "content": "x"},
    {"name": "a_b.png", "content": "x"},
]
WIKI = """Look:

!shot.png|thumbnail!

Also !a_b.png!, [^spec (2).pdf], [the spec|^spec (2).pdf], !gone.png! and !https://x.example/y.png!.

{code}
!shot.png!
{code}

Last line."""


def media(name: str, id: str) -> dict[str, Any]:
    attrs = {"type": "file", "id": id, "collection": "c", "alt": name, "width": 10, "height": 20}
    inner = [{"type": "media", "attrs": attrs}]
    return {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": inner}


def words(text: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


ADF = {
    "type": "doc",
    "version": 1,
    "content": [words("Look:"), media("shot.png", "u1"), media("gone.png", "u2"), words("Last.")],
}


def issue(flavour: Flavour) -> dict[str, Any]:
    description = ADF if flavour == "cloud" else WIKI
    return {
        "type": "Story",
        "summary": "Checkout",
        "priority": "Medium",
        "description": description,
        "attachments": FILES,
        "comments": [{"author": "ada", "body": description}],
    }


def raw(made: Shop) -> Any:
    return made.jira.ask("GET", "issue/SHOP-1")["fields"]["description"]


def address(made: Shop, name: str) -> str:
    """Where the latest file of that name is."""
    held = made.jira.ask("GET", "issue/SHOP-1")["fields"]["attachment"]
    latest = max((one for one in held if one["filename"] == name), key=lambda one: one["created"])
    quoted = name.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
    return f"{made.served.url}/jira/secure/attachment/{latest['id']}/{quoted}"


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_texts_show_files_by_their_addresses_and_jira_keeps_its_own(
    flavour: Flavour, tmp_path: Path
) -> None:
    with shop(tmp_path, flavour=flavour, jira=[issue(flavour)]) as made:
        made.configure("    comments: {from: [jira], to: [github]}")
        before = raw(made)
        made.apply()
        made.settled()
        body = made.github.call("GET", "/issues/1")["body"]
        [comment] = made.github.call("GET", "/issues/1/comments")
        for text in (body, comment["body"]):
            assert f"]({address(made, 'shot.png')}" in text
            assert "gone.png" in text
        if flavour == "datacenter":
            assert f"![a_b.png]({address(made, 'a_b.png')})" in body
            assert f"[spec (2).pdf]({address(made, 'spec (2).pdf')})" in body
            assert f"[the spec]({address(made, 'spec (2).pdf')})" in body
            assert "!shot.png!" in body
        assert raw(made) == before
        body = body.replace("Look:", "Look, please:")
        made.github.call("PATCH", "/issues/1", body=body)
        made.apply()
        made.settled()
        assert raw(made) == _edited(before)


def _edited(native: Any) -> Any:
    if isinstance(native, str):
        return native.replace("Look:", "Look, please:")
    return {**native, "content": [words("Look, please:"), *native["content"][1:]]}


def test_a_picture_that_is_placed_elsewhere_is_the_issues_own_in_wiki_markup(
    tmp_path: Path,
) -> None:
    with shop(tmp_path, flavour="datacenter", jira=[issue("datacenter")]) as made:
        made.apply()
        body = made.github.call("GET", "/issues/1")["body"]
        more = f"Again: ![]({address(made, 'a_b.png')})"
        made.github.call("PATCH", "/issues/1", body=body.replace("Last line.", more))
        made.apply()
        made.settled()
        assert raw(made).replace("\r\n", "\n").endswith("Again: !a_b.png!")


def test_an_address_that_people_wrote_in_jira_stays_one(tmp_path: Path) -> None:
    one = {**issue("datacenter"), "description": "Start.", "comments": []}
    with shop(tmp_path, flavour="datacenter", jira=[one]) as made:
        written = f"Start.\n\n!{address(made, 'shot.png')}!\n\nEnd."
        made.jira.ask("PUT", "issue/SHOP-1", {"fields": {"description": written}})
        made.apply()
        body = made.github.call("GET", "/issues/1")["body"]
        made.github.call("PATCH", "/issues/1", body=body.replace("Start.", "Begin."))
        made.apply()
        made.settled()
        assert raw(made) == written.replace("Start.", "Begin.")
