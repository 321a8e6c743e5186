"""Since when each rule is in the settings as it is, and when it last matched anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert, select

from sync.state import tables
from sync.state.database import looking
from sync.state.transaction import transaction

OFTEN = timedelta(days=1)
"""A rule that matches in every run is written so seldom: a run that changes nothing writes little.
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """One rule of a backlog; times in ISO 8601 in UTC."""

    terms: str
    """What it demands: a fingerprint of its settings. With others it is watched anew."""
    since: str
    matched: str | None = None
    """To about a day; None: never."""


def watch(
    engine: Engine,
    backlog: str,
    terms: Mapping[str, str],
    matched: Collection[str],
    now: datetime,
    *,
    whole: bool,
) -> None:
    """Stores what a run saw of the rules, `terms` by name; `matched`: those that found something.

    A run that is not of the whole backlog can only tell that a rule did match.
    """
    at = now.astimezone(UTC)
    known = watched(engine, backlog)
    new = _watched(known, terms, matched, at, whole)
    if new == known:
        return
    table = tables.watched
    rows = [{"backlog": backlog, "rule": rule, **asdict(one)} for rule, one in new.items()]
    with transaction(engine) as connection:
        connection.execute(table.delete().where(table.c.backlog == backlog))
        if rows:
            connection.execute(insert(table), rows)


def watched(engine: Engine, backlog: str) -> dict[str, Watched]:
    at = tables.watched.c
    query = select(at.rule, at.terms, at.since, at.matched).where(at.backlog == backlog)
    with looking(engine) as connection:
        return {rule: Watched(*rest) for rule, *rest in connection.execute(query)}


def _watched(
    known: Mapping[str, Watched],
    terms: Mapping[str, str],
    matched: Collection[str],
    at: datetime,
    whole: bool,
) -> dict[str, Watched]:
    text = at.isoformat(timespec="seconds")
    begun = {rule: Watched(said, text) for rule, said in terms.items()} if whole else known
    new = {}
    for rule, fresh in begun.items():
        one = known.get(rule, fresh)
        one = one if one.terms == terms.get(rule) or not whole else fresh
        said = one.terms == terms.get(rule) and rule in matched
        late = one.matched is None or datetime.fromisoformat(one.matched) <= at - OFTEN
        new[rule] = replace(one, matched=text) if said and late else one
    return new
