"""Models against migrations, on both databases: what the migrations build is what the models say."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from models import Base, migrations
from wxsvc.db import Database, SchemaError

VERSIONS = Path(migrations.__file__).parent / "versions"


@pytest.fixture
def built(database_url: str) -> Any:
    """A database that the migrations built."""
    database = Database(database_url)
    database.upgrade()
    yield database
    database.dispose()


def _shape(engine: sa.Engine) -> dict[str, Any]:
    """Everything a database enforces, in comparable words."""
    look = sa.inspect(engine)
    shape: dict[str, Any] = {}
    for table in sorted(set(look.get_table_names()) - {"alembic_version"}):
        shape[table] = {
            "columns": {
                c["name"]: (str(c["type"]), c["nullable"], _words((c.get("computed") or {}).get("sqltext", "")))
                for c in look.get_columns(table)
            },
            "key": look.get_pk_constraint(table),
            "foreign keys": sorted(
                (k["name"], k["constrained_columns"], k["referred_table"]) for k in look.get_foreign_keys(table)
            ),
            "unique": sorted((u["name"], u["column_names"]) for u in look.get_unique_constraints(table)),
            "checks": sorted((c["name"], _words(c["sqltext"])) for c in look.get_check_constraints(table)),
            "indexes": sorted(
                (i["name"], i["column_names"], bool(i["unique"]), _words(str(_where(i))))
                for i in look.get_indexes(table)
            ),
        }
    return shape


def _where(index: Any) -> Any:
    return next((v for k, v in index.get("dialect_options", {}).items() if k.endswith("_where")), "")


def _words(sql: str) -> str:
    return "".join(sql.lower().split())


def test_the_migrations_build_what_the_models_say(built: Database, database_url: str) -> None:
    """Columns, keys, constraints and indexes are the same by either way."""
    by_migrations = _shape(built.engine)
    with built.engine.begin() as connection:
        if not built.is_sqlite:
            connection.exec_driver_sql("drop schema public cascade; create schema public")
        else:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            for name in sa.inspect(connection).get_table_names():
                connection.exec_driver_sql(f"drop table {name}")
    Base.metadata.create_all(built.engine)
    assert by_migrations == _shape(built.engine)


def test_migrating_twice_is_calm(built: Database) -> None:
    """A second upgrade finds nothing to do, and the schema is the head."""
    built.upgrade()
    built.prepare()
    with built.engine.connect() as connection:
        assert migrations.current(connection) == migrations.head()


def test_an_older_schema_is_refused_or_brought_up_to_date(database_url: str) -> None:
    """PostgreSQL says which command mends it; the embedded SQLite mends itself."""
    database = Database(database_url)
    if database.is_sqlite:
        database.prepare()
    else:
        with pytest.raises(SchemaError, match="run 'wxsvc db upgrade' first"):
            database.prepare()
        database.upgrade()
    database.prepare()
    database.dispose()


def test_migrations_are_numbered_and_never_import_the_models() -> None:
    """0001, 0002 … without a gap, and none can change when the models do."""
    files = sorted(path for path in VERSIONS.glob("*.py") if path.name != "__init__.py")
    assert [path.name[:4] for path in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    for path in files:
        imported = {
            node.module if isinstance(node, ast.ImportFrom) else alias.name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assert imported <= {"sqlalchemy", "alembic", "models.migrations.columns"}, path.name
