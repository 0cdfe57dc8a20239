"""A scan pays less for its guards: most years have no seal, and a list of words need not be put together each time."""

from importlib import import_module

from alembic import op

from models.migrations.columns import only_where

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

SEALED_ACTIVITY = import_module("models.migrations.versions.0002_guards").SEALED_ACTIVITY
SEALED_AT_ALL = (
    "select 1 from activities a join platform_years y on y.year = a.year"
    " where a.id = {row}.activity_id and y.sealed_at is not null"
)
REFUSE = """
    if exists ({at_all}) then
        if exists ({by_its_platforms}) then
            raise exception 'platform_year_sealed'
                using errcode = 'check_violation', constraint = 'platform_year_sealed';
        end if;
    end if;"""
DOORS = "code,menu,short_code,page,screen,staff,sheet"


def upgrade() -> None:
    """Everything is refused that was refused before, under the same names; SQLite has neither cost."""
    is_sealed = only_where("sealed_at is not null")
    op.create_index("ix_platform_years_sealed", "platform_years", ["year"], if_not_exists=True, **is_sealed)
    if op.get_bind().dialect.name != "postgresql":
        return
    _look_at_the_year_first()
    _door_as_one_constant()


def _look_at_the_year_first() -> None:
    """Whether any platform's year is sealed is one look into an index that is nearly empty.

    Only where one is, the activity's platforms are looked up too. Each question sees what was committed when it is
    asked, and nothing is kept that could differ from the rows.
    """
    old, new = (
        REFUSE.format(at_all=SEALED_AT_ALL.format(row=row), by_its_platforms=SEALED_ACTIVITY.format(row=row))
        for row in ("old", "new")
    )
    op.execute(
        f"""create or replace function refuse_sealed_activity() returns trigger language plpgsql as $$
        begin
            if tg_op <> 'INSERT' then{old}
            end if;
            if tg_op = 'DELETE' then return old; end if;{new}
            return new;
        end $$"""
    )


def _door_as_one_constant() -> None:
    """PostgreSQL reads a check anew for every statement; ``in (…)`` it also computes to the list that is written here.

    Whoever scans waits for this one: the rows are looked at later (``migrations.upgrade``).
    """
    op.execute(
        "alter table check_ins drop constraint ck_check_ins_door,"
        f" add constraint ck_check_ins_door check (door = any('{{{DOORS}}}'::text[])) not valid"
    )
