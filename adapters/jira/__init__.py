"""Jira as a tracker, over its REST API, on Cloud and on Data Center."""

from adapters.jira.adapter import Jira

__all__ = ["Jira"]
