"""Preflight: does everything that a run needs hold? Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.secrets import SecretError
from config.trackers import FilesSettings
from sync.app.build import adapter, webhook_secrets
from sync.app.hooks import weakness
from sync.app.people import propose, strangers
from sync.app.runs import Shop, remembered
from sync.model import FieldName, TrackerName
from sync.plan import Severity
from sync.tracker import Facts, Person, Problem, TrackerError, Unmapped

AMISS = 30.0
"""Seconds that a clock may go wrong before `check` says so."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at."""

    tracker: TrackerName
    severity: Severity | None
    """None: it holds."""
    message: str


def check(shop: Shop) -> Iterator[Line]:
    """Each tracker in turn: credential, access, what it can and cannot hold, its values."""
    census: dict[TrackerName, Sequence[Person]] = {}
    for name in shop.settings.trackers:
        yield from _tracker(shop, name, census)
        yield from _webhook(shop, name)
    yield from _people(shop, census)


def _webhook(shop: Shop, name: TrackerName) -> Iterator[Line]:
    """Is what webhooks are signed with there, and does nobody guess it?"""
    settings = shop.settings.trackers[name]
    if isinstance(settings, FilesSettings) or settings.webhook_secret is None:
        return
    try:
        secrets = webhook_secrets(settings, shop.around)
        token = shop.around.fetch(settings.auth.token)
    except SecretError as error:
        yield Line(name, "error", str(error))
        return
    for secret in secrets:
        if why := weakness(secret, token):
            yield Line(name, "error" if secret == token else "warning", f"webhook_secret {why}")


def _tracker(
    shop: Shop, name: TrackerName, census: dict[TrackerName, Sequence[Person]]
) -> Iterator[Line]:
    try:
        tracker = adapter(shop.settings, name, shop.around)
        facts = tracker.open()
        if "assignees" in facts.fields and (people := tracker.people()):
            census[name] = people
    except (SecretError, TrackerError) as error:
        yield Line(name, "error", str(error))
        return
    fields = ", ".join(sorted(facts.fields.intersection(shop.settings.schema_of_fields())))
    order = " and the order" if facts.order else ""
    yield Line(name, None, f"reached; carries {fields}{order}")
    yield from _clock(name, facts)
    for problem in facts.problems:
        yield _problem(name, problem)
    for field, why in sorted(facts.cannot.items()):
        yield Line(name, "info", f"cannot hold {field}: {why}")
    yield from _public(shop, name, facts)
    yield from _values(shop, name, facts)


def _problem(name: TrackerName, problem: Problem) -> Line:
    place = f"{problem.key}: " if problem.key else ""
    return Line(name, problem.severity, f"{place}{problem.message}")


def _clock(name: TrackerName, facts: Facts) -> Iterator[Line]:
    """Does it go as this machine's does?"""
    if facts.ahead is None or abs(facts.ahead) <= AMISS:
        return
    how = f"{abs(facts.ahead):.0f} s {'ahead of' if facts.ahead > 0 else 'behind'}"
    message = (
        f"its clock is {how} this machine's: set the one that is wrong, by NTP. Until then times "
        "of changes are compared less that difference, and times of runs are this machine's"
    )
    yield Line(name, "warning", message)


def _public(shop: Shop, name: TrackerName, facts: Facts) -> Iterator[Line]:
    if facts.public and shop.settings.trackers[name].publish is None:
        message = (
            "is public and will receive nothing from elsewhere; "
            "name the fields that it may show under `publish`, or write `publish: all`"
        )
        yield Line(name, "warning", message)


def _values(shop: Shop, name: TrackerName, facts: Facts) -> Iterator[Line]:
    """Every value that the settings name has a counterpart there."""
    for field, values in _named(shop):
        if field not in facts.fields:
            continue
        for value in values:
            try:
                facts.codec.encode(field, value, None)
            except Unmapped as error:
                yield Line(name, "error", str(error))


def _people(shop: Shop, census: Mapping[TrackerName, Sequence[Person]]) -> Iterator[Line]:
    """Who is likely who, and who of those that items are assigned to is known to nobody."""
    users = {name: shop.settings.users_on(name) for name in census}
    types = {name: shop.settings.trackers[name].type for name in census}
    for proposal in propose(census, users, types):
        yield Line(next(iter(proposal.names)), "info", str(proposal))
    items = tuple(remembered(shop)[0].items.values())
    for name, people in census.items():
        for message in strangers(name, people, users[name], items):
            yield Line(name, "warning", message)


def _named(shop: Shop) -> Iterator[tuple[FieldName, tuple[str, ...]]]:
    for field, entry in shop.settings.fields.items():
        mapped = [v for carried in entry.carriers.values() for v in carried.values]
        named = (*(entry.values or ()), *mapped)
        if named:
            yield field, tuple(dict.fromkeys(named))
