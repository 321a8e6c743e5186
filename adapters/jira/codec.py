"""How a Jira project shows values. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from adapters import notices
from adapters.base import Setup
from adapters.jira import sprints
from adapters.jira.accounts import Accounts
from adapters.jira.attached import Links
from adapters.jira.carriers import Slot, values_of
from adapters.jira.comments import comment_codec
from adapters.jira.days import day_of, moment_on
from adapters.jira.document import same_text
from adapters.jira.labels import LONGEST, spelt, unspelt, written
from adapters.jira.markup import Markup
from adapters.jira.project import Project
from adapters.jira.resolving import Resolutions
from adapters.jira.standing import Standing
from adapters.jira.words import Words
from adapters.text import TextError
from adapters.values import Vocabulary, usual
from sync.model import (
    STATUSES,
    Criterion,
    FieldName,
    Shape,
    Value,
    as_criteria,
    as_set,
    dump,
    is_day,
)
from sync.tracker import Shown, Unmapped

GROUPS = {
    "new": ("todo",),
    "indeterminate": ("in_progress", "in_review"),
    "done": ("done", "cancelled"),
}
"""Category of a status → the canonical values that it can stand for, the usual one first."""
UNREADABLE = "it is too large or too deep to be read; shorten it in Jira"
SHOWN = 40
"""Characters of a label that messages show."""
MARK_LABEL = "onebacklog-"
"""Labels of our own begin so; they are never shown."""


class JiraCodec:
    """The Codec of one project. Whatever Jira shows alike is read as the present value."""

    def __init__(
        self, setup: Setup, project: Project, slots: Mapping[FieldName, Slot], markup: Markup
    ) -> None:
        self._slots, self._markup = slots, markup
        self._words = {
            name: _vocabulary(setup, project, name, slot)
            for name, slot in slots.items()
            if slot.shape in (Shape.LINE, Shape.SET)
        }
        self.standing = _standing(setup, self._words, slots)
        """How status and resolution are shown; None: the status is not carried."""
        spaces = [f"{slot.argument}:" for slot in slots.values() if slot.place == "label"]
        self._prefixes = (MARK_LABEL, *spaces)
        self._resolutions = resolutions_of(setup, slots)
        self.comments = comment_codec(setup.name, setup.comments, markup)
        self._people = Accounts(dict(setup.users), identity=not project.cloud)
        self.attached, self._zone = Links(project.site, setup.copied or ()), project.zone

    def words(self, name: FieldName) -> Vocabulary | Words:
        """The names of a field of a LINE or a SET."""
        return self._words[name]

    def meanings(self, status: str) -> Sequence[str]:
        """What the name of a status can mean, the usual meaning first."""
        if self.standing is None:
            return (status,)
        words = self.standing.words
        others = (value for value in STATUSES if words.decode(status, value) == value)
        return tuple(dict.fromkeys((words.decode(status), *others)))

    def missing(self) -> Iterator[str]:
        """Configured names that Jira does not have, each with the remedy."""
        for name, words in self._words.items():
            for value, native in words.missing().items():
                offered = ", ".join(map(repr, words.natives))
                yield (
                    f"fields.{name}.values.{value}: Jira has no {native!r} for {name}; "
                    f"it has {offered}"
                )

    def reserved(self, label: str) -> bool:
        """Does the label carry something else than itself here?"""
        return not label.strip() or self.hides(spelt(label))

    def hides(self, native: str) -> bool:
        """Is it shown by another field, or not at all?"""
        return native.startswith(self._prefixes)

    def decode(self, name: FieldName, shown: Shown, present: Value) -> Value:
        slot = self._slots[name]
        match slot.place:
            case "summary":
                return _line(shown)
            case "text":
                return self._read_text(name, shown, present)
            case "criteria" | "checks":
                return self._read_criteria(name, shown, present)
            case "assignee":
                return self._people.read_sharing(shown or (), as_set(present))
            case "status" if self.standing:
                return self.standing.decode(shown, present)
            case "resolution":
                return self._resolutions.decode(shown, present)
            case "sprint":
                return sprints.name_of(shown)
            case "comments" | "notice":
                ours = slot.place == "notice"
                return present if ours else self.comments.decode(shown, present)
            case "attachments":
                return self.attached.read(shown or (), as_set(present))
            case "versions":
                names = _versions(shown)
                return present if present in names else next(iter(names), None)
            case "labels":
                return self._read_labels(shown, present)
            case "section":
                return self._read_section(name, slot, shown, present)
        return self._read_value(name, slot, shown, present)

    def encode(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        slot = self._slots[name]
        match slot.place:
            case "summary" | "text" | "section" if slot.shape in (Shape.LINE, Shape.TEXT):
                return value or ("" if slot.shape is Shape.TEXT else None)
            case "criteria" | "checks":
                return [[text, checked] for text, checked in as_criteria(value)]
            case "comments":
                return self.comments.encode(value)
            case "notice":
                return notices.encode(value)
            case "assignee":
                return self._people.write_sharing(as_set(value), shown or ())
            case "status" if self.standing:
                return self.standing.encode(value, shown)
            case "resolution":
                return self._resolutions.encode(value, shown)
            case "sprint":
                return sprints.wanted(value, shown)
            case "attachments":
                return self.attached.write(as_set(value), shown or ())
            case "versions":
                return _write_version(value, shown)
            case "labels":
                return self._write_labels(name, value, shown)
        return self._write_value(name, slot, value, shown)

    def shows(self, name: FieldName, value: Value, shown: Shown) -> bool:
        try:
            if self._slots[name].place == "comments":
                return self.comments.shows(value, shown)
            if self._slots[name].place == "notice":
                return notices.shows(value, shown)
            said = self.decode(name, shown, value)
            if self._slots[name].shape is Shape.TEXT:
                return same_text(str(said or ""), str(value or ""))
        except (Unmapped, TextError):
            return False
        if self._slots[name].place == "sprint" and value is None:
            return said is None or isinstance(shown, Mapping)  # none leaves a closed sprint
        return said == value

    def _read_text(self, name: FieldName, shown: Shown, present: Value) -> Value:
        if shown is None:
            raise Unmapped(name, "…", UNREADABLE)
        if not shown:
            return ""
        try:
            text = self._markup.to_markdown(self._markup.load(str(shown))).strip("\n")
            if isinstance(present, str) and (present == text or self._says(present, shown)):
                return present
        except TextError as error:
            raise Unmapped(name, f"{str(shown)[:40]}…", f"{error}; shorten it in Jira") from None
        return text

    def _says(self, present: str, shown: Shown) -> bool:
        """Is the present text shown just so?"""
        return self._markup.dump(self._markup.from_markdown(present)) == str(shown)

    def _read_criteria(self, name: FieldName, shown: Shown, present: Value) -> Value:
        if shown is None:
            raise Unmapped(name, "…", UNREADABLE)
        read = tuple(Criterion(str(text), bool(checked)) for text, checked in shown)
        held = as_criteria(present)
        same = len(held) == len(read) and all(
            one.checked == other.checked and same_text(one.text, other.text)
            for one, other in zip(read, held, strict=True)
        )
        return held if same else read

    def _read_labels(self, shown: Shown, present: Value) -> Value:
        kept = {label for label in as_set(present) if self.reserved(label)}
        return frozenset(kept | {unspelt(native) for native in shown or ()})

    def _write_labels(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        wanted = {label for label in as_set(value) if not self.reserved(label)}
        return sorted(_fitting(name, label) for label in written(wanted, shown or ()))

    def _read_section(self, name: FieldName, slot: Slot, shown: Shown, present: Value) -> Value:
        """What stands below a heading of the description, in Markdown."""
        if isinstance(shown, Mapping):
            raise Unmapped(name, "…", UNREADABLE)
        if slot.shape is not Shape.TEXT:
            return self._read_value(name, slot, shown or None, present)
        text = str(shown or "")
        return present if isinstance(present, str) and same_text(present, text) else text

    def _read_value(self, name: FieldName, slot: Slot, shown: Shown, present: Value) -> Value:
        match slot.shape:
            case Shape.NUMBER:
                return _number(name, shown)
            case Shape.DATE:
                return self._read_day(name, slot, shown)
            case Shape.SET:
                return self._read_set(name, slot, shown or (), as_set(present))
        if slot.type == "user":
            return self._people.read_one(shown, present if isinstance(present, str) else None)
        if shown is None:
            return None
        native = unspelt(str(shown)) if slot.place == "label" else str(shown)
        return self._words[name].decode(native, present)

    def _read_set(
        self, name: FieldName, slot: Slot, shown: Sequence[str], held: frozenset[str]
    ) -> Value:
        if slot.type == "users":
            return self._people.read_all(shown, held)
        words = self._words[name]
        natives = {self._unspelt(slot, native) for native in shown}
        kept = {value: self._native(words, value) for value in held}
        kept = {value: native for value, native in kept.items() if native in natives}
        return frozenset(kept) | {words.decode(n) for n in natives - set(kept.values())}

    def _write_value(self, name: FieldName, slot: Slot, value: Value, shown: Shown) -> Shown:
        if slot.place in ("type", "status") and value is None:
            return shown  # an issue always has one
        match slot.shape:
            case Shape.NUMBER:
                number = dump(value)
                return number if slot.place == "value" or number is None else str(number)
            case Shape.DATE:
                return self._write_day(name, slot, value, shown)
            case Shape.SET:
                return self._write_set(name, slot, as_set(value), shown or ())
        if slot.type == "user":
            return self._people.write_one(name, str(value) if value else None, shown)
        if value is None:
            return None
        if slot.place != "label":
            return self._words[name].encode(str(value), shown)
        now = unspelt(shown) if isinstance(shown, str) else None
        native = self._words[name].encode(str(value), now)
        return shown if native == now else _fitting(name, spelt(native), slot.argument)

    def _write_set(
        self, name: FieldName, slot: Slot, value: frozenset[str], shown: Sequence[str]
    ) -> Shown:
        if slot.type == "users":
            return self._people.write_all(value, shown)
        words = self._words[name]
        held = [one for one in shown if words.decode(self._unspelt(slot, one)) in value]
        said = {words.decode(self._unspelt(slot, one)) for one in held}
        new = [words.encode(one) for one in value - said]
        if self._spells(slot):
            new = [_fitting(name, spelt(native), slot.argument) for native in new]
        return sorted({*held, *new})

    def _read_day(self, name: FieldName, slot: Slot, shown: Shown) -> Value:
        if not shown:
            return None
        try:
            day = day_of(str(shown), self._zone) if slot.type == "datetime" else str(shown)
        except ValueError:
            day = ""
        if not is_day(day):
            raise Unmapped(name, str(shown), "Jira should hold a day there, as 2026-01-31")
        return day

    def _write_day(self, name: FieldName, slot: Slot, value: Value, shown: Shown) -> Shown:
        if not value:
            return None
        if not is_day(str(value)):
            raise Unmapped(name, str(value), "give a day, as 2026-01-31")
        held = str(shown) if shown else None
        return moment_on(str(value), held, self._zone) if slot.type == "datetime" else str(value)

    def _spells(self, slot: Slot) -> bool:
        return slot.place == "label" or slot.type == "labels"

    def _unspelt(self, slot: Slot, native: str) -> str:
        return unspelt(native) if self._spells(slot) else native

    def _native(self, words: Vocabulary | Words, value: str) -> str | None:
        try:
            return words.encode(value)
        except Unmapped:
            return None


def _vocabulary(setup: Setup, project: Project, name: FieldName, slot: Slot) -> Vocabulary | Words:
    configured = values_of(setup, name)
    match slot.place:
        case "type":
            return Vocabulary(name, [t.name for t in project.types], configured, _levels(project))
        case "status":
            groups = {s.name: GROUPS.get(s.category, ()) for s in project.statuses}
            return Vocabulary(name, list(groups), configured, groups)
    match slot.type:
        case "priority":
            return Vocabulary(name, project.priorities, configured)
        case "option" | "options" | "cascade":
            return Words(name, project.offers.get(slot.field), configured)
        case "component" | "components":
            remedy = f"make the component in {project.key}, for none is made here"
            return Words(name, project.components, configured, remedy)
        case "version" | "versions":
            return Words(name, project.versions, configured, f"make the version in {project.key}")
    return Vocabulary(name, None, configured)


def resolutions_of(setup: Setup, slots: Mapping[FieldName, Slot]) -> Resolutions:
    """What the settings say of the resolutions."""
    name = next((name for name, slot in slots.items() if slot.place == "resolution"), "resolution")
    return Resolutions.told(values_of(setup, name), setup.transitions)


def _standing(
    setup: Setup, words: Mapping[FieldName, Vocabulary | Words], slots: Mapping[FieldName, Slot]
) -> Standing | None:
    places = {slot.place: name for name, slot in slots.items()}
    statuses = words[places["status"]] if "status" in places else None
    if not isinstance(statuses, Vocabulary):
        return None
    return Standing(statuses, resolutions_of(setup, slots), "resolution" in places)


def _levels(project: Project) -> dict[str, tuple[str, ...]]:
    """What types are by their level, where none is called so: their names may be translated."""
    called = {usual("kind", t.name) for t in project.types}
    kinds = {-1: "subtask", 1: "epic"}
    return {
        t.name: (kinds[t.level],)
        for t in project.types
        if t.level in kinds and kinds[t.level] not in called
    }


def _fitting(name: FieldName, native: str, namespace: str = "") -> str:
    size = len(native) + (len(namespace) + 1 if namespace else 0)
    if size <= LONGEST:
        return native
    told = native if len(native) <= SHOWN else f"{native[:SHOWN]}…"
    raise Unmapped(name, told, f"a label of {size} characters; Jira takes {LONGEST}: shorten it")


def _versions(shown: Shown) -> list[str]:
    """The names of the fix versions: none, one, or several under `names`."""
    if isinstance(shown, Mapping):
        return [str(name) for name in shown.get("names") or ()]
    return [str(shown)] if shown else []


def show_versions(names: list[str]) -> Shown:
    """What is shown of fix versions: their order means nothing."""
    return {"names": sorted(names)} if len(names) > 1 else next(iter(names), None)


def _write_version(value: Value, shown: Shown) -> Shown:
    names = _versions(shown)
    if value in names or (value is None and not names):
        return shown
    return show_versions([*([str(value)] if value else []), *names[1:]])


def _number(name: FieldName, shown: Shown) -> Value:
    if shown is None:
        return None
    try:
        return float(shown)
    except (TypeError, ValueError):
        raise Unmapped(name, str(shown), "Jira should hold a number there") from None


def _line(shown: Shown) -> Value:
    return str(shown) if shown else None
