"""Models against migrations, on both databases: what the migrations build is what the models say."""

from __future__ import annotations

import ast
import re
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from models import Base, migrations
from models.migrations import indexes, words
from models.terms import Door
from tests.migrated import migrate
from tests.models import catalogue
from tests.timing import until
from wxsvc.db import Database, SchemaError

VERSIONS = Path(migrations.__file__).parent / "versions"
TABLES = VERSIONS.with_name("tables")
FORMER = "kept_hints"
"""Tables that the program of the last release still reads; the next one drops them."""


@pytest.fixture
def built(database_url: str, request: pytest.FixtureRequest) -> Any:
    """A database that the migrations built."""
    database = Database(database_url)
    migrate(database, request)
    yield database
    database.dispose()


@pytest.fixture
def tables(built: Database) -> set[str]:
    """What the migrations built, without the guards."""
    with built.engine.connect() as connection:
        return catalogue.tables_only(catalogue.told(connection))


def test_the_migrations_build_what_the_models_say(tables: set[str], database_url: str, built: Database) -> None:
    """Every column, key, check and index is the same by either way: names, types, defaults and conditions."""
    with built.engine.begin() as connection:
        if not built.is_sqlite:
            connection.exec_driver_sql("drop schema public cascade; create schema public")
        else:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            for name in sa.inspect(connection).get_table_names():
                connection.exec_driver_sql(f"drop table {name}")
    Base.metadata.create_all(built.engine)
    with built.engine.connect() as connection:
        by_models = catalogue.tables_only(catalogue.told(connection))
    former = {line for line in tables if re.search(rf"\b({FORMER})\b", line)}
    assert (tables - former - by_models, by_models - tables) == (set(), set())
    assert former
    assert len(tables) > 800


CHANGES = [
    "alter table needs add column later text",
    "alter table needs rename column title to headline",
    "drop index uq_check_ins_once; create unique index uq_check_ins_once on check_ins (activity_id, enterprise_id)",
    "drop index uq_disputes_open; create index uq_disputes_open"
    " on disputes (enterprise_id, subject, subject_id) where state = 'open'",
    "drop index ix_needs_platform_id_year; create index ix_needs_platform_id_year on needs (year, platform_id)",
]
POSTGRESQL_CHANGES = [
    "alter table needs alter title drop not null",
    "alter table needs alter title type varchar(200)",
    "alter table rulings alter version drop default",
    "alter table rulings rename constraint ck_rulings_points to ck_rulings_other",
    "alter table rulings drop constraint ck_rulings_points, add constraint ck_rulings_points check (points > 0)",
    "alter table rulings rename constraint fk_rulings_ruled_by to fk_rulings_other",
    "alter table rulings drop constraint fk_rulings_ruled_by,"
    " add constraint fk_rulings_ruled_by foreign key (ruled_by) references persons on delete cascade",
    "alter table platforms rename constraint uq_platforms_code to uq_platforms_other",
    "alter table needs disable trigger tr_needs_sealed_year",
    "create or replace function refuse_change() returns trigger language plpgsql as $$ begin return old; end $$",
]
SQLITE_CHANGES = [
    "PRAGMA writable_schema = 1; update sqlite_master set sql = replace(sql, {old!r}, {new!r}) where name = 'rulings'",
    "drop trigger tr_needs_sealed_year_delete",
]
WITHIN_A_STATEMENT = [
    ("CHECK (points >= 0)", "CHECK (points > 0)"),
    ("ck_rulings_points ", "ck_rulings_other "),
    ("fk_rulings_ruled_by ", "fk_rulings_other "),
    ("version INTEGER DEFAULT '0'", "version INTEGER"),
    ("year SMALLINT NOT NULL", "year SMALLINT"),
]


