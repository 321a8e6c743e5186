"""Real processes that are killed, paused and cut off while people work: longer than the tests do.

`python -m bench.harness [SECONDS [SEED]]` (default 90 each): a state in a file, and one process;
PostgreSQL, and three. Then how long an edit takes on a server that has nothing else to do, and how
long until another takes over. Ends with an AssertionError where anything was lost or done twice.
"""

from __future__ import annotations

import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle, repeat
from pathlib import Path
from random import Random

from tests.postgres import Server, serving
from tests.work.apart import apart, led_to
from tests.work.fleet import Fleet, fleet
from tests.work.law import hold_to_it
from tests.work.people import People
from tests.work.takeover import held, taken_over
from tests.work.troubles import killed, paused, restarted, trouble, work

BACKLOGS = 5
PER_SECOND = 10.0
EVERY = 3.0
THREE = ("serve", "serve", "worker")


@contextmanager
def working(state: str, backlogs: int, *commands: str) -> Iterator[tuple[Fleet, People]]:
    """`state`: with `{}` for the folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with fleet(folder, state.format(folder), backlogs) as made:
            for command in commands:
                made.add(command)
            made.begin()
            people = People(made, Random(1))
            people.learn()
            with people.telling():
                yield made, people


def on_file(seconds: float, random: Random) -> None:
    with working("sqlite:///{}/state.db", BACKLOGS, "serve") as (made, people):
        with trouble(repeat(killed(made, random)), EVERY) as strikes:
            work(people, seconds, PER_SECOND)
        hold_to_it(made, people, 300)
        tell("a file, one process", people, strikes)


def on_server(server: Server, seconds: float, random: Random) -> None:
    with server.database() as url, working(url, BACKLOGS, *THREE) as (made, people):
        kill = killed(made, random)
        crash, end = restarted(server, "immediate"), restarted(server, "fast")
        pause = paused(made, random, 8, during=lambda: None)
        cut = paused(made, random, 8, during=end)
        turns = [*[kill] * 4, crash, *[kill] * 3, pause, kill, end, kill, cut]
        with trouble(cycle(turns), EVERY) as strikes:
            work(people, seconds, PER_SECOND)
        hold_to_it(made, people, 300)
        tell("PostgreSQL, three processes", people, strikes)


def tell(where: str, people: People, strikes: list[float]) -> None:
    story = people.story
    others = {said: many for said, many in story.answers.items() if said != 202}
    print(
        f"{where}: {len(story.deeds)} deeds, {len(story.accepted)} accepted (sent again after: "
        f"{others}), {len(strikes)} troubles; none lost, none twice, in order; {load()}"
    )


def idle(url: str, *commands: str, times: int = 50) -> None:
    """From what a person does to what the other tracker shows."""
    took = list[float]()
    with working(url, 2, *commands) as (made, people):
        for _ in range(times):
            begun = time.monotonic()
            deed = people.act(kind="new")
            taken_over(made, deed.backlog, deed.word)
            took.append(time.monotonic() - begun)
    p99 = statistics.quantiles(took, n=100)[98]
    name = url.partition(":")[0]
    print(f"edit to both trackers, {name}: p50 {statistics.median(took):.2f} s, ", end="")
    print(f"p99 {p99:.2f} s, at most {max(took):.2f} s, of {times}; {load()}")


def killed_in_a_run(server: Server, times: int = 5) -> None:
    took = list[float]()
    with server.database() as url, working(url, 1, *THREE) as (made, people):
        for _ in range(times):
            node, backlog, word = held(made, people, lambda one: one.port is None)
            node.kill()
            took.append(taken_over(made, backlog, word))
            node.start()
        hold_to_it(made, people)
    print(f"taken over after SIGKILL: {', '.join(f'{one:.1f}' for one in took)} s; {load()}")


def vanished_in_a_run(times: int = 4) -> None:
    """The host comes back each time, and its run has to find that it is none any more."""
    with ExitStack() as ending:
        host = ending.enter_context(apart())
        server = ending.enter_context(serving(host.address)) if host else None
        if host is None or server is None:
            print("taken over after a host vanished: not tried, it needs root and PostgreSQL")
            return
        url = ending.enter_context(server.database()).replace("127.0.0.1", host.address)
        made, people = ending.enter_context(working(url, 1, "serve", "serve"))
        ending.enter_context(led_to(made.served.url, host))
        far, took = made.add("worker"), list[float]()
        far.start(*host.inside)
        for _ in range(times):
            _, backlog, word = held(made, people, lambda one: one is far)
            host.cable("down")
            took.append(taken_over(made, backlog, word))
            host.cable("up")
        hold_to_it(made, people)
    seconds = ", ".join(f"{one:.1f}" for one in took)
    print(f"taken over after a host vanished: {seconds} s; {load()}")


def load() -> str:
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def main(seconds: float = 90, seed: int = 1) -> None:
    logging.disable(logging.CRITICAL)  # the stand-ins' server minds that answers are not waited for
    random = Random(seed)
    on_file(seconds, random)
    idle("sqlite:///{}/state.db", "serve")
    with serving() as server:
        assert server is not None, "there is no PostgreSQL to try it on"
        on_server(server, seconds, random)
        with server.database() as url:
            idle(url, *THREE)
        killed_in_a_run(server)
    vanished_in_a_run()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
