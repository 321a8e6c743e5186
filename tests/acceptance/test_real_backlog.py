"""Issues of a real project, with their comments, to GitHub and files: nothing is altered."""

from pathlib import Path

from bench import real
from tests.shared import shared

MOST = 60
"""So many issues; `make bench` takes all."""


def test_real_issues_settle_in_one_run_and_keep_their_texts_to_the_byte(tmp_path: Path) -> None:
    shared("data/jira-project.jsonl.gz")
    seed = real.jira_seed(MOST)
    with real.standing(seed, "datacenter") as served:
        path = real.settings(tmp_path, served.url, "ALOY", "datacenter")
        measured = real.measure(tmp_path, served, path)
        altered = list(real.altered(seed, served))
    assert measured.failures == ()
    assert (measured.created, measured.edits, measured.moves, measured.conflicts) == (
        2 * MOST,
        0,
        0,
        0,
    )
    assert altered == []
    on_jira, *others = measured.counts.values()
    assert all(counts == on_jira for counts in others)
