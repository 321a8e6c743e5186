"""A plan for people: what an apply would do, why, and what it leaves to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from rich.console import RenderableType
from rich.text import Text

from sync.model import TrackerName, dump
from sync.plain import plain
from sync.plan import Edit, LabelEdit, Placement, Plan, ReleaseConflict, ReleaseEdit
from sync.report.conflicts import (
    NOBODY,
    Touches,
    conflict_lines,
    conflict_parts,
    release_heading,
    release_value,
)
from sync.report.findings import INCOMPLETE, finding_lines, finding_parts
from sync.report.layout import aligned, block, heading, rendered, rows, word
from sync.report.markdown import BREAK, code, headed, safe, table
from sync.report.where import NO_KEYS, Keys
from sync.report.wording import (
    NOTHING,
    Titles,
    called,
    change_words,
    count,
    field_rank,
    value_words,
)

BESIDE = ("release", "label")
"""What many plans have none of: said only where there is some."""


def plan_table(
    plan: Plan,
    titles: Titles,
    width: int | None = None,
    color: bool = False,
    touches: Touches = NOBODY,
) -> str:
    """For a terminal. `titles` of the items that the plan names; `width` in columns."""
    return rendered(_parts(plan, titles, touches), width, color)


def plan_markdown(
    plan: Plan, titles: Titles, touches: Touches = NOBODY, keys: Keys = NO_KEYS
) -> str:
    """For a comment or a page; nothing in it is a mention, a reference or markup of others."""
    lines = [f"## Plan for {safe(plan.backlog)}", "", plan_summary(plan)]
    if not plan.complete:
        lines += ["", INCOMPLETE]
    for tracker, edits in _by_tracker(plan).items():
        lines += headed(3, f"{tracker}: {_actions(edits)}")
        cells = (_edit_cells(edit, titles) for edit in edits)
        lines += table(("action", "key", "item", "changes", "because"), cells)
    for title, head, entries in _sections(plan, titles):
        lines += headed(3, title) if entries else []
        lines += table(head, map(_section_cells, entries))
    lines += conflict_lines(plan, titles, touches)
    return "\n".join([*lines, *finding_lines(plan.findings, keys=keys)]) + "\n"


def plan_summary(plan: Plan) -> str:
    """`2 creates, 1 update, 0 moves, 0 conflicts, 3 findings`; `0 changes` where all is done."""
    if not plan.pending:
        findings = count(len(plan.findings), "finding")
        return f"0 changes, {findings}" if plan.findings else "0 changes"
    counts = {noun: n for noun, n in plan.summary.items() if n or noun not in BESIDE}
    parts = [count(number, noun) for noun, number in counts.items()]
    if plan.pairings:
        parts.append(count(len(plan.pairings), "pairing"))
    if plan.proposals:
        parts.append(count(len(plan.proposals), "proposal"))
    return ", ".join(parts)


def _parts(plan: Plan, titles: Titles, touches: Touches) -> Iterator[RenderableType]:
    yield Text(f"Plan for {plain(plan.backlog)}", "bold")
    yield from change_parts(plan, titles)
    yield from conflict_parts(plan, titles, touches)
    yield from finding_parts(plan.findings)
    yield Text("")
    if not plan.complete:
        yield Text(INCOMPLETE, "yellow")
    yield Text(plan_summary(plan), "bold")


def change_parts(plan: Plan, titles: Titles) -> Iterator[RenderableType]:
    """What it would write, tracker by tracker."""
    for tracker, edits in _by_tracker(plan).items():
        yield from heading(f"{plain(tracker)}: {_actions(edits)}")
        yield from rows(_edit_row(edit, titles) for edit in edits)
    for title, _, entries in _sections(plan, titles):
        yield from heading(title) if entries else ()
        yield from rows(_section_row(entry) for entry in entries)


def _by_tracker(plan: Plan) -> dict[TrackerName, list[Edit]]:
    return {
        tracker: [edit for edit in plan.edits if edit.tracker == tracker]
        for tracker in sorted({edit.tracker for edit in plan.edits})
    }


def _actions(edits: Sequence[Edit]) -> str:
    number = Counter(edit.action for edit in edits)
    return ", ".join(count(number[action], action) for action in sorted(number))


def _edit_title(edit: Edit, titles: Titles) -> str:
    change = edit.fields.get("title")
    created = str(change.after or "") if change and edit.action == "create" else ""
    return called(edit.item, titles if edit.item in titles else {edit.item: created})


def edit_changes(edit: Edit, titles: Titles) -> list[tuple[str, str]]:
    """Field and words: what changes, or what a new record shows beside its title."""
    values = {
        name: (dump(change.before), dump(change.after))
        for name, change in sorted(edit.fields.items(), key=lambda one: field_rank(one[0]))
    }
    if edit.action == "update":
        return [(name, change_words(name, *pair, titles)) for name, pair in values.items()]
    new = {name: value_words(name, after, titles) for name, (_, after) in values.items()}
    return [(name, words) for name, words in new.items() if name != "title"]


def _edit_row(edit: Edit, titles: Titles) -> tuple[Text, ...]:
    pairs = [(plain(name), words) for name, words in edit_changes(edit, titles)]
    if edit.action == "update":
        changes = list(aligned(pairs))
    else:  # all at once: there are many, and they are all new
        changes = [Text("; ".join(f"{name} {words}" for name, words in pairs))] if pairs else []
    because = Text(f"because {plain(edit.because)}", "dim")
    cell = block([_edit_title(edit, titles), *changes, because])
    return word(edit.action), Text(plain(edit.key or NOTHING)), cell


def _edit_cells(edit: Edit, titles: Titles) -> tuple[str, ...]:
    changes = BREAK.join(safe(f"{name}: {words}") for name, words in edit_changes(edit, titles))
    key = code(edit.key) if edit.key else NOTHING
    return edit.action, key, safe(_edit_title(edit, titles)), changes, safe(edit.because)


Section: TypeAlias = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""Heading, columns and entries, in untrusted words."""


