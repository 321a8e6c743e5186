"""The folder of files, by the contract and with hand-written files."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Carrier, Setup
from adapters.files import Files
from adapters.files.adapter import READ
from adapters.files.document import read as read_document
from adapters.files.folder import ITEMS, ORDER
from sync.model import COMMENTS, FIELDS, FieldName, Shape, Value
from sync.tracker import (
    Adapter,
    Change,
    Create,
    Denied,
    Gone,
    Intent,
    Move,
    NotFound,
    Outcome,
    Record,
    RecordId,
    Rejected,
    Shown,
    Stale,
    Twin,
    Unavailable,
    Update,
)
from tests.contract import AdapterContract, Tracker, made, now, recorded, updated


class InFiles(Tracker):
    markdown = True

    def __init__(self, path: Path) -> None:
        self.path = path

    def adapter(self) -> Files:
        return Files(Setup("files"), path=self.path)

    def write(self, name: str, text: str | bytes) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def text(self, name: str) -> str:
        return (self.path / name).read_bytes().decode()

    def edit(self, record: RecordId, name: FieldName, value: Value) -> None:
        held = now(self, record)
        file = self.path / held.key
        document = read_document(file.read_bytes())
        match name:
            case "title":
                document = document.with_title(str(value))
            case "description":
                document = document.with_text("Acceptance criteria", description=str(value))
            case "acceptance_criteria":
                assert isinstance(value, tuple)
                document = document.with_text("Acceptance criteria", criteria=value)
            case _:
                plain = ", ".join(sorted(value)) if isinstance(value, frozenset) else value
                assert not isinstance(plain, tuple)
                document = document.with_values({name: plain})
        file.write_text(str(document))

    def add(self, values: Mapping[FieldName, Value]) -> RecordId:
        number = len(list(self.path.glob("items/*"))) if self.path.exists() else 0
        name = f"items/new-{number}.md"
        self.write(name, "# New\n")
        for field, value in values.items():
            self.edit(f"path:{name}", field, value)
        return f"path:{name}"

    def remove(self, record: RecordId) -> None:
        (self.path / now(self, record).key).unlink()

    def refuse(self) -> tuple[FieldName, Value]:
        return "title", " "


@pytest.fixture
def tracker(tmp_path: Path) -> InFiles:
    return InFiles(tmp_path / "backlog")


class TestFiles(AdapterContract):
    @pytest.fixture
    def tracker(self, tmp_path: Path) -> Tracker:
        return InFiles(tmp_path / "backlog")


PAY = """---
# Written by hand
id:    pay1          # never change this
Status: odd
kind: "story"
status: In Progress
labels: checkout,  ux
assignees:
  - ada   # lead
  # away till May
  - bob
estimate: 3
blocked_by: [ 'refunds' ]
due: 2024-05-01
points: [1, 2]
---

<!-- Lint: off -->
# Pay by card  ##

Why.\x20\x20

## Acceptance Criteria:
* [x] charged
* receipt