def test_no_difference_is_overlooked(built: Database) -> None:
    """What stands in the catalogue differs as soon as one name, type, default, condition or guard does."""
    changes = CHANGES + POSTGRESQL_CHANGES
    if built.is_sqlite:
        within, trigger = SQLITE_CHANGES
        changes = [*CHANGES, *(within.format(old=old, new=new) for old, new in WITHIN_A_STATEMENT), trigger]
    with built.engine.connect() as connection:
        before = catalogue.told(connection)
        for change in changes:
            for statement in change.split("; ") if built.is_sqlite else [change]:
                connection.exec_driver_sql(statement)
            assert catalogue.told(connection) != before, change
            connection.rollback()
        assert catalogue.told(connection) == before


def test_every_row_of_a_platform_year_is_guarded(built: Database) -> None:
    """A table that gets these two columns later gets its guard with them."""
    guarded = {
        name
        for name, table in Base.metadata.tables.items()
        if {"platform_id", "year"} <= set(table.columns.keys())
        and name not in ("platform_years", "changes", "waiting_records")
    }
    with built.engine.connect() as connection:
        triggers = [line for line in catalogue.told(connection) if line.startswith("trigger ")]
    each_verb = ("_insert ", "_update ", "_delete ")
    ways = [each_verb] if built.is_sqlite else [(" ",), each_verb]

    def stands(name: str) -> bool:
        return any(
            all(any(f"tr_{name}_sealed_year{end}" in line.casefold() for line in triggers) for end in way)
            for way in ways
        )

    assert {name for name in guarded if not stands(name)} == set()


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


UNKNOWN = r"^the database schema is 9999, this program knows 0001 to \d{4} only: run the program that made it"


def test_a_schema_that_nobody_here_knows_is_one_sentence(built: Database) -> None:
    """A newer program's database, or one from before the first release: nothing is touched."""
    with built.engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    for attempt in (built.prepare, built.upgrade):
        with pytest.raises(SchemaError, match=UNKNOWN) as refused:
            attempt()
        assert "\n" not in str(refused.value)
    with built.engine.connect() as connection:
        assert migrations.current(connection) == "9999"


