"""Check-ins that were undone are found by their activity, without a look at all check-ins of the province."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate to 0022."""
    is_undone = sa.text("undone_at is not null")
    op.create_index(
        "ix_check_ins_undone", "check_ins", ["activity_id"], postgresql_where=is_undone, sqlite_where=is_undone
    )
