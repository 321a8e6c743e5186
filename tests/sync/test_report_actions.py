"""GitHub Actions: annotations as a runner reads them, and texts in which it reads no command."""

import json
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.plan import Finding
from sync.report.actions import CUT, annotated, annotation, fitted, harmless
from sync.report.machine import Place

COMMANDS = ("error", "warning", "notice", "add-mask", "set-output", "stop-commands", "group")


def commands(text):
    """The commands that a runner finds in it (actions/runner, ActionCommand.cs, both forms)."""
    found = []
    for line in text.splitlines():
        start = line.lstrip()
        if start.startswith("::") and "::" in start[2:]:
            head, _, data = start[2:].partition("::")
            found.append((head.split(" ")[0], head.partition(" ")[2], data))
        elif "##[" in line and "]" in line.partition("##[")[2]:
            found.append((line.partition("##[")[2].partition("]")[0].split(" ")[0], "", ""))
    return [one for one in found if one[0] in COMMANDS]


def test_a_finding_is_marked_at_its_line():
    finding = Finding("labels", "error", "100 % wrong: mend it", "a", {"files": "items/a,b.md"})
    [line] = annotated([finding], lambda _: Place("backlog/items/a,b:c.md", 7))
    head = "::error title=labels,file=backlog/items/a%2Cb%3Ac.md,line=7::"
    assert line == f"{head}100 %25 wrong: mend it"


def test_what_no_file_shows_is_marked_nowhere_and_comes_last():
    found = [Finding("labels", "info", "one"), Finding("labels", "warning", "two", "a")]
    lines = [*annotated(found, lambda one: Place("a.md", 1) if one.item else None)]
    assert lines == [
        "::warning title=labels,file=a.md,line=1::two",
        "::notice title=labels::one",
    ]


def test_no_more_are_written_of_a_level_than_are_shown():
    found = [Finding("labels", "error", str(at)) for at in range(30)]
    found += [Finding("labels", "warning", "w")]
    assert len([*annotated(found, lambda _: None)]) == 11


@given(st.text() | st.sampled_from(["\n::error::x", "##[add-mask]x", "a\r::set-output name=b::c"]))
def test_no_text_ends_an_annotation_or_begins_another(text):
    line = annotation("error", text, {"title": text, "file": text})
    found = commands(line)
    assert len(line.splitlines()) == 1
    assert [one[0] for one in found] == ["error"]
    properties = dict(one.partition("=")[::2] for one in found[0][1].split(","))
    assert properties.keys() == {"title", "file"}


@given(
    st.lists(
        st.sampled_from(["::", "##[", "add-mask", "error", "::error::", "]", "\n", " ", "#", "x"])
    ).map("".join)
)
def test_nothing_is_a_command_in_what_was_made_harmless(text):
    assert commands(harmless(text)) == []


def test_programs_read_the_same_after_it_was_made_harmless():
    said = "##[add-mask]x"
    assert json.loads(harmless(json.dumps(said), "json")) == said
    assert unescape(harmless(said, "junit")) == said
    assert commands(harmless(json.dumps(said), "sarif")) == []
    assert commands(harmless(said, "html")) == []


@pytest.mark.parametrize("room", [-5, 0, 10, 80, 100, 1000])
def test_a_summary_is_cut_at_a_line_where_it_does_not_fit(room):
    text = "Zeile äöü\n" * 30
    cut = fitted(text, room)
    assert len(cut.encode()) <= max(room, 0)
    assert cut in (text, "") or (cut.endswith(CUT) and text.startswith(cut.removesuffix(CUT)))
    assert fitted(text, 1000) == text
