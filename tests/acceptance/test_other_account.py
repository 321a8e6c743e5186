"""The account that onebacklog writes as gives way to another: nothing is made or told anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sandbox.server import Fault
from tests.acceptance.shop import Flavour, Shop, shop
from tests.acceptance.test_comments import BOTH, say_on_jira


def as_ada(made: Shop) -> None:
    """From now on it is Ada's token, and no longer the bot's."""
    made.environment |= {
        "JIRA_EMAIL": "ada@example.com",
        "JIRA_TOKEN": "ada-token",
        "GITHUB_TOKEN": "t-ada",
    }


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_what_the_account_before_wrote_is_known_as_ours(tmp_path: Path, flavour: Flavour) -> None:
    issues = [{"type": "Story", "summary": "Pay"}]
    with shop(tmp_path, flavour=flavour, jira=issues, files={"items/ship.md": "# Ship\n"}) as made:
        made.configure(BOTH)
        say_on_jira(made, "On Jira")
        made.apply()
        made.settled()
        as_ada(made)
        assert made.plan("--full")["pairings"] == []
        made.settled()
        made.files.edit(made.records("files")["Pay"].id, "title", "Pay now")
        made.apply()
        made.settled()
        for tracker in ("jira", "github", "files"):
            assert sorted(made.records(tracker)) == ["Pay now", "Ship"], tracker
        (number,) = [
            one["number"] for one in made.github.call("GET", "/issues") if one["comments"] == 1
        ]
        assert "On Jira" in made.github.call("GET", f"/issues/{number}/comments")[0]["body"]


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_what_the_account_before_made_and_nobody_heard_of_is_found(
    tmp_path: Path, flavour: Flavour
) -> None:
    with shop(tmp_path, flavour=flavour, files={"items/pay.md": "# Pay\n"}) as made:
        lost = [
            Fault("lose", r"/issue(/bulk)?$", method="POST"),
            Fault("status", r"/issue", method="POST", status=503, times=20),
            Fault("lose", r"/repos/acme/shop/issues$", method="POST"),
            Fault("status", r"/repos/acme/shop/issues", method="GET", status=503, times=20),
        ]
        made.served.switches.faults = lost
        assert made.run("apply", "--yes").code == 1
        made.served.switches.faults = []
        as_ada(made)
        made.apply("--retry")
        made.settled()
        for tracker in ("jira", "github", "files"):
            assert list(made.records(tracker)) == ["Pay"], tracker
