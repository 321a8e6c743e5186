"""From the settings to what understands a tracker's webhooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.github.listen import GitHubListener
from adapters.jira.listen import JiraListener
from config.schema import Backlog
from config.secrets import SecretError
from sync.app.build import Surroundings, listener
from sync.events import Event
from tests.adapters.deliveries import dumped, sign

AUTH = {"token": "env/T"}
AROUND = Surroundings({"OLD": "old", "NEW": "new"}, Path())


def backlog(**more: Any) -> Backlog:
    trackers = {
        "jira": {"type": "jira", "url": "https://j.example", "project": "SHOP", "auth": AUTH},
        "github": {"type": "github", "repository": "acme/shop", "auth": AUTH},
    }
    return Backlog.model_validate(
        {
            "trackers": {
                **{name: settings | more for name, settings in trackers.items()},
                "files": {"type": "files", "path": "backlog"},
            }
        }
    )


def test_a_tracker_without_a_secret_and_a_folder_have_no_webhooks() -> None:
    found = [listener(backlog(), name, AROUND) for name in ("jira", "github", "files")]
    assert found == [None, None, None]


def test_each_tracker_has_a_listener_of_its_type() -> None:
    settings = backlog(webhook_secret="env/OLD")
    assert isinstance(listener(settings, "jira", AROUND), JiraListener)
    assert isinstance(listener(settings, "github", AROUND), GitHubListener)


@pytest.mark.parametrize("secret", ["old", "new"])
def test_of_two_secrets_each_is_good(secret: str) -> None:
    made = listener(backlog(webhook_secret=["env/NEW", "env/OLD"]), "jira", AROUND)
    body = dumped({"webhookEvent": "sprint_closed"})
    assert made is not None
    said = {"x-hub-signature": sign(body, secret), "x-atlassian-webhook-identifier": "1"}
    assert made.hear(said, body) == Event("1", whole=True)


def test_a_secret_that_cannot_be_had_is_said() -> None:
    with pytest.raises(SecretError, match="env/NONE"):
        listener(backlog(webhook_secret=["env/NEW", "env/NONE"]), "github", AROUND)
