"""The rule hygiene: what lies about: stale, ownerless, unestimated, late or half closed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import Literal, TypeAlias, get_args

from sync.likeness import Likeness, told_apart
from sync.model import Item, ItemId
from sync.plain import plain
from sync.rules.view import Breach, View, number, quote, several

Check: TypeAlias = Literal[
    "stale", "owner", "estimate", "story", "due", "release", "children", "duplicates"
]
CHECKS: tuple[Check, ...] = get_args(Check)
USUAL: tuple[Check, ...] = ("due", "release", "children")
TWINS = 20
"""So many items of one title are looked at for each that reads alike."""

STORY = re.compile(
    r"\bas an?\b.+\bi (?:want|need|would like|can)\b"  # English
    r"|\bals\b.+\b(?:möchte|will|brauche|kann) ich\b"  # German
    r"|\ben tant qu[e'’].+\bje (?:veux|souhaite|voudrais|peux)\b"  # French
    r"|\bcomo\b.+\b(?:quiero|necesito|deseo)\b",  # Spanish
    re.IGNORECASE | re.DOTALL,
)
"""`As a buyer, I want …`: who wants what. Why (`so that …`) is good to have, and not asked for."""


@dataclass(frozen=True, slots=True)
class Hygiene:
    """The options of the rule hygiene."""

    checks: Collection[Check] = USUAL
    """`stale`: an open item that nobody touched for `stale_days`; `owner`: work without anybody
    assigned; `estimate`: work without an estimate; `story`: a story that does not say who wants
    what; `due`: a day that has passed; `release`: one that is overdue, or done, with open items;
    `children`: a closed item with open ones below it; `duplicates`: open items with titles that
    read alike, unless each has a word that tells it from the other (`as PDF`, `as CSV`), or a
    relation between them says that somebody knows."""
    stale_days: int = 90
    statuses: Collection[str] = ("in_progress", "in_review")
    """What counts as work, for `owner` and `estimate`."""
    alike: float = 0.9
    """From 0 to 1: how alike titles of `duplicates` are."""


def hygiene(view: View, options: Hygiene) -> Iterator[Breach]:
    """Judges each open item by itself; a closed one by its children. Has no fixes."""
    if view.mending:
        return
    checks = {
        "stale": _stale,
        "owner": _owner,
        "estimate": _estimate,
        "story": _story,
        "due": _due,
    }
    chosen = [check for name, check in checks.items() if name in options.checks]
    for item in view.open():
        for check in chosen:
            yield from check(view, item, options)
    if "release" in options.checks:
        yield from _releases(view)
    if "children" in options.checks:
        yield from _children(view)
    if "duplicates" in options.checks:
        yield from _duplicates(view, options)


def _stale(view: View, item: Item, options: Hygiene) -> Iterator[Breach]:
    touched = view.touched.get(item.id)
    if touched is not None and view.now - touched > timedelta(days=options.stale_days):
        days = (view.now - touched).days
        yield Breach(
            item.id,
            f"{view.name(item)} was last touched {number(days, 'day')} ago: "
            "do it, say why it waits, or close it.",
            "info",
        )


def _owner(view: View, item: Item, options: Hygiene) -> Iterator[Breach]:
    if item.status in options.statuses and not item.assignees:
        yield Breach(
            item.id,
            f"{view.name(item)} is {_spoken(item.status)} and nobody is assigned: "
            "assign who does it, or put it back.",
        )


def _estimate(view: View, item: Item, options: Hygiene) -> Iterator[Breach]:
    if item.status in options.statuses and item.estimate is None:
        yield Breach(
            item.id,
            f"{view.name(item)} is {_spoken(item.status)} without an estimate: give it one.",
        )


def _story(view: View, item: Item, options: Hygiene) -> Iterator[Breach]:
    said = f"{item.title}\n{item.description}"
    if item.kind == "story" and not STORY.search(said):
        yield Breach(
            item.id,
            f"{view.name(item)} does not say who wants what: write it as "
            "“As a …, I want …, so that …”.",
            "info",
        )


def _due(view: View, item: Item, options: Hygiene) -> Iterator[Breach]:
    if item.due and item.due < view.now.date().isoformat():
        yield Breach(
            item.id,
            f"{view.name(item)} was due on {plain(item.due)}: do it, or agree on another day.",
        )


def _releases(view: View) -> Iterator[Breach]:
    """One finding a release, whatever its number of open items."""
    waiting: dict[str, list[Item]] = defaultdict(list)
    for item in view.open():
        if item.release is not None and item.release in view.releases:
            waiting[item.release].append(item)
    today = view.now.date().isoformat()
    for name, items in sorted(waiting.items()):
        due, done = view.releases[name]
        names = several(view.name(item) for item in items)
        many, them = number(len(items), "open item"), "it" if len(items) == 1 else "them"
        if done:
            yield Breach(
                None,
                f"The release {quote(name)} is done with {many}: {names}. "
                f"Close {them}, or give {them} another release.",
            )
        elif due and due < today:
            yield Breach(
                None,
                f"The release {quote(name)} was due on {due} and has {many}: {names}. "
                f"Release it without {them}, or move its day.",
            )


def _children(view: View) -> Iterator[Breach]:
    below: dict[ItemId, list[Item]] = defaultdict(list)
    for item in replace(view, kinds=None, but=frozenset()).open():
        if item.parent:
            below[item.parent].append(item)
    for item in view.judged():
        if item.closed and (children := below.get(item.id)):
            names = several(view.name(child) for child in children)
            them = "it" if len(children) == 1 else "them"
            yield Breach(
                item.id,
                f"{view.name(item)} is {_spoken(item.status)} with {len(children)} of its "
                f"children still open: {names}. Close {them} or move {them} elsewhere, or reopen "
                "the parent.",
            )


def _duplicates(view: View, options: Hygiene) -> Iterator[Breach]:
    """Each pair once, at the item that stands lower."""
    by_title: dict[str, list[Item]] = defaultdict(list)
    items = view.open()
    for item in items:
        by_title[item.title].append(item)
    similar: dict[str, set[str]] = defaultdict(set)
    for one, other in Likeness(options.alike).pairs(by_title, by_title):
        if not told_apart(one, other):
            similar[one].add(other)
            similar[other].add(one)
    place = {item.id: at for at, item in enumerate(items)}
    for item in items:
        near = [
            other
            for title in sorted(similar[item.title])
            for other in islice(by_title[title], TWINS)
            if place[other.id] < place[item.id] and not _parted(item, other)
        ]
        if near:
            near.sort(key=lambda other: place[other.id])
            yield Breach(
                item.id,
                f"{view.name(item)} reads like {several(view.name(other) for other in near)}: "
                "close one as a duplicate, or relate them if they are not the same.",
                "info",
            )


def _parted(one: Item, other: Item) -> bool:
    """Does a relation say so, or are they parts of different items?"""
    parts = "subtask" in (one.kind, other.kind) and one.parent != other.parent
    return parts or one.id in _related(other) or other.id in _related(one)


def _related(item: Item) -> frozenset[ItemId]:
    above = frozenset({item.parent or ""})
    return item.relates_to | item.duplicates | item.blocked_by | above


def _spoken(status: str | None) -> str:
    return plain(status or "").replace("_", " ")
