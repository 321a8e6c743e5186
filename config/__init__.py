"""The settings: their schema, their loading, examples."""
