"""From the settings to what a run is made of: adapters, and what the planner is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeAlias

from adapters.base import Carrier, Comments, Setup
from adapters.pace import Turns
from config.fields import NONE, ORDER
from config.guard import Limits as GuardConfig
from config.rules import LabelsSettings as LabelsConfig
from config.rules import NoticesSettings as NoticesConfig
from config.rules import RuleSettings as RuleConfig
from config.rules import ScoreSettings as ScoreConfig
from config.schema import Backlog as BacklogConfig
from config.secrets import Secret, resolve
from config.trackers import FilesSettings, GitHubSettings, JiraSettings
from config.trackers import TrackerSettings as TrackerConfig
from sync.events import Listener
from sync.guard import Limits
from sync.merge import BACKLOG, Policy
from sync.model import NOTICE, FieldName, Shape, TrackerName
from sync.notice import Notices
from sync.planner import Settings, TrackerSettings
from sync.rules import RULES, Chosen, Custom, PriorityOrder, RuleSettings, Terms, Waiver
from sync.score import Score
from sync.tracker import Adapter

Fields: TypeAlias = tuple[tuple[FieldName, Shape], ...]
"""A backlog's schema, as options hold it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where credentials come from."""

    environment: Mapping[str, str]
    folder: Path
    """The settings' own: relative paths of credential files start from it."""

    def fetch(self, secret: Secret) -> str:
        """Raises SecretError."""
        return resolve(secret, self.environment, self.folder)


Sharing: TypeAlias = Callable[[str, str], Turns]
"""Gives the turns of a credential: of an address, and what is secret there."""


def adapter(
    backlog: BacklogConfig,
    name: TrackerName,
    around: Surroundings,
    sharing: Sharing | None = None,
    standing: Callable[[], None] | None = None,
) -> Adapter:
    """The adapter of one tracker. Raises SecretError where its credential cannot be had.

    `standing`: asked right before each write; see Setup.
    """
    settings = backlog.trackers[name]
    turns = turns_of(settings, around, sharing) if sharing else None
    of = replace(setup(backlog, name, turns), standing=standing)
    made: Adapter = ADAPTERS[settings.type](of, settings, around)
    return made


def turns_of(settings: TrackerConfig, around: Surroundings, sharing: Sharing) -> Turns | None:
    """None where nothing is called. Raises SecretError."""
    match settings:
        case JiraSettings():
            email = around.fetch(settings.auth.email) if settings.auth.email else ""
            secret = f"{email}\0{around.fetch(settings.auth.token)}"
            return sharing(settings.api_url or settings.url, secret)
        case GitHubSettings():
            return sharing(settings.url, around.fetch(settings.auth.token))
    return None


def listener(backlog: BacklogConfig, name: TrackerName, around: Surroundings) -> Listener | None:
    """What understands a tracker's webhooks; None where it has none, or no secret for them.

    Raises SecretError where the secret cannot be had.
    """
    settings = backlog.trackers[name]
    secrets = webhook_secrets(settings, around)
    if not secrets:
        return None
    made: Listener = LISTENERS[settings.type](settings, secrets, backlog.rules.has_vocabulary)
    return made


def webhook_secrets(settings: TrackerConfig, around: Surroundings) -> list[str]:
    """What webhooks may be signed with, the one that new ones get first. Raises SecretError."""
    said = None if isinstance(settings, FilesSettings) else settings.webhook_secret
    if said is None:
        return []
    return [around.fetch(one) for one in (said if isinstance(said, tuple) else (said,))]


def setup(backlog: BacklogConfig, name: TrackerName, turns: Turns | None = None) -> Setup:
    schema = backlog.schema_of_fields()
    carriers: dict[FieldName, Carrier | None] = {}
    values: dict[FieldName, Mapping[str, str]] = {}
    for field in schema:
        carried = backlog.carried(field, name)
        if carried.carrier == NONE:
            carriers[field] = None
        elif carried.carrier is not None:
            carriers[field] = Carrier.parse(carried.carrier, carried.values)
        elif carried.values:
            values[field] = carried.values
    talk = backlog.comments
    return Setup(
        name,
        schema,
        carriers,
        values,
        comments=Comments(name in talk.sources, name in talk.targets, frozenset(talk.sources))
        if talk
        else Comments(),
        copied=_copied(backlog, name) if backlog.attachments == "copies" else None,
        transitions=backlog.carried("status", name).transitions,
        vocabulary=backlog.rules.has_vocabulary,
        users=backlog.users_on(name),
        writes=getattr(backlog.trackers[name], "writes_per_minute", None),
        turns=turns,
    )


def _copied(backlog: BacklogConfig, name: TrackerName) -> tuple[str, ...]:
    """Where the attachments are that a tracker gets copies of: on all others."""
    places = {one: _attachments_at(of) for one, of in backlog.trackers.items() if one != name}
    return tuple(sorted({place for place in places.values() if place}))


def _attachments_at(settings: TrackerConfig) -> str | None:
    """What the addresses of its attachments begin with; None where it has none of its own."""
    match settings:
        case JiraSettings():
            from adapters.jira.attached import AT  # noqa: PLC0415

            return f"{settings.url}{AT}"
        case FilesSettings():
            from adapters.files.attachments import BESIDE  # noqa: PLC0415

            return BESIDE
    return None


def _jira(setup: Setup, settings: JiraSettings, around: Surroundings) -> Adapter:
    from adapters.jira import Jira  # noqa: PLC0415  (each is slow to import, and may not be needed)

    email = settings.auth.email
    return Jira(
        setup,
        url=settings.url,
        project=settings.project,
        deployment=settings.deployment,
        email=around.fetch(email) if email else None,
        token=around.fetch(settings.auth.token),
        where=settings.where,
        api_url=settings.api_url,
        board=settings.board,
    )


