"""Assessment periods that are set, the rows that a sealed card adds up from, the first day of a filing sent back."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID
from models.migrations.guards import guard_sealed_year

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns that are empty or have a default, one table, and its guard."""
    op.add_column("platform_years", sa.Column("period_reason", sa.Text(), nullable=True))
    op.add_column("platform_years", sa.Column("keeps_rows", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("scorecards", sa.Column("assessed_from", sa.Date(), nullable=True))
    op.add_column("scorecards", sa.Column("assessed_until", sa.Date(), nullable=True))
    op.add_column("filings", sa.Column("first_claimed_on", sa.Date(), nullable=True))
    op.add_column("filings", sa.Column("first_submitted_at", INSTANT, nullable=True))
    op.create_table(
        "sealed_rows",
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_left_out", sa.Boolean(), nullable=False),
        sa.Column("fact", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("standing", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", ROW_ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_sealed_rows_platform_id"),
        sa.PrimaryKeyConstraint("platform_id", "year", "position", name="pk_sealed_rows"),
    )
    guard_sealed_year("sealed_rows")
