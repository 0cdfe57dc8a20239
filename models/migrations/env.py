"""Alembic's entry: runs the numbered migrations on the connection that ``models.migrations`` hands over.

Each in a transaction of its own, unless the connection is in one already.
"""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
