"""Every two signs that stand beside each other in an enterprise's name; who may really stand for an enterprise."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, person, word

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PAIRS = "enterprise_name_pairs"
LONGEST = 60
"""Signs of a name that are taken apart, on PostgreSQL too; what tells names apart stands before."""


def upgrade() -> None:
    """New tables and triggers: the former program writes names as before, and their pairs come by themselves."""
    _add_standings()
    op.create_table(
        PAIRS,
        sa.Column("pair", sa.String(length=2), nullable=False),
        sa.Column("enterprise_id", ROW_ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("pair", "enterprise_id", name=f"pk_{PAIRS}"),
        sqlite_with_rowid=False,
    )
    _on_postgresql() if op.get_bind().dialect.name == "postgresql" else _on_sqlite()


def _add_standings() -> None:
    op.create_table(
        "standings",
        sa.Column("person_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("enterprise_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        person("standings", "confirmed_by"),
        sa.Column("proof", word("staff", "contact", "licence", name="ck_standings_proof"), nullable=True),
        sa.Column("suspended_at", INSTANT, nullable=True),
        person("standings", "suspended_by"),
        sa.Column("licence_sha256", sa.String(length=64), nullable=True),
        sa.Column("licence_sent_at", INSTANT, nullable=True),
        sa.Column("offered_uscc", sa.String(length=18), nullable=True),
        sa.CheckConstraint("(confirmed_at is null) = (proof is null)", name="ck_standings_confirmed"),
        sa.CheckConstraint("(licence_sha256 is null) = (licence_sent_at is null)", name="ck_standings_licence"),
        sa.CheckConstraint("offered_uscc is null or length(offered_uscc) = 18", name="ck_standings_offered_uscc"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_standings_person_id"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_standings_enterprise_id"),
        sa.ForeignKeyConstraint(["licence_sha256"], ["stored_files.sha256"], name="fk_standings_licence_sha256"),
        sa.PrimaryKeyConstraint("person_id", "enterprise_id", name="pk_standings"),
    )
    op.create_index("ix_standings_enterprise_id", "standings", ["enterprise_id"])


def _on_postgresql() -> None:
    op.execute(
        """create function name_pairs(form text) returns table (pair text) immutable language sql as $$
            select distinct substr(form, place, 2)
            from generate_series(1, least(length(split_part(form, ' ', 1)), 60) - 1) as place
        $$"""
    )
    op.execute(
        """create function keep_name_pairs() returns trigger language plpgsql as $$
        begin
            if tg_op = 'UPDATE' then
                delete from enterprise_name_pairs where enterprise_id = old.id
                    and pair in (select name_pairs(old.name_form));
            end if;
            insert into enterprise_name_pairs (pair, enterprise_id) select name_pairs(new.name_form), new.id;
            return null;
        end $$"""
    )
    op.execute(
        "create trigger tr_enterprises_name_pairs after insert or update of name_form on enterprises"
        " for each row execute function keep_name_pairs()"
    )
    op.execute(
        "insert into enterprise_name_pairs (pair, enterprise_id) select name_pairs(name_form), id from enterprises"
    )


def _on_sqlite() -> None:
    insert = "insert into enterprise_name_pairs (pair, enterprise_id) "
    of_new = f"{insert} select distinct {_pairs_of('new.name_form')}, new.id {_PLACES} {_within('new.name_form')}"
    op.execute(f"create trigger tr_enterprises_name_pairs_insert after insert on enterprises begin {of_new}; end")
    gone = (
        f"enterprise_id = old.id and pair in (select {_pairs_of('old.name_form')} {_PLACES} {_within('old.name_form')})"
    )
    delete = f"delete from enterprise_name_pairs where {gone}"  # noqa: S608 - nothing of it comes from outside
    event = "after update of name_form on enterprises"
    op.execute(f"create trigger tr_enterprises_name_pairs_update {event} begin {delete}; {of_new}; end")
    of_known = f"select distinct {_pairs_of('name_form')}, id {_PLACES}, enterprises {_within('name_form')}"
    op.execute(insert + of_known)


_PLACES = f"from (values {', '.join(f'({place})' for place in range(1, LONGEST))}) as places"


def _pairs_of(form: str) -> str:
    return f"substr({form}, places.column1, 2)"


def _within(form: str) -> str:
    """Places before the last sign of the stem, which the legal form follows after a space."""
    return f"where places.column1 < case instr({form}, ' ') when 0 then length({form}) else instr({form}, ' ') - 1 end"
