"""Scorecards, the work list, readings, the calendar, the log, reviews and notices."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, word

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "workdays",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_workdays")),
    )
    op.create_table(
        "changes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_changes_platform_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index("ix_changes_platform_id_year", "changes", ["platform_id", "year"], unique=False)
    op.create_table(
        "log_entries",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("done_at", INSTANT, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=True),
        sa.Column("deed", sa.String(length=64), nullable=False),
        sa.Column(
            "subject",
            word(
                "activity",
                "check_in",
                "enterprise",
                "person",
                "staff_role",
                "invitation",
                "platform",
                "platform_year",
                "offline_service",
                "online_trade",
                "need",
                "post",
                "site_inspection",
                "service_item",
                "online_service",
                "research_report",
                "platform_fusion",
                "assignment",
                "response",
                "bonus_claim",
                "filing",
                "evidence",
                "ruling",
                "reading",
                "workday",
                "import",
                name="ck_log_entries_subject",
            ),
            nullable=False,
        ),
        sa.Column("subject_id", ROW_ID, nullable=True),
        sa.Column("platform_id", ROW_ID, nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_log_entries_person_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_log_entries_platform_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entries")),
    )
    op.create_index(op.f("ix_log_entries_platform_id"), "log_entries", ["platform_id"], unique=False)
    op.create_index("ix_log_entries_subject", "log_entries", ["subject", "subject_id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column(
            "purpose",
            word("filing", "unfinished", "review", "ruling", "sealed", "dispute", name="ck_notices_purpose"),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_notices_platform_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_notices_key")),
    )
    op.create_index("ix_notices_platform_id_made_at", "notices", ["platform_id", "made_at"], unique=False)
    op.create_table(
        "reading_decisions",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("kind", word("prefecture", "cluster", "county", name="ck_reading_decisions_kind"), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=32), nullable=False),
        sa.Column("decided_by", ROW_ID, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["persons.id"], name=op.f("fk_reading_decisions_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_decisions")),
    )
    op.create_index("ix_reading_decisions_year_kind", "reading_decisions", ["year", "kind"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column(
            "subject",
            word(
                "activity",
                "check_in",
                "enterprise",
                "person",
                "staff_role",
                "invitation",
                "platform",
                "platform_year",
                "offline_service",
                "online_trade",
                "need",
                "post",
                "site_inspection",
                "service_item",
                "online_service",
                "research_report",
                "platform_fusion",
                "assignment",
                "response",
                "bonus_claim",
                "filing",
                "evidence",
                "ruling",
                "reading",
                "workday",
                "import",
                name="ck_reviews_subject",
            ),
            nullable=False,
        ),
        sa.Column("subject_id", ROW_ID, nullable=False),
        sa.Column("verdict", word("approved", "returned", "voided", name="ck_reviews_verdict"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.Column("given_by", ROW_ID, nullable=True),
        sa.CheckConstraint("verdict = 'approved' or reason is not null", name=op.f("ck_reviews_reason")),
        sa.ForeignKeyConstraint(["given_by"], ["persons.id"], name=op.f("fk_reviews_given_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index("ix_reviews_subject", "reviews", ["subject", "subject_id"], unique=False)
    op.create_table(
        "score_lines",
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column(
            "code",
            sa.String(32),
            nullable=False,
        ),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column(
            "group",
            word("activeness", "key_activities", "collaboration", "bonus", name="ck_score_lines_group"),
            nullable=False,
        ),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("full", sa.Integer(), nullable=True),
        sa.Column("status", word("counted", "ruled", "awaited", name="ck_score_lines_status"), nullable=False),
        sa.Column("working", sa.Text(), nullable=False),
        sa.CheckConstraint("points >= 0", name=op.f("ck_score_lines_points")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_score_lines_platform_id")),
        sa.PrimaryKeyConstraint("platform_id", "year", "code", name=op.f("pk_score_lines")),
    )
    op.create_table(
        "scorecards",
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("scheme", sa.String(length=64), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("bonus", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("awaited", sa.Integer(), nullable=False),
        sa.Column("pending_participations", sa.Integer(), nullable=False),
        sa.Column("tally", sa.JSON(), nullable=False),
        sa.Column("pending", sa.JSON(), nullable=False),
        sa.Column("readings", sa.JSON(), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_scorecards_platform_id")),
        sa.PrimaryKeyConstraint("platform_id", "year", name=op.f("pk_scorecards")),
    )
