"""Activities that can still be scanned or come to are found without a look at all that are over."""

from models.migrations.indexes import build_index

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate to 0033."""
    build_index("ix_activities_closes_at", "activities", ["closes_at"])
