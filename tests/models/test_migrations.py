"""Models against migrations, on both databases: what the migrations build is what the models say."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

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


def test_former_opinions_get_their_role_and_open_cards_are_folded_anew(database_url: str) -> None:
    """An official's opinion was shown as the hub's; in a sealed year, too. Guards and rows stay."""
    database = Database(database_url)
    with database.engine.begin() as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0012")
    at = "2026-11-20 10:00:00"
    with database.engine.begin() as connection:

        def insert(table: str, **values: Any) -> None:
            known = sa.table(table, *map(sa.column, values))
            connection.execute(sa.insert(known).values(**values))

        when = sa.literal_column(f"'{at}'")
        insert("platforms", id=1, code="P", name="某平台", kind="prefecture", region_code="430100", created_at=when)
        for person, roles in ((1, ["reviewer"]), (2, ["province"]), (3, ["reviewer", "province"])):
            insert("persons", id=person, is_following=sa.false(), is_no_enterprise=sa.false(), created_at=when)
            for role in roles:
                insert("staff_roles", person_id=person, role=role, granted_at=when)
        for year, person in ((2024, 2), (2025, 1), (2026, 2), (2027, 3)):
            said = {"opinion_points": 10000, "opinion_reason": "可办理", "opinion_at": when, "opinion_by": person}
            insert("rulings", platform_id=1, year=year, indicator="online_service", **said)
            card = dict.fromkeys(("base", "bonus", "total", "awaited", "pending_participations"), 0)
            texts = dict.fromkeys(("tally", "pending", "readings"), sa.literal_column("'{}'"))
            insert("scorecards", platform_id=1, year=year, scheme="prefecture", as_of=when, **card, **texts)
        for year in (2024, 2026):
            sealed = {"sealed_at": when, "sealed_by": 2} if year == 2024 else {}
            period = {"assessed_from": sa.literal_column(f"'{year}-01-01'")}
            period["assessed_until"] = sa.literal_column(f"'{year}-12-31'")
            market = {"has_market_income": sa.false()}
            insert("platform_years", platform_id=1, year=year, **sealed, **period, **market)
    database.upgrade()
    with database.engine.begin() as connection:
        found = connection.exec_driver_sql("select year, opinion_role, version from rulings order by year").all()
        assert [tuple(row) for row in found] == [
            (2024, "province", 1),
            (2025, "reviewer", 1),
            (2026, "province", 1),
            (2027, "reviewer", 1),
        ]
        folded = connection.exec_driver_sql("select year from changes order by year").scalars().all()
        assert folded == [2025, 2026, 2027]
    for verb in ("update rulings set version = 9", "delete from rulings"):
        with pytest.raises(sa.exc.IntegrityError, match="platform_year_sealed"), database.engine.begin() as connection:
            connection.exec_driver_sql(f"{verb} where year = 2024")
    database.dispose()
