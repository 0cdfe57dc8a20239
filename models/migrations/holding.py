"""Several tables that one migration changes, held together."""

from alembic import op


def hold(*tables: str) -> None:
    """Take all of these tables or none of them, at the beginning of a migration: others read them, nobody writes.

    On PostgreSQL it waits for no table while it holds another one: whoever has written to the one and wants the other
    would wait in a circle with it, and lose their work. Where somebody writes to any of them the migration begins anew
    (``migrations.upgrade``).
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"lock table {', '.join(tables)} in share row exclusive mode nowait")
