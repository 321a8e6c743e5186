"""What runs cost as a backlog grows: requests, CPU, memory and the state's bytes, by kind of run.

    python -m bench.scale [ITEMS …]

A Jira of so many issues of a screenful of text, an empty GitHub, an empty folder. The trackers are
in another process, so that CPU seconds are those of onebacklog alone; each kind of run is in a
process of its own, so that its memory is. docs/scale.md calculates with what this measures.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from adapters.sandbox.jira.projects import FIRST_ID
from adapters.scrub import Scrubber
from bench.real import settings, standing
from config.load import load
from sync.app.build import Surroundings
from sync.app.runs import Look, Shop, carry_out, look
from sync.app.touched import look_at_touched
from sync.cli.log import set_up_log

TEXT = "As a buyer I want to see *what it costs*, so that I can decide.\n\n" * 12
SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run."""

    requests: Mapping[str, int]
    """By tracker; files are asked nothing."""
    cpu: float
    megabytes: int
    """The most that the process held."""


def seed(count: int) -> dict[str, Any]:
    return {
        "users": {"demo-token": {"name": "bot"}},
        "projects": {"ALOY": {"types": ["Story", "Bug"]}},
        "issues": [
            {"key": f"ALOY-{n}", "type": "Story", "summary": f"Story {n}", "description": TEXT}
            for n in range(1, count + 1)
        ],
    }


def serve(count: int, wire: Connection) -> None:
    with standing(seed(count), "datacenter") as served:
        wire.send(served.url)
        wire.recv()


def shop_of(folder: Path) -> Shop:
    config = load(folder / "onebacklog.yaml")
    around = Surroundings({}, folder)
    return Shop("real", config.backlogs["real"], config.state, around, lambda: datetime.now(UTC))


def first(shop: Shop) -> Look:
    one = look(shop)
    carry_out(one, force=True, progress=lambda *_: None)
    return one


def whole(shop: Shop) -> Look:
    return look(shop, full=True)


def touched(shop: Shop) -> Look:
    """An event of one issue, of which nothing is to be done."""
    return look_at_touched(shop, {"jira": [str(FIRST_ID + 1)]})


RUNS: Mapping[str, Callable[[Shop], Look]] = {
    "first": first,
    "again": look,
    "whole": whole,
    "one touched": touched,
}


def run(kind: str, folder: Path, wire: Connection) -> None:
    set_up_log("console", Scrubber([]))
    began = time.process_time()
    one = RUNS[kind](shop_of(folder))
    sent = {name: it.requests for name, it in one.adapters.items() if hasattr(it, "requests")}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    wire.send(Cost(sent, time.process_time() - began, peak))


def apart(work: Callable[..., None], *args: Any) -> tuple[Any, Connection]:
    """What a process of its own sends, and the wire to it."""
    here, there = SPAWN.Pipe()
    SPAWN.Process(target=work, args=(*args, there), daemon=True).start()
    there.close()
    return here.recv(), here


def measure(count: int) -> None:
    url, wire = apart(serve, count)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings(folder, url, "ALOY", "datacenter")
        for kind in RUNS:
            cost, _ = apart(run, kind, folder)
            sent = ", ".join(f"{number} to {name}" for name, number in cost.requests.items())
            print(f"{count} items, {kind}: {sent}; {cost.cpu:.2f} s CPU, {cost.megabytes} MB")
        print(f"{count} items: state of {(folder / 'state.db').stat().st_size // count} bytes each")
    wire.send("end")


def main() -> None:
    for count in [int(word) for word in sys.argv[1:]] or [250, 1000]:
        measure(count)


if __name__ == "__main__":
    main()
