"""放假通知: what was loaded and by whom. 得分变动: the trace that a fold leaves when points change."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, person
from models.migrations.guards import guard_sealed_year

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "holiday_notices",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("loaded_at", INSTANT, nullable=False),
        person("holiday_notices", "loaded_by"),
        sa.PrimaryKeyConstraint("id", name="pk_holiday_notices"),
    )
    op.create_index("ix_holiday_notices_year", "holiday_notices", ["year"])
    op.create_table(
        "score_changes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("old", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("since", INSTANT, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_score_changes_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_score_changes"),
    )
    op.create_index("ix_score_changes_platform_id_year", "score_changes", ["platform_id", "year"])
    guard_sealed_year("score_changes")
    op.create_index("ix_log_entries_done_at", "log_entries", ["done_at"])
