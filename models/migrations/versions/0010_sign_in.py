"""A changed openid joined again, a desk signed in by a phone, the trace of who left."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "rejoinings",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_rejoinings_created_by")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_rejoinings_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejoinings")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_rejoinings_token_hash")),
    )
    op.create_table(
        "desk_sign_ins",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=4), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=True),
        sa.Column("approved_at", INSTANT, nullable=True),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.CheckConstraint("(approved_at is null) = (person_id is null)", name=op.f("ck_desk_sign_ins_approved")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_desk_sign_ins_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_desk_sign_ins_token_hash")),
    )
    op.create_table(
        "departures",
        sa.Column("openid_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("left_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_departures_person_id")),
        sa.PrimaryKeyConstraint("openid_hash", name=op.f("pk_departures")),
    )
