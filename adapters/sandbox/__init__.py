"""Stand-in trackers: stateful HTTP servers on loopback that behave as GitHub and Jira do."""
