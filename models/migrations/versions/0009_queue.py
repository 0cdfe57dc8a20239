"""The queue as a workplace: hints kept, records taken, filters saved, verdicts that can be undone."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, created, only_where, word

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

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
    "announcement",
)


def upgrade() -> None:
    """Only new tables and two columns with defaults: the former program goes on without them."""
    op.create_table(
        "kept_hints",
        sa.Column("subject", word(*SUBJECTS, name="ck_kept_hints_subject"), nullable=False),
        sa.Column("subject_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hints", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "subject_id", name="pk_kept_hints"),
    )
    op.create_table(
        "review_takes",
        sa.Column("subject", word(*SUBJECTS, name="ck_review_takes_subject"), nullable=False),
        sa.Column("subject_id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_review_takes_person_id"),
        sa.PrimaryKeyConstraint("subject", "subject_id", name="pk_review_takes"),
    )
    op.create_index("ix_review_takes_person_id", "review_takes", ["person_id"])
    op.create_table(
        "saved_views",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_saved_views_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        sa.UniqueConstraint("person_id", "name", name="uq_saved_views_person_id_name"),
    )
    op.create_table(
        "verdict_steps",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("verdict", word("approved", "returned", "voided", name="ck_verdict_steps_verdict"), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("undo_until", INSTANT, nullable=False),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.Column("told_at", INSTANT, nullable=True),
        *created("verdict_steps"),
        sa.CheckConstraint("told_at is null or undone_at is null", name="ck_verdict_steps_one_end"),
        sa.PrimaryKeyConstraint("id", name="pk_verdict_steps"),
    )
    untold = only_where("told_at is null and undone_at is null")
    op.create_index("ix_verdict_steps_untold", "verdict_steps", ["undo_until"], **untold)
    op.create_index("ix_verdict_steps_created_by", "verdict_steps", ["created_by", "created_at"])
    op.add_column("reviews", sa.Column("step_id", ROW_ID, nullable=True))
    op.create_index("ix_reviews_step_id", "reviews", ["step_id"])
    op.add_column("reviews", sa.Column("is_refusal", sa.Boolean(), server_default=sa.false(), nullable=False))
