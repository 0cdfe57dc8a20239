"""By which the secret in the settings is known to fit this database."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Only the table: the program writes the rows, as a migration has no secret at hand."""
    op.create_table(
        "key_checks",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_key_checks")),
    )
