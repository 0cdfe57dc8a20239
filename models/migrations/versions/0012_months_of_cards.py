"""按月家次: a scorecard keeps how many of its 家次 fall into each month, so that a chart counts nothing anew."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the next recount fills it for the open years, the sealed ones have their rows."""
    op.add_column("scorecards", sa.Column("months", sa.JSON(), nullable=True))
