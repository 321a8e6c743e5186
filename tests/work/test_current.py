"""Settings that change while the server runs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from config.load import load
from config.problems import ConfigError
from sync.app.build import Surroundings
from sync.work.current import Current
from tests.work.place import now

ONE = "backlogs: {shop: {trackers: {files: {type: files, path: here}}}}\n"
TWO = """
backlogs:
  shop: {trackers: {files: {type: files, path: here}}}
  more: {trackers: {files: {type: files, path: there}}}
"""


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Current]:
    path = tmp_path / "onebacklog.yaml"

    def made(watch: bool = False) -> Current:
        path.write_text(ONE)
        around = Surroundings({}, tmp_path)
        return Current(path, lambda: load(path), around, now, watch=watch)

    return made


def test_a_changed_file_is_read_when_that_is_asked_for(
    make: Callable[..., Current], tmp_path: Path
) -> None:
    current = make()
    assert current.shop("more") is None
    (tmp_path / "onebacklog.yaml").write_text(TWO)
    current.refresh()
    assert current.shop("more") is None
    current.ask()
    current.refresh()
    found = current.shop("more")
    assert found is not None
    assert found.name == "more"


def test_a_watched_file_is_read_once_it_has_changed(
    make: Callable[..., Current], tmp_path: Path
) -> None:
    current = make(watch=True)
    first = current.config
    current.refresh()
    assert current.config is first
    (tmp_path / "onebacklog.yaml").write_text(TWO)
    current.refresh()
    assert sorted(current.config.backlogs) == ["more", "shop"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("backlogs: {shop: {tracker: {}}}", "did you mean trackers", id="a broken one"),
        pytest.param(
            f"state: sqlite:///other.db\n{ONE}", "start the server anew", id="another state"
        ),
        pytest.param(None, "there is no such file", id="none"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_and_the_old_settings_stay(
    make: Callable[..., Current], tmp_path: Path, text: str | None, said: str
) -> None:
    current = make(watch=True)
    path = tmp_path / "onebacklog.yaml"
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    with capture_logs() as lines:
        current.refresh()
        current.refresh()
    assert sorted(current.config.backlogs) == ["shop"]
    assert sum(said in line["problem"] for line in lines) == 1


def test_a_first_file_that_cannot_be_used_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "onebacklog.yaml"
    with pytest.raises(ConfigError):
        Current(path, lambda: load(path), Surroundings({}, tmp_path), now)
