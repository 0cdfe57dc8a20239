"""以后再说 to a renewed notice is the person's answer, not one browser's."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody's answer is known yet: who gave one in a browser is asked once more."""
    op.add_column("persons", sa.Column("consent_put_off", sa.Text(), nullable=True))
