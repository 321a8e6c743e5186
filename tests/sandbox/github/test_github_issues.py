"""Issues of the stand-in GitHub: list, get, create, update, lock."""

import logging

import pytest

from tests.sandbox.github.conftest import Site

SHOP = "/repos/acme/shop"
ISSUES = SHOP + "/issues"


def test_a_list_has_open_issues_and_pull_requests_the_newest_first(github: Site) -> None:
    found = github.ada.list(ISSUES)
    assert [issue["number"] for issue in found] == [3, 2, 1]
    assert ["pull_request" in issue for issue in found] == [True, False, False]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"state": "closed"}, [4]),
        ({"state": "all"}, [4, 3, 2, 1]),
        ({"sort": "updated", "direction": "asc", "state": "all"}, [1, 2, 3, 4]),
        ({"sort": "comments"}, [1, 3, 2]),
        ({"labels": "BUG"}, [1]),
        ({"labels": "bug,ui"}, [1]),
        ({"labels": "bug,nowhere"}, []),
        ({"milestone": "1"}, [1]),
        ({"milestone": "2"}, []),
        ({"milestone": "*"}, [1]),
        ({"milestone": "none"}, [3, 2]),
        ({"assignee": "Ada"}, [1]),
        ({"assignee": "none"}, [3, 2]),
        ({"assignee": "*"}, [1]),
        ({"creator": "eve"}, [2]),
        ({"type": "Bug"}, [1]),
        ({"type": "none"}, [3, 2]),
        ({"since": "2026-01-03T11:00:00+01:00", "state": "all"}, [4, 3]),
        ({"since": "2026-01-03T10:00:01Z", "state": "all"}, [4]),
    ],
)
def test_a_list_shows_only_what_was_asked_for(
    github: Site, query: dict[str, str], numbers: list[int]
) -> None:
    assert [issue["number"] for issue in github.ada.list(ISSUES, **query)] == numbers


