"""Files as text: front matter, bodies and the order file, byte for byte."""

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adapters.base import Setup
from adapters.files import Files
from adapters.files.document import read
from adapters.files.front import FrontMatter, Mistake, Plain, parse
from adapters.files.order import Order
from adapters.files.order import read as read_order
from sync.model import FIELDS, Criterion, FieldName, Value
from sync.tracker import Change, Create, Move, Update
from tests.contract import LINES, TEXTS, VALUES, recorded
from tests.shared import shared_lines

FRONT: dict[str, tuple[str, dict[str, Plain], str]] = {
    "plain, with a comment": (
        "kind:  bug # c\nz: 1\n",
        {"kind": "task"},
        "kind:  task # c\nz: 1\n",
    ),
    "quoted once": ("kind: 'bug'\n", {"kind": "it's"}, "kind: 'it''s'\n"),
    "quoted twice": ('kind: "bug"\n', {"kind": 'a "b"'}, 'kind: "a \\"b\\""\n'),
    "what YAML would misread": ("kind: bug\n", {"kind": "a: b # c"}, 'kind: "a: b # c"\n'),
    "a word that is no word": ("kind: bug\n", {"kind": "null"}, 'kind: "null"\n'),
    "a number for a number": ("release: 1.0\n", {"release": "2.0"}, "release: 2.0\n"),
    "a number in a new key": ("", {"release": "2.0"}, 'release: "2.0"\n'),
    "a true number": ("estimate: 2\n", {"estimate": 2.5}, "estimate: 2.5\n"),
    "nothing before": ("kind: # c\nz:\n", {"kind": "bug", "z": ["a"]}, "kind: bug # c\nz: [a]\n"),
    "a tilde": ("kind: ~\n", {"kind": "bug"}, "kind: bug\n"),
    "nothing after": ("kind: bug # c\n", {"kind": None}, "kind: # c\n"),
    "a folded text": ("kind: >-\n  a\n  b\n\n# c\nz: 1\n", {"kind": "x"}, "kind: x\n\n# c\nz: 1\n"),
    "several lines": ("kind: a\n  b\nz: 1\n", {"kind": "x"}, "kind: x\nz: 1\n"),
    "lines within": ("", {"kind": "a\nb"}, 'kind: "a\\nb"\n'),
    "an invisible character": ("", {"kind": "a\u2028\x85b"}, 'kind: "a\\u2028\\u0085b"\n'),
    "a flow list": ("l: [ 'a' , b ] # c\n", {"l": ["a", "c, d"]}, "l: ['a', \"c, d\"] # c\n"),
    "a block list": ("l:\n- a # A\n\n# on b\n- b\nz: 1\n", {"l": ["b", "c"]}, None or ""),
    "a block list at the end": (
        "l:\n  - a\n",
        {"l": ["a", "b"], "k": "v"},
        "l:\n  - a\n  - b\nk: v\n",
    ),
    "a block list emptied": ("l: # c\n  - a\n# d\n", {"l": []}, "l: # c\n# d\n"),
    "a list with commas": ("l: a,b # c\n", {"l": ["b", "d"]}, "l: b, d # c\n"),
    "a list with commas within": ("l: a, b\n", {"l": ["b", "c,d"]}, 'l: [b, "c,d"]\n'),
    "a list of numbers": ("l: [1, 2.0]\n", {"l": ["1", "3"]}, 'l: [1, "3"]\n'),
    "Windows line endings": (
        "kind: bug\r\nl:\r\n- a\r\nz: 1\r\n",
        {"kind": "task", "l": ["a", "b"], "id": "i1"},
        "id: i1\r\nkind: task\r\nl:\r\n- a\r\n- b\r\nz: 1\r\n",
    ),
    "an unknown tag elsewhere": (
        "z: !x {a: &b c}\nkind: a\n",
        {"kind": "b"},
        "z: !x {a: &b c}\nkind: b\n",
    ),
    "an alias": ("z: &b c\nkind: *b\n", {"kind": "d"}, "z: &b c\nkind: d\n"),
    "emoji before it": ("z: 😀\nkind: a\n", {"kind": "🎉"}, "z: 😀\nkind: 🎉\n"),
}
FRONT["a block list"] = (
    "l:\n- a # A\n\n# on b\n- b\nz: 1\n",
    {"l": ["b", "c"]},
    "l:\n\n# on b\n- b\n- c\nz: 1\n",
)


