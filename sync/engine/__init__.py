"""Carrying a decision out: the one place that writes to trackers."""

from sync.engine.apply import Applied, Failure, apply

__all__ = ["Applied", "Failure", "apply"]