@pytest.mark.parametrize("query", [{"state": "odd"}, {"sort": "size"}, {"since": "yesterday"}])
def test_a_list_refuses_what_it_does_not_know(github: Site, query: dict[str, str]) -> None:
    answer = github.ada.get(ISSUES, **query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in query


def test_pages_link_to_each_other_by_addresses_that_work(github: Site) -> None:
    first = github.ada.get(ISSUES, state="all", per_page=2)
    assert set(first.links) == {"next", "last"}
    second = github.ada.get(first.links["next"]["url"])
    assert [issue["number"] for issue in second.json()] == [2, 1]
    assert set(second.links) == {"prev", "first"}
    assert github.ada.get(second.links["first"]["url"]).json() == first.json()
    assert github.ada.get(ISSUES, page=9).json() == []


def test_a_page_has_at_most_a_hundred_and_by_default_thirty(github: Site) -> None:
    issues = [f"Issue {number}" for number in range(150)]
    github.stand_in.load(
        {"users": {"t-ada": "ada"}, "repositories": {"ada/big": {"issues": issues}}}
    )
    assert len(github.ada.list("/repos/ada/big/issues", per_page=1000)) == 100
    assert len(github.ada.list("/repos/ada/big/issues", per_page="many")) == 30


def test_an_issue_shows_everything_that_was_seeded(github: Site) -> None:
    issue = github.ada.get(f"{ISSUES}/1").json()
    assert issue["title"] == "Cart loses items"
    assert issue["body"] == "Steps:\r\n- add"
    assert [label["name"] for label in issue["labels"]] == ["bug", "ui"]
    assert [person["login"] for person in issue["assignees"]] == ["ada"]
    assert issue["milestone"]["title"] == "v1"
    assert issue["milestone"]["open_issues"] == 1
    assert issue["type"]["name"] == "Bug"
    assert issue["comments"] == 1
    assert issue["created_at"] == "2026-01-01T10:00:00Z"
    assert issue["url"] == f"{github.ada.url}{ISSUES}/1"
    assert issue["html_url"] == f"{github.ada.url}/acme/shop/issues/1"
    assert issue["id"] > 2**31
    assert len({str(issue["id"]), issue["node_id"], str(issue["number"])}) == 3
    assert issue["issue_dependencies_summary"]["blocking"] == 1


def test_a_title_is_enough_to_create_an_issue(github: Site) -> None:
    answer = github.ada.post(ISSUES, {"title": "  New  "})
    assert answer.status_code == 201
    issue = answer.json()
    assert (issue["number"], issue["title"], issue["body"]) == (5, "New", None)
    assert issue["user"]["login"] == "ada"
    assert issue["state_reason"] is None
    assert github.ada.get(f"{ISSUES}/5").json() == issue


def test_a_new_issue_takes_labels_assignees_milestone_and_type(github: Site) -> None:
    body = {
        "title": "New",
        "body": "Text",
        "labels": ["Bug", {"name": "fresh"}],
        "assignees": ["BEN"],
        "milestone": 2,
        "type": "task",
    }
    issue = github.ada.post(ISSUES, body).json()
    assert [label["name"] for label in issue["labels"]] == ["bug", "fresh"]
    assert [person["login"] for person in issue["assignees"]] == ["ben"]
    assert issue["milestone"]["number"] == 2
    assert issue["type"]["name"] == "Task"
    assert github.ada.get(f"{SHOP}/labels/fresh").json()["color"] == "ededed"


def test_without_push_access_they_are_dropped_without_a_word(github: Site) -> None:
    more = {"labels": ["bug"], "assignees": ["ada"], "milestone": 1, "type": "Bug"}
    created = github.eve.post(ISSUES, {"title": "New", **more})
    assert created.status_code == 201
    edited = github.eve.patch(f"{ISSUES}/5", {"body": "Mine", **more})
    for issue in (created.json(), edited.json()):
        assert (issue["labels"], issue["assignees"]) == ([], [])
        assert (issue["milestone"], issue["type"]) == (None, None)
    assert edited.json()["body"] == "Mine"


def test_authors_close_their_own_issue_and_reopen_only_what_they_closed(github: Site) -> None:
    own = f"{ISSUES}/2"
    assert github.eve.patch(own, {"state": "closed"}).json()["state"] == "closed"
    assert github.eve.patch(own, {"state": "open"}).json()["state"] == "open"
    github.ada.patch(own, {"state": "closed"})
    assert github.eve.patch(own, {"state": "open"}).json()["state"] == "closed"


def test_only_push_access_edits_the_issues_of_others(github: Site) -> None:
    answer = github.eve.patch(f"{ISSUES}/1", {"title": "Mine now"})
    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "Must have admin rights to Repository.",
    )
    assert github.ben.patch(f"{ISSUES}/1", {"title": "Ours"}).json()["title"] == "Ours"


def test_an_update_changes_what_it_says_and_nothing_else(github: Site) -> None:
    before = github.ada.get(f"{ISSUES}/1").json()
    after = github.ada.patch(f"{ISSUES}/1", {"title": "Cart keeps items"}).json()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"title", "updated_at"}
    assert after["updated_at"] > before["updated_at"]


def test_an_update_that_changes_nothing_is_no_update(github: Site) -> None:
    before = github.ada.get(f"{ISSUES}/1").json()
    same = {"title": before["title"], "labels": ["UI", "bug"], "state": "open", "milestone": "1"}
    assert github.ada.patch(f"{ISSUES}/1", same).json() == before


def test_labels_assignees_and_milestone_are_replaced_or_cleared(github: Site) -> None:
    issue = github.ada.patch(f"{ISSUES}/1", {"labels": ["ui"], "assignees": ["ben"]}).json()
    assert [label["name"] for label in issue["labels"]] == ["ui"]
    assert issue["assignee"]["login"] == "ben"
    none: dict[str, object] = {
        "labels": [],
        "assignees": [],
        "milestone": None,
        "type": None,
        "body": None,
    }
    issue = github.ada.patch(f"{ISSUES}/1", none).json()
    assert (issue["labels"], issue["assignees"], issue["milestone"]) == ([], [], None)
    assert (issue["type"], issue["body"]) == (None, None)