def _sections(plan: Plan, titles: Titles) -> tuple[Section, ...]:
    pairings = [
        (one.tracker, one.key, called(one.item, titles), f"by {one.by}") for one in plan.pairings
    ]
    moves = [
        (one.tracker, one.key or NOTHING, called(one.item, titles), _place(one, titles))
        for one in plan.moves
    ]
    return (
        *_release_sections(plan),
        _label_section(plan),
        (
            f"Records that show an item already: {count(len(pairings), 'pairing')}",
            ("tracker", "key", "item", "recognised"),
            pairings,
        ),
        _proposal_section(plan, titles),
        (f"Order: {count(len(moves), 'move')}", ("tracker", "key", "item", "to"), moves),
    )


def _proposal_section(plan: Plan, titles: Titles) -> Section:
    entries = [
        (
            one.tracker,
            one.key,
            called(one.other, titles),
            f"may be {', '.join(one.keys.values())} {called(one.item, titles)}, "
            f"by {one.by}: {one.score:.2f}",
        )
        for one in plan.proposals
    ]
    title = f"To be decided with `onebacklog adopt`: {count(len(entries), 'proposal')}"
    return title, ("tracker", "key", "item", "proposed"), entries


def _release_sections(plan: Plan) -> tuple[Section, Section]:
    edits = [
        (one.tracker, one.release, one.action, f"{_changes(one)}{_because(one)}")
        for one in plan.releases
    ]
    conflicts = [(one.field, one.release, *_release_sides(one)) for one in plan.release_conflicts]
    return (
        (
            f"Releases: {count(len(edits), 'edit')}",
            ("tracker", "release", "action", "changes"),
            edits,
        ),
        (
            release_heading(plan),
            ("field", "release", "before", "values"),
            conflicts,
        ),
    )


def _label_section(plan: Plan) -> Section:
    edits = [
        (one.tracker, one.label, one.action, f"{_changes(one)}{_of_items(one)}{_because(one)}")
        for one in plan.vocabulary
    ]
    title = f"Labels themselves: {count(len(edits), 'edit')}"
    return title, ("tracker", "label", "action", "changes"), edits


def _of_items(edit: LabelEdit) -> str:
    """What has it, where it gets another name."""
    return f", on {count(edit.items, 'item')}" if edit.items else ""


def _because(edit: LabelEdit | ReleaseEdit) -> str:
    return f", because {edit.because}"


def _changes(edit: LabelEdit | ReleaseEdit) -> str:
    """`due — → 2026-01-31, done no → yes`; of a new one, what it has."""
    new = edit.action == "create"
    return ", ".join(
        f"{name} {release_value(to)}"
        if new
        else f"{name} {release_value(old)} → {release_value(to)}"
        for name, (old, to) in edit.fields.items()
    )


def _release_sides(conflict: ReleaseConflict) -> tuple[str, str]:
    sides = sorted(conflict.sides.items())
    words = ", ".join(f"{tracker}: {release_value(value)}" for tracker, value in sides)
    return f"before: {release_value(conflict.base)}", words


def _section_row(entry: Sequence[str]) -> tuple[Text, ...]:
    tracker, key, title, more = map(plain, entry)
    return Text(tracker), Text(key), Text.assemble(title, "  ", (more, "dim"))


def _section_cells(entry: Sequence[str]) -> tuple[str, ...]:
    tracker, key, title, more = entry
    return safe(tracker), key if key == NOTHING else code(key), safe(title), safe(more)


def _place(move: Placement, titles: Titles) -> str:
    below = move.after_key or (called(move.after, titles) if move.after else None)
    above = move.before_key or (called(move.before, titles) if move.before else None)
    parts = [f"below {below}" if below else "to the top"]
    if above:
        parts.append(f"above {above}")
    return ", ".join(parts)
