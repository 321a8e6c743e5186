"""Bodies, mentions, and what labels and states say: the pure parts of the GitHub adapter."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Carrier, Setup
from adapters.github import body
from adapters.github.carriers import resolve
from adapters.github.client import api_url
from adapters.github.codec import GitHubCodec
from adapters.github.decode import Decoder
from adapters.github.encode import UNMADE, compose
from adapters.github.mentions import JOINER, Speech, still
from adapters.github.shapes import Issue, Label, Milestone
from adapters.github.window import MOST_KNOWN, Window
from sync.model import EMPTY, FIELDS, Criterion, FieldName, Shape, Value
from sync.tracker import Change, Twin, Unmapped


def make_codec(users: dict[str, str] | None = None, **carriers: Carrier | None) -> GitHubCodec:
    return GitHubCodec(resolve(Setup("github", carriers=carriers)), users or {})


ISSUE = Issue(
    node_id="I_1",
    id=3_000_000_001,
    number=1,
    title="Pay by card",
    state="open",
    repository_url="https://api.github.com/repos/acme/shop",
    html_url="https://github.com/acme/shop/issues/1",
    created_at="2026-11-24T09:30:00Z",
    updated_at="2026-11-24T09:30:00Z",
)


def make_issue(*labels: str, **parts: Any) -> Issue:
    return replace(ISSUE, labels=tuple(map(Label, labels)), **parts)


def shown(codec: GitHubCodec, *labels: str, **parts: Any) -> dict[FieldName, Any]:
    return dict(Decoder("acme/shop", codec).record(make_issue(*labels, **parts)).shown)


# Bodies


def test_a_foot_is_read_back_as_it_was_written() -> None:
    twins = [
        Twin("1", "SHOP-7", "https://acme.atlassian.net/browse/SHOP-7"),
        Twin("2", "items/a_[b].md", "https://example.com/x(y) z?q=1#f"),
        Twin("3", "OTHER-1"),
        Twin("4", "EVIL-1", "javascript:alert(1)"),
    ]
    read = body.read(str(body.Body("Text", body.foot("abc123", twins))))
    assert (read.text, read.mark) == ("Text", "abc123")
    assert read.twins == {
        "SHOP-7",
        "https://acme.atlassian.net/browse/SHOP-7",
        "items/a_[b].md",
        "https://example.com/x%28y%29%20z?q=1#f",
        "OTHER-1",
        "EVIL-1",
    }
    assert "javascript" not in str(read)


@pytest.mark.parametrize("text", ["", "one", "one\n", "\n\none\n\n", "a\r\nb", "<!-- x -->"])
def test_text_around_a_foot_stays_to_the_byte(text: str) -> None:
    foot = body.foot("abc", [Twin("1", "SHOP-7", "https://x.example/SHOP-7")])
    raw = str(body.Body(text, foot))
    read = body.read(raw)
    assert (read.text, read.foot, str(read)) == (text, foot, raw)
    web = body.read(raw.replace("\r\n", "\n").replace("\n", "\r\n"))  # as the web editor sends it
    assert web.mark == "abc"
    assert web.text == text.replace("\r\n", "\n").replace("\n", "\r\n")
    assert "SHOP-7" in web.twins


def test_what_is_written_below_the_foot_is_text_too() -> None:
    raw = f"above\n\n{body.foot('abc', [])}\r\n\r\nbelow\n"
    read = body.read(raw)
    assert (read.text, read.mark) == ("above\n\nbelow\n", "abc")
    assert str(read) == f"above\n\nbelow\n\n\n{read.foot}"


def test_of_two_feet_the_last_one_counts() -> None:
    raw = f"{body.foot('copied', [])}\n\ntext\n\n{body.foot('own', [])}"
    assert body.read(raw).mark == "own"


def test_text_from_elsewhere_cannot_pass_for_a_foot() -> None:
    codec = make_codec()
    text = "Evil <!-- onebacklog:other --> text"
    encoded = codec.encode("description", text, None)
    assert body.read(encoded).mark is None
    assert codec.decode("description", encoded, "") == text


# Mentions


@pytest.mark.parametrize(
    ("text", "stilled"),
    [
        ("ask @ada", f"ask @{JOINER}ada"),
        ("(@acme/team)", f"(@{JOINER}acme/team)"),
        ("mail ada@example.com", "mail ada@example.com"),
        ("https://medium.com/@ada/post", "https://medium.com/@ada/post"),
        ("`@decorator` and ``a`@b``", "`@decorator` and ``a`@b``"),
        ("```py\n@decorator\n```\n@ada", f"```py\n@decorator\n```\n@{JOINER}ada"),
        ("~~~\n@x\n~~~\n", "~~~\n@x\n~~~\n"),
        ("a ` b @ada", f"a ` b @{JOINER}ada"),
        ("a `b\n\n@ada` c", f"a `b\n\n@{JOINER}ada` c"),
        ("Fixes #12", f"Fixes{JOINER} #{JOINER}12"),
        ("closes: acme/shop#3.", f"closes{JOINER}: acme/shop#3."),
        ("resolved GH-4", f"resolved{JOINER} GH-{JOINER}4"),
        (
            "fix https://github.com/acme/shop/issues/5",
            f"fix{JOINER} https://github.com/acme/shop/issues/5",
        ),
        (
            "Closed: [this](https://github.com/acme/shop/issues/5)",
            f"Closed{JOINER}: [this](https://github.com/acme/shop/issues/5)",
        ),
        ("prefix #12, fixes it", f"prefix #{JOINER}12, fixes it"),
        ("a#1, &#12; `#1` and #1a", "a#1, &#12; `#1` and #1a"),
        ("    #1 in code\n\n[#1](https://x.example) ![@ada](a.png)", None),
        ("- a\n\n      @ada in code\n\n<div>@ada</div>", None),
    ],
)
def test_what_would_call_or_close_is_stilled_and_revived(text: str, stilled: str | None) -> None:
    assert still(text) == (stilled or text)
    assert Speech().read(stilled or text) == text


PIECES = [
    *"@#a1`~ \n.:/[]()<>-",
    JOINER,
    "fixes",
    "GH-",
    "```",
    "<!-- onebacklog",
    "https://x.y/issues/1",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_stilling_is_undone_by_reviving(text: str) -> None:
    assert Speech().read(still(text)) == text


def test_what_people_wrote_here_stays_live() -> None:
    codec = make_codec()
    text = "ask @ada and @bob; fixes #1"
    assert (
        codec.encode("description", text, "@Ada: fixes #1")
        == f"ask @ada and @{JOINER}bob; fixes #{JOINER}1"
    )
    criteria = (Criterion("@ada agrees"),)
    assert codec.encode("acceptance_criteria", criteria, []) == [[f"@{JOINER}ada agrees", False]]
    assert codec.encode("acceptance_criteria", criteria, [["@ada", True]]) == [
        ["@ada agrees", False]
    ]


# Labels and states


def test_labels_carry_fields_by_their_namespace_in_any_case() -> None:
    labels = ["Priority: Critical", "kind:User Story", "estimate:3.0", "ux", "area:shop", "x:"]
    read = shown(make_codec(), *labels)
    assert {n: read[n] for n in ("priority", "kind", "estimate", "labels")} == {
        "priority": "Critical",
        "kind": "User Story",
        "estimate": 3,
        "labels": ["area:shop", "ux", "x:"],
    }
    codec = make_codec()
    assert codec.decode("priority", "Critical", None) == "highest"
    assert codec.decode("kind", "User Story", None) == "story"
    assert codec.encode("priority", "highest", "Critical") == "Critical"
    assert codec.encode("priority", "low", "Critical") == "low"


def test_configured_words_stand_for_their_values() -> None:
    codec = make_codec(priority=Carrier("label", "prio", {"highest": "P0", "low": "P3"}))
    assert codec.encode("priority", "highest", None) == "P0"
    assert codec.decode("priority", "p3", None) == "low"
    assert codec.encode("priority", "high", None) == "high"


def test_of_several_labels_the_first_in_the_values_order_counts() -> None:
    codec = make_codec()
    issue = make_issue("priority:low", "priority:high", "kind:bug")
    decoder = Decoder("acme/shop", codec)
    assert decoder.record(issue).shown["priority"] == "high"
    (problem,) = decoder.problems(issue)
    assert problem.key == "acme/shop#1"
    assert "several labels for its priority (priority:high, priority:low)" in problem.message


@pytest.mark.parametrize(
    ("word", "ok"), [("5", True), ("0.5", True), ("many", False), ("inf", False)]
)
def test_an_estimate_is_a_number_or_unmapped(word: str, ok: bool) -> None:
    codec = make_codec()
    read = shown(codec, f"estimate:{word}")["estimate"]
    if ok:
        assert codec.decode("estimate", read, None) == float(word)
    else:
        with pytest.raises(Unmapped, match="estimate:5"):
            codec.decode("estimate", read, None)


@pytest.mark.parametrize(
    ("state", "reason", "word", "present", "status"),
    [
        ("open", None, "open", None, "todo"),
        ("open", "reopened", "open", "in_review", "in_review"),
        ("open", None, "open", "done", "todo"),
        ("closed", None, "completed", "todo", "done"),
        ("closed", "not_planned", "not_planned", "done", "cancelled"),
        ("closed", "duplicate", "duplicate", "todo", "cancelled"),
        ("closed", "a new reason", "completed", "todo", "done"),
    ],
)
def test_a_state_says_a_status(
    state: str, reason: Any, word: str, present: Any, status: str
) -> None:
    codec = make_codec()
    assert shown(codec, state=state, state_reason=reason)["status"] == word
    assert codec.decode("status", word, present) == status


def test_a_state_is_kept_while_it_can_say_the_status() -> None:
    codec = make_codec()
    assert codec.encode("status", "cancelled", "duplicate") == "duplicate"
    assert codec.encode("status", "in_review", "open") == "open"
    assert codec.encode("status", "done", "duplicate") == "completed"
    assert codec.encode("status", "cancelled", None) == "not_planned"
    with pytest.raises(Unmapped):
        codec.encode("status", "blocked", "open")


def test_a_label_can_say_the_status_of_an_open_issue() -> None:
    codec = make_codec(status=Carrier("label", "status"))
    assert shown(codec, "status:in_progress")["status"] == "in_progress"
    assert shown(codec)["status"] == "open"
    assert shown(codec, "status:in_progress", state="closed")["status"] == "completed"
    assert codec.decode("status", "In Progress", None) == "in_progress"
    assert codec.decode("status", "completed", "todo") == "done"
    assert codec.encode("status", "in_review", "In Progress") == "in_review"
    assert codec.encode("status", "in_progress", "In Progress") == "In Progress"
    assert codec.encode("status", "done", "in_progress") == "completed"
    with pytest.raises(Unmapped):
        codec.decode("status", "blocked", None)


def changed(codec: GitHubCodec, issue: Issue, **values: Value) -> Any:
    record = Decoder("acme/shop", codec).record(issue)
    changes = {name: Change(EMPTY[FIELDS[name]], value) for name, value in values.items()}
    return compose(codec, issue, record, changes)


def test_closing_takes_the_status_label_away() -> None:
    codec = make_codec(status=Carrier("label", "status"))
    issue = make_issue("Status:Doing", "ux")
    done = changed(codec, issue, status="done")
    assert done.patch == {"state": "closed", "state_reason": "completed"}
    assert (list(done.add_labels), list(done.remove_labels)) == ([], ["Status:Doing"])
    review = changed(codec, make_issue(state="closed"), status="in_review")
    assert review.patch == {"state": "open"}
    assert list(review.add_labels) == ["status:in_review"]


def test_people_are_named_by_their_login_where_the_settings_say_no_other() -> None:
    codec = make_codec(users={"Ada Lovelace": "Ada"})
    assert codec.decode("assignees", ["ada", "bob"], None) == {"Ada Lovelace", "bob"}
    wanted = frozenset({"Ada Lovelace", "bob", "Nobody Known", "5b10a:x"})
    assert codec.encode("assignees", wanted, ["ada"]) == ["ada", "bob"]


def test_a_label_that_carries_a_field_is_no_plain_label() -> None:
    codec = GitHubCodec(resolve(Setup("github")), {}, frozenset({"team-a"}))
    wanted = frozenset({"ux", "Priority:high", "Team-A"})
    assert codec.encode("labels", wanted, ["UX"]) == ["UX"]
    assert shown(codec, "team-a", "ux", "kind:bug")["labels"] == ["ux"]


def test_a_field_of_ones_own_is_carried_by_a_label_or_a_milestone() -> None:
    schema = {**FIELDS, "team": Shape.LINE, "train": Shape.LINE}
    carriers = {
        "team": Carrier("label", "team"),
        "release": None,
        "train": Carrier("milestone", None, {"spring": "2027.1"}),
    }
    codec = GitHubCodec(resolve(Setup("github", schema=schema, carriers=carriers)), {})
    milestone = Milestone("2027.1", 1)
    read = shown(codec, "team:Payments", milestone=milestone)
    assert (read["team"], read["train"]) == ("Payments", "2027.1")
    assert codec.decode("team", "Payments", None) == "Payments"
    assert codec.encode("team", "payments", "Payments") == "Payments"
    assert codec.encode("team", "Mail", "Payments") == "Mail"
    assert codec.decode("train", "2027.1", None) == "spring"
    assert codec.encode("train", "spring", None) == "2027.1"


def test_values_of_a_default_carrier_are_configured_too() -> None:
    values = {"priority": {"highest": "P0"}, "status": {"in_review": "completed"}}
    codec = GitHubCodec(resolve(Setup("github", values=values)), {})
    assert codec.encode("priority", "highest", None) == "P0"
    assert codec.encode("status", "in_review", "open") == "completed"
    assert codec.decode("status", "completed", None) == "in_review"
    everything_open = {"status": dict.fromkeys(("done", "cancelled"), "open")}
    codec = GitHubCodec(resolve(Setup("github", values=everything_open)), {})
    assert codec.decode("status", "completed", None) == "done"


def test_a_status_that_is_none_is_refused() -> None:
    by_label = make_codec(status=Carrier("label", "status"))
    for codec in (make_codec(), by_label):
        writes = changed(codec, make_issue(), status="blocked")
        assert "it is one of todo, in_progress" in writes.refused["status"]


def test_a_set_of_ones_own_is_carried_by_labels() -> None:
    schema = {**FIELDS, "areas": Shape.SET}
    carriers = {"areas": Carrier("label", "area", {"shop": "Webshop"})}
    codec = GitHubCodec(resolve(Setup("github", schema=schema, carriers=carriers)), {})
    issue = make_issue("area:Webshop", "area:stock", "ux")
    record = Decoder("acme/shop", codec).record(issue)
    assert record.shown["areas"] == ["Webshop", "stock"]
    assert codec.decode("areas", record.shown["areas"], None) == {"shop", "stock"}
    change = Change(frozenset({"shop", "stock"}), frozenset({"shop", "mail"}))
    writes = compose(codec, issue, record, {"areas": change})
    assert (list(writes.add_labels), list(writes.remove_labels)) == (["area:mail"], ["area:stock"])


@pytest.mark.parametrize(
    ("name", "carrier", "words"),
    [
        ("estimate", "issue-type", "issue-type cannot carry estimate: carry estimate by label"),
        ("kind", "issue-field", "issue-field needs a name, issue-field/NAME"),
        ("status", "milestone", "milestone cannot carry status: carry status by state"),
        ("priority", "project-field", "project-field needs a name, project-field/NAME"),
        ("priority", "weather", "GitHub has no carrier weather"),
        ("title", "label/title", "label/title cannot carry title: carry title by title"),
        ("parent", "milestone", "milestone cannot carry parent: carry parent by sub-issue"),
        ("kind", "label", "needs a namespace"),
    ],
)
def test_a_carrier_that_does_not_fit_is_said(name: str, carrier: str, words: str) -> None:
    carriers = resolve(Setup("github", carriers={name: Carrier.parse(carrier)}))
    assert words in carriers.cannot[name]
    assert name not in carriers.by_field


def test_two_fields_do_not_share_labels() -> None:
    carriers = resolve(Setup("github", carriers={"kind": Carrier.parse("label/Priority")}))
    assert "priority and kind have the same labels" in carriers.cannot["priority"]
    assert carriers.field_of("priority:x") == "kind"


def test_a_field_of_ones_own_needs_a_carrier() -> None:
    carriers = resolve(Setup("github", schema={**FIELDS, "team": Shape.LINE}))
    assert "name one under fields.team.github, such as label/team" in carriers.cannot["team"]
    none = resolve(Setup("github", carriers={"release": None}))
    assert "release" not in none.by_field
    assert "release" not in none.cannot


def test_a_field_whose_carrier_is_left_out_is_refused_with_the_reason() -> None:
    codec = make_codec(kind=Carrier("weather"))
    writes = compose(codec, UNMADE, None, {"kind": Change(None, "bug")})
    assert "no carrier weather" in writes.refused["kind"]


# Limits


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("title", "x" * 257, "the title of acme/shop#1 would have 257 characters"),
        ("title", None, "acme/shop#1 needs a title"),
        ("description", "x" * 65_537, "the body of acme/shop#1 would have 65,537 characters"),
        ("labels", frozenset({"x" * 51}), "would have 51 characters, and GitHub takes 50"),
    ],
)
def test_what_is_too_long_is_refused_and_not_cut(name: str, value: Value, place: str) -> None:
    writes = changed(make_codec(), make_issue(), **{name: value})
    assert place in writes.refused[name]
    assert (writes.patch, writes.add_labels) == ({}, {})


def test_only_what_changed_in_a_body_is_replaced() -> None:
    raw = "Intro  \r\n\r\n## Acceptance criteria\r\n\r\n* [ ] one\r\n\r\n## Notes\r\n\r\nkept \r\n"
    issue = make_issue(body=str(body.Body(raw, body.foot("abc", []))))
    writes = changed(make_codec(), issue, acceptance_criteria=(Criterion("one", True),))
    assert writes.patch["body"] == str(issue.body).replace("[ ]", "[x]")


def test_a_version_differs_where_the_content_does() -> None:
    decoder = Decoder("acme/shop", make_codec())
    version = decoder.record(make_issue()).version
    assert version.startswith("2026-11-24T09:30:00Z")
    assert decoder.record(make_issue("x")).version != version
    for part in ({"title": "x"}, {"state": "closed"}, {"body": "x"}):
        assert decoder.record(make_issue(**part)).version != version


# The cursor


def test_a_cursor_forgets_the_oldest_first() -> None:
    known = {f"I_{n}": f"2026-11-24T09:30:00Z-{n:06}" for n in range(MOST_KNOWN + 10)}
    kept = Window.parse(str(Window("2026-11-24T09:00:00Z", known)))
    assert kept is not None
    assert len(kept.known) == MOST_KNOWN
    assert "I_9" not in kept.known


@pytest.mark.parametrize("cursor", [None, "", "[]", "{}", '{"since": "x", "known": {}}', "7"])
def test_an_odd_cursor_means_to_read_all(cursor: str | None) -> None:
    assert Window.parse(cursor) is None


def test_a_window_never_goes_back() -> None:
    window = Window("2026-11-24T09:00:00Z", {"I_1": "2026-11-24T09:30:00Z-x"})
    assert window.advance("2026-11-24T08:00:00Z") == window
    assert window.advance("2026-11-24T10:00:00Z") == replace(
        window, since="2026-11-24T10:00:00Z", known={}
    )


@pytest.mark.parametrize(
    ("url", "api"),
    [
        (None, "https://api.github.com"),
        ("https://api.github.com/", "https://api.github.com"),
        ("https://github.acme.example", "https://github.acme.example/api/v3"),
        ("https://github.acme.example/api/v3", "https://github.acme.example/api/v3"),
        ("https://api.acme.ghe.com", "https://api.acme.ghe.com"),
        ("http://127.0.0.1:8000/github", "http://127.0.0.1:8000/github"),
    ],
)
def test_a_servers_own_address_will_do(url: str | None, api: str) -> None:
    assert api_url(url) == api


def test_a_text_over_the_limit_is_refused_with_its_place_and_sizes_and_never_cut() -> None:
    issue = make_issue(body="Held.", number=7)
    fits = changed(make_codec(), issue, title="t" * 256, description="d" * 65_536)
    assert (fits.refused, len(fits.patch["body"])) == ({}, 65_536)
    over = changed(make_codec(), issue, title="t" * 257, description="d" * 65_537)
    assert over.patch == {}
    assert over.refused == {
        "title": "the title of acme/shop#7 would have 257 characters, and GitHub takes 256: "
        "shorten it",
        "description": "the body of acme/shop#7 would have 65,537 characters, and GitHub takes "
        "65,536: shorten it",
    }
