"""Keys of issues and mentions in a Jira project ↔ canonical text, and through both markups."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.github.mentions import Speech as GitHubSpeech
from adapters.jira.document import Cut, compose, cut
from adapters.jira.markup import Adf, Wiki
from adapters.jira.speech import Speech, Spoken
from adapters.references import JOINER

SHOP = Speech("SHOP", "https://jira.example", {"ada": "ada.l", "Bob B.": "557058:b-b"})
CLOUD = replace(SHOP, cloud=True)
GITHUB = GitHubSpeech("acme/shop", users={"ada": "ada-gh"})
HERE = "https://jira.example/browse"

READ = {
    "a key": ("see SHOP-7.", f"see [SHOP-7]({HERE}/SHOP-7)."),
    "no key of its own": ("UTF-8 OTHER-7 shop-7 SHOP-7a a/SHOP-7 SHOP-0 SHOP-7-x", None),
    "code, links and addresses": (f"`SHOP-7` [SHOP-7](https://x.example) {HERE}/SHOP-7", None),
    "a mapped person": ("[@Ada L](jira-user:ada.l), hi", "@ada, hi"),
    "a person by an account id": ("[@Bob](jira-user:557058%3Ab-b)", "@Bob B."),
    "somebody else": ("[@Zoe](jira-user:zoe)", None),
    "words that are nobody's name here": ("@ada", f"@{JOINER}ada"),
    "a number that means nothing here": ("#12 fixes GH-3", None),
}


@pytest.mark.parametrize(("own", "text"), READ.values(), ids=READ.keys())
def test_what_means_something_here_is_said_such_that_it_does_everywhere(
    own: str, text: str | None
) -> None:
    assert SHOP.read(own) == (text or own)
    assert SHOP.read(SHOP.write(text or own)) == (text or own)


def test_what_means_something_everywhere_is_said_as_people_say_it_here() -> None:
    text = f"@ada or @Bob B.: [SHOP-7]({HERE}/SHOP-7), [it]({HERE}/SHOP-7), [SHOP-8]({HERE}/SHOP-7)"
    assert SHOP.write(text) == (
        "[@ada.l](jira-user:ada.l) or [@557058:b-b](jira-user:557058%3Ab-b): "
        f"SHOP-7, [it]({HERE}/SHOP-7), [SHOP-8]({HERE}/SHOP-7)"
    )
    assert CLOUD.write(text) == (
        "[@ada](jira-user:ada.l) or [@Bob B.](jira-user:557058%3Ab-b)" + text[text.index(":") :]
    )


WIKI = Spoken(Wiki(), SHOP)
ADF = Spoken(Adf(), CLOUD)


def test_a_mention_goes_from_github_to_jira_and_back() -> None:
    text = GITHUB.read("ask @ada-gh and @zoe about #12")
    assert text == "ask @ada and @zoe about [#12](https://github.com/acme/shop/issues/12)"
    wiki = compose(cut(WIKI, "", ""), "", description=text)
    assert wiki == "ask [~ada.l] and @zoe about [#12|https://github.com/acme/shop/issues/12]"
    document = compose(cut(ADF, None, ""), "", description=text)
    assert '{"id": "ada.l", "text": "@ada"}' in json.dumps(document)
    for markup, native in ((WIKI, wiki), (ADF, document)):
        again = markup.to_markdown(markup.blocks(native)).strip()
        assert again == text
        assert GITHUB.write(again) == f"ask @ada-gh and @{JOINER}zoe about #12"


def test_a_mention_of_somebody_else_calls_nobody_on_github_and_comes_back() -> None:
    wiki = "ask [~zoe] about SHOP-7, fixes #3"
    text = WIKI.to_markdown(WIKI.blocks(wiki)).strip()
    raw = GITHUB.write(text)
    assert raw == (
        f"ask [@{JOINER}zoe](jira-user:zoe) about [SHOP-7]({HERE}/SHOP-7), fixes{JOINER} #{JOINER}3"
    )
    assert GITHUB.decode(raw, "") == text
    written = compose(cut(WIKI, wiki, ""), "", description=f"{text}\n\nMore.")
    assert written == f"{wiki}\n\nMore."


NATIVES = ["ask [~ada.l] about SHOP-7.", f"[SHOP-7|{HERE}/SHOP-7] and [~zoe]", "@ada {{SHOP-7}}"]


@pytest.mark.parametrize("native", NATIVES)
def test_what_nobody_edited_stays_to_the_byte(native: str) -> None:
    held = cut(WIKI, native, "")
    text = WIKI.to_markdown(held.rest).strip()
    assert compose(held, "", description=text) == native
    assert compose(held, "", description=f"First.\n\n{text}") == f"First.\n\n{native}"


def test_a_document_that_nobody_edited_stays_to_the_node() -> None:
    mention = {"type": "mention", "attrs": {"id": "ada.l", "text": "@Ada L", "localId": "1"}}
    key = {"type": "text", "text": " on SHOP-7"}
    native = ADF.native([{"type": "paragraph", "content": [mention, key]}])
    text = ADF.to_markdown(ADF.blocks(native)).strip()
    assert text == f"@ada on [SHOP-7]({HERE}/SHOP-7)"
    assert compose(cut(ADF, native, ""), "", description=text) == native
    more = compose(cut(ADF, native, ""), "", description=f"{text}\n\nMore of SHOP-8.")
    assert more["content"][0] == native["content"][0]


def test_people_who_are_mapped_may_be_called_and_others_not() -> None:
    text = "[@x](jira-user:ada.l) [@Zoe](jira-user:zoe)"
    assert compose(Cut(WIKI, ()), "", description=text) == "[~ada.l] @Zoe"


PIECES = [
    *("@", "ada", "Bob B.", "zoe", "SHOP-7", "SHOP-", "7", " ", " ", "\n", "\n\n", "    ", "`"),
    *("```\n", "[", "]", "(", ")", f"[SHOP-7]({HERE}/SHOP-7)", "[@Ada](jira-user:ada.l)", "-"),
    *(
        "[@Z](jira-user:zoe)",
        JOINER,
        "*",
        "<",
        ">",
        "\\",
        "!",
        ".",
        "/",
        "#",
        "x",
        f"{HERE}/SHOP-7",
    ),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)


@given(TEXTS)
@settings(deadline=None, max_examples=400)
def test_what_was_read_is_written_such_that_it_is_read_again(own: str) -> None:
    text = SHOP.read(own)
    assert SHOP.read(SHOP.write(text)) == text
    assert CLOUD.read(CLOUD.write(text)) == text
    assert text.count("\n") == own.count("\n")


@given(TEXTS)
@settings(deadline=None, max_examples=300)
def test_both_trackers_together_come_to_rest(raw: str) -> None:
    text = SHOP.read(SHOP.write(GITHUB.read(raw)))
    again = SHOP.read(SHOP.write(GITHUB.decode(GITHUB.write(text), text)))
    assert again == text
