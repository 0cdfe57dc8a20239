"""What somebody is told, who has read it, and its copies on the way through WeChat."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, errand, only_where, word


def create() -> None:
    """Create the tables."""
    op.create_table(
        "notices",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=True),
        sa.Column("person_id", ROW_ID, nullable=True),
        sa.Column(
            "purpose",
            word("filing", "unfinished", "review", "ruling", "sealed", "dispute", name="ck_notices_purpose"),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.CheckConstraint("platform_id is null or person_id is null", name="ck_notices_one_audience"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_notices_person_id"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_notices_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("key", name="uq_notices_key"),
    )
    op.create_index("ix_notices_platform_id_made_at", "notices", ["platform_id", "made_at"])
    op.create_index("ix_notices_person_id_made_at", "notices", ["person_id", "made_at"])
    op.create_table(
        "notice_reads",
        sa.Column("notice_id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("read_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_notice_reads_notice_id"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_notice_reads_person_id"),
        sa.PrimaryKeyConstraint("notice_id", "person_id", name="pk_notice_reads"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("notice_id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("client_msg_id", sa.String(length=32), nullable=False),
        sa.Column(
            "state",
            word(
                "waiting",
                "sent",
                "arrived",
                "inbox_only",
                "not_following",
                "declined",
                "failed",
                "uncertain",
                name="ck_deliveries_state",
            ),
            nullable=False,
        ),
        sa.Column("msg_id", sa.String(length=32), nullable=True),
        sa.Column("first_tried_at", INSTANT, nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        *errand(),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_deliveries_notice_id"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_deliveries_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("client_msg_id", name="uq_deliveries_client_msg_id"),
        sa.UniqueConstraint("notice_id", "person_id", name="uq_deliveries_notice_id_person_id"),
    )
    op.create_index("ix_deliveries_msg_id", "deliveries", ["msg_id"])
    op.create_index("ix_deliveries_person_id", "deliveries", ["person_id"])
    op.create_index("ix_deliveries_waiting", "deliveries", ["try_after"], **only_where("state = 'waiting'"))
    op.create_table(
        "send_results",
        sa.Column("msg_id", sa.String(length=32), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("msg_id", name="pk_send_results"),
    )
