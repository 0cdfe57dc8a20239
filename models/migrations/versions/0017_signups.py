"""报名 for activities, with a limit of firms and a waiting list."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID
from models.migrations.words import widen

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A new table, two columns and a word: the former program goes on without them."""
    op.add_column("activities", sa.Column("takes_signups", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("activities", sa.Column("signup_limit", sa.Integer(), nullable=True))
    widen("notices", "purpose", "signup")
    table = "signups"
    op.create_table(
        table,
        sa.Column("activity_id", ROW_ID, nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("signed_up_at", INSTANT, nullable=False),
        sa.Column("is_waiting", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name="fk_signups_activity_id"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_signups_enterprise_id"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_signups_person_id"),
        sa.PrimaryKeyConstraint("activity_id", "enterprise_id", name="pk_signups"),
    )
    op.create_index("ix_signups_enterprise_id", table, ["enterprise_id"])
    op.create_index("ix_signups_person_id", table, ["person_id"])
