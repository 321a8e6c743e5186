"""References, mentions and closing words of one repository ↔ canonical text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.github.mentions import Speech
from adapters.references import JOINER

SHOP = Speech("acme/shop", users={"ada": "ada-gh", "Bob B.": "bob_acme", "cat": "cat"})
ISSUES = "https://github.com/acme/shop/issues"
OTHER = "https://github.com/acme/other/issues"


READ = {
    "its own number": ("see #12.", f"see [#12]({ISSUES}/12)."),
    "by its old name": ("GH-12", f"[GH-12]({ISSUES}/12)"),
    "with the repository": ("(acme/shop#12)", f"([acme/shop#12]({ISSUES}/12))"),
    "of another repository": ("acme/other#5", f"[acme/other#5]({OTHER}/5)"),
    "closing": ("Fixes #1, #2", f"Fixes [#1]({ISSUES}/1), [#2]({ISSUES}/2)"),
    "several lines": ("a\n#1\n\n- #2", f"a\n[#1]({ISSUES}/1)\n\n- [#2]({ISSUES}/2)"),
    "a mapped person": ("ask @Ada-GH, @bob_acme and @cat", "ask @ada, @Bob B. and @cat"),
    "somebody else": ("ask @zoe and @acme/ada-gh", "ask @zoe and @acme/ada-gh"),
    "somebody who is called as another is": ("@ada", "[@ada](https://github.com/ada)"),
    "a whole address": (f"{ISSUES}/12", f"{ISSUES}/12"),
    "code": ("`#12` and\n```\n#12 @ada-gh\n```", "`#12` and\n```\n#12 @ada-gh\n```"),
    "a link": ("[#12](https://x.example) [a #12][r]", "[#12](https://x.example) [a #12][r]"),
    "no reference": ("a#12 #12a &#12; #1234567890 #", "a#12 #12a &#12; #1234567890 #"),
}


@pytest.mark.parametrize(("raw", "text"), READ.values(), ids=READ.keys())
def test_what_means_something_here_is_said_such_that_it_does_everywhere(
    raw: str, text: str
) -> None:
    assert SHOP.read(raw) == text
    assert SHOP.read(SHOP.write(text)) == text
    assert SHOP.encode(text, raw) == raw
    assert SHOP.decode(raw, "") == text


WRITTEN = {
    "a link to an issue of its own": (f"see [#12]({ISSUES}/12).", "see #12."),
    "with other words": (f"[twelve]({ISSUES}/12)", f"[twelve]({ISSUES}/12)"),
    "to another number": (f"[#12]({ISSUES}/13)", f"[#12]({ISSUES}/13)"),
    "where none may stand": (f"a[#12]({ISSUES}/12)b", f"a[#12]({ISSUES}/12)b"),
    "a mapped person": ("ask @ada and @Bob B.: now", "ask @ada-gh and @bob_acme: now"),
    "somebody else": ("ask @zoe", f"ask @{JOINER}zoe"),
    "somebody whose name goes on": ("@ada-x and @ada/x", f"@{JOINER}ada-x and @{JOINER}ada/x"),
    "a team": ("@acme/team", f"@{JOINER}acme/team"),
    "a mention that is a link": ("[@Zoe Z](jira-user:5b10)", f"[@{JOINER}Zoe Z](jira-user:5b10)"),
    "a number from elsewhere": ("see #12 or GH-12", f"see #{JOINER}12 or GH-{JOINER}12"),
    "a key from elsewhere": ("SHOP-7", "SHOP-7"),
    "an issue that means the same everywhere": ("acme/shop#3", "acme/shop#3"),
    **{
        f"closing: {word}": (f"{word} #12", f"{word}{JOINER} #{JOINER}12")
        for word in ("close", "Closes", "CLOSED", "fix", "fixes", "Fixed:", "resolve", "resolves")
        if not word.endswith(":")
    },
    "closing by an address": (f"resolved: {OTHER}/3", f"resolved{JOINER}: {OTHER}/3"),
    "closing by a link": (f"Fixes [#12]({ISSUES}/12)", f"Fixes{JOINER} #12"),
    "closing another repository's": ("closes acme/other#3", f"closes{JOINER} acme/other#3"),
    "closing by the old name": ("Fixes GH-12", f"Fixes{JOINER} GH-{JOINER}12"),
    "closing nothing": ("It fixes the #12a; closes: soon", "It fixes the #12a; closes: soon"),
    "code": ("`fixes #12`\n\n    @zoe #12", "`fixes #12`\n\n    @zoe #12"),
}


@pytest.mark.parametrize(("text", "raw"), WRITTEN.values(), ids=WRITTEN.keys())
def test_what_comes_from_elsewhere_does_no_harm_here(text: str, raw: str) -> None:
    assert SHOP.write(text) == raw
    assert SHOP.decode(raw, text) == text


def test_a_line_that_nobody_edited_stays_as_it_is() -> None:
    raw = f"[#12]({ISSUES}/12) fixes #3\n@zoe, @ada-gh and #4\n\\#5"
    text = SHOP.read(raw)
    edited = text.replace("and", "or") + "\nask @joe"
    assert SHOP.encode(text, raw) == raw
    assert SHOP.encode(edited, raw) == raw.replace("and", "or") + f"\nask @{JOINER}joe"


def test_closing_words_that_people_wrote_here_stay_live() -> None:
    raw = "Fixes #12 for @zoe"
    edited = SHOP.read(raw).replace("for", "with")
    assert SHOP.encode(edited, raw) == "Fixes #12 with @zoe"


PIECES = [
    *("@", "#", "GH-", "12", "ada", "ada-gh", "Bob B.", "bob_acme", "zoe", "acme/shop", "/"),
    *(" ", " ", "\n", "\n\n", "    ", "fixes", "Closes:", "`", "```\n", "[", "]", "(", ")", ":"),
    *("https://github.com/acme/shop/issues/12", "<!--", "-->", "<", ">", "- ", "\\", "!", "*"),
    *(JOINER, f"[#12]({ISSUES}/12)", "[@ada](https://github.com/ada)", "_", "-", ".", "&", "x"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)


@given(TEXTS)
@settings(deadline=None, max_examples=400)
def test_what_was_read_is_written_such_that_it_is_read_again(raw: str) -> None:
    text = SHOP.read(raw)
    assert SHOP.encode(text, raw) == raw
    assert SHOP.read(SHOP.write(text)) == text
    assert text.count("\n") == raw.count("\n")


@given(TEXTS)
@settings(deadline=None, max_examples=400)
def test_text_from_elsewhere_comes_back(text: str) -> None:
    raw = SHOP.write(text)
    assert SHOP.decode(raw, text) == text
    assert SHOP.read(SHOP.write(SHOP.read(raw))) == SHOP.read(raw)


@given(TEXTS, TEXTS)
@settings(deadline=None, max_examples=300)
def test_an_edit_is_read_as_it_was_made(raw: str, edited: str) -> None:
    written = SHOP.encode(edited, raw)
    assert SHOP.read(written) == SHOP.read(SHOP.write(edited, [raw]))
