"""The cards and month ends of one year are found without a look at those of all years."""

from models.migrations.indexes import build_index

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate to 0036."""
    for table in ("scorecards", "month_scores"):
        build_index(f"ix_{table}_year", table, ["year"])
