"""Papers and what a ruling rests on: scan or photo of an original, and the reasons that a ruling states apart."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

RULING_REASONS = (
    "opinion_without_basis",
    "proposed_without_basis",
    "without_basis",
    "proposed_against_opinion",
    "against_opinion",
)


def upgrade() -> None:
    """Only nullable columns: the former program goes on without them."""
    op.add_column("evidence", sa.Column("is_scan", sa.Boolean(), nullable=True))
    for name in RULING_REASONS:
        op.add_column("rulings", sa.Column(name, sa.Text(), nullable=True))
