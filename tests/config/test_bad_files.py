"""Files that are no settings: each problem with its line, and nothing worse than a problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.document import MAX_DEPTH, MAX_NODES
from config.load import MAX_BYTES, load
from config.problems import ConfigError
from tests.config.files import SHOP, problems, shop

BAD = "backlogs.shop"
START = "begin with state: and backlogs:"
LOOK = "look at this line and the one above"
BOMB = "\n".join(
    ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
)

ROWS: list[tuple[str, str | bytes, list[str]]] = [
    ("an empty file", "", ["1: empty; start from the one in the README"]),
    ("a file of comments only", "# soon\n", ["1: empty; start from the one in the README"]),
    ("null at the top", "~\n", [f"1: expected a mapping; {START}"]),
    ("a list at the top", "- a\n- b\n", [f"1: expected a mapping; {START}"]),
    ("a text at the top", "onebacklog\n", [f"1: expected a mapping; {START}"]),
    ("not UTF-8", b"a: b\nc: \xff\n", ["2: not UTF-8 text; save it as UTF-8"]),
    ("a control character", "a: b\nc: \x01\n", ["2: a control character; remove it"]),
    ("too large", "# " + "x" * MAX_BYTES, [f"1: over {MAX_BYTES} bytes; make it smaller"]),
    (
        "a syntax error",
        "backlogs:\n  shop: [a\nstate: b\n",
        [f"3: not valid YAML: expected ',' or ']', but got ':'; {LOOK}"],
    ),
    (
        "a tab for indentation",
        "backlogs:\n\tshop: a\n",
        [f"2: not valid YAML: found character '\\t' that cannot start any token; {LOOK}"],
    ),
    (
        "an escape that is no character",
        'state: "\\UFFFFFFFF"\n',
        [f"1: not valid YAML; {LOOK}"],
    ),
    (
        "two documents",
        SHOP + "---\nstate: x\n",
        ["6: a second document; keep one, without ---"],
    ),
    (
        "a key said twice, twice",
        shop("guard: {closes: 0, closes: 1}", "guard: {}"),
        [
            f"6: {BAD}.guard.closes: said twice (first on line 6); keep one",
            f"7: {BAD}.guard: said twice (first on line 6); keep one",
        ],
    ),
    (
        "a tag that would run code",
        shop('guard: !!python/object/apply:os.system ["true"]'),
        [
            f"6: {BAD}.guard: a tag (!…) is not allowed; remove it, or quote the text",
            f"6: {BAD}.guard: expected a mapping (key: value)",
        ],
    ),
    (
        "a key that is a list",
        shop("? [a, b]", ": c"),
        [f"6: {BAD}: a key that is not text; write key: value"],
    ),
    (
        "merged mappings",
        shop("users: {<<: {ada: {github: ada}}}"),
        [
            f"6: {BAD}.users: merging with << is not supported; "
            "repeat the keys, or alias the whole value"
        ],
    ),
    (
        "an alias of nothing",
        shop("users: *people"),
        [
            f"6: {BAD}.users: an alias (*…) of nothing; quote it, or define it (&…)",
            f"6: {BAD}.users: empty; expected a mapping (key: value); "
            "give it a value, or remove it",
        ],
    ),
    (
        "an alias inside itself",
        shop("users: &people {ada: *people}"),
        [
            f"6: {BAD}.users.ada: an alias (*…) of nothing; quote it, or define it (&…)",
            f"6: {BAD}.users.ada: empty; expected a mapping (key: value); "
            "give it a value, or remove it",
        ],
    ),
    (
        "aliases that repeat each other",
        BOMB,
        [f"10: a9: over {MAX_NODES} values with all aliases followed; make it smaller"],
    ),
    (
        "brackets without end",
        "a: " + "[" * 100_000,
        [f"1: a.0.0.0: nested more than {MAX_DEPTH} deep; make it flatter"],
    ),
    (
        "problems of YAML and of settings, by line",
        "stat: x\nbacklogs: {shop: {trackers: {}, trackers: {}}}\nbacklog: {}\n",
        [
            "1: stat: unknown key; did you mean state?",
            "2: backlogs.shop.trackers: holds nothing; give it an entry, or remove it",
            "2: backlogs.shop.trackers: said twice (first on line 2); keep one",
            "3: backlog: unknown key; did you mean backlogs?",
        ],
    ),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_a_file_that_is_no_settings(text: str | bytes, expected: list[str], tmp_path: Path) -> None:
    assert problems(tmp_path, text) == expected


def test_a_missing_file_is_a_problem() -> None:
    with pytest.raises(ConfigError) as caught:
        load(Path("absent.yaml"))
    expected = "absent.yaml:1: there is no such file; start from the one in the README"
    assert str(caught.value) == expected


def test_a_folder_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory; make it a readable"):
        load(tmp_path)


def test_a_path_with_a_nul_is_a_problem() -> None:
    with pytest.raises(ConfigError, match="cannot be read: not a path"):
        load(Path("a\0b"))


def test_keys_are_shown_escaped_and_cut(tmp_path: Path) -> None:
    text = shop(r'"red\e[31m\u202e": 1', f"{'k' * 100}: 1")
    assert problems(tmp_path, text) == [
        r'6: backlogs.shop."red\u001b[31m\u202e": unknown key; known here: adoption, attachments, '
        "comments, conflicts, fields, guard, notify, plans, rules, schedule, trackers or users",
        f'7: backlogs.shop."{"k" * 59}…": unknown key; known here: adoption, attachments, '
        "comments, conflicts, fields, guard, notify, plans, rules, schedule, trackers or users",
    ]
