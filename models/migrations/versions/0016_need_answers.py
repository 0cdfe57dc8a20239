"""An enterprise hears of its needs and takes one back (撤回)."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT
from models.migrations.words import widen

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One nullable column and one more word: the former program goes on without them."""
    op.add_column("needs", sa.Column("recalled_at", INSTANT, nullable=True))
    widen("notices", "purpose", "need")
