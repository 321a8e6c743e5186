"""The action: held against GitHub's schema, and its script run as a runner does."""

from __future__ import annotations

import json
import os
import re
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
ACTION = YAML(typ="safe").load(ROOT / "action.yml")
PAGE = (ROOT / "docs/github-actions.md").read_text(encoding="utf-8")
SCRIPT = next(step["run"] for step in ACTION["runs"]["steps"] if step.get("id") == "run")
STAND_IN = """#!/bin/bash
printf '%s\\n' "$@" >"$RUNNER_TEMP/given"
exit "$CODE"
"""


def schema(name: str) -> Any:
    folder = files("check_jsonschema").joinpath("builtin_schemas/vendor")
    return json.loads(folder.joinpath(f"{name}.json").read_text(encoding="utf-8"))


def test_the_action_is_what_github_says_an_action_is() -> None:
    jsonschema.validate(ACTION, schema("github-actions"))


def test_the_workflow_in_the_papers_is_one_and_gives_the_action_inputs_that_it_has() -> None:
    [text] = re.findall(r"^```yml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    workflow = YAML(typ="safe").load(text)
    jsonschema.validate(workflow, schema("github-workflows"))
    [step] = [one for one in workflow["jobs"]["plan"]["steps"] if "onebacklog" in one["uses"]]
    assert step["with"].keys() <= ACTION["inputs"].keys()


def test_no_input_is_written_into_a_script() -> None:
    assert all("${{" not in step.get("run", "") for step in ACTION["runs"]["steps"])


@pytest.mark.parametrize(
    ("inputs", "code", "given", "ends"),
    [
        ({"COMMAND": "plan"}, 0, ["plan"], 0),
        ({"COMMAND": "plan"}, 3, ["plan"], 0),
        ({"COMMAND": "plan", "FAIL_ON_CHANGES": "true"}, 3, ["plan"], 3),
        ({"COMMAND": "plan"}, 1, ["plan"], 1),
        ({"COMMAND": "check", "BACKLOG": "--out=x"}, 0, ["check", "--", "--out=x"], 0),
        ({"COMMAND": "report", "FAIL_ON": "warning"}, 4, ["report", "--fail-on", "warning"], 4),
        ({"COMMAND": "apply"}, 0, None, 2),
        ({"COMMAND": "plan; id"}, 0, None, 2),
    ],
    ids=[
        "nothing to do: it ends well",
        "changes: it ends well",
        "changes, and that is a failure: it fails",
        "a tracker was not read: it fails",
        "a backlog is no option, whatever it is called",
        "findings: it fails",
        "what writes is not to be had",
        "what is given is no script",
    ],
)
def test_the_script_gives_on_what_it_was_given_and_ends_as_it_should(
    tmp_path: Path, inputs: dict[str, str], code: int, given: list[str] | None, ends: int
) -> None:
    program = tmp_path / "onebacklog/bin/onebacklog"
    program.parent.mkdir(parents=True)
    program.write_text(STAND_IN, encoding="utf-8")
    program.chmod(0o755)
    output = tmp_path / "output"
    usual = {"BACKLOG": "", "FAIL_ON": "error", "FAIL_ON_CHANGES": "false", "CODE": str(code)}
    places = {"RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(output)}
    result = subprocess.run(
        # As a runner starts `shell: bash`.
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", SCRIPT],  # noqa: S607
        env={"PATH": os.environ["PATH"], **usual, **inputs, **places},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == ends
    there = tmp_path / "given"
    assert (there.read_text().splitlines() if there.exists() else None) == given
    if given:
        assert output.read_text() == f"code={code}\n"
