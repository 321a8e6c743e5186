"""So many webhooks a second into a real `serve`: is any lost, any forged one believed, how long
does an answer take, and does memory stay as it is?

`python -m bench.web [PER_SECOND [SECONDS]]` (default 500 for 60): 1 % are forged, 5 % repeated, of
two backlogs on stand-in trackers; first on a file, then on PostgreSQL. The sender is a process of
its own, whose cost is part of the machine's. Latency counts from when a request was due.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from random import Random

from sqlalchemy import func, select

from bench.harness import load, working
from sync.state import Store, inbox, tables
from tests.adapters.deliveries import GITHUB, sign
from tests.postgres import serving
from tests.work.fleet import SECRET, Node
from tests.work.place import until

CONNECTIONS = 64
SIZE = 8_000
"""Bytes of a body: GitHub's of an issue have about so many."""
BACKLOGS = ("team0", "team1")


def requests(many: int, random: Random) -> list[tuple[int, bytes]]:
    """Each with the status that is its due."""
    heads = [_head(name, SECRET) for name in BACKLOGS]
    forged = [_head(name, "another") for name in BACKLOGS]
    made, number = list[tuple[int, bytes]](), 0
    for _ in range(many):
        chance, at = random.random(), random.randrange(len(BACKLOGS))
        if chance < 0.01:
            made.append((401, _whole(forged[at], f"forged-{len(made)}")))
            continue
        again = chance < 0.06 and number > 100
        number += not again
        # A repeated one is of its own backlog: a delivery's id counts within it.
        name = random.randrange(number - 100, number) if again else number
        made.append((202, _whole(heads[name % len(BACKLOGS)], f"d-{name}")))
    return made


def _head(backlog: str, secret: str) -> tuple[bytes, bytes]:
    payload = {
        "action": "edited",
        "issue": {"node_id": "I_1", "body": "x" * SIZE},
        "repository": {"full_name": f"acme/{backlog}"},
    }
    body = json.dumps(payload).encode()
    head = (
        f"POST /webhooks/{backlog}/github HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
        f"x-github-event: issues\r\n{GITHUB}: {sign(body, secret)}\r\nx-github-delivery: "
    )
    return head.encode(), b"\r\n\r\n" + body


def _whole(head: tuple[bytes, bytes], delivery: str) -> bytes:
    return delivery.encode().join(head)


async def send(port: int, per_second: float, seconds: float) -> None:
    """Prints what came of it, as JSON."""
    letters = requests(round(per_second * seconds), Random(1))
    came, took = Counter[str](), list[float]()
    queue: asyncio.Queue[tuple[float, int, bytes] | None] = asyncio.Queue()
    senders = [asyncio.create_task(_sender(port, queue, came, took)) for _ in range(CONNECTIONS)]
    begun = time.monotonic()
    for number, (due, data) in enumerate(letters):
        at = begun + number / per_second
        if (pause := at - time.monotonic()) > 0:
            await asyncio.sleep(pause)
        queue.put_nowait((at, due, data))
    for _ in senders:
        queue.put_nowait(None)
    await asyncio.gather(*senders)
    seconds, cpu = time.monotonic() - begun, time.process_time()
    print(json.dumps({"came": came, "took": took, "seconds": seconds, "cpu": cpu}))


async def _sender(
    port: int,
    queue: asyncio.Queue[tuple[float, int, bytes] | None],
    came: Counter[str],
    took: list[float],
) -> None:
    writer = None
    while (letter := await queue.get()) is not None:
        at, due, data = letter
        if writer is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(data)
        answer = await reader.readuntil(b"\r\n\r\n")
        status, low = int(answer[9:12]), answer.lower()
        await reader.readexactly(int(low.partition(b"content-length: ")[2].split(b"\r\n")[0]))
        took.append(time.monotonic() - at)
        came[f"{due} {status}"] += 1
        if b"connection: close" in low:
            writer.close()
            writer = None
    if writer is not None:
        writer.close()


def storm(state: str, per_second: float, seconds: float) -> None:
    with working(state, len(BACKLOGS), "serve") as (made, _):
        [node] = made.nodes
        command = [sys.executable, "-m", "bench.web", "send", str(node.port)]
        command += [str(per_second), str(seconds)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as sender:
            before = [*node.cpu, time.process_time()]
            memory = _watched(node, sender, seconds)
            said = json.loads(sender.communicate()[0])
            after = [*node.cpu, time.process_time()]
        store = Store(made.state)
        mine = tables.inbox.c.delivery.like("d-%")
        with store.engine.connect() as connection:
            held = connection.execute(select(func.count()).where(mine)).scalar_one()
        begun = time.monotonic()
        until(lambda: not inbox.depth(store.engine), 120)
        drained = time.monotonic() - begun
        store.close()
    good = {data for due, data in requests(round(per_second * seconds), Random(1)) if due == 202}
    p50, p99 = statistics.median(said["took"]), statistics.quantiles(said["took"], n=100)[98]
    spent = [now - then for now, then in zip(after, before, strict=True)] + [said["cpu"]]
    each = ", ".join(f"{1000 * one / len(said['took']):.2f}" for one in spent)
    places = ", ".join("+".join(f"{part / 1e6:.0f}" for part in one) for one in memory)
    print(
        f"{state.partition(':')[0]}: {len(said['took']) / said['seconds']:.0f} webhooks/s; due and "
        f"answered: {said['came']}; {held} of {len(good)} held; answer p50 {p50 * 1000:.1f} ms, "
        f"p99 {p99 * 1000:.1f} ms, at most {max(said['took']) * 1000:.0f} ms; "
        f"ms of a core each: web, worker, stand-ins, sender {each}; MB {places}; "
        f"done {drained:.1f} s later; {load()}"
    )
    assert set(said["came"]) <= {"202 202", "401 401"}, said["came"]
    assert held == len(good)


def _watched(node: Node, sender: subprocess.Popen[bytes], seconds: float) -> list[list[int]]:
    """Memory of the web and of the worker at the start, and in six places."""
    found = [node.rss]
    for _ in range(6):
        time.sleep(seconds / 6)
        found.append(node.rss)
    assert sender.poll() in (None, 0)
    return found


def main(per_second: float = 500, seconds: float = 60) -> None:
    storm("sqlite:///{}/state.db", per_second, seconds)
    with serving() as server:
        if server is not None:
            with server.database() as url:
                storm(url, per_second, seconds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["send"]:
        asyncio.run(send(int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])))
    else:
        main(*map(float, sys.argv[1:]))
