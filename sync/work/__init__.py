"""Always on: runs that webhooks and the schedule ask for, one at a time of a backlog."""
