"""Offline services, online trades, needs and posts."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, word

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
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
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_posts_created_by")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_posts_platform_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("platform_id", "link", name=op.f("uq_posts_platform_id_link")),
    )
    op.create_index("ix_posts_platform_id_year", "posts", ["platform_id", "year"], unique=False)
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
        sa.Column(
            "stage",
            word("draft", "published", "submitted", "approved", "returned", "void", name="ck_needs_stage"),
            nullable=False,
        ),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("reviewed_by", ROW_ID, nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.CheckConstraint("state <> 'closed' or result is not null", name=op.f("ck_needs_result")),
        sa.CheckConstraint("length(region_code) = 6", name=op.f("ck_needs_region_code")),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_needs_created_by")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_needs_enterprise_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_needs_platform_id")),
        sa.ForeignKeyConstraint(["possible_copy_of"], ["needs.id"], name=op.f("fk_needs_possible_copy_of")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["persons.id"], name=op.f("fk_needs_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_needs")),
    )
    op.create_index(op.f("ix_needs_enterprise_id"), "needs", ["enterprise_id"], unique=False)
    op.create_index("ix_needs_platform_id_year", "needs", ["platform_id", "year"], unique=False)
    op.create_table(
        "offline_services",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("institution_id", ROW_ID, nullable=True),
        sa.Column("is_backfilled", sa.Boolean(), nullable=False),
        sa.Column(
            "stage",
            word("draft", "published", "submitted", "approved", "returned", "void", name="ck_offline_services_stage"),
            nullable=False,
        ),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("reviewed_by", ROW_ID, nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_offline_services_created_by")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_offline_services_institution_id")
        ),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_offline_services_platform_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["persons.id"], name=op.f("fk_offline_services_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offline_services")),
    )
    op.create_index("ix_offline_services_platform_id_year", "offline_services", ["platform_id", "year"], unique=False)
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
        sa.Column(
            "stage",
            word("draft", "published", "submitted", "approved", "returned", "void", name="ck_online_trades_stage"),
            nullable=False,
        ),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("reviewed_by", ROW_ID, nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_online_trades_amount")),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_online_trades_created_by")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_online_trades_enterprise_id")),
        sa.ForeignKeyConstraint(["institution_id"], ["institutions.id"], name=op.f("fk_online_trades_institution_id")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_online_trades_platform_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["persons.id"], name=op.f("fk_online_trades_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_trades")),
        sa.UniqueConstraint("platform_id", "order_number", name=op.f("uq_online_trades_platform_id_order_number")),
    )
    op.create_index(op.f("ix_online_trades_enterprise_id"), "online_trades", ["enterprise_id"], unique=False)
    op.create_index("ix_online_trades_platform_id_year", "online_trades", ["platform_id", "year"], unique=False)
    op.create_table(
        "offline_service_enterprises",
        sa.Column("offline_service_id", ROW_ID, nullable=False),
        sa.Column("enterprise_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprises.id"], name=op.f("fk_offline_service_enterprises_enterprise_id")
        ),
        sa.ForeignKeyConstraint(
            ["offline_service_id"],
            ["offline_services.id"],
            name=op.f("fk_offline_service_enterprises_offline_service_id"),
        ),
        sa.PrimaryKeyConstraint("offline_service_id", "enterprise_id", name=op.f("pk_offline_service_enterprises")),
    )
    op.create_index(
        op.f("ix_offline_service_enterprises_enterprise_id"),
        "offline_service_enterprises",
        ["enterprise_id"],
        unique=False,
    )
