"""Every field by every carrier of every flavour: written, read back, compared; and the page of it.

Each place is a stand-in over real HTTP, or a folder. Fields and carriers are put together so that
one item takes as many of them at once as can stand side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.base import Carrier, Comments, Setup
from adapters.files import Files
from adapters.github.adapter import GitHub
from adapters.github.capabilities import CAPABILITIES as ON_GITHUB
from adapters.github.carriers import DEFAULTS as GITHUB_DEFAULTS
from adapters.jira import Jira
from adapters.jira.capabilities import CARRIERS as ON_JIRA
from adapters.jira.capabilities import FIELD_TYPES, FieldType
from adapters.jira.carriers import DEFAULTS as JIRA_DEFAULTS
from adapters.sandbox.server import Served
from sync.model import COMMENTS, EMPTY, FIELDS, Comment, FieldName, Schema, Shape, Value, as_set
from sync.planner.lens import Lens
from sync.tracker import Adapter, Change, Create, Record, Twin, Unmapped, Update
from tests.adapters.test_jira import EDITED
from tests.contract import SAMPLES

OWN: Schema = {
    "team_line": Shape.LINE,
    "team_text": Shape.TEXT,
    "team_number": Shape.NUMBER,
    "team_date": Shape.DATE,
    "team_set": Shape.SET,
    "team_items": Shape.ITEMS,
    "team_address": Shape.LINE,
    "team_person": Shape.LINE,
    "team_people": Shape.SET,
    COMMENTS: Shape.COMMENTS,
}
"""A field of the team's own of each shape."""
SCHEMA: Schema = {**FIELDS, **OWN}
FIXED = ("title", "description", "status", "labels", "assignees")
"""Fields that have one place on every tracker."""
SAID = Comment("other:1", "Ada", "2026-11-24T10:00:00.000Z", "*Yes*: `a`")
REPLIED = Comment("other:2", "Bob", "2026-11-24T11:00:00.000Z", "- or\n- not")
ALWAYS = ("title", "kind", "status")
"""Every item has these, by their usual carriers where they are not what is tried."""
VALUES: Mapping[FieldName, tuple[Value, Value]] = {
    **SAMPLES,
    "parent": ("one", "two"),
    "blocked_by": (frozenset({"one", "two"}), frozenset({"two"})),
    "relates_to": (frozenset({"one"}), frozenset({"one", "two"})),
    "duplicates": (frozenset({"one"}), frozenset({"two"})),
    "team_line": ("Blue sky", "Red: alert"),
    "team_text": ("A *text*.\n\n- of two", "A text.\n\n- of two\n- or three"),
    "team_number": (8.0, 2.5),
    "team_date": ("2026-11-24", "2027-02-28"),
    "team_set": (frozenset({"North", "Far West"}), frozenset({"North"})),
    "team_items": (frozenset({"one"}), frozenset({"two"})),
    "team_address": ("https://acme.example/a?b=c", "https://acme.example/"),
    "team_person": ("ada", "bob"),
    "team_people": (frozenset({"ada"}), frozenset({"ada", "bob"})),
    COMMENTS: ((SAID,), (SAID._replace(text="*No*"), REPLIED)),
}
WORDS = sorted(
    {str(v) for name in VALUES if SCHEMA[name] is Shape.LINE for v in VALUES[name]}
    | {e for name in VALUES if SCHEMA[name] is Shape.SET for v in VALUES[name] for e in as_set(v)}
)
"""Every word that a list of options has to offer."""
LINKED = [name for name, shape in SCHEMA.items() if shape is Shape.ITEMS]


@dataclass(frozen=True, slots=True)
class Way:
    """One carrier that a place offers."""

    carrier: str | None
    """As the settings name it, with `{field}` for the field's name; None: under its own name."""
    shapes: tuple[Shape, ...] = ()
    only: FieldName | None = None
    shown: str = ""
    """As the page names it."""
    loss: str = ""

    def takes(self, name: FieldName) -> bool:
        if self.only or name in FIXED:
            return self.only == name
        return SCHEMA[name] in self.shapes and name != COMMENTS

    def of(self, name: FieldName) -> str | None:
        return self.carrier and self.carrier.format(field=name)