def test_a_single_assignee_is_taken_too(github: Site) -> None:
    for assignee, logins in (("ben", ["ben"]), (None, [])):
        issue = github.ada.patch(f"{ISSUES}/1", {"assignee": assignee}).json()
        assert [person["login"] for person in issue["assignees"]] == logins


def test_the_reason_is_ignored_unless_the_state_changes(github: Site) -> None:
    issue = github.ada.patch(f"{ISSUES}/1", {"state_reason": "not_planned"}).json()
    assert (issue["state"], issue["state_reason"]) == ("open", None)
    issue = github.ada.patch(f"{ISSUES}/1", {"state": "closed", "state_reason": "duplicate"}).json()
    assert (issue["state_reason"], issue["closed_by"]["login"]) == ("duplicate", "ada")
    assert issue["closed_at"] == issue["updated_at"]
    again = {"state": "closed", "state_reason": "completed"}
    assert github.ada.patch(f"{ISSUES}/1", again).json()["state_reason"] == "duplicate"
    issue = github.ada.patch(f"{ISSUES}/1", {"state": "open"}).json()
    assert (issue["state_reason"], issue["closed_at"], issue["closed_by"]) == (
        "reopened",
        None,
        None,
    )


def test_closing_without_a_reason_means_completed(github: Site) -> None:
    issue = github.ada.patch(f"{ISSUES}/1", {"state": "closed"}).json()
    assert issue["state_reason"] == "completed"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"title": ""}, "title", "missing_field"),
        ({"title": "t" * 257}, "title", "custom"),
        ({"title": "t", "body": "b" * 65_537}, "body", "custom"),
        ({"title": "t", "milestone": 99}, "milestone", "invalid"),
        ({"title": "t", "milestone": "v1"}, "milestone", "invalid"),
        ({"title": "t", "assignees": ["eve"]}, "assignees", "invalid"),
        ({"title": "t", "type": "Epic"}, "type", "invalid"),
        ({"title": "t", "labels": ["x" * 51]}, "name", "custom"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_wrong_value_is_refused_by_its_field_and_leaves_no_trace(
    github: Site, method: str, body: dict[str, object], field: str, code: str
) -> None:
    before = github.stand_in.dump()
    answer = github.ada.ask(method, ISSUES if method == "POST" else f"{ISSUES}/1", body)
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["message"], problem["status"]) == ("Validation Failed", "422")
    assert (problem["errors"][0]["field"], problem["errors"][0]["code"]) == (field, code)
    assert problem["documentation_url"].startswith("https://docs.github.com/rest/issues/issues#")
    assert github.stand_in.dump() == before


def test_the_longest_texts_are_taken(github: Site) -> None:
    answer = github.ada.post(ISSUES, {"title": "t" * 256, "body": "b" * 65_536})
    assert (answer.status_code, len(answer.json()["body"])) == (201, 65_536)
    answer = github.ada.post(ISSUES, {"title": "t", "body": "b" * 65_537})
    message = answer.json()["errors"][0]["message"]
    assert message == "body is too long (maximum is 65536 characters)"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": None},
        {"title": ["t"]},
        {"title": "t", "labels": "bug"},
        {"title": "t", "body": 1},
    ],
)
def test_a_body_of_the_wrong_form_is_an_invalid_request(
    github: Site, body: dict[str, object]
) -> None:
    assert github.ada.post(ISSUES, body).status_code == 422


@pytest.mark.parametrize(
    ("data", "message"),
    [(b'{"title": ', "Problems parsing JSON"), (b'["t"]', "Body should be a JSON object")],
)
def test_what_is_no_json_object_is_a_bad_request(github: Site, data: bytes, message: str) -> None:
    answer = github.ada.ask("POST", ISSUES, data=data)
    assert (answer.status_code, answer.json()["message"]) == (400, message)


