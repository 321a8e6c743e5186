"""A stand-in for github.com's REST API on the issues side: stateful, on loopback, for tests."""

from adapters.sandbox.github.app import GitHubStandIn

__all__ = ["GitHubStandIn"]
