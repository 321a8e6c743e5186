"""The settings as types: frozen, closed, each key described. Read by `config.load`.

A Config built by hand has each of its keys checked; that they fit together, `load` checks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, Strict, ValidationInfo

from config.fields import ORDER, CarriedSettings, FieldSettings, shape_of
from config.guard import Guard, Plans
from config.rules import Rules
from config.schedule import Schedule
from config.secrets import Secret
from config.trackers import TrackerSettings
from config.values import FieldKey, Line, Lines, Name, Settings, distinct, folder, misfit
from sync.model import COMMENTS, FIELDS, NOTICE, Schema, Shape


def _state(text: str, info: ValidationInfo) -> str:
    if text.startswith("postgresql://"):
        return _server(text)
    path = text.removeprefix("sqlite:///")
    if path == text or path in ("", ":memory:"):
        raise misfit("expected the address of a database file", "write sqlite:///onebacklog.db")
    address = f"sqlite:///{folder(info) / path}"
    if re.search(r"[?#\x00-\x1f]", address):
        raise misfit("a path with ?, # or control characters", "choose another")
    return address


def _server(text: str) -> str:
    """What was written may hold a password: it must not be in the message."""
    try:
        parts = urlsplit(text)
        password, name, _ = parts.password, parts.path.removeprefix("/"), parts.port
        given = {key.lower() for key, _ in parse_qsl(parts.query)}
    except ValueError:
        raise misfit("this is no address", "write postgresql://USER@HOST/DATABASE") from None
    if password is not None or given & {"password", "sslpassword"}:
        raise misfit(
            "a credential is never in the settings",
            "leave the password out here: it is taken from the environment variable PGPASSWORD, "
            "or from the file that PGPASSFILE names",
        )
    if not name or "/" in name or re.search(r"[\x00-\x20]", text):
        raise misfit("expected one database", "write postgresql://USER@HOST/DATABASE")
    return text


def _expand_conflicts(data: object) -> object:
    if isinstance(data, str):
        return {"strategy": data}
    return {"prefer": data} if isinstance(data, list | tuple) else data


class Resolution(Settings):
    """Who wins where sides differ."""

    strategy: Literal["hold", "newest"] = "hold"
    """`hold`: a person decides. `newest`: the latest change wins where its time is known."""
    prefer: Annotated[Lines, Field(description="Trackers that win, the first one first.")] = ()


class Conflicts(Resolution):
    """Who wins where sides differ, for all fields and for single ones."""

    fields: Mapping[
        str,
        Annotated[
            Resolution,
            BeforeValidator(
                _expand_conflicts,
                json_schema_input_type=Literal["hold", "newest"] | list[Line] | Resolution,
            ),
        ],
    ] = {}
    """Field → its own strategy and preference, in place of the general ones."""

    def of(self, field: str) -> Resolution:
        return self.fields.get(field, self)


class Adoption(Settings):
    """How items that trackers hold already are found to be the same."""

    likeness: Annotated[float, Strict(), Field(ge=0.5, le=1)] = 0.85
    """How alike two titles must be for their items to be proposed as one; 1: but for spelling."""


class CommentsSettings(Settings):
    """Which trackers' comments are shown on which others."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    sources: Annotated[tuple[Name, ...], AfterValidator(distinct), Field(alias="from")] = ()
    """The trackers whose comments are carried elsewhere."""
    targets: Annotated[tuple[Name, ...], AfterValidator(distinct), Field(alias="to")] = ()
    """The trackers that get copies of comments written elsewhere."""


