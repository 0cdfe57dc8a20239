"""Addresses that other systems want to be told at, and what is on its way there."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, errand, only_where, person, word
from models.migrations.words import widen

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables and another noun of the log."""
    op.create_table(
        "webhooks",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("system", sa.String(length=60), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        person("webhooks", "made_by"),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        person("webhooks", "ended_by"),
        sa.CheckConstraint("length(system) between 1 and 60", name="ck_webhooks_system"),
        sa.CheckConstraint("ended_at is not null or ended_by is null", name="ck_webhooks_ended"),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    events = word("activity_approved", "scorecard_changed", name="ck_webhook_deliveries_event")
    states = word("waiting", "delivered", "given_up", name="ck_webhook_deliveries_state")
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("webhook_id", ROW_ID, nullable=False),
        sa.Column("event", events, nullable=False),
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("claimed_at", INSTANT, nullable=True),
        sa.Column("state", states, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        *errand(),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name="fk_webhook_deliveries_webhook_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
    )
    op.create_index("ix_webhook_deliveries_webhook_id", "webhook_deliveries", ["webhook_id"])
    op.create_index(
        "ix_webhook_deliveries_waiting", "webhook_deliveries", ["try_after"], **only_where("state = 'waiting'")
    )
    for table in ("log_entries", "reviews", "evidence", "review_takes", "kept_hints"):
        widen(table, "subject", "webhook")
