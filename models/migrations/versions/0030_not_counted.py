"""The few enterprises that count nowhere are found at once: a fold takes them off, and looks at no other."""

from models.migrations.indexes import build_index

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate to 0030."""
    build_index("ix_enterprises_not_counted", "enterprises", ["id"], "is_counted is false")
