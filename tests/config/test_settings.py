"""What right settings become."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.document import read
from config.guard import Guard
from config.problems import Problem
from config.schema import Config
from config.trackers import FilesSettings, GitHubSettings, JiraSettings
from tests.config.files import GITHUB, loaded, shop, tracker


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://Jira.Acme.example/", "https://jira.acme.example"),
        ("HTTPS://jira.acme.example:8443/jira//", "https://jira.acme.example:8443/jira"),
        ("http://127.0.0.1:8080/jira", "http://127.0.0.1:8080/jira"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://jira.acme.example/a@b", "https://jira.acme.example/a@b"),
    ],
)
def test_addresses_lose_their_last_slash_and_may_be_http_on_loopback(
    written: str, read: str, tmp_path: Path
) -> None:
    text = tracker(f'jira: {{type: jira, url: "{written}", project: A, auth: {{token: env/T}}}}')
    jira = loaded(tmp_path, text).backlogs["shop"].trackers["jira"]
    assert isinstance(jira, JiraSettings)
    assert jira.url == read


def test_relative_paths_start_from_the_file_s_folder(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path, "state: sqlite:///var/x.db\n" + tracker("f: {type: files, path: ./b}")
    )
    files = settings.backlogs["shop"].trackers["f"]
    assert isinstance(files, FilesSettings)
    assert files.path == f"{tmp_path}/b"
    assert settings.state == f"sqlite:///{tmp_path}/var/x.db"


def test_absolute_paths_stay(tmp_path: Path) -> None:
    text = "state: sqlite:////var/x.db\n" + tracker("f: {type: files, path: /b/}")
    settings = loaded(tmp_path, text)
    assert settings.state == "sqlite:////var/x.db"
    assert settings.backlogs["shop"].trackers["f"].model_dump()["path"] == "/b"


def test_shorthands_stand_for_mappings(tmp_path: Path) -> None:
    backlog = loaded(tmp_path, shop("conflicts: [github]", "rules: {labels: off}")).backlogs["shop"]
    assert backlog.conflicts.prefer == ("github",)
    assert backlog.conflicts.strategy == "hold"
    assert backlog.rules.labels.mode == "off"
    newest = loaded(tmp_path, shop("conflicts: newest")).backlogs["shop"]
    assert newest.conflicts.of("title").strategy == "newest"


def test_an_alias_repeats_what_it_names(tmp_path: Path) -> None:
    text = shop("fields:", "  status: {authority: &who jira}", "  title: {authority: *who}")
    assert loaded(tmp_path, text).backlogs["shop"].fields["title"].authority == "jira"


def test_two_backlogs_may_share_a_repository_by_scopes(tmp_path: Path) -> None:
    web = GITHUB.replace("auth", "where: {labels: [web]}, auth")
    text = tracker(GITHUB) + f"  web:\n    trackers:\n      {web}\n"
    scopes = [
        backlog.trackers["github"].model_dump()["where"]["labels"]
        for backlog in loaded(tmp_path, text).backlogs.values()
    ]
    assert scopes == [(), ("web",)]


def test_a_byte_order_mark_is_no_part_of_the_settings(tmp_path: Path) -> None:
    assert loaded(tmp_path, "\ufeff" + shop()).backlogs.keys() == {"shop"}


def test_a_tag_in_quotes_is_text(tmp_path: Path) -> None:
    text = shop("users: {ada: {github: '!ada'}}")
    assert loaded(tmp_path, text).backlogs["shop"].users_on("github") == {"ada": "!ada"}


def test_scalars_are_read_by_yaml_1_2() -> None:
    document, _ = read("[yes, off, true, 'true', 12, 1.5, -1e3, 0x1F, 2027-03-31, ~, null, ]")
    assert document is not None
    assert document.plain() == [
        "yes", "off", True, "true", 12, 1.5, -1000.0, "0x1F", "2027-03-31", None, None,
    ]  # fmt: skip


def test_a_frozen_config_cannot_be_changed(tmp_path: Path) -> None:
    settings = loaded(tmp_path, shop())
    with pytest.raises(ValidationError, match="frozen"):
        settings.state = "sqlite:///other.db"  # type: ignore[misc]  # what is tested


def test_settings_can_be_built_and_dumped_without_a_file() -> None:
    settings = Config.model_validate(
        {
            "backlogs": {
                "shop": {
                    "trackers": {
                        "github": {
                            "type": "github",
                            "repository": "acme/shop",
                            "auth": {"token": "env/T"},
                        }
                    }
                }
            }
        }
    )
    github = settings.backlogs["shop"].trackers["github"]
    assert isinstance(github, GitHubSettings)
    dumped = settings.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    assert Config.model_validate(dumped) == settings
    assert dumped["backlogs"]["shop"]["trackers"]["github"]["auth"] == {"token": "env/T"}


def test_a_problem_prints_as_one_line() -> None:
    problem = Problem("a.yaml", 12, "backlogs.shop", "unknown key", "did you mean url?")
    assert str(problem) == "a.yaml:12: backlogs.shop: unknown key; did you mean url?"
    assert str(Problem("a.yaml", 1, "", "empty", "")) == "a.yaml:1: empty"


def test_a_tracker_s_own_limits_stand_in_place_of_those_of_all(tmp_path: Path) -> None:
    guard = (
        loaded(
            tmp_path,
            shop(
                "guard: {closes: 0.1, minimum: 5, at_most: {creates: 9, moves: 8}, trackers: "
                "{github: {closes: 0.2, at_most: {moves: 7}}}}"
            ),
        )
        .backlogs["shop"]
        .guard
    )
    own = guard.of("github")
    assert (own.closes, own.minimum, own.changes) == (0.2, 5, 0.5)
    assert (own.at_most.creates, own.at_most.moves) == (9, 7)
    assert guard.of("jira") is guard
    without = Guard(at_most={"creates": 9}, trackers={"github": {"closes": 0.2}})
    assert without.of("github").at_most.creates == 9