@pytest.mark.parametrize(("raw", "values", "expected"), FRONT.values(), ids=FRONT.keys())
def test_front_matter_changes_in_place(raw: str, values: dict[str, Plain], expected: str) -> None:
    newline = "\r\n" if "\r\n" in raw else "\n"
    changed = parse(raw).with_values(values, newline)
    assert changed.raw == expected
    for key, value in values.items():
        if isinstance(value, list):
            assert sorted(changed.texts(key)) == sorted(value)
        elif isinstance(value, str):
            assert changed.text(key) == value
    assert changed.with_values(values, newline).raw == expected


UNSAFE = {
    "an anchor that others use": ("kind: &a x\nz: *a\n", {"kind": "y"}),
    "a mapping in braces": ("{kind: x}\n", {"estimate": 3.0}),
    "a key of several words in brackets": ("? kind\n: x\n", {"kind": None}),
}


@pytest.mark.parametrize(("raw", "values"), UNSAFE.values(), ids=UNSAFE.keys())
def test_a_change_that_would_touch_more_is_refused(raw: str, values: dict[str, Plain]) -> None:
    with pytest.raises(Mistake, match="cannot be changed in place"):
        parse(raw).with_values(values, "\n")


KEYS = st.sampled_from(["id", "kind", "labels", "z"])
RAW_VALUES = st.sampled_from(
    [
        *("", " a", " 'a'", ' "a b"', " [a, 'b']", " a, b", "\n- a\n- b # c", "\n  - a\n\n  - b"),
        *(" # c", " |\n  a\n  b", " 1.5", " 2024-01-01", " {x: y}", " ~", " &x a", " a # c", " []"),
    ]
)


