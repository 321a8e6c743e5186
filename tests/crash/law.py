"""What holds after any history, once nothing goes wrong any more."""

from __future__ import annotations

import json
from typing import Any

from sync.backlog import Backlog
from sync.model import CLOSED, Item, dump
from sync.state import Journal, Store
from tests.crash.history import History, Made

TRACKERS = ("jira", "github", "files")


def settle(history: History) -> None:
    """Two runs, and there is nothing left to do. What is in conflict is so until people agree;
    then one run more, and all sides do."""
    switches = history.made.served.switches
    switches.faults.clear()
    switches.lag = 0.0
    for _ in range(2):
        code = history.apply("--retry", "--full")
    assert code == 0, history.log()
    plan = _settled(history)
    _nothing_lost(history, plan)
    if plan["conflicts"]:
        _agree(history, plan)
        assert history.apply() == 0, history.log()
        plan = _settled(history)
        assert not plan["conflicts"], json.dumps(plan["conflicts"])
    backlog = history.backlog()
    _no_twin(history, backlog)
    _alike(history, backlog)
    _nothing_closed(history, backlog)
    _heard(history, backlog)


def _settled(history: History) -> Any:
    plan = history.made.run("plan", "--format", "json").json
    left = {name: plan[name] for name in ("edits", "moves", "pairings") if plan[name]}
    assert not left, json.dumps(left)
    return plan


def _agree(history: History, plan: Any) -> None:
    """On each side that is in conflict somebody writes the same: what the backlog has, where it
    stands against a tracker by itself."""
    links = history.backlog().links
    for conflict in plan["conflicts"]:
        assert conflict["field"] == "title", conflict
        title = conflict["sides"].get("backlog") or history.word("Agreed ")
        for tracker in conflict["sides"].keys() - {"backlog"}:
            [key] = [
                link.record.key for link in links[tracker].values() if link.item == conflict["item"]
            ]
            history.call(tracker, key, title)


def _nothing_lost(history: History, plan: Any) -> None:
    """Each edit is in the backlog, in a conflict, or in the journal."""
    backlog = history.backlog()
    store = Store(f"sqlite:///{history.made.folder / 'state.db'}")
    entries = Journal(store.engine).entries("shop", limit=100_000)
    store.close()
    in_conflict = {(one["item"], one["field"]) for one in plan["conflicts"]}
    for made in history.edits:
        links = [one for one in backlog.links_of(made.tracker) if one.record.key == made.key]
        assert links, f"{made.key} is tied to nothing"
        item = links[0].item
        journal = [
            text
            for one in entries
            if one.item == item and one.field == made.name
            for text in (json.dumps(one.before), json.dumps(one.after))
        ]
        there = _shows(backlog.items[item], made) or (item, made.name) in in_conflict
        assert there or any(json.dumps(made.value) in text for text in journal), made


def _no_twin(history: History, backlog: Backlog) -> None:
    """Each item is there once on each side, but where people took its record away."""
    assert len(backlog.items) == history.items
    for tracker in TRACKERS:
        away = {link.item for link in backlog.links_of(tracker) if link.gone}
        assert len(history.keys(tracker)) == history.items - len(away), tracker


def _alike(history: History, backlog: Backlog) -> None:
    """What is tied together is the same: each side shows the item's title."""
    for tracker in TRACKERS:
        shown = history.made.records(tracker)
        called = {record.id: title for title, record in shown.items()}
        for link in backlog.links_of(tracker):
            title = backlog.items[link.item].title
            assert link.gone or called[link.record.id] == title, (tracker, link.record.key)


def _nothing_closed(history: History, backlog: Backlog) -> None:
    """What is closed, a person closed in Jira: nobody closes anything elsewhere."""
    brought = {link.item for link in backlog.links_of("jira") if link.record.key in history.brought}
    closed = {id for id, item in backlog.items.items() if item.values.get("status") in CLOSED}
    assert closed <= brought


def _heard(history: History, backlog: Backlog) -> None:
    """Each comment is there once, and its copy is; where a record was taken away, with it."""
    jira = json.dumps([one.get("comments") for one in history.on_jira()])
    github = json.dumps([one.get("comments") for one in history.on_github()])
    items = {link.record.key: link.item for link in backlog.links_of("github")}
    away = {
        link.item for name in ("jira", "github") for link in backlog.links_of(name) if link.gone
    }
    for text, key in history.said.items():
        for shown in (jira, github):
            count = shown.count(f'{text}"') + shown.count(f"{text}\\n")
            assert count == 1 or (count == 0 and items.get(key) in away), text


def _shows(item: Item, made: Made) -> bool:
    value = dump(item.values.get(made.name))
    return made.value in value if isinstance(value, list) else made.value == value
