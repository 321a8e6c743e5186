"""Whole runs over the workflows, resolutions, links and kinds of Jira, until nothing is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.acceptance.shop import Flavour, Shop, shop

STORY = """---
kind: story
{more}
---
# {title}

A text.
"""


class Open(Protocol):
    def __call__(
        self, files: Mapping[str, str], jira: list[dict[str, Any]] = ..., **project: Any
    ) -> Shop: ...


@pytest.fixture(params=["cloud", "datacenter"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return "cloud" if request.param == "cloud" else "datacenter"


@pytest.fixture
def opened(tmp_path: Path, flavour: Flavour) -> Iterator[Open]:
    with ExitStack() as stack:

        def start(
            files: Mapping[str, str], jira: list[dict[str, Any]] | None = None, **project: Any
        ) -> Shop:
            named = {f"items/{name}.md": text for name, text in files.items()}
            return stack.enter_context(
                shop(tmp_path, flavour=flavour, files=named, jira=jira or (), project=project)
            )

        yield start


def story(title: str, **more: str) -> str:
    return STORY.format(title=title, more="\n".join(f"{k}: {v}" for k, v in more.items()))


def text(place: Shop, name: str) -> str:
    return (place.items / f"{name}.md").read_text(encoding="utf-8")


def change(place: Shop, name: str, old: str, new: str) -> None:
    held = text(place, name)
    assert old in held, held
    (place.items / f"{name}.md").write_text(held.replace(old, new), encoding="utf-8")


def issue(place: Shop, title: str) -> dict[str, Any]:
    issues: list[dict[str, Any]] = place.jira_stand_in.dump()["issues"]
    return next(one for one in issues if one["summary"] == title)


SCREEN = (
    "summary description labels issuetype priority parent resolution components duedate estimate "
    "fixVersions assignee"
)
EDITABLE = {"edit": SCREEN.split()}


def test_a_jira_that_closes_all_alike_is_said_so_once_and_decides_nothing(opened: Open) -> None:
    place = opened({"a": story("Twice", status="cancelled", resolution="duplicate")})
    result = place.run("apply", "--yes")
    assert result.code == 1
    assert "put the field Resolution on the screen" in result.out + result.err
    assert issue(place, "Twice")["resolution"] == "Done"
    for _ in range(2):
        assert place.plan()["edits"] == []
        place.run("apply", "--yes")
        assert "status: cancelled" in text(place, "a")
        assert "resolution: duplicate" in text(place, "a")


def test_what_people_say_by_the_resolution_arrives_everywhere(opened: Open) -> None:
    place = opened(
        {"a": story("Twice", status="cancelled", resolution="duplicate")}, screens=EDITABLE
    )
    place.apply()
    place.settled()
    assert issue(place, "Twice")["resolution"] == "Duplicate"
    id_ = issue(place, "Twice")["id"]
    place.jira.ask("PUT", f"issue/{id_}", {"fields": {"resolution": {"name": "Won't Do"}}})
    place.apply()
    place.settled()
    assert "status: cancelled" in text(place, "a")
    assert "duplicate" not in text(place, "a")
    place.jira.ask("PUT", f"issue/{id_}", {"fields": {"resolution": {"name": "Done"}}})
    place.apply()
    place.settled()
    assert "status: done" in text(place, "a")
    change(place, "a", "status: done", "status: todo")
    place.apply()
    place.settled()
    assert issue(place, "Twice")["status"] == "To Do"


def test_related_items_are_linked_once_and_parted_once(opened: Open) -> None:
    place = opened({"a": story("One"), "b": story("Two")})
    place.apply()
    ids = [text(place, name).partition("id: ")[2].partition("\n")[0] for name in ("a", "b")]
    for name, other in (("a", ids[1]), ("b", ids[0])):
        change(place, name, "kind: story", f"kind: story\nrelates_to: [{other}]")
    place.apply()
    place.settled()
    links = [link for one in ("One", "Two") for link in issue(place, one).get("links", ())]
    assert [link["type"] for link in links] == ["Relates"]
    [link] = place.jira.ask("GET", f"issue/{issue(place, 'Two')['id']}")["fields"]["issuelinks"]
    place.jira.ask("DELETE", f"issueLink/{link['id']}")
    place.apply()
    place.settled()
    assert ids[1] not in text(place, "a")
    assert ids[0] not in text(place, "b")


def test_an_item_that_becomes_a_subtask_keeps_its_issue(opened: Open, flavour: Flavour) -> None:
    place = opened({"a": story("One"), "b": story("Two")})
    place.apply()
    parent = text(place, "a").partition("id: ")[2].partition("\n")[0]
    before = issue(place, "Two")["id"]
    change(place, "b", "kind: story", f"kind: subtask\nparent: {parent}")
    result = place.run("apply", "--yes")
    after = issue(place, "Two")
    assert after["id"] == before
    assert place.plan()["edits"] == []
    assert "kind: subtask" in text(place, "b")
    if flavour == "cloud":
        assert result.code == 0
        assert (after["type"], after["parent"]) == ("Sub-task", issue(place, "One")["key"])
    else:
        assert result.code == 1
        assert "convert it in Jira" in result.out + result.err
        assert after["type"] == "Story"
