"""Who may see and do what on the stand-in GitHub, and who is assigned."""

import base64

import pytest
import requests

from tests.sandbox.github.conftest import Site

SHOP = "/repos/acme/shop"
ASSIGNEES = SHOP + "/issues/1/assignees"
VAULT = "/repos/acme/vault"


def logins(answer: requests.Response) -> list[str]:
    return [person["login"] for person in answer.json()["assignees"]]


def test_a_token_tells_whose_it_is(github: Site) -> None:
    assert github.ada.get("/user").json()["login"] == "ada"
    assert github.nobody.get("/user").status_code == 401


@pytest.mark.parametrize(
    "header", ["token t-ben", "Bearer t-ben", "Basic " + base64.b64encode(b"x:t-ben").decode()]
)
def test_a_token_is_taken_however_it_is_sent(github: Site, header: str) -> None:
    answer = github.nobody.ask("GET", "/user", headers={"Authorization": header})
    assert answer.json()["login"] == "ben"


@pytest.mark.parametrize("header", ["token wrong", "Bearer", "Basic !", "Basic eA=="])
def test_a_wrong_token_is_refused_even_where_none_is_needed(github: Site, header: str) -> None:
    answer = github.nobody.ask("GET", SHOP, headers={"Authorization": header})
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


def test_a_repository_shows_what_the_token_may_do(github: Site) -> None:
    ada, eve = (person.get(SHOP).json() for person in (github.ada, github.eve))
    assert (ada["permissions"]["push"], eve["permissions"]["push"]) == (True, False)
    assert (ada["private"], ada["visibility"], ada["has_issues"]) == (False, "public", True)
    assert ada["owner"]["type"] == "Organization"
    assert github.eve.get("/repos/eve/home").json()["owner"]["type"] == "User"
    assert "permissions" not in github.nobody.get(SHOP).json()
    assert github.ada.get("/repos/ACME/Shop").json() == ada
    assert ada["open_issues_count"] == 3


def test_a_private_repository_is_not_there_for_strangers(github: Site) -> None:
    assert github.ada.get(VAULT).json()["visibility"] == "private"
    assert github.ben.get(f"{VAULT}/issues/1").status_code == 200
    for person in (github.eve, github.nobody):
        for path in ("", "/issues", "/issues/1", "/labels", "/milestones", "/assignees"):
            assert person.get(VAULT + path).status_code == 404


def test_anonymous_people_read_what_is_public_and_write_nothing(github: Site) -> None:
    assert github.nobody.get(f"{SHOP}/issues/1").status_code == 200
    answer = github.nobody.post(f"{SHOP}/issues", {"title": "t"})
    assert (answer.status_code, answer.json()["message"]) == (401, "Requires authentication")


def test_a_token_does_only_what_it_was_given(github: Site) -> None:
    message = "Resource not accessible by personal access token"
    assert github.reader.get(f"{VAULT}/issues/1").status_code == 200
    refused = [
        github.reader.post(f"{SHOP}/issues", {"title": "t"}),
        github.reader.patch(f"{SHOP}/issues/1", {"title": "t"}),
        github.reader.post(f"{SHOP}/hooks", {"config": {"url": "http://127.0.0.1/"}}),
        github.blind.get(f"{VAULT}/issues"),
        github.blind.get(f"{SHOP}/hooks"),
    ]
    for answer in refused:
        assert (answer.status_code, answer.json()["message"]) == (403, message)
    assert github.blind.get(f"{SHOP}/issues").status_code == 200
    assert github.blind.get(VAULT).status_code == 200


def test_who_may_push_may_be_assigned(github: Site) -> None:
    assert [one["login"] for one in github.ada.list(f"{SHOP}/assignees")] == ["ada", "ben"]
    for path in (f"{SHOP}/assignees", ASSIGNEES):
        assert github.ada.get(f"{path}/BEN").status_code == 204
        assert github.ada.get(f"{path}/eve").status_code == 404


def test_people_are_assigned_beside_who_already_is_and_strangers_are_left_out(
    github: Site,
) -> None:
    answer = github.ada.post(ASSIGNEES, {"assignees": ["BEN", "ada", "eve", "who"]})
    assert (answer.status_code, logins(answer)) == (201, ["ada", "ben"])
    answer = github.ada.delete(ASSIGNEES, {"assignees": ["Ada", "eve"]})
    assert (answer.status_code, logins(answer)) == (200, ["ben"])


def test_assigning_without_push_access_does_nothing_and_says_nothing(github: Site) -> None:
    assert logins(github.eve.post(ASSIGNEES, {"assignees": ["ben"]})) == ["ada"]
    assert logins(github.eve.delete(ASSIGNEES, {"assignees": ["ada"]})) == ["ada"]


def test_an_issue_has_at_most_ten_assignees(github: Site) -> None:
    many = [f"person{number}" for number in range(11)]
    seed = {"users": {"t-ada": "ada"}, "repositories": {"ada/big": {"push": many, "issues": ["t"]}}}
    github.stand_in.load(seed)
    path = "/repos/ada/big/issues/1"
    assert github.ada.post(f"{path}/assignees", {"assignees": many[:10]}).status_code == 201
    answer = github.ada.post(f"{path}/assignees", {"assignees": many})
    assert answer.json()["errors"][0]["code"] == "custom"
    assert github.ada.patch(path, {"assignees": many}).status_code == 422
    assert len(logins(github.ada.get(path))) == 10


def test_assigning_is_an_update_only_where_it_changes_something(github: Site) -> None:
    before = github.ada.get(f"{SHOP}/issues/1").json()["updated_at"]
    assert github.ada.post(ASSIGNEES, {"assignees": ["ada"]}).json()["updated_at"] == before
    assert github.ada.post(ASSIGNEES, {"assignees": ["ben"]}).json()["updated_at"] > before


def test_what_is_not_there_is_not_found_in_githubs_words(github: Site) -> None:
    for answer in (
        github.ada.ask("GET", "/repositories/1/issues"),
        github.ada.session.get(f"{github.ada.url}/nothing/here"),
        github.ada.session.put(f"{github.ada.url}{SHOP}/issues"),
    ):
        assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")
        assert answer.headers["X-RateLimit-Limit"] == "5000"
