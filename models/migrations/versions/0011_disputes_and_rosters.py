"""Disputes of enterprises, lists entered afterwards, versions of an activity, needs raised by enterprises."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, word

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "disputes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column(
            "subject",
            word("check_in", "offline_service", "online_trade", "need", name="ck_disputes_subject"),
            nullable=False,
        ),
        sa.Column("subject_id", ROW_ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("raised_by", ROW_ID, nullable=False),
        sa.Column("state", word("open", "upheld", "dismissed", "withdrawn", name="ck_disputes_state"), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by", ROW_ID, nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at is null)", name=op.f("ck_disputes_decided")),
        sa.CheckConstraint("(decided_at is null) = (decision is null)", name=op.f("ck_disputes_decision")),
        sa.ForeignKeyConstraint(["decided_by"], ["persons.id"], name=op.f("fk_disputes_decided_by")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_disputes_enterprise_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_disputes_platform_id")),
        sa.ForeignKeyConstraint(["raised_by"], ["persons.id"], name=op.f("fk_disputes_raised_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index(op.f("ix_disputes_enterprise_id"), "disputes", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_disputes_platform_id"), "disputes", ["platform_id"], unique=False)
    op.create_index(
        "uq_disputes_open",
        "disputes",
        ["enterprise_id", "subject", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "rosters",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("activity_id", ROW_ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("confirmed_by", ROW_ID, nullable=True),
        sa.Column("discarded_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.CheckConstraint("confirmed_at is null or discarded_at is null", name=op.f("ck_rosters_one_end")),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name=op.f("fk_rosters_activity_id")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["persons.id"], name=op.f("fk_rosters_confirmed_by")),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_rosters_created_by")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name=op.f("fk_rosters_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rosters")),
    )
    op.create_index(op.f("ix_rosters_activity_id"), "rosters", ["activity_id"], unique=False)
    op.create_table(
        "roster_rows",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("roster_id", ROW_ID, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column(
            "matching",
            word("code", "name", "hand", "several", "wrong_code", "unknown", name="ck_roster_rows_matching"),
            nullable=False,
        ),
        sa.Column("enterprise_id", ROW_ID, nullable=True),
        sa.Column("is_skipped", sa.Boolean(), nullable=False),
        sa.Column("check_in_id", ROW_ID, nullable=True),
        sa.CheckConstraint(
            "enterprise_id is null or matching in ('code', 'name', 'hand')", name=op.f("ck_roster_rows_matched")
        ),
        sa.ForeignKeyConstraint(["check_in_id"], ["check_ins.id"], name=op.f("fk_roster_rows_check_in_id")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_roster_rows_enterprise_id")),
        sa.ForeignKeyConstraint(["roster_id"], ["rosters.id"], name=op.f("fk_roster_rows_roster_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_rows")),
        sa.UniqueConstraint("roster_id", "line", name=op.f("uq_roster_rows_roster_id_line")),
    )
    op.create_table(
        "activity_versions",
        sa.Column("activity_id", ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=False),
        sa.Column("submitted_by", ROW_ID, nullable=True),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name=op.f("fk_activity_versions_activity_id")),
        sa.ForeignKeyConstraint(["submitted_by"], ["persons.id"], name=op.f("fk_activity_versions_submitted_by")),
        sa.PrimaryKeyConstraint("activity_id", "number", name=op.f("pk_activity_versions")),
    )
    op.add_column("needs", sa.Column("is_from_enterprise", sa.Boolean(), server_default=sa.false(), nullable=False))
