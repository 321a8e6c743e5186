"""The papers are held to the code: commands, options, settings, links, names, and the picture."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import click
import pytest
from click.testing import CliRunner

from config.load import load
from sync.cli import main
from sync.cli.common import Exit
from tests.commands import commands_of

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAPERS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DECISIONS = sorted(ROOT.glob("docs/decisions/*.md"))
COMMANDS = commands_of(main)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_MODULE = re.compile(r"`((?:sync|adapters|config|tests|docs|requirements)/[\w./-]*)`")
_NAMED = re.compile(r"`(\w+)`\s+in\s+`((?:sync|adapters|config|tests)/[\w/]+\.py)`")
_HOST = re.compile(
    r"\b(?:(?:p[y]pi|python[h]osted|n[p]mjs)\.(?:org|com)|(?:docker|g[h]cr|q[u]ay|g[c]r)\.io)\b"
)
_HOME = re.compile(r"(?<![\w.])/(?:home|Users|root)/[\w.]")
"""Folders that only a machine of one's own has."""


def blocks(text: str, language: str) -> list[str]:
    return [body for name, body in _FENCE.findall(text) if name == language]


def section(heading: str) -> str:
    """The README's text below a heading, up to the next one."""
    return README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> Iterator[list[str]]:
    """The cells of a table's rows, but for its head."""
    for line in re.findall(r"^\|(.*)\|$", text, re.MULTILINE):
        cells = [cell.strip() for cell in line.split(" | ")]
        if not set("".join(cells)) <= set("-| "):
            yield cells


def options(command: click.Command) -> set[str]:
    """Its options, and those of its own commands where it has some."""
    if isinstance(command, click.Group):
        return {name for one in commands_of(command).values() for name in options(one)}
    return {
        name
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden
        for name in parameter.opts
        if name.startswith("--")
    }


def command_rows() -> dict[str, list[str]]:
    found = {}
    for cells in rows(section("Commands")):
        name = re.match(r"`(\w+)", cells[0])
        if name:
            found[name[1]] = cells
    return found


def calls(text: str) -> Iterator[tuple[str, str]]:
    """Each `onebacklog COMMAND …` in code: the command, and what stands behind it."""
    for code in (*(body for _, body in _FENCE.findall(text)), *re.findall(r"`([^`\n]+)`", text)):
        for line in code.replace("\\\n", " ").splitlines():
            match = re.search(r"(?:^|[\s$/])onebacklog ([a-z]+)\b([^#]*)", line)
            if match:
                yield match[1], match[2]


def tracked() -> list[Path]:
    git = which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout")
    listed = subprocess.run(
        [git, "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True
    )
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_the_readme_tables_exactly_the_commands_there_are() -> None:
    assert set(command_rows()) == set(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_readme_names_every_option_of_a_command_and_no_other(name: str) -> None:
    common = {"--config", "--log-format"} & options(COMMANDS[name])
    own = options(COMMANDS[name]) - {"--config", "--log-format"}
    assert set(_OPTION.findall(command_rows()[name][2])) == own
    assert all(f"`{option}`" in section("Commands") for option in common)


@pytest.mark.parametrize(
    "name", [name for name in COMMANDS if isinstance(COMMANDS[name], click.Group)]
)
def test_the_readme_names_every_command_of_a_group(name: str) -> None:
    group = COMMANDS[name]
    assert isinstance(group, click.Group)
    named = " ".join(command_rows()[name])
    assert all(re.search(rf"`(?:{name} )?{one}\b", named) for one in commands_of(group))


def test_what_the_readme_says_is_not_yet_there_is_not_there() -> None:
    absent = section("Not yet")
    assert set(re.findall(r"`([a-z]+)`", absent)).isdisjoint(COMMANDS)
    assert "no effect" not in absent  # every setting that is read has one


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_call_in_the_papers_has_a_command_and_options_that_exist(paper: Path) -> None:
    for name, rest in calls(paper.read_text(encoding="utf-8")):
        assert name in COMMANDS
        assert set(_OPTION.findall(rest)) <= options(COMMANDS[name])


def test_the_calls_in_the_readme_are_found() -> None:
    assert {"demo", "check", "plan", "apply"} <= {name for name, _ in calls(README)}
    assert ("apply", " --yes") in set(calls(README))


def test_the_readme_has_every_exit_code() -> None:
    codes = {cells[0] for cells in rows(section("Commands")) if cells[0].isdigit()}
    assert codes == {str(code.value) for code in Exit}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_configuration_in_the_papers_loads(paper: Path, tmp_path: Path) -> None:
    for text in blocks(paper.read_text(encoding="utf-8"), "yaml"):
        path = tmp_path / "onebacklog.yaml"
        path.write_text(text, encoding="utf-8")
        assert load(path).backlogs


def test_the_readme_shows_the_shortest_configuration_there_is() -> None:
    [text] = blocks(README, "yaml")
    example = (ROOT / "config/examples/shortest.yaml").read_text(encoding="utf-8")
    assert text == re.sub(r"\A(?:#.*\n|\n)*", "", example)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(paper: Path) -> None:
    for target in _LINK.findall(paper.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            assert (paper.parent / path).exists(), target
            assert not anchor, f"{target}: anchors are not checked, so leave them out"


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_file_that_the_papers_name_is_there(paper: Path) -> None:
    for path in _MODULE.findall(paper.read_text(encoding="utf-8")):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_function_stands_where_the_papers_say(paper: Path) -> None:
    for name, path in _NAMED.findall(paper.read_text(encoding="utf-8")):
        assert name in defined(ROOT / path), f"{name} in {path}"


def defined(module: Path) -> set[str]:
    """What a module defines at its top."""
    names: set[str] = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def test_the_path_of_an_item_names_the_steps_of_a_run() -> None:
    text = (ROOT / "docs/path-of-an-item.md").read_text(encoding="utf-8")
    named = [name for name, _ in _NAMED.findall(text)]
    steps = (
        "look",
        "read",
        "match",
        "merge",
        "enforce",
        "decide",
        "guard",
        "apply",
        "updated_link",
    )
    assert [name for name in named if name in steps] == list(steps)


def test_decisions_are_numbered_without_gaps_and_dated() -> None:
    numbers = [int(path.name[:3]) for path in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))
    for number, path in zip(numbers, DECISIONS, strict=True):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {number}. ")
        assert re.search(r"^\d{4}-\d\d-\d\d\. (?:Accepted|Superseded by \d+)\.$", text, re.M)
        assert all(f"\n## {part}\n" in text for part in ("Context", "Decision", "Consequences"))


def test_the_plan_in_the_readme_is_the_demos() -> None:
    shown = [line for line in blocks(section("Try it"), "text")[0].splitlines() if line.strip()]
    result = CliRunner().invoke(main, ["demo"])
    assert result.exit_code == 0
    lines = iter(result.stdout.splitlines())
    missing = [line for line in shown if line not in lines]  # each below the one before
    assert missing == []


def test_no_tracked_text_names_a_registry_or_a_folder_of_this_machine() -> None:
    patterns = [_HOST, _HOME]
    if len(ROOT.parts) > 2:  # a checkout in /src is no secret
        patterns.append(re.compile(rf"{re.escape(str(ROOT))}(?![\w-])"))
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for pattern in patterns:
            found += [f"{path.name}: {match.group()}" for match in pattern.finditer(text)]
    assert found == []
