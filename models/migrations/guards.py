"""The guard of a sealed platform-year for a table that is added later: frozen here, as the columns' shorthands are."""

from importlib import import_module
from typing import Any

from alembic import op

_SEALED = (
    "select 1 from platform_years y where y.platform_id = {row}.platform_id"
    " and y.year = {row}.year and y.sealed_at is not null"
)


def guard_sealed_year(table: str, day: str | None = None) -> None:
    """Refuse every change of a row of a sealed platform-year; ``table`` has ``platform_id`` and ``year``.

    ``day`` is the column of a record that is counted by its day: the year is then the one in which that day counts
    (``0035``).
    """
    if op.get_bind().dialect.name == "postgresql":
        function = "refuse_sealed_year" if day is None else _function_for(table, day)
        op.execute(
            f"create trigger tr_{table}_sealed_year before insert or update or delete on {table}"
            f" for each row execute function {function}()"
        )
        return
    asked = _SEALED if day is None else _sealed_by("sqlite", day)
    for verb, rows in (("insert", ["new"]), ("update", ["old", "new"]), ("delete", ["old"])):
        found = " or ".join(f"exists ({asked.format(row=row)})" for row in rows)
        op.execute(
            f"create trigger tr_{table}_sealed_year_{verb} before {verb} on {table} when {found}"
            " begin select raise(abort, 'platform_year_sealed'); end"
        )


def _function_for(table: str, day: str) -> str:
    asked, name = _sealed_by("postgresql", day), f"refuse_sealed_{table}"
    old, new = (f"if exists ({asked.format(row=row)}) then {_counting_years().RAISE} end if;" for row in ("old", "new"))
    op.execute(
        f"""create function {name}() returns trigger language plpgsql as $$
        begin
            if tg_op <> 'INSERT' then {old} end if;
            if tg_op = 'DELETE' then return old; end if;
            {new}
            return new;
        end $$"""
    )
    return name


def _sealed_by(dialect: str, day: str) -> str:
    asked = _counting_years()
    of_row = f"{{row}}.{day}"
    year_of_day = asked.YEAR_OF[dialect].format(day=of_row)
    return str(
        asked.SEALED.format(platform="{row}.platform_id", year="{row}.year", day=of_row, year_of_day=year_of_day)
    )


def _counting_years() -> Any:
    return import_module("models.migrations.versions.0035_counting_years")