@given(
    st.lists(st.tuples(KEYS, RAW_VALUES), max_size=4, unique_by=lambda pair: pair[0]),
    st.dictionaries(KEYS, st.one_of(LINES, st.none(), st.lists(LINES, max_size=3)), max_size=2),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(deadline=None)
def test_other_keys_stay_whatever_is_written(
    pairs: list[tuple[str, str]], values: dict[str, Plain], newline: str
) -> None:
    raw = "".join(f"{key}:{value}\n# on {key}\n" for key, value in pairs)
    before = parse(raw.replace("\n", newline))
    values = {k: list(dict.fromkeys(v)) if isinstance(v, list) else v for k, v in values.items()}
    after = before.with_values(values, newline)
    for key, value in values.items():
        if isinstance(value, list):
            assert sorted(after.texts(key)) == sorted(value)
        else:
            assert after.text(key) == value
    for key, value in pairs:
        if key not in values:
            assert f"{key}:{value}\n# on {key}\n".replace("\n", newline) in after.raw


WHOLE = st.tuples(
    st.sampled_from(["", "\ufeff"]),
    st.sampled_from(
        ["", "---\nid: a1\nlabels:\n- b # c\n---\n", "---\n# none\n...\n", "---\n---\n\n"]
    ),
    st.sampled_from(["", "\n", "<!-- x -->\n", "text\n\n"]),
    st.sampled_from(["# A", "A\nB\n===", "#  A  #", "# \\#"]),
    st.sampled_from(["", "\n", "\n\n"]),
    TEXTS,
    st.sampled_from(
        ["", "\n\n## Acceptance criteria\n- a\n", "\n\n**Acceptance criteria:**\n1. [x] b"]
    ),
    st.sampled_from(["\n", "\r\n"]),
).map(lambda parts: "".join(parts[:-1]).replace("\n", parts[-1]))


@given(WHOLE)
@settings(deadline=None)
def test_a_document_is_its_file_to_the_byte(text: str) -> None:
    try:
        document = read(text.encode())
    except Mistake as mistake:
        assume("title" not in mistake.message)  # the text above swallowed it
        raise
    assert str(document) == text
    assert document.with_values({}) == document
    marked = document.with_values({"id": "a2"})
    assert str(marked).endswith(document.heading + document.body)
    assert read(str(marked).encode()) == marked
    titled = marked.with_title("New #")
    assert read(str(titled).encode()).title == "New #"
    assert titled.body == document.body


@given(LINES)
def test_any_title_is_read_as_it_was_written(title: str) -> None:
    for text in (title, f"{title} #", f"{title} \\##"):
        document = read(b"# x\n").with_title(text)
        assert read(str(document).encode()).title == text


FIELDS_WITHOUT_REFERENCES = [n for n, shape in FIELDS.items() if shape in VALUES and n != "title"]


@given(
    title=LINES,
    values=st.fixed_dictionaries(
        {}, optional={n: VALUES[FIELDS[n]] for n in FIELDS_WITHOUT_REFERENCES}
    ),
    later=st.fixed_dictionaries(
        {}, optional={n: VALUES[FIELDS[n]] for n in FIELDS_WITHOUT_REFERENCES}
    ),
)
@settings(deadline=None, max_examples=50)
def test_write_read_write_is_the_same(
    title: str, values: dict[FieldName, Value], later: dict[FieldName, Value]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        adapter = Files(Setup("files"), path=Path(folder))
        codec = adapter.open().codec
        record = recorded(adapter.create([Create("item1", {"title": title, **values})], {}))
        first = (Path(folder) / record.key).read_bytes()
        for name, value in values.items():
            assert codec.shows(name, value, record.shown[name]), name
        again = {name: Change(value, value) for name, value in values.items()}
        recorded(adapter.update([Update("item1", record, again)], {}))
        assert (Path(folder) / record.key).read_bytes() == first
        changes = {
            name: Change(codec.decode(name, record.shown[name], None), value)
            for name, value in later.items()
        }
        after = recorded(adapter.update([Update("item1", record, changes)], {}))
        for name, value in {**values, **later}.items():
            assert codec.shows(name, value, after.shown[name]), name


def test_real_bodies_are_kept_and_edited(tmp_path: Path) -> None:
    for number, item in enumerate(shared_lines("data/backlog-items.jsonl.gz")):
        if number % 8 == 0:
            text = (
                f"---\ntitle: x\nnumber: {number}\n---\n# {item['title'].strip()}\n{item['body']}"
            )
            (tmp_path / "items").mkdir(exist_ok=True)
            (tmp_path / f"items/{number}.md").write_bytes(text.encode())
    adapter = Files(Setup("files"), path=tmp_path)
    snapshot = adapter.read(None)
    assert snapshot.complete
    assert len(snapshot.records) > 40
    for record in snapshot.records:
        file = tmp_path / record.key
        before = file.read_bytes()
        criteria = tuple(Criterion(*entry) for entry in record.shown["acceptance_criteria"])
        same = {
            "title": Change("", record.shown["title"]),
            "description": Change("", record.shown["description"]),
            "acceptance_criteria": Change((), criteria),
        }
        assert recorded(adapter.update([Update("i", record, same)], {})) == record
        assert file.read_bytes() == before
        more = {"acceptance_criteria": Change(criteria, (*criteria, Criterion("One more")))}
        after = recorded(adapter.update([Update("i", record, more)], {}))
        assert after.shown["description"] == record.shown["description"]
        assert after.shown["acceptance_criteria"][-1] == ["One more", False]


ORDER = """# Our order

Now:

1. [Pay \\[by\\] card](items/a.md) - soon
   - a note
7. [Refunds](./items/b.md)

Later:

- [x] [C](<items/c c.md>)
3) d
9. [Gone](items/gone.md)
1. [Pay again](items/a.md)
```
1. [No](items/e.md)
```
"""
TITLES = {"items/a.md": "Pay [by] card", "items/b.md": "Money back", "items/c c.md": "C"}
PATHS = [*TITLES, "items/d.md", "items/e.md"]


def order_of(text: str) -> Order:
    def resolve(said: str) -> str | None:
        said = said.removeprefix("./")
        return next((path for path in PATHS if said in (path, path[6:-3])), None)

    return read_order(text, resolve)


def test_the_lines_that_name_items_are_the_order() -> None:
    order = order_of(ORDER)
    assert order.paths == ("items/a.md", "items/b.md", "items/c c.md", "items/d.md")
    assert order.missing == ((13, "items/gone.md"),)
    assert "".join(line for place in order.places for line in place.lines) == ORDER


def test_a_line_moves_with_its_notes_and_all_others_stay() -> None:
    order = order_of(ORDER).with_move("items/a.md", "items/c c.md").with_move("items/d.md", None)
    lines = order.written(TITLES).split("\n")
    assert lines[:13] == [
        "# Our order",
        "",
        "Now:",
        "",
        "1) d",
        "2. [Money back](./items/b.md)",
        "",
        "Later:",
        "",
        "- [x] [C](<items/c c.md>)",
        "4. [Pay \\[by\\] card](items/a.md) - soon",
        "   - a note",
        "9. [Gone](items/gone.md)",
    ]
    assert "Pay again" not in order.written(TITLES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1. [E](items/e.md)\n"),
        ("# Order", "# Order\n\n1. [E](items/e.md)\n"),
        ("# Order\r\n\r\n", "# Order\r\n\r\n1. [E](items/e.md)\r\n"),
        ("2. [B](items/b.md)", "1. [B](items/b.md)\n2. [E](items/e.md)\n"),
        ("1. [B](items/b.md)\n\nEnd.\n", "1. [B](items/b.md)\n2. [E](items/e.md)\n\nEnd.\n"),
    ],
)
def test_a_new_line_comes_last(text: str, expected: str) -> None:
    assert order_of(text).with_last("items/e.md").written({"items/e.md": "E"}) == expected


@given(
    st.lists(st.sampled_from([*PATHS, "# Heading", "", "prose", "   indented"]), max_size=8),
    st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from([None, *PATHS])), max_size=5),
    st.sampled_from(["\n", "\r\n"]),
)
def test_moves_do_what_they_say_and_keep_every_other_line(
    lines: list[str], moves: list[tuple[str, str | None]], newline: str
) -> None:
    text = newline.join(f"1. [x](<{line}>)" if line in PATHS else line for line in lines)
    order = order_of(text)
    wanted = list(order.paths)
    for path, after in moves:
        if after != path and after in (None, *wanted):
            order = order.with_move(path, after)
            wanted = [one for one in wanted if one != path]
            wanted.insert(0 if after is None else wanted.index(after) + 1, path)
    written = order.written({})
    assert order_of(written).paths == tuple(wanted)
    kept = [line for line in lines if line.strip() and line not in PATHS]
    assert sorted(line for line in re.split("\r?\n", written) if line in kept) == sorted(kept)


