"""Kills runs at random instants, and loses answers, in round after round: all is made good, or not.

`python -m bench.crash [ROUNDS [SEED]]`: so many rounds on each of Jira's flavours (default 200),
then a tenth as many random histories. Exits with 1 where any of them failed.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import get_args

from sync.state import Journal, Store
from tests.acceptance.shop import Flavour
from tests.crash.chaos import play
from tests.crash.scene import KILLED, Mortal, Scene, scene

STEPS = 24


def phase(run: Scene, code: int) -> str:
    """Where the run was when it was killed."""
    if code != KILLED:
        return "ended before"
    store = Store(f"sqlite:///{run.made.folder / 'state.db'}")
    begun = any(one.ended is None for one in Journal(store.engine).runs("shop", 10))
    store.close()
    sent = [one for one in run.made.served.log if one.writes]
    if not begun:
        return "reading"
    if not sent:
        return "taking over"
    if len(sent) >= len(run.writes):
        return "writing files, ending"
    return "writing " + sent[-1].path.split("/")[1]


def killed(run: Scene, random: Random, longest: float) -> str:
    """One round: killed after a random time, or twice. AssertionError where the next run fails."""
    run.again()
    if random.random() < 0.3:
        write = random.choice(run.writes)
        run.made.served.switches.faults = [write.fault(random.choice(("lose", "drop")))]
    found = []
    for _ in range(random.choice((1, 1, 2))):
        timer = threading.Timer(random.uniform(0, longest), run.mortal.kill)
        timer.start()
        code = run.apply()
        timer.cancel()
        timer.join()
        found.append(phase(run, code))
    run.recovered()
    return found[0]


def rounds(flavour: Flavour, count: int, seed: int) -> int:
    """How many of so many failed."""
    random, phases, failures = Random(seed), Counter[str](), 0
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        scene(Path(folder), flavour) as run,
    ):
        run.again()
        at = time.monotonic()
        run.apply()
        longest = (time.monotonic() - at) * 1.1
        for number in range(count):
            try:
                phases[killed(run, random, longest)] += 1
            except AssertionError as error:
                failures += 1
                print(f"{flavour}, round {number}: {error}")
    took = time.monotonic() - began
    where = ", ".join(f"{many} {name}" for name, many in phases.most_common())
    print(f"crash {flavour}: {count} rounds in {took:.0f} s, {failures} failures; killed: {where}")
    return failures


def histories(count: int, seed: int) -> int:
    failures, mortals, flavours = 0, (Mortal(), Mortal()), get_args(Flavour)
    for number in range(seed, seed + count):
        with tempfile.TemporaryDirectory() as folder:
            try:
                play(Path(folder), flavours[number % 2], number, STEPS, mortals)
            except AssertionError as error:
                failures += 1
                print(f"history {number}: {error} {error.__notes__}")
    for mortal in mortals:
        mortal.close()
    print(f"histories: {count} of {STEPS} steps, {failures} failures")
    return failures


def main(count: int = 200, seed: int = 1) -> None:
    logging.disable(logging.CRITICAL)  # the stand-ins' server minds that answers are lost
    failures = sum(rounds(flavour, count, seed) for flavour in get_args(Flavour))
    failures += histories(count // 10, seed)
    if failures:
        raise SystemExit(1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