COPIES = Way(None, only=COMMENTS, shown="comments", loss="copies of comments made elsewhere")
"""How comments come to a tracker."""


@dataclass(frozen=True, slots=True)
class Place:
    """A flavour of a tracker: what it offers, and how to reach it."""

    title: str
    ways: tuple[Way, ...]
    adapter: Callable[[Setup], Adapter]
    usual: Mapping[FieldName, str]
    """Field → the carrier that it has without settings."""
    users: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one field by one carrier."""

    field: FieldName
    carrier: str
    result: str
    """`equal`, or what was not."""
    loss: str


# Trying


def rows(place: Place) -> Iterator[Row]:
    """One for each field and carrier of the place, in the fields' order."""
    results = {
        pair: result
        for number, group in enumerate(_groups(place))
        for pair, result in _tried(place, group, f"item{number}").items()
    }
    losses = {way.shown: way.loss for way in place.ways}
    for name in SCHEMA:
        for shown, loss in losses.items():
            if (name, shown) in results:
                yield Row(name, shown, results[name, shown], loss)


NOT_HERE = "not here: "
"""What the result begins with where the place does not offer the carrier at all."""
Pair = tuple[FieldName, str]
"""A field, and how the page names a carrier."""


def _groups(place: Place) -> list[dict[FieldName, Way]]:
    """All pairs, as few items as will do: no field twice in one, and no carrier."""
    groups: list[dict[FieldName, Way]] = []
    for way in place.ways:
        for name in filter(way.takes, SCHEMA):
            for group in groups:
                used = {one.of(other) for other, one in group.items()}
                if name in group or {name, *group} >= {"status", "resolution"}:
                    continue  # of what is open, there is none
                if way.carrier is None or way.of(name) not in used:
                    group[name] = way
                    break
            else:
                groups.append({name: way})
    return groups


def _tried(place: Place, group: Mapping[FieldName, Way], item: str) -> dict[Pair, str]:
    """Makes an item with first values, gives it second ones, empties it; reads after each."""
    setup = _setup(place, group)
    values: list[dict[FieldName, Value]] = [
        {name: VALUES[name][step] for name in group} for step in (0, 1)
    ]
    values.append({name: EMPTY[SCHEMA[name]] for name in group if name not in ALWAYS})
    basic = {"title": "Round trip", "kind": "story", "status": "todo"}
    if "resolution" in group:
        basic["status"] = "cancelled"
    said: dict[FieldName, str] = {}
    twins = _others(place)
    before: dict[FieldName, Value] = {**basic, **values[0]}
    [outcome] = place.adapter(setup).create([Create(item, before)], twins)
    facts = place.adapter(setup).open()
    for name in set(group) - facts.fields:
        said[name] = f"{NOT_HERE}{facts.cannot.get(name, '').partition(':')[0]}"
    for step, after in enumerate(("created", "changed", "emptied")):
        assert outcome.record is not None, outcome
        record = _read(place.adapter(setup), outcome.record)
        for name in values[step]:
            why = outcome.refused.get(name) or _differs(place, setup, record, twins, name, before)
            if why and name not in said:
                said[name] = f"when {after}: {why}"
        if outcome.error:
            said |= dict.fromkeys(set(values[step]) - set(said), f"when {after}: {outcome.error}")
        if step + 1 < len(values):
            changes = {n: Change(before[n], value) for n, value in values[step + 1].items()}
            adapter = place.adapter(setup)
            adapter.open()
            [outcome] = adapter.update([Update(item, record, changes)], twins)
            before = {**before, **values[step + 1]}
    return {(name, way.shown): said.get(name, "equal") for name, way in group.items()}


def _setup(place: Place, group: Mapping[FieldName, Way]) -> Setup:
    """Carries what is tried, and what every item has; nothing else."""
    carriers: dict[FieldName, Carrier | None] = {}
    for name in SCHEMA:
        if name in group:
            carrier = group[name].of(name)
            if carrier is not None:
                carriers[name] = Carrier.parse(carrier)
        elif name not in ALWAYS:
            carriers[name] = None
    comments = Comments(read=True, write=True) if COMMENTS in group else Comments()
    return Setup("place", SCHEMA, carriers, comments=comments, users=place.users)


