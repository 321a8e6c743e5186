"""The Dockerfile and .dockerignore, read as Docker reads them: no engine is needed."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SECRETS = (
    ".git/config",
    ".env",
    ".venv/bin/python",
    "onebacklog.yaml",
    "onebacklog.db",
    "onebacklog.db-wal",
    "sync/onebacklog.db",
    "token",
    "tests/shared.py",
)
"""What a checkout may hold, and an image must not."""


@dataclass
class Stage:
    """One FROM, and what follows it."""

    base: str
    name: str | None
    steps: list[tuple[str, str]] = field(default_factory=list)

    def of(self, instruction: str) -> list[str]:
        return [text for name, text in self.steps if name == instruction]

    def copies(self) -> list[str]:
        """What it copies from the build's folder."""
        found = []
        for text in self.of("COPY"):
            words = shlex.split(text)
            if not any(word.startswith("--from=") for word in words):
                found += [word for word in words[:-1] if not word.startswith("--")]
        return found


def stages() -> list[Stage]:
    """Raises ValueError where a step stands before the first FROM."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^[ \t]*#.*\n", "", text, flags=re.MULTILINE)
    found: list[Stage] = []
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip():
            continue
        instruction, rest = line.split(maxsplit=1)
        if instruction == "FROM":
            base, *named = rest.split()
            found.append(Stage(base, named[1] if named else None))
        elif found:
            found[-1].steps.append((instruction, rest.strip()))
        else:
            raise ValueError(f"{instruction} before FROM")
    return found


BUILD, LAST = stages()


def ignored(path: str) -> bool:
    """By the last pattern that fits the path or a folder above it.

    https://docs.docker.com/build/concepts/context/#dockerignore-files
    """
    parts = path.split("/")
    above = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    verdict = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            wanted = pattern.removeprefix("!").strip("/")
            if any(_expression(wanted).fullmatch(one) for one in above):
                verdict = not pattern.startswith("!")
    return verdict


def _expression(pattern: str) -> re.Pattern[str]:
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(signs.get(part) or re.escape(part) for part in parts))


def test_everything_that_is_copied_exists_and_reaches_the_build() -> None:
    sources = BUILD.copies() + LAST.copies()
    assert {"sync/", "pyproject.toml", "requirements/run.txt"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists(), source
        assert not ignored(source.rstrip("/")), source


def test_the_image_gets_every_package_and_every_file_that_the_metadata_name() -> None:
    packages = {
        pattern.rstrip("*")
        for pattern in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    named = {PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]}
    assert packages | named <= {source.rstrip("/") for source in BUILD.copies()}


def test_data_within_the_packages_reaches_the_build() -> None:
    data = [
        path.relative_to(ROOT).as_posix()
        for folder in ("adapters", "config", "sync")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".yaml", ".md", ".mako") or path.name == "py.typed"
    ]
    assert "adapters/sandbox/demo/seed.yaml" in data
    assert [path for path in data if ignored(path)] == []


@pytest.mark.parametrize("path", SECRETS)
def test_history_state_settings_and_credentials_stay_out_of_the_build(path: str) -> None:
    assert ignored(path)


def test_bases_have_the_python_that_the_package_asks_for_and_no_registry() -> None:
    for stage in (BUILD, LAST):
        image, _, tag = stage.base.partition(":")
        assert image == "python"
        assert f">={tag.removesuffix('-slim')}" == PROJECT["project"]["requires-python"]


def test_the_dockerfile_passes_its_linter() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        pytest.skip("there is no hadolint for this machine")
    found = subprocess.run(
        [linter, "--failure-threshold", "style", ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout) == (0, "")


def test_every_installation_is_by_hash_or_of_the_package_itself() -> None:
    installs = [
        command
        for text in BUILD.of("RUN")
        for command in text.split("&&")
        if re.search(r"\bpip\b.*\b(?:install|wheel)\b", command)
    ]
    assert len(installs) >= 3
    for command in installs:
        assert "--require-hashes" in command or "--no-deps" in command, command


def test_the_last_stage_builds_and_installs_nothing() -> None:
    for text in LAST.of("RUN"):
        assert not re.search(r"\b(?:pip|apt|apt-get|gcc|make|curl|wget|uv)\b", text), text
    assert LAST.of("ADD") == []


def test_the_last_stage_runs_as_a_numbered_user_that_is_not_root() -> None:
    assert LAST.steps[-1][0] in ("CMD", "ENTRYPOINT")
    user, group = LAST.of("USER")[-1].split(":")
    assert int(user) >= 1000
    assert int(group) >= 1000
    after = [name for name, _ in LAST.steps[LAST.steps.index(("USER", f"{user}:{group}")) :]]
    assert "RUN" not in after


def test_the_image_starts_the_command_that_the_package_installs() -> None:
    [entry], [arguments] = LAST.of("ENTRYPOINT"), LAST.of("CMD")
    assert json.loads(entry) == list(PROJECT["project"]["scripts"])
    assert json.loads(arguments) == ["--help"]
    [copied] = [shlex.split(text) for text in LAST.of("COPY")]
    assert copied[0] == f"--from={BUILD.name}"
    assert f'PATH="{copied[2]}/bin:$PATH"' in LAST.of("ENV")[0]
    assert any(f"--python {copied[2]} install" in text for text in BUILD.of("RUN"))
    assert copied[1] == copied[2], "scripts of an environment have its path in them"


def test_the_image_has_no_volume_and_labels_its_licence() -> None:
    assert LAST.of("VOLUME") == []
    assert LAST.of("WORKDIR") == ["/work"]
    licence = PROJECT["project"]["license"]
    assert f'org.opencontainers.image.licenses="{licence}"' in LAST.of("LABEL")[0]