@pytest.mark.parametrize("database_kind", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_a_table_that_somebody_holds_is_asked_for_in_short_turns(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scans that come meanwhile get through between the turns; in the end one sentence, or the schema."""
    monkeypatch.setattr(migrations, "PATIENCE_SECONDS", 0)
    built = Database(database_url)
    with built.engine.connect() as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0021")  # the next one makes an index of check-ins
    with built.engine.begin() as scans:
        scans.exec_driver_sql("lock table check_ins in row exclusive mode")
        with pytest.raises(SchemaError, match=r"^the database schema is 0021 still: for 0 seconds somebody has held"):
            built.upgrade()
        with built.engine.begin() as another:
            another.exec_driver_sql("lock table check_ins in row exclusive mode nowait")
    built.upgrade()
    built.prepare()
    built.dispose()


@pytest.mark.parametrize("database_kind", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_who_goes_from_one_table_to_another_loses_nothing_to_a_migration_of_both(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would wait in a circle with them, and PostgreSQL ends whoever has waited for a second: the reviewer."""
    built, was_refused, run = Database(database_url), threading.Event(), migrations._run

    def watched(connection: sa.Connection) -> None:
        try:
            run(connection)
        finally:
            was_refused.set()

    monkeypatch.setattr(migrations, "_run", watched)
    with built.engine.connect() as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0037")  # the next one changes the tables of all records
    upgrading = threading.Thread(target=built.upgrade)
    waits = "select from pg_locks where relation = to_regclass('offline_services') and not granted"
    others = Database(database_url)
    with others.engine.connect() as reviewer, others.engine.connect() as another:
        reviewer.exec_driver_sql("lock table needs in row exclusive mode")
        another.exec_driver_sql("lock table offline_services in row exclusive mode")
        upgrading.start()
        until(lambda: bool(reviewer.exec_driver_sql(waits).all()) or was_refused.is_set(), 60, "it does not begin")
        ends = threading.Timer(0.3, another.rollback)
        ends.start()
        reviewer.exec_driver_sql("lock table activities in row exclusive mode")
        ends.join()
    upgrading.join()
    built.prepare()
    for each in (built, others):
        each.dispose()


@pytest.mark.parametrize("database_kind", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_a_word_more_is_no_look_at_all_rows_while_others_wait(built: Database) -> None:
    """The check is exchanged at once; whether the rows keep to it is looked at by the upgrade, while others write."""
    asked = "select convalidated from pg_constraint where conname = 'ck_reviews_subject'"
    with built.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        words.widen("reviews", "subject", "later")
        assert connection.exec_driver_sql(asked).scalar_one() is False
    with built.engine.begin() as writing:
        writing.exec_driver_sql("lock table reviews in row exclusive mode")
        built.upgrade()
    with built.engine.connect() as connection:
        assert connection.exec_driver_sql(asked).scalar_one() is True
        assert connection.scalar(sa.text("select count(*) from pg_constraint where not convalidated")) == 0


@pytest.mark.parametrize("table", ["refused_scans", "check_ins"])
def test_a_word_more_takes_none_away(built: Database, table: str) -> None:
    """Whichever way the check is written: as a list of words, or as one constant."""
    asked = f"constraint {table} "
    with built.engine.connect() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            words.widen(table, "door", "later")
        (check,) = (
            line for line in catalogue.told(connection) if line.startswith(asked) and f"ck_{table}_door" in line
        )
        connection.rollback()
    assert set(re.findall(r"[a-z_]+", check)) >= {*Door, "later"}


@pytest.mark.parametrize("database_kind", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_an_index_whose_build_was_given_up_is_built_again(built: Database) -> None:
    """PostgreSQL leaves one that is not valid; "if not exists" alone would let that stand."""
    valid = "select indisvalid from pg_index where indexrelid = 'ix_enterprises_not_counted'::regclass"
    with built.engine.begin() as connection:
        connection.exec_driver_sql(
            "update pg_index set indisvalid = false where indexrelid = 'ix_enterprises_not_counted'::regclass"
        )
    with built.engine.connect() as connection:
        asked = MigrationContext.configure(connection)
        with asked.begin_transaction(), Operations.context(asked):
            indexes.build_index("ix_enterprises_not_counted", "enterprises", ["id"], "is_counted is false")
    with built.engine.connect() as connection:
        assert connection.exec_driver_sql(valid).scalar_one() is True


def test_migrations_are_numbered_and_never_import_the_models() -> None:
    """0001, 0002 … without a gap, and none can change when the models do."""
    files = sorted(path for path in VERSIONS.glob("*.py") if path.name != "__init__.py")
    scripts = ScriptDirectory(str(VERSIONS.parent)).walk_revisions()
    assert [script.revision for script in scripts][::-1] == [path.name[:4] for path in files]
    assert migrations.known() == [f"{number:04}" for number in range(1, len(files) + 1)]
    for path in [*files, *TABLES.glob("*.py")]:
        imported = {
            node.module if isinstance(node, ast.ImportFrom) else alias.name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        own = {name for name in imported if name.startswith("models.migrations.")}
        others = {name.split(".")[0] for name in imported - own} - sys.stdlib_module_names
        assert others <= {"sqlalchemy", "alembic"}, path.name


@pytest.mark.parametrize("database_kind", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_a_migration_that_a_deadlock_ended_is_done_again(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL ends one of two that wait for each other: the migration, here, asks once more."""
    tries: list[Any] = []

    def one_after_another(connection: sa.Connection) -> None:
        tries.append(connection)
        if len(tries) == 1:
            connection.exec_driver_sql("do $$ begin raise exception 'deadlock' using errcode = '40P01'; end $$")

    built = Database(database_url)
    monkeypatch.setattr(migrations, "_validate", one_after_another)
    built.upgrade()
    built.prepare()
    assert len(tries) > 1
    built.dispose()
