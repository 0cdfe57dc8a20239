"""月末得分: the totals at the end of each month, so that a table can say what changed since."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID
from models.migrations.guards import guard_sealed_year

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and its guard."""
    op.create_table(
        "month_scores",
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_month_scores_platform_id"),
        sa.PrimaryKeyConstraint("platform_id", "year", "month", name="pk_month_scores"),
    )
    guard_sealed_year("month_scores")
