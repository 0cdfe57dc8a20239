"""Merges of enterprises, where they lead, and a guard that lets no new row arrive at a merged one."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, created, only_where, person

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE = "enterprise_merges"
FOLLOWING = (
    "attendances",
    "check_ins",
    "cluster_members",
    "contacts",
    "needs",
    "offline_service_enterprises",
    "online_trades",
    "roster_rows",
)
"""Tables whose rows name an enterprise."""


def upgrade() -> None:
    """Only nullable columns and a new table: the former program goes on without them."""
    op.add_column("enterprises", sa.Column("merged_into_id", ROW_ID, nullable=True))
    op.create_index("ix_enterprises_merged_into_id", "enterprises", ["merged_into_id"])
    op.add_column("check_ins", sa.Column("set_aside_by", ROW_ID, nullable=True))
    op.create_table(
        TABLE,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kept_id", ROW_ID, nullable=False),
        sa.Column("merged_id", ROW_ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=True),
        sa.Column("merged_at", INSTANT, nullable=True),
        person(TABLE, "merged_by"),
        sa.Column("changes", sa.JSON(), nullable=True),
        sa.Column("refused_at", INSTANT, nullable=True),
        person(TABLE, "refused_by"),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("undone_at", INSTANT, nullable=True),
        person(TABLE, "undone_by"),
        sa.Column("undo_reason", sa.Text(), nullable=True),
        *created(TABLE),
        sa.CheckConstraint("kept_id <> merged_id", name="ck_enterprise_merges_two"),
        sa.CheckConstraint("(merged_at is null) = (changes is null)", name="ck_enterprise_merges_changes"),
        sa.CheckConstraint("merged_at is null or refused_at is null", name="ck_enterprise_merges_one_answer"),
        sa.CheckConstraint(
            "(merged_at is null and refused_at is null) = (answer is null)", name="ck_enterprise_merges_answer"
        ),
        sa.CheckConstraint("undone_at is null or merged_at is not null", name="ck_enterprise_merges_undone"),
        sa.CheckConstraint("(undone_at is null) = (undo_reason is null)", name="ck_enterprise_merges_undo_reason"),
        sa.ForeignKeyConstraint(["kept_id"], ["enterprises.id"], name="fk_enterprise_merges_kept_id"),
        sa.ForeignKeyConstraint(["merged_id"], ["enterprises.id"], name="fk_enterprise_merges_merged_id"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_enterprise_merges_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_enterprise_merges"),
    )
    op.create_index("ix_enterprise_merges_kept_id", TABLE, ["kept_id"])
    op.create_index("ix_enterprise_merges_merged_id", TABLE, ["merged_id"])
    waiting, in_force = "merged_at is null and refused_at is null", "merged_at is not null and undone_at is null"
    op.create_index("uq_enterprise_merges_waiting", TABLE, ["kept_id", "merged_id"], unique=True, **only_where(waiting))
    op.create_index("uq_enterprise_merges_in_force", TABLE, ["merged_id"], unique=True, **only_where(in_force))
    if op.get_bind().dialect.name == "postgresql":
        _follow_merges()


def _follow_merges() -> None:
    """A scan may be read before a merge and written after it: its row waits for the merge and follows it.

    The lock is the one that the foreign key takes anyway. SQLite has one writer, so nothing comes between.
    """
    op.execute(
        """create function follow_merge() returns trigger language plpgsql as $$
        declare kept bigint;
        begin
            select merged_into_id into kept from enterprises where id = new.enterprise_id for key share;
            new.enterprise_id := coalesce(kept, new.enterprise_id);
            return new;
        end $$"""
    )
    for table in FOLLOWING:
        op.execute(
            f"create trigger tr_{table}_follow_merge before insert or update of enterprise_id on {table}"
            " for each row execute function follow_merge()"
        )
