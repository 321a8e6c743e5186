"""`serve` and `worker` from outside: what they do, and how they end."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import uvicorn
from click.testing import CliRunner

from sync.cli import main
from sync.work.service import Service
from tests.work.place import Place, place, until

STORY = {"type": "Story", "summary": "Pay by card"}
ONEBACKLOG = [sys.executable, "-c", "from sync.cli import main; main()"]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path, "    schedule: {every: 1d}\n", jira=[STORY]) as made:
        yield made


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    kept = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for one, what in kept.items():
        signal.signal(one, what)


@contextmanager
def started(here: Place, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*ONEBACKLOG, *arguments, "--config", str(here.made.settings)],
        env={**os.environ, **here.made.environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class _Beside(threading.Thread):
    """What is done beside the command, which ends after it. Who joins it is told if it failed."""

    def __init__(self, do: Callable[[], None]) -> None:
        super().__init__()
        self._do, self._failure = do, list[BaseException]()

    def run(self) -> None:
        try:
            self._do()
        except BaseException as error:
            self._failure.append(error)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    def join(self, timeout: float | None = None) -> None:
        super().join(timeout)
        if self._failure:
            raise self._failure[0]


def _then(do: Callable[[], None]) -> _Beside:
    thread = _Beside(do)
    thread.start()
    return thread


def test_a_worker_carries_everything_and_ends_well(here: Place) -> None:
    with started(here, "worker") as process:
        until(lambda: set(here.made.records("github")) == {"Pay by card"})
        process.send_signal(signal.SIGTERM)
        _, story = process.communicate(timeout=90)
        assert process.returncode == 0
    assert "run.done" in story
    assert "ended" in story.splitlines()[-1]


def test_a_second_one_on_a_file_is_refused_with_a_remedy(here: Place) -> None:
    with started(here, "worker") as process:
        until(lambda: set(here.made.records("github")) == {"Pay by card"})
        with started(here, "worker") as second:
            _, story = second.communicate(timeout=90)
            assert second.returncode == 1
        assert "move the state to PostgreSQL" in story
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=90) == 0


def test_what_is_under_way_for_too_long_is_left_to_the_next(here: Place) -> None:
    with started(here, "worker", "--drain", "0") as process:
        until(lambda: set(here.made.records("github")) == {"Pay by card"})
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


SECRET = "5c" * 20


@pytest.fixture
def heard(here: Place) -> Place:
    """GitHub tells the server."""
    here.made.environment["HOOK"] = SECRET
    here.made.configure("    schedule: {every: 1d}\n", github=", webhook_secret: env/HOOK")
    return here


def test_what_a_webhook_tells_is_everywhere_soon(heard: Place) -> None:
    port = _free()
    said: list[requests.Response] = []

    def go() -> None:
        url = f"http://127.0.0.1:{port}"
        until(lambda: "Pay by card" in heard.made.records("github"))
        hook = {"url": f"{url}/webhooks/shop/github", "secret": SECRET, "content_type": "json"}
        heard.made.github.call("POST", "/hooks", config=hook, events=["issues"])
        until(lambda: not heard.waiting())
        heard.rename(1, "Pay by bank")
        until(lambda: "Pay by bank" in heard.made.records("jira"))
        said.append(requests.get(f"{url}/readyz", timeout=30))

    thread = _then(go)
    result = heard.made.run("serve", "--port", str(port))
    thread.join()
    assert result.code == 0
    assert [one.status_code for one in said] == [200]


def _worker_of(process: subprocess.Popen[str]) -> int:
    """The process beside it."""
    below = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until(lambda: below.read_text().split())
    return int(below.read_text().split()[0])


def _is_ready(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).ok
    except requests.ConnectionError:
        return False


def test_a_killed_server_leaves_no_worker_and_the_next_takes_its_place(here: Place) -> None:
    port = _free()
    with started(here, "serve", "--port", str(port)) as process:
        until(lambda: _is_ready(port))
        alone = _worker_of(process)
        with started(here, "serve", "--port", str(_free())) as second:
            _, story = second.communicate(timeout=90)
            assert second.returncode == 1
        assert "move the state to PostgreSQL" in story
        process.kill()
    with started(here, "serve", "--port", str(port)) as process:
        until(lambda: _is_ready(port))
        assert not Path(f"/proc/{alone}").exists()
        process.terminate()
        _, story = process.communicate(timeout=90)
    assert process.returncode == 0
    assert "ended" in story.splitlines()[-1]


def test_a_killed_worker_is_replaced_while_deliveries_are_taken(heard: Place) -> None:
    port = _free()
    with started(heard, "serve", "--port", str(port)) as process:
        until(lambda: "Pay by card" in heard.made.records("github") and not heard.waiting())
        until(lambda: _is_ready(port))
        os.kill(_worker_of(process), signal.SIGKILL)
        url = f"http://127.0.0.1:{port}"
        hook = {"url": f"{url}/webhooks/shop/github", "secret": SECRET, "content_type": "json"}
        heard.made.github.call("POST", "/hooks", config=hook, events=["issues"])
        heard.rename(1, "Pay by bank")
        until(lambda: "Pay by bank" in heard.made.records("jira"))
        assert _is_ready(port)


def test_a_worker_that_follows_says_when_it_works_and_ends_when_it_is_left_alone(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = list[int]()
    monkeypatch.setattr(os, "_exit", codes.append)
    ours, theirs = socket.socketpair()

    def go() -> None:
        assert ours.recv(1) == b"!"
        until(lambda: "Pay by card" in here.made.records("github") and not here.waiting())
        here.rename(1, "Pay by bank")
        here.hear("github", whole=True)
        ours.send(b"shop\n")
        until(lambda: "Pay by bank" in here.made.records("jira"))

    thread = _then(go)
    with ours:
        assert here.made.run("worker", "--follow", str(theirs.detach())).code == 0
        thread.join()
        assert not codes
    until(lambda: codes == [1])


def test_an_address_that_is_taken_is_said_with_the_remedy(here: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = here.made.run("serve", "--port", str(taken.getsockname()[1]))
    assert result.code == 2
    assert "name others with --host and --port" in result.err


def test_a_web_that_cannot_begin_ends_the_command(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: None)
    assert here.made.run("serve", "--port", "0").code == 1


def test_settings_that_are_changed_are_taken_without_a_new_start(here: Place) -> None:
    settings = here.made.settings

    def change() -> None:
        until(lambda: "Pay by card" in here.made.records("github"))
        text = settings.read_text()
        settings.write_text(text.replace("  shop:", "  other:", 1))
        os.kill(os.getpid(), signal.SIGHUP)
        time.sleep(3)

    thread = _then(change)
    result = here.made.run("worker")
    thread.join()
    assert result.code == 0
    assert "settings.read backlogs=['other']" in result.err


def test_runs_that_are_left_end_with_the_process(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, codes = Service.stop, list[int]()
    monkeypatch.setattr(Service, "stop", lambda self, drain: stop(self, drain) and False)
    monkeypatch.setattr(os, "_exit", codes.append)
    thread = _then(lambda: until(lambda: "Pay by card" in here.made.records("github")))
    result = here.made.run("worker")
    thread.join()
    assert codes == [0]
    assert "taken up" in result.err


def test_no_other_command_waits_for_what_only_servers_need() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, sync.cli; print({'dbos', 'psycopg'} & {*sys.modules})",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "set()"
    assert CliRunner().invoke(main, ["worker", "--help"]).exit_code == 0
