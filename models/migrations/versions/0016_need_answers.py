"""An enterprise hears of its needs and takes one back (撤回); forms with mistakes are kept; 订阅通知."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, word
from models.migrations.words import widen

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One nullable column, new tables and one more word: the former program goes on without them."""
    op.add_column("needs", sa.Column("recalled_at", INSTANT, nullable=True))
    widen("notices", "purpose", "need")
    op.create_table(
        "kept_answers",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("page", sa.String(length=32), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_kept_answers"),
    )
    op.create_index("ix_kept_answers_owner", "kept_answers", ["owner"])
    op.create_index("ix_kept_answers_made_at", "kept_answers", ["made_at"])
    op.add_column("deliveries", sa.Column("subscription_id", sa.String(length=64), nullable=True))
    op.create_table(
        "subscriptions",
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("template_id", sa.String(length=64), nullable=False),
        sa.Column("sends_left", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("refused_at", INSTANT, nullable=True),
        sa.CheckConstraint("sends_left >= 0", name="ck_subscriptions_sends_left"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_subscriptions_person_id"),
        sa.PrimaryKeyConstraint("person_id", "template_id", name="pk_subscriptions"),
    )
    op.create_table(
        "subscription_events",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("template_id", sa.String(length=64), nullable=False),
        sa.Column("kind", word("popup", "change", "sent", name="ck_subscription_events_kind"), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("delivery_id", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_subscription_events_person_id"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_subscription_events_delivery_id"),
        sa.PrimaryKeyConstraint("id", name="pk_subscription_events"),
    )
    op.create_index("ix_subscription_events_person_id", "subscription_events", ["person_id"])
