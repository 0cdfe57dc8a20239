"""The guards of a sealed year ask once for each row: a scan's insert no longer pays for the question of an update."""

from importlib import import_module

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

FOUND = import_module("models.migrations.versions.0002_guards").GUARDS


def upgrade() -> None:
    """The same guards in PostgreSQL's functions. One condition over both rows was planned anew at every call."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for name, query in {name: query for _, name, query in FOUND}.items():
        op.execute(
            f"""create or replace function refuse_{name}() returns trigger language plpgsql as $$
            begin
                if tg_op <> 'INSERT' then
                    if exists ({query.format(row="old")}) then
                        raise exception 'platform_year_sealed'
                            using errcode = 'check_violation', constraint = 'platform_year_sealed';
                    end if;
                end if;
                if tg_op = 'DELETE' then return old; end if;
                if exists ({query.format(row="new")}) then
                    raise exception 'platform_year_sealed'
                        using errcode = 'check_violation', constraint = 'platform_year_sealed';
                end if;
                return new;
            end $$"""
        )
