"""What to do with a backlog, and doing it."""
