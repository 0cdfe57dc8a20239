"""Alembic's entry: runs the numbered migrations on the connection that ``models.migrations`` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