def _github(setup: Setup, settings: GitHubSettings, around: Surroundings) -> Adapter:
    from adapters.github.adapter import GitHub  # noqa: PLC0415

    return GitHub(
        setup,
        repository=settings.repository,
        url=settings.url,
        token=around.fetch(settings.auth.token),
        where={"labels": list(settings.where.labels), "state": settings.where.state},
        project=settings.project,
    )


def _files(setup: Setup, settings: FilesSettings, around: Surroundings) -> Adapter:
    from adapters.files import Files  # noqa: PLC0415

    return Files(setup, path=Path(settings.path))


ADAPTERS: Mapping[str, Callable[[Setup, Any, Surroundings], Adapter]] = {
    "jira": _jira,
    "github": _github,
    "files": _files,
}
"""The concrete adapters, by the type that the settings name. Nothing else names them."""


def _hear_jira(settings: JiraSettings, secrets: Sequence[str], _: bool) -> Listener:
    from adapters.jira.listen import JiraListener  # noqa: PLC0415

    return JiraListener(project=settings.project, secrets=secrets)


def _hear_github(settings: GitHubSettings, secrets: Sequence[str], vocabulary: bool) -> Listener:
    from adapters.github.listen import GitHubListener  # noqa: PLC0415

    return GitHubListener(
        repository=settings.repository,
        secrets=secrets,
        project=settings.project,
        vocabulary=vocabulary,
    )


LISTENERS: Mapping[str, Callable[[Any, Sequence[str], bool], Listener]] = {
    "jira": _hear_jira,
    "github": _hear_github,
}
"""What understands the webhooks of a tracker, by its type; told whether there is a vocabulary."""


def planner_settings(backlog: BacklogConfig) -> Settings:
    trackers = {
        name: TrackerSettings(
            one.creates,
            frozenset(one.publish) if isinstance(one.publish, tuple) else one.publish,
        )
        for name, one in backlog.trackers.items()
    }
    policies = {"": _policy(backlog, ""), NOTICE: Policy(BACKLOG)}
    for field in (*backlog.schema_of_fields(), ORDER):
        policies.setdefault(field, _policy(backlog, field))
    priorities = backlog.fields.get("priority")
    levels = tuple(priorities.values or ()) if priorities else ()
    schema = tuple(backlog.schema_of_fields().items())
    rules: dict[str, Chosen] = {
        name: _rule(name, one, levels, schema) for name, one in backlog.rules.each()
    }
    rules["custom"] = _custom(backlog)
    waivers = tuple(Waiver(w.item, w.rule, w.reason, w.until, w.by) for w in backlog.rules.waivers)
    likeness = backlog.adoption.likeness
    said = backlog.rules.notices or NoticesConfig()
    notices = Notices(said.template, said.settled)
    return Settings(trackers, policies, rules, waivers, notices, likeness)


def _policy(backlog: BacklogConfig, field: FieldName) -> Policy:
    conflicts = backlog.conflicts.of(field)
    entry = backlog.fields.get(field)
    authority = entry.authority if entry else "any"
    return Policy(authority, tuple(conflicts.prefer), conflicts.strategy)


def _rule(
    name: str, settings: RuleConfig, levels: Sequence[str], schema: Fields
) -> tuple[RuleSettings, ...]:
    """The rule for each kind that is set apart, and then for the others.

    `levels`: the team's own priorities, the highest first.
    """
    *apart, usual = (_variant(name, one, levels, schema) for one in settings.each())
    but = frozenset[str]().union(*(one.kinds or () for one in apart))
    return (*apart, replace(usual, but=but))


def _custom(backlog: BacklogConfig) -> tuple[RuleSettings, ...]:
    """The rules of the team's own."""
    schema = tuple(backlog.schema_of_fields().items())
    return tuple(
        replace(_variant("custom", one), options=Custom(name, one.expect, one.message, schema))
        for name, one in backlog.rules.custom.items()
    )


def _variant(
    name: str, settings: RuleConfig, levels: Sequence[str] = (), schema: Fields = ()
) -> RuleSettings:
    """What the settings do not say is left to the rule's own defaults."""
    options = RULES[name].options
    said = {
        one.name: getattr(settings, one.name)
        for one in fields(options)
        if getattr(settings, one.name, None) is not None
    }
    if levels and options is PriorityOrder:
        said["levels"] = tuple(levels)
    if "score" in said:
        said["score"] = _score(said["score"], schema)
    if isinstance(settings, LabelsConfig):
        said["definitions"] = {
            label: (one.color or None, one.description)
            for label, one in settings.vocabulary.items()
        }
        if settings.components is not None:
            said["components"] = Terms(**dict(settings.components))
    kinds = None if settings.kinds is None else frozenset(settings.kinds)
    return RuleSettings(
        settings.mode, settings.severity, kinds, options=options(**said), label=settings.label
    )


def _score(said: ScoreConfig, schema: Fields) -> Score:
    fields: dict[str, FieldName] = dict(said.fields.items())
    return Score(said.formula, fields, said.expression or "", said.mode == "keep", schema)


def limits(backlog: BacklogConfig) -> dict[TrackerName, Limits]:
    """How much one run may write, by tracker."""
    return {name: _limits(backlog.guard.of(name)) for name in backlog.trackers}


def _limits(said: GuardConfig) -> Limits:
    at_most = {name: one for name, one in said.at_most.model_dump().items() if one is not None}
    return Limits(
        said.creates, said.changes, said.closes, said.moves, said.minimum, at_most=at_most
    )
