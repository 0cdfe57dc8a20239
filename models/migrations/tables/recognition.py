"""What people judge, and what they look at when they judge."""

import sqlalchemy as sa
from alembic import op

from models.migrations.columns import INSTANT, ROW_ID, created, reviewed, word


def create() -> None:
    """Create the tables."""
    op.create_table(
        "site_inspections",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column("newest_update_on", sa.Date(), nullable=True),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("proposed_points", sa.Integer(), nullable=True),
        *created("site_inspections"),
        sa.CheckConstraint("proposed_points >= 0", name="ck_site_inspections_proposed_points"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_site_inspections_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_site_inspections"),
    )
    op.create_index("ix_site_inspections_platform_id_year", "site_inspections", ["platform_id", "year"])
    op.create_table(
        "service_items",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        *created("service_items"),
        sa.PrimaryKeyConstraint("id", name="pk_service_items"),
        sa.UniqueConstraint("year", "name", name="uq_service_items_year_name"),
    )
    op.create_table(
        "online_services",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("service_item_id", ROW_ID, nullable=False),
        sa.Column("channel", word("website", "account", name="ck_online_services_channel"), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        *reviewed("online_services"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_online_services_platform_id"),
        sa.ForeignKeyConstraint(["service_item_id"], ["service_items.id"], name="fk_online_services_service_item_id"),
        sa.PrimaryKeyConstraint("id", name="pk_online_services"),
        sa.UniqueConstraint(
            "platform_id",
            "service_item_id",
            "channel",
            name="uq_online_services_platform_id_service_item_id_channel",
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
            ["online_service_id"], ["online_services.id"], name="fk_online_service_visits_online_service_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_online_service_visits"),
    )
    op.create_index("ix_online_service_visits_online_service_id", "online_service_visits", ["online_service_id"])
    op.create_table(
        "research_reports",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        *reviewed("research_reports"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_research_reports_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_research_reports"),
    )
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
        *reviewed("platform_fusions"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_platform_fusions_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_platform_fusions"),
    )
    op.create_table(
        "rulings",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("platform_id", ROW_ID, nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("indicator", sa.String(length=32), nullable=False),
        sa.Column("opinion_points", sa.Integer(), nullable=True),
        sa.Column("opinion_reason", sa.Text(), nullable=True),
        sa.Column("opinion_at", INSTANT, nullable=True),
        sa.Column("opinion_by", ROW_ID, nullable=True),
        sa.Column(
            "opinion_role", word("platform", "reviewer", "province", name="ck_rulings_opinion_role"), nullable=True
        ),
        sa.Column("proposed_points", sa.Integer(), nullable=True),
        sa.Column("proposed_reason", sa.Text(), nullable=True),
        sa.Column("proposed_at", INSTANT, nullable=True),
        sa.Column("proposed_by", ROW_ID, nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ruled_at", INSTANT, nullable=True),
        sa.Column("ruled_by", ROW_ID, nullable=True),
        sa.Column("ruled_with", ROW_ID, nullable=True),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("opinion_points >= 0", name="ck_rulings_opinion_points"),
        sa.CheckConstraint("(opinion_points is null) = (opinion_at is null)", name="ck_rulings_opinion"),
        sa.CheckConstraint("proposed_points >= 0", name="ck_rulings_proposed_points"),
        sa.CheckConstraint("(proposed_points is null) = (proposed_at is null)", name="ck_rulings_proposed"),
        sa.CheckConstraint("points >= 0", name="ck_rulings_points"),
        sa.CheckConstraint("(points is null) = (reason is null)", name="ck_rulings_reasoned"),
        sa.CheckConstraint("(points is null) = (ruled_at is null)", name="ck_rulings_ruled"),
        sa.CheckConstraint("ruled_with <> ruled_by", name="ck_rulings_two_persons"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_rulings_platform_id"),
        sa.ForeignKeyConstraint(["opinion_by"], ["persons.id"], name="fk_rulings_opinion_by"),
        sa.ForeignKeyConstraint(["proposed_by"], ["persons.id"], name="fk_rulings_proposed_by"),
        sa.ForeignKeyConstraint(["ruled_by"], ["persons.id"], name="fk_rulings_ruled_by"),
        sa.ForeignKeyConstraint(["ruled_with"], ["persons.id"], name="fk_rulings_ruled_with"),
        sa.PrimaryKeyConstraint("id", name="pk_rulings"),
        sa.UniqueConstraint("platform_id", "year", "indicator", name="uq_rulings_platform_id_year_indicator"),
    )
