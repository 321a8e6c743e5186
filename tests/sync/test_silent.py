"""Rules that matched nothing for long: what the state keeps of them, and when they are told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.rules import Rules
from sync.app.silent import silent, terms_of
from sync.report.findings import Silent
from sync.state import Store
from sync.state.watched import Watched, watch, watched

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TERMS = {"labels": "a", "small": "b"}


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def at(number: int) -> str:
    return day(number).isoformat(timespec="seconds")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'state.db'}"
    one = Store(url if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    one.migrate()
    yield one
    one.close()


def told(store: Store, now: datetime, matched=(), terms=TERMS):
    return silent(watched(store.engine, "shop"), terms, matched, now)


def run(store: Store, number: int, *matched: str, terms=TERMS, whole=True) -> None:
    watch(store.engine, "shop", terms, matched, day(number), whole=whole)


def test_a_rule_that_never_matched_is_told_after_thirty_days_and_since_when(store: Store) -> None:
    run(store, 0, "small")
    run(store, 29, "small")
    assert told(store, day(29), {"small"}) == []
    run(store, 30, "small")
    assert told(store, day(30), {"small"}) == [Silent("labels", at(0), None)]


def test_a_rule_that_once_matched_is_told_thirty_days_after_that(store: Store) -> None:
    run(store, 0, "labels", "small")
    run(store, 10, "labels")
    assert [one.rule for one in told(store, day(39))] == ["small"]
    assert told(store, day(40)) == [
        Silent("labels", at(0), at(10)),
        Silent("small", at(0), at(0)),
    ]


def test_what_matches_now_is_not_told_whatever_runs_left(store: Store) -> None:
    run(store, 0)
    assert told(store, day(60), {"labels", "small"}) == []


def test_a_run_of_a_part_tells_what_matched_and_never_that_something_did_not(store: Store) -> None:
    run(store, 0, whole=False)
    assert watched(store.engine, "shop") == {}
    run(store, 1)
    run(store, 20, "small", whole=False, terms={**TERMS, "new": "c"})
    assert watched(store.engine, "shop") == {
        "labels": Watched("a", at(1)),
        "small": Watched("b", at(1), at(20)),
    }


def test_with_other_terms_a_rule_is_watched_anew_and_one_that_is_gone_is_forgotten(
    store: Store,
) -> None:
    run(store, 0, "small")
    new = {"small": "b2"}
    assert told(store, day(31), terms=new) == []  # no run has judged by it yet
    run(store, 31, terms=new)
    assert watched(store.engine, "shop") == {"small": Watched("b2", at(31))}
    assert told(store, day(60), terms=new) == []
    assert told(store, day(61), terms=new) == [Silent("small", at(31), None)]


def test_a_rule_that_always_matches_is_written_once_a_day(store: Store) -> None:
    run(store, 0, "small")
    watch(store.engine, "shop", TERMS, ["small"], START + timedelta(hours=23), whole=True)
    assert watched(store.engine, "shop")["small"].matched == at(0)
    run(store, 1, "small")
    assert watched(store.engine, "shop")["small"].matched == at(1)


def test_backlogs_do_not_mix(store: Store) -> None:
    run(store, 0)
    watch(store.engine, "app", {"labels": "x"}, (), day(0), whole=True)
    assert watched(store.engine, "app") == {"labels": Watched("x", at(0))}
    assert watched(store.engine, "shop").keys() == TERMS.keys()


CUSTOM = {"small": {"expect": "item.estimate <= 8.0", "message": "is large"}}


@pytest.mark.parametrize(
    ("settings", "same"),
    [
        pytest.param({"custom": CUSTOM}, True, id="the same"),
        pytest.param(
            {"custom": {"small": {**CUSTOM["small"], "mode": "comment", "severity": "error"}}},
            True,
            id="another mode is what it does, not what it demands",
        ),
        pytest.param(
            {"custom": {"small": {**CUSTOM["small"], "expect": "item.estimate <= 5.0"}}},
            False,
            id="another expression",
        ),
        pytest.param(
            {"custom": {"small": {**CUSTOM["small"], "kinds": ["bug"]}}}, False, id="other kinds"
        ),
    ],
)
def test_what_a_rule_demands_is_in_its_terms(settings, same: bool) -> None:
    before = terms_of(Rules.model_validate({"custom": CUSTOM}))["small"]
    assert (terms_of(Rules.model_validate(settings))["small"] == before) == same


def test_rules_that_are_off_have_no_terms() -> None:
    rules = {"labels": "off", "hygiene": {"mode": "off", "by_kind": {"bug": "report"}}}
    assert terms_of(Rules.model_validate(rules)).keys() == {
        "priority-order",
        "acceptance-criteria",
        "hygiene",
    }
