"""Whether the settings fit together: names that are used exist, places are told apart.

Checks read the settings as written and pass over what is of the wrong form (the schema says so),
so that all problems are found at once.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic_core import PydanticCustomError

from config.check_fields import check_fields
from config.check_scores import check_scores
from config.fields import ORDER
from config.outline import Outline, lines, mapping
from config.problems import Misfit, did_you_mean, dotted
from config.problems import Path as Place
from config.trackers import GITHUB
from config.values import normal_url
from sync.expression import Expression, ExpressionError
from sync.model import Json, Shape

BUILT_IN = ("acceptance-criteria", "hygiene", "labels", "priority-order")
"""The rules that there are without settings."""
LONGEST = 50
"""Characters of a label's name, on GitHub."""
RESERVED = frozenset({"any", "backlog", "none", "values", "authority", "type"})
"""Words with another meaning where names of trackers stand."""


def check(data: Json, base: Path) -> Iterator[Misfit]:
    """What does not fit together; `base` is the folder that relative paths start from."""
    backlogs = mapping(data, "backlogs")
    for name, backlog in backlogs.items():
        for each in CHECKS:
            for misfit in each(Outline(backlog)):
                yield replace(misfit, path=("backlogs", name, *misfit.path))
    yield from _places(backlogs, base)


def check_names(backlog: Outline) -> Iterator[Misfit]:
    for name in backlog.trackers:
        kind = backlog.types.get(name)
        if name in RESERVED:
            yield Misfit(("trackers", name), "this name has another meaning", "rename it")
        elif kind is not None and name != kind and name in ("jira", "github", "files"):
            yield Misfit(("trackers", name), f"this name says {name}, its type {kind}", "rename it")


def check_creates(backlog: Outline) -> Iterator[Misfit]:
    counts = Counter(backlog.types.values())
    for name, tracker in backlog.trackers.items():
        kind = backlog.types.get(name)
        if kind and counts[kind] > 1 and "creates" not in tracker:
            yield Misfit(
                ("trackers", name, "creates"),
                f"missing; {counts[kind]} trackers here are of type {kind}",
                "say which items each gets: open, all, none or a condition",
            )
        for field, wanted in mapping(tracker, "creates").items():
            yield from _condition(backlog, ("trackers", name, "creates", field), wanted)


def _condition(backlog: Outline, place: Place, wanted: Json) -> Iterator[Misfit]:
    field = str(place[-1])
    if field not in backlog.known_fields:
        yield Misfit(place, "no such field", did_you_mean(field, backlog.known_fields))
        return
    if backlog.shape(field) not in (Shape.LINE, Shape.SET, None):
        yield Misfit(place, "not a field of one line or a set", "choose another field")
    known = backlog.vocabulary(field)
    for position, value in lines(wanted):
        if known and value not in known:
            message = f"not among the values of {field}"
            yield Misfit((*place, position), message, did_you_mean(value, known))


def check_comments(backlog: Outline) -> Iterator[Misfit]:
    said = mapping(backlog.data, "comments")
    for key in ("from", "to"):
        named = said.get(key)
        yield from _each_known(("comments", key), named, frozenset(backlog.trackers), "tracker")
        for position, name in lines(named):
            if backlog.types.get(name) == "files":
                yield Misfit(("comments", key, position), "files hold no comments", "remove it")


def check_schedule(backlog: Outline) -> Iterator[Misfit]:
    if "report" in mapping(backlog.data, "schedule") and "notify" not in mapping(backlog.data):
        place = ("schedule", "report")
        yield Misfit(place, "there is nobody to send it to", "name an address under notify")


def check_publish(backlog: Outline) -> Iterator[Misfit]:
    for name, tracker in backlog.trackers.items():
        if not isinstance(published := tracker.get("publish"), str):
            place = ("trackers", name, "publish")
            yield from _each_known(place, published, backlog.known_fields | {ORDER}, "field")


def check_conflicts(backlog: Outline) -> Iterator[Misfit]:
    conflicts = mapping(backlog.data).get("conflicts")
    yield from _preference(backlog, ("conflicts",), conflicts)
    known = backlog.known_fields | {ORDER}
    for field, resolution in mapping(conflicts, "fields").items():
        place = ("conflicts", "fields", field)
        if field not in known:
            yield Misfit(place, "no such field", did_you_mean(field, known))
        yield from _preference(backlog, place, resolution)


def check_guard(backlog: Outline) -> Iterator[Misfit]:
    for tracker in mapping(backlog.data, "guard", "trackers"):
        if backlog.trackers and tracker not in backlog.trackers:
            remedy = did_you_mean(tracker, backlog.trackers)
            yield Misfit(("guard", "trackers", tracker), "no such tracker", remedy)


def _preference(backlog: Outline, place: Place, resolution: Json) -> Iterator[Misfit]:
    if isinstance(resolution, Mapping):
        place, resolution = (*place, "prefer"), resolution.get("prefer")
    if isinstance(resolution, list):
        yield from _each_known(place, resolution, frozenset(backlog.trackers), "tracker")


def check_users(backlog: Outline) -> Iterator[Misfit]:
    people = mapping(backlog.data, "users")
    for person in people:
        for side in mapping(people, person):
            if backlog.trackers and not backlog.on(side):
                place = ("users", person, side)
                yield Misfit(place, "no such tracker", did_you_mean(side, backlog.sides))
    for tracker, kind in backlog.types.items():
        yield from _doubled(people, tracker, kind)


def _doubled(people: Mapping[str, Json], tracker: str, kind: str) -> Iterator[Misfit]:
    seen: set[str] = set()
    for person in people:
        names = mapping(people, person)
        side = tracker if tracker in names else kind
        if not isinstance(user := names.get(side), str):
            continue
        same = user.lower() if kind == "github" else user  # GitHub's logins know no capitals
        if same in seen:
            message = f"another person is the same user on {tracker}"
            yield Misfit(("users", person, side), message, "give each user to one person")
        seen.add(same)


