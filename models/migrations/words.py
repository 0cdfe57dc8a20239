"""More words in a column that takes only some: whatever it took before, it takes still.

The words that stand there are read from the database, so two migrations that add to one column may come in any order.
"""

import re

import sqlalchemy as sa
from alembic import op


def widen(table: str, column: str, *words: str) -> None:
    """Let ``column`` take these words too; its constraint is ``ck_<table>_<column>``."""
    (_widen_postgresql if op.get_bind().dialect.name == "postgresql" else _widen_sqlite)(table, column, words)


def _widen_postgresql(table: str, column: str, words: tuple[str, ...]) -> None:
    name = f"ck_{table}_{column}"
    found = op.get_bind().scalar(
        sa.text("select pg_get_constraintdef(oid) from pg_constraint where conname = :name"), {"name": name}
    )
    as_constant = re.search(r"'\{([a-z_,]+)\}'", str(found))
    if as_constant is None:
        check = f"{column} in ({_listed(str(found), words)})"
    else:
        known = ",".join(dict.fromkeys([*as_constant[1].split(","), *words]))
        check = f"{column} = any('{{{known}}}'::text[])"
    op.execute(f"alter table {table} drop constraint {name}")
    # Whoever writes to the table waits for this one: the rows are looked at later (``migrations.upgrade``).
    op.execute(f"alter table {table} add constraint {name} check ({check}) not valid")


def _widen_sqlite(table: str, column: str, words: tuple[str, ...]) -> None:
    """SQLite alters no constraint, but allows the statement itself to be changed where no row can break it.

    https://www.sqlite.org/lang_altertable.html, section 7: for "changes which do not affect the on-disk content".
    """
    bind = op.get_bind()
    statement = bind.scalar(sa.text("select sql from sqlite_master where type = 'table' and name = :n"), {"n": table})
    former = re.search(rf"CHECK \({column} IN \(([^)]*)\)\)", str(statement))
    if former is None:
        raise RuntimeError(f"{table}.{column} takes any word")
    changed = str(statement).replace(former[0], f"CHECK ({column} IN ({_listed(former[1], words)}))")
    version = bind.scalar(sa.text("pragma schema_version"))
    op.execute("pragma writable_schema = on")
    bind.execute(
        sa.text("update sqlite_master set sql = :sql where type = 'table' and name = :n"), {"sql": changed, "n": table}
    )
    op.execute(f"pragma schema_version = {int(version or 0) + 1}")
    op.execute("pragma writable_schema = off")


def _listed(former: str, words: tuple[str, ...]) -> str:
    known = re.findall(r"'([a-z_]+)'", former)
    return ", ".join(f"'{word}'" for word in dict.fromkeys([*known, *words]))
