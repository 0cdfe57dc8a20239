"""Keys by which other systems read our figures."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, person
from models.migrations.words import widen

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A new table and another noun of the log."""
    op.create_table(
        "api_keys",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("system", sa.String(length=60), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        person("api_keys", "made_by"),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        person("api_keys", "ended_by"),
        sa.CheckConstraint("length(system) between 1 and 60", name="ck_api_keys_system"),
        sa.CheckConstraint("ended_at is not null or ended_by is null", name="ck_api_keys_ended"),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("token_hash", name="uq_api_keys_token_hash"),
    )
    for table in ("log_entries", "reviews", "evidence", "review_takes", "kept_hints"):
        widen(table, "subject", "api_key")
