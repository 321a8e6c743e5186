"""Alembic's entry: migrates over the connection that sync.state.migrate hands it."""

from alembic import context

from sync.state.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
