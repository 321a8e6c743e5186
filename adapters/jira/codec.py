"""How a Jira project shows values. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adapters.base import Setup
from adapters.jira.carriers import Slot, values_of
from adapters.jira.document import same_text
from adapters.jira.markup import Markup
from adapters.jira.project import Project
from adapters.text import TextError
from adapters.values import Vocabulary, usual
from sync.model import Criterion, FieldName, Shape, Value, as_criteria, as_set, dump
from sync.tracker import Shown, Unmapped

GROUPS = {
    "new": ("todo",),
    "indeterminate": ("in_progress", "in_review"),
    "done": ("done", "cancelled"),
}
"""Category of a status → the canonical values that it can stand for, the usual one first."""
UNREADABLE = "it is too large or too deep to be read; shorten it in Jira"
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
        spaces = [f"{slot.argument}:" for slot in slots.values() if slot.place == "label"]
        self._prefixes = (MARK_LABEL, *spaces)
        self._logins = dict(setup.users)
        self._people = {login: person for person, login in setup.users.items()}
        self._identity = not project.cloud
        """Is a user's name the person's, where the settings name no other?"""

    def words(self, name: FieldName) -> Vocabulary:
        """The names of a field of a LINE or a SET."""
        return self._words[name]

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
        return not _spelt(label) or _spelt(label).startswith(self._prefixes)

    def decode(self, name: FieldName, shown: Shown, present: Value) -> Value:
        slot = self._slots[name]
        match slot.place:
            case "summary":
                return _line(shown)
            case "text":
                return self._read_text(name, shown, present)
            case "criteria":
                return self._read_criteria(name, shown, present)
            case "assignee":
                return self._read_people(shown, present)
            case "versions":
                names = _versions(shown)
                return present if present in names else next(iter(names), None)
            case "labels":
                return self._read_labels(shown, present)
        return self._read_value(name, slot, shown, present)

    def encode(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        slot = self._slots[name]
        match slot.place:
            case "summary" | "text":
                return value or ("" if slot.shape is Shape.TEXT else None)
            case "criteria":
                return [[text, checked] for text, checked in as_criteria(value)]
            case "assignee":
                return self._write_people(value, shown)
            case "versions":
                return _write_version(value, shown)
            case "labels":
                return sorted(
                    {_spelt(label) for label in as_set(value) if not self.reserved(label)}
                )
        return self._write_value(name, slot, value, shown)

    def shows(self, name: FieldName, value: Value, shown: Shown) -> bool:
        try:
            said = self.decode(name, shown, value)
            if self._slots[name].place == "text":
                return same_text(str(said or ""), str(value or ""))
        except (Unmapped, TextError):
            return False
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
        natives = set(shown or ())
        kept = {v for v in as_set(present) if _spelt(v) in natives or self.reserved(v)}
        return frozenset(kept | (natives - {_spelt(label) for label in kept}))

    def _read_people(self, shown: Shown, present: Value) -> Value:
        """Jira holds one person: who else has the item is not seen there, and still has it."""
        held = as_set(present)
        shown_now = {self._person(login) for login in shown or ()} - {None}
        if shown_now & held:
            return held
        names = sorted(person for person in held if self._login(person))
        gone = set(names[:1]) if not shown or shown_now else set()
        return frozenset((held - gone) | {person for person in shown_now if person})

    def _write_people(self, value: Value, shown: Shown) -> Shown:
        logins = [login for person in sorted(as_set(value)) if (login := self._login(person))]
        held = list(shown or ())
        kept = [login for login in held if login in logins or self._person(login) is None]
        return kept[:1] or logins[:1]

    def _person(self, login: str) -> str | None:
        return self._people.get(login, login if self._identity else None)

    def _login(self, person: str) -> str | None:
        return self._logins.get(person, person if self._identity else None)

    def _read_value(self, name: FieldName, slot: Slot, shown: Shown, present: Value) -> Value:
        if slot.shape is Shape.NUMBER:
            return _number(name, shown)
        words = self._words[name]
        if slot.shape is Shape.SET:
            natives = set(shown or ())
            kept = {v: self._written(words, slot, v) for v in as_set(present)}
            kept = {v: native for v, native in kept.items() if native in natives}
            return frozenset(kept) | {words.decode(n) for n in natives - set(kept.values())}
        if shown is None:
            return None
        if isinstance(present, str) and self._written(words, slot, present) == shown:
            return present
        return words.decode(str(shown), present)

    def _write_value(self, name: FieldName, slot: Slot, value: Value, shown: Shown) -> Shown:
        if slot.place in ("type", "status") and value is None:
            return shown  # an issue always has one
        if slot.shape is Shape.NUMBER:
            number = dump(value)
            return number if slot.place == "value" or number is None else str(number)
        words = self._words[name]
        if slot.shape is Shape.SET:
            held = [entry for entry in shown or () if words.decode(entry) in as_set(value)]
            said = {words.decode(entry) for entry in held}
            new = [words.encode(entry) for entry in as_set(value) - said]
            return sorted({*held, *(_spelt(n) if slot.place == "label" else n for n in new)})
        if value is None:
            return None
        native = words.encode(str(value), shown)
        return _spelt(native) if slot.place == "label" else native

    def _written(self, words: Vocabulary, slot: Slot, value: str) -> str | None:
        try:
            native = words.encode(value)
        except Unmapped:
            return None
        return _spelt(native) if slot.place == "label" else native


def _vocabulary(setup: Setup, project: Project, name: FieldName, slot: Slot) -> Vocabulary:
    configured = values_of(setup, name)
    match slot.place:
        case "type":
            return Vocabulary(name, [t.name for t in project.types], configured, _levels(project))
        case "status":
            groups = {s.name: GROUPS.get(s.category, ()) for s in project.statuses}
            return Vocabulary(name, list(groups), configured, groups)
    if slot.field == "priority":
        return Vocabulary(name, project.priorities, configured)
    return Vocabulary(name, None, configured)


def _levels(project: Project) -> dict[str, tuple[str, ...]]:
    """What types are by their level, where none is called so: their names may be translated."""
    called = {usual("kind", t.name) for t in project.types}
    kinds = {-1: "subtask", 1: "epic"}
    return {
        t.name: (kinds[t.level],)
        for t in project.types
        if t.level in kinds and kinds[t.level] not in called
    }


def _spelt(label: str) -> str:
    """A label as Jira takes it: without spaces."""
    return "_".join(label.split())


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