class Backlog(Settings):
    """One backlog: where it is shown, and how it is kept."""

    trackers: Annotated[Mapping[Name, TrackerSettings], Field(min_length=1)]
    """The places that show the backlog, by name."""
    fields: Mapping[FieldKey, FieldSettings] = {}
    """Fields of items: what carries them, how values are called, who has authority. Fields of
    the team's own are declared here. `order` takes an authority only."""
    conflicts: Annotated[
        Conflicts,
        BeforeValidator(
            _expand_conflicts,
            json_schema_input_type=Literal["hold", "newest"] | list[Line] | Conflicts,
        ),
    ] = Conflicts()
    """What to do where sides changed one field differently: `hold`, `newest`, a list of trackers
    (the first that changed it wins), or {strategy, prefer, fields}."""
    comments: CommentsSettings | None = None
    """Whose comments are shown where: {from: [trackers], to: [trackers]}. Default: nowhere."""
    attachments: Literal["links", "copies"] = "links"
    """`links`: trackers name each other's attachments. `copies`: Jira and files get the files
    themselves, where they are in another Jira, or in the folder `attachments` beside the items."""
    users: Mapping[Line, Mapping[Name, Line]] = {}
    """Person → {tracker's name or type: login on GitHub, accountId or name on Jira}."""
    rules: Rules = Rules()
    """What items must comply with."""
    adoption: Adoption = Adoption()
    """When items are proposed as one, for a person to decide: {likeness: 0.85}."""
    schedule: Schedule = Schedule()
    """When the server works by itself: {every: 5m, full: "0 3 * * *", report: "0 8 * * 1-5",
    timezone: Europe/Berlin}."""
    guard: Guard = Guard()
    """How much one run may write without --force: shares, numbers, and those of a tracker."""
    plans: Plans = Plans()
    """What becomes of plans that were saved: {expire: hours}."""
    notify: Annotated[tuple[Secret, ...], AfterValidator(distinct)] = ()
    """Where `report --digest --send` sends to: env/NAME or file/PATH, each holding one address of
    apprise's, such as slack://… or mailto://…; they are credentials."""

    def schema_of_fields(self) -> Schema:
        """The fields that this backlog has: the built-in ones, and the team's own."""
        shapes = {name: shape_of(name, entry.type) for name, entry in self.fields.items()}
        own = {name: shape for name, shape in shapes.items() if shape and name != ORDER}
        talk: Schema = {COMMENTS: Shape.COMMENTS} if self.comments else {}
        rules: Schema = {NOTICE: Shape.TEXT} if self.rules.speak else {}
        return {**FIELDS, **own, **talk, **rules}

    def carried(self, field: str, tracker: str) -> CarriedSettings:
        """How the tracker of that name shows the field: by its name, else by its type."""
        entry = self.fields.get(field, FieldSettings())
        usual = entry.carriers.get(self.trackers[tracker].type, CarriedSettings())
        return entry.carriers.get(tracker, usual)

    def users_on(self, tracker: str) -> Mapping[str, str]:
        """Person → who that is on the tracker of that name."""
        known = ((person, self._user(names, tracker)) for person, names in self.users.items())
        return {person: user for person, user in known if user is not None}

    def _user(self, names: Mapping[str, str], tracker: str) -> str | None:
        return names.get(tracker, names.get(self.trackers[tracker].type))


class Server(Settings):
    """What `serve` shows, and to whom."""

    password: Secret | None = None
    """What the dashboard asks for, as env/NAME or file/PATH; any user name goes with it. Without
    one the dashboard is shown on loopback alone."""


class Config(Settings):
    """The settings of onebacklog."""

    model_config = ConfigDict(title="config")

    state: Annotated[
        str,
        AfterValidator(_state),
        Field(json_schema_extra={"pattern": "^(sqlite:///.|postgresql://)"}),
    ] = "sqlite:///onebacklog.db"
    """The state database: sqlite:///PATH, a relative path starts from this file's folder; or
    postgresql://USER@HOST/DATABASE, which many processes and hosts may share. Its password is
    never here: it is taken from PGPASSWORD, or from the file that PGPASSFILE names."""
    backlogs: Annotated[Mapping[Name, Backlog], Field(min_length=1)]
    """The backlogs, by name."""
    server: Server = Server()
    """What `serve` shows, and to whom: {password: env/NAME}."""
