"""What is remembered between runs: items, links, order, intents, runs and the journal."""

from sync.state.errors import Busy, Fenced, StateError, Unwritable
from sync.state.journal import KILLED, Entry, Journal, Run, Told
from sync.state.lock import hold
from sync.state.store import Accepted, Answer, Store
from sync.state.transaction import Fence

__all__ = [
    "KILLED",
    "Accepted",
    "Answer",
    "Busy",
    "Entry",
    "Fence",
    "Fenced",
    "Journal",
    "Run",
    "StateError",
    "Store",
    "Told",
    "Unwritable",
    "hold",
]
