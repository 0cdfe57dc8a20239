"""Readings and working days that the province decided; scorecards, and which are to be counted anew."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, word


def create() -> None:
    """Create the tables."""
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
        sa.ForeignKeyConstraint(["decided_by"], ["persons.id"], name="fk_reading_decisions_decided_by"),
        sa.PrimaryKeyConstraint("id", name="pk_reading_decisions"),
    )
    op.create_index("ix_reading_decisions_year_kind", "reading_decisions", ["year", "kind"])
    op.create_table(
        "workdays",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_workdays"),
    )
    op.create_table(
        "changes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_changes_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.create_index("ix_changes_platform_id_year", "changes", ["platform_id", "year"])
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
        sa.Column("pending_stages", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("readings", sa.JSON(), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_scorecards_platform_id"),
        sa.PrimaryKeyConstraint("platform_id", "year", name="pk_scorecards"),
    )
    op.create_table(
        "score_lines",
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
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
        sa.CheckConstraint("points >= 0", name="ck_score_lines_points"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_score_lines_platform_id"),
        sa.PrimaryKeyConstraint("platform_id", "year", "code", name="pk_score_lines"),
    )
