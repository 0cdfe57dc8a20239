"""Who followed and who left, several times if need be: in place of one trace per openid."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the table: what it held was worth ten minutes."""
    op.drop_table("departures")
    op.create_table(
        "passages",
        sa.Column("openid_hash", sa.String(length=64), nullable=False),
        sa.Column("passed_at", INSTANT, nullable=False),
        sa.Column("is_leaving", sa.Boolean(), nullable=False),
        sa.Column("person_id", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_passages_person_id")),
        sa.PrimaryKeyConstraint("openid_hash", "passed_at", "is_leaving", name=op.f("pk_passages")),
    )
