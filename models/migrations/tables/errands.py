"""What is to be asked of WeChat; pushes that count once; heartbeats, tokens of WeChat, checks of the secret."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, errand, only_where


def create() -> None:
    """Create the tables."""
    op.create_table(
        "parametric_codes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("activity_id", ROW_ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("ticket", sa.Text(), nullable=True),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("made_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=True),
        *errand(),
        sa.CheckConstraint("(url is null) = (expires_at is null)", name="ck_parametric_codes_made"),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name="fk_parametric_codes_activity_id"),
        sa.PrimaryKeyConstraint("id", name="pk_parametric_codes"),
        sa.UniqueConstraint("url", name="uq_parametric_codes_url"),
    )
    op.create_index("ix_parametric_codes_activity_id", "parametric_codes", ["activity_id"])
    op.create_index(
        "uq_parametric_codes_asked", "parametric_codes", ["activity_id"], unique=True, **only_where("url is null")
    )
    op.create_table(
        "person_tags",
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("tag", sa.String(length=32), nullable=True),
        sa.Column("tagged_at", INSTANT, nullable=True),
        *errand(),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_person_tags_person_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_person_tags"),
    )
    op.create_table(
        "chat_pictures",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("media_id", sa.Text(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("activity_id", ROW_ID, nullable=True),
        sa.Column("offered", sa.JSON(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("fetched_at", INSTANT, nullable=True),
        sa.Column("dropped_at", INSTANT, nullable=True),
        *errand(),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name="fk_chat_pictures_activity_id"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_chat_pictures_person_id"),
        sa.ForeignKeyConstraint(["sha256"], ["stored_files.sha256"], name="fk_chat_pictures_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_chat_pictures"),
        sa.UniqueConstraint("key", name="uq_chat_pictures_key"),
    )
    op.create_index("ix_chat_pictures_person_id_sent_at", "chat_pictures", ["person_id", "sent_at"])
    op.create_table(
        "received_pushes",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_received_pushes"),
    )
    op.create_index("ix_received_pushes_received_at", "received_pushes", ["received_at"])
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("beat_at", INSTANT, nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeats"),
    )
    op.create_table(
        "access_tokens",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_access_tokens"),
    )
    op.create_table(
        "key_checks",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_key_checks"),
    )
