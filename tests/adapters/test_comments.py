"""What a tracker's comments say, and what is to be done about its copies: row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from adapters.base import Comments
from adapters.comments import (
    CommentCodec,
    Entry,
    Mark,
    Todo,
    commented,
    copy,
    headline,
    origin,
    own,
)
from sync.model import Comment
from sync.tracker import Twin, Unmapped

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ISO = "2026-11-24T09:30:00.000Z"
JIRA = Comment("jira:1", "Ada", ISO, "From Jira.")
OTHER = Comment("jira:2", "Bob", "2026-11-24T09:31:00.000Z", "More.")
MINE = Comment("github:7", "ada", ISO, "From GitHub.")
MY_OWN = own("7", "ada", AT, "From GitHub.")
BOTH = Comments(read=True, write=True)


def talk(comments: Comments = BOTH) -> CommentCodec:
    return CommentCodec("github", comments, str)


def copied(comment: Comment, id: str = "8", *, trusted: bool = True) -> Entry:
    return copy(id, AT, Mark.of(comment), trusted=trusted)


OLD = copied(JIRA._replace(text="What it said before."))
ROWS = {
    "nothing said, nothing done": ((), [], Todo()),
    "a comment of another tracker gets a copy": ((JIRA,), [], Todo(create=(JIRA,))),
    "one's own comment gets none": ((MINE,), [MY_OWN], Todo()),
    "a copy that is there stays": ((JIRA,), [copied(JIRA)], Todo()),
    "a copy of what was said before is edited": ((JIRA,), [OLD], Todo(edit=(("8", JIRA),))),
    "a copy without its comment is deleted": ((), [copied(JIRA)], Todo(delete=("8",))),
    "of two copies the later one is deleted": (
        (JIRA,),
        [copied(JIRA), copied(JIRA, "9")],
        Todo(delete=("9",)),
    ),
    "a stranger's copy is not touched, and takes the place": (
        (JIRA,),
        [copied(OTHER, trusted=False), copied(JIRA, trusted=False)],
        Todo(),
    ),
    "copies are made in the order of their comments": (
        (OTHER, JIRA),
        [],
        Todo(create=(JIRA, OTHER)),
    ),
    "a copy that another tool made of a tracker unknown here is its own affair": (
        (),
        [copied(Comment("theirs:1", "x", ISO, "x"))],
        Todo(),
    ),
}


@pytest.mark.parametrize(("value", "shown", "todo"), ROWS.values(), ids=ROWS)
def test_what_is_to_be_done(value: tuple[Comment, ...], shown: list[Entry], todo: Todo) -> None:
    speaking = talk(Comments(read=True, write=True, sources=frozenset({"jira", "github"})))
    assert speaking.todo(value, shown) == todo
    assert speaking.shows(value, shown) == (not todo)


def test_a_tracker_that_only_listens_writes_no_copy() -> None:
    listening = talk(Comments(read=True))
    assert listening.shown([copied(JIRA), MY_OWN]) == [MY_OWN]
    assert listening.encode((JIRA, MINE)) == []
    assert listening.shows((JIRA, MINE), [MY_OWN])


def test_a_tracker_that_only_speaks_shows_nothing_of_its_own() -> None:
    speaking = talk(Comments(write=True))
    assert speaking.shown([copied(JIRA), MY_OWN]) == [copied(JIRA)]
    assert speaking.shows((JIRA,), [copied(JIRA)])


def test_a_new_comment_an_edit_and_a_deletion_are_not_what_was_said() -> None:
    assert not talk().shows((), [MY_OWN])
    assert not talk().shows((MINE._replace(text="Else."),), [MY_OWN])
    assert not talk().shows((MINE,), [])


def test_copies_are_read_as_the_comments_that_they_are_of() -> None:
    shown = [MY_OWN, copied(JIRA), copied(OTHER, "9")]
    known = talk().decode(shown, (JIRA,))
    assert known[:2] == (MINE, JIRA)
    assert (known[2].id, known[2].text) == (OTHER.id, "")
    assert talk().encode((MINE, JIRA)) == [["jira:1", Mark.of(JIRA).digest]]


def test_a_text_that_says_the_same_stays_as_it_is_known() -> None:
    present = MINE._replace(text="* From GitHub.")
    shown = [{**MY_OWN, "text": "- From GitHub."}]
    assert talk().decode(shown, (present,)) == (present,)


def test_a_text_that_cannot_be_read_is_said_and_not_taken_for_empty() -> None:
    with pytest.raises(Unmapped, match="comment 7 is too large"):
        talk().decode([own("7", "ada", AT, None)], ())


def test_times_of_all_zones_sort_and_who_is_gone_has_a_name() -> None:
    east = timezone(timedelta(hours=2))
    entry = own("1", None, datetime(2026, 11, 24, 11, 30, tzinfo=east), "x")
    assert (entry["at"], entry["author"]) == (ISO, "ghost")
    assert own("1", " Ada \n B ", AT, "x")["author"] == "Ada B"


def test_what_was_said_while_we_wrote_is_left_for_the_next_read() -> None:
    held, now = [MY_OWN], [{**MY_OWN, "text": "Edited meanwhile."}, copied(JIRA)]
    assert talk().undisturbed(held, now) == [MY_OWN, copied(JIRA)]
    assert commented({"comments": held}, {"comments": now})
    assert not commented({"comments": held}, {"comments": [MY_OWN, copied(JIRA)]})


@pytest.mark.parametrize("id", ["jira:1", "my tracker:a-b", "jira:x --> y", "a:ü@b"])
def test_a_mark_survives_what_it_stands_in(id: str) -> None:
    mark = Mark.of(Comment(id, "x", ISO, "x"))
    assert Mark.parse(str(mark)) == mark
    assert not set(str(mark)) & set(" <>|]\"'\n")


@pytest.mark.parametrize("text", [None, 7, "", "jira:1", "jira:1@xyz", "a b@0123456789ab"])
def test_what_is_no_mark_is_none(text: object) -> None:
    assert Mark.parse(text) is None


def test_the_first_line_leads_to_the_record_or_names_none() -> None:
    twin = Twin("1", "SHOP-7", "https://jira.example/browse/SHOP-7", "jira")
    assert origin(JIRA, [Twin("x", "acme/shop#1", "https://x.example", "github"), twin]) == twin
    assert origin(MINE, [twin]) is None
    line = "**Ada** on [jira SHOP-7](https://jira.example/browse/SHOP-7), 2026-11-24 09:30 UTC:"
    assert headline(JIRA, twin) == line
    assert headline(JIRA, None) == "**Ada** on jira, 2026-11-24 09:30 UTC:"
    evil = Twin("1", "SHOP-7", "javascript:alert(1)", "jira")
    assert headline(JIRA, evil) == "**Ada** on jira SHOP-7, 2026-11-24 09:30 UTC:"
    odd = JIRA._replace(author="**x** <b> [y](z)")
    assert headline(odd, None).startswith(r"**\*\*x\*\* \<b\> \[y\]\(z\)** on jira")
