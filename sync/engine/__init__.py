"""Reading trackers, and carrying a decision out: the one place that writes to them."""

from sync.engine.apply import apply
from sync.engine.read import read
from sync.engine.run import Applied, Engine, Failure
from sync.engine.touched import read_touched

__all__ = ["Applied", "Engine", "Failure", "apply", "read", "read_touched"]