def _others(place: Place) -> dict[str, Twin]:
    """Two items that others refer to."""
    adapter = place.adapter(Setup("place", users=place.users))
    adapter.open()
    creates = [Create(name, {"title": name, "kind": "epic"}) for name in ("one", "two")]
    made = {one.item: one.record for one in adapter.create(creates, {})}
    return {item: Twin(r.id, r.key, r.url) for item, r in made.items() if r is not None}


def _read(adapter: Adapter, record: Record) -> Record:
    adapter.open()
    [found] = adapter.get([record.id]).records
    return found


def _differs(
    place: Place,
    setup: Setup,
    record: Record,
    twins: Mapping[str, Twin],
    name: FieldName,
    wanted: Mapping[FieldName, Value],
) -> str | None:
    """What the record says instead of the value that was written, as a fresh adapter reads it."""
    facts = place.adapter(setup).open()
    if name not in facts.fields:
        return None  # said already
    items = {twin.id: item for item, twin in twins.items()}
    items |= {twin.key: item for item, twin in twins.items()}
    lens = Lens(facts, SCHEMA, items)
    value = wanted[name]
    try:
        said = lens.decode(name, record.shown[name], EMPTY[SCHEMA[name]])
        if said != value and lens.shows(name, value, record.shown[name]):
            said = lens.decode(name, record.shown[name], value)
    except Unmapped as error:
        return str(error)
    return None if said == value else f"{value!r} reads {said!r}"


# The places


def limits(*said: str) -> str:
    """What a carrier needs, and what does not survive it."""
    return "; ".join(filter(None, said))


def files(folder: Path) -> Place:
    shapes = tuple(shape for shape in Shape if shape is not Shape.CRITERIA)
    ways = (
        Way(None, shapes, shown="front matter"),
        Way(None, only="title", shown="the heading"),
        Way(None, only="description", shown="the text"),
        Way(None, only="acceptance_criteria", shown="a section of the text"),
        *(Way(None, only=name, shown="front matter") for name in ("status", "labels", "assignees")),
    )
    return Place("Files", ways, lambda setup: Files(setup, path=folder), {})


def github(served: Served, enterprise: str | None = None) -> Place:
    def adapter(setup: Setup) -> Adapter:
        return GitHub(
            setup,
            repository="acme/shop",
            token="t-bot",
            url=f"{served.url}/github" + ("/api/v3" if enterprise else ""),
            project=1,
        )

    named = {
        "issue-field": {
            Shape.LINE: ("Text", "Select"),
            Shape.NUMBER: ("Number",),
            Shape.DATE: ("Day",),
            Shape.SET: ("Several",),
        },
        "project-field": {
            Shape.LINE: ("Words", "Choice", "Iteration"),
            Shape.NUMBER: ("Points",),
            Shape.DATE: ("Until",),
        },
    }
    ways: list[Way] = []
    for kind, one in ON_GITHUB.items():
        said = limits(f"needs {', '.join(one.needs)}" if one.needs else "", one.loss)
        if kind in named:
            for shape, names in named[kind].items():
                ways += [
                    Way(
                        f"{kind}/{name}",
                        (shape,),
                        shown=f"{kind}/NAME ({name})",
                        loss=said,
                    )
                    for name in names
                ]
        else:
            argument = "/{field}" if one.argument else ""
            shown = f"{kind}/{one.argument}" if one.argument else kind
            ways.append(Way(f"{kind}{argument}", one.holds, one.only, shown, said))
    ways.append(COPIES)
    usual = {
        name: f"{one.kind}/{one.argument}" if one.argument else one.kind
        for name, one in GITHUB_DEFAULTS.items()
    }
    title = f"GitHub Enterprise Server {enterprise}" if enterprise else "GitHub"
    return Place(title, tuple(ways), adapter, usual)


