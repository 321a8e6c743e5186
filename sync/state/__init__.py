"""What is remembered between runs: items, links, order, intents, runs and the journal."""

from sync.state.journal import KILLED, Entry, Journal, Run, Told
from sync.state.store import Accepted, Answer, Busy, Store, hold
from sync.state.transaction import Fence, Fenced, StateError, Unwritable

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
