"""Real commands as processes that are killed, paused and cut off while people work: every delivery
that was accepted is done, once, in order. `python -m bench.harness` does it for longer."""

from itertools import repeat
from pathlib import Path
from random import Random

import pytest

from tests.postgres import NONE, Server, serving
from tests.work.apart import apart, led_to
from tests.work.fleet import fleet
from tests.work.law import hold_to_it
from tests.work.people import People
from tests.work.takeover import held, taken_over
from tests.work.troubles import killed, paused, restarted, trouble, work

EVERY = 3.0


def test_a_process_on_a_file_that_is_killed_again_and_again_does_all_once(tmp_path: Path) -> None:
    random = Random(1)
    with fleet(tmp_path, f"sqlite:///{tmp_path / 'state.db'}", backlogs=2) as made:
        made.add("serve")
        made.begin()
        people = People(made, random)
        people.learn()
        with people.telling():
            with trouble(repeat(killed(made, random)), EVERY):
                work(people, 7, per_second=6)
            hold_to_it(made, people)


def test_processes_and_a_database_that_fail_in_turn_do_all_once(
    tmp_path: Path, postgres: Server, postgres_url: str
) -> None:
    random = Random(1)
    with fleet(tmp_path, postgres_url, backlogs=2) as made:
        for command in ("serve", "serve", "worker"):
            made.add(command)
        made.begin()
        people = People(made, random)
        people.learn()
        kill = killed(made, random)
        crash, end = restarted(postgres, "immediate"), restarted(postgres, "fast")
        strikes = [kill, crash, paused(made, random, 6, during=end), kill]
        with people.telling():
            with trouble(strikes, EVERY / 2):
                work(people, 14, per_second=6)
            hold_to_it(made, people)


def test_what_a_killed_process_had_begun_is_done_by_another(
    tmp_path: Path, postgres_url: str
) -> None:
    with fleet(tmp_path, postgres_url, backlogs=1) as made:
        for command in ("serve", "worker"):
            made.add(command)
        made.begin()
        people = People(made, Random(1))
        people.learn()
        with people.telling():
            node, backlog, word = held(made, people, lambda _: True)
            node.kill()
            taken_over(made, backlog, word)
            hold_to_it(made, people)


def test_what_a_host_had_begun_that_vanished_is_done_by_another_and_it_comes_back_to_nothing(
    tmp_path: Path,
) -> None:
    with apart() as host:
        if host is None:
            pytest.skip("only root may make a network namespace, which is the host that vanishes")
        with serving(host.address) as server:
            if server is None:
                pytest.skip(NONE)
            server.execute("CREATE DATABASE far")
            state = server.url("far").replace("127.0.0.1", host.address)
            with fleet(tmp_path, state, backlogs=1) as made, led_to(made.served.url, host):
                made.add("serve")
                made.begin()
                far = made.add("worker")
                far.start(*host.inside)
                people = People(made, Random(1))
                people.learn()
                with people.telling():
                    _, backlog, word = held(made, people, lambda one: one is far)
                    host.cable("down")
                    taken_over(made, backlog, word)
                    host.cable("up")
                    hold_to_it(made, people)
