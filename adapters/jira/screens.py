"""Filling in the screens of transitions, from the settings and from what is to be said. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adapters.jira.resolving import Resolutions
from adapters.text import markdown_to_adf, markdown_to_wiki
from sync.model import Json

RESOLUTION = "resolution"
NAMES = ("name", "value", "key", "id")
"""What a value that a screen offers may be called by, the first first."""


@dataclass(frozen=True, slots=True)
class Blank:
    """One field of a screen."""

    id: str
    name: str
    required: bool = False
    schema: Mapping[str, Json] = field(default_factory=dict)
    allowed: tuple[Mapping[str, Json], ...] | None = None
    """The values that it may have; None: any."""

    @classmethod
    def read(cls, id: str, about: Mapping[str, Json]) -> Blank:
        """From what Jira says of it. One with a default need not be filled in."""
        allowed = about.get("allowedValues")
        return cls(
            id=id,
            name=str(about.get("name") or id),
            required=bool(about.get("required")) and not about.get("hasDefaultValue"),
            schema=about.get("schema") or {},
            allowed=tuple(allowed) if isinstance(allowed, list) else None,
        )

    @property
    def offered(self) -> list[str]:
        return [_name(one) for one in self.allowed or ()]


@dataclass(frozen=True, slots=True)
class Wish:
    """What an issue is to say when it has come through its workflow."""

    status: str
    """Canonical."""
    resolution: str | None = None
    """The backlog's; None: the status says it all."""


@dataclass(slots=True)
class Filled:
    """A screen as far as it can be filled in."""

    fields: dict[str, Json] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """Required fields, by id, that nothing fills; each with what to do about it."""
    wrong: list[str] = field(default_factory=list)
    """What the settings say and the screen does not take."""
    resolution: str | None = None
    """The name of the resolution that was filled in."""


@dataclass(frozen=True, slots=True)
class Form:
    """What there is to fill screens in with."""

    tracker: str
    """Its name, for remedies."""
    cloud: bool
    resolutions: Resolutions = field(default_factory=Resolutions)
    transitions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)

    def fill(
        self, screen: Sequence[Blank], wish: Wish, by_the_way: Sequence[str], *, closes: bool
    ) -> Filled:
        """`by_the_way`: what the status means that the transition leads to, where that is not the
        wish's own yet: what the settings say of that comes first. `closes`: is it a closed one?"""
        near = [self.transitions.get(status, {}) for status in by_the_way]
        told = [*near, self.transitions.get(wish.status, {})]
        filled, status = Filled(), next(iter(by_the_way), wish.status)
        for blank in screen:
            said = next((value for fields in told if (value := _said(fields, blank))), None)
            if blank.id == RESOLUTION and closes:
                self._resolve(filled, blank, wish)
            elif said is not None and (
                blank.id != RESOLUTION or any(_said(fields, blank) for fields in near)
            ):
                try:
                    filled.fields[blank.id] = self._encode(blank, said)
                except ValueError as error:
                    where = f"fields.status.{self.tracker}.transitions: {blank.name}"
                    filled.wrong.append(f"{where}: {error}")
            if blank.required and blank.id not in filled.fields:
                filled.missing.setdefault(blank.id, self._remedy(blank, status))
        return filled

    def _remedy(self, blank: Blank, status: str) -> str:
        some = f"one of {', '.join(map(repr, blank.offered))}" if blank.offered else "…"
        return (
            f"{blank.name}; say what to fill in: "
            f"fields.status.{self.tracker}.transitions.{status}: {{{blank.name}: {some}}}"
        )

    def _resolve(self, filled: Filled, blank: Blank, wish: Wish) -> None:
        """Where nothing that is offered says the resolution, what says the status is right."""
        offered = blank.offered
        name = self.resolutions.choose(wish.resolution, wish.status, offered)
        name = name or self.resolutions.choose(None, wish.status, offered)
        chosen = _find(blank.allowed or (), name) if name else None
        if chosen is not None:
            filled.fields[blank.id] = {"id": str(chosen["id"])}
            filled.resolution = _name(chosen)

    def _encode(self, blank: Blank, said: str) -> Json:
        """Raises ValueError where the screen has no such value."""
        if blank.schema.get("type") != "array":
            return self._one(blank, str(blank.schema.get("type")), said)
        items = str(blank.schema.get("items"))
        return [self._one(blank, items, part) for part in _parts(said, blank)]

    def _one(self, blank: Blank, kind: str, said: str) -> Json:
        if kind == "user":
            return {"accountId" if self.cloud else "name": self.users.get(said, said)}
        if kind == "option-with-child":
            return _cascade(blank, said)
        if blank.allowed is not None:
            chosen = _find(blank.allowed, said)
            if chosen is None:
                raise ValueError(_unknown(said, blank.offered))
            return {"id": str(chosen["id"])}
        if kind == "number":
            return _number(said)
        if kind == "string" and _is_paragraph(blank):
            return markdown_to_adf(said) if self.cloud else markdown_to_wiki(said)
        return {"name": said} if kind in ("version", "component", "priority") else said


def _said(fields: Mapping[str, str], blank: Blank) -> str | None:
    names = {blank.id.casefold(), blank.name.casefold()}
    return next((value for name, value in fields.items() if name.casefold() in names), None)


def _parts(said: str, blank: Blank) -> list[str]:
    """The values of a list with commas, which may be within the name of a value, too."""
    pieces = [piece.strip() for piece in said.split(",") if piece.strip()]
    parts: list[str] = []
    while pieces:
        joined = ((", ".join(pieces[:size]), size) for size in range(len(pieces), 0, -1))
        part, size = next(
            (one for one in joined if _find(blank.allowed or (), one[0])), (pieces[0], 1)
        )
        parts.append(part)
        pieces = pieces[size:]
    return parts


def _name(one: Mapping[str, Json]) -> str:
    return next((str(one[key]) for key in NAMES if one.get(key)), "")


def _find(allowed: Sequence[Mapping[str, Json]], said: str) -> Mapping[str, Json] | None:
    folded = said.casefold()
    return next(
        (one for key in NAMES for one in allowed if str(one.get(key)).casefold() == folded), None
    )


def _cascade(blank: Blank, said: str) -> Json:
    """`Parent / Child`, or a parent alone."""
    parent, _, child = (part.strip() for part in said.partition(" / "))
    chosen = _find(blank.allowed or (), said)
    if chosen is not None:
        return {"id": str(chosen["id"])}
    chosen = _find(blank.allowed or (), parent)
    below = _find((chosen or {}).get("children") or (), child)
    if chosen is None or below is None:
        raise ValueError(_unknown(said, blank.offered))
    return {"id": str(chosen["id"]), "child": {"id": str(below["id"])}}


def _number(said: str) -> float:
    try:
        return float(said)
    except ValueError:
        raise ValueError(f"{said!r} is no number") from None


def _unknown(said: str, offered: Sequence[str]) -> str:
    return f"Jira has no {said!r} there; it has {', '.join(map(repr, offered)) or 'nothing'}"


def _is_paragraph(blank: Blank) -> bool:
    custom = str(blank.schema.get("custom") or "")
    return custom.endswith(":textarea") or blank.id in ("description", "environment")
