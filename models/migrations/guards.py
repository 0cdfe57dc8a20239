"""The guard of a sealed platform-year for a table that is added later: frozen here, as the columns' shorthands are."""

from alembic import op

_SEALED = (
    "select 1 from platform_years y where y.platform_id = {row}.platform_id"
    " and y.year = {row}.year and y.sealed_at is not null"
)


def guard_sealed_year(table: str) -> None:
    """Refuse every change of a row of a sealed platform-year; ``table`` has ``platform_id`` and ``year``."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"create trigger tr_{table}_sealed_year before insert or update or delete on {table}"
            " for each row execute function refuse_sealed_year()"
        )
        return
    for verb, rows in (("insert", ["new"]), ("update", ["old", "new"]), ("delete", ["old"])):
        found = " or ".join(f"exists ({_SEALED.format(row=row)})" for row in rows)
        op.execute(
            f"create trigger tr_{table}_sealed_year_{verb} before {verb} on {table} when {found}"
            " begin select raise(abort, 'platform_year_sealed'); end"
        )
