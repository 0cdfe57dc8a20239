"""What people judge, and what they look at when they judge."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, word

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "platform_fusions",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("kind", word("introduced", "built", name="ck_platform_fusions_kind"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column(
            "stage",
            word("draft", "published", "submitted", "approved", "returned", "void", name="ck_platform_fusions_stage"),
            nullable=False,
        ),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("reviewed_by", ROW_ID, nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_platform_fusions_created_by")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_platform_fusions_platform_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["persons.id"], name=op.f("fk_platform_fusions_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_fusions")),
    )
    op.create_table(
        "research_reports",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column(
            "stage",
            word("draft", "published", "submitted", "approved", "returned", "void", name="ck_research_reports_stage"),
            nullable=False,
        ),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("reviewed_by", ROW_ID, nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_research_reports_created_by")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_research_reports_platform_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["persons.id"], name=op.f("fk_research_reports_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_research_reports")),
    )
    op.create_table(
        "rulings",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column(
            "indicator",
            sa.String(32),
            nullable=False,
        ),
        sa.Column("opinion_points", sa.Integer(), nullable=True),
        sa.Column("opinion_reason", sa.Text(), nullable=True),
        sa.Column("opinion_at", INSTANT, nullable=True),
        sa.Column("opinion_by", ROW_ID, nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ruled_at", INSTANT, nullable=True),
        sa.Column("ruled_by", ROW_ID, nullable=True),
        sa.CheckConstraint("(opinion_points is null) = (opinion_at is null)", name=op.f("ck_rulings_opinion")),
        sa.CheckConstraint("(points is null) = (reason is null)", name=op.f("ck_rulings_reasoned")),
        sa.CheckConstraint("(points is null) = (ruled_at is null)", name=op.f("ck_rulings_ruled")),
        sa.CheckConstraint("opinion_points >= 0", name=op.f("ck_rulings_opinion_points")),
        sa.CheckConstraint("points >= 0", name=op.f("ck_rulings_points")),
        sa.ForeignKeyConstraint(["opinion_by"], ["persons.id"], name=op.f("fk_rulings_opinion_by")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_rulings_platform_id")),
        sa.ForeignKeyConstraint(["ruled_by"], ["persons.id"], name=op.f("fk_rulings_ruled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulings")),
        sa.UniqueConstraint("platform_id", "year", "indicator", name=op.f("uq_rulings_platform_id_year_indicator")),
    )
    op.create_table(
        "service_items",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_service_items_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_items")),
        sa.UniqueConstraint("year", "name", name=op.f("uq_service_items_year_name")),
    )
    op.create_table(
        "site_inspections",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column("newest_update_on", sa.Date(), nullable=True),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("proposed_points", sa.Integer(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.CheckConstraint("proposed_points >= 0", name=op.f("ck_site_inspections_proposed_points")),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_site_inspections_created_by")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_site_inspections_platform_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_inspections")),
    )
    op.create_index("ix_site_inspections_platform_id_year", "site_inspections", ["platform_id", "year"], unique=False)
    op.create_table(
        "online_services",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("service_item_id", ROW_ID, nullable=False),
        sa.Column("channel", word("website", "account", name="ck_online_services_channel"), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "stage",
            word("draft", "published", "submitted", "approved", "returned", "void", name="ck_online_services_stage"),
            nullable=False,
        ),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("reviewed_by", ROW_ID, nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["persons.id"], name=op.f("fk_online_services_created_by")),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name=op.f("fk_online_services_platform_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["persons.id"], name=op.f("fk_online_services_reviewed_by")),
        sa.ForeignKeyConstraint(
            ["service_item_id"], ["service_items.id"], name=op.f("fk_online_services_service_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_services")),
        sa.UniqueConstraint(
            "platform_id",
            "service_item_id",
            "channel",
            name=op.f("uq_online_services_platform_id_service_item_id_channel"),
        ),
    )
    op.create_table(
        "online_service_visits",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("online_service_id", ROW_ID, nullable=False),
        sa.Column("visited_at", INSTANT, nullable=False),
        sa.Column(
            "result",
            word(
                "reachable",
                "error_status",
                "unreachable",
                "address_refused",
                "too_large",
                "too_slow",
                name="ck_online_service_visits_result",
            ),
            nullable=False,
        ),
        sa.Column("http_status", sa.SmallInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("elapsed_ms", ROW_ID, nullable=True),
        sa.Column("peer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["online_service_id"], ["online_services.id"], name=op.f("fk_online_service_visits_online_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_service_visits")),
    )
    op.create_index(
        op.f("ix_online_service_visits_online_service_id"), "online_service_visits", ["online_service_id"], unique=False
    )
