"""Limits, conditional requests and headers of the stand-in GitHub."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from tests.sandbox.github.conftest import Site

SHOP = "/repos/acme/shop"


def test_every_answer_says_what_is_left(github: Site) -> None:
    for used, person, path in (
        (1, github.ada, SHOP),
        (2, github.ada, f"{SHOP}/issues/99"),
        (1, github.eve, SHOP),
        (1, github.nobody, SHOP),
    ):
        headers = person.get(path).headers
        assert headers["X-RateLimit-Limit"] == "5000"
        assert headers["X-RateLimit-Used"] == str(used)
        assert headers["X-RateLimit-Remaining"] == str(5000 - used)
        assert headers["X-RateLimit-Resource"] == "core"
        assert headers["X-GitHub-Request-Id"]


def test_an_exhausted_budget_refuses_until_the_hour_is_over(github: Site) -> None:
    github.stand_in.budget = 1
    assert github.ada.get(SHOP).status_code == 200
    refused = github.ada.post(f"{SHOP}/issues", {"title": "t"})
    assert refused.status_code == 403
    assert refused.json()["message"].startswith("API rate limit exceeded for user ada.")
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    reset = int(refused.headers["X-RateLimit-Reset"])
    assert 3500 < reset - datetime.now(UTC).timestamp() <= 3600
    assert github.eve.get(SHOP).status_code == 200
    assert len(github.ada.get("/rate_limit").json()["resources"]) == 3
    github.switches.skew = 3601
    assert github.ada.get(SHOP).status_code == 200


def test_asking_for_the_limit_costs_nothing(github: Site) -> None:
    github.ada.get(SHOP)
    for _ in range(2):
        rate = github.ada.get("/rate_limit").json()["rate"]
        assert (rate["limit"], rate["remaining"], rate["used"]) == (5000, 4999, 1)


def test_what_did_not_change_is_not_sent_again_and_costs_nothing(github: Site) -> None:
    first = github.ada.get(f"{SHOP}/issues")
    etag = first.headers["ETag"]
    same = github.ada.ask("GET", f"{SHOP}/issues", headers={"If-None-Match": f'"x", {etag}'})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
    assert same.headers["X-RateLimit-Used"] == "1"
    github.ada.patch(f"{SHOP}/issues/1", {"title": "New"})
    changed = github.ada.ask("GET", f"{SHOP}/issues", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


@pytest.mark.parametrize("status", [403, 429])
def test_too_many_creations_in_a_minute_are_refused_with_a_wait(github: Site, status: int) -> None:
    github.stand_in.creations_per_minute = 2
    github.stand_in.limits.refusal = status
    for title in ("a", "b"):
        assert github.ada.post(f"{SHOP}/issues", {"title": title}).status_code == 201
    refused = github.ada.post(f"{SHOP}/issues", {"title": "c"})
    assert refused.status_code == status
    assert "secondary rate limit" in refused.json()["message"]
    assert 50 < int(refused.headers["Retry-After"]) <= 60
    assert github.ada.patch(f"{SHOP}/issues/5", {"title": "A"}).status_code == 200
    assert github.ben.post(f"{SHOP}/issues", {"title": "c"}).status_code == 201
    github.switches.skew = 61
    assert github.ada.post(f"{SHOP}/issues", {"title": "c"}).status_code == 201


def test_the_clock_is_the_trackers_own(github: Site) -> None:
    github.switches.skew = 86_400
    answer = github.ada.post(f"{SHOP}/issues", {"title": "t"})
    ahead = parsedate_to_datetime(answer.headers["Date"]) - datetime.now(UTC)
    assert ahead.total_seconds() == pytest.approx(86_400, abs=5)
    created = datetime.fromisoformat(answer.json()["created_at"])
    assert (created - datetime.now(UTC)).total_seconds() == pytest.approx(86_400, abs=5)
