"""Sessions of browsers, which end when their person ends them; wrong numbers typed for a desk; links to confirm; who may come back."""

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
    op.add_column("staff_roles", sa.Column("suspended_at", INSTANT, nullable=True))
    op.create_table(
        "departures",
        sa.Column("openid_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("left_at", INSTANT, nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_departures_person_id"),
        sa.PrimaryKeyConstraint("openid_hash", name="pk_departures"),
    )
    op.create_table(
        "link_claims",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("invitation_id", ROW_ID, nullable=True),
        sa.Column("rejoining_id", ROW_ID, nullable=True),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("claimed_at", INSTANT, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        person("link_claims", "decided_by"),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(invitation_id is null) <> (rejoining_id is null)", name="ck_link_claims_one_link"),
        sa.CheckConstraint("decided_at is not null or not is_confirmed", name="ck_link_claims_confirmed"),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"], name="fk_link_claims_invitation_id"),
        sa.ForeignKeyConstraint(["rejoining_id"], ["rejoinings.id"], name="fk_link_claims_rejoining_id"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_link_claims_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_link_claims"),
        sa.UniqueConstraint("invitation_id", name="uq_link_claims_invitation_id"),
        sa.UniqueConstraint("rejoining_id", name="uq_link_claims_rejoining_id"),
    )
    op.add_column("desk_sign_ins", sa.Column("wrong_tries", sa.Integer(), server_default="0", nullable=False))
