"""Assignments and responses, bonus claims, filings, papers."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, created, reviewed, word
from models.migrations.tables.journal import SUBJECTS


def create() -> None:
    """Create the tables."""
    op.create_table(
        "assignments",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("kind", word("conference", "cases", "other", name="ck_assignments_kind"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        *created("assignments"),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
    )
    op.create_index("ix_assignments_year", "assignments", ["year"])
    op.create_table(
        "responses",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("assignment_id", ROW_ID, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("responded_on", sa.Date(), nullable=False),
        *reviewed("responses"),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name="fk_responses_assignment_id"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_responses_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_responses"),
        sa.UniqueConstraint("assignment_id", "platform_id", name="uq_responses_assignment_id_platform_id"),
    )
    op.create_table(
        "bonus_claims",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column(
            "kind",
            word(
                "case_selected",
                "recommended_recognised",
                "platform_title",
                "honour",
                "press",
                name="ck_bonus_claims_kind",
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("awarded_on", sa.Date(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        *reviewed("bonus_claims"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_bonus_claims_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bonus_claims"),
    )
    op.create_index("ix_bonus_claims_platform_id_year", "bonus_claims", ["platform_id", "year"])
    op.create_table(
        "filings",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("obligation", word("plan", "data", "summary", name="ck_filings_obligation"), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("claimed_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        *reviewed("filings"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_filings_platform_id"),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name="fk_filings_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_filings"),
        sa.UniqueConstraint(
            "platform_id", "year", "obligation", "period", name="uq_filings_platform_id_year_obligation_period"
        ),
    )
    op.create_table(
        "evidence",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column(
            "item",
            word(
                "press_reports",
                "honour_papers",
                "leaders_remarks",
                "financial_statement",
                "online_service_screenshots",
                "research_report",
                "platform_fusion_papers",
                name="ck_evidence_item",
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("subject", word(*SUBJECTS, name="ck_evidence_subject"), nullable=True),
        sa.Column("subject_id", ROW_ID, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        *created("evidence"),
        sa.CheckConstraint("(subject is null) = (subject_id is null)", name="ck_evidence_whole_subject"),
        sa.CheckConstraint("sha256 is not null or link is not null", name="ck_evidence_something"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_evidence_platform_id"),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name="fk_evidence_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
    )
    op.create_index("ix_evidence_platform_id_year", "evidence", ["platform_id", "year"])
    op.create_index("ix_evidence_subject", "evidence", ["subject", "subject_id"])
