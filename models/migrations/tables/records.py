"""Offline services, online trades, needs and posts; objections of enterprises."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, created, only_where, reviewed, word


def create() -> None:
    """Create the tables."""
    op.create_table(
        "offline_services",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("institution_id", ROW_ID, nullable=True),
        sa.Column("is_backfilled", sa.Boolean(), nullable=False),
        *reviewed("offline_services"),
        sa.ForeignKeyConstraint(["institution_id"], ["institutions.id"], name="fk_offline_services_institution_id"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_offline_services_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_offline_services"),
    )
    op.create_index("ix_offline_services_platform_id_year", "offline_services", ["platform_id", "year"])
    op.create_table(
        "offline_service_enterprises",
        sa.Column("offline_service_id", ROW_ID, nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name="fk_offline_service_enterprises_enterprise_id"
        ),
        sa.ForeignKeyConstraint(
            ["offline_service_id"],
            ["offline_services.id"],
            name="fk_offline_service_enterprises_offline_service_id",
        ),
        sa.PrimaryKeyConstraint("offline_service_id", "enterprise_id", name="pk_offline_service_enterprises"),
    )
    op.create_index("ix_offline_service_enterprises_enterprise_id", "offline_service_enterprises", ["enterprise_id"])
    op.create_table(
        "online_trades",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("order_number", sa.String(length=64), nullable=False),
        sa.Column("traded_on", sa.Date(), nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.Column("institution_id", ROW_ID, nullable=True),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("amount_fen", ROW_ID, nullable=True),
        *reviewed("online_trades"),
        sa.CheckConstraint("amount_fen >= 0", name="ck_online_trades_amount"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_online_trades_enterprise_id"),
        sa.ForeignKeyConstraint(["institution_id"], ["institutions.id"], name="fk_online_trades_institution_id"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_online_trades_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_online_trades"),
        sa.UniqueConstraint("platform_id", "order_number", name="uq_online_trades_platform_id_order_number"),
    )
    op.create_index("ix_online_trades_enterprise_id", "online_trades", ["enterprise_id"])
    op.create_index("ix_online_trades_platform_id_year", "online_trades", ["platform_id", "year"])
    op.create_table(
        "needs",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("kind", word("matching", "appeal", name="ck_needs_kind"), nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.Column("region_code", sa.String(length=6), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("state", word("open", "matched", "closed", name="ck_needs_state"), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("possible_copy_of", ROW_ID, nullable=True),
        sa.Column("is_from_enterprise", sa.Boolean(), server_default=sa.false(), nullable=False),
        *reviewed("needs"),
        sa.CheckConstraint("state <> 'closed' or result is not null", name="ck_needs_result"),
        sa.CheckConstraint("length(region_code) = 6", name="ck_needs_region_code"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_needs_enterprise_id"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_needs_platform_id"),
        sa.ForeignKeyConstraint(["possible_copy_of"], ["needs.id"], name="fk_needs_possible_copy_of"),
        sa.PrimaryKeyConstraint("id", name="pk_needs"),
    )
    op.create_index("ix_needs_enterprise_id", "needs", ["enterprise_id"])
    op.create_index("ix_needs_platform_id_year", "needs", ["platform_id", "year"])
    op.create_table(
        "posts",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("kind", word("notice", "policy", "news", name="ck_posts_kind"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        *created("posts"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_posts_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sa.UniqueConstraint("platform_id", "link", name="uq_posts_platform_id_link"),
    )
    op.create_index("ix_posts_platform_id_year", "posts", ["platform_id", "year"])
    op.create_table(
        "disputes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column(
            "subject",
            word("check_in", "offline_service", "online_trade", "need", name="ck_disputes_subject"),
            nullable=False,
        ),
        sa.Column("subject_id", ROW_ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("raised_by", ROW_ID, nullable=False),
        sa.Column("state", word("open", "upheld", "dismissed", "withdrawn", name="ck_disputes_state"), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by", ROW_ID, nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at is null)", name="ck_disputes_decided"),
        sa.CheckConstraint("(decided_at is null) = (decision is null)", name="ck_disputes_decision"),
        sa.ForeignKeyConstraint(["decided_by"], ["persons.id"], name="fk_disputes_decided_by"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name="fk_disputes_enterprise_id"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_disputes_platform_id"),
        sa.ForeignKeyConstraint(["raised_by"], ["persons.id"], name="fk_disputes_raised_by"),
        sa.PrimaryKeyConstraint("id", name="pk_disputes"),
    )
    op.create_index("ix_disputes_enterprise_id", "disputes", ["enterprise_id"])
    op.create_index("ix_disputes_platform_id", "disputes", ["platform_id"])
    op.create_index(
        "uq_disputes_open",
        "disputes",
        ["enterprise_id", "subject", "subject_id"],
        unique=True,
        **only_where("state = 'open'"),
    )
