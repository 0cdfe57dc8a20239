"""Whether a leaving is final: of who revoked the authorisation nothing is kept for a return."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A leaving that is known already was not."""
    op.add_column("passages", sa.Column("is_final", sa.Boolean(), nullable=False, server_default=sa.false()))
