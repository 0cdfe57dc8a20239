"""An enterprise hears of its needs and takes one back (撤回); answers to forms that could not be taken are kept."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT
from models.migrations.words import widen

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One nullable column, new tables and one more word: the former program goes on without them."""
    op.add_column("needs", sa.Column("recalled_at", INSTANT, nullable=True))
    widen("notices", "purpose", "need")
    op.create_table(
        "kept_answers",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("page", sa.String(length=32), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_kept_answers"),
    )
    op.create_index("ix_kept_answers_owner", "kept_answers", ["owner"])
    op.create_index("ix_kept_answers_made_at", "kept_answers", ["made_at"])
