"""名单中隐藏的行: a row that was hidden on the sheet waits until somebody says that it is meant."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark to the lines of lists."""
    op.add_column("roster_rows", sa.Column("is_hidden", sa.Boolean(), server_default=sa.false(), nullable=False))
