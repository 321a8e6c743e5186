"""Reading trackers, and carrying a decision out: the one place that writes to them."""

from sync.engine.apply import Applied, Engine, Failure, apply
from sync.engine.read import read

__all__ = ["Applied", "Engine", "Failure", "apply", "read"]
