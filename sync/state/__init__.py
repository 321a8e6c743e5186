"""What is remembered between runs: items, links, order, intents, runs and the journal."""

from sync.state.journal import Entry, Journal, Run
from sync.state.store import Accepted, Busy, StateError, Store, hold

__all__ = ["Accepted", "Busy", "Entry", "Journal", "Run", "StateError", "Store", "hold"]
