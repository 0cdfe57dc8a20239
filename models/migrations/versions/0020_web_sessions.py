"""Sessions of browsers, which end when their person ends them; wrong numbers typed for a desk."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, person

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A new table: with the new program everybody signs in once more, on a phone without noticing."""
    op.create_table(
        "web_sessions",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        person("web_sessions", "person_id"),
        sa.Column("is_at_desk", sa.Boolean(), nullable=False),
        sa.Column("browser", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("approved_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_web_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_web_sessions_token_hash"),
    )
    op.create_index("ix_web_sessions_person_id", "web_sessions", ["person_id"])
    op.create_index("ix_web_sessions_expires_at", "web_sessions", ["expires_at"])
    op.add_column("desk_sign_ins", sa.Column("wrong_tries", sa.Integer(), server_default="0", nullable=False))
