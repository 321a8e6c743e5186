"""A Jira to try things on: Cloud or Data Center, in memory, on loopback."""

from adapters.sandbox.jira.place import SeedError
from adapters.sandbox.jira.quirks import Quirks
from adapters.sandbox.jira.standin import JiraStandIn

__all__ = ["JiraStandIn", "Quirks", "SeedError"]