def test_texts_come_back_as_they_were_sent(github: Site) -> None:
    text = '<script>alert("&")</script>\r\n{{ x }} \u202e $(rm -rf) \U0001f600\n\n'
    number = github.ada.post(ISSUES, {"title": "<b>%s</b>", "body": text}).json()["number"]
    issue = github.ada.get(f"{ISSUES}/{number}").json()
    assert (issue["title"], issue["body"]) == ("<b>%s</b>", text)


def test_where_issues_are_disabled_only_pull_requests_are_left(github: Site) -> None:
    quiet = "/repos/acme/quiet/issues"
    assert [issue["number"] for issue in github.ada.list(quiet, state="all")] == [2]
    assert github.ada.get(f"{quiet}/1").status_code == 410
    assert github.ada.patch(f"{quiet}/1", {"title": "t"}).status_code == 410
    assert github.ada.post(quiet, {"title": "t"}).status_code == 410
    assert github.ada.get(f"{quiet}/2").status_code == 200


def test_an_issue_that_never_was_is_not_found(github: Site) -> None:
    for path in (f"{ISSUES}/99", f"{ISSUES}/many", "/repos/acme/none/issues/1"):
        assert github.ada.get(path).status_code == 404


def test_locking_takes_a_known_reason_and_push_access(github: Site) -> None:
    lock = f"{ISSUES}/1/lock"
    assert github.eve.put(lock).status_code == 403
    assert github.ada.put(lock, {"lock_reason": "boring"}).status_code == 422
    assert github.ada.put(lock, {"lock_reason": "too heated"}).status_code == 204
    issue = github.ada.get(f"{ISSUES}/1").json()
    assert (issue["locked"], issue["active_lock_reason"]) == (True, "too heated")
    assert github.ada.patch(f"{ISSUES}/1", {"title": "Still"}).json()["title"] == "Still"
    assert github.ada.delete(lock).status_code == 204
    assert github.ada.get(f"{ISSUES}/1").json()["locked"] is False


def test_issue_types_are_their_organizations(github: Site) -> None:
    for path in ("/orgs/acme/issue-types", f"{SHOP}/issue-types"):
        assert [type_["name"] for type_ in github.ada.list(path)] == ["Bug", "Task"]
    assert github.ada.get("/repos/eve/home/issue-types").status_code == 404
    assert (
        github.eve.post("/repos/eve/home/issues", {"title": "t", "type": "Bug"}).json()["type"]
        is None
    )


def test_a_list_since_some_time_lags_and_nothing_else_does(github: Site) -> None:
    since = {"since": "2026-06-01T00:00:00Z", "state": "all"}
    github.switches.lag = 3600
    github.ada.post(ISSUES, {"title": "New"})
    github.ada.patch(f"{ISSUES}/1", {"title": "Changed"})
    assert github.ada.list(ISSUES, **since) == []
    assert [issue["number"] for issue in github.ada.list(ISSUES)] == [5, 3, 2, 1]
    assert github.ada.get(f"{ISSUES}/1").json()["title"] == "Changed"
    before = github.ada.list(ISSUES, since="2026-01-01T00:00:00Z", state="all")
    assert {issue["number"]: issue["title"] for issue in before}[1] == "Cart loses items"
    github.switches.skew = 3601
    assert [issue["number"] for issue in github.ada.list(ISSUES, **since)] == [5, 1]


def test_what_the_stand_in_did_not_foresee_is_an_error_with_its_traceback_on_the_log(
    github: Site, caplog: pytest.LogCaptureFixture
) -> None:
    repository = github.stand_in.state.repository("acme/shop")
    assert repository
    repository.milestones[1] = None  # type: ignore[assignment]  # broken on purpose
    with caplog.at_level(logging.ERROR):
        answer = github.ada.get(f"{ISSUES}/4")
        assert answer.status_code == 200
        answer = github.ada.get(f"{SHOP}/milestones")
    assert (answer.status_code, answer.json()) == (500, {"message": "Server Error"})
    assert "Traceback" in caplog.text