ENTERPRISE = "3.18"
GITHUB_SEED: Mapping[str, Any] = {
    "users": {"t-bot": "bot", "t-ada": "ada", "t-bob": "bob"},
    "organizations": {
        "acme": {
            "issue_types": WORDS,
            "issue_fields": [
                {"name": "Text", "type": "text"},
                {"name": "Select", "type": "single_select", "options": WORDS},
                {"name": "Number", "type": "number"},
                {"name": "Day", "type": "date"},
                {"name": "Several", "type": "multi_select", "options": WORDS},
            ],
        }
    },
    "repositories": {"acme/shop": {"private": True, "push": ["bot", "ada", "bob"]}},
    "projects": [
        {
            "owner": "acme",
            "fields": [
                {"name": "Words", "type": "text"},
                {"name": "Choice", "type": "single_select", "options": WORDS},
                {
                    "name": "Iteration",
                    "type": "iteration",
                    "iterations": [{"title": word, "start": "2026-11-23"} for word in WORDS],
                },
                {"name": "Points", "type": "number"},
                {"name": "Until", "type": "date"},
            ],
        }
    ],
}
JIRA_TYPES: Mapping[str, tuple[FieldType, FieldName | None]] = {
    "text": ("line", None),
    "paragraph": ("text", None),
    "number": ("number", None),
    "date": ("date", None),
    "datetime": ("datetime", None),
    "select": ("option", None),
    "radio": ("option", None),
    "cascading": ("cascade", None),
    "multiselect": ("options", None),
    "checkboxes": ("options", None),
    "labels": ("labels", None),
    "version": ("version", None),
    "versions": ("versions", None),
    "url": ("url", "team_address"),
    "user": ("user", "team_person"),
    "users": ("users", "team_people"),
}
"""A team's types of fields on Jira → what they are, and the one field that takes their values."""
LISTS = ("select", "radio", "cascading", "multiselect", "checkboxes")


def jira(served: Served, *, cloud: bool) -> Place:
    def adapter(setup: Setup) -> Adapter:
        return Jira(
            setup,
            url=f"{served.url}/jira",
            project="SHOP",
            token="bot-token",
            email="bot@example.com" if cloud else None,
        )

    ways: list[Way] = []
    for kind, one in ON_JIRA.items():
        if kind == "field":
            continue
        only = next((n for n, usual in JIRA_DEFAULTS.items() if usual == kind), None)
        argument = {"label": "/{field}", "link": "/{field}", "body-section": "/{field}"}
        ways.append(
            Way(
                kind + argument.get(kind, ""),
                one.shapes,
                only,
                one.carrier,
                limits(one.needs, one.loss),
            )
        )
    for kind, (type_, only) in JIRA_TYPES.items():
        one = FIELD_TYPES[type_]
        ways.append(
            Way(
                f"field/{kind}",
                one.shapes,
                only,
                f"field/NAME ({kind})",
                limits(one.needs, one.loss),
            )
        )
    ways += [
        Way("field/priority", only="priority", shown="field/priority"),
        Way("field/duedate", only="due", shown="field/duedate"),
        COPIES,
    ]
    users = {"ada": "ada", "bob": "bob"}
    title = "Jira Cloud" if cloud else "Jira Data Center"
    return Place(title, tuple(ways), adapter, JIRA_DEFAULTS, users)


def jira_seed(*, cloud: bool) -> dict[str, Any]:
    who, credential = ("accountId", "{0}@example.com:{0}-token") if cloud else ("name", "{0}-token")
    edited = [*EDITED, *JIRA_TYPES, *([] if cloud else ["Epic Link"])]
    return {
        "users": {credential.format(name): {who: name} for name in ("bot", "ada", "bob")},
        "fields": [
            {"name": kind, "type": kind, **({"options": WORDS} if kind in LISTS else {})}
            for kind in JIRA_TYPES
        ],
        "link_types": [
            {"name": name, "inward": f"{name} of", "outward": name}
            for name in ("Blocks", "Relates", "Duplicate", *LINKED)
        ],
        "projects": {
            "SHOP": {
                "types": ["Epic", "Story", "Task", "Bug", "Sub-task"],
                "statuses": {"To Do": "new", "In Progress": "indeterminate", "Done": "done"},
                "workflow": [
                    {"name": "Stop", "from": ["In Progress", "Done"], "to": "To Do"},
                    {"name": "Start", "from": ["To Do", "Done"], "to": "In Progress"},
                    {
                        "name": "Close",
                        "from": ["To Do", "In Progress", "Done"],
                        "to": "Done",
                        "fields": ["resolution"],
                    },
                ],
                "screens": {"edit": edited},
                "components": WORDS,
                "versions": WORDS,
                "board": "scrum",
                "sprints": WORDS,
            }
        },
    }
