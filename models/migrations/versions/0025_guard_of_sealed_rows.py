"""The guard of sealed rows asks once for each statement: a province's seal writes some hundred thousand of them."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ADDED, TAKEN = "new table as added", "old table as taken"
VERBS = {
    "insert": (ADDED, "select platform_id, year from added"),
    "update": (
        f"{TAKEN} {ADDED}",
        "select platform_id, year from taken union select platform_id, year from added",
    ),
    "delete": (TAKEN, "select platform_id, year from taken"),
}
SEALED = "({changed}) intersect select platform_id, year from platform_years where sealed_at is not null"


def upgrade() -> None:
    """It refuses what it refused before, on PostgreSQL by one look at all rows of a statement; SQLite has no such."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("drop trigger tr_sealed_rows_sealed_year on sealed_rows")
    for verb, (tables, changed) in VERBS.items():
        op.execute(
            f"""create function refuse_sealed_rows_{verb}() returns trigger language plpgsql as $$
            begin
                if exists ({SEALED.format(changed=changed)}) then
                    raise exception 'platform_year_sealed'
                        using errcode = 'check_violation', constraint = 'platform_year_sealed';
                end if;
                return null;
            end $$"""
        )
        op.execute(
            f"create trigger tr_sealed_rows_sealed_year_{verb} after {verb} on sealed_rows"
            f" referencing {tables} for each statement execute function refuse_sealed_rows_{verb}()"
        )
