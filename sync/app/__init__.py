"""Puts the parts together: settings, adapters, state and engine, for the command line."""