## Notes
kept
"""


def update(
    tracker: InFiles, record: Record, changes: Mapping[FieldName, tuple[Value, Value]]
) -> Outcome:
    [outcome] = updated(tracker, record, **changes)
    return outcome


def test_a_new_item_is_a_file_to_be_read(tracker: InFiles) -> None:
    values: dict[FieldName, Value] = {
        **tracker.first("acceptance_criteria", "kind", "labels", "estimate", "release"),
        "description": "Why.",
    }
    record = made(tracker, "item1", values)
    assert record.key == "items/title-of-item1.md"
    assert tracker.text(record.key) == (
        '---\nid: item1\nkind: story\nlabels: [checkout, ux]\nestimate: 3\nrelease: "1.0"\n---\n\n'
        "# Title of item1\n\nWhy.\n\n## Acceptance criteria\n\n"
        "- [ ] The card is charged\n- [x] A *receipt* is sent\n"
    )
    assert tracker.text(ORDER) == "1. [Title of item1](items/title-of-item1.md)\n"


def test_what_people_write_by_hand_is_read(tracker: InFiles) -> None:
    tracker.write("items/pay.md", PAY)
    tracker.write("items/refunds.md", "\ufeffRefunds\r\n===\r\n\r\nText\r\n")
    records = {record.key: record for record in tracker.adapter().read(None).records}
    assert dict(records["items/pay.md"].shown) == {
        "title": "Pay by card",
        "description": "Why.  \n\n## Notes\nkept",
        "acceptance_criteria": [["charged", True], ["receipt", False]],
        "kind": "story",
        "status": "In Progress",
        "priority": None,
        "labels": ["checkout", "ux"],
        "assignees": ["ada", "bob"],
        "estimate": 3,
        "parent": None,
        "blocked_by": ["path:items/refunds.md"],
        "release": None,
        "sprint": None,
        "components": [],
        "due": "2024-05-01",
        "resolution": None,
        "relates_to": [],
        "duplicates": [],
        "attachments": [],
    }
    codec = tracker.adapter().open().codec
    assert codec.decode("status", "In Progress", None) == "in_progress"
    assert codec.shows("status", "in_progress", "In Progress")
    assert records["items/refunds.md"].shown["description"] == "Text"
    assert records["items/refunds.md"].mark is None


def test_an_edit_touches_its_own_characters_only(tracker: InFiles) -> None:
    tracker.write("items/pay.md", PAY)
    record = now(tracker, "pay1")
    changes: dict[FieldName, tuple[Value, Value]] = {
        "status": ("in_progress", "done"),
        "labels": (frozenset({"checkout", "ux"}), frozenset({"ux", "legal"})),
        "assignees": (frozenset({"ada", "bob"}), frozenset({"ada", "cyn"})),
        "estimate": (3.0, 0.5),
        "priority": (None, "high"),
        "title": ("Pay by card", "Pay in C #"),
    }
    assert update(tracker, record, changes).error is None
    assert tracker.text("items/pay.md") == (
        PAY.replace("In Progress", "done")
        .replace("checkout,  ux", "ux, legal")
        .replace("  - bob\n", "  - cyn\n")
        .replace("estimate: 3", "estimate: 0.5")
        .replace("2]\n---", "2]\npriority: high\n---")
        .replace("# Pay by card  ##", "# Pay in C \\#")
    )
    assert now(tracker, "pay1").shown["title"] == "Pay in C #"


def test_what_is_emptied_keeps_its_key_and_comment(tracker: InFiles) -> None:
    tracker.write(
        "items/a.md", "---\nid: a1\nkind: bug # c\nlabels: [a] # d\nassignees:\n- x\n---\n# A"
    )
    record = now(tracker, "a1")
    changes: dict[FieldName, tuple[Value, Value]] = {
        "kind": ("bug", None),
        "labels": (frozenset({"a"}), frozenset()),
        "assignees": (frozenset({"x"}), frozenset()),
    }
    assert update(tracker, record, changes).refused == {}
    assert tracker.text("items/a.md") == "---\nid: a1\nkind: # c\nlabels: # d\nassignees:\n---\n# A"


def test_a_new_file_gets_its_id_by_an_update(tracker: InFiles) -> None:
    tracker.write("items/new.md", "\ufeff# New\r\ntext")
    record = now(tracker, "path:items/new.md")
    changes = {"id": Change(None, "item7"), "kind": Change(None, "bug")}
    after = recorded(tracker.adapter().update([Update("item7", record, changes)], {}))
    assert (after.id, after.mark, after.key) == ("item7", "item7", "items/new.md")
    assert tracker.text("items/new.md") == (
        "\ufeff---\r\nid: item7\r\nkind: bug\r\n---\r\n\r\n# New\r\ntext"
    )
    assert now(tracker, "item7") == after
    assert tracker.adapter().get(["path:items/new.md"]).records == (after,)


def test_an_id_is_never_replaced(tracker: InFiles) -> None:
    record = made(tracker)
    other = Update("item2", record, {"id": Change(None, "item2")})
    [outcome] = tracker.adapter().update([other], {})
    assert isinstance(outcome.error, Stale)
    assert now(tracker, "item1") == record


def test_what_changes_nothing_writes_nothing(tracker: InFiles) -> None:
    file = tracker.write("items/pay.md", PAY)
    tracker.write(ORDER, "5) [Old title](items/pay.md)")
    before = file.stat().st_mtime_ns, file.stat().st_ino
    record = now(tracker, "pay1")
    same: dict[FieldName, tuple[Value, Value]] = {
        "status": ("todo", "in_progress"),
        "labels": (frozenset(), frozenset({"ux"})),
        "title": ("x", "Pay by card"),
        "description": ("x", "Why.  \n\n## Notes\nkept"),
    }
    assert update(tracker, record, same).record == record
    [outcome] = tracker.adapter().move([Move("pay1", "pay1", None, None)])
    assert outcome.error is None
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == before


def test_references_are_ids_or_whatever_names_a_file(tracker: InFiles) -> None:
    for name, front in {
        "a": "id: a1",
        "b": "id: b1\nparent: a.md",
        "c": "parent: ./items/b",
    }.items():
        tracker.write(f"items/{name}.md", f"---\n{front}\n---\n# Title {name}\n")
    tracker.write("items/d.md", "---\nparent: Title c\nblocked_by: a, b1, elsewhere\n---\n# D\n")
    shown = {record.key: record.shown for record in tracker.adapter().read(None).records}
    assert shown["items/b.md"]["parent"] == "a1"
    assert shown["items/c.md"]["parent"] == "b1"
    assert shown["items/d.md"]["parent"] == "path:items/c.md"
    assert shown["items/d.md"]["blocked_by"] == ["a1", "b1", "elsewhere"]


def test_a_reference_keeps_its_spelling_while_it_means_the_same(tracker: InFiles) -> None:
    tracker.write("items/a.md", "---\nid: a1\n---\n# A\n")
    tracker.write("items/b.md", "---\nid: b1\nblocked_by: [a, gone] # why\nparent: a\n---\n# B\n")
    tracker.write("items/c.md", "# C\n")
    record = now(tracker, "b1")
    change = Change(frozenset({"a1"}), frozenset({"a1", "c1"}))
    parent = Change(None, "a1")
    twins = {
        "a1": Twin("a1", "items/a.md"),
        "c1": Twin("path:items/c.md", "items/c.md"),
    }
    edit = Update("b1", record, {"blocked_by": change, "parent": parent})
    recorded(tracker.adapter().update([edit], twins))
    assert "blocked_by: [a, gone, c1] # why\nparent: a\n" in tracker.text("items/b.md")


BROKEN: Mapping[str, tuple[bytes, int, str]] = {
    "YAML that is none": (b"---\nid: a\nkind: [\n---\n# A\n", 4, "YAML"),
    "a key twice": (b"---\nid: a\nid: b\n---\n# A\n", 3, "remove one"),
    "front matter without an end": (b"---\nid: a\n# A\n", 1, "write a line `---`"),
    "front matter of one word": (b"---\nhello\n---\n# A\n", 2, "key: value"),
    "front matter too deep": (b"---\na: " + b"[" * 3000 + b"\n---\n# A\n", 2, "deep"),
    "a huge front matter": (b"---\na: " + b"x" * 70_000 + b"\n---\n# A\n", 1, "move text"),
    "no title": (b"---\nid: a\n---\n\n## Only this\n", 4, "write a line `# Title`"),
    "an empty title": (b"text\n\n#\n", 3, "write `# Title`"),
    "nothing at all": (b"", 1, "# Title"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", 3, "no text"),
    "Latin-1": ("# A\n\nCaf\xe9\n".encode("latin-1"), 3, "UTF-8"),
    "a mapping for a line": (b"---\nkind: {a: b}\n---\n# A\n", 2, "`kind: "),
    "a mapping in a list": (b"---\nlabels:\n- a: b\n---\n# A\n", 2, "labels: ["),
    "a word for a number": (b"---\nkind: bug\nestimate: many\n---\n# A\n", 3, "number"),
    "an endless number": (b"---\nestimate: .inf\n---\n# A\n", 2, "number"),
    "an id that is none": (b"---\nid: Not An Id\n---\n# A\n", 2, "remove the line"),
    "over a megabyte": (b"# A\n" + b"x" * 1_000_000, 1, "shorten"),
}


@pytest.mark.parametrize(("data", "line", "remedy"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_said_with_place_and_remedy(
    tracker: InFiles, data: bytes, line: int, remedy: str
) -> None:
    good = made(tracker, "good1")
    tracker.write("items/broken.md", data)
    snapshot = tracker.adapter().read(None)
    assert snapshot.records == (good,)
    assert not snapshot.complete
    [problem] = snapshot.problems
    assert problem.message.startswith(f"items/broken.md:{line}: ")
    assert remedy in problem.message
    assert problem.severity == "error"
    assert (tracker.path / "items/broken.md").read_bytes() == data


def test_where_a_file_is_broken_nothing_is_taken_for_deleted(tracker: InFiles) -> None:
    record = made(tracker)
    tracker.write(record.key, "---\nid: item1\nkind: [\n---\n# A\n")
    adapter = tracker.adapter()
    adapter.remember([Twin("item1", record.key)])
    assert adapter.get(["item1", "other"]).gone == {}
    assert adapter.read(None).order == ("item1",)
    [outcome] = adapter.update([Update("item1", record, {"kind": Change(None, "bug")})], {})
    assert isinstance(outcome.error, Rejected)
    assert "items/title-of-item1.md:4" in str(outcome.error)
    tracker.write(record.key, "---\nid: item1\n---\n# A\n")
    assert adapter.get(["item1", "other"]).gone == {"other": Gone("deleted")}


def test_two_files_with_one_id_are_both_left_alone(tracker: InFiles) -> None:
    tracker.write("items/a.md", "---\nid: a1\n---\n# A\n")
    tracker.write("items/b.md", "---\nkind: bug\nid: a1\n---\n# A\n")
    snapshot = tracker.adapter().read(None)
    assert snapshot.records == ()
    assert not snapshot.complete
    places = [problem.message.partition(": ")[0] for problem in snapshot.problems]
    assert places == ["items/a.md:2", "items/b.md:3"]
    adapter = tracker.adapter()
    adapter.remember([Twin("a1", "items/b.md")])  # so the other is the copy
    [record] = adapter.read(None).records
    assert record.key == "items/b.md"
    assert not adapter.read(None).complete


def test_links_that_leave_the_folder_are_not_followed(tracker: InFiles, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("# Secret\n")
    made(tracker)
    (tracker.path / "items/out.md").symlink_to(secret)
    (tracker.path / "items/nowhere.md").symlink_to(tmp_path / "none.md")
    (tracker.path / "items/round.md").symlink_to("round.md")
    os.mkfifo(tracker.path / "items/pipe.md")
    (tracker.path / "items/folder.md").mkdir()
    snapshot = tracker.adapter().read(None)
    assert [record.id for record in snapshot.records] == ["item1"]
    assert sorted(problem.key or "" for problem in snapshot.problems) == [
        f"items/{name}.md" for name in ("folder", "nowhere", "out", "pipe", "round")
    ]
    assert "Secret" not in str(snapshot)


def test_a_folder_that_is_a_link_elsewhere_is_refused(tracker: InFiles, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.md").write_text("# A\n")
    tracker.path.mkdir()
    (tracker.path / ITEMS).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Denied, match="leaves the folder"):
        tracker.adapter().read(None)
    with pytest.raises(Denied):
        list(tracker.adapter().create([Create("item1", {"title": "x"})], {}))
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["a.md"]


def test_an_order_file_that_links_elsewhere_is_neither_read_nor_written(
    tracker: InFiles, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("1. [x](items/title-of-item1.md)\n")
    tracker.path.mkdir()
    (tracker.path / ORDER).symlink_to(secret)
    record = made(tracker)
    snapshot = tracker.adapter().read(None)
    assert snapshot.order is None
    assert [problem.key for problem in snapshot.problems] == [ORDER]
    [outcome] = tracker.adapter().move([Move("item1", record.id, None, None)])
    assert isinstance(outcome.error, Denied)
    assert secret.read_text() == "1. [x](items/title-of-item1.md)\n"


NAMES = {
    "../../etc/passwd": "etc-passwd",
    "..": "item",
    "CON": "con-2",
    "Readme": "readme-2",
    'a/b\\c:d*?"<>|': "a-b-c-d",
    "支払い 🎉 Ünï": "支払い-ünï",
    "🎉": "item",
    "x" * 200: "x" * 60,
    ("word " * 40): ("word-" * 12).strip("-"),
    "\x00\n\x1b[31mred": "31mred",
    "Don't panic": "dont-panic",
}


@pytest.mark.parametrize(("title", "name"), NAMES.items())
def test_a_file_name_is_safe_whatever_the_title(tracker: InFiles, title: str, name: str) -> None:
    [outcome] = tracker.adapter().create([Create("item1", {"title": title})], {})
    if outcome.error is not None:
        assert "\0" in title
        assert isinstance(outcome.error, Rejected)
        assert not tracker.path.exists()
    else:
        assert (tracker.path / f"items/{name}.md").is_file()
        assert {path.name for path in tracker.path.iterdir()} == {ITEMS, ORDER}


def test_names_are_unique_in_any_case_and_last_when_the_title_changes(tracker: InFiles) -> None:
    tracker.write("items/Pay.md", "---\nid: a1\n---\n# Something\n")
    one = made(tracker, "item1", {"title": "Pay"})
    two = made(tracker, "item2", {"title": "pay"})
    assert (one.key, two.key) == ("items/pay-2.md", "items/pay-3.md")
    assert recorded(updated(tracker, one, title=("Pay", "Other"))).key == one.key


def test_files_that_are_no_items_are_left_alone(tracker: InFiles) -> None:
    made(tracker)
    for name in ("README.md", ".draft.md", "notes.txt", "deep/x.md"):
        tracker.write(f"items/{name}", "no item")
    snapshot = tracker.adapter().read(None)
    assert len(snapshot.records) == 1
    assert snapshot.complete


def test_a_name_that_cannot_be_shown_is_said_escaped(tracker: InFiles) -> None:
    tracker.write("items/\x1b[31mred\n.md", "# Red\n")
    [problem] = tracker.adapter().read(None).problems
    assert problem.message.startswith("items/\\x1b[31mred\\n.md:1: ")
    assert problem.message.isprintable()


def test_text_above_the_title_is_kept_and_said(tracker: InFiles) -> None:
    tracker.write("items/a.md", "---\nid: a1\n---\nBadge\n\n# A\n\nold")
    [problem] = tracker.adapter().read(None).problems
    assert (problem.severity, problem.key) == ("info", "items/a.md")
    assert problem.message.startswith("items/a.md:4: ")
    recorded(updated(tracker, now(tracker, "a1"), description=("old", "new")))
    assert tracker.text("items/a.md") == "---\nid: a1\n---\nBadge\n\n# A\n\nnew"


def test_a_value_that_cannot_be_set_in_place_is_refused_alone(tracker: InFiles) -> None:
    text = "---\n{id: a1, kind: bug}\n---\n# A\n"
    tracker.write("items/a.md", text)
    outcome = update(tracker, now(tracker, "a1"), {"priority": (None, "high"), "title": ("A", "B")})
    assert outcome.error is None
    assert "in one line of its own" in outcome.refused["priority"]
    assert tracker.text("items/a.md") == text.replace("# A", "# B")


def test_characters_that_no_file_may_hold_are_refused(tracker: InFiles) -> None:
    record = made(tracker)
    outcome = update(
        tracker,
        record,
        {"description": ("", "a\0b"), "release": (None, "\ud83d"), "kind": (None, "bug")},
    )
    assert set(outcome.refused) == {"description", "release"}
    assert now(tracker, "item1").shown["kind"] == "bug"


def test_what_would_be_too_large_to_read_again_is_refused(tracker: InFiles) -> None:
    record = made(tracker)
    outcome = update(tracker, record, {"description": ("", "x" * 1_000_001)})
    assert isinstance(outcome.error, Rejected)
    assert outcome.record == now(tracker, "item1") == record


def test_a_folder_that_went_away_is_not_an_empty_one(tracker: InFiles) -> None:
    assert tracker.adapter().read(None).complete
    adapter = tracker.adapter()
    adapter.remember([Twin("item1", "items/a.md")])
    with pytest.raises(Unavailable, match="mount"):
        adapter.read(None)
    tracker.path.write_text("a file")
    with pytest.raises(Unavailable, match="no folder"):
        tracker.adapter().open()


def test_a_file_that_is_edited_while_it_is_written_is_not_lost(tracker: InFiles) -> None:
    record = made(tracker)
    folder = tracker.adapter().folder
    theirs = tracker.write(record.key, "---\nid: item1\n---\n# Theirs\n").read_bytes()
    with pytest.raises(Stale):
        folder.write(record.key, b"# Ours\n", b"# Before\n")
    with pytest.raises(Stale):
        folder.write(record.key, b"# Ours\n", None)
    assert (tracker.path / record.key).read_bytes() == theirs
    assert [path.suffix for path in (tracker.path / ITEMS).iterdir()] == [".md"]


def test_a_files_mode_stays(tracker: InFiles) -> None:
    record = made(tracker)
    (tracker.path / record.key).chmod(0o640)
    recorded(updated(tracker, record, title=("Title of item1", "New")))
    assert (tracker.path / record.key).stat().st_mode & 0o777 == 0o640


def test_an_existing_file_of_the_item_is_adopted_even_untried(tracker: InFiles) -> None:
    record = made(tracker)
    (tracker.path / ORDER).unlink()
    again = made(tracker)
    assert again == record
    assert "title-of-item1.md" in tracker.text(ORDER)
    tried = Create("item1", {"title": "Renamed"}, Intent("2024-05-01T10:00:00Z"))
    assert recorded(tracker.adapter().create([tried], {})) == record


def test_an_item_without_a_title_is_no_file(tracker: InFiles) -> None:
    [outcome] = tracker.adapter().create([Create("item1", {"kind": "bug"})], {})
    assert isinstance(outcome.error, Rejected)
    assert not tracker.path.exists()


def test_the_teams_own_fields_and_headings(tmp_path: Path) -> None:
    schema = {**FIELDS, "risk": Shape.NUMBER, "notes": Shape.TEXT, "checks": Shape.CRITERIA}
    carriers = {"acceptance_criteria": Carrier("body-section", "Done when"), "release": None}
    setup = Setup("files", schema, carriers, users={"Ada": "ada@x"})
    adapter: Adapter = Files(setup, path=tmp_path)
    facts = adapter.open()
    assert set(facts.cannot) == {"release", "checks"}
    values: dict[FieldName, Value] = {
        "title": "T",
        "risk": 0.25,
        "notes": "one\ntwo: \u2028three",
        "assignees": frozenset({"Ada"}),
        **InFiles(tmp_path).first("acceptance_criteria"),
    }
    record = recorded(adapter.create([Create("item1", values)], {}))
    text = (tmp_path / record.key).read_text()
    assert "## Done when\n" in text
    assert "assignees: [ada@x]\n" in text
    assert "release" not in record.shown
    for name, value in values.items():
        assert facts.codec.decode(name, record.shown[name], None) == value


def test_what_happens_to_files_while_others_are_written_is_seen(tracker: InFiles) -> None:
    records = [made(tracker, f"item{number}") for number in range(4)]
    updates = [Update(r.id, r, {"kind": Change(None, "bug")}) for r in records]
    outcomes = tracker.adapter().update(updates, {})
    assert next(outcomes).error is None
    tracker.remove("item1")
    tracker.write(records[2].key, "---\nid: [\n")
    tracker.write(records[3].key, "---\nid: other\n---\n# Other\n")
    kinds = [type(outcome.error) for outcome in outcomes]
    assert kinds == [NotFound, Rejected, Stale]
    assert tracker.text(records[3].key) == "---\nid: other\n---\n# Other\n"


def test_what_a_killed_run_left_half_written_goes_with_the_next_write(tracker: InFiles) -> None:
    """Only what has one of our own names, is a file, and is old: another run may be writing."""
    items = tracker.path / ITEMS
    items.mkdir(parents=True)
    old, young = ".0123abcd.tmp", ".89ef0123.tmp"
    theirs = [".notes.tmp", ".0123abcd.tmp.md", "0123abcd.tmp", ".0123ABCD.tmp"]
    for name in (old, young, *theirs):
        (items / name).write_text("# Half")
    (items / ".aaaaaaaa.tmp").mkdir()
    (items / ".bbbbbbbb.tmp").symlink_to(old)
    for path in items.iterdir():
        os.utime(path, None if path.name == young else (0, 0), follow_symlinks=False)
    left = {young, *theirs, ".aaaaaaaa.tmp", ".bbbbbbbb.tmp"}
    adapter = tracker.adapter()
    adapter.read(None)
    assert {path.name for path in items.iterdir()} == {old, *left}  # looking writes nothing
    [outcome] = adapter.create([Create("item1", {"title": "Pay"})], {})
    assert outcome.error is None
    assert {path.name for path in items.iterdir()} == {"pay.md", *left}


def test_where_the_disk_fails_each_write_says_so(tracker: InFiles) -> None:
    tracker.write(ITEMS, "a file in the place of the folder")
    creates = [Create("item1", {"title": "One"}), Create("item2", {"title": "Two"})]
    outcomes = list(tracker.adapter().create(creates, {}))
    assert [type(outcome.error) for outcome in outcomes] == [Unavailable, Unavailable]
    assert list(tracker.path.iterdir()) == [tracker.path / ITEMS]


def test_moves_of_nothing_that_is_there_write_nothing(tracker: InFiles) -> None:
    assert list(tracker.adapter().move([])) == []
    made(tracker)
    before = (tracker.path / ORDER).stat().st_mtime_ns
    moves = [Move("x", "gone", None, None), Move("item1", "item1", "gone", None)]
    outcomes = list(tracker.adapter().move(moves))
    assert [type(outcome.error) for outcome in outcomes] == [Stale, Stale]
    assert (tracker.path / ORDER).stat().st_mtime_ns == before


def test_an_item_whose_file_is_broken_can_still_be_moved(tracker: InFiles) -> None:
    one, two = made(tracker, "item1"), made(tracker, "item2")
    tracker.write(two.key, "---\nid: [\n---\n# Broken\n")
    adapter = tracker.adapter()
    adapter.remember([Twin(one.id, one.key), Twin(two.id, two.key)])
    [outcome] = adapter.move([Move("item2", "item2", None, "item1")])
    assert outcome.error is None
    assert adapter.order() == ("item2", "item1")
    assert "[Title of item2](items/title-of-item2.md)" in tracker.text(ORDER)


def test_comments_are_none_of_the_fields_that_files_hold(tmp_path: Path) -> None:
    schema = {**FIELDS, COMMENTS: Shape.COMMENTS}
    facts = Files(Setup("files", schema), path=tmp_path).open()
    assert COMMENTS not in facts.fields
    assert facts.cannot[COMMENTS] == "files hold no comments; they stay on the trackers"


def test_a_due_day_that_there_is_not_is_said_with_its_line(tracker: InFiles) -> None:
    tracker.write("items/pay.md", "---\nkind: story\ndue: 2026-02-30\n---\n# Pay\n")
    read = tracker.adapter().read(None)
    assert not read.complete
    [problem] = read.problems
    assert problem.message == "items/pay.md:3: due must be a day, such as 2026-11-24"


def test_an_anchor_that_is_given_twice_is_read(tracker: InFiles) -> None:
    tracker.write("items/pay.md", "---\nkind: &x story\nsprint: &x One\n---\n# Pay\n")
    [record] = tracker.adapter().read(None).records
    assert (record.shown["kind"], record.shown["sprint"]) == ("story", "One")


FRONTS = ("", "parent: b1\n", "parent: Two\n", "blocked_by: [b1, items/c.md]\n", "labels: [x, y]\n")
NAMES = ("a", "b", "c")


@st.composite
def folders(draw: st.DrawFn) -> dict[str, str]:
    """Files of a few items by name: those that refer to others, have stray text, or are wrong."""
    found = {}
    for name in draw(st.sets(st.sampled_from(NAMES))):
        id = draw(st.sampled_from(("", *(f"id: {one}1\n" for one in NAMES))))
        front, above = draw(st.sampled_from(FRONTS)), draw(st.sampled_from(("", "Stray.\n\n")))
        title = draw(st.sampled_from(("# One", "# Two", "No title")))
        found[f"items/{name}.md"] = f"---\n{id}{front}---\n{above}{title}\n\nText\n"
    return found


@given(before=folders(), after=folders(), late=folders())
def test_files_that_are_as_they_were_are_read_as_they_would_be_anew(
    before: dict[str, str], after: dict[str, str], late: dict[str, str]
) -> None:
    with TemporaryDirectory() as name:
        tracker, known = InFiles(Path(name)), dict[str, Record]()
        for files in (before, {**before, **after}, late):
            shutil.rmtree(tracker.path / ITEMS, ignore_errors=True)
            for path, text in files.items():
                tracker.write(path, text)
            anew, again = tracker.adapter(), tracker.adapter()
            anew.remember([Twin(one.id, one.key) for one in known.values()])
            again.remember([Twin(one.id, one.key, record=one) for one in known.values()])
            if known and not files:
                continue  # all gone at once: said in another test
            expected = anew.read(None)
            assert again.read(READ) == replace(expected, anew=False)
            known = {one.id: one for one in expected.records}


def test_a_file_is_not_parsed_again_until_it_or_what_says_how_to_read_it_changes(
    tmp_path: Path,
) -> None:
    tracker = InFiles(tmp_path)
    tracker.write("items/a.md", "---\nid: a1\n---\n# A\n")
    [record] = tracker.adapter().read(None).records
    told = replace(record, shown={**record.shown, "title": "As it was told"})

    def titles(adapter: Files, since: str | None = READ) -> list[Shown]:
        adapter.remember([Twin(told.id, told.key, record=told)])
        snapshot = adapter.read(since)
        assert snapshot.anew == (since is None)
        return [one.shown["title"] for one in snapshot.records]

    assert titles(tracker.adapter()) == ["As it was told"]
    assert titles(tracker.adapter(), None) == ["A"]
    headed = {"acceptance_criteria": Carrier("body-section", "Done when")}
    assert titles(Files(Setup("files", carriers=headed), path=tmp_path)) == ["A"]
    assert titles(Files(Setup("files", {**FIELDS, "team": Shape.LINE}), path=tmp_path)) == ["A"]
    tracker.write("items/a.md", "---\nid: a1\n---\n# A, renamed\n")
    assert titles(tracker.adapter()) == ["A, renamed"]


def test_a_file_that_was_not_parsed_is_changed_in_place(tmp_path: Path) -> None:
    tracker = InFiles(tmp_path)
    tracker.write("items/a.md", "---\n# ours\nid: a1\n---\n# A\n\nText\n")
    [record] = tracker.adapter().read(None).records
    adapter = tracker.adapter()
    adapter.remember([Twin(record.id, record.key, record=record)])
    adapter.read(READ)
    update = Update("a1", record, {"title": Change("A", "B")})
    [outcome] = adapter.update([update], {})
    assert outcome.error is None
    assert tracker.text("items/a.md") == "---\n# ours\nid: a1\n---\n# B\n\nText\n"
