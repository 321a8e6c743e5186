"""Who may write a backlog: a number that each run takes, and that every write is held against.

A process that was paused, or cut off, may wake up when another has long gone on with its backlog. A
lock does not help, for it does not know that it has lost it. But its number is no longer the
highest, and so the next thing that it wants to remember is refused; and as each write to a tracker
is remembered before it is made, no such write is made any more. One that was remembered just before
is held up by `stand`, which is asked again right before each request that writes.
"""

from __future__ import annotations

from sqlalchemy import Engine, select

from sync.state import pace, tables
from sync.state.database import looking, upsert
from sync.state.transaction import Fence, passed, transaction


def take(engine: Engine, backlog: str, holder: str) -> Fence:
    """The next number, for a Store's `fence`: from now on no lower one writes the backlog.

    `holder`: the process, as people find it (host and number). Waits for a write that has begun.
    """
    at = tables.fence.c
    insert = upsert(engine, tables.fence).values(backlog=backlog, number=1, holder=holder)
    query = insert.on_conflict_do_update(
        index_elements=[at.backlog], set_={"number": at.number + 1, "holder": holder}
    ).returning(at.number)
    with transaction(engine) as connection:
        return Fence(backlog, int(connection.execute(query).scalar_one()))


def stand(url: str, fence: Fence) -> None:
    """Raises Fenced where another has taken the backlog over, and StateError where nobody knows."""
    query = select(tables.fence).where(tables.fence.c.backlog == fence.backlog)
    with looking(pace.engine(url)) as connection:
        passed(connection.execute(query).first(), fence)