@pytest.mark.parametrize(
    "title", ["a](items/b.md)", "[x](items/b.md)", "\\", "`[`", "<items/b.md>"]
)
def test_a_hostile_title_names_no_other_item(tmp_path: Path, title: str) -> None:
    adapter = Files(Setup("files"), path=tmp_path)
    creates = [Create("item1", {"title": title}), Create("item2", {"title": "B"})]
    list(adapter.create(creates, {}))
    assert adapter.order() == ("item1", "item2")
    list(adapter.move([Move("item2", "item2", None, "item1")]))
    assert adapter.order() == ("item2", "item1")


def test_a_file_named_like_a_link_is_found_again(tmp_path: Path) -> None:
    (tmp_path / "items").mkdir()
    for name in ("a (b) 50%.md", "<c>.md", "ü d.md"):
        (tmp_path / "items" / name).write_text(f"# {name}\n")
    adapter = Files(Setup("files"), path=tmp_path)
    ids = [record.id for record in adapter.read(None).records]
    list(
        adapter.move([Move("", id, ids[at - 1] if at else None, None) for at, id in enumerate(ids)])
    )
    assert adapter.order() == tuple(ids)


def test_a_byte_order_mark_stays_on_the_order_file(tmp_path: Path) -> None:
    adapter = Files(Setup("files"), path=tmp_path)
    list(adapter.create([Create("a1", {"title": "A"}), Create("b1", {"title": "B"})], {}))
    file = tmp_path / "ORDER.md"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert adapter.order() == ("a1", "b1")
    list(adapter.move([Move("b1", "b1", None, "a1")]))
    assert file.read_bytes() == b"\xef\xbb\xbf1. [B](items/b.md)\n2. [A](items/a.md)\n"


def test_an_order_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    adapter = Files(Setup("files"), path=tmp_path)
    [made] = adapter.create([Create("a1", {"title": "A"})], {})
    (tmp_path / "ORDER.md").write_bytes(b"\xff")
    snapshot = adapter.read(None)
    assert snapshot.order is None
    assert snapshot.records == (made.record,)
    assert "UTF-8" in snapshot.problems[0].message
    [outcome] = adapter.move([Move("a1", "a1", None, None)])
    assert outcome.error is not None
    recorded(adapter.create([Create("b1", {"title": "B"})], {}))
    assert (tmp_path / "ORDER.md").read_bytes() == b"\xff"


def test_an_entry_without_a_file_is_said_and_kept(tmp_path: Path) -> None:
    adapter = Files(Setup("files"), path=tmp_path)
    list(adapter.create([Create("a1", {"title": "A"})], {}))
    file = tmp_path / "ORDER.md"
    file.write_text(file.read_text() + "2. [Gone\x1b](items/gone.md)\n")
    [problem] = adapter.read(None).problems
    assert (problem.severity, problem.message) == (
        "warning",
        "ORDER.md:2: items/gone.md is not there; remove the line",
    )
    assert adapter.read(None).complete


def test_front_matter_of_its_own_starts_empty() -> None:
    assert FrontMatter().with_values({"kind": "bug", "id": "a"}, "\n").raw == "id: a\nkind: bug\n"
