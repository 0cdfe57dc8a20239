"""An index of a large table, built beside whoever writes to it."""

import sqlalchemy as sa
from alembic import op

from models import migrations
from models.migrations.columns import only_where


def build_index(name: str, table: str, columns: list[str], condition: str | None = None) -> None:
    """Build it, in a migration of its own: on PostgreSQL each statement is a transaction, and no writer waits for one.

    What is waited for are the transactions of others; who waits for them stands in nobody's way. A build that was
    given up leaves an index that is not valid, which goes first.
    """
    where = only_where(condition) if condition else {}
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(name, table, columns, **where)
        return
    with op.get_context().autocommit_block():
        op.execute(f"set lock_timeout = '{migrations.PATIENCE_SECONDS}s'")
        given_up = sa.text("select true from pg_index where indexrelid = to_regclass(:name) and not indisvalid")
        if op.get_bind().scalar(given_up, {"name": name}):
            op.execute(f"drop index concurrently {name}")
        op.create_index(name, table, columns, postgresql_concurrently=True, if_not_exists=True, **where)
        op.execute(f"set lock_timeout = '{migrations.LOCK_SECONDS}s'")
