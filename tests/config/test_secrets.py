"""Credentials: found where the settings say, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.load import load
from config.problems import ConfigError
from config.secrets import MAX_BYTES, Secret, SecretError, references, resolve
from config.trackers import GitHubAuth
from tests.config.files import loaded, problems, shop, tracker

TOKEN = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"


def refused(secret: Secret, environment: dict[str, str], folder: Path) -> str:
    with pytest.raises(SecretError) as caught:
        resolve(secret, environment, folder)
    assert TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_a_variable_is_read_from_the_environment_given(tmp_path: Path) -> None:
    assert resolve(Secret("env", "T"), {"T": TOKEN}, tmp_path) == TOKEN


def test_a_file_is_read_from_the_settings_folder_without_its_line_break(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\r\n")
    assert resolve(Secret("file", "token"), {}, tmp_path) == TOKEN


def test_an_absolute_file_is_read_wherever_the_settings_are(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    assert resolve(Secret("file", f"{tmp_path}/token"), {}, Path("/elsewhere")) == TOKEN


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "env/T: the environment variable is not set; set it"),
        ({"T": "\n"}, "env/T: holds nothing; put the credential there"),
        ({"T": f"{TOKEN}\nx"}, "env/T: holds several lines; leave only the credential"),
    ],
)
def test_a_variable_without_a_credential_is_a_problem(
    environment: dict[str, str], expected: str, tmp_path: Path
) -> None:
    assert refused(Secret("env", "T"), environment, tmp_path) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "file/t: No such file or directory; make it a readable file"),
        (b"", "file/t: holds nothing; put the credential there"),
        (TOKEN.encode() + b"\xff", "file/t: not UTF-8 text; write it anew"),
        (b"x" * (MAX_BYTES + 1), f"file/t: over {MAX_BYTES} bytes; leave only the credential"),
    ],
)
def test_a_file_without_a_credential_is_a_problem(
    content: bytes | None, expected: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "t").write_bytes(content)
    assert refused(Secret("file", "t"), {}, tmp_path) == expected


def test_every_reference_is_listed_with_its_place(tmp_path: Path) -> None:
    hook = "webhook_secret: [file/hook, env/NEXT]"
    text = shop().replace("{token: env/T}", f"{{token: env/T}}, {hook}", 1)
    found = {path: str(secret) for path, secret in references(loaded(tmp_path, text))}
    assert found == {
        "backlogs.shop.trackers.jira.auth.token": "env/T",
        "backlogs.shop.trackers.jira.webhook_secret.0": "file/hook",
        "backlogs.shop.trackers.jira.webhook_secret.1": "env/NEXT",
        "backlogs.shop.trackers.github.auth.token": "env/T",
    }


def test_a_reference_can_be_given_as_one() -> None:
    assert GitHubAuth(token=Secret("env", "T")) == GitHubAuth.model_validate({"token": "env/T"})


def test_settings_show_the_reference_only(tmp_path: Path) -> None:
    assert "token=Secret(source='env', name='T')" in repr(loaded(tmp_path, shop()))


GITHUB = "github: {type: github, repository: acme/shop, "


@pytest.mark.parametrize(
    "text",
    [
        tracker(f"{GITHUB}auth: {{token: {TOKEN}}}}}"),
        tracker(f"{GITHUB}auth: {{token {TOKEN}}}}}"),
        tracker(f"{GITHUB}auth: {{token: {TOKEN}, token: {TOKEN}}}}}"),
        tracker(f"{GITHUB}auth: {TOKEN}}}"),
        tracker(f"{GITHUB}auth: {{{TOKEN}}}}}"),
        tracker(f"{GITHUB}auth: [{TOKEN}]}}"),
        tracker(f"{GITHUB}auth: {{token: {{{TOKEN}: 1}}}}}}"),
        tracker(f"{GITHUB}auth: {{token: *{TOKEN}}}}}"),
        tracker(f"{GITHUB}auth: {{token: !{TOKEN}}}}}"),
        tracker(f"{GITHUB}auth: {{token: !{TOKEN}!x y}}}}"),
        tracker(f"{GITHUB}auth: {{token: '{TOKEN}}}}}"),
        tracker(f"{GITHUB}token: {TOKEN}}}"),
        tracker(f"{GITHUB}token {TOKEN}}}"),
        tracker(f"{GITHUB}webhook_secret {TOKEN}}}"),
        tracker(f"{GITHUB}url: 'https://{TOKEN}@api.acme.example', auth: {{token: env/T}}}}"),
        tracker(f"{GITHUB}url: 'https://a:{TOKEN}@[', auth: {{token: env/T}}}}"),
        f"state: postgresql://me:{TOKEN}@db/x\n" + shop(),
        f"state: mysql://me:{TOKEN}@db/x\n" + shop(),
        TOKEN,
    ],
)
def test_a_literal_credential_is_refused_without_showing_it(text: str, tmp_path: Path) -> None:
    assert problems(tmp_path, text) != []
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "onebacklog.yaml")
    assert TOKEN not in str(caught.value)
    assert TOKEN not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
