"""Assignments and responses, filings, bonus claims, evidence."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, word

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
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
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_assignments_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index(op.f("ix_assignments_year"), "assignments", ["year"], unique=False)
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
        sa.Column(
            "stage",
            word("draft", "published", "submitted", "approved", "returned", "void", name="ck_bonus_claims_stage"),
            nullable=False,
        ),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("reviewed_by", ROW_ID, nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_bonus_claims_created_by")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_bonus_claims_platform_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["persons.id"], name=op.f("fk_bonus_claims_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bonus_claims")),
    )
    op.create_index("ix_bonus_claims_platform_id_year", "bonus_claims", ["platform_id", "year"], unique=False)
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
                name="ck_evidence_subject",
            ),
            nullable=True,
        ),
        sa.Column("subject_id", ROW_ID, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.CheckConstraint("(subject is null) = (subject_id is null)", name=op.f("ck_evidence_whole_subject")),
        sa.CheckConstraint("sha256 is not null or link is not null", name=op.f("ck_evidence_something")),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_evidence_created_by")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_evidence_platform_id")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name=op.f("fk_evidence_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_platform_id_year", "evidence", ["platform_id", "year"], unique=False)
    op.create_index("ix_evidence_subject", "evidence", ["subject", "subject_id"], unique=False)
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
        sa.Column(
            "stage",
            word("draft", "published", "submitted", "approved", "returned", "void", name="ck_filings_stage"),
            nullable=False,
        ),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("reviewed_by", ROW_ID, nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_filings_created_by")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_filings_platform_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["persons.id"], name=op.f("fk_filings_reviewed_by")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name=op.f("fk_filings_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filings")),
        sa.UniqueConstraint(
            "platform_id", "year", "obligation", "period", name=op.f("uq_filings_platform_id_year_obligation_period")
        ),
    )
    op.create_table(
        "responses",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("assignment_id", ROW_ID, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("responded_on", sa.Date(), nullable=False),
        sa.Column(
            "stage",
            word("draft", "published", "submitted", "approved", "returned", "void", name="ck_responses_stage"),
            nullable=False,
        ),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("reviewed_by", ROW_ID, nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name=op.f("fk_responses_assignment_id")),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_responses_created_by")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_responses_platform_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["persons.id"], name=op.f("fk_responses_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
        sa.UniqueConstraint("assignment_id", "platform_id", name=op.f("uq_responses_assignment_id_platform_id")),
    )
