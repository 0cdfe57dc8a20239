"""Notices to persons and the province, who read them, and their way through WeChat."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, word

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("notices", "platform_id", existing_type=ROW_ID, nullable=True)
        op.add_column("notices", sa.Column("person_id", ROW_ID, nullable=True))
        op.create_foreign_key("fk_notices_person_id", "notices", "persons", ["person_id"], ["id"])
        op.create_check_constraint(
            op.f("ck_notices_one_audience"), "notices", "platform_id is null or person_id is null"
        )
    else:
        rebuild_notices()
    op.create_index("ix_notices_person_id_made_at", "notices", ["person_id", "made_at"], unique=False)
    op.create_table(
        "notice_reads",
        sa.Column("notice_id", ROW_ID, nullable=False),
        sa.Column("person_id", ROW_ID, nullable=False),
        sa.Column("read_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_reads_notice_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_notice_reads_person_id")),
        sa.PrimaryKeyConstraint("notice_id", "person_id", name=op.f("pk_notice_reads")),
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
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("try_after", INSTANT, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_deliveries_notice_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_deliveries_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("client_msg_id", name=op.f("uq_deliveries_client_msg_id")),
        sa.UniqueConstraint("notice_id", "person_id", name=op.f("uq_deliveries_notice_id_person_id")),
    )
    op.create_index(op.f("ix_deliveries_msg_id"), "deliveries", ["msg_id"], unique=False)
    op.create_index(op.f("ix_deliveries_person_id"), "deliveries", ["person_id"], unique=False)
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["try_after"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "send_results",
        sa.Column("msg_id", sa.String(length=32), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("msg_id", name=op.f("pk_send_results")),
    )


def rebuild_notices() -> None:
    """SQLite alters no column: build the table anew and move the rows."""
    op.drop_index("ix_notices_platform_id_made_at", "notices")
    op.rename_table("notices", "former_notices")
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
        sa.Column("facts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.CheckConstraint("platform_id is null or person_id is null", name=op.f("ck_notices_one_audience")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_notices_platform_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_notices_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_notices_key")),
    )
    op.execute(
        "insert into notices (id, platform_id, purpose, key, facts, made_at)"
        " select id, platform_id, purpose, key, facts, made_at from former_notices"
    )
    op.drop_table("former_notices")
    op.create_index("ix_notices_platform_id_made_at", "notices", ["platform_id", "made_at"], unique=False)
