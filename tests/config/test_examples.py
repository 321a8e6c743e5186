"""The shipped examples: each loads, holds against the published schema, and means what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

import config
from config.document import read
from config.load import load
from config.rules import LabelSettings
from config.schema import Config
from config.secrets import Secret
from config.trackers import GitHubSettings, JiraSettings

FOLDER = Path(config.__file__).parent / "examples"
EXAMPLES = sorted(FOLDER.glob("*.yaml"))


def example(name: str) -> Config:
    return load(FOLDER / f"{name}.yaml")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_loads(path: Path) -> None:
    assert load(path).backlogs


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_holds_against_the_published_schema(path: Path) -> None:
    document, misfits = read(path.read_text(encoding="utf-8"))
    assert document is not None
    assert misfits == ()
    jsonschema.validate(document.plain(), Config.model_json_schema())


def test_the_published_schema_is_a_valid_one_that_refuses_unknown_keys() -> None:
    schema = Config.model_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    with pytest.raises(jsonschema.ValidationError, match="'backlog' was unexpected"):
        jsonschema.validate({"backlogs": {}, "backlog": {}}, schema)


def test_the_published_schema_describes_every_key() -> None:
    schema = Config.model_json_schema()
    definitions: dict[str, Any] = {"config": schema, **schema["$defs"]}
    undescribed = [
        f"{name}.{key}"
        for name, definition in definitions.items()
        for key, entry in definition.get("properties", {}).items()
        if not entry.get("description")
    ]
    assert undescribed == []


def test_the_shortest_example_has_three_trackers_and_defaults() -> None:
    settings = example("shortest")
    shop = settings.backlogs["shop"]
    assert settings.state == f"sqlite:///{FOLDER}/onebacklog.db"
    assert [tracker.type for tracker in shop.trackers.values()] == ["jira", "github", "files"]
    assert {tracker.creates for tracker in shop.trackers.values()} == {"open"}
    assert {tracker.publish for tracker in shop.trackers.values()} == {None}
    jira, github = shop.trackers["jira"], shop.trackers["github"]
    assert isinstance(jira, JiraSettings)
    assert jira.auth.email == Secret("env", "JIRA_EMAIL")
    assert jira.deployment is None
    assert isinstance(github, GitHubSettings)
    assert github.url == "https://api.github.com"
    assert shop.conflicts.of("title").strategy == "hold"


def test_a_field_of_one_s_own_has_its_shape_and_carriers() -> None:
    shop = example("team-fields").backlogs["shop"]
    shapes = shop.schema_of_fields()
    own = {name: str(shapes[name]) for name in ("risk", "rollout", "customers", "value")}
    assert own == {"risk": "line", "rollout": "text", "customers": "set", "value": "number"}
    assert shop.carried("risk", "jira").values["high"] == "3 - High"
    assert shop.carried("risk", "github").carrier == "project-field/Risk"
    assert shop.carried("title", "github").carrier is None


def test_conditions_publishing_and_overrides_are_read_as_written() -> None:
    shop = example("one-team").backlogs["shop"]
    github = shop.trackers["github"]
    assert github.creates == {"kind": ("story", "bug"), "labels": ("public",)}
    assert github.publish == ("title", "description", "status", "labels")
    assert shop.fields["order"].authority == "jira"
    assert "order" not in shop.schema_of_fields()
    assert shop.conflicts.of("status").prefer == ("github",)
    assert shop.conflicts.of("title").prefer == ()


def test_a_carrier_by_name_goes_before_one_by_type() -> None:
    shop = example("two-repositories").backlogs["shop"]
    assert shop.carried("priority", "web").carrier == "label/prio"
    assert shop.carried("priority", "api").carrier == "none"
    assert shop.users_on("api") == {"ada": "ada-l"}
    assert shop.users_on("jira") == {"ada": "5b10ac8d82e05b22cc7d4ef5"}


def test_rules_are_read_with_their_options() -> None:
    rules = example("rules-and-guard").backlogs["shop"].rules
    assert [(name, rule.mode) for name, rule in rules.each()] == [
        ("priority-order", "report"),
        ("acceptance-criteria", "report"),
        ("labels", "report"),
        ("hygiene", "report"),
    ]
    assert rules.acceptance_criteria.minimum == 2
    assert rules.labels.vocabulary["bug"].color == "d73a4a"
    assert rules.labels.vocabulary["customer"].description is None
    assert rules.labels.vocabulary["customer"].color == ""
    assert LabelSettings(color="#F0a").color == "ff00aa"
    assert rules.waivers[0].until.isoformat() == "2027-03-31"
