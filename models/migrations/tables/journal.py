"""The log and the reviews."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, word

SUBJECTS = (
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
)


def create() -> None:
    """Create the tables."""
    op.create_table(
        "log_entries",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("done_at", INSTANT, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=True),
        sa.Column("deed", sa.String(length=64), nullable=False),
        sa.Column("subject", word(*SUBJECTS, name="ck_log_entries_subject"), nullable=False),
        sa.Column("subject_id", ROW_ID, nullable=True),
        sa.Column("platform_id", ROW_ID, nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_log_entries_person_id"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_log_entries_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_log_entries"),
    )
    op.create_index("ix_log_entries_platform_id", "log_entries", ["platform_id"])
    op.create_index("ix_log_entries_subject", "log_entries", ["subject", "subject_id"])
    op.create_table(
        "reviews",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("subject", word(*SUBJECTS, name="ck_reviews_subject"), nullable=False),
        sa.Column("subject_id", ROW_ID, nullable=False),
        sa.Column("verdict", word("approved", "returned", "voided", name="ck_reviews_verdict"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.Column("given_by", ROW_ID, nullable=True),
        sa.CheckConstraint("verdict = 'approved' or reason is not null", name="ck_reviews_reason"),
        sa.ForeignKeyConstraint(["given_by"], ["persons.id"], name="fk_reviews_given_by"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_subject", "reviews", ["subject", "subject_id"])