def check_rules(backlog: Outline) -> Iterator[Misfit]:
    rules = mapping(backlog.data, "rules")
    criteria = mapping(rules, "acceptance-criteria")
    place: Place = ("rules", "acceptance-criteria", "statuses")
    statuses = frozenset(backlog.vocabulary("status"))
    yield from _each_known(place, criteria.get("statuses"), statuses, "status")
    priorities = backlog.vocabulary("priority")
    for priority in mapping(rules, "priority-order", "limits"):
        if priority not in priorities:
            place = ("rules", "priority-order", "limits", priority)
            yield Misfit(place, "no such priority", did_you_mean(priority, priorities))
    yield from _labels(mapping(rules, "labels"), on_github="github" in backlog.types.values())
    yield from _custom(mapping(rules, "custom"), backlog)
    yield from _waivers(rules)


def _custom(rules: Mapping[str, Json], backlog: Outline) -> Iterator[Misfit]:
    schema = {
        name: shape for name in sorted(backlog.known_fields) if (shape := backlog.shape(name))
    }
    for name in rules:
        if name in BUILT_IN:
            yield Misfit(("rules", "custom", name), "a built-in rule is called so", "rename it")
        expect = mapping(rules, name).get("expect")
        if isinstance(expect, str):
            try:
                Expression(expect, schema)
            except ExpressionError as error:
                what, _, remedy = str(error).rpartition(": ")
                place: Place = ("rules", "custom", name, "expect")
                yield Misfit(place, what or remedy, remedy if what else "")


def _waivers(rules: Mapping[str, Json]) -> Iterator[Misfit]:
    known = [*BUILT_IN, *mapping(rules, "custom")]
    waivers = rules.get("waivers")
    for at, waiver in enumerate(waivers if isinstance(waivers, list) else ()):
        rule = waiver.get("rule") if isinstance(waiver, Mapping) else None
        if isinstance(rule, str) and rule not in known:
            yield Misfit(
                ("rules", "waivers", at, "rule"), "no such rule", did_you_mean(rule, known)
            )


def _labels(rule: Mapping[str, Json], *, on_github: bool) -> Iterator[Misfit]:
    place = ("rules", "labels")
    vocabulary, aliases = mapping(rule, "vocabulary"), mapping(rule, "aliases")
    forbidden = {label for _, label in lines(rule.get("forbidden"))}
    spelt: dict[str, str] = {}
    for label in vocabulary:
        first = spelt.setdefault(label.casefold(), label)
        if first != label:
            message = "another label is spelled so but for upper and lower case"
            yield Misfit((*place, "vocabulary", label), message, "keep one of them")
        if on_github and len(label) > LONGEST:
            message = f"longer than {LONGEST} characters, which is the most that GitHub takes"
            yield Misfit((*place, "vocabulary", label), message, "shorten it")
    for label in vocabulary:
        if label in aliases or label in forbidden:
            message = "in the vocabulary, but forbidden or to be renamed"
            yield Misfit((*place, "vocabulary", label), message, "decide for one")
    for label, target in aliases.items():
        if not isinstance(target, str):
            continue
        if target in aliases or target in forbidden:
            message = "renamed to a label that is itself forbidden or to be renamed"
            yield Misfit((*place, "aliases", label), message, "name the label that is to stay")
        elif vocabulary and target not in vocabulary:
            message = "renamed to a label outside the vocabulary"
            yield Misfit((*place, "aliases", label), message, did_you_mean(target, vocabulary))


def _each_known(place: Place, entries: Json, known: frozenset[str], what: str) -> Iterator[Misfit]:
    for position, entry in lines(entries):
        if known and entry not in known:
            yield Misfit((*place, position), f"no such {what}", did_you_mean(entry, known))


def _places(backlogs: Mapping[str, Json], base: Path) -> Iterator[Misfit]:
    """One place twice would copy each item onto itself; two backlogs may share it by scopes."""
    seen: dict[tuple[str, ...], list[tuple[str, str, Json]]] = {}
    for backlog in backlogs:
        for name, tracker in Outline(backlogs[backlog]).trackers.items():
            if (where := _place(tracker, base)) is None:
                continue
            scope = tracker.get("where") or None
            for other_backlog, other, other_scope in seen.setdefault(where, []):
                if other_backlog == backlog or other_scope == scope:
                    first = dotted(("backlogs", other_backlog, "trackers", other))
                    message = f"the same place as {first}"
                    yield Misfit(("backlogs", backlog, "trackers", name), message, "remove one")
                    break
            seen[where].append((backlog, name, scope))


def _place(tracker: Mapping[str, Json], base: Path) -> tuple[str, ...] | None:
    match tracker:
        case {"type": "jira", "url": str(url), "project": str(project)}:
            return "jira", _comparable(url), project
        case {"type": "github", "repository": str(repository)}:
            url = tracker.get("url", GITHUB)
            return "github", _comparable(url).removesuffix("/api/v3"), repository.lower()
        case {"type": "files", "path": str(path)}:
            return "files", posixpath.normpath(base / path)
    return None


def _comparable(url: Json) -> str:
    try:
        return normal_url(str(url))
    except PydanticCustomError:  # the schema says so
        return str(url)


CHECKS: tuple[Callable[[Outline], Iterator[Misfit]], ...] = (
    check_names,
    check_creates,
    check_publish,
    check_fields,
    check_scores,
    check_conflicts,
    check_guard,
    check_users,
    check_comments,
    check_rules,
    check_schedule,
)
